"""Who may read what is published: whoever the umask lets, as a server often is another user than the one who builds."""

from pathlib import Path


def readable_as(folder: Path) -> None:
    """Give the files in `folder` the permissions that new ones get by the umask it was itself made under.

    Safetensors and ONNX write their weights so that their owner alone may read them.
    """
    granted = folder.stat().st_mode & 0o666
    for path in folder.rglob("*"):
        if path.is_file() and path.stat().st_mode & 0o777 != granted:
            path.chmod(granted)
