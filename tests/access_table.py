# SPDX-License-Identifier: Apache-2.0
"""Who may do what, kept by hand: what the product must answer, not what it answers. Whoever adds a permission or a write adds
its line here; the tests compare every role with every line, and a line too few or too many fails."""

from collections.abc import Mapping
from typing import Final

from steward.core.access.public import Role

COLUMNS: Final[Mapping[str, Role]] = {
    "ow": Role.OWNER,
    "sm": Role.SERVICE_MANAGER,
    "di": Role.DISPATCHER,
    "l1": Role.TECHNICIAN_L1,
    "l2": Role.TECHNICIAN_L2,
    "l3": Role.TECHNICIAN_L3,
    "se": Role.SECURITY_ANALYST,
    "bi": Role.BILLING,
    "au": Role.AUDITOR,
    "ca": Role.CLIENT_ADMIN,
    "cp": Role.CLIENT_APPROVER,
    "cu": Role.CLIENT_USER,
}

PERMISSIONS: Final = """
                         ow sm di l1 l2 l3 se bi au ca cp cu
agents.approve           x  x  .  .  x  x  .  .  .  .  .  .
agents.enrol             x  x  .  .  x  x  .  .  .  .  .  .
agents.intake            x  .  .  .  .  .  .  .  .  .  .  .
agents.preapprove        x  .  .  .  .  .  .  .  .  .  .  .
agents.revoke            x  x  .  .  x  x  x  .  .  .  .  .
agents.view              x  x  x  x  x  x  x  x  x  x  .  .
agreements.manage        x  x  .  .  .  .  .  .  .  .  .  .
agreements.view          x  x  x  x  x  x  x  x  x  x  x  .
agreements.drafts_view   x  x  x  x  x  x  x  x  x  .  .  .
alerts.maintain          x  x  x  x  x  x  x  .  .  .  .  .
alerts.raise             x  .  .  .  .  .  .  .  .  .  .  .
alerts.view              x  x  x  x  x  x  x  x  x  .  .  .
alerts.work              x  x  x  x  x  x  x  .  .  .  .  .
approvals.decide         x  x  x  x  x  x  x  x  .  x  x  .
approvals.manage         x  x  .  .  .  .  .  .  .  .  .  .
approvals.view           x  x  x  x  x  x  x  x  x  x  x  .
assets.archive           x  x  .  .  .  x  .  .  .  .  .  .
assets.discover          x  .  .  .  .  .  .  .  .  .  .  .
assets.edit              x  x  x  x  x  x  x  .  .  .  .  .
assets.view              x  x  x  x  x  x  x  x  x  x  x  x
audit.view               x  x  .  .  .  .  x  .  x  .  .  .
clients.archive          x  x  .  .  .  .  .  .  .  .  .  .
clients.create           x  x  .  .  .  .  .  .  .  .  .  .
clients.edit             x  x  x  x  x  x  .  .  .  .  .  .
clients.erase            x  x  .  .  .  .  .  .  .  .  .  .
clients.notes_view       x  x  x  x  x  x  x  x  x  .  .  .
clients.view             x  x  x  x  x  x  x  x  x  x  x  x
jobs.manage              x  x  .  .  .  .  .  .  .  .  .  .
jobs.view                x  x  .  .  .  .  .  .  x  .  .  .
monitoring.manage        x  x  .  .  .  .  .  .  .  .  .  .
monitoring.override      x  x  .  .  x  x  .  .  .  .  .  .
monitoring.view          x  x  x  x  x  x  x  x  x  .  .  .
notify.manage            x  x  .  .  .  .  .  .  .  .  .  .
notify.view              x  x  x  .  .  .  .  .  x  .  .  .
oncall.acknowledge       x  x  x  x  x  x  x  .  .  .  .  .
oncall.manage            x  x  .  .  .  .  .  .  .  .  .  .
oncall.override          x  x  x  x  x  x  x  .  .  .  .  .
oncall.page              x  x  x  x  x  x  x  .  .  .  .  .
oncall.view              x  x  x  x  x  x  x  x  x  .  .  .
operations.cancel        x  x  x  x  x  x  x  x  .  x  x  x
operations.manage        x  x  .  .  .  .  .  .  .  .  .  .
operations.own_view      x  x  x  x  x  x  x  x  x  x  x  x
operations.view          x  x  .  .  .  .  .  .  x  .  .  .
people.erase             x  .  .  .  .  .  .  .  .  .  .  .
people.manage            x  x  .  .  .  .  .  .  .  x  .  .
people.sign_in_manage    x  .  .  .  .  .  .  .  .  .  .  .
people.sign_in_view      x  x  .  .  .  .  .  .  x  .  .  .
people.view              x  x  x  x  x  x  x  x  x  x  .  .
recovery.manage          x  .  .  .  .  .  .  .  .  .  .  .
recovery.run             x  x  .  .  .  .  .  .  .  .  .  .
recovery.view            x  x  .  .  .  .  .  .  x  .  .  .
reports.drafts_view      x  x  x  x  x  x  x  x  x  .  .  .
reports.make             x  x  .  .  .  .  .  .  .  .  .  .
reports.plan             x  x  .  .  .  .  .  .  .  .  .  .
reports.view             x  x  x  x  x  x  x  x  x  x  x  .
sla.manage               x  x  .  .  .  .  .  .  .  .  .  .
sla.view                 x  x  x  x  x  x  x  x  x  .  .  .
tickets.manage           x  x  .  .  .  .  .  .  .  .  .  .
tickets.note             x  x  x  x  x  x  x  .  .  .  .  .
tickets.notes_view       x  x  x  x  x  x  x  x  x  .  .  .
tickets.open             x  x  x  x  x  x  x  .  .  .  .  .
tickets.reply            x  x  x  x  x  x  x  .  .  .  .  .
tickets.view             x  x  x  x  x  x  x  x  x  x  x  .
tickets.work             x  x  x  x  x  x  x  .  .  .  .  .
tokens.mint              x  x  x  x  x  x  x  x  .  x  .  .
ui.kit_view              x  x  .  .  .  .  .  .  x  .  .  .
ui.permissions_view      x  x  x  x  x  x  x  x  x  .  .  .
ui.views_share           x  x  x  x  x  x  x  x  .  .  .  .
webhooks.manage          x  x  .  .  .  .  .  .  .  .  .  .
webhooks.view            x  x  .  .  .  .  .  .  x  .  .  .
"""

