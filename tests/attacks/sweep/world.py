# SPDX-License-Identifier: Apache-2.0
"""Acme with one of everything, each marked with a canary; and which record each part of a route stands for, by hand."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from io import BytesIO
from typing import Any
from uuid import UUID, uuid4

from django.db import transaction
from django.utils import timezone

from steward.business.reports.filing import file_pdfs
from steward.business.reports.mailing import mail_revision
from steward.business.reports.models import (
    CountedRow,
    Report,
    ReportPlan,
    ReportRecipient,
    ReportState,
    Revision,
)
from steward.core.access.public import Role, actor_for, scope_for, token_mint
from steward.core.approvals.models import Approval
from steward.core.files.public import register_file_kind, store_file
from steward.core.identity.public import ExternalIdentity, OidcProvider, User, sessions_of
from steward.core.notify.models import Channel, Delivery, InboxItem, MailIdentity, Notice
from steward.core.operations.models import Operation
from steward.core.records.public import next_number, record_ref
from steward.core.tenancy.public import Actor, Client, scoped
from steward.core.ui.models import SavedView
from steward.core.webhooks.public import Endpoint, endpoint_add, endpoint_test
from steward.desk.oncall.actions import NewStep, page_open, policy_create, roster_create
from steward.desk.tickets.actions import Attached, queue_create, ticket_open, ticket_reply, ticket_write_note
from steward.desk.tickets.models import Attachment, Ticket
from steward.estate.agents.actions import tokens as agent_tokens
from steward.estate.agents.models import Agent
from steward.estate.assets.actions import asset_create, relation_add
from steward.estate.clients.actions import client_create, contact_create, site_create
from steward.promises.agreements.public import AgreementTerms, agreement_create
from steward.promises.sla.models import SlaCalendar
from steward.promises.sla.public import usual_policy
from steward.watch.alerts.actions import maintenance_begin
from steward.watch.alerts.models import Alert
from steward.watch.monitoring.actions import check_create, override_set, rule_create
from tests.fixtures.actors import make_person
from tests.fixtures.sign_in import known_session

CANARY = "Kanarya7431"
FILE_KIND = "tests.sweep"
register_file_kind(FILE_KIND, types=frozenset({"text/plain"}), max_bytes=1000, permission="assets.view")


@dataclass
class World:
    """What Acme has. Everything carries the canary in its name."""

    client: Client
    alice: User
    site: Any
    contact: Any
    asset: Any
    other: Any
    relation: Any
    agent: Any
    token: Any
    operation: Any
    channel: Any
    delivery: Any
    sender: Any
    told: Any
    webhook: Any
    webhook_message: Any
    provider: Any
    identity: Any
    approval: Any
    file: Any
    view: Any
    api_token: Any
    session: Any
    roster: Any
    policy: Any
    page: Any
    agreement: Any
    calendar: Any
    promise: Any
    alert: Any
    maintenance: Any
    look: Any
    rule: Any
    override: Any
    ticket: Any
    attachment: Any
    queue: Any
    report: Any


def build(olga: User) -> World:
    """Acme, made by Olga through the product's own writes where there are any."""
    with scoped(scope_for(olga)), transaction.atomic():
        actor = actor_for(olga)
        client = client_create(actor=actor, name=f"Acme {CANARY}", slug="acme", notes=CANARY)
    alice = make_person(f"Alice {CANARY}", Role.CLIENT_ADMIN, client=client)
    known_session(alice)
    with scoped(scope_for(olga)), transaction.atomic():
        webhook = _webhook(client, actor)
        provider = OidcProvider.objects.create(
            name="Entra", issuer="https://login.example", client_id="steward", sealed_secret="x"
        )
        site = site_create(client, actor=actor, name=f"Harbour {CANARY}")
        contact = contact_create(client, actor=actor, name=f"Carol {CANARY}", email=f"carol.{CANARY}@acme.example")
        asset = asset_create(client, actor=actor, name=f"sql-{CANARY}", kind="virtual_server", site=site)
        other = asset_create(client, actor=actor, name=f"hv-{CANARY}", kind="virtual_server")
        token = agent_tokens.token_mint(
            client,
            actor=actor,
            name=f"Rollout {CANARY}",
            expires_at=timezone.now() + timedelta(days=1),
            max_uses=9,
            pre_approved=False,
        ).token
        roster = roster_create(
            actor=actor,
            name="Nights",
            zone="UTC",
            unit="weeks",
            length=1,
            handover=time(8),
            starts_on=datetime.now(UTC).date() - timedelta(days=3),
            people=[olga],
        )
        policy = policy_create(
            actor=actor,
            name="Nights",
            rounds=1,
            is_default=True,
            steps=[NewStep(roster, 300), NewStep(Role.OWNER, 300)],
        )
        promise = usual_policy(actor=actor, timezone="UTC")
        assert promise is not None
        silent = rule_create(actor=actor, name="Silent", kind="silent", severity="major", config={})
        ticket, attachment = _ticket(client, asset, contact, actor)
        return World(
            client=client,
            alice=alice,
            site=site,
            contact=contact,
            asset=asset,
            other=other,
            relation=relation_add(asset, actor=actor, kind="runs_on", target=other),
            agent=Agent.objects.create(client=client, hostname=f"sql-{CANARY}", public_key=b"k" * 32, token=token),
            token=token,
            operation=Operation.objects.create(client=client, owner=olga, kind="tests.work", params={"note": CANARY}),
            channel=Channel.objects.create(client=client, name=f"Chat {CANARY}", service="json", sealed_url="x"),
            delivery=_delivery(client),
            sender=MailIdentity.objects.create(client=client, name=CANARY, address=f"{CANARY}@acme.example"),
            told=_told(olga, asset),
            webhook=webhook,
            provider=provider,
            identity=ExternalIdentity.objects.create(provider=provider, subject="alice", person=alice),
            webhook_message=endpoint_test(webhook, actor=actor),
            approval=Approval.objects.create(
                client=client,
                kind="tests.sweep",
                asked_by=None,
                params={"note": CANARY},
                record_kind="assets.asset",
                record_uid=asset.uid,
                permission="clients.edit",
                expires_at=timezone.now() + timedelta(days=1),
            ),
            file=store_file(client, f"plan-{CANARY}.txt", BytesIO(CANARY.encode()), FILE_KIND),
            view=SavedView.objects.create(owner=alice, table="assets.assets", name=CANARY, state={"q": CANARY}),
            api_token=token_mint(
                actor=actor,
                name=f"Script {CANARY}",
                permissions=["assets.view"],
                clients=None,
                expires_at=timezone.now() + timedelta(days=1),
            ),
            session=sessions_of(alice)[0],
            roster=roster,
            policy=policy,
            page=page_open(
                client, record_ref(asset), actor=actor, key="sweep", kind="oncall.by_hand", params={"text": CANARY}
            ),
            agreement=agreement_create(
                client,
                actor=actor,
                title=f"Managed services {CANARY}",
                timezone="UTC",
                starts_on=datetime.now(UTC).date(),
                terms=AgreementTerms(promise, scope=CANARY),
            ),
            calendar=SlaCalendar.objects.get(name="Office hours"),
            promise=promise,
            alert=_noticed(client, asset),
            maintenance=maintenance_begin(
                client, actor=actor, asset=other, ends_at=timezone.now() + timedelta(hours=1), reason=CANARY
            ),
            look=check_create(
                asset,
                actor=actor,
                kind="tcp",
                name=f"Intranet {CANARY}",
                interval_seconds=60,
                timeout_seconds=5,
                config={"host": "intranet.example", "port": 443},
            ),
            rule=silent,
            override=override_set(
                silent,
                client,
                actor=actor,
                asset=asset,
                enabled=True,
                severity="minor",
                config={"after_seconds": 600},
                reason=CANARY,
            ),
            ticket=ticket,
            attachment=attachment,
            queue=queue_create(actor=actor, name="Network"),
            report=_report(client, asset, contact),
        )


