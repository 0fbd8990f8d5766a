"""Answers "which trials are related?", by trial, by text, or by several of both."""

import copy
import dataclasses
import datetime
import threading
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import cached_property, lru_cache, partial
from pathlib import Path

import numpy as np

from search.artefact.manifest import Manifest
from search.artefact.reading import Artefact, open_current
from search.bands import CALIBRATED_REVISION, band_of, probability_of
from search.choosing import Entry, choose
from search.dates import date_bounds
from search.encoders.base import Encoder
from search.encoders.built import built_encoder
from search.errors import BadInput
from search.evidence import Evidence, gather_evidence
from search.explaining import Explainer
from search.filters import Filters, all_of, allowed_rows
from search.hits import Hit, Hits, Member
from search.indexes.base import Nearest
from search.legs import TRIAL_WEIGHTS
from search.listing import Listing
from search.pair import Pair, facet_pairs
from search.passage import Facet
from search.question import Question
from search.ranking import Ranked, rank
from search.suggestions import Suggestions
from search.trial import Trial
from search.typed_ids import by_typed_ids
from search.vectors import Mask, Vectors

FILTERS_KEPT = 32
"""Sets of filters whose rows are kept, a byte a trial each."""


class SearchEngine:
    """One opened build and the means to ask it. Safe to share between threads."""

    def __init__(
        self,
        artefact: Artefact,
        *,
        open_encoder: Callable[[Artefact], Encoder] = built_encoder,
        tell: Callable[[int], None] = lambda _: None,
    ) -> None:
        """`tell` is told with every question how many candidates were ranked for it."""
        self._tell = tell
        self._artefact = artefact
        self._explainer = Explainer(artefact)
        # A page asks with the same filters for all its trials.
        self._passing = lru_cache(maxsize=FILTERS_KEPT)(partial(allowed_rows, trials=artefact.trials))
        self._open_encoder = open_encoder
        self._encoder_lock = threading.Lock()
        self._encoder: Encoder | None = None

    @classmethod
    def open(cls, root: Path) -> "SearchEngine":
        """The engine on the live build at `root`. Raises NoIndex or CorruptBuild."""
        return cls(open_current(root))

    def with_passages(self, passages: Nearest) -> "SearchEngine":
        """An engine that looks for the nearest passages in `passages`, the same vectors; all else the two share."""
        other = copy.copy(self)
        other._artefact = dataclasses.replace(self._artefact, passages=passages)
        return other

    @property
    def manifest(self) -> Manifest:
        """What the build says of itself."""
        return self._artefact.manifest

    @property
    def artefact(self) -> Artefact:
        """The build that is asked."""
        return self._artefact

    @cached_property
    def countries(self) -> tuple[str, ...]:
        """The countries of the build's trials, as the registry spells them."""
        return self._artefact.trials.distinct("countries")

    def trial(self, identifier: str) -> Trial:
        """The trial that a primary id, alias or secondary id names. Raises UnknownTrial, BadInput."""
        return self._artefact.trials.trial(self._artefact.identifiers.row(identifier))

    @cached_property
    def suggestions(self) -> Suggestions:
        """What a person may be about to type."""
        return Suggestions(self._artefact)

    def prepare(self) -> None:
        """Make now what some first question would wait for."""
        self.suggestions.prepare()
        self._explainer.prepare()

    def likeness(self, identifiers: Sequence[str]) -> Vectors:
        """How alike the trials that m identifiers name are, (m, m): the mean cosine of their passages and titles.

        Raises UnknownTrial, BadInput.
        """
        rows = np.array([self._artefact.identifiers.row(identifier) for identifier in identifiers])
        passages, titles = self._artefact.passages.vectors(rows), np.asarray(self._artefact.titles[rows])
        alike: Vectors = (passages @ passages.T + titles @ titles.T) / 2
        return alike

    def ask(self, question: Question, listing: Listing, *, among: Collection[str] | None = None) -> Hits:
        """The trials that `question` asks for, those asked with left out, as `listing` wants them listed.

        With `among`, only trials that these identifiers name are ranked; those the build lacks are passed over.
        Raises UnknownTrial, BadInput, and UnusableEncoder where a text cannot be encoded.
        """
        typed, question = by_typed_ids(question, self._artefact.identifiers, self._artefact.lexical.rarity)
        evidence = gather_evidence(question, self._artefact, listing.weights, self._opened_encoder)
        allowed, undated = self._allowed(listing, among, evidence)
        ranked = rank(evidence, self._artefact, allowed=allowed, at_least=listing.candidates)
        self._tell(len(ranked.candidates.rows))
        banded = self._banded(evidence)
        chosen = choose(ranked, listing, self._artefact.trials, banded=banded, today=self._data_date)
        return Hits(
            hits=tuple(
                self._hit(place, entry, ranked, evidence, banded=banded)
                for place, entry in enumerate(chosen.page, start=listing.offset + 1)
            ),
            question=question,
            named=self.trial(typed) if typed else None,
            eligible=self._eligible(evidence, allowed),
            candidates=ranked.candidates.rows[ranked.best_first],
            good_enough=chosen.good_enough,
            entries=chosen.entries,
            undated=undated,
            phrases=evidence.phrases,
            banded=banded,
            cost=chosen.cost,
        )

    def similar(
        self,
        identifier: str,
        *,
        k: int = 10,
        filters: Filters | None = None,
        among: Collection[str] | None = None,
        weights: Mapping[Facet, float] | None = None,
    ) -> Hits:
        """The k trials most like the one that `identifier` names; no encoder is needed. Otherwise as `ask`."""
        listing = Listing(k=k, filters=filters or Filters(), weights=weights or {})
        return self.ask(Question(positives={identifier: 1.0}), listing, among=among)

    def search(
        self,
        text: str,
        *,
        k: int = 10,
        filters: Filters | None = None,
        among: Collection[str] | None = None,
        weights: Mapping[Facet, float] | None = None,
    ) -> Hits:
        """The k trials that a free text asks for. Otherwise as `ask`."""
        listing = Listing(k=k, filters=filters or Filters(), weights=weights or {})
        return self.ask(Question(text=text), listing, among=among)

    def compare(self, identifier: str, other: str) -> Pair:
        """Two trials side by side. Raises UnknownTrial, BadInput (also where both name one trial)."""
        first, second = (self._artefact.identifiers.row(name) for name in (identifier, other))
        if first == second:
            raise BadInput(f"{identifier} and {other} are one trial; name two to compare")
        trial_ids = self._artefact.trials.trial_ids([first, second])
        (hit,) = self.similar(trial_ids[0], k=1, among=[trial_ids[1]]).hits
        return Pair(
            first=self._artefact.trials.trial(first),
            second=hit.trial,
            score=hit.score,
            band=hit.band,
            probability=hit.probability,
            reasons=hit.reasons,
            facets=facet_pairs(self._artefact, first, second),
        )

    @property
    def _data_date(self) -> datetime.date:
        """The day that the build's records are of, so that one build answers the same on any day."""
        newest = self.manifest.source.data_date
        return date_bounds(newest)[1] if newest else self.manifest.created_at.date()

    def _opened_encoder(self) -> Encoder:
        with self._encoder_lock:
            self._encoder = self._encoder or self._open_encoder(self._artefact)
            return self._encoder

    def _allowed(self, listing: Listing, among: Collection[str] | None, evidence: Evidence) -> tuple[Mask | None, int]:
        """(n,) True where a trial may be listed, None where any may; and how many are left out for want of a date."""
        trials = self._artefact.trials
        masks = [mask for mask in (self._passing(listing.filters), evidence.said) if mask is not None]
        if among is not None:
            masks.append(self._named(among))
        if listing.exclude:
            masks.append(~self._named(listing.exclude))
        undated = 0
        if listing.as_of is not None:
            masks.append(trials.at_most("posted_first", listing.as_of))
            left_out = np.logical_and.reduce([trials.is_null("posted_first"), *masks[:-1]])
            left_out[list(evidence.rows)] = False
            undated = int(np.count_nonzero(left_out))
        return all_of(masks), undated

    def _named(self, identifiers: Collection[str]) -> Mask:
        """(n,) True for each trial that one of `identifiers` names; one that names none is passed over."""
        named = np.zeros(len(self._artefact.trials), dtype=np.bool_)
        for identifier in identifiers:
            named[self._artefact.identifiers.rows(identifier)] = True
        return named

    def _eligible(self, evidence: Evidence, allowed: Mask | None) -> int:
        if allowed is None:
            return len(self._artefact.trials) - len(evidence.rows)
        return int(np.count_nonzero(allowed) - np.count_nonzero(allowed[list(evidence.rows)]))

    def _banded(self, evidence: Evidence) -> bool:
        """Whether the bands were measured for such a question: one trial, balanced, by the bundled encoder."""
        return (
            len(evidence.examples) == 1
            and evidence.unlike is None
            and evidence.weights == TRIAL_WEIGHTS
            and self.manifest.encoder.revision == CALIBRATED_REVISION
        )

    def _hit(self, number: int, entry: Entry, ranked: Ranked, evidence: Evidence, *, banded: bool) -> Hit:
        row = int(ranked.candidates.rows[entry.place])
        trial = self._artefact.trials.trial(row)
        score = ranked.score(entry.place)
        return Hit(
            rank=number,
            score=score,
            band=band_of(score) if banded else None,
            probability=probability_of(score) if banded else None,
            parts={leg.value: round(float(part[entry.place]), 4) for leg, part in ranked.parts.items()},
            reasons=self._explainer.reasons(evidence, row, trial),
            trial=trial,
            programme=tuple(
                Member(self._artefact.trials.trial(int(ranked.candidates.rows[place])), cause)
                for place, cause in entry.members
            ),
        )
