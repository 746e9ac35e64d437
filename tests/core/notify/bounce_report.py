# SPDX-License-Identifier: Apache-2.0
"""What a mail server sends back when it took a mail and could not deliver it (RFC 3464)."""

REPORT = """From: MAILER-DAEMON@mx.example
To: steward@localhost
Subject: Undelivered Mail Returned to Sender
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain

I'm sorry to inform you.

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example

Final-Recipient: rfc822; tess@msp.example
Action: {action}
Status: {status}
Diagnostic-Code: smtp; 550 5.1.1 no such user

--b
Content-Type: {quoted}

From: steward@localhost
Message-ID: {identifier}
Subject: x

--b--
"""


def report(
    identifier: str, *, action: str = "failed", status: str = "5.1.1", quoted: str = "text/rfc822-headers"
) -> str:
    return REPORT.format(identifier=identifier, action=action, status=status, quoted=quoted)