def _report(client: Client, asset: Any, contact: Any) -> Report:
    """An issued one with its files, mailed to a contact; nothing was measured, so that no store is needed."""
    report = Report.objects.create(
        client=client, number=next_number("RP"), month=date(2026, 1, 1), timezone="UTC", state=ReportState.ISSUED
    )
    figure = {"slug": "all", "value": 1, "n": 1, "unit": "count"}
    content = {
        "version": 1, "month": "2026-01", "zone": "UTC", "client": CANARY, "agreement": CANARY,
        "sections": [{"slug": "incidents", "figures": [figure], "facts": {}, "fault": ""}],
    }  # fmt: skip
    now = timezone.now()
    revision = Revision.objects.create(
        client=client, report=report, n=1, state=ReportState.ISSUED, content=content, sha256="", reason=CANARY,
        counted_at=now, issued_at=now,
    )  # fmt: skip
    CountedRow.objects.create(
        client=client, revision=revision, figure="incidents.all", record_kind="assets.asset", record_uid=asset.uid,
        number="A-1", label=CANARY, facts={"priority": "P1"},
    )  # fmt: skip
    file_pdfs(revision)
    plan = ReportPlan.objects.create(client=client)
    ReportRecipient.objects.create(client=client, plan=plan, contact=contact)
    mail_revision(revision)
    return report


