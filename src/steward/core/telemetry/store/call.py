# SPDX-License-Identifier: Apache-2.0
"""What a request asks for: its parameters sorted into settings, query parameters and the store's own."""

import base64
import binascii
import hmac
import re
import uuid
from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qsl

from steward.core.telemetry.store.body import ExternalTable, decompress, external_tables, is_multipart, take_apart
from steward.core.telemetry.store.errors import StoreError, access_denied, authentication_failed, bad_argument
from steward.core.telemetry.store.limits import Limits
from steward.core.telemetry.store.policies import DATABASE
from steward.core.telemetry.store.request import Request

USER: Final = "steward"
CLIENTS_HEADER: Final = "X-Steward-Clients"
_CLIENTS: Final = CLIENTS_HEADER.lower().encode()

_OWN: Final = frozenset({
    "query", "database", "user", "password", "session_id", "session_timeout", "session_check", "query_id", "quota_key",
    "wait_end_of_query", "client_protocol_version", "role", "compress", "decompress", "default_format", "buffer_size",
    "stacktrace", "enable_http_compression", "send_progress_in_http_headers", "http_headers_progress_interval_ms",
    "cancel_http_readonly_queries_on_client_close", "http_zlib_compression_level", "log_comment", "insert_deduplication_token",
    "readonly",
})  # fmt: skip
# What a scoped read may set. Everything else is the store's to decide.
_SCOPED: Final = frozenset({
    "max_execution_time", "max_result_rows", "max_result_bytes", "max_threads", "max_block_size", "date_time_input_format",
    "cast_string_to_dynamic_use_inference", "output_format_native_encode_types_in_binary_format", "use_query_cache",
})  # fmt: skip
_SETTING_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_.]{0,127}")
_IDENTIFIER: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,127}")
_QUERY_ID: Final = re.compile(r"[A-Za-z0-9_.:-]{1,128}")
_UINT32: Final = re.compile(rb"[0-9]{1,10}")
_TOP: Final = 2**32


@dataclass(slots=True)
class Call:
    """One request, understood."""

    sql: bytes
    data: bytes | memoryview
    query_id: str
    database: str
    settings: dict[str, str]
    params: dict[str, str]
    external: list[ExternalTable]
    token: str
    session_id: str
    session_timeout: float
    session_check: bool
    default_format: str
    whole: bool
    scoped: bool
    clients: tuple[int, ...] | None  # of a scoped read; None: every client
    readonly: bool
    named_query: bool  # the client gave the id, so it may be asked to kill by it


def check_password(request: Request, password: str) -> None:
    """Raises StoreError 516 unless the request names the one user and knows the password. Takes the same time either way."""
    name, given = _credentials(request)
    right_password = hmac.compare_digest(given.encode(), password.encode())
    right_name = hmac.compare_digest(name.encode(), USER.encode())
    if not (right_password and right_name):
        raise authentication_failed()


def _credentials(request: Request) -> tuple[str, str]:
    header = request.headers.get(b"authorization", b"")
    if header[:6].lower() == b"basic ":
        try:
            name, _, password = base64.b64decode(header[6:], validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            raise authentication_failed() from None
        return name, password
    if b"x-clickhouse-user" in request.headers:
        given = request.headers
        return given[b"x-clickhouse-user"].decode("utf-8", "replace"), given.get(b"x-clickhouse-key", b"").decode(
            "utf-8", "replace"
        )
    return "", ""


def understand(request: Request, limits: Limits) -> Call:
    """Take a request apart. Raises StoreError naming what can't be taken."""
    fields = dict(parse_qsl(request.query_string, keep_blank_values=True))
    body = decompress(request.take_body(), request.headers.get(b"content-encoding", b""), limits.body)
    external: list[ExternalTable] = []
    content_type = request.headers.get(b"content-type", b"")
    if is_multipart(content_type):
        extra, tables = take_apart(bytes(body), content_type)
        fields |= extra
        external = external_tables(fields, tables)
        body = b""
    scoped = _CLIENTS in request.headers
    return _call(
        fields, body, external, scoped=scoped, clients=_client_list(request.headers[_CLIENTS]) if scoped else None
    )


def _call(
    fields: dict[str, str],
    body: bytes | memoryview,
    external: list[ExternalTable],
    *,
    scoped: bool,
    clients: tuple[int, ...] | None,
) -> Call:
    in_address = fields.get("query", "").encode()
    if scoped and (external or "session_id" in fields):
        raise access_denied("A scoped read has no session and brings no tables.")
    return Call(
        sql=in_address or bytes(body),
        data=body if in_address else b"",
        query_id=_query_id(fields),
        database=_database(fields, scoped=scoped),
        settings=_settings(fields, scoped=scoped),
        params={name.removeprefix("param_"): value for name, value in fields.items() if name.startswith("param_")},
        external=external,
        token=fields.get("insert_deduplication_token", ""),
        session_id=fields.get("session_id", ""),
        session_timeout=_seconds(fields.get("session_timeout", "60")),
        session_check=fields.get("session_check") == "1",
        default_format=fields.get("default_format", "TabSeparated"),
        whole=fields.get("wait_end_of_query") == "1",
        scoped=scoped,
        clients=clients,
        readonly=fields.get("readonly", "0") != "0",
        named_query=bool(fields.get("query_id")),
    )


def _client_list(header: bytes) -> tuple[int, ...] | None:
    text = header.strip()
    if text == b"*":
        return None
    parts = [part.strip() for part in text.split(b",")] if text else []
    if not all(_UINT32.fullmatch(part) and int(part) < _TOP for part in parts):
        raise bad_argument(f"{CLIENTS_HEADER} takes numbers separated by commas, or *.")
    return tuple(sorted({int(part) for part in parts}))


def _query_id(fields: dict[str, str]) -> str:
    given = fields.get("query_id", "")
    if not given:
        return str(uuid.uuid4())
    if not _QUERY_ID.fullmatch(given):
        raise bad_argument("query_id takes letters, digits and _.:- only, at most 128 of them.")
    return given


def _database(fields: dict[str, str], *, scoped: bool) -> str:
    name = fields.get("database", "")
    if scoped and name not in ("", DATABASE):
        raise access_denied(f"A scoped read sees the database {DATABASE} only.")
    if name and not _IDENTIFIER.fullmatch(name):
        raise StoreError(81, "UNKNOWN_DATABASE", "The name of the database is not an identifier.")
    return DATABASE if scoped else name


def _settings(fields: dict[str, str], *, scoped: bool) -> dict[str, str]:
    wanted = {name: value for name, value in fields.items() if name not in _OWN and not name.startswith("param_")}
    for name in wanted:
        if not _SETTING_NAME.fullmatch(name):
            raise StoreError(115, "UNKNOWN_SETTING", f"Unknown setting {name[:64]!r}.")
        if scoped and name not in _SCOPED:
            raise StoreError(164, "READONLY", f"Cannot modify '{name}' setting in readonly mode.")
    return wanted


def _seconds(text: str) -> float:
    if not text.isdigit():
        raise bad_argument("session_timeout takes whole seconds.")
    return min(float(text), 3600.0)
