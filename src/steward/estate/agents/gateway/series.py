# SPDX-License-Identifier: Apache-2.0
"""Which id is which series of which agent. PostgreSQL decides, so an id means the same after a restart and at every gateway.

Ids are given in runs of 64, so that a machine's series lie together in the store. A run is committed before its ids are told to
anybody; the store learns the names before the agent learns the ids, and is told again until it has confirmed."""

import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import cramjam
import msgspec
from psycopg.rows import DictRow
from steward_agent.protocol.series import Series, encode_ids

from steward.estate.agents.gateway.ledger import Ledger, Transaction
from steward.estate.agents.gateway.owners import OwnerTable

RUN = 64
MAX_PER_AGENT = 10_000
PUBLISH_LIMIT = 1_000

Key = tuple[str, tuple[tuple[str, str], ...]]
_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(list[Key]).decode


@dataclass(frozen=True, slots=True)
class Named:
    """A series as the store keeps it. `interval_s` is how often it is sampled."""

    sid: int
    client_id: int
    agent_id: int
    asset_id: int
    interval_s: int
    name: str
    labels: dict[str, str]


@dataclass(slots=True)
class _Run:
    first: int
    entries: list[Key]
    grown: bool = False


@dataclass(slots=True)
class _AgentSeries:
    client_id: int
    asset_id: int
    runs: list[_Run] = field(default_factory=list)
    ids: dict[Key, int] = field(default_factory=dict)

    def put(self, run: _Run, key: Key) -> None:
        self.ids[key] = run.first + len(run.entries)
        run.entries.append(key)
        run.grown = True


async def register(ledger: Ledger, table: OwnerTable, asked: Mapping[int, Sequence[Series]]) -> dict[int, bytes | None]:
    """Ids for the series of each agent, as the answer's bytes; None for an agent with too many, or no longer approved.

    Raises one of LedgerDown, in which case nothing was given.
    """
    keys = {agent_id: [_key(each) for each in series] for agent_id, series in asked.items()}
    async with ledger.transaction() as transaction:
        agents = await _locked(transaction, list(keys))
        agents = {
            each: agent for each, agent in agents.items() if len(agent.ids.keys() | set(keys[each])) <= MAX_PER_AGENT
        }
        wanted = {
            each: [key for key in dict.fromkeys(keys[each]) if key not in agent.ids] for each, agent in agents.items()
        }
        fresh = await _fresh_runs(transaction, agents, wanted)
        for each, new in wanted.items():
            _give(agents[each], new, fresh)
        await _put(transaction, agents)
    for each, agent in agents.items():
        for run in agent.runs:
            table.put(run.first, len(run.entries), each, agent.client_id)
    return {each: _answer(agents.get(each), keys[each]) for each in keys}


async def unpublished(ledger: Ledger) -> tuple[list[Named], list[DictRow]]:
    """Series that the store is to be told of, and the runs they are of. Raises one of LedgerDown."""
    async with ledger.transaction() as transaction:
        rows = await transaction.rows("unpublished", {"limit": PUBLISH_LIMIT})
    return [named for row in rows for named in _named(row)], rows


async def confirm(ledger: Ledger, runs: Sequence[DictRow]) -> None:
    """The store knows these runs as they were read. Raises one of LedgerDown."""
    columns = {
        "firsts": [row["first"] for row in runs],
        "counts": [row["count"] for row in runs],
        "assets": [row["asset_id"] for row in runs],
    }
    async with ledger.transaction() as transaction:
        await transaction.run("publish", columns)


def new_token() -> str:
    """A token used once: the same series told later must win over what was told in between, so content can't name it."""
    return f"series:{secrets.token_hex(16)}"


async def _locked(transaction: Transaction, agent_ids: list[int]) -> dict[int, _AgentSeries]:
    rows = await transaction.rows("lock_agents", {"agents": agent_ids})
    agents = {row["id"]: _AgentSeries(row["client_id"], row["asset_id"]) for row in rows}
    for row in await transaction.rows("chunks_of", {"agents": list(agents)}):
        run = _Run(row["first"], _unpacked(row["entries"]))
        agent = agents[row["agent_id"]]
        agent.runs.append(run)
        agent.ids.update((key, run.first + offset) for offset, key in enumerate(run.entries))
    return agents


async def _fresh_runs(
    transaction: Transaction, agents: Mapping[int, _AgentSeries], wanted: Mapping[int, Sequence[Key]]
) -> Iterator[int]:
    """The first ids of as many new runs as are needed once the last run of each agent is full."""
    count = sum(-(-max(0, len(new) - _room(agents[each])) // RUN) for each, new in wanted.items())
    rows = await transaction.rows("new_chunks", {"count": count}) if count else []
    return iter([row["first"] for row in rows])


def _give(agent: _AgentSeries, new: Sequence[Key], fresh: Iterator[int]) -> None:
    for key in new:
        if not _room(agent):
            agent.runs.append(_Run(next(fresh), []))
        agent.put(agent.runs[-1], key)


def _room(agent: _AgentSeries) -> int:
    return RUN - len(agent.runs[-1].entries) if agent.runs else 0


async def _put(transaction: Transaction, agents: Mapping[int, _AgentSeries]) -> None:
    grown = [(each, agent, run) for each, agent in agents.items() for run in agent.runs if run.grown]
    if not grown:
        return
    await transaction.run(
        "put_chunk",
        {
            "clients": [agent.client_id for _, agent, _ in grown],
            "agents": [each for each, _, _ in grown],
            "assets": [agent.asset_id for _, agent, _ in grown],
            "firsts": [run.first for _, _, run in grown],
            "entries": [bytes(cramjam.zstd.compress(_encode(run.entries))) for _, _, run in grown],
            "counts": [len(run.entries) for _, _, run in grown],
        },
    )


def _answer(agent: _AgentSeries | None, keys: Sequence[Key]) -> bytes | None:
    return None if agent is None else encode_ids([agent.ids[key] for key in keys])


def _named(row: DictRow) -> Iterator[Named]:
    for offset, (name, labels) in enumerate(_unpacked(row["entries"])):
        yield Named(
            row["first"] + offset,
            row["client_id"],
            row["agent_id"],
            row["asset_id"],
            row["interval_seconds"],
            name,
            dict(labels),
        )


def _unpacked(packed: bytes) -> list[Key]:
    return _decode(bytes(cramjam.zstd.decompress(packed)))


def _key(series: Series) -> Key:
    return series.name, tuple(sorted(series.labels.items()))
