import pytest

from search.errors import BadInput
from search.question import MAX_NAMED, Question


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({}, "nothing is asked; name a trial to be like, or write a text"),
        ({"negatives": ("NCT00000001",)}, "nothing is asked"),
        ({"positives": {"NCT00000001": 0.0}}, "the weight of NCT00000001 is 0; it must be above 0 and at most 100"),
        ({"positives": {"NCT00000001": float("nan")}}, "the weight of NCT00000001 is nan"),
        ({"positives": {"NCT00000001": 101.0}}, "the weight of NCT00000001 is 101"),
        ({"positives": {f"NCT{n:08}": 1.0 for n in range(MAX_NAMED + 1)}}, "21 trials to be like; a question names at"),
        ({"text": "x", "negatives": ("NCT00000001",) * 21}, "21 trials to be unlike"),
        ({"positives": {"NCT00000001": 1.0}, "text": " ?"}, "nothing to look for in '\\?'"),
        ({"text": "x" * 10_001}, "a query has at most 10,000 characters; this one has 10,001"),
    ],
)
def test_what_cannot_be_asked_is_refused(asked, message):
    with pytest.raises(BadInput, match=message):
        Question(**asked)
