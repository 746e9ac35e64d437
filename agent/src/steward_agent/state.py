# SPDX-License-Identifier: Apache-2.0
"""The agent's directory: private to its user, every file written whole or not at all."""

import errno
import fcntl
import os
import secrets
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from steward_agent.errors import AgentError

DEFAULT_STATE_DIR = "/var/lib/steward-agent"
STATE_DIR_VARIABLE = "STEWARD_AGENT_STATE_DIR"


@dataclass(frozen=True, slots=True)
class StateDir:
    """Where the agent keeps its key, its enrolment, its spool and what it last saw of the server."""

    path: Path

    @property
    def key(self) -> Path:
        return self.path / "key.pem"

    @property
    def enrolment(self) -> Path:
        return self.path / "enrolment.json"

    @property
    def spool(self) -> Path:
        return self.path / "spool.sqlite"

    @property
    def status(self) -> Path:
        return self.path / "status.json"

    @property
    def policy(self) -> Path:
        return self.path / "policy"

    @property
    def lock(self) -> Path:
        return self.path / "lock"


def state_dir(given: str | None) -> StateDir:
    """The directory named on the command line, else by the environment, else the default; not created."""
    return StateDir(Path(given or os.environ.get(STATE_DIR_VARIABLE) or DEFAULT_STATE_DIR).absolute())


def create_state_dir(state: StateDir) -> None:
    """Makes it, 0700.

    Raises:
        AgentError: when it can't be written to.
    """
    try:
        state.path.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise _unwritable(state, error) from None
    if not os.access(state.path, os.W_OK | os.X_OK):
        raise _unwritable(state, PermissionError(errno.EACCES, os.strerror(errno.EACCES)))


def write_private(path: Path, content: bytes, *, replace: bool, durable: bool = True) -> None:
    """Writes `path`, 0600, whole or not at all; `durable` waits for the disk.

    Raises:
        FileExistsError: when it is there and `replace` is false.
        AgentError: when the disk or the permissions refuse.
    """
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            _give_to_owner(descriptor, path.parent)
            file.write(content)
            file.flush()
            if durable:
                os.fsync(file.fileno())
        if replace:
            draft.replace(path)
        else:
            # A hard link, unlike a rename, never replaces what another process made meanwhile.
            path.hardlink_to(draft)
        if durable:
            _sync_directory(path.parent)
    except FileExistsError:
        raise
    except OSError as error:
        raise AgentError(f"can't write {path} ({error.strerror})", "free some space or mend the permissions") from None
    finally:
        with suppress(OSError):
            draft.unlink()


def read_private(path: Path) -> bytes:
    """The content of a file that nobody else may read.

    Raises:
        FileNotFoundError: when there is none.
        AgentError: when others can read it, or this user can't.
    """
    try:
        with path.open("rb") as file:
            if os.fstat(file.fileno()).st_mode & 0o077:
                raise AgentError(f"others can read {path}", f"run `chmod 600 {path}`, or enrol anew if it was copied")
            return file.read()
    except FileNotFoundError:
        raise
    except OSError as error:
        raise AgentError(f"can't read {path} ({error.strerror})", "run as the user that enrolled the agent") from None


class Lock:
    """One agent per state directory, until the process ends or `release`."""

    def __init__(self, state: StateDir) -> None:
        try:
            # Root may come by in a directory of the agent's own user: it must not be led elsewhere.
            self._descriptor = os.open(state.lock, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
            _give_to_owner(self._descriptor, state.path)
        except OSError as error:
            raise _unwritable(state, error) from None
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            pid = os.read(self._descriptor, 32).decode("ascii", "replace").strip()
            os.close(self._descriptor)
            raise AgentError(
                f"the agent in {state.path} is running (pid {pid or 'unknown'})", "stop it first"
            ) from None
        # A full disk must not keep the agent from starting: the pid is for people only.
        with suppress(OSError):
            os.truncate(self._descriptor, 0)
            os.write(self._descriptor, f"{os.getpid()}\n".encode())

    def release(self) -> None:
        os.close(self._descriptor)


def running(state: StateDir) -> bool:
    """Whether an agent holds the lock now."""
    try:
        descriptor = os.open(state.lock, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(descriptor)
    return False


def _give_to_owner(descriptor: int, folder: Path) -> None:
    """Root enrols, the service's own user runs: files belong to whom the directory belongs to."""
    owner = folder.stat()
    if os.geteuid() == 0 and owner.st_uid != 0:
        os.fchown(descriptor, owner.st_uid, owner.st_gid)


def _sync_directory(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _unwritable(state: StateDir, error: OSError) -> AgentError:
    return AgentError(
        f"can't write to {state.path} ({error.strerror})",
        f"run as root, or choose a directory with --state-dir or {STATE_DIR_VARIABLE}",
    )
