import random
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.export.sharding import MOST, Sharding, sharding_of


def test_sparse_ids_share_a_file_by_their_beginning_and_dense_ones_are_told_apart():
    sparse = [f"NCT{number:08}" for number in range(0, 100_000, 40)]  # 25 a thousand
    dense = [f"NCT{number:08}" for number in range(7_000_000, 7_001_000)]
    sharding = sharding_of(sparse + dense)
    assert sharding.prefix == {"NCT": 8}
    assert sharding.split == ("NCT07000", *(f"NCT07000{digit}" for digit in range(10)))
    assert sharding.shard("NCT00012345") == "NCT00012"
    assert sharding.shard("NCT07000123") == "NCT0700012"
    sizes = {name: len(ids) for name, ids in sharding.shards(sparse + dense).items()}
    assert sizes["NCT00012"] == 25
    assert sizes["NCT0700012"] == 10
    assert max(sizes.values()) <= MOST


def test_each_registry_has_a_length_of_its_own():
    ids = [f"NCT{number:08}" for number in range(0, 10_000_000, 4_000)]
    ids += [f"ISRCTN{number:08}" for number in random.Random(1).sample(range(10**8), 40)]
    ids += [f"CTRI/2020/03/{number:06}" for number in range(24_000, 24_100)]
    ids += [f"2023-50{number}-12-00" for number in range(4_000, 4_020)]
    sharding = sharding_of(ids)
    assert sharding.prefix == {"NCT": 6, "ISRCTN": 6, "CTRI_": 18, "": 1}
    assert sharding.shard("ISRCTN12345678") == "ISRCTN"
    assert sharding.shard("ctri/2020/03/024057") == "CTRI_2020_03_02405"
    assert sharding.shard("2023-504001-12-00") == "2"


def test_ids_of_which_one_begins_another_end_in_files_of_their_own():
    ids = ["X1", *(f"X1{number:03}" for number in range(60))]
    sharding = sharding_of(ids)
    assert sum(map(len, sharding.shards(ids).values())) == len(ids)
    assert sharding.shard("X1") == "X1"


@given(st.lists(st.from_regex(r"\A[A-C]{0,2}[0-9]{1,5}([/-][0-9])?\Z"), min_size=1, max_size=300, unique=True))
def test_every_id_is_in_one_file_and_files_are_small_where_ids_differ(ids):
    sharding = sharding_of(ids)
    shards = sharding.shards(ids)
    assert Counter(trial_id for inside in shards.values() for trial_id in inside) == Counter(ids)
    for name, inside in shards.items():
        assert len(inside) <= MOST or all(len(trial_id) == len(name) for trial_id in inside)


def test_a_registry_that_is_not_there_has_no_file():
    with pytest.raises(KeyError):
        Sharding({"NCT": 8}, ()).shard("DRKS00000001")
