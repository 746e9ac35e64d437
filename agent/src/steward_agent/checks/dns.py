# SPDX-License-Identifier: Apache-2.0
"""Asks for records of a name, this machine's own resolver or a given server, and compares them with those expected."""

import io
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Annotated, Literal, NoReturn

import msgspec
from msgspec import Meta

from steward_agent.checks.datagrams import PHASE, Noise, ask
from steward_agent.checks.dns_message import NO_QUESTION, RCODES, TYPES, Malformed, Record, Reply, query, read_reply
from steward_agent.checks.observation import (
    CLOSED,
    OK,
    RESOLVER_TROUBLE,
    TOO_SLOW,
    Ended,
    Observation,
    Reason,
    end,
    observed,
)
from steward_agent.checks.place import Address
from steward_agent.checks.targets import BadTarget, read_host
from steward_agent.checks.visit import Incoming, TooMuch, Visit
from steward_agent.collectors.metrics import Metric, MetricKind, Unit
from steward_agent.protocol.results import Verdict

SLUG = "dns"
VERSION = 1
_MOST_TCP = 2 + 65_535
_FORMERR, _NXDOMAIN, _NOERROR = 1, 3, 0
_REVERSE = {4: "in-addr.arpa", 6: "ip6.arpa"}

_LABEL = ("check",)
ANSWER_METRIC = Metric(
    "check.dns.answer_seconds", Unit.SECONDS, MetricKind.GAUGE, "Time from the question to the answer", _LABEL, 4
)
RECORDS_METRIC = Metric(
    "check.dns.records", Unit.COUNT, MetricKind.GAUGE, "How many records of the type were answered", _LABEL
)
TTL_METRIC = Metric(
    "check.dns.ttl_seconds",
    Unit.SECONDS,
    MetricKind.GAUGE,
    "Shortest time for which one of them may be kept by whoever asked",
    _LABEL,
)
METRICS = (ANSWER_METRIC, RECORDS_METRIC, TTL_METRIC)

_FAILING, _UNKNOWN = Verdict.FAILING, Verdict.UNKNOWN
NXDOMAIN = Reason("nxdomain", _FAILING, "There is no such name (NXDOMAIN)", ("name", "server"))
NO_RECORD = Reason(
    "no_record", _FAILING, "There is such a name, but it has no record of that type", ("name", "record", "server")
)
SERVFAIL = Reason("servfail", _FAILING, "The given server could not find out (SERVFAIL)", ("name", "record", "server"))
QUERY_REFUSED = Reason(
    "query_refused", _FAILING, "The given server does not answer this machine (REFUSED)", ("name", "record", "server")
)
BAD_RCODE = Reason(
    "bad_rcode",
    _FAILING,
    "The given server answers with another error: `rcode` is its name or number",
    ("server", "rcode"),
)
NOT_DNS = Reason("not_dns", _FAILING, "What the given server answers is not DNS", ("server",))
VALUE_MISSING = Reason(
    "value_missing",
    _FAILING,
    "Expected values are not there: those `missing`, among those `found`",
    ("missing", "found"),
)
VALUE_PRESENT = Reason(
    "value_present",
    _FAILING,
    "Values that must not be there are: those `present`, among those `found`",
    ("present", "found"),
)
RECORD_PRESENT = Reason(
    "record_present", _FAILING, "There is a record where there must be none", ("name", "record", "found")
)
RESOLVER_ERROR = Reason(
    "resolver_error",
    _UNKNOWN,
    "The place's own resolver answers with an error: `rcode` is its name (SERVFAIL, REFUSED …) or number",
    ("name", "rcode"),
)
REASONS = (
    NXDOMAIN,
    NO_RECORD,
    SERVFAIL,
    QUERY_REFUSED,
    BAD_RCODE,
    NOT_DNS,
    VALUE_MISSING,
    VALUE_PRESENT,
    RECORD_PRESENT,
    RESOLVER_ERROR,
)
_BY_RCODE = {2: SERVFAIL, 5: QUERY_REFUSED}

Type = Literal["A", "AAAA", "CAA", "CNAME", "MX", "NS", "PTR", "SOA", "SRV", "TXT"]
Host = Annotated[str, Meta(min_length=1, max_length=253)]
Value = Annotated[str, Meta(min_length=1, max_length=1024)]


