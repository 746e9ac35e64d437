# SPDX-License-Identifier: Apache-2.0
import base64
import json

import pytest

from steward.core.recovery.refusal import RecoveryRefused
from steward.core.recovery.sealing import (
    BackupKey,
    Damaged,
    WrongKey,
    make_recovery_key,
    open_keys,
    seal_keys,
)

KEY = BackupKey.of("the secret of this installation")
PLAIN = b"a row of the ledger " * 500


def test_a_chunk_opens_to_what_it_was_and_shows_nothing_of_it() -> None:
    name = KEY.name_of(PLAIN)
    stored = KEY.seal_chunk(name, PLAIN)
    assert KEY.open_chunk(name, stored) == PLAIN
    assert b"ledger" not in stored
    assert len(stored) < len(PLAIN) / 10


def test_the_same_content_has_another_name_and_other_bytes_under_another_key() -> None:
    other = BackupKey.of("another installation")
    assert other.name_of(PLAIN) != KEY.name_of(PLAIN)
    with pytest.raises(Damaged):
        other.open_chunk(KEY.name_of(PLAIN), KEY.seal_chunk(KEY.name_of(PLAIN), PLAIN))


@pytest.mark.parametrize("at", [0, 5, 40, -1])
def test_a_changed_byte_anywhere_is_found(at: int) -> None:
    name = KEY.name_of(PLAIN)
    stored = bytearray(KEY.seal_chunk(name, PLAIN))
    stored[at] ^= 1
    with pytest.raises(Damaged):
        KEY.open_chunk(name, bytes(stored))


def test_a_chunk_under_another_ones_name_is_found() -> None:
    one, two = KEY.name_of(b"one"), KEY.name_of(b"two")
    with pytest.raises(Damaged):
        KEY.open_chunk(two, KEY.seal_chunk(one, b"one"))


def test_a_manifest_opens_under_its_own_name_alone() -> None:
    stored = KEY.seal("monday", b"{}")
    assert KEY.open("monday", stored) == b"{}"
    for name, body in (("tuesday", stored), ("monday", stored[:-1]), ("monday", b""), ("monday", b"\0" * 60)):
        with pytest.raises(WrongKey, match="does not open"):
            KEY.open(name, body)


def test_the_file_of_keys_opens_with_its_recovery_key_alone() -> None:
    private, public = make_recovery_key()
    other, _ = make_recovery_key()
    text = seal_keys({"kek": "the canary of a key"}, public, installation="ab", fingerprint="cd")
    assert "canary" not in text
    assert open_keys(text, f"  {private.lower()} ") == {"kek": "the canary of a key"}
    with pytest.raises(WrongKey, match="does not open this file"):
        open_keys(text, other)


def test_a_mistyped_recovery_key_is_told_from_another_one() -> None:
    private, public = make_recovery_key()
    text = seal_keys({}, public, installation="ab", fingerprint="cd")
    wrong = [private[:-1] + letter for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567" if letter != private[-1]]
    for each in (*wrong, private[:-7], "", "STEWARD-RECOVERY-1", "§"):
        with pytest.raises(WrongKey, match="mistyped"):
            open_keys(text, each)


@pytest.mark.parametrize(
    "changed",
    [{"ephemeral": "x"}, {"ephemeral": 7}, {"ephemeral": base64.b64encode(bytes(32)).decode()}, {"sealed": "x"}, {"sealed": []}],
)  # fmt: skip
def test_a_file_of_keys_with_nonsense_in_it_is_refused_in_words(changed: dict[str, object]) -> None:
    private, public = make_recovery_key()
    text = seal_keys({"kek": "k"}, public, installation="i", fingerprint="f")
    with pytest.raises(RecoveryRefused):
        open_keys(json.dumps(json.loads(text) | changed), private)


def test_a_changed_header_is_found_and_another_file_is_none() -> None:
    private, public = make_recovery_key()
    text = seal_keys({"kek": "x"}, public, installation="ab", fingerprint="cd")
    with pytest.raises(WrongKey):
        open_keys(json.dumps(json.loads(text) | {"installation": "ef"}), private)
    for each in ("", "[]", "{}", '{"format": "steward-keys 2"}'):
        with pytest.raises(RecoveryRefused, match="no file of keys"):
            open_keys(each, private)
