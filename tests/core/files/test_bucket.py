# SPDX-License-Identifier: Apache-2.0
"""Files in a bucket: the same room over it, and what is said when the bucket is away, refuses us or breaks off in the middle."""

import io
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from django.db import transaction
from structlog.testing import capture_logs

from steward.core.access.public import Refused
from steward.core.files import actions, kinds
from steward.core.files.backend import Backend, ContentsAway, key_of
from steward.core.files.bucket import RANGE, Bucket, BucketBackend, Patience
from steward.core.files.models import StoredFile
from steward.core.files.public import (
    DOCUMENTS,
    MEGABYTE,
    ContentGone,
    drop_file,
    file_response,
    open_file,
    probe_contents,
    register_file_kind,
    store_file,
    sweep_contents,
)
from steward.core.files.tasks import sweep
from steward.core.tenancy.public import Client, scoped, system_scope
from steward.settings.env import Settings
from tests.fixtures.bucket import Provider, breaking, deaf, free_port

TEXT = "Rapor: ışık ölçümü\n".encode()
HURRIED = Patience(connect=1, request=2, again=1)
KEY = key_of(3, "ab" * 32)
Use = Callable[[Backend], None]


@pytest.fixture(autouse=True)
def kind() -> Iterator[None]:
    before = dict(kinds._kinds)
    register_file_kind("tests.document", types=DOCUMENTS, max_bytes=2 * MEGABYTE, permission="tests.view")
    yield
    kinds._kinds.clear()
    kinds._kinds.update(before)


