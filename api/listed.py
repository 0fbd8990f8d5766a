"""A list of trials in each form that it can be asked for."""

from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import Response
from pydantic import BaseModel

from api.batch import BatchAnswer, BatchItem
from api.form import MEDIA_TYPES, Form
from api.linked_data import item_list
from api.table import csv_table, ndjson
from search.answer import Answer, HitItem, TrialCard, TrialDetail
from search.trials_answer import TrialsAnswer


def hits_response(answer: Answer, form: Form, fields: Sequence[str], headers: Mapping[str, str]) -> Response:
    """Related trials in `form`; of each hit only `fields`, all where none is named."""
    asked = answer.query.id or answer.query.text
    name = f"Clinical trials related to {asked}" if asked else "Related clinical trials"
    return _response(answer, "hits", answer.hits, HitItem, form, fields, headers, name)


def trials_response(answer: TrialsAnswer, form: Form, fields: Sequence[str], headers: Mapping[str, str]) -> Response:
    """Trials by their ids in `form`; of each only `fields`, all where none is named."""
    return _response(answer, "trials", answer.trials, TrialDetail, form, fields, headers, "Clinical trials")


def batch_response(batch: BatchAnswer, form: Form, fields: Sequence[str], headers: Mapping[str, str]) -> Response:
    """Related trials of several in `form`, one answer a line in ndjson; of each hit only `fields`."""
    of_answer = _only("hits", Answer, fields)
    of_item: Any = dict.fromkeys(BatchItem.model_fields, True) | {"answer": of_answer} if of_answer else None
    if form is Form.NDJSON:
        content = b"".join(item.model_dump_json(include=of_item).encode() + b"\n" for item in batch.answers)
    else:
        content = batch.model_dump_json(include={"answers": {"__all__": of_item}} if of_item else None).encode()
    return Response(content, media_type=MEDIA_TYPES[form], headers=dict(headers))


def trial_response(trial: TrialDetail, fields: Sequence[str], headers: Mapping[str, str]) -> Response:
    """One trial as JSON; only `fields` of it, all where none is named."""
    content = trial.model_dump_json(include=set(fields) or None).encode()
    return Response(content, media_type=MEDIA_TYPES[Form.JSON], headers=dict(headers))


def _response(
    answer: BaseModel,
    rows_name: str,
    rows: Sequence[TrialCard],
    row_model: type[TrialCard],
    form: Form,
    fields: Sequence[str],
    headers: Mapping[str, str],
    name: str,
) -> Response:
    columns = list(fields or row_model.model_fields)
    extra: dict[str, str] = {}
    match form:
        case Form.CSV:
            content = csv_table((row.model_dump(mode="json", include=set(columns)) for row in rows), columns)
            extra = {"Content-Disposition": 'attachment; filename="trials.csv"'}
        case Form.NDJSON:
            content = ndjson(row.model_dump(mode="json", include=set(columns)) for row in rows)
        case Form.JSON_LD:
            content = item_list(rows, name=name)
        case _:
            content = answer.model_dump_json(include=_only(rows_name, type(answer), fields)).encode()
    return Response(content, media_type=MEDIA_TYPES[form], headers={**headers, **extra})


def _only(rows_name: str, answer: type[BaseModel], fields: Sequence[str]) -> dict[str, Any] | None:
    """What of an `answer` to send, in pydantic's words: all of it, but of each row only `fields`; None is all."""
    if not fields:
        return None
    return dict.fromkeys(answer.model_fields, True) | {rows_name: {"__all__": set(fields)}}
