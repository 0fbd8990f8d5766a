"""A list of trials in each form that it can be asked for."""

from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import Response
from pydantic import BaseModel

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
    columns = [column for column in row_model.model_fields if not fields or column in fields]
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
            content = _json(answer, rows_name, columns if fields else None)
    return Response(content, media_type=MEDIA_TYPES[form], headers={**headers, **extra})


def _json(answer: BaseModel, rows_name: str, columns: Sequence[str] | None) -> bytes:
    include: dict[str, Any] | None = None
    if columns is not None:
        include = dict.fromkeys(type(answer).model_fields, True) | {rows_name: {"__all__": set(columns)}}
    return answer.model_dump_json(include=include).encode()
