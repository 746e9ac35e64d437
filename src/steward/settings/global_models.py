# SPDX-License-Identifier: Apache-2.0
"""Models whose rows belong to no single client, each with the reason. Every other model is a `ClientModel`."""

GLOBAL_MODELS: dict[str, str] = {
    "tenancy.client": "the tenant itself; guarded by row-level security on its own id",
    "contenttypes.contenttype": "Django's list of models",
    "sessions.session": "looked up by its secret key before anybody is known",
    "auth.permission": "Django's own; unused, since permissions are declared in code",
    "auth.group": "Django's own; unused, since roles are declared in code",
    "identity.user": "persons of the MSP and of its clients; looked up at sign-in, before any scope is known",
    "account.emailaddress": "allauth's addresses of a person; part of sign-in",
    "account.emailconfirmation": "allauth's; unused, since addresses are confirmed by a signed link",
    "mfa.authenticator": "second factors of a person; part of sign-in, secrets sealed",
    "usersessions.usersession": "where a person is signed in; belongs to the person",
    "access.roleassignment": "a person's roles; read to find out which scope they get",
    "access.staffclient": "clients chosen for a member of staff; read to find out which scope they get",
    "access.apitoken": "a person's keys to the API; looked up by hash before any scope is known",
    "audit.entry": "lies in the audit schema with policies of its own; rows of the MSP itself belong to no client",
    "audit.anchor": "the audit's signed heads",
    "jobs.oncekey": "a key that something was done; references only, no client's content",
    "jobs.jobfailure": "what failed, by kind and place; jobs have no client and carry references only",
    "procrastinate.procrastinatejob": "the queue; references only, read by workers before any scope is known",
    "procrastinate.procrastinateevent": "times of the queue's jobs",
    "procrastinate.procrastinateworker": "signs of life of workers",
    "procrastinate.procrastinateperiodicdefer": "which ticks of the clock were deferred",
    "rest.idempotencykey": "answers already given; found only by the same person or token, gone after a day",
    "ui.savedview": "what a person asked of a list; belongs to the person, or to all staff when shared",
    "ui.draft": "what a person has typed and not sent; belongs to the person",
}
