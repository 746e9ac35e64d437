# SPDX-License-Identifier: Apache-2.0
import base64

from standardwebhooks.webhooks import Webhook

from steward.core.webhooks.signing import new_key, signature


def test_the_signature_is_that_of_the_standards_own_example() -> None:
    signed = signature(
        ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"],
        message_id="msg_p5jXN8AQM9LWM0D4loKWxJek",
        timestamp=1614265330,
        body=b'{"test": 2432232314}',
    )
    assert signed == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_a_key_has_as_many_bytes_as_the_standard_asks_for_and_the_library_takes_it() -> None:
    key = new_key()
    assert 24 <= len(base64.b64decode(key.removeprefix("whsec_"))) <= 64
    Webhook(key)
    assert new_key() != key
