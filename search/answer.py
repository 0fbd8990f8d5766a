"""What is answered, as the API sends it and `--json` prints it: one form for both."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from search.artefact.manifest import Manifest
from search.engine import Hit as RankedHit
from search.engine import Hits, SearchEngine
from search.filters import Filters
from search.passage import Facet
from search.trial import Trial

REGISTRY_URL = "https://clinicaltrials.gov/study/{nct_id}"


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True)


class InterventionItem(_Part):
    """One intervention."""

    name: str = Field(examples=["Umbilical Cord Mesenchymal Stem Cells"])
    type: str | None = Field(description="As the registry spells it.", examples=["BIOLOGICAL"])
    other_names: tuple[str, ...] = ()


class MeshItem(_Part):
    """One MeSH heading."""

    term: str
    id: str | None


class TrialCard(_Part):
    """What a list shows of a trial. What the record lacks is null or an empty list."""

    nct_id: str = Field(examples=["NCT01221428"])
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
    sponsor: str | None = Field(examples=["Qingdao University"])
    countries: tuple[str, ...] = Field(examples=[["China"]])
    url: str = Field(examples=["https://clinicaltrials.gov/study/NCT01221428"])


class TrialDetail(TrialCard):
    """All that is kept of a trial."""

    official_title: str | None
    acronym: str | None
    keywords: tuple[str, ...]
    brief_summary: str | None
    condition_mesh: tuple[MeshItem, ...]
    condition_mesh_ancestors: tuple[MeshItem, ...]
    intervention_mesh: tuple[MeshItem, ...]
    intervention_mesh_ancestors: tuple[MeshItem, ...]
    sex: str | None
    minimum_age: str | None
    maximum_age: str | None
    sponsor_class: str | None
    secondary_ids: tuple[str, ...]
    aliases: tuple[str, ...]
    has_results: bool | None


class SharedItem(_Part):
    """Something both trials have, in the words of each."""

    facet: Facet = Field(examples=["condition"])
    query_term: str = Field(examples=["Ulcerative Colitis (UC)"])
    hit_term: str = Field(examples=["Ulcerative Colitis"])
    cosine: float = Field(examples=[0.9])


class HitItem(TrialCard):
    """One related trial."""

    rank: int = Field(description="1 is best.", examples=[1])
    score: float = Field(description="Higher is better; at most 1.", examples=[0.6269])
    parts: dict[str, float] = Field(
        description="How much each side of the trials gives to the score; they add up to it.",
        examples=[{"passage": 0.281, "title": 0.107, "condition": 0.1255, "intervention": 0.1134}],
    )
    shared: tuple[SharedItem, ...]


class Asked(_Part):
    """The question as it was understood."""

    nct_id: str | None = Field(default=None, examples=["NCT06853522"])
    text: str | None = Field(default=None, examples=[None])
    k: int = Field(examples=[10])
    filters: dict[str, Any] = Field(default={}, examples=[{"status": ["RECRUITING"]}])


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
    note: str | None = Field(default=None, description="Why there are fewer hits than were asked for.")


def similar_answer(engine: SearchEngine, identifier: str, *, k: int, filters: Filters) -> Answer:
    """The trials related to the one that `identifier` names. Raises what SearchEngine.similar raises."""
    nct_id = engine.trial(identifier).nct_id
    hits = engine.similar(nct_id, k=k, filters=filters)
    return _answer(engine, Asked(nct_id=nct_id, k=k, filters=filters.given()), hits)


def search_answer(engine: SearchEngine, text: str, *, k: int, filters: Filters) -> Answer:
    """The trials that a free text asks for. Raises what SearchEngine.search raises."""
    hits = engine.search(text, k=k, filters=filters)
    return _answer(engine, Asked(text=text, k=k, filters=filters.given()), hits)


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
    if asked.filters:
        return f"{found.eligible:,} trials pass the filters; a trial whose value is not known passes none on it"
    return f"the index holds only {found.eligible:,} other trials"


def _hit_item(hit: RankedHit) -> HitItem:
    return HitItem.model_validate(
        {
            **_fields(hit.trial),
            "rank": hit.rank,
            "score": hit.score,
            "parts": {str(part): value for part, value in hit.parts.items()},
            "shared": hit.shared,
        },
        from_attributes=True,
    )


def _fields(trial: Trial) -> dict[str, Any]:
    return {
        **{name: getattr(trial, name) for name in trial.__slots__},
        "title": trial.brief_title,
        "url": REGISTRY_URL.format(nct_id=trial.nct_id),
    }
