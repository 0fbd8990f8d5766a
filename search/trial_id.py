"""Ids of trials in the registries that WHO's ICTRP gathers: how each is written, and where its trials are shown.

The forms are those of ICTRP's exports and of the table of identifier types in ECRIN's metadata repository. One spelling
of each is kept: ICTRP's, less the member state, which it writes after an EudraCT number: EUCTR2019-001234-56-NL is the
same trial as EUCTR2019-001234-56-DE.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import quote

from search.errors import BadInput

_ICTRP_PAGE = "https://trialsearch.who.int/Trial2.aspx?TrialID={id}"


@dataclass(frozen=True, slots=True)
class Registry:
    """A register of trials. `pattern` has one group, which `spelling` takes for {} (in lower case if `lower`).

    `page` shows a trial: {id} is its whole id, {number} the group. It is ICTRP's where a registry's own address of a
    trial has another number than the id.
    """

    name: str
    pattern: str
    spelling: str
    page: str = _ICTRP_PAGE
    lower: bool = False


REGISTRIES = (
    Registry("ClinicalTrials.gov", r"NCT(\d{8})", "NCT{}", "https://clinicaltrials.gov/study/{id}"),
    Registry("ISRCTN", r"ISRCTN ?(\d{8})", "ISRCTN{}", "https://www.isrctn.com/{id}"),
    Registry(
        "EU Clinical Trials Information System",
        r"(?:CTIS|EU ?CT:? ?)?(20\d\d-5\d{5}-\d\d-\d\d)",
        "CTIS{}",
        "https://euclinicaltrials.eu/search-for-clinical-trials/?lang=en&EUCT={number}",
    ),
    Registry(
        "EU Clinical Trials Register",
        r"(?:EUCTR|EUDRA ?CT(?: ?(?:NUMBER|NO\.?|NR\.?))?[:#]? ?)?((?:19|20)\d\d-0\d{5}-\d\d)"
        r"(?:-(?:[A-Z]{2}|3rd|Outside-EU/EEA)\b)?",
        "EUCTR{}",
        "https://www.clinicaltrialsregister.eu/ctr-search/search?query={number}",
    ),
    Registry("German Clinical Trials Register", r"DRKS ?(\d{8})", "DRKS{}", "https://drks.de/search/en/trial/{id}"),
    Registry("Chinese Clinical Trial Registry", r"ChiCTR(-[A-Z]{2,6}-\d{6,10}|\d{10})", "ChiCTR{}"),
    Registry("International Traditional Medicine Clinical Trial Registry", r"ITMCTR(\d{10})", "ITMCTR{}"),
    # A dash for a slash, as those write it who need the id in an address or a file name.
    Registry("Clinical Trials Registry of India", r"CTRI[/-](\d{4}[/-]\d{2,3}[/-]\d{6})", "CTRI/{}"),
    Registry("Sri Lanka Clinical Trials Registry", r"SLCTR[/-](\d{4}[/-]\d{3})", "SLCTR/{}"),
    Registry(
        "Australian New Zealand Clinical Trials Registry",
        r"ACTRN ?(\d{14})",
        "ACTRN{}",
        "https://www.anzctr.org.au/{id}.aspx",
    ),
    Registry(
        "Japan Registry of Clinical Trials",
        r"(?:JPRN-)?jRCT([0-9s]\d{9})",
        "JPRN-jRCT{}",
        "https://jrct.mhlw.go.jp/en-latest-detail/jRCT{number}",
        lower=True,
    ),
    Registry("UMIN Clinical Trials Registry", r"(?:JPRN-)?UMIN ?(\d{9})", "JPRN-UMIN{}"),
    Registry("UMIN Clinical Trials Registry, older ids", r"JPRN-C(\d{9})", "JPRN-C{}"),
    Registry("Japan Pharmaceutical Information Center", r"(?:JPRN-)?JapicCTI-?(\d{6})", "JPRN-JapicCTI-{}"),
    Registry("Japan Medical Association", r"(?:JPRN-)?JMA-(IIA\d{5})", "JPRN-JMA-{}"),
    Registry("Clinical Research Information Service, Korea", r"KCT ?(\d{7})", "KCT{}"),
    Registry("Iranian Registry of Clinical Trials", r"IRCT(\d{8,16}N\d{1,3})", "IRCT{}"),
    Registry(
        "Thai Clinical Trials Registry", r"TCTR ?(\d{11})", "TCTR{}", "https://www.thaiclinicaltrials.org/show/{id}"
    ),
    Registry("Pan African Clinical Trials Registry", r"PACTR ?(\d{15,16})", "PACTR{}"),
    Registry(
        "Brazilian Clinical Trials Registry",
        r"RBR-([0-9a-z]{6,8})",
        "RBR-{}",
        "https://ensaiosclinicos.gov.br/rg/{id}",
        lower=True,
    ),
    Registry("Cuban Public Registry of Clinical Trials", r"RPCEC(\d{8})", "RPCEC{}"),
    Registry("Peruvian Clinical Trials Registry", r"PER-(\d{3}-\d{2})", "PER-{}"),
    Registry("Lebanese Clinical Trials Registry", r"LBCTR(\d{10})", "LBCTR{}"),
    Registry("Overview of Medical Research in the Netherlands", r"NL-OMON(\d{1,6})", "NL-OMON{}"),
    Registry("Netherlands Trial Register", r"NTR ?(\d{2,5})", "NTR{}"),
    Registry("Netherlands Trial Register, newer ids", r"NL(\d{3,5})", "NL{}"),
)
_ANY = "|".join(f"({registry.pattern})" for registry in REGISTRIES)
# Not within a word or a longer number: NL12345.018.06 is a file of an ethics committee.
_WITHIN = re.compile(rf"(?<![^\W_])(?:{_ANY})(?![^\W_]|[-./]\d)", re.IGNORECASE | re.ASCII)
_WHOLE = re.compile(_ANY, re.IGNORECASE | re.ASCII)


def parse_trial_id(text: str) -> str:
    """The trial id that `text` is, as it is kept: " nct06853522 " -> "NCT06853522", "2019-001234-56" -> "EUCTR2019-…".

    In any case, with stray spaces, with or without what ICTRP puts before it or after it. Raises BadInput for
    anything else.
    """
    found = _WHOLE.fullmatch("".join(text.split()))
    if found is None:
        raise BadInput(f"{text!r} is not a trial id; one looks like NCT06853522 or ISRCTN12345678")
    return _read(found)[1]


def trial_ids_in(text: str) -> tuple[str, ...]:
    """Every trial id within `text`, as it is kept, in order: of "EudraCT 2019-001234-56 (GUT-1)" the first part."""
    return tuple(dict.fromkeys(_read(found)[1] for found in _WITHIN.finditer(text)))


def without_trial_ids(text: str) -> str:
    """`text` with a blank for each trial id within it."""
    return _WITHIN.sub(" ", text)


@lru_cache(maxsize=4096)
def registry_of(trial_id: str) -> str | None:
    """The name of the registry that gave `trial_id`, if it is an id."""
    found = _WHOLE.fullmatch(trial_id)
    return _read(found)[0].name if found else None


@lru_cache(maxsize=4096)
def registry_url(trial_id: str) -> str:
    """Where the record of a trial is shown; ICTRP's search knows what no registry here does."""
    found = _WHOLE.fullmatch(trial_id)
    if found is None:
        return _ICTRP_PAGE.format(id=quote(trial_id, safe=""))
    registry, kept, number = _read(found)
    return registry.page.format(id=quote(kept, safe=""), number=quote(number, safe=""))


def _read(found: re.Match[str]) -> tuple[Registry, str, str]:
    """Whose id was found, as it is kept, and its number. The outer group closes last; the number's is the next one."""
    outer = found.lastindex or 0
    registry = REGISTRIES[outer // 2]
    number = found[outer + 1].lower() if registry.lower else found[outer + 1].upper()
    if registry.spelling.endswith("/{}"):
        number = number.replace("-", "/")
    return registry, registry.spelling.format(number), number