def _ticket(client: Client, asset: Any, contact: Any, actor: Actor) -> tuple[Ticket, Attachment]:
    """One with a public reply, and an internal note that has a file."""
    made = ticket_open(
        actor=actor,
        client=client,
        kind="incident",
        summary=f"Mail is late {CANARY}",
        description=CANARY,
        impact=2,
        urgency=2,
        asset=asset,
        requester=contact,
        source="console",
        linked=[record_ref(asset)],
    )
    ticket_reply(actor=actor, ticket=made, body=f"We look into it, {CANARY}")
    file = Attached(f"log-{CANARY}.txt", BytesIO(CANARY.encode()))
    note = ticket_write_note(actor=actor, ticket=made, body=CANARY, files=[file])
    return made, note.attachments.get()


def _noticed(client: Client, asset: Any) -> Alert:
    return Alert.objects.create(
        client=client,
        number="AL-4242",
        fingerprint="sweep",
        kind="tests.sweep",
        topic=CANARY,
        params={"note": CANARY},
        severity="major",
        asset=asset,
    )


def _delivery(client: Client) -> Delivery:
    notice = Notice.objects.create(
        client=client,
        kind="notify.test",
        language="en",
        params={"note": CANARY},
        address=f"x@{CANARY}.example",
        address_name=CANARY,
    )
    return Delivery.objects.create(client=client, notice=notice, way="mail", state="failed", message_id=f"<1@{CANARY}>")


def _webhook(client: Client, actor: Actor) -> Endpoint:
    made, _key = endpoint_add(
        actor=actor,
        client=client,
        name=f"Flow {CANARY}",
        url=f"https://{CANARY}.example/",
        events=["assets.asset_created"],
    )
    return made


def _told(person: User, asset: Any) -> InboxItem:
    """What one person was told about Acme: nobody else has a page of it, whatever their rights."""
    params = {"approval": "assets.asset:" + str(asset.uid), "record": CANARY}
    return InboxItem.objects.create(person=person, kind="approvals.asked", params=params)


