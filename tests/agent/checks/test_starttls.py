# SPDX-License-Identifier: Apache-2.0
"""TLS that is begun in another protocol: with real mail servers, and with those that refuse, flood or fall silent."""

import grp
import os
import pwd
import shutil
import socket
import subprocess

import pytest
from aiosmtpd.controller import Controller

from tests.agent.checks.peers import gone, peer, silent
from tests.agent.checks.test_tls import SITE, here
from tests.waiting import eventually


def test_starttls_with_a_mail_server(ask, ca):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    controller = Controller(object(), hostname="127.0.0.1", port=port, tls_context=ca.server(SITE, days=5))
    controller.start()
    try:
        seen = ask("tls", place=here(ca), host=SITE, port=port, starttls="smtp")
        assert (seen.reason, seen.parameters["days"]) == ("ends_soon", 4)
        seen = ask("tls", place=here(ca), host=SITE, port=port, starttls="smtp", days=4)
        assert seen.verdict == "ok"
        seen = ask("tls", place=here(ca), host=SITE, port=port, starttls="imap")
        assert (seen.reason, seen.parameters["protocol"]) == ("starttls_refused", "imap")
        assert str(seen.parameters["said"]).startswith("220 ")
    finally:
        controller.stop()


DOVECOT = """
base_dir = {folder}/run
state_dir = {folder}/run
log_path = {folder}/log
protocols = imap pop3
listen = 127.0.0.1
ssl = yes
ssl_cert = <{certificate}
ssl_key = <{certificate}
default_internal_user = {user}
default_internal_group = {group}
default_login_user = {login}
passdb {{
  driver = static
  args = password=x
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {imap}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
service pop3-login {{
  chroot =
  inet_listener pop3 {{
    port = {pop3}
  }}
  inet_listener pop3s {{
    port = 0
  }}
}}
service anvil {{
  chroot =
}}
"""


@pytest.fixture(scope="module")
def mailboxes(tmp_path_factory, ca):
    """The ports of a real server by protocol; its certificate ends in 5 days."""
    program = shutil.which("dovecot", path="/usr/sbin:/usr/local/sbin")
    if program is None:
        pytest.skip("Dovecot is missing: apt-get install --no-install-recommends dovecot-imapd dovecot-pop3d")
    folder = tmp_path_factory.mktemp("dovecot")
    with socket.create_server(("127.0.0.1", 0)) as one, socket.create_server(("127.0.0.1", 0)) as other:
        ports = {"imap": one.getsockname()[1], "pop3": other.getsockname()[1]}
    ca.server(SITE, days=5)
    certificate = max(ca.folder.glob("server-*.pem"), key=lambda path: path.stat().st_mtime_ns)
    user, group = pwd.getpwuid(os.getuid()).pw_name, grp.getgrgid(os.getgid()).gr_name
    # It refuses to meet strangers as root.
    login = user if os.getuid() else "nobody"
    conf = folder / "dovecot.conf"
    conf.write_text(
        DOVECOT.format(folder=folder, certificate=certificate, user=user, group=group, login=login, **ports)
    )
    with subprocess.Popen([program, "-F", "-c", str(conf)], stderr=subprocess.PIPE, text=True) as process:
        try:
            eventually(lambda: process.poll() is not None or listens(ports["pop3"]), seconds=10, what="a mail server")
            if process.poll() is not None:
                pytest.skip(f"Dovecot may not run here: {process.stderr.read()}")
            yield ports
        finally:
            process.terminate()


def listens(port):
    with socket.socket() as sock:
        return sock.connect_ex(("127.0.0.1", port)) == 0


@pytest.mark.parametrize("protocol", ["imap", "pop3"])
def test_starttls_with_a_server_of_mailboxes(ask, ca, mailboxes, protocol):
    given = {"host": SITE, "port": mailboxes[protocol], "starttls": protocol}
    assert ask("tls", place=here(ca), days=4, **given).verdict == "ok"
    seen = ask("tls", place=here(ca), **given)
    assert (seen.reason, seen.parameters["days"]) == ("ends_soon", 4)
    assert ask("tls", place=here(), **given).reason == "untrusted"
    seen = ask("tls", place=here(ca), **{**given, "starttls": "smtp"})
    assert (seen.reason, seen.parameters["protocol"]) == ("starttls_refused", "smtp")