ACTIONS: Final = """
access.people.clients_limit_set               people.manage
access.people.invitation_repeat               people.manage
access.people.person_activate                 people.manage
access.people.person_deactivate               people.manage
access.people.person_erase                    people.erase
access.people.person_invite                   people.manage
access.people.profile_set                     own
access.providers.identity_unlink              people.manage
access.providers.own_identity_unlink          own
access.providers.provider_add                 people.sign_in_manage
access.providers.provider_edit                people.sign_in_manage
access.providers.provider_switch              people.sign_in_manage
access.people.roles_set                       people.manage
access.sessions.own_session_end               own
access.sessions.own_sessions_end              own
access.sessions.session_revoke                people.manage
access.sessions.sessions_revoke               people.manage
access.tokens.token_mint                      tokens.mint
access.tokens.token_revoke                    tokens.mint
agents.actions.agents.agent_approve           agents.approve
agents.actions.agents.agent_interval          agents.approve
agents.actions.agents.agent_move              agents.approve
agents.actions.agents.agent_refuse            agents.approve
agents.actions.agents.agent_revoke            agents.revoke
agents.actions.assigning.agent_assign          agents.intake
agents.actions.enrolment.agent_enrol          agents.intake
agents.actions.inventories.inventory_compare  agents.intake
agents.actions.inventories.inventory_keep     agents.intake
agents.actions.tokens.token_mint              agents.enrol
agents.actions.tokens.token_revoke            agents.enrol
agreements.actions.agreement_activate         agreements.manage
agreements.actions.agreement_amend            agreements.manage
agreements.actions.agreement_create           agreements.manage
agreements.actions.agreement_end              agreements.manage
alerts.actions.alerts.alert_acknowledge       alerts.work
alerts.actions.alerts.alert_judge             alerts.work
alerts.actions.alerts.alert_resolve           alerts.work
alerts.actions.alerts.alert_snooze            alerts.work
alerts.actions.alerts.alert_wake              alerts.work
alerts.actions.maintenance.maintenance_begin  alerts.maintain
alerts.actions.maintenance.maintenance_end    alerts.maintain
alerts.actions.raising.alerts_clear           alerts.raise
alerts.actions.raising.alerts_raise           alerts.raise
alerts.actions.raising.alerts_seen            alerts.raise
approvals.actions.decide                      approvals.decide
approvals.actions.withdraw                    own
assets.actions.asset_archive                  assets.archive
assets.actions.asset_create                   assets.edit
assets.actions.asset_discovered               assets.discover
assets.actions.asset_edit                     assets.edit
assets.actions.asset_restore                  assets.archive
assets.actions.relation_add                   assets.edit
assets.actions.relation_edit                  assets.edit
assets.actions.relation_remove                assets.edit
clients.actions.clients.client_archive        clients.archive
clients.actions.clients.client_create         clients.create
clients.actions.clients.client_edit           clients.edit
clients.actions.clients.client_restore        clients.archive
clients.actions.contacts.contact_archive      clients.archive
clients.actions.contacts.contact_create       clients.edit
clients.actions.contacts.contact_edit         clients.edit
clients.actions.contacts.contact_erase        clients.erase
clients.actions.sites.site_archive            clients.archive
clients.actions.sites.site_create             clients.edit
clients.actions.sites.site_edit               clients.edit
jobs.actions.dead_letter_drop                 jobs.manage
jobs.actions.dead_letter_rerun                jobs.manage
monitoring.actions.checks.check_archive       monitoring.override
monitoring.actions.checks.check_create        monitoring.override
monitoring.actions.checks.check_edit          monitoring.override
monitoring.actions.rules.override_remove      monitoring.override
monitoring.actions.rules.override_set         monitoring.override
monitoring.actions.rules.rule_archive         monitoring.manage
monitoring.actions.rules.rule_create          monitoring.manage
monitoring.actions.rules.rule_edit            monitoring.manage
monitoring.actions.rules.usual_rules          monitoring.manage
notify.actions.bounce_take                    notify.manage
notify.actions.channel_add                    notify.manage
notify.actions.channel_edit                   notify.manage
notify.actions.channel_test                   notify.manage
notify.actions.delivery_retry                 notify.manage
notify.actions.inbox_read                     own
notify.actions.mail_identity_add              notify.manage
notify.actions.mail_identity_remove           notify.manage
notify.actions.mail_identity_set              notify.manage
notify.actions.mail_test                      notify.manage
notify.own.own_test                           own
notify.own.wishes_set                         own
oncall.actions.overrides.override_add         oncall.override
oncall.actions.overrides.override_remove      oncall.override
oncall.actions.pages.page_acknowledge         oncall.acknowledge
oncall.actions.pages.page_end                 oncall.acknowledge
oncall.actions.pages.page_open                oncall.page
oncall.actions.policies.policy_create         oncall.manage
oncall.actions.policies.policy_edit           oncall.manage
oncall.actions.rosters.roster_create          oncall.manage
oncall.actions.rosters.roster_edit            oncall.manage
operations.actions.cancel                     operations.cancel
recovery.actions.backup_plan_set              recovery.manage
recovery.actions.backup_start                 recovery.run
recovery.actions.backup_verify_start          recovery.run
reports.actions.plan_set                      reports.plan
reports.actions.report_discard                reports.make
reports.actions.report_draft                  reports.make
reports.actions.report_issue                  reports.make
reports.actions.report_mail                   reports.make
reports.actions.report_recount                reports.make
reports.actions.report_reissue                reports.make
sla.actions.calendars.calendar_archive        sla.manage
sla.actions.calendars.calendar_create         sla.manage
sla.actions.calendars.calendar_rename         sla.manage
sla.actions.calendars.calendar_restore        sla.manage
sla.actions.calendars.calendar_revise         sla.manage
sla.actions.policies.policy_archive           sla.manage
sla.actions.policies.policy_create            sla.manage
sla.actions.policies.policy_describe          sla.manage
sla.actions.policies.policy_restore           sla.manage
sla.actions.policies.policy_revise            sla.manage
tickets.actions.linking.ticket_link           tickets.work
tickets.actions.linking.ticket_unlink         tickets.work
tickets.actions.opening.ticket_open           tickets.open
tickets.actions.queues.queue_archive          tickets.manage
tickets.actions.queues.queue_create           tickets.manage
tickets.actions.queues.queue_edit             tickets.manage
tickets.actions.queues.queue_restore          tickets.manage
tickets.actions.talking.ticket_note           tickets.work
tickets.actions.talking.ticket_reply          tickets.reply
tickets.actions.talking.ticket_write_note     tickets.note
tickets.actions.working.ticket_assign         tickets.work
tickets.actions.working.ticket_edit           tickets.work
tickets.actions.working.ticket_reopen         tickets.work
tickets.actions.working.ticket_resolve        tickets.work
tickets.actions.working.ticket_set_status     tickets.work
ui.table.saved.delete_view                    own
ui.table.saved.save_view                      own
webhooks.actions.deliveries_replay            webhooks.manage
webhooks.actions.delivery_replay              webhooks.manage
webhooks.actions.endpoint_add                 webhooks.manage
webhooks.actions.endpoint_archive             webhooks.manage
webhooks.actions.endpoint_edit                webhooks.manage
webhooks.actions.endpoint_key_change          webhooks.manage
webhooks.actions.endpoint_switch              webhooks.manage
webhooks.actions.endpoint_test                webhooks.manage
"""


def expected_permissions() -> dict[str, frozenset[Role]]:
    """Each permission with the roles that hold it."""
    head, *lines = PERMISSIONS.strip("\n").splitlines()
    roles = [COLUMNS[name] for name in head.split()]
    found = {}
    for line in lines:
        code, *marks = line.split()
        assert len(marks) == len(roles), f"{code}: {len(marks)} marks for {len(roles)} roles"
        assert set(marks) <= {"x", "."}, code
        found[code] = frozenset(role for role, mark in zip(roles, marks, strict=True) if mark == "x")
    assert len(found) == len(lines), "a permission stands twice"
    return found


def expected_actions() -> dict[str, str]:
    """Each write with the permission that it asks for; "own" for what everybody may do about themselves."""
    lines = [line.split() for line in ACTIONS.strip().splitlines()]
    found = {line[0]: line[1] for line in lines}
    assert len(found) == len(lines), "a write stands twice"
    return found
