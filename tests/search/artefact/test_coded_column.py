from collections import Counter

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from search.artefact.coded_column import CodedColumn

WORDS = st.none() | st.sampled_from(["", "China", "china", "Chad", "Türkiye"])


@given(st.lists(st.lists(WORDS, max_size=4), min_size=1, max_size=9), st.data())
def test_rows_are_counted_and_found_by_value_as_by_looking_at_each(lists, data):
    column = CodedColumn.of(pa.array(lists, pa.list_(pa.string())))
    rows = data.draw(st.lists(st.integers(0, len(lists) - 1), unique=True))
    counted = Counter(value for row in rows for value in set(lists[row]) if value)
    found = column.counts(np.array(rows, np.int64))
    assert found == counted
    assert list(found) == sorted(counted, key=lambda value: (-counted[value], value))
    assert column.having(["CHINA", "Peru"]).tolist() == [{"China", "china"} & set(values) != set() for values in lists]
    assert column.holding("HI").tolist() == [{"China", "china"} & set(values) != set() for values in lists]
    assert column.holding("h").tolist() == [{"China", "china", "Chad"} & set(values) != set() for values in lists]


@given(st.lists(WORDS, min_size=1, max_size=9))
def test_a_column_of_single_texts_is_one_of_short_lists(texts):
    single = CodedColumn.of(pa.array(texts, pa.string()))
    lists = CodedColumn.of(pa.array([[text] for text in texts], pa.list_(pa.string())))
    rows = np.arange(len(texts))
    assert single.counts(rows) == lists.counts(rows)
    assert single.having(["türkiye"]).tolist() == [text == "Türkiye" for text in texts]


def test_no_value_wanted_and_no_row_counted_find_nothing():
    column = CodedColumn.of(pa.array([["a"], []]))
    assert column.having([]).tolist() == [False, False]
    assert column.counts(np.array([], np.int64)) == {}
    assert CodedColumn.of(pa.array([None, None], pa.string())).having(["a"]).tolist() == [False, False]
