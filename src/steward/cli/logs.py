# SPDX-License-Identifier: Apache-2.0
"""Logs: one JSON object a line on standard error, without secrets."""

import logging
import re
import sys
from typing import Any

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

SECRET_NAMES = re.compile(
    r"pass(word|wd|phrase)?|secret|token|authori[sz]ation|cookie|api_?key|private_?key|otp|signature", re.I
)
# A password in an address may hold anything but the @ behind it; whatever stands after a name ends with its word.
SECRET_VALUES = re.compile(
    r"(?P<address>://[^/\s:@]*:)[^\s@]+(?=@)"
    r"|(?P<name>\b(?:Bearer|Basic)\s+|\b(?:password|passwd|token|secret|api[-_]?key)[\"']?\s*[=:]\s*[\"']?"
    r"|\bsteward_(?:session|csrf)=)[^\s@,;&'\"]+"
    r"|(?P<link>/password/reset/key/)[^\s/?\"']+"
    r"|(?P<token>\b(?:stw|sten)_)[A-Za-z0-9_\-]{8,}"
    # PostgreSQL quotes the row that it refuses.
    r"|(?P<detail>\bDETAIL:\s).*?(?=\n[A-Z]+:|\n\n|\Z)",
    re.I | re.S,
)
BLANK = "[hidden]"
# Libraries that say too much below a warning: of a variable that a page does not have, Django writes all that the page has.
QUIET = ("httpx", "httpcore", "urllib3", "asyncio", "procrastinate", "django.template", "django.db")


def configure(level: str) -> None:
    """Set up structlog and the standard library's logging for this process. Call once, after any fork."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        without_secrets,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*shared[:-1], structlog.stdlib.ExtraAdder(), without_secrets],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(default=str),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level.upper())
    logging.captureWarnings(True)
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)


def without_secrets(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Blank what is secret by its name, and what looks like a credential inside a text."""
    return {key: _clean(key, value) for key, value in event.items()}


def _clean(name: str, value: Any) -> Any:
    if SECRET_NAMES.search(name) and not isinstance(value, bool | int | float):
        return BLANK
    if isinstance(value, str):
        return SECRET_VALUES.sub(lambda found: (found[found.lastgroup] if found.lastgroup else "") + BLANK, value)
    if isinstance(value, dict):
        return {key: _clean(str(key), inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_clean("", inner) for inner in value]
    if value is None or isinstance(value, bool | int | float):
        return value
    # Written out here and not by the renderer, which comes after: a request, say, names its path.
    return _clean(name, str(value))
