"""README.md and others as a session at a terminal: commands are run, and what is shown is compared or put in anew.

A block fenced as `sh` holds commands alone; in one fenced as `console` a command follows "$ ", and its output follows
it. `python -m tests.readme` rewrites the outputs.
"""

import argparse
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.error import HTTPError
from urllib.request import Request, urlopen

ROOT = Path(__file__).resolve().parents[1]
README = ROOT / "README.md"
DOCUMENTS = (README, ROOT / "docs" / "api.md")
"""Each is a session of its own."""
ELSEWHERE = ("git clone ", "cd ", "make ", "PIP_EXTRA_INDEX_URL=", "trialkin harvest", "rebuild-index registry")
"""What begins commands that a session in an empty folder cannot run: they install, test, or ask the registry."""

_BLOCK = re.compile(r"^```(sh|console)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_ADDRESS = "http://127.0.0.1:8000"
_BUILD_ID = re.compile(r"\d{8}T\d{6}-\d{6}")
_TIME = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d UTC")
_BAR = re.compile("[━╌]+")
# Another processor sums in another order, which can tip the last digit shown.
_TOLERANCE = 0.0101


@dataclass(slots=True)
class Step:
    """A command, and the output shown below it; None where the block shows none."""

    command: str
    shown: str | None = None


def steps(markdown: str) -> list[Step]:
    """Every command of the fenced blocks, in order."""
    return [step for language, body in _BLOCK.findall(markdown) for step in _steps(language, body)]


def with_outputs(markdown: str, printed: dict[str, str]) -> str:
    """`markdown` with what each command `printed` in place of what was shown."""

    def block(found: re.Match[str]) -> str:
        language, body = found.groups()
        if language == "sh":
            return found.group()
        shown = "\n".join(f"$ {step.command}\n{printed[step.command]}" for step in _steps(language, body))
        return f"```console\n{shown}```"

    return _BLOCK.sub(block, markdown)


def agree(shown: str, printed: str) -> bool:
    """Whether two outputs say the same: build ids and times may differ, and decimals by one in the second place."""
    left, right = _words(shown), _words(printed)
    return len(left) == len(right) and all(map(_same, left, right))


@dataclass(slots=True)
class Session:
    """A shell in an empty folder in which the installed commands are known, and what a reader is told to have is there.

    Texts embedded by an earlier session are not embedded again.
    """

    folder: Path
    _servers: list[subprocess.Popen[str]] = field(default_factory=list)
    _address: str = _ADDRESS

    def __enter__(self) -> Self:
        embeddings = ROOT / "var/readme/embeddings"
        embeddings.mkdir(parents=True, exist_ok=True)
        (self.folder / "var/index").mkdir(parents=True)
        (self.folder / "var/index/embeddings").symlink_to(embeddings, target_is_directory=True)
        shutil.copy(ROOT / "seeds/studies.ndjson", self.folder)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for server in self._servers:
            server.terminate()
            server.communicate(timeout=30)

    def run(self, command: str) -> str:
        """What `command` prints on standard output. Raises CalledProcessError, its notes holding the error output."""
        if command.startswith("trialkin serve"):
            return self._serve(command)
        if command.startswith("curl ") and not shutil.which("curl"):
            return self._fetch(command)
        line = command.replace(_ADDRESS, self._address)
        done = subprocess.run(
            ["/bin/sh", "-c", line], cwd=self.folder, env=self._environment(), capture_output=True, text=True
        )
        try:
            done.check_returncode()
        except subprocess.CalledProcessError as error:
            error.add_note(done.stdout + done.stderr)
            raise
        return done.stdout

    def _serve(self, command: str) -> str:
        """Start the server at a free port; later commands that name the usual one are sent there."""
        server = subprocess.Popen(
            [*command.split(), "--port", "0"],
            cwd=self.folder,
            env=self._environment(),
            stderr=subprocess.PIPE,
            text=True,
        )
        self._servers.append(server)
        assert server.stderr
        said = []
        for line in server.stderr:
            said.append(line)
            if address := re.search(r"http://127\.0\.0\.1:\d+", line):
                self._address = address.group()
                return ""
        raise RuntimeError(f"{command} ended: {''.join(said)}")

    def _fetch(self, command: str) -> str:
        curl, _, rest = command.replace(_ADDRESS, self._address).partition(" | ")
        reader = argparse.ArgumentParser(prog="curl", exit_on_error=False)
        reader.add_argument("-s", action="store_true")
        reader.add_argument("-H", action="append", default=[])
        reader.add_argument("-d")
        reader.add_argument("address")
        asked = reader.parse_args(shlex.split(curl)[1:])
        headers = dict(header.split(": ", 1) for header in asked.H)
        request = Request(asked.address, data=asked.d.encode() if asked.d else None, headers=headers)
        try:
            with urlopen(request) as answer:
                fetched = answer.read()
        except HTTPError as error:
            fetched = error.read()
        piped = subprocess.run(["/bin/sh", "-c", rest or "cat"], input=fetched, capture_output=True, check=True)
        return piped.stdout.decode(errors="replace")

    def _environment(self) -> dict[str, str]:
        own = {name: value for name, value in os.environ.items() if name != "TRIALKIN_INDEX"}
        return own | {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}", "PYTHONUTF8": "1"}


def main() -> None:
    """Rewrite the outputs in every document, and say which differ."""
    for document in DOCUMENTS:
        markdown = document.read_text(encoding="utf-8")
        printed: dict[str, str] = {}
        with tempfile.TemporaryDirectory() as folder, Session(Path(folder)) as session:
            for step in steps(markdown):
                if step.command.startswith(ELSEWHERE):
                    continue
                printed[step.command] = session.run(step.command)
                if step.shown is not None and not agree(step.shown, printed[step.command]):
                    print(f"differed: {step.command}")  # noqa: T201 - it is a command's answer
        document.write_text(with_outputs(markdown, printed), encoding="utf-8")


def _steps(language: str, body: str) -> list[Step]:
    lines = body.replace("\\\n", "").splitlines(keepends=True)
    if language == "sh":
        return [Step(line.strip()) for line in lines if line.strip()]
    found: list[Step] = []
    for line in lines:
        if line.startswith("$ "):
            found.append(Step(line[2:].strip(), shown=""))
        else:
            found[-1].shown = f"{found[-1].shown}{line}"
    return found


def _words(output: str) -> list[str]:
    return _BAR.sub("BAR", _TIME.sub("TIME", _BUILD_ID.sub("BUILD", output))).split()


def _same(shown: str, printed: str) -> bool:
    if shown == printed:
        return True
    decimals = [re.fullmatch(r"(-?\d+\.\d+)(\D*)", word) for word in (shown, printed)]
    left, right = decimals
    return bool(left and right and left[2] == right[2] and abs(float(left[1]) - float(right[1])) < _TOLERANCE)


if __name__ == "__main__":
    main()