# Which record a part of an address stands for, by the beginning of the route's name; the longest that fits decides.
# A new route with parts needs a line here: the sweep fails without.
SPECIMENS: dict[str, Callable[[World], dict[str, object]]] = {
    "assets.": lambda w: {"number": w.asset.number, "uid": w.relation.uid, "chart": "processor"},
    "agents.history": lambda w: {"number": w.asset.number},
    "agents.inventory": lambda w: {"number": w.asset.number},
    "agents.": lambda w: {"uid": w.agent.uid, "slug": w.client.slug},
    "agents.token": lambda w: {"uid": w.token.uid},
    "clients.": lambda w: {"slug": w.client.slug, "uid": w.site.uid},
    "clients.contact": lambda w: {"slug": w.client.slug, "uid": w.contact.uid},
    "api.me.": lambda w: {"uid": w.session.uid},
    "ui.approval": lambda w: {"uid": w.approval.uid},
    "api.approvals": lambda w: {"uid": w.approval.uid},
    "ui.channel": lambda w: {"uid": w.channel.uid},
    "ui.notification": lambda w: {"uid": w.delivery.uid},
    "ui.sender": lambda w: {"uid": w.sender.uid},
    "ui.webhook_message": lambda w: {"uid": w.webhook_message.uid},
    "ui.webhook": lambda w: {"uid": w.webhook.uid},
    "ui.sign_in_provider": lambda w: {"uid": w.provider.uid},
    "ui.inbox": lambda w: {"uid": w.told.uid},
    "ui.operation": lambda w: {"uid": w.operation.uid},
    "ui.person": lambda w: {"uid": w.alice.uid},
    "ui.job": lambda w: {"number": 424242},
    "ui.card": lambda w: {"kind": "assets.asset", "uid": w.asset.uid},
    "api.agents": lambda w: {"uid": w.agent.uid},
    "api.enrolment-tokens": lambda w: {"uid": w.token.uid},
    "api.assets": lambda w: {"uid": w.asset.uid, "relation": w.relation.uid, "chart": "processor"},
    "api.clients": lambda w: {"slug": w.client.slug, "uid": w.site.uid},
    "api.contacts": lambda w: {"uid": w.contact.uid},
    "api.people": lambda w: {"uid": w.alice.uid, "link": w.identity.uid},
    "api.operations": lambda w: {"uid": w.operation.uid},
    "api.notifications": lambda w: {"uid": w.delivery.uid},
    "api.senders": lambda w: {"uid": w.sender.uid},
    "api.webhook-messages": lambda w: {"uid": w.webhook_message.uid},
    "api.webhooks": lambda w: {"uid": w.webhook.uid},
    "api.sign-in-providers": lambda w: {"uid": w.provider.uid},
    "api.inbox": lambda w: {"uid": w.told.uid},
    "agreements.": lambda w: {"number": w.agreement.number},
    "api.agreements": lambda w: {"number": w.agreement.number},
    "sla.policy": lambda w: {"uid": w.promise.uid},
    "sla.calendar": lambda w: {"uid": w.calendar.uid},
    "api.sla/policies": lambda w: {"uid": w.promise.uid},
    "api.sla/calendars": lambda w: {"uid": w.calendar.uid},
    "reports.": lambda w: {"number": w.report.number},
    "reports.revision": lambda w: {"number": w.report.number, "n": 1},
    "reports.pdf": lambda w: {"number": w.report.number, "n": 1},
    "reports.plan": lambda w: {"slug": w.client.slug},
    "api.reports": lambda w: {"number": w.report.number},
    "api.report-plans": lambda w: {"slug": w.client.slug},
    "alerts.": lambda w: {"number": w.alert.number},
    "alerts.maintenance_new": lambda w: {"number": w.asset.number},
    "alerts.maintenance_end": lambda w: {"uid": w.maintenance.uid},
    "api.alerts": lambda w: {"number": w.alert.number},
    "monitoring.check": lambda w: {"number": w.look.number},
    "monitoring.looks": lambda w: {"number": w.look.number},
    "monitoring.rule": lambda w: {"uid": w.rule.uid},
    "monitoring.rule_new": lambda _: {"kind": "silent"},
    "monitoring.check_new": lambda w: {"number": w.asset.number, "kind": "tcp"},
    "monitoring.asset_override": lambda w: {"number": w.asset.number, "uid": w.rule.uid},
    "monitoring.client_override": lambda w: {"slug": w.client.slug, "uid": w.rule.uid},
    "api.rules": lambda w: {"uid": w.rule.uid, "override": w.override.uid},
    "api.checks": lambda w: {"number": w.look.number},
    "api.maintenance": lambda w: {"uid": w.maintenance.uid},
    "tickets.": lambda w: {"number": w.ticket.number},
    "tickets.attachment": lambda w: {"number": w.ticket.number, "uid": w.attachment.uid},
    "tickets.queue_change": lambda w: {"uid": w.queue.uid},
    "api.tickets": lambda w: {"number": w.ticket.number},
    "api.ticket-queues": lambda w: {"uid": w.queue.uid},
    "oncall.page_record": lambda w: {"number": w.page.number},
    "oncall.roster": lambda w: {"uid": w.roster.uid},
    "oncall.override_new": lambda w: {"uid": w.roster.uid},
    "oncall.policy_change": lambda w: {"uid": w.policy.uid},
    # Whoever has the right key is meant to see it; tests of its own look at that.
    # Providers stand on the page to sign in, for everybody to see; tests of their own look at what they lead to.
    "oidc_": lambda _: {"uid": UUID(int=7)},
    "oncall.answer": lambda w: {"key": "nobody-has-this"},
    "api.pages": lambda w: {"number": w.page.number},
    "api.rosters": lambda w: {"uid": w.roster.uid, "override": w.page.uid},
    "api.escalations": lambda w: {"uid": w.policy.uid},
}
# Records that are the MSP's own and no client's: all of its staff who hold the permission see them, however few clients they see.
OF_THE_MSP = (
    "ui.sign_in_provider",
    "api.sign-in-providers",
    "oncall.roster",
    "oncall.override_new",
    "oncall.policy_change",
    "api.rosters",
    "api.escalations",
    "tickets.queue_change",
    "api.ticket-queues",
    "sla.",
    "api.sla/",
    "monitoring.rule",
    "api.rules",
)
VIEWS: Callable[[World], dict[str, object]] = lambda w: {"uid": w.view.uid}  # noqa: E731  (a line of the table above)


def specimen_of(name: str, world: World) -> dict[str, object] | None:
    """Acme's record for a route; None when nobody has said which."""
    if name.endswith(".view-delete"):
        return VIEWS(world)
    fitting = [prefix for prefix in SPECIMENS if name.startswith(prefix)]
    return SPECIMENS[max(fitting, key=len)](world) if fitting else None


def nobody(values: dict[str, object]) -> dict[str, object]:
    """The same parts, of records that don't exist."""
    missing: dict[str, object] = {}
    for name, value in values.items():
        if name in ("chart", "kind", "n"):
            missing[name] = value
        elif name == "number":
            missing[name] = 999_999_999 if isinstance(value, int) else "A-999999"
        else:
            missing[name] = "nobody-has-this" if name == "slug" else uuid4()
    return missing
