"""What a trial's terms say, by its own record and by the corpus."""

from collections.abc import Mapping

from search.abbreviations import abbreviations, spelled_out
from search.artefact.facet_terms import TERM_FACETS
from search.artefact.reading import Artefact
from search.control_arms import ControlArms, is_placebo
from search.passage import Facet
from search.reasons import Terms
from search.trial import Trial


class TermReader:
    """Reads the terms of one build's trials. Safe to share between threads."""

    def __init__(self, artefact: Artefact) -> None:
        self._stored = artefact.terms
        self._control_arms = ControlArms(artefact.terms)

    def prepare(self) -> None:
        """Find out now which interventions tell nothing."""
        self._control_arms.prepare()

    def terms(self, row: int, trial: Trial) -> Mapping[Facet, Terms]:
        """The terms of `trial`, which is in `row`: abbreviations spelled out, and nothing for a control arm."""
        numbers = {facet: self._stored.lists[facet].of(row) for facet in TERM_FACETS}
        texts = {facet: self._stored.texts(numbers[facet]) for facet in TERM_FACETS}
        said = (trial.brief_title, trial.official_title or "", trial.brief_summary or "")
        known = abbreviations((*said, *(text for facet in TERM_FACETS for text in texts[facet])))
        readings = {facet: [spelled_out(text, known) for text in texts[facet]] for facet in TERM_FACETS}
        for place, number in enumerate(numbers[Facet.INTERVENTION].tolist()):
            if number in self._control_arms or is_placebo(texts[Facet.INTERVENTION][place]):
                readings[Facet.INTERVENTION][place] = ""
        return {
            facet: Terms(texts[facet], self._stored.vectors[numbers[facet]], readings[facet]) for facet in TERM_FACETS
        }
