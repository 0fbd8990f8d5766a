"""Makes tests/golden/format-N, N being the format that this version writes: a tiny index that later ones must open.

Run it once, when the format number rises, and commit what it made; never make an older format again.

    python tests/golden/make.py
"""

import io
import shutil
import sys
import tempfile
from pathlib import Path

import orjson
from rich.console import Console

from indexer.build import rebuild_index
from indexer.sources.files import SEEDS, open_source
from search.artefact.layout import builds_folder, current_file
from search.artefact.manifest import FORMAT_VERSION
from search.encoders.hashing import HashingEncoder
from search.progress import progress_on

# The seed trial, three that are near it, one far from it, and one without conditions and interventions.
NCT_IDS = ["NCT06853522", "NCT01221428", "NCT02442037", "NCT05262829", "NCT00283049", "NCT06755021"]
GOLDEN = Path(__file__).parent / f"format-{FORMAT_VERSION}"


def main() -> None:
    """Build the golden index of this format, unless it is there."""
    if GOLDEN.exists():
        sys.exit(f"{GOLDEN} is there; a golden index is never made again")
    studies = {
        record.study["protocolSection"]["identificationModule"]["nctId"]: record.study
        for record in open_source(SEEDS).records()
    }
    with tempfile.TemporaryDirectory() as folder:
        source, root = Path(folder, "golden.ndjson"), Path(folder, "index")
        source.write_bytes(b"".join(orjson.dumps(studies[nct_id]) + b"\n" for nct_id in NCT_IDS))
        progress = progress_on(Console(file=io.StringIO()))
        rebuild_index(open_source(str(source)), root=root, encoder=HashingEncoder(), progress=progress)
        shutil.copytree(builds_folder(root), builds_folder(GOLDEN))
        shutil.copy(current_file(root), current_file(GOLDEN))


if __name__ == "__main__":
    main()
