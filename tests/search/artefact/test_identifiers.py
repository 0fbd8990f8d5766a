import pyarrow as pa
import pytest

from indexer.sources.files import SEEDS, open_source
from search.artefact import identifiers
from search.artefact.identifiers import Identifiers, identifier_table, normal
from search.artefact.trial_table import SCHEMA, to_batch
from search.errors import BadInput, UnknownTrial
from search.trial import Trial


def trial(number, **given):
    return Trial(trial_id=f"NCT{number:08}", brief_title="a", **given)


def identifiers_of(*batches):
    return Identifiers(identifier_table(pa.Table.from_batches([to_batch(batch) for batch in batches], schema=SCHEMA)))


IDENTIFIERS = identifiers_of(
    [
        trial(1, aliases=("NCT00000009", "nct 00000008"), secondary_ids=("EudraCT 2004-001234-12", "shared")),
        trial(2, secondary_ids=("SHARED", "NCT00000003", "émile-1")),
    ],
    [
        trial(3, aliases=("NCT00000007",)),
        trial(4, secondary_ids=("NCT00000007", "2004-7", "Émile-2")),
    ],
)


def test_aliases_are_the_other_trial_ids_that_lead_to_one_trial():
    assert IDENTIFIERS.aliases() == {
        "NCT00000009": 0,
        "NCT00000008": 0,
        "EUCTR2004-001234-12": 0,
        "NCT00000007": 2,  # an alias goes before another's secondary id
    }


@pytest.mark.parametrize(
    ("text", "row"),
    [
        ("NCT00000001", 0),
        (" nct0000 0002\n", 1),
        ("NCT00000009", 0),
        ("NCT00000008", 0),
        ("eudract 2004-001234-12", 0),
        ("EUDRACT2004-001234-12", 0),
        ("2004-7", 3),
        ("Émile-1", 1),
        ("émile-2", 3),
    ],
)
def test_an_id_an_alias_and_a_secondary_id_name_a_row_however_they_are_spelled(text, row):
    assert IDENTIFIERS.row(text) == row


def test_the_trials_own_id_is_stronger_than_what_another_calls_itself():
    assert IDENTIFIERS.row("NCT00000003") == 2


def test_an_alias_is_stronger_than_a_secondary_id():
    assert IDENTIFIERS.row("NCT00000007") == 2


def test_an_id_that_several_trials_claim_alike_is_refused():
    with pytest.raises(BadInput) as refused:
        IDENTIFIERS.row("Shared")
    assert str(refused.value) == "SHARED names 2 trials; ask by the primary id of one"


@pytest.mark.parametrize("text", ["NCT00000005", "nct99999999", "NCT00000000"])
def test_a_well_formed_id_that_is_not_here_is_unknown(text):
    with pytest.raises(UnknownTrial) as unknown:
        IDENTIFIERS.row(text)
    assert str(unknown.value) == (f"no trial {text.upper()} in this index; check the id, or search by text instead")


@pytest.mark.parametrize("text", ["", "  ", "NCT1", "2004", "zzz"])
def test_what_names_nothing_and_is_no_trial_id_is_refused(text):
    with pytest.raises(BadInput, match="is not a trial id; one looks like NCT06853522"):
        IDENTIFIERS.row(text)


ACROSS = Identifiers(
    identifier_table(
        pa.Table.from_batches(
            [
                to_batch(
                    [
                        trial(1, secondary_ids=("2019-001234-56", "CTRI/2020/12/029986")),
                        trial(2, secondary_ids=("EudraCT 2020-001234-56 (GUT-1)", "UMIN000004891")),
                        Trial(trial_id="EUCTR2021-001234-56", brief_title="a", secondary_ids=("NCT 0000 0007",)),
                        Trial(trial_id="RBR-2b9qf7h", brief_title="a"),
                        Trial(trial_id="ISRCTN12345678", brief_title="a", secondary_ids=("2021-001234-56",)),
                    ]
                )
            ],
            schema=SCHEMA,
        )
    )
)


@pytest.mark.parametrize(
    ("text", "row"),
    [
        *((text, 0) for text in ("2019-001234-56", "EUCTR2019-001234-56-NL", "eudract2019-001234-56")),
        *((text, 0) for text in ("ctri/2020/12/029986", "CTRI-2020-12-029986")),
        *((text, 1) for text in ("2020-001234-56", "EudraCT 2020-001234-56 (gut-1)", "JPRN-UMIN000004891")),
        *((text, 2) for text in ("2021-001234-56", "EUCTR2021-001234-56-DE", "nct00000007")),
        *((text, 3) for text in ("RBR-2B9QF7H", "rbr-2b9qf7h")),
        ("isrctn 12345678", 4),
    ],
)
def test_an_id_of_any_registry_names_the_trial_that_has_it_first_or_second(text, row):
    assert ACROSS.row(text) == row


@pytest.mark.parametrize("text", ["ISRCTN87654321", "2019-009999-99"])
def test_an_id_of_another_registry_that_is_not_here_is_unknown(text):
    with pytest.raises(UnknownTrial, match=r"^no trial (ISRCTN87654321|EUCTR2019-009999-99) in this index"):
        ACROSS.row(text)


def test_a_build_of_before_is_asked_by_what_it_kept():
    table = pa.Table.from_pylist([{"identifier": "2019-001234-56", "rank": 2, "row": 7}], schema=identifiers.SCHEMA)

    assert Identifiers(table).row("2019-001234-56") == 7


def test_a_trial_may_claim_one_id_twice():
    assert identifiers_of([trial(1, aliases=("X1",), secondary_ids=("x 1", "X1"))]).row("x1") == 0


def test_an_identifier_is_compared_in_upper_case_without_white_space():
    assert normal(" eudract\t2004-001 ") == "EUDRACT2004-001"


def test_every_seed_is_found_by_its_id(seeds_engine):
    ids = [record.study["protocolSection"]["identificationModule"]["nctId"] for record in open_source(SEEDS).records()]
    assert len(ids) == 288
    assert [seeds_engine.trial(trial_id.lower()).trial_id for trial_id in ids] == ids
