"""WHO ICTRP's exports as CSV: with a header line, as its pages offer it, or without, as the full export comes."""

from collections.abc import Iterator
from typing import IO

from indexer.sources.base import SourceRecord
from indexer.sources.delimited import columns, csv_rows
from indexer.sources.ictrp_record import EXPECTED_ICTRP, FIELDS, field_name, ictrp_study
from search.errors import BadInput, UnusableSource
from search.trial_id import parse_trial_id

MISSHAPEN = "row of more or fewer columns than the others"
_ID = field_name("TrialID")
_TITLES = {"public_title", "scientific_title"}
# As WHO lists them in ICTRP_export_datafields.txt, and after the id one without a name: the date of the record.
_FULL_EXPORT = (
    *("TrialID", "Last_Refreshed_on", "SecondaryIDs", "public_title", "Scientific_title", "url"),
    *("Public_Contact_Firstname", "Public_Contact_Lastname", "Public_Contact_Address", "Public_Contact_Email"),
    *("Public_Contact_Tel", "Public_Contact_Affiliation", "Scientific_Contact_Firstname"),
    *("Scientific_Contact_Lastname", "Scientific_Contact_Address", "Scientific_Contact_Email"),
    *("Scientific_Contact_Tel", "Scientific_Contact_Affiliation", "study_type", "study_design", "phase"),
    *("Date_registration", "Date_enrollement", "Target_size", "Recruitment_status", "Primary_sponsor"),
    *("Secondary_sponsors", "Source_Support", "Countries", "Conditions", "Interventions", "Agemin", "Agemax", "Gender"),
    *("Inclusion_Criteria", "Exclusion_Criteria", "Primary_Outcome", "Secondary_Outcomes", "Bridging_flag"),
    *("Bridged_type", "Childs", "type_enrolment", "Retrospective_flag", "results_actual_enrollment"),
    *("results_url_link", "results_summary", "results_date_posted", "results_date_first_publication"),
    *("results_baseline_char", "results_participant_flow", "results_adverse_events", "results_outcome_measures"),
    *("results_url_protocol", "results_IPD_plan", "results_IPD_description", "results_date_completed"),
    *("results_yes_no", "Ethics_Status", "Ethics_Approval_Date", "Ethics_Contact_Name", "Ethics_Contact_Address"),
    *("Ethics_Contact_Phone", "Ethics_Contact_Email"),
)


def is_ictrp_csv(stream: IO[bytes]) -> bool:
    """Whether the first line is ICTRP's header, or begins with a trial's id. Leaves the stream at its beginning."""
    return _ID in map(field_name, columns(stream, ",")) or _begins_with_id(stream)


def ictrp_csv_records(stream: IO[bytes], place: str) -> Iterator[SourceRecord]:
    """Every row; one that is misshapen, as ICTRP's are at times, is one broken record.

    Raises UnusableSource where there is no title, a row is broken, or the last one is cut short.
    """
    has_header = not _begins_with_id(stream)
    names = [field_name(name) for name in (columns(stream, ",") if has_header else _FULL_EXPORT)]
    if not _TITLES & set(names):
        raise UnusableSource(f"{place}:1 has no column 'Public title'; expected {EXPECTED_ICTRP}")
    short: tuple[int, int] | None = None  # the line and the columns of a row that may be the last
    for line, row in csv_rows(stream, ",", place, EXPECTED_ICTRP):
        if line == 1 and has_header:
            continue
        if line == 1 and len(row) != len(names):
            raise UnusableSource(
                f"{place}:1 begins with the id of a trial and has {len(row)} columns where ICTRP's full export has "
                f"{len(names)}; expected {EXPECTED_ICTRP}"
            )
        if short:
            yield SourceRecord(f"{place}:{short[0]}", problem=MISSHAPEN)
        short = (line, len(row)) if len(row) < len(names) else None
        if len(row) > len(names):
            yield SourceRecord(f"{place}:{line}", problem=MISSHAPEN)
        elif not short:
            fields = {name: _unquoted(text) for name, text in zip(names, row, strict=True) if name in FIELDS}
            yield SourceRecord(f"{place}:{line}", ictrp_study(fields), secondhand=True)
    if short:
        raise UnusableSource(
            f"{place}:{short[0]} is broken or truncated ({short[1]} columns where the others have {len(names)}); "
            f"expected {EXPECTED_ICTRP}; fetch it again"
        )


def _begins_with_id(stream: IO[bytes]) -> bool:
    first = stream.readline(1_000).decode(errors="replace").removeprefix("\ufeff").partition(",")[0]
    stream.seek(0)
    try:
        parse_trial_id(first.strip('"'))
    except BadInput:
        return False
    return True


def _unquoted(text: str) -> str:
    """The full export quotes some values twice."""
    return text[1:-1] if len(text) > 1 and text[0] == text[-1] == '"' else text
