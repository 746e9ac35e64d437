# SPDX-License-Identifier: Apache-2.0
"""A real outside service for the tests, on a free port of loopback."""

import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread


class Hook(ThreadingHTTPServer):
    """Takes what it is told, or answers with another `status`."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answer)
        self.told: list[dict[str, str]] = []
        self.asked: list[str] = []  # paths that were only looked at
        self.status = 200
        Thread(target=self.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        """Its address as Apprise writes it, with a secret in it."""
        return f"json://127.0.0.1:{self.server_port}/geheim"


class _Answer(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        assert isinstance(self.server, Hook)
        self.server.told.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(self.server.status)
        self.end_headers()

    def do_GET(self) -> None:
        assert isinstance(self.server, Hook)
        self.server.asked.append(self.path)
        self.send_response(self.server.status)
        self.end_headers()

    def log_message(self, *args: object) -> None:
        """Nothing."""
