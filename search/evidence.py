"""What is known of a question before any trial is looked at in full.

Each trial or text that is asked with gives its own evidence; several are averaged by their weights, and what the
trials to be unlike have is held against a candidate (Rocchio 1971). Every leg is linear in the evidence, so a score
for several is the mean of the scores for each, but for the neighbours, who are those of the whole question.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from search.artefact.facet_terms import TERM_FACETS
from search.artefact.reading import Artefact
from search.encoders.base import Encoder
from search.errors import BadInput
from search.legs import TRIAL_WEIGHTS, Leg, text_weights, with_exact, with_facets
from search.lexical import words_of, words_of_trial
from search.literal import Literal, literal
from search.passage import Facet, tidy
from search.question import Question
from search.reasons import Terms
from search.trial import Trial
from search.vectors import Mask, Scores, Vectors
from search.word_scores import WordScores

TINY = float(np.finfo(np.float32).tiny)
UNLIKE_SHARE = 0.25
"""The most that being like the trials to be unlike takes off a score: enough to move, too little to rank by."""


TEXT_WEIGHT = 0.5
"""What a text weighs beside trials. A few words are met in full by many trials, a whole trial by none: at equal
weights the words would rank alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """One trial or text of the kind that is wanted."""

    row: int | None
    """Of the trial; None for a text."""
    trial: Trial | None
    passage: Vectors
    """(dim,)"""
    title: Vectors
    """(dim,)"""
    terms: Mapping[Facet, Terms]
    """What is asked of each facet; of a free text the text itself."""
    words: WordScores
    """1 where a trial has the words as well as can be."""
    weights: Mapping[Leg, float]
    """What each leg counts; they add up to its share of the question."""
    tokens: tuple[str, ...] = ()
    """Rare codes in a text."""


@dataclass(frozen=True, slots=True)
class Mean:
    """The evidence of several as one."""

    passage: Vectors
    """(dim,); of unit length only where it is of one."""
    title: Vectors
    """(dim,)"""
    words: WordScores

    @classmethod
    def of(cls, examples: Sequence[Example]) -> "Mean":
        """Each leg's evidence, weighed by what the leg counts in each."""
        return cls(
            passage=_mean([one.passage for one in examples], shares(examples, Leg.PASSAGE)),
            title=_mean([one.title for one in examples], shares(examples, Leg.TITLE)),
            words=WordScores.mean([one.words for one in examples], shares(examples, Leg.WORDS)),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """All that a question gives to rank by."""

    examples: tuple[Example, ...]
    """What to be like, heaviest first."""
    like: Mean
    unlike: Mean | None
    exact: Scores | None
    """(n,) which share of the rare codes that are asked a trial says, by rarity; None where none is asked."""
    said: Mask | None
    """(n,) True where a trial says all that stands in quotation marks; None where nothing does."""
    phrases: tuple[str, ...]
    weights: Mapping[Leg, float]
    """What each leg counts; they add up to 1."""
    rows: tuple[int, ...]
    """Of the trials asked with, like or unlike; they are left out of the answer."""


def gather_evidence(
    question: Question, artefact: Artefact, weights: Mapping[Facet, float], open_encoder: Callable[[], Encoder]
) -> Evidence:
    """The evidence that `question` gives; an encoder is opened only for a text.

    Raises UnknownTrial, BadInput, and UnusableEncoder where the text cannot be encoded.
    """
    positives: dict[int, float] = {}
    for identifier, weight in question.positives.items():
        row = artefact.identifiers.row(identifier)
        positives[row] = positives.get(row, 0.0) + weight
    negatives = dict.fromkeys(artefact.identifiers.row(identifier) for identifier in question.negatives)
    if both := positives.keys() & negatives.keys():
        name = artefact.trials.trial_ids([min(both)])[0]
        raise BadInput(f"{name} is to be like and to be unlike at once; name it once")
    text_weight = 0.0 if question.text is None else TEXT_WEIGHT if positives else 1.0
    total = sum(positives.values()) + text_weight
    examples = [
        _by_trial(row, artefact, weights, share=weight / total)
        for row, weight in sorted(positives.items(), key=lambda item: -item[1])
    ]
    letters = literal(tidy(question.text), artefact) if question.text is not None else Literal("")
    if question.text is not None:
        examples.append(_by_text(letters, artefact, weights, open_encoder(), share=text_weight / total))
    against = [_by_trial(row, artefact, {}, share=1 / len(negatives)) for row in negatives]
    return Evidence(
        examples=tuple(examples),
        like=Mean.of(examples),
        unlike=Mean.of(against) if against else None,
        exact=letters.exact,
        said=letters.allowed,
        phrases=letters.phrases,
        weights={leg: sum(one.weights.get(leg, 0.0) for one in examples) for leg in Leg if _any_of(examples, leg)},
        rows=(*positives, *negatives),
    )


def _any_of(examples: Sequence[Example], leg: Leg) -> bool:
    """Whether the leg counts in any of them."""
    return any(leg in one.weights for one in examples)


def shares(examples: Sequence[Example], leg: Leg) -> list[float]:
    """How much of a leg is each one's; exactly 1 for one alone, whose evidence so stays as it is to the last bit."""
    counts = [one.weights.get(leg, 0.0) for one in examples]
    return [count / sum(counts) for count in counts]


def terms_of(artefact: Artefact, facet: Facet, row: int) -> Terms:
    """What the trial in `row` has of a facet."""
    numbers = artefact.terms.lists[facet].of(row)
    return Terms(artefact.terms.texts(numbers), artefact.terms.vectors[numbers])


def _by_trial(row: int, artefact: Artefact, weights: Mapping[Facet, float], *, share: float) -> Example:
    trial = artefact.trials.trial(row)
    words = artefact.lexical.scores(words_of_trial(trial))
    return Example(
        row=row,
        trial=trial,
        passage=artefact.passages.vectors(np.array([row]))[0],
        title=np.asarray(artefact.titles[row]),
        terms={facet: terms_of(artefact, facet, row) for facet in TERM_FACETS},
        # The trial's own score is the most that its words can give.
        words=words.times(1 / max(float(words.of(np.array([row]))[0]), TINY)),
        weights=_times(share, with_facets(TRIAL_WEIGHTS, weights)),
    )


def _by_text(
    letters: Literal, artefact: Artefact, weights: Mapping[Facet, float], encoder: Encoder, *, share: float
) -> Example:
    text = letters.text
    words = words_of(text)
    vector = encoder.encode_queries([text])
    scores = artefact.lexical.scores(words)
    balanced = text_weights(len(set(words)))
    return Example(
        row=None,
        trial=None,
        passage=vector[0],
        title=vector[0],
        # A text is of no one facet: it is held against each.
        terms=dict.fromkeys(Facet, Terms((text,), vector)),
        words=scores.times(1 / max(float(scores.of(scores.best(1)).max(initial=0)), TINY)),
        weights=_times(share, with_facets(with_exact(balanced) if letters.tokens else balanced, weights)),
        tokens=tuple(letters.tokens),
    )


def _times(share: float, weights: Mapping[Leg, float]) -> Mapping[Leg, float]:
    return {leg: share * weight for leg, weight in weights.items()}


def _mean(values: Sequence[NDArray[np.float32]], shares: Sequence[float]) -> NDArray[np.float32]:
    mean: NDArray[np.float32] = shares[0] * values[0]
    for value, share in zip(values[1:], shares[1:], strict=True):
        mean = mean + share * value
    return mean
