"""What comes on standard input, kept in a temporary file so that it can be read from the start again."""

import shutil
import tempfile
from contextlib import suppress
from typing import IO

from search.errors import UnusableSource

STANDARD_INPUT = "-"
STANDARD_INPUT_NAME = "standard input"


def spooled(stream: IO[bytes] | None) -> IO[bytes]:
    """All of `stream` in an unnamed temporary file, at its end. The caller closes it.

    Raises UnusableSource where nobody sends anything, or there is no room.
    """
    if stream is None or stream.isatty():
        raise UnusableSource(
            "standard input is not redirected; send records to it, as in: "
            "zcat studies.ndjson.gz | trialkin rebuild-index -"
        )
    spool = tempfile.TemporaryFile()  # noqa: SIM115 - the source keeps it open
    try:
        shutil.copyfileobj(stream, spool)
        spool.flush()
    except OSError as error:
        with suppress(OSError):  # closing writes once more what there was no room for
            spool.close()
        raise UnusableSource(
            f"cannot keep standard input in {tempfile.gettempdir()} ({error.strerror or error}); "
            "TMPDIR may name a folder with more room"
        ) from error
    return spool
