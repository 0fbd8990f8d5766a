import pytest

from search.errors import BadInput
from search.listing import Listing


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"k": 0}, "k is 0; it must be from 1 to 100"),
        ({"offset": -1}, "offset is -1; it must be from 0 to 1000"),
        ({"offset": 1001}, "offset is 1001"),
        ({"diversity": 1.1}, "diversity is 1.1; it must be from 0 to 1"),
        ({"diversity": float("nan")}, "diversity is nan"),
        ({"min_score": float("inf")}, "min_score is inf; it must be a finite number"),
        ({"exclude": ("NCT00000001",) * 1001}, "1001 trials to exclude; the most is 1000"),
    ],
)
def test_a_number_out_of_its_bounds_is_refused(given, message):
    with pytest.raises(BadInput, match=message):
        Listing(**given)
