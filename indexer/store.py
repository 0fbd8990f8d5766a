"""The local store of harvested study records, and how far the harvest has come.

SQLite, from the standard library. A page of studies and the token of the next page are written in one transaction, so a
kill loses the page in flight and nothing else; a build reads one consistent state while a harvest writes (WAL); and it
is one file that needs no server and that every language and shell can read. A key-value store (LMDB, RocksDB) would be
faster where speed is not what is scarce, and a column store (DuckDB, Parquet) is poor at rewriting single rows daily.
"""

import fcntl
import hashlib
import os
import sqlite3
import zlib
from collections.abc import Container, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import orjson
from pydantic import ValidationError

from indexer.harvest_state import HarvestState
from indexer.registry.fields import kept
from indexer.sources.base import DIGEST_BYTES, digest_of
from search.errors import BadInput, IndexLocked, UnusableSource
from search.trial import parse_nct_id

DEFAULT_STORE = Path("var/store")
STORE_FILE = "studies.sqlite"
NO_ID = "no valid NCT id"
_VERSION = 1
_SCHEMA = """
CREATE TABLE studies (
    nct_id TEXT PRIMARY KEY,
    content_sha256 BLOB NOT NULL,  -- of the record, before it was packed
    record BLOB NOT NULL,          -- JSON with sorted keys, packed by zlib
    last_update TEXT,              -- lastUpdatePostDate
    first_seen TEXT NOT NULL,      -- data timestamp of the release in which it came
    last_seen TEXT NOT NULL        -- ... and of the last one in which it was read or listed
) STRICT;
CREATE TABLE aliases (alias TEXT PRIMARY KEY, nct_id TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE INDEX aliases_of ON aliases (nct_id);
CREATE INDEX editions_of ON studies (nct_id, content_sha256);
CREATE TABLE listed (nct_id TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;  -- ids met by the pass that is under way
CREATE TABLE state (json TEXT NOT NULL) STRICT;                       -- one row
"""


@dataclass(slots=True)
class Upserted:
    """Ids of studies by what became of them, and how many records had none."""

    new: list[str]
    changed: list[str]
    unchanged: list[str]
    without_id: int = 0

    @property
    def ids(self) -> list[str]:
        """All of them."""
        return [*self.new, *self.changed, *self.unchanged]


