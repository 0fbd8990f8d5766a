import pytest

from search.bands import Band, band_of


@pytest.mark.parametrize(
    ("score", "band"),
    [
        (1.0, Band.STRONG),
        (0.67, Band.STRONG),
        (0.6699, Band.MODERATE),
        (0.52, Band.MODERATE),
        (0.5199, Band.WEAK),
        (-1, Band.WEAK),
    ],
)
def test_a_bound_belongs_to_the_better_band(score: float, band: Band) -> None:
    assert band_of(score) is band
