# SPDX-License-Identifier: Apache-2.0
from collections.abc import Iterator

import pytest
from django.db import ProgrammingError, connection, transaction

from steward.core.records import registry
from steward.core.records.public import RecordRef, record_ref, register_record
from steward.core.search import documents
from steward.core.search.models import SearchDocument
from steward.core.search.public import Document, drop_record, find, index_many, index_record, rebuild, register_search
from steward.core.tenancy.public import Actor, Client, ForeignClient, Scope, scoped, system_scope

pytestmark = pytest.mark.django_db
KIND = "tests.client"


@pytest.fixture(autouse=True)
def kinds() -> Iterator[None]:
    before = [dict(registry._kinds), dict(registry._of_model), dict(documents._providers)]
    registry._kinds.clear()
    register_record(
        KIND,
        model="tenancy.Client",
        url=lambda row: f"/c/{row.slug}/",
        title=lambda row: row.name,
        permission="tests.view",
    )
    yield
    for kept, registered in zip(before, (registry._kinds, registry._of_model, documents._providers), strict=True):
        registered.clear()
        registered.update(kept)


def document(client: Client, *, title: str = "", body: str = "", detail: str = "") -> Document:
    return Document(record_ref(client), client.pk, title or client.name, detail, body)


def seeing(client: Client, *permissions: str) -> Scope:
    return Scope(Actor("person", "Alice", frozenset(permissions), None), frozenset({client.pk}))


def titles(text: str) -> list[str]:
    return [hit.title for hit in find(text)]


def test_a_record_is_found_by_the_beginnings_of_its_words_in_either_language(acme: Client, birch: Client) -> None:
    with scoped(system_scope("tests")):
        index_many(
            [
                document(acme, title="Işık Sunucusu srv-01.acme.local"),
                document(birch, title="Istanbul printer 10.0.0.17"),
            ]
        )
        for asked in ("IŞIK", "ışık", "isik su", "srv-01", "acme.local", "SUNUCU", "srv-01.acme"):
            assert titles(asked) == ["Işık Sunucusu srv-01.acme.local"], asked
        for asked in ("istan", "İSTANBUL", "10.0.0", "10.0.0.17", "print"):
            assert titles(asked) == ["Istanbul printer 10.0.0.17"], asked
        assert titles("sunucu istanbul") == []
        assert titles("x") == []
        hit = find("istan")[0]
        assert (hit.url, hit.client_id, hit.ref) == ("/c/birch/", birch.pk, record_ref(birch))


def test_titles_come_before_bodies(acme: Client, birch: Client) -> None:
    with scoped(system_scope("tests")):
        index_many([document(acme, title="Server", body="printer " * 5), document(birch, title="Printer")])
        assert titles("printer") == ["Printer", "Server"]


def test_alice_finds_nothing_of_birch(acme: Client, birch: Client) -> None:
    with scoped(system_scope("tests")):
        index_many([document(acme, title="Shared word"), document(birch, title="Shared word of Birch")])
        index_record(Document(RecordRef(KIND, acme.uid), None, "Shared word of the MSP"))
    with scoped(seeing(acme, "tests.view")):
        assert titles("shared") == ["Shared word"]
    with scoped(seeing(acme)):
        assert titles("shared") == []


def test_row_level_security_alone_hides_birch(acme: Client, birch: Client) -> None:
    with scoped(system_scope("tests")):
        index_many([document(acme, title="Shared"), document(birch, title="Shared")])
    with scoped(seeing(acme, "tests.view")), connection.cursor() as cursor:
        cursor.execute("select client_id from search_searchdocument where words @@ 'shared'::tsquery")
        assert cursor.fetchall() == [(acme.pk,)]


def test_nothing_is_written_for_a_client_outside_the_scope(acme: Client, birch: Client) -> None:
    with scoped(seeing(acme)):
        with pytest.raises(ForeignClient):
            index_record(document(birch))
        with pytest.raises(ProgrammingError, match="row-level security"), transaction.atomic():
            SearchDocument.objects.bulk_create(
                [SearchDocument(client=birch, kind=KIND, record_uid=birch.uid, title="x", words="'x':1")]
            )


def test_the_last_word_on_a_record_counts(acme: Client) -> None:
    with scoped(system_scope("tests")):
        index_many([document(acme, title="First"), document(acme, title="Second")])
        index_record(document(acme, title="Third"))
        assert (titles("first"), titles("second"), titles("third")) == ([], [], ["Third"])
        assert SearchDocument.objects.count() == 1
        drop_record(record_ref(acme))
        assert titles("third") == []


def test_a_document_whose_record_is_gone_is_not_shown(acme: Client) -> None:
    with scoped(system_scope("tests")):
        index_record(Document(RecordRef(KIND, acme.uid), acme.pk, "Ghost"))
        Client.objects.filter(pk=acme.pk).update(uid="00000000-0000-7000-8000-000000000000")
        assert titles("ghost") == []


def test_the_index_is_built_anew_and_loses_what_is_there_no_more(acme: Client, birch: Client) -> None:
    register_search(KIND, lambda: [document(acme, title="Rebuilt")])
    with scoped(system_scope("tests")):
        index_many([document(acme, title="Old"), document(birch, title="Stale")])
        assert rebuild(KIND) == 1
        assert (titles("old"), titles("stale"), titles("rebuilt")) == ([], [], ["Rebuilt"])
    with scoped(seeing(acme)), pytest.raises(ForeignClient):
        rebuild(KIND)