def script(context, *lines):
    """A server that says its greeting, and the next line to each line it hears; TLS after the last."""

    def talk(line):
        heard = line.sock.makefile("rb")
        line.say(lines[0])
        for each in lines[1:]:
            line.peer.heard.append(heard.readline())
            line.say(each)
        with context.wrap_socket(line.sock, server_side=True) as secured:
            secured.settimeout(5)
            secured.recv(1)

    return talk


DIALOGUES = {
    "smtp": [b"220-mail\r\n220 ready\r\n", b"250-mail\r\n250-SIZE 1\r\n250 STARTTLS\r\n", b"220 go\r\n"],
    "imap": [b"* OK ready\r\n", b"* CAPABILITY X\r\na1 OK go\r\n"],
    "pop3": [b"+OK ready\r\n", b"+OK go\r\n"],
    "ftp": [b"220-files\r\n here\r\n220 ready\r\n", b"234 go\r\n"],
}
ASKED = {
    "smtp": [b"EHLO steward-check.invalid\r\n", b"STARTTLS\r\n"],
    "imap": [b"a1 STARTTLS\r\n"],
    "pop3": [b"STLS\r\n"],
    "ftp": [b"AUTH TLS\r\n"],
}


@pytest.mark.parametrize("protocol", DIALOGUES)
def test_each_protocol_begins_tls_in_its_words(ask, ca, protocol):
    with peer(script(ca.server(SITE), *DIALOGUES[protocol])) as other:
        seen = ask("tls", place=here(ca), host=SITE, port=other.port, starttls=protocol)
        assert (seen.verdict, seen.reason) == ("ok", "ok")
        assert other.heard == ASKED[protocol]


@pytest.mark.parametrize(
    ("protocol", "lines", "said"),
    [
        ("smtp", [b"554 go away\r\n"], "554 go away"),
        ("smtp", [b"220 a\r\n", b"250 a\r\n", b"454 TLS not \x1b[2Javailable\r\n"], "454 TLS not ?[2Javailable"),
        ("smtp", [b"2200 a\r\n"], "2200 a"),
        ("imap", [b"* BYE\r\n"], "* BYE"),
        ("imap", [b"* OK\r\n", b"* X\r\na1 NO\r\n"], "a1 NO"),
        ("pop3", [b"-ERR\r\n"], "-ERR"),
        ("pop3", [b"+OK\r\n", b"-ERR no\r\n"], "-ERR no"),
        ("ftp", [b"220 a\r\n", b"502 what\r\n"], "502 what"),
    ],
)
def test_who_does_not_begin_tls_is_failing_and_quoted_safely(ask, ca, protocol, lines, said):
    with peer(script(ca.server(SITE), *lines)) as other:
        seen = ask("tls", place=here(ca), host=SITE, port=other.port, starttls=protocol)
    assert (seen.verdict, seen.reason) == ("failing", "starttls_refused")
    assert seen.parameters == {"protocol": protocol, "said": said}


def flood(line):
    while line.goes_on:
        line.say(b"220-" + b"x" * 60_000 + b"\r\n* x\r\n")


@pytest.mark.parametrize("protocol", DIALOGUES)
@pytest.mark.parametrize(
    ("talk", "reasons"), [(silent, {"timeout"}), (gone, {"closed"}), (flood, {"starttls_refused"})]
)
def test_a_hostile_peer_before_tls_is_failing_in_time(ask, protocol, talk, reasons):
    with peer(talk) as other:
        seen = ask("tls", host="127.0.0.1", port=other.port, starttls=protocol, timeout=0.2)
    assert seen.verdict == "failing"
    assert seen.reason in reasons
    if "phase" in seen.parameters:
        assert seen.parameters["phase"] == "starttls"
