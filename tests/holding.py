"""A server that holds its answers back until it is told to give them."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from videotasks import Ark
from videotasks._rules.pacing import Limits

PATIENCE = 30.0


class Holding(ThreadingHTTPServer):
    """Ark, with a finished task by every id; no DELETE is answered until `release` is set."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Holder)
        self.arrived = threading.Semaphore(0)
        self.release = threading.Event()
        self.ended = threading.Semaphore(0)
        self.connections = 0
        self.requests = 0
        self.counting = threading.Lock()
        self.held = 0
        self.most_held = 0

    @property
    def ark(self) -> Ark:
        return self.ark_with(None)

    def ark_with(self, limits: Limits | None) -> Ark:
        return Ark("key", base_url=f"http://127.0.0.1:{self.server_port}/api/v3", limits=limits)

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing of clients that did not wait for an answer."""

    def all_ended(self) -> bool:
        """Whether the client has closed, or soon closes, each of its connections."""
        return all(self.ended.acquire(timeout=PATIENCE) for _ in range(self.connections))


class Holder(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    @property
    def holding(self) -> Holding:
        assert isinstance(self.server, Holding)
        return self.server

    def handle(self) -> None:
        self.holding.connections += 1
        super().handle()
        self.holding.ended.release()

    def do_GET(self) -> None:
        self.holding.requests += 1
        task_id = self.path.rpartition("/")[2]
        self._say({"id": task_id, "model": "m", "status": "succeeded"})

    def do_DELETE(self) -> None:
        self.holding.requests += 1
        with self.holding.counting:
            self.holding.held += 1
            self.holding.most_held = max(self.holding.most_held, self.holding.held)
        self.holding.arrived.release()
        assert self.holding.release.wait(PATIENCE)
        with self.holding.counting:
            self.holding.held -= 1
        self._say({})

    def _say(self, body: dict[str, Any]) -> None:
        content = json.dumps(body).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the base class has it
        """Say nothing."""
