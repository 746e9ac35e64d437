# SPDX-License-Identifier: Apache-2.0
"""Who this machine is to the server: a key that never leaves it, and what the server answered at enrolment."""

import base64
import hashlib
import hmac
from contextlib import suppress
from pathlib import Path

import msgspec
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from steward_agent.errors import AgentError
from steward_agent.protocol.enrolment import Address, AgentId, AgentState
from steward_agent.protocol.errors import ProtocolError
from steward_agent.protocol.packing import decoded
from steward_agent.protocol.policy import Seconds
from steward_agent.protocol.text import Short
from steward_agent.state import StateDir, read_private, write_private

_MACHINE_ID_FILES = (Path("/etc/machine-id"), Path("/var/lib/dbus/machine-id"))
# Names this application to the hash below; any constant would do, but it must never change.
_APPLICATION = bytes.fromhex("a1f0c6f0a4e94c0b9d0f5b6f2e8e7a53")


class Enrolment(msgspec.Struct, frozen=True):
    """What the server said. `url` is the web's address, `gateway_url` where samples go, `interval` in seconds."""

    url: Address
    gateway_url: Address
    agent_id: AgentId
    agent_uid: Short
    state: AgentState
    interval: Seconds


_enrolments = msgspec.json.Decoder(Enrolment)


def make_key(state: StateDir) -> Ed25519PrivateKey:
    """The key of this directory; made when there is none, never replaced.

    Raises:
        AgentError: when it can't be read or written.
    """
    fresh = Ed25519PrivateKey.generate().private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    # Two enrolments at once end with one key, whichever came first.
    with suppress(FileExistsError):
        if not state.key.exists():
            write_private(state.key, fresh, replace=False)
    return read_key(state)


def read_key(state: StateDir) -> Ed25519PrivateKey:
    """Raises AgentError when there is no key, others can read it, or it is damaged."""
    try:
        key = serialization.load_pem_private_key(read_private(state.key), password=None)
    except FileNotFoundError:
        raise _not_enrolled(state) from None
    except (ValueError, TypeError):
        key = None
    if not isinstance(key, Ed25519PrivateKey):
        raise AgentError(f"{state.key} is not an Ed25519 key", "run `steward-agent unenroll`, then enrol anew")
    return key


def public_key_text(key: Ed25519PrivateKey) -> str:
    """Base64 of the 32 bytes of the public half."""
    raw = key.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    return base64.b64encode(raw).decode()


def fingerprint(key: Ed25519PrivateKey) -> str:
    """The public half as the console shows it: 64 hex digits in groups of eight."""
    return key.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw).hex(" ", 4)


def save_enrolment(state: StateDir, enrolment: Enrolment) -> None:
    write_private(state.enrolment, msgspec.json.format(msgspec.json.encode(enrolment)), replace=True)


def read_enrolment(state: StateDir) -> Enrolment:
    """Raises AgentError when this directory was never enrolled or the file is damaged."""
    try:
        return decoded(_enrolments, read_private(state.enrolment), state.enrolment.name)
    except FileNotFoundError:
        raise _not_enrolled(state) from None
    except ProtocolError as error:
        raise AgentError(f"{state.enrolment} is damaged ({error})", "enrol anew with the same directory") from None


def machine_id(files: tuple[Path, ...] = _MACHINE_ID_FILES) -> str:
    """32 hex digits that stay with this installation, empty where it has no id.

    The machine's own id is confidential (machine-id(5)), so a keyed hash of it travels instead.
    """
    for file in files:
        with suppress(OSError, ValueError):
            own = bytes.fromhex(file.read_text("ascii").strip())
            if len(own) == 16:
                return hmac.new(own, _APPLICATION, hashlib.sha256).hexdigest()[:32]
    return ""


def _not_enrolled(state: StateDir) -> AgentError:
    return AgentError(f"{state.path} is not enrolled", "run `steward-agent enroll URL TOKEN` first")
