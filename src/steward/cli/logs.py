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
SECRET_VALUES = re.compile(
    r"(?P<keep>\b(?:Bearer|Basic)\s+|://[^/\s:@]*:|\b(?:password|token|secret)\s*[=:]\s*)(?P<secret>[^\s@,;&'\"]+)",
    re.I,
)
BLANK = "[hidden]"
QUIET = ("httpx", "httpcore", "urllib3", "asyncio", "procrastinate")


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
        return SECRET_VALUES.sub(lambda found: found["keep"] + BLANK, value)
    if isinstance(value, dict):
        return {key: _clean(str(key), inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_clean("", inner) for inner in value]
    return value
