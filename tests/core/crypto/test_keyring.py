# SPDX-License-Identifier: Apache-2.0
"""What is sealed opens at its own place alone, survives rotation, and is worth nothing without the key-encryption key."""

import json
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from steward.core.crypto.keyring import Keyring
from steward.core.crypto.public import CannotDecrypt
from steward.settings.secrets import random_secret


@pytest.fixture
def ring(tmp_path: Path) -> Keyring:
    return Keyring(tmp_path / "secrets")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
@given(plaintext=st.binary(max_size=300), context=st.binary(max_size=40))
def test_what_is_sealed_opens_again(ring: Keyring, plaintext: bytes, context: bytes) -> None:
    assert ring.decrypt("totp", ring.encrypt("totp", plaintext, context=context), context=context) == plaintext


def test_the_same_text_is_never_sealed_alike(ring: Keyring) -> None:
    assert ring.encrypt("totp", b"x") != ring.encrypt("totp", b"x")


def test_a_value_moved_elsewhere_does_not_open(ring: Keyring) -> None:
    token = ring.encrypt("totp", b"secret", context=b"user 1")
    ring.encrypt("channel", b"another purpose")
    for purpose, context in (("totp", b"user 2"), ("channel", b"user 1"), ("never-used", b"user 1")):
        with pytest.raises(CannotDecrypt):
            ring.decrypt(purpose, token, context=context)


@pytest.mark.parametrize(
    "damage", ["", "st1", "st1.1", "st1.x.AAAA", "st9.1.AAAA", "st1.99.AAAA", "st1.-1.AAAA", "st1.1.AAAA", "st1.1.%%%"]
)
def test_what_was_never_sealed_is_refused_in_words(ring: Keyring, damage: str) -> None:
    ring.encrypt("totp", b"x")
    with pytest.raises(CannotDecrypt):
        ring.decrypt("totp", damage)


@pytest.mark.parametrize("length", range(6))
def test_every_changed_character_is_noticed(ring: Keyring, length: int) -> None:
    token = ring.encrypt("totp", bytes(length))
    for place in range(token.rindex(".") + 1, len(token)):
        for other in "ABQg_-=":
            if other == token[place]:
                continue
            with pytest.raises(CannotDecrypt):
                ring.decrypt("totp", token[:place] + other + token[place + 1 :])


def test_one_sealed_value_has_one_text(ring: Keyring) -> None:
    token = ring.encrypt("totp", b"secret")
    for spelling in (token.rstrip("="), token + "=", token + "\n", token.replace("st1.1.", "st1.1. ")):
        with pytest.raises(CannotDecrypt):
            ring.decrypt("totp", spelling)


def test_after_rotation_new_values_use_the_new_key_and_old_ones_open(ring: Keyring) -> None:
    old = ring.encrypt("totp", b"old")
    assert ring.rotate("totp") == 2
    new = ring.encrypt("totp", b"new")
    assert (ring.version_of(old), ring.version_of(new)) == (1, 2)
    assert (ring.decrypt("totp", old), ring.decrypt("totp", new)) == (b"old", b"new")


def test_a_value_relabelled_with_another_version_does_not_open(ring: Keyring) -> None:
    old = ring.encrypt("totp", b"old")
    ring.rotate("totp")
    with pytest.raises(CannotDecrypt):
        ring.decrypt("totp", old.replace("st1.1.", "st1.2."))


def test_a_new_key_encryption_key_opens_everything_and_the_old_one_nothing(ring: Keyring, tmp_path: Path) -> None:
    token = ring.encrypt("totp", b"secret")
    folder = tmp_path / "secrets"
    before = (folder / "kek").read_text()
    ring.rewrap(random_secret())
    assert Keyring(folder).decrypt("totp", token) == b"secret"
    (folder / "kek").write_text(before)
    with pytest.raises(CannotDecrypt, match="restore secrets/kek"):
        Keyring(folder).decrypt("totp", token)


def test_keys_on_disk_are_wrapped_and_private(ring: Keyring, tmp_path: Path) -> None:
    ring.encrypt("totp", b"secret")
    folder = tmp_path / "secrets"
    assert stat.S_IMODE((folder / "keys.json").stat().st_mode) == 0o600
    assert stat.S_IMODE((folder / "kek").stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert set(json.loads((folder / "keys.json").read_text())) == {"totp"}


def test_many_at_once_agree_on_the_first_key(tmp_path: Path) -> None:
    rings = [Keyring(tmp_path / "secrets") for _ in range(8)]
    with ThreadPoolExecutor(8) as pool:
        tokens = list(pool.map(lambda ring: ring.encrypt("totp", b"x"), rings))
    assert {Keyring(tmp_path / "secrets").decrypt("totp", token) for token in tokens} == {b"x"}
    assert {ring.version_of(token) for ring, token in zip(rings, tokens, strict=True)} == {1}
