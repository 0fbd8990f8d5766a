"""Where things are: the files of a build, and the builds of an index."""

from pathlib import Path

TRIALS_FILE = "trials.arrow"
IDENTIFIERS_FILE = "identifiers.arrow"
TITLES_FILE = "titles.npy"
PASSAGES_FILE = "passages.index"
LEXICAL_FOLDER = "lexical"
TERMS_FILE = "terms.arrow"
TERM_VECTORS_FILE = "terms.npy"
TERM_LISTS_FILE = "term_lists.arrow"
SUGGESTIONS_FOLDER = "suggestions"
DIGESTS_FILE = "digests.npy"
ENCODER_FOLDER = "encoder"

DEFAULT_ROOT = Path("var/index")
UNFINISHED_PREFIX = ".building-"
REFUSED_PREFIX = ".refused-"
REASON_FILE = "reason.txt"


def builds_folder(root: Path) -> Path:
    """The folder of all builds."""
    return root / "builds"


def build_folder(root: Path, build_id: str) -> Path:
    """The folder of one build."""
    return builds_folder(root) / build_id


def current_file(root: Path) -> Path:
    """The one-line file that names the live build."""
    return root / "CURRENT"


def left_file(root: Path) -> Path:
    """The file that lists the builds that somebody went back from, an id a line."""
    return root / "LEFT"


def last_run_file(root: Path) -> Path:
    """The file that says what the last rebuild did."""
    return root / "LAST_RUN.json"


def lock_file(root: Path) -> Path:
    """The file whose lock a changing process holds."""
    return root / "LOCK"
