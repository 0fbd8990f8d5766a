"""Published files against what the umask says."""

import os

import pytest

from search.permissions import readable_as


@pytest.mark.parametrize(("umask", "mode"), [(0o022, 0o644), (0o002, 0o664), (0o027, 0o640), (0o077, 0o600)])
def test_files_get_what_the_umask_their_folder_was_made_under_grants(tmp_path, umask, mode):
    before = os.umask(umask)
    try:
        (tmp_path / "made" / "inner").mkdir(parents=True)
    finally:
        os.umask(before)
    for name in ("weights", "inner/weights"):
        (tmp_path / "made" / name).touch(mode=0o600)
    readable_as(tmp_path / "made")
    assert [oct((tmp_path / "made" / name).stat().st_mode & 0o777) for name in ("weights", "inner/weights")] == [
        oct(mode)
    ] * 2
