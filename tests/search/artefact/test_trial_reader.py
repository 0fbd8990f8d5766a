import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.artefact.trial_reader import TrialReader, cell_of
from search.artefact.trial_table import to_batch
from search.trial import Intervention, MeshTerm, Trial

TEXTS = st.none() | st.text(max_size=5)
NUMBERS = st.none() | st.integers(-(2**63), 2**63 - 1)
TYPES = {
    pa.string(): TEXTS,
    pa.int64(): NUMBERS,
    pa.bool_(): st.none() | st.booleans(),
    pa.list_(pa.string()): st.none() | st.lists(TEXTS, max_size=3),
    pa.list_(pa.list_(pa.int64())): st.none() | st.lists(st.none() | st.lists(NUMBERS, max_size=3), max_size=3),
}


def as_tuples(value):
    """What `to_pylist` gives, as it stands in a trial: a list that is null is an empty one."""
    return tuple(map(as_tuples, value)) if isinstance(value, list) else value


@pytest.mark.parametrize("kind", TYPES)
@given(data=st.data())
def test_whatever_stands_in_an_array_is_read_as_arrow_reads_it(kind, data):
    values = data.draw(st.lists(TYPES[kind], min_size=1, max_size=9))
    start = data.draw(st.integers(0, len(values) - 1))
    for array in (pa.array(values, kind), pa.array(values, kind).slice(start)):
        read = cell_of(array)
        wanted = [() if value is None and pa.types.is_list(kind) else as_tuples(value) for value in array.to_pylist()]
        found = [read(place) for place in range(len(array))]
        assert [of_lists(value, kind) for value in found] == [of_lists(value, kind) for value in wanted]


def of_lists(value, kind):
    """`value` with null for an empty list, in lists of lists too."""
    if isinstance(value, tuple):
        return [of_lists(item, kind.value_type) for item in value] or None
    return value


def test_structs_are_what_they_are_in_a_trial():
    trial = Trial(
        trial_id="NCT00000001",
        brief_title="Zellen für Kolitis",  # letters of two bytes
        condition_mesh=(MeshTerm("Colitis", "D003092"), MeshTerm("Crohn Disease")),
        interventions=(Intervention("Cells", "BIOLOGICAL", ("MSC", "UC-MSC")), Intervention("Saline")),
    )
    other = Trial(trial_id="NCT00000002", brief_title="Nothing besides")
    table = pa.Table.from_batches([to_batch([other, trial]), to_batch([other]), to_batch([]), to_batch([trial])])
    reader = TrialReader(table.select([field for field in table.column_names if "_first" not in field][:10]))
    assert list(reader) == [other, trial, other, trial]
    assert reader.trial(3) == trial
