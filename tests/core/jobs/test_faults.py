# SPDX-License-Identifier: Apache-2.0
import pytest
from django.db import DataError, connection, transaction

from steward.core.access.public import Denied, Refused
from steward.core.jobs.faults import GiveUp, OperatorError, fault_of, redact

CANARY = "kanarya-7Q"


@pytest.mark.parametrize(
    "error",
    [
        RuntimeError(CANARY),
        KeyError(CANARY),
        UnicodeDecodeError("utf-8", CANARY.encode(), 0, 1, CANARY),
        FileNotFoundError(2, "No such file", f"/secrets/{CANARY}"),
        OperatorError(f"password={CANARY}"),
        GiveUp(f"smtp://user:{CANARY}@host:25 said no"),
        OperatorError(f"Authorization: Bearer {CANARY}"),
        OperatorError(f"stw_{CANARY}"),
    ],
)
def test_a_secret_in_an_error_is_not_kept(error: Exception) -> None:
    fault = fault_of(error)
    assert CANARY not in fault.kind + fault.place + fault.message


def test_what_was_written_for_an_operator_is_kept() -> None:
    assert fault_of(OperatorError("The mail server is not reachable; look at its address.")).message.startswith(
        "The mail server"
    )
    assert fault_of(Refused("name", "Choose another name.")).message == "name: Choose another name."
    assert fault_of(Denied("jobs.manage")).message == "lacks the permission jobs.manage"
    assert fault_of(OSError(28, "No space left on device")).message == "No space left on device"


@pytest.mark.django_db
def test_an_error_of_the_database_is_kept_by_its_code() -> None:
    with pytest.raises(DataError) as caught, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("select %s::int", [CANARY])
    fault = fault_of(caught.value)
    assert fault.message == "SQLSTATE 22P02"
    assert fault.kind == "django.db.utils.DataError"
    assert "steward/" in fault.place


def test_ordinary_words_are_left_alone() -> None:
    text = "The server mail.example refused 3 of 12 messages; token buckets are full, ask for more."
    assert redact(text) == text
