# SPDX-License-Identifier: Apache-2.0
"""Reading a delivery status notification (RFC 3464): a mail that says that another one did not arrive. Written by anybody."""

from dataclasses import dataclass
from email import message_from_string
from email.message import EmailMessage, Message
from email.policy import default
from typing import Any, Final

BOUNCE_MAX: Final = 200_000  # letters; a notification quotes headers, not attachments
PARTS_MAX: Final = 50


@dataclass(frozen=True, slots=True)
class Bounce:
    """That a mail with this Message-ID did not arrive for good, in the other side's words."""

    message_id: str
    answer: str


def read_bounce(text: str) -> Bounce | None:
    """What a mail says of another one that failed for good; None for any other mail, one of a mere delay included."""
    if len(text) > BOUNCE_MAX:
        return None
    mail = message_from_string(text, _class=EmailMessage, policy=default)
    if mail.get_content_type() != "multipart/report":
        return None
    status: Message[Any, Any] | None = None
    identifier = ""
    for number, part in enumerate(mail.walk()):
        if number > PARTS_MAX:
            return None
        kind = part.get_content_type()
        if kind == "message/delivery-status" and status is None:
            status = _failed(part)
        elif kind in ("message/rfc822", "text/rfc822-headers") and not identifier:
            identifier = _message_id(part)
    if status is None or not identifier:
        return None
    said = str(status.get("Diagnostic-Code", "")) or str(status.get("Status", ""))
    return Bounce(identifier, said)


def _failed(part: "Message[Any, Any]") -> "Message[Any, Any] | None":
    """The block of the recipient whose mail failed. The parser makes a message of each block, the first one about the mail."""
    blocks = part.get_payload()
    if not isinstance(blocks, list):
        return None
    return next((each for each in blocks if isinstance(each, Message) and _is_failure(each)), None)


def _is_failure(block: "Message[Any, Any]") -> bool:
    return str(block.get("Action", "")).strip().lower() == "failed" and str(block.get("Status", "")).strip().startswith(
        "5"
    )


def _message_id(part: "Message[Any, Any]") -> str:
    payload = part.get_payload()
    if isinstance(payload, list):
        quoted = payload[0] if payload and isinstance(payload[0], Message) else None
    else:
        quoted = message_from_string(str(payload), policy=default)
    return str(quoted.get("Message-ID", "")).strip()[:200] if quoted is not None else ""
