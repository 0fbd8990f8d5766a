"""What the benchmark of the vector index calls true, and that it runs."""

import numpy as np

from benchmarks.vectors.__main__ import BEGIN, END, vectors
from benchmarks.vectors.measuring import ASKED_FOR, exact_top, measured, median_ms
from search.indexes.exact import ExactIndex


def unit(count, seed):
    rows = np.random.default_rng(seed).normal(size=(count, 16)).astype(np.float32)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def test_what_is_called_exact_is_what_numpy_finds():
    every, queries = unit(2_000, 1), unit(5, 2)
    for allowed in (None, np.arange(2_000) % 3 == 0, np.arange(2_000) < 20):
        true = ExactIndex(every).top_k(queries, ASKED_FOR, allowed=allowed).rows
        assert (exact_top(every, queries, allowed=allowed) == true).all()


def test_an_index_that_misses_half_has_half_the_recall():
    class Half(ExactIndex):
        """Finds every other row that it should."""

        def top_k(self, queries, k, *, allowed=None):
            found = super().top_k(queries, 2 * k, allowed=allowed)
            return type(found)(found.rows[:, ::2], found.scores[:, ::2])

    every, queries = unit(2_000, 1), unit(5, 2)
    exact = exact_top(every, queries)
    assert measured(ExactIndex(every), queries, exact).recall == {10: 1.0, 300: 1.0}
    found = measured(Half(every), queries, exact)
    assert found.recall == {10: 0.5, 300: 0.5}
    assert found.fewest == ASKED_FOR
    assert median_ms(lambda _: sum(range(10_000)), range(5)) > 0


def test_the_tables_go_where_they_are_shown(seeds_root, tmp_path):
    page = tmp_path / "page.md"
    page.write_text(f"Before.\n{BEGIN}{END}\nAfter.\n")
    vectors(seeds_root, asked=5, write=page)
    text = page.read_text()
    assert text.startswith("Before.")
    assert "288 vectors of 256 dimensions, encoder hashing" in text
    assert "| 50.0% | " in text
