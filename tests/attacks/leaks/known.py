# SPDX-License-Identifier: Apache-2.0
"""Which canary stands for each secret that the inventory finds, by hand: a new one fails the sweep until it has its line here.

`OPEN` says of what only sounds like a secret why it is none."""

SMTP, ANCHOR, CHANNEL = "password of the mail server", "address of the anchor's hook", "address of a channel"
PASSWORD, TOTP, CODES = "a person's password", "TOTP secret", "recovery code"
SESSION, API_TOKEN, ENROLMENT = "session cookie", "personal token", "enrolment token"
LINK, KEYS, FILES = "link to choose a password", "data key", "file in secrets/"
BUCKET = "key of the bucket of files"
PROVIDER = "client secret of a provider"
HOOK_URL, HOOK_KEY = "address of a web hook", "key of a web hook"
ANSWER, HEARTBEAT = "link to answer a page", "address of the heartbeat"
AGENT, LEDGER_URL, STORE_URL = "an agent's private key", "address of a ledger elsewhere", "address of a store elsewhere"

COVERED: dict[str, str] = {
    # What is sealed, for what
    "sealed:agents.new_token": ENROLMENT,
    "sealed:identity.oidc": PROVIDER,
    "sealed:idempotency": ENROLMENT,
    "sealed:mfa": TOTP,
    "sealed:mfa-setup": TOTP,
    "sealed:notify": LINK,
    "sealed:notify.channel": CHANNEL,
    "sealed:notify.own_channel": CHANNEL,
    "sealed:session": LINK,
    "sealed:webhooks.key": HOOK_KEY,
    "sealed:webhooks.url": HOOK_URL,
    # Files
    "file:audit-anchor": FILES,
    "file:backup": FILES,
    "file:db-*": FILES,
    "file:db-admin": FILES,
    "file:django": FILES,
    "file:gateway-sessions": FILES,
    "file:kek": FILES,
    "file:metrics": FILES,
    "file:store": FILES,
    # Settings
    "setting:audit_anchor": ANCHOR,
    "setting:database_admin_url": LEDGER_URL,
    "setting:database_owner_url": LEDGER_URL,
    "setting:database_url": LEDGER_URL,
    "setting:files_key_secret": BUCKET,
    "setting:heartbeat_url": HEARTBEAT,
    "setting:smtp_url": SMTP,
    "setting:telemetry_url": STORE_URL,
    # Columns
    "column:access.apitoken.hash": API_TOKEN,
    "column:agents.enrolmenttoken.hash": ENROLMENT,
    "column:identity.oidcprovider.sealed_secret": PROVIDER,
    "column:identity.user.password": PASSWORD,
    "column:notify.channel.sealed_url": CHANNEL,
    "column:notify.notice.sealed": LINK,
    "column:notify.wishes.sealed_url": CHANNEL,
    "column:oncall.answerlink.key_hash": ANSWER,
    "column:sessions.session.session_data": LINK,
    "column:sessions.session.session_key": SESSION,
    "column:usersessions.usersession.session_key": SESSION,
    "column:webhooks.endpoint.sealed_key": HOOK_KEY,
    "column:webhooks.endpoint.sealed_key_before": HOOK_KEY,
    "column:webhooks.endpoint.sealed_url": HOOK_URL,
    # Where random secrets are made
    "made:steward.core.access.tokens": API_TOKEN,
    "made:steward.core.audit.anchors": FILES,
    "made:steward.core.identity.oidc": SESSION,
    "made:steward.core.identity.persons": PASSWORD,
    "made:steward.core.identity.web_session": SESSION,
    "made:steward.core.webhooks.signing": HOOK_KEY,
    "made:steward.core.recovery.sealing": FILES,
    "made:steward.desk.oncall.links": ANSWER,
    "made:steward.estate.agents.secrets": ENROLMENT,
    "made:steward.settings.secrets": FILES,
    "made:steward_agent.identity": AGENT,
}

OPEN: dict[str, str] = {
    "sealed:steward.core.recovery.sealing: bytes(_NONCE)": "a nonce; what is sealed with it are the files in secrets/, see theirs",
    "sealed:steward.core.recovery.sealing: nonce": "a nonce; sealed backups lie below backups/, where every canary is searched for",
    "sealed:steward.estate.agents.gateway.sessions: nonce": "a nonce; of a session, see below",
    "sealed:steward.estate.agents.gateway.sessions: sealed[:_NONCE_BYTES]": "the same nonce, read back",
    "setting:files_key_id": "says which key; of no use without its secret half",
    "setting:files_url": "the name of a bucket",
    "setting:gateway_url": "a public address",
    "setting:live_url": "a public address",
    "setting:url": "a public address",
    "setting:tls_key": "the path of a file that belongs to whoever runs the server",
    "column:access.apitoken.hint": "the first four characters, to tell tokens apart",
    "column:account.emailconfirmation.key": "allauth's table; no page and no code of the product uses it",
    "column:agents.agent.public_key": "the public half",
    "column:agents.enrolmenttoken.hint": "the first four characters, to tell tokens apart",
    "column:audit.anchor.hash": "the chain's head, which is published",
    "column:audit.anchor.signature": "shows who signed",
    "column:identity.user.must_change_password": "yes or no",
    "column:jobs.oncekey.key": "the name of something that was done",
    "column:notify.bouncedaddress.address_hash": "a hash of an address",
    "column:notify.notice.reply_token": "stands in the address that answers go to, which every mail server on the way reads",
    "column:oncall.page.key": "what a page is about; chosen by whoever calls",
    "column:rest.idempotencykey.key": "chosen by the caller; gives an answer to the same caller alone",
    "column:rest.idempotencykey.request_hash": "a hash of the request",
    "column:tickets.ticket.reply_token": "stands in the address that answers go to, as that of a notice",
    "made:steward.core.files.intake": "the name of a draft",
    "made:steward.core.notify.sending": "the reply token, see its column",
    "made:steward.core.recovery.repository": "the number of a directory of backups, and names of drafts",
    "made:steward.core.rest.shared": "chooses places in a table of counts; lies in memory alone, and opens nothing",
    "made:steward.core.telemetry.snapshot": "the name of a snapshot",
    "made:steward.core.telemetry.store.response": "a boundary between parts",
    "made:steward.estate.agents.gateway.series": "the name of an insertion",
    "made:steward.estate.agents.gateway.sessions": "halves of exchanges; the keys they give lie in memory alone, for an hour",
    "made:steward_agent.channel": "the same, at the other end",
    "made:steward_agent.checks.ping": "what tells an echo from somebody else's; it travels in the open",
    "made:steward_agent.enrolling": "the mark of a start of the machine",
    "made:steward_agent.protocol.signing": "a nonce, which travels in the open",
    "made:steward_agent.spool": "the mark of a spool",
    "made:steward_agent.state": "the name of a draft",
}

# Every canary that a run of the house plants and uses.
PLANTED = frozenset(
    {
        "first password", "own password", "wrong password", "password that was set by a link", "password of a reset",
        TOTP, CODES, SESSION, "CSRF cookie", API_TOKEN, "wrong token", ENROLMENT, LINK, CHANNEL, SMTP, ANCHOR, KEYS, FILES,
        AGENT, ANSWER, HOOK_URL, HOOK_KEY, PROVIDER,
        BUCKET, HEARTBEAT, LEDGER_URL, STORE_URL, "key-encryption key", "field of a REST request", "value in a query",
    }
)  # fmt: skip
STANDS_FOR = {PASSWORD: "own password"}
