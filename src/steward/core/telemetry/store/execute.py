# SPDX-License-Identifier: Apache-2.0
"""One call carried out: on which connection, in which of three ways, and what is sent back."""

import json
import socket
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, closing
from dataclasses import dataclass
from pathlib import Path

from steward.core.telemetry.identifiers import composed
from steward.core.telemetry.store.body import ExternalTable
from steward.core.telemetry.store.call import Call
from steward.core.telemetry.store.engine import EngineConnection
from steward.core.telemetry.store.errors import bad_argument, from_engine
from steward.core.telemetry.store.limits import Limits
from steward.core.telemetry.store.policies import full_comment, scoped_comment
from steward.core.telemetry.store.pool import Pool
from steward.core.telemetry.store.response import Stream, send_whole
from steward.core.telemetry.store.sessions import Sessions
from steward.core.telemetry.store.statement import (
    STREAMED,
    Insert,
    Verb,
    check_scoped,
    find_insert,
    kill_by_our_id,
    output_format,
    verb_of,
)

_SCOPED_DEFAULTS = {"max_execution_time": "30", "max_result_bytes": str(256 << 20), "allow_ddl": "0"}
_INSERT_SETTINGS = {
    "memory_overcommit_ratio_denominator": "0"
}  # when memory runs out a query is stopped, never an insert


@dataclass(frozen=True, slots=True)
class Reply:
    """Where the answer goes."""

    sock: socket.socket
    keep_alive: bool

    def whole(self, headers: list[tuple[str, str]], body: bytes) -> None:
        """Send a finished answer."""
        send_whole(self.sock, 200, headers, body, keep_alive=self.keep_alive)


class Executor:
    """Carries calls out. Inserts, the product's queries, scoped reads and KILL each have connections of their own."""

    def __init__(self, path: Path, config_path: Path, limits: Limits) -> None:
        self._path = path
        self._config_path = config_path
        line = {"waiting": limits.waiting, "patience": limits.patience}
        self._inserts = Pool(self._connect, size=limits.inserts, waiting=256, patience=30.0)
        self._queries = Pool(self._connect, size=limits.queries, **line)  # type: ignore[arg-type]  # two of two types
        self._reads = Pool(self._connect, size=limits.reads, **line)  # type: ignore[arg-type]
        self._kills = Pool(self._connect, size=2, **line)  # type: ignore[arg-type]
        self.sessions = Sessions(self._connect, limits.sessions)
        # Held from the first moment to the last, so that the engine neither opens nor closes in between.
        self._anchor = self._connect()

    def _connect(self) -> EngineConnection:
        return EngineConnection(self._path, self._config_path)

    def run(self, call: Call, reply: Reply) -> None:
        """Carry out one call and answer it. Raises StoreError while nothing has been sent yet."""
        insert = None if call.scoped or call.readonly else find_insert(call.sql)
        if insert is not None:
            self._insert(call, insert, reply)
            return
        if call.token:
            call.settings["insert_deduplication_token"] = call.token  # INSERT … SELECT
        sql = _joined(call)
        verb = verb_of(sql)
        if call.scoped:
            check_scoped(sql)
        if verb is Verb.KILL:
            sql = kill_by_our_id(sql)
        with self._connection(call, verb) as held:
            self._bring(held, call.external)
            if call.scoped or call.readonly:
                held.lock()
            self._answer(held, sql, verb, call, reply)

    def cancel_all(self) -> None:
        """Ask the engine to stop whatever is running."""
        self._anchor.prepare({"log_comment": full_comment("")}, "")
        self._anchor.run("KILL QUERY WHERE 1 ASYNC")

    def close(self) -> None:
        """Close every connection that no request is using."""
        for each in (self._inserts, self._queries, self._reads, self._kills, self.sessions):
            each.close_idle()
        self._anchor.close()

    def _connection(self, call: Call, verb: Verb) -> AbstractContextManager[EngineConnection]:
        settings = _settings_of(call)
        if call.session_id:
            timeout, must_exist = call.session_timeout, call.session_check
            return self.sessions.connection(
                call.session_id, settings, call.database, timeout=timeout, must_exist=must_exist
            )
        pool = self._reads if call.scoped else self._kills if verb is Verb.KILL else self._queries
        return pool.connection(settings, call.database or "default")

    @staticmethod
    def _bring(held: EngineConnection, tables: list[ExternalTable]) -> None:
        for table in tables:
            if not table.name.isidentifier() or not table.format.isalnum():
                raise bad_argument("An external table's name or format is not an identifier.")
            # Temporary tables live as long as the session, and the next request must not see them.
            held.spent = True
            held.run(composed("CREATE TEMPORARY TABLE $name", name=table.name) + f" ({table.structure})")
            held.insert(Insert(composed("INSERT INTO $name", name=table.name), "", table.format), table.data)

    def _insert(self, call: Call, insert: Insert, reply: Reply) -> None:
        data = call.data or memoryview(call.sql)[insert.data_at :]
        settings = _settings_of(call) | _INSERT_SETTINGS
        if call.session_id:
            connection: AbstractContextManager[EngineConnection] = self._connection(call, Verb.INSERT_DATA)
        else:
            connection = self._inserts.connection(settings, call.database or "default")
        with connection as held:
            counts = held.insert(insert, data, call.token)
        reply.whole([("X-ClickHouse-Query-Id", call.query_id), ("X-ClickHouse-Summary", json.dumps(counts))], b"")

    def _answer(self, held: EngineConnection, sql: str, verb: Verb, call: Call, reply: Reply) -> None:
        output, named = output_format(sql, call.default_format)
        headers = [("X-ClickHouse-Query-Id", call.query_id), ("Content-Type", _content_type(output))]
        if verb is Verb.SELECT and output in STREAMED and not call.whole:
            with closing(held.stream(sql, output, call.params)) as pieces:  # type: ignore[type-var]  # a generator
                _send_stream(pieces, [*headers, ("X-ClickHouse-Format", output)], reply)
            return
        begun = time.perf_counter_ns()
        outcome = held.run(sql, output, call.params)
        body = outcome.body()
        if body or named:
            headers.append(("X-ClickHouse-Format", output))
        summary = outcome.counts() | {"elapsed_ns": str(time.perf_counter_ns() - begun)}
        reply.whole([*headers, ("X-ClickHouse-Summary", json.dumps(summary))], body)


def _joined(call: Call) -> str:
    text = call.sql.decode("utf-8")
    return f"{text}\n{bytes(call.data).decode('utf-8')}" if call.data else text


def _settings_of(call: Call) -> dict[str, str]:
    if call.scoped:
        comment = scoped_comment(call.clients, call.query_id if call.named_query else "")
        return _SCOPED_DEFAULTS | call.settings | {"log_comment": comment}
    return call.settings | {"log_comment": full_comment(call.query_id if call.named_query else "")}


def _content_type(output: str) -> str:
    if output.startswith(("Tab", "TSV")):
        return "text/tab-separated-values; charset=UTF-8"
    return "application/json; charset=UTF-8" if output.startswith("JSON") else "application/octet-stream"


def _send_stream(pieces: Iterator[bytes], headers: list[tuple[str, str]], reply: Reply) -> None:
    # The first piece is waited for, so that most errors still travel with a status of their own.
    first = next(pieces, b"")
    stream = Stream(reply.sock, headers, keep_alive=reply.keep_alive)
    stream.write(first)
    try:
        for piece in pieces:
            stream.write(piece)
    except OSError:
        raise
    except Exception as failure:
        stream.fail(from_engine(failure))
        return
    stream.finish()
