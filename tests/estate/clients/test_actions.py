# SPDX-License-Identifier: Apache-2.0
from typing import Any

import pytest

from steward.core.access.public import Denied, Refused, Role
from steward.core.audit.public import Entry
from steward.core.identity.public import User
from steward.core.search.public import find
from steward.core.tenancy.public import Client
from steward.estate.clients import queries
from steward.estate.clients.actions import (
    client_archive,
    client_create,
    client_edit,
    client_restore,
    contact_archive,
    contact_create,
    contact_edit,
    contact_erase,
    site_archive,
    site_create,
    site_edit,
)
from steward.estate.clients.models import ClientProfile, Contact
from tests.fixtures.actors import Acting, make_person

PROFILE: dict[str, Any] = {
    "legal_name": "Delta Gıda A.Ş.", "language": "tr", "timezone": "Europe/Istanbul", "criticality": "high",
    "criticality_reason": "The cold store", "account_manager": None,
}  # fmt: skip


@pytest.fixture
def delta(omar: User, acting: Acting) -> Client:
    with acting(omar) as actor:
        return client_create(actor=actor, name="Delta Foods", notes="Ring twice.", **PROFILE)


@pytest.mark.django_db
class TestClients:
    def test_a_client_is_taken_on_with_what_is_known_of_it(self, delta: Client, omar: User, acting: Acting) -> None:
        with acting(omar):
            profile = queries.profile("delta-foods")
            assert (profile.legal_name, profile.timezone, profile.criticality) == (
                "Delta Gıda A.Ş.",
                "Europe/Istanbul",
                "high",
            )
            assert Entry.objects.filter(kind="clients.client.create").count() == 1
            assert [hit.title for hit in find("gıda", kinds=["clients.client"])] == ["Delta Foods"]

    @pytest.mark.parametrize(
        ("fields", "field"),
        [
            ({"name": " "}, "name"),
            ({"name": "Delta Foods"}, "slug"),
            ({"name": "日本"}, "slug"),
            ({"name": "New"}, "slug"),
            ({"name": "x", "slug": "Not Good"}, "slug"),
            ({"name": "x", "timezone": "Nowhere"}, "timezone"),
            ({"name": "x", "language": "xx"}, "language"),
            ({"name": "x", "criticality": "huge"}, "criticality"),
            ({"name": "x" * 121}, "name"),
        ],
    )
    def test_bad_input_is_refused_naming_the_field(
        self, delta: Client, omar: User, acting: Acting, fields: dict[str, str], field: str
    ) -> None:
        with acting(omar) as actor:
            before = Client.objects.count()
            with pytest.raises(Refused) as refused:
                client_create(actor=actor, **fields)
            assert refused.value.field == field
            assert Client.objects.count() == before

    def test_only_staff_can_manage_an_account(self, delta: Client, omar: User, alice: User, acting: Acting) -> None:
        with acting(omar) as actor, pytest.raises(Refused) as refused:
            client_edit(delta, actor=actor, name="Delta", **(PROFILE | {"account_manager": alice}))
        assert refused.value.field == "account_manager"

    def test_an_edit_keeps_the_notes_unless_told(self, delta: Client, omar: User, acting: Acting) -> None:
        with acting(omar) as actor:
            client_edit(delta, actor=actor, name="Delta", **(PROFILE | {"account_manager": omar}))
            profile = queries.profile("delta-foods")
            assert (profile.client.name, profile.notes, profile.account_manager) == ("Delta", "Ring twice.", omar)
            entry = Entry.objects.get(kind="clients.client.edit")
            assert entry.params["changed"] == {"name": ["Delta Foods", "Delta"], "account_manager_id": [None, omar.pk]}

    def test_a_client_goes_and_comes_back_with_a_reason(self, delta: Client, omar: User, acting: Acting) -> None:
        with acting(omar) as actor:
            with pytest.raises(Refused):
                client_archive(delta, actor=actor, reason=" ")
            client_archive(delta, actor=actor, reason="contract ended")
            with pytest.raises(Refused):
                client_archive(delta, actor=actor, reason="again")
            assert client_restore(delta, actor=actor).state == Client.State.ACTIVE

    def test_somebody_who_sees_chosen_clients_takes_on_no_new_one(self, acting: Acting) -> None:
        limited = make_person("Lena Limited", Role.SERVICE_MANAGER, all_clients=False)
        with acting(limited) as actor, pytest.raises(Refused):
            client_create(actor=actor, name="Epsilon")

    def test_a_technician_may_not(self, tess: User, acting: Acting) -> None:
        with acting(tess) as actor, pytest.raises(Denied):
            client_create(actor=actor, name="Epsilon")


