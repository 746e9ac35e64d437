# SPDX-License-Identifier: Apache-2.0
"""Anchors leave the machine, again and again until they have arrived, and tell nothing they should not."""

import json
import threading
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from django.core import mail
from django.db import transaction
from django.test import override_settings

from steward.core.audit.public import (
    Anchor,
    BadAnchor,
    anchor_state,
    audit,
    export_anchor,
    local_anchors,
    read_anchors,
    verify,
)
from steward.core.tenancy.public import scoped, system_scope
from steward.settings.env import get_settings

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data directory of this test's own, and something in the audit."""
    monkeypatch.setattr(get_settings(), "data_dir", tmp_path)
    with scoped(system_scope("tests")), transaction.atomic():
        audit("tests.row.add", None)
    return tmp_path


def send_to(monkeypatch: pytest.MonkeyPatch, target: str) -> None:
    monkeypatch.setattr(get_settings(), "audit_anchor", target)


@pytest.fixture
def hook() -> Iterator[HTTPServer]:
    class Hook(BaseHTTPRequestHandler):
        answer = 204
        bodies: list[str] = []

        def do_POST(self) -> None:
            self.bodies.append(self.rfile.read(int(self.headers["Content-Length"])).decode())
            self.send_response(self.answer)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Hook)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join(5)


def test_without_a_target_it_is_kept_on_this_machine_and_says_so(place: Path) -> None:
    head = export_anchor()
    assert read_anchors(local_anchors()) == [head]
    assert local_anchors().stat().st_mode & 0o777 == 0o600
    assert Anchor.objects.get().state == Anchor.State.KEPT
    state = anchor_state()
    assert (state.target_set, state.off_machine_at, state.waiting) == (False, None, 0)
    assert verify().anchored_to == state.last_seq > 0


def test_to_a_file_elsewhere(place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    send_to(monkeypatch, f"file://{tmp_path}/far/anchors.jsonl")
    export_anchor()
    export_anchor()
    far = read_anchors(tmp_path / "far" / "anchors.jsonl")
    assert len(far) == 2
    assert all(each.genuine for each in far)
    assert verify(far).clean
    assert anchor_state().off_machine_at is not None


def test_by_mail_whose_text_verify_reads(place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    send_to(monkeypatch, "mailto:safe@example.org")
    with override_settings(EMAIL_BACKEND="django.core.mail.backends.locmem.EmailBackend"):
        head = export_anchor()
    assert mail.outbox[0].to == ["safe@example.org"]
    saved = tmp_path / "mail.eml"
    saved.write_text(mail.outbox[0].message().as_string())
    assert read_anchors(saved) == [head]


def test_to_a_hook_again_until_it_arrives_and_its_secret_is_kept(
    place: Path, monkeypatch: pytest.MonkeyPatch, hook: HTTPServer
) -> None:
    send_to(monkeypatch, f"http://127.0.0.1:{hook.server_port}/T0P/s3cret-path?key=abc")
    hook.RequestHandlerClass.answer = 503  # type: ignore[attr-defined]  # the fixture's own class
    first = export_anchor()
    failed = Anchor.objects.get()
    assert (failed.state, failed.attempts) == (Anchor.State.FAILED, 1)
    assert "s3cret" not in failed.error + failed.target
    assert "abc" not in failed.error + failed.target
    assert anchor_state().waiting == 1

    hook.RequestHandlerClass.answer = 204  # type: ignore[attr-defined]  # the fixture's own class
    second = export_anchor()
    assert {row.state for row in Anchor.objects.all()} == {Anchor.State.DELIVERED}
    got = [json.loads(body) for body in hook.RequestHandlerClass.bodies[1:]]  # type: ignore[attr-defined]
    assert first is not None
    assert second is not None
    assert {each["sig"] for each in got} == {first.signature, second.signature}


@pytest.mark.parametrize("spelling", ["{host}?key=s3cret value", "{host}/S%33cret/s3cret?", "{host}/s3cret\u00e7"])
def test_a_hook_spelled_otherwise_by_the_library_keeps_its_secret_too(
    place: Path, monkeypatch: pytest.MonkeyPatch, hook: HTTPServer, spelling: str
) -> None:
    send_to(monkeypatch, spelling.format(host=f"http://LOCALHOST:{hook.server_port}"))
    hook.RequestHandlerClass.answer = 503  # type: ignore[attr-defined]  # the fixture's own class
    export_anchor()
    failed = Anchor.objects.get()
    assert failed.state == Anchor.State.FAILED
    assert "503" in failed.error
    assert "s3cret" not in (failed.error + failed.target).lower()


def test_a_waiting_anchor_that_was_changed_in_the_database_is_never_signed_anew(
    place: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    send_to(monkeypatch, "gopher://nowhere")
    export_anchor()
    assert "STEWARD_AUDIT_ANCHOR" in Anchor.objects.get().error
    Anchor.objects.update(hash="00" * 32)
    send_to(monkeypatch, f"file://{tmp_path}/far.jsonl")
    export_anchor()
    assert sorted(each.genuine for each in read_anchors(tmp_path / "far.jsonl")) == [False, True]


def test_an_anchor_of_another_installation_or_another_number_is_forged(place: Path) -> None:
    head = export_anchor()
    assert head is not None
    assert head.genuine
    assert not replace(head, seq=head.seq + 1).genuine
    assert not replace(head, hash="00" * 32).genuine
    assert not replace(head, signature="no base64 %").genuine


@pytest.mark.parametrize("text", ["", "hello\n", '{"seq": "x"}\n', "{broken\n"])
def test_a_file_that_holds_no_anchor_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "a"
    path.write_text(text)
    with pytest.raises(BadAnchor):
        read_anchors(path)
