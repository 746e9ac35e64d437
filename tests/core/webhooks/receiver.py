# SPDX-License-Identifier: Apache-2.0
"""Another system, on a free port of loopback, that verifies what it is told with the standard's own library."""

from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

from standardwebhooks.webhooks import Webhook


class Receiver(ThreadingHTTPServer):
    """Answers with `status`; keeps the headers and the body of every message."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answer)
        self.told: list[tuple[dict[str, str], bytes]] = []
        self.status = 204
        self.answer = b""
        Thread(target=self.serve_forever, args=(0.02,), daemon=True).start()

    @property
    def url(self) -> str:
        """Its address, with a secret in it."""
        return f"http://127.0.0.1:{self.server_port}/hooks/geheim"

    def verified(self, key: str, number: int = -1) -> dict[str, Any]:
        """A message that was told, by the key; raises what the library raises."""
        headers, body = self.told[number]
        said: dict[str, Any] = Webhook(key).verify(body, headers)
        return said

    @property
    def ids(self) -> list[str]:
        """The ids of all that was told, in order."""
        return [headers["webhook-id"] for headers, _ in self.told]


class _Answer(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        assert isinstance(self.server, Receiver)
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.told.append(({name.lower(): value for name, value in self.headers.items()}, body))
        self.send_response(self.server.status)
        self.send_header("Content-Length", str(len(self.server.answer)))
        self.end_headers()
        self.wfile.write(self.server.answer)

    def log_message(self, *args: object) -> None:
        """Nothing."""
