# SPDX-License-Identifier: Apache-2.0
"""What each route asks for, kept by hand: what the product must ask, not what it asks. Whoever adds a route adds its line; a line
too few or too many fails. A list's files (.csv, .yaml), saved views and bulk actions ask at least what the list asks.

`own` is whoever has signed in. "a+b" asks for both. The approval that the sweep tries was asked by somebody else and names
`clients.edit` as what its approvers hold: hence the two lines that ask for more than the page does."""

from typing import Final

ROUTES: Final = """
api.openapi                        GET own
api.me.me                          GET own                    PUT own
api.me.sessions_get                GET own
api.me.session_delete              DELETE own
api.people.activate_post           POST people.manage
api.people.clients_put             PUT people.manage
api.people.deactivate_post         POST people.manage
api.people.erase_post              POST people.erase
api.people.invitation_post         POST people.manage
api.people.link_delete             DELETE people.manage
api.people.list_ui_people          GET people.view             POST people.manage
api.people.person                  GET people.view
api.people.roles_put               PUT people.manage
api.people.sessions_delete         DELETE people.manage
api.audit.list_ui_audit            GET audit.view
api.jobs.list_ui_dead_jobs         GET jobs.view
api.inbox.list_ui_inbox            GET own
api.inbox.unread_get               GET own
api.inbox.read_all_post            POST own
api.inbox.read_post                POST own
api.me.wishes_get                  GET own                    PUT own
api.me.wishes_test_post            POST own
api.notifications.list_ui_deliveries    GET notify.view
api.notifications.delivery_get          GET notify.view
api.notifications.delivery_retry_post   POST notify.manage
api.notifications.bounce_post           POST notify.manage
api.senders.list_ui_senders        GET notify.view            POST notify.manage
api.senders.sender_get             GET notify.view            PUT notify.manage            DELETE notify.manage
api.senders.sender_test_post       POST notify.manage
api.sign-in-providers.list_ui_sign_in_providers GET people.sign_in_view POST people.sign_in_manage
api.sign-in-providers.provider_get GET people.sign_in_view    PUT people.sign_in_manage
api.sign-in-providers.provider_switch_post POST people.sign_in_manage
api.webhooks.list_ui_webhooks      GET webhooks.view          POST webhooks.manage
api.webhooks.webhook_get           GET webhooks.view          PUT webhooks.manage          DELETE webhooks.manage
api.webhooks.webhook_switch_post   POST webhooks.manage
api.webhooks.webhook_key_post      POST webhooks.manage
api.webhooks.webhook_test_post     POST webhooks.manage
api.webhooks.webhook_replay_post   POST webhooks.manage
api.webhook-messages.list_ui_webhook_messages GET webhooks.view
api.webhook-messages.message_get   GET webhooks.view
api.webhook-messages.message_replay_post POST webhooks.manage
api.recovery.list_ui_recovery      GET recovery.view          POST recovery.run
api.recovery.recovery_verify_post  POST recovery.run
api.recovery.recovery_plan_get     GET recovery.view          PUT recovery.manage
api.sla.explain_post               POST own
api.sla/calendars.list_sla_calendars    GET sla.view      POST sla.manage
api.sla/calendars.calendar_get          GET sla.view      PUT sla.manage
api.sla/calendars.calendar_version_post POST sla.manage
api.sla/calendars.calendar_archive_post POST sla.manage
api.sla/calendars.calendar_restore_post POST sla.manage
api.sla/policies.list_sla_policies      GET sla.view      POST sla.manage
api.sla/policies.policy_get             GET sla.view      PUT sla.manage
api.sla/policies.policy_version_post    POST sla.manage
api.sla/policies.policy_archive_post    POST sla.manage
api.sla/policies.policy_restore_post    POST sla.manage
api.agreements.list_agreements_agreements GET agreements.view  POST agreements.manage
api.agreements.agreement_get            GET agreements.view
api.agreements.agreement_activate_post  POST agreements.manage
api.agreements.agreement_version_post   POST agreements.manage
api.agreements.agreement_end_post       POST agreements.manage
api.rosters.rosters_get            GET oncall.view            POST oncall.manage
api.rosters.roster_get             GET oncall.view            PUT oncall.manage
api.rosters.override_post          POST oncall.override
api.rosters.override_delete        DELETE oncall.override
api.escalations.policies_get       GET oncall.view            POST oncall.manage
api.escalations.policy_put         PUT oncall.manage
api.tickets.list_tickets_tickets       GET tickets.view          POST tickets.open
api.tickets.ticket_get                 GET tickets.view          PUT tickets.work
api.tickets.assign_post                POST tickets.work
api.tickets.status_post                POST tickets.work
api.tickets.resolve_post               POST tickets.work
api.tickets.reopen_post                POST tickets.work
api.tickets.reply_post                 POST tickets.reply
api.tickets.note_post                  POST tickets.note
api.tickets.timeline_get               GET tickets.view
api.tickets.clock_get                  GET tickets.view
api.tickets.link_post                  POST tickets.work         DELETE tickets.work
api.ticket-queues.list_tickets_queues  GET tickets.manage        POST tickets.manage
api.ticket-queues.queue_put            PUT tickets.manage
api.pages.list_oncall_pages        GET oncall.view            POST oncall.page
api.pages.page_get                 GET oncall.view
api.pages.page_acknowledge_post    POST oncall.acknowledge
api.pages.page_end_post            POST oncall.acknowledge
api.reports.list_reports_reports   GET reports.view           POST reports.make
api.reports.list_reports_counted   GET reports.view
api.reports.report_get             GET reports.view
api.reports.report_recount_post    POST reports.make
api.reports.report_issue_post      POST reports.make
api.reports.report_reissue_post    POST reports.make
api.reports.report_discard_post    POST reports.make
api.reports.report_mail_post       POST reports.make
api.report-plans.list_reports_plans GET reports.plan
api.report-plans.plan_get          GET reports.plan           PUT reports.plan
api.alerts.list_alerts_alerts      GET alerts.view
api.alerts.alert_get               GET alerts.view
api.alerts.alert_acknowledge_post  POST alerts.work
api.alerts.alert_snooze_post       POST alerts.work
api.alerts.alert_resolve_post      POST alerts.work
api.alerts.alert_verdict_post      POST alerts.work
api.maintenance.maintenance_post   POST alerts.maintain
api.maintenance.maintenance_end_post POST alerts.maintain
api.rules.list_monitoring_rules    GET monitoring.view        POST monitoring.manage
api.rules.rule_kinds_get           GET monitoring.view
api.rules.rule_get                 GET monitoring.view        PUT monitoring.manage
api.rules.rule_archive_post        POST monitoring.manage
api.rules.override_put             PUT monitoring.override
api.rules.override_delete          DELETE monitoring.override
api.checks.list_monitoring_checks  GET monitoring.view        POST monitoring.override
api.checks.check_kinds_get         GET monitoring.view
api.checks.check_get               GET monitoring.view        PUT monitoring.override
api.checks.check_archive_post      POST monitoring.override
api.permissions.permissions_list   GET ui.permissions_view
api.clients.list_clients_clients   GET clients.view           POST clients.create
api.clients.client_get             GET clients.view           PUT clients.edit
api.clients.client_archive_post    POST clients.archive
api.clients.client_restore_post    POST clients.archive
api.clients.sites_get              GET clients.view           POST clients.edit
api.clients.contacts_get           GET clients.view           POST clients.edit
api.contacts.list_clients_contacts GET clients.view
api.assets.list_assets_assets      GET assets.view            POST assets.edit
api.assets.asset_get               GET assets.view            PUT assets.edit
api.assets.asset_archive_post      POST assets.archive
api.assets.asset_restore_post      POST assets.archive
api.assets.relations_get           GET assets.view            POST assets.edit
api.assets.relation_delete         DELETE assets.edit
api.agents.list_agents_agents      GET agents.view
api.agents.agent_get               GET agents.view
api.agents.agent_approve_post      POST agents.approve
api.agents.agent_refuse_post       POST agents.approve
api.agents.agent_revoke_post       POST agents.revoke
api.enrolment-tokens.list_agents_tokens GET agents.enrol      POST agents.enrol
api.enrolment-tokens.token_revoke_post  POST agents.enrol
ui.palette                         GET own
ui.undo                            POST own
ui.card                            GET own
ui.today                           GET own
ui.account                         GET own
ui.profile                         GET own                    POST own
ui.token_new                       GET tokens.mint            POST tokens.mint
ui.account.unlink                  POST own
ui.account.revoke-token            POST tokens.mint
ui.account.sign-out-others         POST own
ui.account.end-session             POST own
ui.api_reference                   GET own
ui.approvals_list                  GET approvals.view
ui.approval                        GET approvals.view
ui.approval_reject                 GET approvals.decide       POST approvals.decide
ui.approval.approve                POST approvals.view+approvals.decide+clients.edit
ui.approval.withdraw               POST approvals.view+approvals.manage
ui.audit_log                       GET audit.view
ui.jobs                            GET jobs.view
ui.job                             GET jobs.view
ui.job_drop                        GET jobs.manage            POST jobs.manage
ui.job.rerun                       POST jobs.view+jobs.manage
ui.kit                             GET ui.kit_view
ui.bell                            GET own
ui.inbox_list                      GET own
ui.inbox_list.read-all             POST own
ui.inbox_item                      GET own
ui.wishes                          GET own                    POST own
ui.wishes.test                     POST own
ui.notifications                   GET notify.view
ui.notification                    GET notify.view
ui.notification.again              POST notify.view+notify.manage
ui.senders                         GET notify.view
ui.sender_new                      GET notify.manage          POST notify.manage
ui.sender                          GET notify.manage          POST notify.manage
ui.sender.remove                   POST notify.manage
ui.sender.test                     POST notify.manage
ui.notifications.test-mail         POST notify.view+notify.manage
ui.channel_new                     GET notify.manage          POST notify.manage
ui.channel                         GET notify.manage          POST notify.manage
ui.channel.test                    POST notify.manage
ui.recovery                        GET recovery.view
ui.recovery.run                    POST recovery.view+recovery.run
ui.recovery.verify                 POST recovery.view+recovery.run
ui.recovery_plan                   GET recovery.manage        POST recovery.manage
ui.sign_in_providers               GET people.sign_in_view
ui.sign_in_provider_new            GET people.sign_in_manage  POST people.sign_in_manage
ui.sign_in_provider                GET people.sign_in_manage  POST people.sign_in_manage
ui.sign_in_provider.switch-on      POST people.sign_in_manage
ui.sign_in_provider.switch-off     POST people.sign_in_manage
ui.webhooks                        GET webhooks.view
ui.webhook_new                     GET webhooks.manage        POST webhooks.manage
ui.webhook                         GET webhooks.view
ui.webhook.test                    POST webhooks.view+webhooks.manage
ui.webhook.switch-on               POST webhooks.view+webhooks.manage
ui.webhook.switch-off              POST webhooks.view+webhooks.manage
ui.webhook.replay                  POST webhooks.view+webhooks.manage
ui.webhook.archive                 POST webhooks.view+webhooks.manage
ui.webhook_edit                    GET webhooks.manage        POST webhooks.manage
ui.webhook_key                     GET webhooks.manage        POST webhooks.manage
ui.webhook_messages                GET webhooks.view
ui.webhook_message                 GET webhooks.view
ui.webhook_message.again           POST webhooks.view+webhooks.manage
ui.operations_list                 GET operations.own_view
ui.operation                       GET operations.own_view
ui.operation.stop                  POST operations.own_view+operations.cancel
ui.people_list                     GET people.view
ui.permission_matrix               GET ui.permissions_view
ui.person_new                      GET people.manage          POST people.manage
ui.person                          GET people.view
ui.person_clients                  GET people.manage          POST people.manage
ui.person_erased                   GET people.erase           POST people.erase
ui.person_roles                    GET people.manage          POST people.manage
ui.person.activate                 POST people.view+people.manage
ui.person.deactivate               POST people.view+people.manage
ui.person.invite-again             POST people.view+people.manage
ui.person.sign-out                 POST people.view+people.manage
ui.person.unlink                   POST people.view+people.manage
ui.person.end-session              POST people.view+people.manage
sla.policies                       GET sla.view
sla.policy_new                     GET sla.manage             POST sla.manage
sla.policy                         GET sla.view
sla.policy.archive                 POST sla.view+sla.manage
sla.policy.restore                 POST sla.view+sla.manage
sla.policy_change                  GET sla.manage             POST sla.manage
sla.policy_name                    GET sla.manage             POST sla.manage
sla.calendars                      GET sla.view
sla.calendar_new                   GET sla.manage             POST sla.manage
sla.calendar                       GET sla.view
sla.calendar.archive               POST sla.view+sla.manage
sla.calendar.restore               POST sla.view+sla.manage
sla.calendar_change                GET sla.manage             POST sla.manage
sla.calendar_name                  GET sla.manage             POST sla.manage
agreements.agreements              GET agreements.view
agreements.agreement_new           GET agreements.manage      POST agreements.manage
agreements.agreement               GET agreements.view
agreements.agreement.activate      POST agreements.view+agreements.manage
agreements.agreement_change        GET agreements.manage      POST agreements.manage
agreements.agreement_finish        GET agreements.manage      POST agreements.manage
clients.clients                    GET clients.view
clients.client_new                 GET clients.create         POST clients.create
clients.client                     GET clients.view
clients.client.restore             POST clients.view+clients.archive
clients.client_put_away            GET clients.archive        POST clients.archive
clients.client_change              GET clients.edit           POST clients.edit
clients.contact_new                GET clients.edit           POST clients.edit
clients.contact_change             GET clients.edit           POST clients.edit
clients.contact_change.archive     POST clients.edit+clients.archive
clients.contact_change.erase       POST clients.edit+clients.erase
clients.site_new                   GET clients.edit           POST clients.edit
clients.site_change                GET clients.edit           POST clients.edit
clients.site_change.archive        POST clients.edit+clients.archive
clients.contacts                   GET clients.view
assets.assets                      GET assets.view
assets.asset_new                   GET assets.edit            POST assets.edit
assets.asset                       GET assets.view
assets.asset.restore               POST assets.view+assets.archive
assets.asset_put_away              GET assets.archive         POST assets.archive
assets.asset_change                GET assets.edit            POST assets.edit
assets.metrics                     GET assets.view
assets.relation_new                GET assets.edit            POST assets.edit
assets.relation_change             GET assets.edit            POST assets.edit
assets.relation_change.remove      POST assets.edit
agents.agents                      GET agents.view
agents.agent                       GET agents.view
agents.history                     GET agents.view
agents.inventory                   GET agents.view
agents.approve                     GET agents.approve         POST agents.approve
agents.refuse                      GET agents.approve         POST agents.approve
agents.agent_change                GET agents.approve         POST agents.approve
agents.revoke                      GET agents.revoke          POST agents.revoke
agents.tokens                      GET agents.enrol
agents.token_new                   GET agents.enrol           POST agents.enrol
agents.token                       GET agents.enrol
agents.token.revoke                POST agents.enrol
tickets.tickets                    GET tickets.view
tickets.board                      GET tickets.view
tickets.ticket_new                 GET tickets.open           POST tickets.open
tickets.ticket                     GET tickets.view
tickets.ticket.take                POST tickets.view+tickets.work
tickets.ticket.say                 POST tickets.view+tickets.note
tickets.ticket.unlink              POST tickets.view+tickets.work
tickets.ticket.set-open            POST tickets.view+tickets.work
tickets.ticket.set-waiting-client  POST tickets.view+tickets.work
tickets.ticket.set-waiting-supplier POST tickets.view+tickets.work
tickets.ticket.set-scheduled       POST tickets.view+tickets.work
tickets.ticket.set-closed          POST tickets.view+tickets.work
tickets.attachment                 GET tickets.view
tickets.ticket_change              GET tickets.work           POST tickets.work
tickets.ticket_give                GET tickets.work           POST tickets.work
tickets.ticket_done                GET tickets.work           POST tickets.work
tickets.ticket_reopen_form         GET tickets.work           POST tickets.work
tickets.ticket_link_form           GET tickets.work           POST tickets.work
tickets.queues                     GET tickets.manage
tickets.queue_new                  GET tickets.manage         POST tickets.manage
tickets.queue_change               GET tickets.manage         POST tickets.manage
tickets.queue_change.archive       POST tickets.manage
tickets.queue_change.restore       POST tickets.manage
oncall.duty                        GET oncall.view
oncall.pages_list                  GET oncall.view
oncall.call_new                    GET oncall.page            POST oncall.page
oncall.page_record                 GET oncall.view
oncall.page_record.acknowledge     POST oncall.view+oncall.acknowledge
oncall.page_record.end             POST oncall.view+oncall.acknowledge
oncall.roster_new                  GET oncall.manage          POST oncall.manage
oncall.roster                      GET oncall.view
oncall.roster.give-back            POST oncall.view+oncall.override
oncall.roster_change               GET oncall.manage          POST oncall.manage
oncall.override_new                GET oncall.override        POST oncall.override
oncall.policy_new                  GET oncall.manage          POST oncall.manage
oncall.policy_change               GET oncall.manage          POST oncall.manage
reports.reports                    GET reports.view
reports.counted                    GET reports.view
reports.report                     GET reports.view
reports.report.recount             POST reports.view+reports.make
reports.report.issue               POST reports.view+reports.make
reports.report.discard             POST reports.view+reports.make
reports.report.mail                POST reports.view+reports.make
reports.revision                   GET reports.view
reports.pdf                        GET reports.view
reports.report_new                 GET reports.make           POST reports.make
reports.report_again               GET reports.make           POST reports.make
reports.plans                      GET reports.plan
reports.plan                       GET reports.plan           POST reports.plan
alerts.alerts                      GET alerts.view
alerts.alert                       GET alerts.view
alerts.alert.acknowledge           POST alerts.view+alerts.work
alerts.alert.snooze                POST alerts.view+alerts.work
alerts.alert.wake                  POST alerts.view+alerts.work
alerts.alert.judge                 POST alerts.view+alerts.work
alerts.alert_end                   GET alerts.work            POST alerts.work
alerts.maintenance_new             GET alerts.maintain        POST alerts.maintain
alerts.maintenance_end             GET alerts.maintain        POST alerts.maintain
monitoring.rules                   GET monitoring.view
monitoring.rule                    GET monitoring.view
monitoring.rule.archive            POST monitoring.view+monitoring.manage
monitoring.rule.remove-override    POST monitoring.view+monitoring.override
monitoring.rule_new                GET monitoring.manage      POST monitoring.manage
monitoring.rule_change             GET monitoring.manage      POST monitoring.manage
monitoring.asset_override          GET monitoring.override    POST monitoring.override
monitoring.client_override         GET monitoring.override    POST monitoring.override
monitoring.checks                  GET monitoring.view
monitoring.check                   GET monitoring.view
monitoring.check.archive           POST monitoring.view+monitoring.override
monitoring.looks                   GET monitoring.view
monitoring.check_new               GET monitoring.override    POST monitoring.override
monitoring.check_change            GET monitoring.override    POST monitoring.override
"""

