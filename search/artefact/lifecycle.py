"""Which builds there are, which one is live, and how to go back or tidy up."""

import shutil
from pathlib import Path

from search.artefact.layout import UNFINISHED_PREFIX, build_folder, builds_folder, current_file
from search.artefact.lock import locked
from search.artefact.manifest import WAY_OUT, read_manifest
from search.artefact.writing import set_current
from search.errors import BadInput, CorruptBuild, NoIndex


def current_build(root: Path) -> Path:
    """The folder of the live build. Raises NoIndex where nothing was published, CorruptBuild where it is gone."""
    try:
        build_id = current_file(root).read_text().strip()
    except FileNotFoundError:
        raise NoIndex(f"no index under {root}; build one with: trialkin rebuild-index --index {root}") from None
    folder = build_folder(root, build_id)
    if not build_id or not folder.is_dir():
        raise CorruptBuild(f"{current_file(root)} names the build {build_id!r}, which is not there; {WAY_OUT}")
    return folder


def list_builds(root: Path) -> list[str]:
    """The ids of all published builds, oldest first (an id begins with its time)."""
    if not builds_folder(root).is_dir():
        return []
    return sorted(
        folder.name for folder in builds_folder(root).iterdir() if not folder.name.startswith(UNFINISHED_PREFIX)
    )


def rollback(root: Path) -> str:
    """Make the newest readable build before the live one live; its id. Raises BadInput where there is none."""
    with locked(root):
        if not current_file(root).is_file():
            current_build(root)  # says that there is no index
        live = current_file(root).read_text().strip()
        for build_id in reversed([build_id for build_id in list_builds(root) if build_id < live]):
            try:
                read_manifest(build_folder(root, build_id))
            except CorruptBuild:
                continue
            set_current(root, build_id)
            return build_id
    raise BadInput(f"there is no build before {live} under {root} to go back to")


def prune(root: Path, *, keep: int) -> list[str]:
    """Remove all builds but the live one and the `keep` - 1 newest others; the ids removed.

    A process that has one of them open goes on reading it.
    """
    if keep < 1:
        raise BadInput(f"cannot keep {keep} builds; the live one always stays, so keep at least 1")
    with locked(root):
        live = current_build(root).name
        others = [build_id for build_id in list_builds(root) if build_id != live]
        removed = others[: max(0, len(others) - (keep - 1))]
        for build_id in removed:
            shutil.rmtree(build_folder(root, build_id))
        return removed
