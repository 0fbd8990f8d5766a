"""What is answered, as the API sends it and `--json` prints it: one form for both."""

from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from search.artefact.manifest import Manifest
from search.asked import Asked, asked_of
from search.bands import Band
from search.engine import SearchEngine
from search.facet_counts import facet_counts
from search.hits import Hit
from search.listing import Listing
from search.note import note
from search.question import Question
from search.reasons import ReasonKind
from search.recognised import recognised_filters
from search.trial import Trial
from search.trial_id import registry_url


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True)


class InterventionItem(_Part):
    """One intervention."""

    name: str = Field(examples=["Umbilical Cord Mesenchymal Stem Cells"])
    type: str | None = Field(description="As the registry spells it.", examples=["BIOLOGICAL"])
    other_names: tuple[str, ...] = Field(default=(), examples=[[]])


class MeshItem(_Part):
    """One MeSH heading."""

    term: str = Field(examples=["Colitis, Ulcerative"])
    id: str | None = Field(examples=["D003093"])


class TrialCard(_Part):
    """What a list shows of a trial, spelled as the registry does. What the record lacks is null or an empty list."""

    id: str = Field(description="Primary id, of whichever registry.", examples=["NCT01221428"])
    nct_id: str | None = Field(description="The primary id where it is an NCT id.", examples=["NCT01221428"])
    title: str = Field(examples=["Umbilical Cord Mesenchymal Stem Cells Infusion for Ulcerative Colitis"])
    status: str | None = Field(examples=["UNKNOWN"])
    phases: tuple[str, ...] = Field(examples=[["PHASE1", "PHASE2"]])
    study_type: str | None = Field(examples=["INTERVENTIONAL"])
    conditions: tuple[str, ...] = Field(examples=[["Ulcerative Colitis"]])
    interventions: tuple[InterventionItem, ...]
    enrolment: int | None = Field(examples=[50])
    start_date: str | None = Field(description="As registered; may be partial.", examples=["2010-09"])
    completion_date: str | None = Field(examples=[None])
    last_update_date: str | None = Field(examples=[None])
    first_posted_date: str | None = Field(description="When the registry first showed it.", examples=[None])
    sponsor: str | None = Field(examples=["Qingdao University"])
    countries: tuple[str, ...] = Field(examples=[["China"]])
    url: str = Field(examples=["https://clinicaltrials.gov/study/NCT01221428"])


class TrialDetail(TrialCard):
    """All that is kept of a trial."""

    official_title: str | None = Field(
        examples=["Safety and Efficacy of Umbilical Cord Mesenchymal Stem Cells Infusion for Ulcerative Colitis"]
    )
    acronym: str | None = Field(examples=[None])
    keywords: tuple[str, ...] = Field(examples=[[]])
    brief_summary: str | None = Field(examples=[None])
    condition_mesh: tuple[MeshItem, ...]
    condition_mesh_ancestors: tuple[MeshItem, ...]
    intervention_mesh: tuple[MeshItem, ...]
    intervention_mesh_ancestors: tuple[MeshItem, ...]
    sex: str | None = Field(description="Who may take part: ALL, FEMALE or MALE.", examples=[None])
    minimum_age: str | None = Field(description='As registered, such as "18 Years".', examples=[None])
    maximum_age: str | None = Field(examples=[None])
    sponsor_class: str | None = Field(description="Of the lead sponsor, such as INDUSTRY.", examples=[None])
    allocation: str | None = Field(description="Such as RANDOMIZED.", examples=[None])
    intervention_model: str | None = Field(description="Such as PARALLEL.", examples=[None])
    masking: str | None = Field(description="Such as DOUBLE.", examples=[None])
    primary_purpose: str | None = Field(description="Such as TREATMENT.", examples=[None])
    org_study_id: str | None = Field(description="The sponsor's own id of the study.", examples=[None])
    secondary_ids: tuple[str, ...] = Field(description="Ids that other bodies gave it.", examples=[[]])
    aliases: tuple[str, ...] = Field(description="NCT ids that it once had.", examples=[[]])
    has_results: bool | None = Field(description="Whether results are posted.", examples=[None])


class ReasonItem(_Part):
    """Something both trials have in common, in the words of each; or that the hit has a different condition."""

    kind: ReasonKind = Field(examples=["same_condition"])
    query_term: str = Field(examples=["Ulcerative Colitis (UC)"])
    hit_term: str = Field(
        description="Empty where the hit names no condition and so has a different one.",
        examples=["Ulcerative Colitis"],
    )
    likeness: float = Field(description="How surely it is so; 1 is surest.", examples=[1.0])
    via: str | None = Field(
        default=None,
        description="The MeSH heading through which the two meet, where not by their own terms.",
        examples=[None],
    )


class Ranked(_Part):
    """Where a trial stands in a list."""

    rank: int = Field(description="1 is best.", examples=[2])
    score: float = Field(description="Higher is better; at most 1.", examples=[0.6728])


class MemberItem(_Part):
    """Another trial of the same programme."""

    id: str = Field(examples=["NCT05786339"])
    title: str = Field(examples=["A Long-Term Extension Study"])
    cause: str = Field(description="What says that it belongs there.", examples=["extension"])


class ProgrammeItem(_Part):
    """What stands behind one entry of the list."""

    count: int = Field(description="How many other trials.", examples=[1])
    members: tuple[MemberItem, ...] = Field(description="Those trials, best first.")


