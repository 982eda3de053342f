"""A model of an ERP's HTTP interface on the loopback address, with faults on demand: what a test can look into.

A model is written from what the ERP's documentation and its own sources say; it is no recording of one.
"""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass, field
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qsl, unquote, urlsplit

from connectors.sandbox_erp.faults import Fault, FaultPlan

RETRY_AFTER_S = 7
SECRET = "till-2718-bridge"
TRACEBACK = "Traceback (most recent call last): password=geheim"


@dataclass(frozen=True, slots=True)
class ModelRequest:
    """One call. ``body``: JSON, None for none; ``content``: as it came."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    content: bytes

    @property
    def body(self) -> Any:
        """Return the JSON of the body."""
        return json.loads(self.content, parse_float=Decimal) if self.content[:1] in (b"{", b"[") else None


@dataclass(frozen=True, slots=True)
class ModelReply:
    """One answer."""

    status: int
    content: object
    headers: dict[str, str] = field(default_factory=dict)

    def sent(self) -> bytes:
        """Return the body: bytes as they are, else JSON, amounts as numbers."""
        told = self.content
        return told if isinstance(told, bytes) else json.dumps(told, default=float).encode()


class ErpModel:
    """What every model has. ``answer`` is called by one thread at a time; ``heard``: what was asked and answered."""

    def __init__(self) -> None:
        self.faults = FaultPlan()
        self.heard: list[tuple[ModelRequest, ModelReply]] = []
        self._at_work = threading.Lock()
        handler = type("_Handler", (_Handler,), {"erp": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self.address = f"http://127.0.0.1:{self._server.server_address[1]}"

    def operation(self, request: ModelRequest) -> str:
        """Return what a call does, in the words of the sandbox's faults; empty for a look."""
        raise NotImplementedError

    def answer(self, request: ModelRequest) -> ModelReply:
        """Do it."""
        raise NotImplementedError

    def denied(self, request: ModelRequest) -> ModelReply:
        """Return the answer to somebody whose access ended."""
        raise NotImplementedError

    def half_done(self, request: ModelRequest) -> None:
        """Do a part of a call that makes a draft; by default all of it, where it is one transaction."""
        self.answer(request)

    def reply(self, request: ModelRequest) -> ModelReply | None:
        """Return the answer with what goes wrong; None where none comes."""
        with self._at_work:
            operation = self.operation(request)
            fault = self.faults.next_for(operation, writes=bool(operation))
            match fault:
                case Fault.TIMEOUT_BEFORE:
                    return None
                case Fault.TOO_MANY_CALLS:
                    return ModelReply(429, b"", {"Retry-After": str(RETRY_AFTER_S)})
                case Fault.SERVER_ERROR:
                    return ModelReply(500, TRACEBACK.encode())
                case Fault.EXPIRED:
                    return self.denied(request)
                case Fault.HALF_DRAFT:
                    self.half_done(request)
                    return None
                case Fault.DUPLICATE:
                    self.answer(request)
            reply = self.answer(request)
            # As it was then: rows of a model go on changing.
            self.heard.append((request, ModelReply(reply.status, reply.sent(), reply.headers)))
            if fault is Fault.TIMEOUT_AFTER:
                return None
            if fault is Fault.MALFORMED:
                whole = reply.sent()
                # An answer with 204 has no content that could make no sense.
                status = 200 if reply.status == 204 else reply.status
                return ModelReply(status, b"<" + whole[: len(whole) // 2], reply.headers)
            return reply

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_raised: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(timeout=10)


class _Handler(BaseHTTPRequestHandler):
    """One connection."""

    erp: ErpModel
    protocol_version = "HTTP/1.1"
    timeout = 60
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        content = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        place = urlsplit(self.path)
        headers = {name.lower(): value for name, value in self.headers.items()}
        query = dict(parse_qsl(place.query))
        reply = self.erp.reply(ModelRequest(self.command, unquote(place.path), query, headers, content))
        if reply is None:
            self.close_connection = True
            return
        body = reply.sent()
        self.send_response(reply.status)
        for name, value in {"Content-Type": "application/json", **reply.headers}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_PUT = do_PATCH = do_DELETE = do_GET  # noqa: N815 - names of the library

    def log_message(self, *_words: object) -> None:
        """Stay quiet."""