@pytest.mark.django_db
class TestSites:
    def test_a_site_is_added_changed_and_given_up(self, delta: Client, tess: User, omar: User, acting: Acting) -> None:
        with acting(tess) as actor:
            site = site_create(delta, actor=actor, name="Gebze plant", country="tr")
            assert site.country == "TR"
            site_edit(site, actor=actor, name="Gebze", city="Gebze")
            with pytest.raises(Refused) as refused:
                site_create(delta, actor=actor, name="gebze")
            assert refused.value.field == "name"
            assert find("gebze")
        with acting(omar) as actor:
            site_archive(site, actor=actor)
            assert list(queries.sites(delta)) == []
            assert not find("gebze")
            assert site_create(delta, actor=actor, name="Gebze").pk != site.pk


@pytest.mark.django_db
class TestContacts:
    def test_a_contact_needs_a_way_to_be_reached(self, delta: Client, tess: User, acting: Acting) -> None:
        with acting(tess) as actor, pytest.raises(Refused) as refused:
            contact_create(delta, actor=actor, name="Derya Şahin")
        assert refused.value.field == "email"

    @pytest.mark.parametrize(
        ("fields", "field"),
        [
            ({"email": "derya"}, "email"),
            ({"phone": "xx"}, "phone"),
            ({"roles": ["king"], "phone": "12345"}, "roles"),
            ({"email": "DERYA@delta.example"}, "email"),
        ],
    )
    def test_bad_input_is_refused_naming_the_field(
        self, delta: Client, tess: User, acting: Acting, fields: dict[str, Any], field: str
    ) -> None:
        with acting(tess) as actor:
            contact_create(delta, actor=actor, name="Derya Şahin", email="derya@delta.example")
            with pytest.raises(Refused) as refused:
                contact_create(delta, actor=actor, name="Another", **fields)
        assert refused.value.field == field

    def test_the_audit_tells_which_fields_changed_and_no_personal_data(
        self, delta: Client, tess: User, acting: Acting
    ) -> None:
        with acting(tess) as actor:
            contact = contact_create(delta, actor=actor, name="Derya Şahin", email="derya@delta.example")
            contact_edit(contact, actor=actor, name="Derya Kaya", email="derya@delta.example", roles=["main"])
            told = str([entry.params for entry in Entry.objects.filter(kind__startswith="clients.contact")])
        assert "'fields': ['name', 'roles']" in told
        assert "Derya" not in told
        assert "delta.example" not in told

    def test_erasing_blanks_the_row_and_keeps_it(self, delta: Client, omar: User, acting: Acting) -> None:
        with acting(omar) as actor:
            contact = contact_create(
                delta, actor=actor, name="Derya Şahin", email="derya@delta.example", phone="+90 212 555 01 02"
            )
            contact_archive(contact, actor=actor)
            contact_erase(contact, actor=actor)
            row = Contact.objects.filter(pk=contact.pk).values().get()
            assert "Derya" not in str(row)
            assert "555 01 02" not in str(row)
            assert not find("derya")
            with pytest.raises(Refused):
                contact_edit(row_of(contact), actor=actor, name="Somebody", email="x@y.example")

    def test_whom_to_reach_first_stands_first(self, delta: Client, tess: User, acting: Acting) -> None:
        with acting(tess) as actor:
            for name, roles in (("Aylin", []), ("Burak", ["emergency"]), ("Cem", ["main"])):
                contact_create(delta, actor=actor, name=name, roles=roles, phone="+90 212 555 01 02")
            assert [each.name for each in queries.contacts_of(delta)] == ["Cem", "Burak", "Aylin"]


def row_of(contact: Contact) -> Contact:
    return Contact.objects.get(pk=contact.pk)


@pytest.mark.django_db
def test_bob_sees_nothing_of_acme(acme: Client, alice: User, bob: User, omar: User, acting: Acting) -> None:
    with acting(omar) as actor:
        ClientProfile.objects.create(client=acme)
        contact_create(acme, actor=actor, name="Derya Şahin", phone="+90 212 555 01 02")
        site_create(acme, actor=actor, name="Felixstowe")
    with acting(alice):
        assert queries.profile("acme").contact_count == 1
        assert len(find("felix")) == 1
    with acting(bob):
        assert not queries.profiles().filter(client=acme).exists()
        assert not queries.contacts().exists()
        assert not find("felix")
        with pytest.raises(ClientProfile.DoesNotExist):
            queries.profile("acme")
