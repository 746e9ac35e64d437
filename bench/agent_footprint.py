# SPDX-License-Identifier: Apache-2.0
"""What the agent costs: resident memory and processor time of `steward-agent run` over some seconds.

    python bench/agent_footprint.py --seconds 300 --interval 30

Without `--state-dir` it enrols with a sink of its own that takes everything and keeps nothing; with one it uses that
enrolment. Start-up (imports, first inventory) is counted apart from the steady state.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from contextlib import nullcontext
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import psutil
from steward_agent.enrolling import enrol
from steward_agent.protocol.enrolment import ENROL_PATH, AgentState, EnrolResponse, encode_json
from steward_agent.protocol.policy import Policy, encode_policy
from steward_agent.protocol.samples import read_header
from steward_agent.protocol.series import decode_register, encode_ids
from steward_agent.state import StateDir

AIM_MB = 60
AIM_PERCENT = 1.0
_START_S = 5.0


class Sink(BaseHTTPRequestHandler):
    """Answers as a gateway would; `samples` counts what it was given."""

    protocol_version = "HTTP/1.1"
    samples = 0

    def do_GET(self) -> None:
        self._answer(200, encode_policy(Policy()))

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.path == ENROL_PATH:
            url = f"http://127.0.0.1:{self.server.server_address[1]}"
            self._answer(201, encode_json(EnrolResponse(1, "bench", AgentState.APPROVED, url, int(time.time() * 1000))))
        elif self.path == "/v1/register":
            self._answer(200, encode_ids(range(1, len(decode_register(body)) + 1)))
        else:
            if self.path == "/v1/samples":
                Sink.samples += read_header(body).count
            self._answer(204, b"")

    def _answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        if status != 204:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        return


def measure(state: Path, seconds: float, interval: int) -> dict[str, float]:
    """Megabytes at rest and at most, percent of one core in the steady state, processor seconds for the start."""
    command = [sys.executable, "-m", "steward_agent", "run", "--state-dir", str(state), "--interval", str(interval)]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
        watched = psutil.Process(process.pid)
        time.sleep(min(_START_S, seconds / 2))
        start, began, most = _busy(watched), time.monotonic(), 0
        while time.monotonic() < began + seconds:
            time.sleep(min(1.0, seconds))
            most = max(most, watched.memory_info().rss)
        spent, took, rest = _busy(watched) - start, time.monotonic() - began, watched.memory_info().rss
        ended = time.monotonic()
        process.terminate()
        process.wait(10)
        ended = time.monotonic() - ended
    return {
        "resident_mb": round(rest / 2**20, 1),
        "most_mb": round(most / 2**20, 1),
        "percent_of_core": round(100 * spent / took, 3),
        "start_cpu_s": round(start, 2),
        "end_s": round(ended, 2),
        "seconds": round(took, 1),
        "interval_s": interval,
    }


def _busy(process: psutil.Process) -> float:
    times = process.cpu_times()
    return times.user + times.system


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seconds", type=float, default=120)
    parser.add_argument("--interval", type=int, default=30)
    parser.add_argument("--state-dir", type=Path, help="of an agent that is enrolled and not running")
    given = parser.parse_args()
    with nullcontext(given.state_dir) if given.state_dir else tempfile.TemporaryDirectory() as folder:
        state = Path(folder)
        if given.state_dir is None:
            sink = ThreadingHTTPServer(("127.0.0.1", 0), Sink)
            Thread(target=sink.serve_forever, daemon=True).start()
            enrol(StateDir(state), f"http://127.0.0.1:{sink.server_port}", "bench-token")
        figures = measure(state, given.seconds, given.interval)
    if given.state_dir is None:
        figures["samples"] = Sink.samples
    print(json.dumps(figures))
    good = figures["most_mb"] < AIM_MB and figures["percent_of_core"] < AIM_PERCENT
    print(f"aim: under {AIM_MB} MB and {AIM_PERCENT} % of a core: {'met' if good else 'MISSED'}")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
