"""The API's schema as it was when somebody last looked: `python -m tests.openapi` writes it down anew.

A change of the API shows as a change of this file, in review, before a client meets it.
"""

import json
from pathlib import Path
from typing import Any

from api.app import create_app
from api.settings import Settings

GOLDEN = Path(__file__).parent / "golden" / "openapi.json"


def document() -> dict[str, Any]:
    """The schema, but for the version, which every release changes."""
    found = json.loads(json.dumps(create_app(None, Settings()).openapi()))
    del found["info"]["version"]
    return found


def main() -> None:
    """Write down the schema as it is now."""
    GOLDEN.write_text(json.dumps(document(), indent=1, ensure_ascii=False, sort_keys=True) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