class HitItem(TrialCard, Ranked):
    """One related trial."""

    band: Band | None = Field(
        description="How closely related, by a measured scale; null where it was not measured: for a text, for "
        "several trials, for weighted facets, and for an index of another encoder.",
        examples=["strong"],
    )
    probability: float | None = Field(
        default=None,
        description="How often a trial of such a score was included in the same Cochrane review as the one asked with, "
        "among 40,000 trials: comparable across questions. A review includes few of the related trials, so that being "
        "related is likelier. Null where there is no band.",
        examples=[0.274],
    )
    parts: dict[str, float] = Field(
        description="What each kind of evidence gives to the score; they add up to it, up to rounding.",
        examples=[{"words": 0.0993, "passage": 0.2459, "title": 0.0535, "neighbours": 0.2741}],
    )
    reasons: tuple[ReasonItem, ...]
    programme: ProgrammeItem | None = Field(
        default=None,
        description="Where programmes are collapsed, the other trials of this one's; null where there are none.",
        examples=[None],
    )


class BuildInfo(_Part):
    """Which build answers."""

    build_id: str = Field(examples=["20261122T165717-233603"])
    encoder: str = Field(examples=["all-MiniLM-L6-v2"])
    trials: int = Field(examples=[288])
    data_date: str | None = Field(description="Newest update date in the build's records.", examples=["2026-07-30"])


class RecognisedItem(_Part):
    """What of a text could be filters."""

    filters: dict[str, Any] = Field(examples=[{"status": ["RECRUITING"], "country": ["China"]}])
    text: str = Field(description="What is left to ask.", examples=["stem cells for Crohn's"])


class Answer(_Part):
    """Related trials, best first."""

    query: Asked
    build: BuildInfo
    hits: tuple[HitItem, ...]
    named: TrialCard | None = Field(
        default=None,
        description="The trial whose id was typed into the text; the hits are those related to it.",
        examples=[None],
    )
    counts: dict[str, dict[str, int]] = Field(
        default={},
        description="How many of the candidates have each value of a filter, the filters given already applied.",
        examples=[{"status": {"RECRUITING": 12, "COMPLETED": 7}}],
    )
    recognised: RecognisedItem | None = Field(
        default=None, description="Filters that the text seems to name; offered, not applied.", examples=[None]
    )
    cost: str | None = Field(
        default=None, description="What preferring some trials cost in relevance.", examples=[None]
    )
    note: str | None = Field(default=None, description="Why there are fewer hits than were asked for.", examples=[None])


def answer(engine: SearchEngine, question: Question, listing: Listing) -> Answer:
    """What `question` finds, listed as `listing` says. Raises what SearchEngine.ask raises."""
    found = engine.ask(question, listing)
    return Answer(
        query=asked_of(engine, question, found, listing),
        build=build_info(engine.manifest),
        hits=tuple(hit_item(hit) for hit in found.hits),
        named=None if found.named is None else TrialCard.model_validate(_fields(found.named), from_attributes=True),
        counts=facet_counts(engine.artefact.trials, found.candidates),
        recognised=_recognised(engine, found.question.text),
        cost=found.cost,
        note=note(found, listing),
    )


def similar_answer(engine: SearchEngine, identifier: str, listing: Listing) -> Answer:
    """The trials related to the one that `identifier` names. Raises what SearchEngine.ask raises."""
    return answer(engine, Question(positives={identifier: 1.0}), listing)


def search_answer(engine: SearchEngine, text: str, listing: Listing) -> Answer:
    """The trials that a free text asks for. Raises what SearchEngine.ask raises."""
    return answer(engine, Question(text=text), listing)


def trial_detail(trial: Trial) -> TrialDetail:
    """Everything kept of `trial`."""
    return TrialDetail.model_validate(_fields(trial, _OF_DETAIL), from_attributes=True)


def build_info(manifest: Manifest) -> BuildInfo:
    """The build that `manifest` describes."""
    return BuildInfo(
        build_id=manifest.build_id,
        encoder=manifest.encoder.spec,
        trials=manifest.counts.trials,
        data_date=manifest.source.data_date,
    )


def _recognised(engine: SearchEngine, text: str | None) -> RecognisedItem | None:
    recognised = recognised_filters(text, engine.countries) if text is not None else None
    if recognised is None:
        return None
    return RecognisedItem(filters=recognised.filters.given(), text=recognised.text)


def hit_item(hit: Hit) -> HitItem:
    """`hit` as it is answered."""
    return HitItem.model_validate(
        {
            **_fields(hit.trial),
            "rank": hit.rank,
            "score": hit.score,
            "band": hit.band,
            "probability": hit.probability,
            "parts": {str(part): value for part, value in hit.parts.items()},
            "reasons": hit.reasons,
            "programme": _programme(hit),
        },
        from_attributes=True,
    )


def _programme(hit: Hit) -> ProgrammeItem | None:
    if not hit.programme:
        return None
    members = tuple(
        MemberItem(id=member.trial.trial_id, title=member.trial.brief_title, cause=member.cause)
        for member in hit.programme
    )
    return ProgrammeItem(count=len(members), members=members)


_OF_CARD = [name for name in Trial.__slots__ if name in TrialCard.model_fields]
_OF_DETAIL = [name for name in Trial.__slots__ if name in TrialDetail.model_fields]


def _fields(trial: Trial, names: Sequence[str] = _OF_CARD) -> dict[str, Any]:
    return {
        **{name: getattr(trial, name) for name in names},
        "id": trial.trial_id,
        "nct_id": trial.nct_id,
        "title": trial.brief_title,
        "url": registry_url(trial.trial_id),
    }