class Config(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is asked, of whom, and what must be answered."""

    name: Annotated[
        str,
        Meta(
            min_length=1,
            max_length=254,
            pattern=r"\A(?:\.|(?:[A-Za-z0-9_*/:-]{1,63}\.)*[A-Za-z0-9_*/:-]{1,63}\.?)\Z",
            description="Name to ask for, always in full; for PTR also an address, which is turned round",
        ),
    ]
    record: Annotated[Type, Meta(description="Type of the records")] = "A"
    server: Annotated[
        Host | None, Meta(description="Name or address of the server to ask; without it, the machine's own resolver")
    ] = None
    port: Annotated[int, Meta(ge=1, le=65535, description="Port of the given server, UDP and TCP")] = 53
    expect: Annotated[
        tuple[Value, ...],
        Meta(
            max_length=20,
            description="Values as a zone file has them (10 mail.example.com), without the dot at the end of names; one on a line",
            extra_json_schema={"x-lines": True},
        ),
    ] = ()
    match: Annotated[
        Literal["all", "any", "none"], Meta(description="How many of the expected values must be among those answered")
    ] = "all"
    absent: Annotated[
        bool,
        Meta(description="Whether there must be no such record; for names on block lists, and for what was given up"),
    ] = False
    max_seconds: Annotated[
        Annotated[float, Meta(ge=0.001, le=60)] | None,
        Meta(description="Longest time the whole look may take, in seconds"),
    ] = None

    def __post_init__(self) -> None:
        try:
            read_host(self.server or "localhost")
        except BadTarget:
            raise ValueError("server: is neither a name nor an address") from None
        if ":" in self.name and self.record != "PTR":
            raise ValueError("name: an address has PTR records alone")
        if len(self.asked) > 253:
            raise ValueError("name: is longer than names may be")
        if self.absent and self.expect:
            raise ValueError("expect: has no meaning where there must be no record")

    @property
    def asked(self) -> str:
        """The name that is asked for, in small letters, without the dot at its end."""
        if self.record == "PTR":
            try:
                return ip_address(self.name).reverse_pointer
            except ValueError:
                pass
        return self.name.rstrip(".").lower()


@dataclass(frozen=True, slots=True)
class _Server:
    """Whom to ask. `given` by the configuration, else the place's own."""

    address: Address
    port: int
    given: bool


def run(config: Config, visit: Visit) -> Observation:
    began = visit.passed()
    server, reply = _answered(config, visit, _servers(config, visit))
    visit.measured[ANSWER_METRIC.name] = visit.passed() - began
    found = _found(config, server, reply)
    visit.measured[RECORDS_METRIC.name] = len(found)
    if found:
        visit.measured[TTL_METRIC.name] = min(each.ttl for each in found)
    _compare(config, [each.value for each in found])
    seconds = visit.passed()
    if config.max_seconds is not None and seconds > config.max_seconds:
        end(TOO_SLOW, seconds=seconds, limit=config.max_seconds)
    return observed(OK)


def plain(record: str, value: str) -> str:
    """`value` in the one spelling in which values of this type are compared."""
    value = " ".join(value.split())
    if record in ("A", "AAAA"):
        try:
            return str(ip_address(value))
        except ValueError:
            return value
    if record == "CAA":
        flags, _, rest = value.partition(" ")
        tag, _, text = rest.partition(" ")
        return f"{flags} {tag.lower()} {text.strip(chr(34))}"
    if record == "TXT":
        return value
    return " ".join(word.rstrip(".") or "." for word in value.lower().split())


def _servers(config: Config, visit: Visit) -> Sequence[_Server]:
    if config.server is not None:
        return [_Server(address, config.port, given=True) for address in visit.allowed(config.server)]
    own = [_Server(address, port, given=False) for address, port in visit.place.resolvers()]
    if not own:
        end(RESOLVER_TROUBLE, host=config.asked)
    return own


def _answered(config: Config, visit: Visit, servers: Sequence[_Server]) -> tuple[_Server, Reply]:
    """The first answer, each server asked with its share of the time. Ends the look when there is none."""
    why: Ended | None = None
    for index, server in enumerate(servers):
        last = index == len(servers) - 1
        try:
            reply = _exchange(config, visit, server, visit.left(PHASE) / (len(servers) - index))
        except Ended as ended:
            # What was learnt of a given server counts for more than what this place lacks.
            if why is None or why.reason.verdict is _UNKNOWN:
                why = ended
        except (Malformed, Noise):
            why = Ended(NOT_DNS, server=str(server.address))
        else:
            # As the C library does: the next of its resolvers may know better.
            if last or server.given or reply.rcode in (_NOERROR, _NXDOMAIN):
                return server, reply
    if why is None or not servers[0].given:
        end(RESOLVER_TROUBLE, host=config.asked)
    raise why


def _exchange(config: Config, visit: Visit, server: _Server, seconds: float) -> Reply:
    """By UDP, with EDNS unless the server does not know it; by TCP where the answer did not fit.

    Raises:
        Malformed, Noise
    """
    over = visit.passed() + seconds
    question = _Question(config)
    reply = ask(visit, server.address, server.port, seconds, question.message, question.answer)
    if reply.rcode == _FORMERR:
        question.extended = False
        reply = ask(visit, server.address, server.port, over - visit.passed(), question.message, question.answer)
    if reply.truncated:
        reply = _by_tcp(visit, server, over - visit.passed(), question)
    return reply


class _Question:
    """What is asked, under a number that nobody can guess; and what answers it."""

    def __init__(self, config: Config) -> None:
        self.extended = True
        self._identifier = secrets.randbelow(1 << 16)
        self._name, self._kind = config.asked, TYPES[config.record]

    def message(self) -> bytes:
        return query(self._identifier, self._name, self._kind, extended=self.extended)

    def answer(self, datagram: bytes) -> Reply | None:
        """None for what answers something else, or nothing."""
        try:
            reply = read_reply(datagram)
        except Malformed:
            return None
        ours = reply.question == (self._name, self._kind) or (reply.question == NO_QUESTION and reply.rcode != _NOERROR)
        return reply if ours and reply.identifier == self._identifier else None


def _by_tcp(visit: Visit, server: _Server, seconds: float, question: _Question) -> Reply:
    sock = visit.connect_to(server.address, server.port, seconds)
    message = question.message()
    visit.send(sock, len(message).to_bytes(2, "big") + message, PHASE)
    incoming = io.BufferedReader(Incoming(visit, sock, _MOST_TCP, PHASE))
    try:
        size = int.from_bytes(incoming.read(2), "big")
        told = incoming.read(size)
    except TooMuch:
        raise Malformed from None
    if len(told) < size or not size:
        end(CLOSED, phase=PHASE)
    reply = question.answer(told)
    if reply is None:
        raise Malformed
    return reply


def _found(config: Config, server: _Server, reply: Reply) -> list[Record]:
    """The records asked for. Ends the look where there are none and should be, and with the server's errors."""
    if reply.rcode not in (_NOERROR, _NXDOMAIN):
        _refused(config, server, reply.rcode)
    found = reply.found()
    if not found and not config.absent:
        reason = NXDOMAIN if reply.rcode == _NXDOMAIN else NO_RECORD
        told = {"name": config.asked, "record": config.record, "server": str(server.address)}
        raise Ended(reason, **{name: told[name] for name in reason.parameters})
    return found


def _refused(config: Config, server: _Server, rcode: int) -> NoReturn:
    name = RCODES.get(rcode, str(rcode))
    if not server.given:
        end(RESOLVER_ERROR, name=config.asked, rcode=name)
    if rcode in _BY_RCODE:
        end(_BY_RCODE[rcode], name=config.asked, record=config.record, server=str(server.address))
    end(BAD_RCODE, server=str(server.address), rcode=name)


def _compare(config: Config, answered: list[str]) -> None:
    found = ", ".join(sorted(answered))
    if config.absent and answered:
        end(RECORD_PRESENT, name=config.asked, record=config.record, found=found)
    there = {plain(config.record, each) for each in answered}
    present = [each for each in config.expect if plain(config.record, each) in there]
    missing = [each for each in config.expect if plain(config.record, each) not in there]
    if config.match == "none" and present:
        end(VALUE_PRESENT, present=", ".join(present), found=found)
    if (config.match == "all" and missing) or (config.match == "any" and config.expect and not present):
        end(VALUE_MISSING, missing=", ".join(missing), found=found)
