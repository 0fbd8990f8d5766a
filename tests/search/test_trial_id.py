import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.errors import BadInput
from search.trial_id import REGISTRIES, parse_trial_id, registry_of, registry_url, trial_ids_in, without_trial_ids

KEPT = {
    "NCT06853522": ["nct06853522", " NCT 0685 3522\n"],
    "ISRCTN12345678": ["isrctn12345678", "ISRCTN 12345678"],
    "EUCTR2019-001234-56": [
        "2019-001234-56",
        "EUCTR2019-001234-56-NL",
        "euctr2019-001234-56-gb",
        "EUCTR2019-001234-56-Outside-EU/EEA",
        "EudraCT 2019-001234-56",
        "EudraCT Number: 2019-001234-56",
    ],
    "CTIS2022-501234-12-00": ["2022-501234-12-00", "EU CT 2022-501234-12-00", "ctis2022-501234-12-00"],
    "DRKS00018960": ["drks00018960"],
    "ChiCTR1800014249": ["chictr1800014249", "CHICTR1800014249"],
    "ChiCTR-OCS-13003526": ["chictr-ocs-13003526"],
    "ITMCTR2200006530": ["itmctr2200006530"],
    "CTRI/2020/12/029986": ["ctri/2020/12/029986", "CTRI-2020-12-029986"],
    "SLCTR/2018/002": ["SLCTR-2018-002"],
    "ACTRN12605000057684": ["actrn12605000057684"],
    "JPRN-jRCTs031190015": ["jRCTs031190015", "JPRN-JRCTS031190015"],
    "JPRN-jRCT2080223938": ["jrct2080223938"],
    "JPRN-UMIN000004891": ["umin000004891"],
    "JPRN-C000000079": ["jprn-c000000079"],
    "JPRN-JapicCTI-194635": ["JapicCTI-194635", "japiccti194635"],
    "JPRN-JMA-IIA00345": ["JMA-IIA00345"],
    "KCT0004176": ["kct0004176"],
    "IRCT20111224008505N47": ["irct20111224008505n47"],
    "TCTR20210709003": ["tctr20210709003"],
    "PACTR201006000222401": ["pactr201006000222401"],
    "RBR-2b9qf7h": ["RBR-2B9QF7H"],
    "RPCEC00000139": ["rpcec00000139"],
    "PER-002-21": ["per-002-21"],
    "LBCTR2019020191": ["lbctr2019020191"],
    "NL-OMON36374": ["nl-omon36374"],
    "NTR1234": ["ntr 1234"],
    "NL1234": ["nl1234"],
}
"""One id of each registry (the numbers are invented), and other ways to write it."""


@pytest.mark.parametrize(("kept", "text"), [(kept, text) for kept, texts in KEPT.items() for text in [kept, *texts]])
def test_an_id_is_kept_in_one_spelling_however_it_is_written(kept, text):
    assert parse_trial_id(text) == kept


def test_every_registry_has_an_id_among_them():
    assert {registry_of(kept) for kept in KEPT} == {registry.name for registry in REGISTRIES}


@pytest.mark.parametrize(
    "text",
    [
        *("", "NCT", "NCT0685352", "NCT068535222", "XNCT06853522", "06853522", "NCT0685352O", "1234", "colitis"),
        *("ISRCTN1234567", "2019-001234", "2019-001234-56-00", "2022-501234-12", "ChiCTR18", "CTRI/2020/029986"),
        *("NCT06853522,NCT06853523", "NCT\u0660\u0666\u0668\u0665\u0663\u0665\u0662\u0662", "U1111-1234-5678"),
    ],
)
def test_what_is_no_id_is_refused_with_what_one_looks_like(text):
    with pytest.raises(BadInput) as refused:
        parse_trial_id(text)
    assert str(refused.value) == f"{text!r} is not a trial id; one looks like NCT06853522 or ISRCTN12345678"


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("EudraCT 2019-001234-56 (GUT-1)", ("EUCTR2019-001234-56",)),
        ("NCT00000001; ISRCTN12345678, nct00000001", ("NCT00000001", "ISRCTN12345678")),
        ("see CTRI/2020/12/029986.", ("CTRI/2020/12/029986",)),
        ("jRCT2080223938/UMIN000004891", ("JPRN-jRCT2080223938", "JPRN-UMIN000004891")),
        ("2022-501234-12-00", ("CTIS2022-501234-12-00",)),
        # The file of an ethics committee, an id within a word, a longer number, another number of that form.
        ("NL12345.018.06, ABCNCT01234567, NCT012345678, 2019-001234-56-78", ()),
        ("", ()),
    ],
)
def test_ids_are_found_within_a_text_and_only_whole_ones(text, ids):
    assert trial_ids_in(text) == ids


def test_a_text_is_left_without_its_ids() -> None:
    left = without_trial_ids("exosomes like EudraCT 2019-001234-56, isrctn12345678 or NL12345.018.06")
    assert left.split() == ["exosomes", "like", ",", "or", "NL12345.018.06"]


@pytest.mark.parametrize(
    ("trial_id", "url"),
    [
        ("NCT06853522", "https://clinicaltrials.gov/study/NCT06853522"),
        ("ISRCTN12345678", "https://www.isrctn.com/ISRCTN12345678"),
        ("EUCTR2019-001234-56", "https://www.clinicaltrialsregister.eu/ctr-search/search?query=2019-001234-56"),
        (
            "CTIS2022-501234-12-00",
            "https://euclinicaltrials.eu/search-for-clinical-trials/?lang=en&EUCT=2022-501234-12-00",
        ),
        ("JPRN-jRCTs031190015", "https://jrct.mhlw.go.jp/en-latest-detail/jRCTs031190015"),
        ("RBR-2b9qf7h", "https://ensaiosclinicos.gov.br/rg/RBR-2b9qf7h"),
        ("CTRI/2020/12/029986", "https://trialsearch.who.int/Trial2.aspx?TrialID=CTRI%2F2020%2F12%2F029986"),
        ("an id & more", "https://trialsearch.who.int/Trial2.aspx?TrialID=an%20id%20%26%20more"),
    ],
)
def test_a_trial_is_shown_by_its_registry_or_else_by_ictrp(trial_id, url):
    assert registry_url(trial_id) == url


@pytest.mark.parametrize("registry", REGISTRIES, ids=lambda registry: registry.name)
@given(data=st.data())
def test_what_is_kept_is_read_as_itself_in_any_case_and_found_within_a_text(registry, data):
    written = data.draw(st.from_regex(re.compile(registry.pattern, re.IGNORECASE | re.ASCII), fullmatch=True))
    kept = parse_trial_id(written)

    assert registry_of(kept) == registry.name
    assert {parse_trial_id(text) for text in (kept, kept.upper(), kept.lower())} == {kept}
    assert trial_ids_in(f"(id: {kept}; other)") == (kept,)
