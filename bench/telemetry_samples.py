# SPDX-License-Identifier: Apache-2.0
"""What the shape of the samples table costs: bytes a sample, insert CPU, and reading each sample once.

    python bench/telemetry_samples.py --rounds 40 --pairs 3

Peers in the same run, interleaved: without the client column, with it (what Steward does), and with the client column in a
ReplacingMergeTree. Each runs in an engine of its own; CPU is that of the whole process, merges of the four seconds after
included. 100,000 series in shuffled blocks of an agent's 200, values a random walk with two decimals, every 30 seconds.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from steward.core.telemetry.native import Column, encode_block
from steward.core.telemetry.store.config import write_config
from steward.core.telemetry.store.engine import EngineConnection
from steward.core.telemetry.store.limits import Limits
from steward.core.telemetry.store.statement import Insert

SHAPES = {
    "without client": ("", "MergeTree"),
    "with client": ("client", "MergeTree"),
    "with client, replacing": ("client", "ReplacingMergeTree"),
}
SERIES, AGENT, CLIENT = 100_000, 200, 5_000
BLOCK = 50_000
TABLE = """create table s
({client} sid UInt32 codec(Delta, ZSTD(1)), ts DateTime64(3) codec(DoubleDelta, ZSTD(1)), v Float64 codec(ZSTD(1)))
engine = {engine} partition by toYYYYMMDD(ts) order by ({key} sid, ts)
settings non_replicated_deduplication_window = 10000, fsync_after_insert = 1, fsync_part_directory = 1"""


def measure(shape: str, rounds: int) -> dict[str, float]:
    """One engine, one shape."""
    client, engine_name = SHAPES[shape]
    with tempfile.TemporaryDirectory(prefix="steward-bench-") as name:
        folder = Path(name)
        write_config(Limits(), config_path=folder / "x.xml", backups=folder / "b")
        engine = EngineConnection(folder / "x", folder / "x.xml")
        engine.prepare({"log_comment": "all;"}, "")
        column = "client UInt32 codec(Delta, ZSTD(1))," if client else ""
        engine.run(TABLE.format(client=column, engine=engine_name, key="client," if client else ""))
        insert_s, merge_s = _fill(engine, bool(client), rounds)
        rows = rounds * SERIES
        engine.run("optimize table s final")
        size = float(
            _value(
                engine, "select sum(data_compressed_bytes) / sum(rows) from system.parts where active and table = 's'"
            )
        )
        group = "client, sid" if client else "sid"
        once = "" if engine_name != "MergeTree" else f"limit 1 by {group}, ts"
        final = "final" if engine_name != "MergeTree" else ""
        read = f"select {group}, count(), sum(v) from (select * from s {final} order by {group}, ts {once}) group by {group} format Null"
        begun = time.process_time()
        engine.run(read)
        return {"rows per insert CPU-s": rows / insert_s, "rows per CPU-s with merges": rows / (insert_s + merge_s), "bytes": size,
                "read once, ns a row": (time.process_time() - begun) / rows * 1e9}  # fmt: skip


def _fill(engine: EngineConnection, with_client: bool, rounds: int) -> tuple[float, float]:
    random = np.random.default_rng(1)
    sid = np.arange(SERIES, dtype=np.uint32)
    order = np.concatenate(
        [np.arange(agent * AGENT, (agent + 1) * AGENT) for agent in random.permutation(SERIES // AGENT)]
    )
    values = random.uniform(0, 100, SERIES)
    start = int(time.time() * 1000) // 30_000 * 30_000 - rounds * 30_000
    spent = 0.0
    for number in range(rounds):
        values += random.normal(0, 1, SERIES)
        for at in range(0, SERIES, BLOCK):
            which = order[at : at + BLOCK]
            columns: dict[str, Column] = (
                {"client": Column("UInt32", (sid[which] // CLIENT).astype(np.uint32))} if with_client else {}
            )
            columns |= {
                "sid": Column("UInt32", sid[which]),
                "ts": Column("DateTime64(3)", np.full(BLOCK, start + number * 30_000)),
                "v": Column("Float64", values[which].round(2)),
            }
            block = encode_block(columns)
            begun = time.process_time()
            engine.insert(Insert(f"insert into s ({', '.join(columns)})", "", "Native"), block, f"{number} {at}")
            spent += time.process_time() - begun
    begun = time.process_time()
    time.sleep(4)
    return spent, time.process_time() - begun


def _value(engine: EngineConnection, sql: str) -> str:
    return engine.run(sql).body().decode().strip()


def main() -> None:
    """Interleaved rounds, each shape in a process of its own; medians."""
    options = argparse.ArgumentParser()
    options.add_argument("--rounds", type=int, default=20)
    options.add_argument("--pairs", type=int, default=3)
    options.add_argument("--shape", choices=SHAPES)
    given = options.parse_args()
    if given.shape:
        print(json.dumps(measure(given.shape, given.rounds)), flush=True)
        os._exit(0)  # the engine's threads have nothing more to say
    seen: dict[str, list[dict[str, Any]]] = {shape: [] for shape in SHAPES}
    for _ in range(given.pairs):
        for shape in SHAPES:
            command = [sys.executable, __file__, "--shape", shape, "--rounds", str(given.rounds)]
            seen[shape].append(json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout))
    for shape, runs in seen.items():
        median = {name: statistics.median(run[name] for run in runs) for name in runs[0]}
        print(
            f"{shape:>24}: "
            + "; ".join(
                f"{name} {value:,.3f}" if value < 1000 else f"{name} {value:,.0f}" for name, value in median.items()
            )
        )


if __name__ == "__main__":
    main()
