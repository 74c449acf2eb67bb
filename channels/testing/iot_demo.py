"""A small IoT platform for demos and tests: OEE of production lines as JSON over HTTP, with a token.

It can also hang, lie or fail, so that what reads it can be tried against that.
"""

from __future__ import annotations

import json
import random
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Literal

from knowledge_graph.expression.periods import iso_instant
from knowledge_graph.ports import Clock

TOKEN = "demo-token"  # noqa: S105 - of the demo, on the loopback address
Mood = Literal["well", "hangs", "lies", "fails", "floods"]


@dataclass
class IotDemo:
    """A running server.

    Args:
        clock: When its measurements were made.
    """

    clock: Clock
    mood: Mood = "well"
    asked: list[str] = field(default_factory=list)
    """The paths of the requests that had the token."""
    awake: threading.Event = field(default_factory=threading.Event)
    """Ends the waiting of a server that hangs."""
    port: int = 0

    @property
    def url(self) -> str:
        """Where it is asked."""
        return f"http://127.0.0.1:{self.port}/v1"

    def answer(self, customer: str) -> bytes:
        """Return what it says about a customer; the same at the same time."""
        now = self.clock.now()
        dice = random.Random(f"{customer}{now:%G%V}")  # noqa: S311 - made-up measurements
        series = [round(min(0.95, max(0.4, dice.gauss(0.78, 0.05))), 3) for _ in range(7)]
        observed = now - timedelta(minutes=5)
        if self.mood == "lies":
            observed, series = now + timedelta(days=400), [7e300, -1.0]
        body = {"observed_at": iso_instant(observed), "values": {}, "series": {"OEE": series}}
        return json.dumps(body).encode()


@contextmanager
def iot_demo(clock: Clock) -> Iterator[IotDemo]:
    """Run an IoT platform on a free port of the loopback address.

    Args:
        clock: When its measurements were made.

    Yields:
        The running server.
    """
    demo = IotDemo(clock=clock)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.headers.get("Authorization") != f"Bearer {TOKEN}":
                self._send(401, b"{}")
                return
            demo.asked.append(self.path)
            if demo.mood == "hangs":
                demo.awake.wait(30)
            if demo.mood == "fails":
                self._send(503, b"{}")
                return
            body = b"x" * 3_000_000 if demo.mood == "floods" else demo.answer(self.path)
            self._send(200, body)

        def _send(self, status: int, body: bytes) -> None:
            try:
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)
            except OSError:
                return  # the client has given up

        def log_message(self, format: str, *args: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    demo.port = int(server.server_address[1])
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield demo
    finally:
        demo.awake.set()
        server.shutdown()
        server.server_close()
        thread.join()
