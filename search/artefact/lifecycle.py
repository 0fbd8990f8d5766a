"""Which builds there are, which one is live, and how to go back or tidy up."""

import shutil
from pathlib import Path

from search.artefact.layout import UNFINISHED_PREFIX, build_folder, builds_folder, current_file, left_file
from search.artefact.lock import locked
from search.artefact.manifest import WAY_OUT, check_files, read_manifest
from search.artefact.writing import remove_refused, set_current
from search.errors import BadInput, CorruptBuild, NoIndex


def current_build(root: Path) -> Path:
    """The folder of the live build. Raises NoIndex where nothing was published, CorruptBuild where it is gone."""
    build_id = live_build_id(root)
    if build_id not in list_builds(root):
        raise CorruptBuild(f"{current_file(root)} names the build {build_id!r}, which is not there; {WAY_OUT}")
    return build_folder(root, build_id)


def live_build_id(root: Path) -> str:
    """What CURRENT names, whether or not it is there. Raises NoIndex where nothing was published, CorruptBuild."""
    try:
        return current_file(root).read_text(errors="replace").strip()
    except FileNotFoundError:
        raise NoIndex(f"no index under {root}; build one with: trialkin rebuild-index --index {root}") from None
    except OSError as error:
        raise CorruptBuild(f"cannot read {current_file(root)}: {error.strerror}; {WAY_OUT}") from error


def list_builds(root: Path) -> list[str]:
    """The ids of all published builds, oldest first (an id begins with its time)."""
    if not builds_folder(root).is_dir():
        return []
    return sorted(
        folder.name for folder in builds_folder(root).iterdir() if folder.is_dir() and not folder.name.startswith(".")
    )


def rollback(root: Path) -> str:
    """Make the newest sound build before the live one live, but none that was gone back from before; its id.

    Raises NoIndex where nothing was published, BadInput where there is no build to go back to.
    """
    live_build_id(root)  # no index, no lock: locking would make the folder
    with locked(root):
        live = live_build_id(root)
        known, left = list_builds(root), _left(root)
        for build_id in reversed([build_id for build_id in known if build_id < live and build_id not in left]):
            try:
                check_files(build_folder(root, build_id), read_manifest(build_folder(root, build_id)))
            except CorruptBuild:
                continue
            set_current(root, build_id)
            left_file(root).write_text("".join(f"{one}\n" for one in known if one in left or one == live))
            return build_id
    raise BadInput(f"there is no build before {live} under {root} to go back to")


def _left(root: Path) -> set[str]:
    return set(left_file(root).read_text().split()) if left_file(root).exists() else set()


def prune(root: Path, *, keep: int) -> list[str]:
    """Remove all builds but the live one and the `keep` - 1 newest others, and any refused one; the ids removed.

    A process that has one of them open goes on reading it.
    """
    if keep < 1:
        raise BadInput(f"cannot keep {keep} builds; the live one always stays, so keep at least 1")
    current_build(root)  # no index, no lock: locking would make the folder
    with locked(root):
        live = current_build(root).name
        others = [build_id for build_id in list_builds(root) if build_id != live]
        removed = others[: max(0, len(others) - (keep - 1))]
        for build_id in removed:
            # Renamed first: whoever is killed here leaves no half of a build under a build's name.
            doomed = build_folder(root, build_id).rename(builds_folder(root) / f"{UNFINISHED_PREFIX}{build_id}")
            shutil.rmtree(doomed)
        return removed + remove_refused(root)
