"""What is answered, as the API sends it and `--json` prints it: one form for both."""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from search.artefact.manifest import Manifest
from search.bands import Band
from search.engine import Hit as RankedHit
from search.engine import Hits, SearchEngine
from search.filters import Filters
from search.passage import Facet
from search.reasons import ReasonKind
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
    """Something both trials have in common, in the words of each."""

    kind: ReasonKind = Field(examples=["same_condition"])
    query_term: str = Field(examples=["Ulcerative Colitis (UC)"])
    hit_term: str = Field(examples=["Ulcerative Colitis"])
    likeness: float = Field(description="How surely it is the same thing; 1 is surest.", examples=[1.0])
    via: str | None = Field(
        default=None,
        description="The MeSH heading through which the two meet, where not by their own terms.",
        examples=[None],
    )


class Ranked(_Part):
    """Where a trial stands in a list."""

    rank: int = Field(description="1 is best.", examples=[2])
    score: float = Field(description="Higher is better; at most 1.", examples=[0.7057])


class HitItem(TrialCard, Ranked):
    """One related trial."""

    band: Band | None = Field(
        description="How closely related, by a measured scale; null for a free text, for weighted facets, and for an "
        "index of another encoder.",
        examples=["strong"],
    )
    parts: dict[str, float] = Field(
        description="What each kind of evidence gives to the score; they add up to it, up to rounding.",
        examples=[{"words": 0.0997, "passage": 0.0878, "title": 0.0669, "neighbours": 0.4512}],
    )
    reasons: tuple[ReasonItem, ...]


class Asked(_Part):
    """The question as it was understood."""

    id: str | None = Field(default=None, description="Of the trial asked about.", examples=["NCT06853522"])
    nct_id: str | None = Field(default=None, description="The same, if an NCT id.", examples=["NCT06853522"])
    title: str | None = Field(
        default=None,
        description="Of the trial asked about.",
        examples=["hucMSCs Exosomes for the Treatment of Active Ulcerative Colitis"],
    )
    text: str | None = Field(default=None, examples=[None])
    k: int = Field(examples=[10])
    filters: dict[str, Any] = Field(default={}, examples=[{"status": ["RECRUITING"]}])
    weights: dict[Facet, float] = Field(
        default={},
        description="Facets that count more, in this ratio; none where the evidence is balanced.",
        examples=[{"condition": 2.0, "intervention": 1.0}],
    )


class BuildInfo(_Part):
    """Which build answers."""

    build_id: str = Field(examples=["20261122T165717-233603"])
    encoder: str = Field(examples=["all-MiniLM-L6-v2"])
    trials: int = Field(examples=[288])
    data_date: str | None = Field(description="Newest update date in the build's records.", examples=["2026-07-30"])


class Answer(_Part):
    """Related trials, best first."""

    query: Asked
    build: BuildInfo
    hits: tuple[HitItem, ...]
    note: str | None = Field(default=None, description="Why there are fewer hits than were asked for.", examples=[None])


def similar_answer(
    engine: SearchEngine, identifier: str, *, k: int, filters: Filters, weights: Mapping[Facet, float]
) -> Answer:
    """The trials related to the one that `identifier` names. Raises what SearchEngine.similar raises."""
    trial = engine.trial(identifier)
    hits = engine.similar(trial.trial_id, k=k, filters=filters, weights=weights)
    asked = Asked(
        id=trial.trial_id,
        nct_id=trial.nct_id,
        title=trial.brief_title,
        k=k,
        filters=filters.given(),
        weights=dict(weights),
    )
    return _answer(engine, asked, hits)


def search_answer(
    engine: SearchEngine, text: str, *, k: int, filters: Filters, weights: Mapping[Facet, float]
) -> Answer:
    """The trials that a free text asks for. Raises what SearchEngine.search raises."""
    hits = engine.search(text, k=k, filters=filters, weights=weights)
    return _answer(engine, Asked(text=text, k=k, filters=filters.given(), weights=dict(weights)), hits)


def trial_detail(trial: Trial) -> TrialDetail:
    """Everything kept of `trial`."""
    return TrialDetail.model_validate(_fields(trial), from_attributes=True)


def build_info(manifest: Manifest) -> BuildInfo:
    """The build that `manifest` describes."""
    return BuildInfo(
        build_id=manifest.build_id,
        encoder=manifest.encoder.spec,
        trials=manifest.counts.trials,
        data_date=manifest.source.data_date,
    )


def _answer(engine: SearchEngine, asked: Asked, found: Hits) -> Answer:
    return Answer(
        query=asked,
        build=build_info(engine.manifest),
        hits=tuple(_hit_item(hit) for hit in found.hits),
        note=_note(asked, found),
    )


def _note(asked: Asked, found: Hits) -> str | None:
    if len(found.hits) == asked.k:
        return None
    if len(found.hits) < found.eligible:
        return "no other trial comes close enough"
    trial = "other trial" if asked.id else "trial"
    left = {0: f"no {trial}", 1: f"only 1 {trial}"}.get(found.eligible, f"only {found.eligible:,} {trial}s")
    if asked.filters:
        return f"the filters leave {left}; a trial fails a filter on what its record does not say"
    return f"the index holds {left}"


def _hit_item(hit: RankedHit) -> HitItem:
    return HitItem.model_validate(
        {
            **_fields(hit.trial),
            "rank": hit.rank,
            "score": hit.score,
            "band": hit.band,
            "parts": {str(part): value for part, value in hit.parts.items()},
            "reasons": hit.reasons,
        },
        from_attributes=True,
    )


def _fields(trial: Trial) -> dict[str, Any]:
    return {
        **{name: getattr(trial, name) for name in trial.__slots__},
        "id": trial.trial_id,
        "nct_id": trial.nct_id,
        "title": trial.brief_title,
        "url": registry_url(trial.trial_id),
    }