# What hangs on a list: its files and saved views ask what the list asks, a bulk action what it does besides.
BULK: Final = {
    "alerts.alerts.bulk-acknowledge": "alerts.view+alerts.work",
    "agents.agents.bulk-approve": "agents.view+agents.approve",
    "assets.assets.bulk-archive": "assets.view+assets.archive",
    "tickets.tickets.bulk-take": "tickets.view+tickets.work",
    "tickets.tickets.bulk-give-back": "tickets.view+tickets.work",
    "tickets.tickets.bulk-close": "tickets.view+tickets.work",
    "ui.inbox_list.bulk-read": "own",
    "ui.jobs.bulk-rerun": "jobs.view+jobs.manage",
    "ui.notifications.bulk-again": "notify.view+notify.manage",
}


def asked() -> dict[tuple[str, str], frozenset[str]]:
    """(route, method) → the permissions asked for; none for `own`."""
    found: dict[tuple[str, str], frozenset[str]] = {}
    for line in ROUTES.split("\n"):
        if not line.strip():
            continue
        name, *pairs = line.split()
        for method, what in zip(pairs[::2], pairs[1::2], strict=True):
            found[name, method] = frozenset(what.split("+")) - {"own"}
    found |= {(name, "POST"): frozenset(what.split("+")) - {"own"} for name, what in BULK.items()}
    return found
