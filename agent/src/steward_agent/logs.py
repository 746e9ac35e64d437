# SPDX-License-Identifier: Apache-2.0
"""One JSON object a line on standard error: time, level, event, and the fields given. Never a token, key or body."""

import logging
import sys
from datetime import UTC, datetime

import msgspec

_LOGGER = logging.getLogger("steward_agent")


class _JsonLines(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        fields = getattr(record, "fields", {})
        line = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "event": record.getMessage(),
            **fields,
        }
        if record.exc_info and record.exc_info[0] is not None:
            line["error"] = self.formatException(record.exc_info)
        return msgspec.json.encode(line, enc_hook=str).decode()


def log_to_stderr(level: str) -> None:
    """Everything of this process, libraries from warnings up."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_JsonLines())
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    _LOGGER.setLevel(level.upper())


def info(event: str, **fields: object) -> None:
    _LOGGER.info(event, extra={"fields": fields})


def warning(event: str, **fields: object) -> None:
    _LOGGER.warning(event, extra={"fields": fields})


def failure(event: str, **fields: object) -> None:
    """Inside an `except`: the traceback goes along."""
    _LOGGER.exception(event, extra={"fields": fields})