@pytest.fixture
def use(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Use:
    """Let the room keep its contents in a given store."""

    def use(store: Backend) -> None:
        monkeypatch.setattr(actions, "backend", lambda: store)
        monkeypatch.setattr("steward.core.files.queries.backend", lambda: store)
        monkeypatch.setattr(actions, "_incoming", lambda: tmp_path / ".incoming")

    return use


@pytest.mark.django_db
def test_a_file_comes_back_from_the_bucket_as_an_attachment(acme: Client, s3: Provider, use: Use) -> None:
    use(BucketBackend(s3.fresh()))
    with scoped(system_scope("tests")):
        file = store_file(acme, "rapor.txt", io.BytesIO(TEXT), "tests.document")
        with open_file(file) as content:
            assert content.read() == TEXT
        response = file_response(file)
    assert b"".join(response) == TEXT
    assert response["Content-Length"] == str(len(TEXT))
    assert response["Content-Disposition"].startswith("attachment")


@pytest.mark.django_db
def test_a_large_attachment_streams_in_ranges(acme: Client, s3: Provider, use: Use) -> None:
    use(BucketBackend(s3.fresh()))
    content = b"0123456789abcde\n" * (RANGE // 16) * 3 + b"end"
    with scoped(system_scope("tests")):
        register_file_kind("tests.large", types=DOCUMENTS, max_bytes=20 * MEGABYTE, permission="tests.view")
        response = file_response(store_file(acme, "large.txt", io.BytesIO(content), "tests.large"))
    pieces = list(response)
    assert b"".join(pieces) == content
    assert len(pieces) > 100, "never as a whole"


@pytest.mark.django_db(transaction=True)
def test_orphans_in_the_bucket_are_swept_and_nothing_else(
    acme: Client, s3: Provider, use: Use, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = BucketBackend(s3.fresh())
    use(store)
    with scoped(system_scope("tests")):
        with transaction.atomic():
            kept = store_file(acme, "kept.txt", io.BytesIO(b"kept"), "tests.document")
            gone = store_file(acme, "gone.txt", io.BytesIO(b"gone"), "tests.document")
        with transaction.atomic():
            drop_file(gone)
            assert sweep_contents() == 0, "it was put today"
        monkeypatch.setattr(actions, "ABANDONED", -60.0)
        with transaction.atomic():
            assert sweep_contents() == 1
            assert [each.key for each in store.every()] == [key_of(acme.pk, kept.sha256)]


def away(bucket: Bucket) -> BucketBackend:
    """The bucket, at an address where nobody listens."""
    return BucketBackend(replace(bucket, endpoint=f"http://127.0.0.1:{free_port()}"), HURRIED)


@pytest.mark.django_db
def test_an_upload_is_refused_by_its_field_and_leaves_nothing(
    acme: Client, s3: Provider, use: Use, tmp_path: Path
) -> None:
    use(away(s3.fresh()))
    with scoped(system_scope("tests")):
        with pytest.raises(Refused, match="does not take it right now") as refused:
            store_file(acme, "rapor.txt", io.BytesIO(TEXT), "tests.document")
        assert refused.value.field == "file"
        assert not StoredFile.objects.exists()
    assert list((tmp_path / ".incoming").iterdir()) == []


@pytest.mark.django_db
def test_a_download_says_that_the_store_is_away_and_not_that_the_file_is_gone(
    acme: Client, s3: Provider, use: Use
) -> None:
    bucket = s3.fresh()
    use(BucketBackend(bucket))
    with scoped(system_scope("tests")):
        file = store_file(acme, "rapor.txt", io.BytesIO(TEXT), "tests.document")
        for elsewhere in (away(bucket), BucketBackend(replace(bucket, name="another-bucket"), HURRIED)):
            use(elsewhere)
            with pytest.raises(ContentsAway):
                file_response(file)
        use(store := BucketBackend(bucket))
        store.delete(key_of(acme.pk, file.sha256))
        with pytest.raises(ContentGone):
            file_response(file)


@pytest.mark.django_db(transaction=True)
def test_the_sweep_waits_for_another_night(acme: Client, s3: Provider, use: Use) -> None:
    use(away(s3.fresh()))
    with scoped(system_scope("tests")), transaction.atomic(), capture_logs() as logged:
        sweep.function()
    assert [each["event"] for each in logged] == ["files.sweep_put_off"]


def calls(store: BucketBackend, tmp_path: Path) -> dict[str, Callable[[], object]]:
    """Everything that asks the bucket."""
    (source := tmp_path / "source").write_bytes(TEXT)
    return {
        "put": lambda: store.put(KEY, source),
        "open": lambda: store.open(KEY),
        "find": lambda: store.find(KEY),
        "delete": lambda: store.delete(KEY),
        "every": lambda: list(store.every()),
        "probe": store.probe,
    }


@pytest.mark.parametrize("name", ["put", "open", "find", "delete", "every", "probe"])
def test_a_bucket_that_never_answers_is_given_up_in_time(name: str, s3: Provider, tmp_path: Path) -> None:
    with deaf() as address:
        store = BucketBackend(s3.fresh(endpoint=address), HURRIED)
        began = time.monotonic()
        with pytest.raises(ContentsAway, match="it does not answer"):
            calls(store, tmp_path)[name]()
        took = time.monotonic() - began
    print(f"{name}: given up after {took:.1f} s")
    assert took < HURRIED.request * 3 + HURRIED.again + 2
    assert (tmp_path / "source").exists()


def test_a_wrong_key_is_told_and_not_repeated(s3: Provider, tmp_path: Path) -> None:
    secret = "canary/of+a-key"
    for changes in ({"key_secret": secret}, {"key_id": "AKIANOBODYHASTHISONE", "key_secret": secret}):
        store = BucketBackend(replace(s3.fresh(), **changes), HURRIED)
        assert secret not in repr(s3.fresh(**changes))
        for name, call in calls(store, tmp_path).items():
            with pytest.raises(ContentsAway, match="it refuses the key") as told:
                call()
            assert secret not in str(told.value), name
            assert told.value.__cause__ is None
            assert told.value.__suppress_context__, "the library's words are not in the traceback either"


@pytest.mark.parametrize("name", ["put", "open", "every", "probe"])
def test_a_bucket_that_is_not_there_is_told(name: str, s3: Provider, tmp_path: Path) -> None:
    store = BucketBackend(replace(s3.fresh(), name="another-bucket"), HURRIED)
    with pytest.raises(ContentsAway, match="there is no such bucket"):
        calls(store, tmp_path)[name]()


def test_an_upload_that_breaks_off_leaves_no_object(s3: Provider, tmp_path: Path) -> None:
    bucket = s3.fresh()
    (source := tmp_path / "source").write_bytes(b"x" * (12 * MEGABYTE))
    with breaking(s3.port, after=7 * MEGABYTE) as address, pytest.raises(ContentsAway):
        BucketBackend(replace(bucket, endpoint=address), HURRIED).put(KEY, source)
    assert source.exists()
    assert BucketBackend(bucket).find(KEY) is None
    assert list(BucketBackend(bucket).every()) == []


def test_a_server_that_dies_in_the_middle_of_a_download_ends_it_loudly(own_s3: Provider, tmp_path: Path) -> None:
    store = BucketBackend(own_s3.fresh(), HURRIED)
    (source := tmp_path / "source").write_bytes(b"y" * (3 * RANGE))
    store.put(KEY, source)
    with store.open(KEY) as content:
        assert len(content.read(RANGE // 2)) == RANGE // 2
        own_s3.end()
        with pytest.raises(ContentsAway):
            content.read()
    with pytest.raises(ContentsAway):
        store.find(KEY)


def test_two_prefixes_of_a_bucket_do_not_see_each_other(s3: Provider, tmp_path: Path) -> None:
    one, other, root = (BucketBackend(bucket) for bucket in (s3.fresh(), s3.fresh(), replace(s3.bucket, prefix="")))
    (source := tmp_path / "source").write_bytes(TEXT)
    one.put(KEY, source)
    assert other.find(KEY) is None
    assert list(other.every()) == []
    assert KEY not in [each.key for each in root.every()]


def test_a_probe_leaves_nothing_behind(s3: Provider, use: Use) -> None:
    store = BucketBackend(s3.fresh())
    use(store)
    probe_contents()
    assert list(store.every()) == []


def test_settings_name_the_bucket_and_choose_it(s3: Provider, monkeypatch: pytest.MonkeyPatch) -> None:
    bucket = s3.fresh()
    settings = Settings(**s3.settings(bucket))  # type: ignore[arg-type]  # all of them are texts
    assert Bucket.of(settings) == bucket
    monkeypatch.setattr(actions, "get_settings", lambda: settings)
    assert isinstance(actions.backend(), BucketBackend)


def test_another_account_in_the_environment_changes_nothing(
    s3: Provider, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL"):
        monkeypatch.setenv(name, "http://nobody.example")
    BucketBackend(s3.fresh(), HURRIED).probe()
