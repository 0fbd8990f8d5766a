"""Notebooks are kept without what they printed: their runs are in the tests, their figures in docs/."""

from pathlib import Path
from typing import Any

import orjson
import pytest

NOTEBOOKS = sorted(Path("notebooks").glob("*.ipynb"))


def cells(notebook: Path) -> list[dict[str, Any]]:
    return [cell for cell in orjson.loads(notebook.read_bytes())["cells"] if cell["cell_type"] == "code"]


def test_there_is_a_tour_and_one_on_relevance() -> None:
    assert [notebook.name for notebook in NOTEBOOKS] == ["01_tour.ipynb", "02_relevance.ipynb"]


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda notebook: notebook.stem)
def test_a_notebook_holds_no_output_and_checks_what_it_shows(notebook: Path) -> None:
    code = cells(notebook)
    assert [cell for cell in code if cell["outputs"] or cell["execution_count"] is not None] == []
    assert sum("assert " in "".join(cell["source"]) for cell in code) >= 3