class Store:
    """The store in a folder. Use as a context manager. Raises OSError where the disk is full or not writable."""

    def __init__(self, folder: Path) -> None:
        """Open the store in `folder`, made if it is not there. Raises UnusableSource where it is damaged or newer."""
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.path = folder / STORE_FILE
        with self._translated():
            self._database = sqlite3.connect(self.path, isolation_level=None)
            try:
                self._open()
            except BaseException:
                self._database.close()
                raise

    def _open(self) -> None:
        self._database.execute("PRAGMA journal_mode=WAL")
        self._database.execute("PRAGMA synchronous=NORMAL")
        if self._version() == 0:
            with self.changing():
                if self._version() == 0:  # no other process was faster
                    for statement in _SCHEMA.split(";"):
                        self._database.execute(statement)
                    self._database.execute("INSERT INTO state VALUES (?)", [HarvestState().model_dump_json()])
                    self._database.execute(f"PRAGMA user_version={_VERSION}")
        if (version := self._version()) != _VERSION:
            raise UnusableSource(
                f"{self.path} is of version {version}, this program knows {_VERSION}; update Trialkin, or harvest "
                "into another folder with --store"
            )

    def _version(self) -> int:
        return int(self._database.execute("PRAGMA user_version").fetchone()[0])

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._database.close()

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Be the only harvest of this store. The kernel drops the lock of a dead process.

        Raises IndexLocked, naming the process, where another one is at it.
        """
        with (self.folder / "LOCK").open("a+") as stream:
            try:
                fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                stream.seek(0)
                holder = stream.read().strip() or "unknown"
                raise IndexLocked(
                    f"process {holder} is harvesting into {self.folder}; try again when it is done"
                ) from error
            stream.truncate(0)
            stream.write(f"{os.getpid()}\n")
            stream.flush()
            yield

    @contextmanager
    def changing(self) -> Iterator[None]:
        """What is done within is done altogether or not at all, whatever kills the process."""
        with self._translated():
            self._database.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._database.execute("COMMIT")
            except BaseException:
                if self._database.in_transaction:  # where the disk is full, SQLite has rolled back already
                    self._database.execute("ROLLBACK")
                raise

    @property
    def state(self) -> HarvestState:
        """How far the harvest has come."""
        with self._translated():
            (text,) = self._database.execute("SELECT json FROM state").fetchone()
        try:
            return HarvestState.model_validate_json(text)
        except ValidationError as error:
            raise self._damaged(f"its state cannot be read: {error.error_count()} errors") from error

    def save(self, state: HarvestState) -> None:
        """Put `state` in place of what was."""
        self._database.execute("UPDATE state SET json = ?", [state.model_dump_json()])

    def upsert(self, records: Iterable[object], *, release: str) -> Upserted:
        """Keep FIELDS of each record, where they are not what is kept already."""
        done = Upserted([], [], [])
        for record in records:
            study = kept(record)
            nct_id = nct_id_of(study)
            if nct_id is None:
                done.without_id += 1
                continue
            text = orjson.dumps(study, option=orjson.OPT_SORT_KEYS)
            digest = hashlib.sha256(text).digest()
            known = self._database.execute("SELECT content_sha256 FROM studies WHERE nct_id = ?", [nct_id]).fetchone()
            if known == (digest,):
                done.unchanged.append(nct_id)
                self._database.execute("UPDATE studies SET last_seen = ? WHERE nct_id = ?", [release, nct_id])
                continue
            (done.changed if known else done.new).append(nct_id)
            self._database.execute(
                "INSERT INTO studies VALUES (:nct_id, :digest, :record, :updated, :release, :release) "
                "ON CONFLICT (nct_id) DO UPDATE SET content_sha256 = :digest, record = :record, "
                "last_update = :updated, last_seen = :release",
                {
                    "nct_id": nct_id,
                    "digest": digest,
                    "record": zlib.compress(text),
                    "updated": _last_update(study),
                    "release": release,
                },
            )
            self._database.execute("DELETE FROM aliases WHERE nct_id = ?", [nct_id])
            for alias in _aliases(study):
                self.add_alias(alias, nct_id)
        return done

    def add_alias(self, alias: str, nct_id: str) -> None:
        """Remember that `alias` leads to `nct_id`."""
        self._database.execute("INSERT OR REPLACE INTO aliases VALUES (?, ?)", [alias, nct_id])

    def remove(self, ids: Iterable[str]) -> None:
        """Forget these studies."""
        for nct_id in ids:
            self._database.execute("DELETE FROM studies WHERE nct_id = ?", [nct_id])
            self._database.execute("DELETE FROM aliases WHERE nct_id = ?", [nct_id])

    def list_ids(self, ids: Iterable[str]) -> None:
        """Note that the pass under way has met these ids."""
        self._database.executemany("INSERT OR IGNORE INTO listed VALUES (?)", ([nct_id] for nct_id in ids))

    def forget_listed(self) -> None:
        """Begin to note afresh."""
        self._database.execute("DELETE FROM listed")

    def seen_as_listed(self, release: str) -> None:
        """Each study whose id was met was there in `release`."""
        self._database.execute(
            "UPDATE studies SET last_seen = ? WHERE last_seen <> ? AND nct_id IN (SELECT nct_id FROM listed)",
            [release, release],
        )

    def listed_but_not_held(self) -> list[str]:
        """Ids met whose study is not here."""
        return self._ids("SELECT nct_id FROM listed EXCEPT SELECT nct_id FROM studies ORDER BY nct_id")

    def held_but_not_listed(self) -> list[str]:
        """Studies here whose id was not met."""
        return self._ids("SELECT nct_id FROM studies EXCEPT SELECT nct_id FROM listed ORDER BY nct_id")

    def leads_to(self, ids: Sequence[str]) -> set[str]:
        """Those of `ids` that are a study here, or an alias of one."""
        with self._translated():
            return {
                nct_id
                for nct_id in ids
                if self._database.execute(
                    "SELECT 1 FROM studies WHERE nct_id = :id "
                    "UNION SELECT 1 FROM aliases JOIN studies USING (nct_id) WHERE alias = :id",
                    {"id": nct_id},
                ).fetchone()
            }

    @property
    def held(self) -> int:
        """How many studies are here."""
        with self._translated():
            return int(self._database.execute("SELECT count(*) FROM studies").fetchone()[0])

    @property
    def aliases(self) -> int:
        """How many other ids lead to one of them."""
        with self._translated():
            return int(self._database.execute("SELECT count(*) FROM aliases").fetchone()[0])

    @property
    def newest_update(self) -> str | None:
        """The last update date among all."""
        with self._translated():
            newest: str | None = self._database.execute("SELECT max(last_update) FROM studies").fetchone()[0]
        return newest

    @property
    def packed_bytes(self) -> int:
        """How long all records are together, as they are stored."""
        with self._translated():
            return int(self._database.execute("SELECT coalesce(sum(length(record)), 0) FROM studies").fetchone()[0])

    def records(self) -> Iterator[tuple[str, int, Any]]:
        """NCT id, packed length and study of all, in NCT-id order, as they are when this begins.

        A record that cannot be unpacked is None. An alias known from a redirect alone is put into the record.
        """
        for nct_id, _, packed_bytes, study in self.editions(()):
            yield nct_id, packed_bytes, study

    def editions(self, known: Container[bytes]) -> Iterator[tuple[str, bytes, int, Any]]:
        """Likewise with the digest of the record after the id; one whose digest is `known` is left packed: 0, None."""
        with self._translated():
            self._database.execute("SAVEPOINT reading")  # all that follows sees one state
            try:
                aliases = self._all_aliases()
                # The index `editions_of` has all of this, so that records stay unread.
                for nct_id, content_sha256 in self._database.execute(
                    "SELECT nct_id, content_sha256 FROM studies ORDER BY nct_id"
                ):
                    others = aliases.get(nct_id, [])
                    digest = digest_of(content_sha256 + "\n".join(others).encode()) if others else content_sha256
                    digest = digest[:DIGEST_BYTES]
                    if digest in known:
                        yield nct_id, digest, 0, None
                        continue
                    (packed,) = self._database.execute(
                        "SELECT record FROM studies WHERE nct_id = ?", [nct_id]
                    ).fetchone()
                    yield nct_id, digest, len(packed), _unpacked(packed, others)
            finally:
                self._database.execute("RELEASE reading")

    def _all_aliases(self) -> dict[str, list[str]]:
        aliases: dict[str, list[str]] = {}
        for alias, nct_id in self._database.execute("SELECT alias, nct_id FROM aliases ORDER BY alias"):
            aliases.setdefault(nct_id, []).append(alias)
        return aliases

    def _ids(self, query: str) -> list[str]:
        with self._translated():
            return [nct_id for (nct_id,) in self._database.execute(query)]

    @contextmanager
    def _translated(self) -> Iterator[None]:
        """SQLite's errors as ours: what cannot be used now is an OSError, what is damaged is no store."""
        try:
            yield
        except sqlite3.OperationalError as error:
            raise OSError(None, f"the store cannot be used ({error})", str(self.path)) from error
        except sqlite3.DatabaseError as error:
            raise self._damaged(str(error)) from error

    def _damaged(self, reason: str) -> UnusableSource:
        return UnusableSource(
            f"{self.path} is no sound store ({reason}); move {self.folder} away and harvest again, or restore a copy"
        )


def nct_id_of(study: Any) -> str | None:
    """The NCT id of a study record; None where it has no valid one."""
    try:
        return parse_nct_id(str(study["protocolSection"]["identificationModule"]["nctId"]))
    except (BadInput, KeyError, TypeError):
        return None


def _last_update(study: Any) -> str | None:
    try:
        date = study["protocolSection"]["statusModule"]["lastUpdatePostDateStruct"]["date"]
    except (KeyError, TypeError):
        return None
    return date if isinstance(date, str) else None


def _aliases(study: Any) -> list[str]:
    aliases = study["protocolSection"]["identificationModule"].get("nctIdAliases")
    return [alias for alias in aliases if isinstance(alias, str)] if isinstance(aliases, list) else []


def _unpacked(packed: bytes, aliases: list[str]) -> Any:
    try:
        study = orjson.loads(zlib.decompress(packed))
        if missing := sorted(set(aliases) - set(_aliases(study))):
            study["protocolSection"]["identificationModule"]["nctIdAliases"] = [*_aliases(study), *missing]
    except (zlib.error, orjson.JSONDecodeError, KeyError, TypeError):
        return None
    return study
