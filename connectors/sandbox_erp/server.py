"""The sandbox ERP as a server on the loopback address: REST below ``/api/v1``, SOAP at ``/soap``, control beside them.

Plain HTTP of the standard library: what is wanted here, connections that end in the middle, no finished server gives.
"""

from __future__ import annotations

import base64
import hmac
import json
import re
import secrets
import threading
from dataclasses import dataclass, field
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qsl, urlsplit

from connectors.sandbox_erp import soap_side
from connectors.sandbox_erp.bookkeeping import Bookkeeping
from connectors.sandbox_erp.books import Books, Refusal
from connectors.sandbox_erp.faults import Fault, FaultPlan
from connectors.sandbox_erp.operations import Operations, with_fault
from connectors.sandbox_erp.sample_books import fill_when_new

REQUEST_BYTES_MAX = 32 * 1024 * 1024
RETRY_AFTER_S = 7
_LINE_TIMEOUT_S = 60
_POLL_S = 0.05
_JSON, _XML = "application/json", "text/xml; charset=utf-8"
_STATUS = {"duplicate": 409, "not_a_draft": 409, "not_found": 404, "invalid": 400}
_ROUTES = (
    ("GET", re.compile(r"/api/v1/company"), "company"),
    ("GET", re.compile(r"/api/v1/vendors"), "list_vendors"),
    ("GET", re.compile(r"/api/v1/customers"), "list_customers"),
    ("GET", re.compile(r"/api/v1/orders"), "list_orders"),
    ("GET", re.compile(r"/api/v1/open-items"), "list_open_items"),
    ("GET", re.compile(r"/api/v1/bills"), "find_bills"),
    ("GET", re.compile(r"/api/v1/payments"), "find_payments"),
    ("GET", re.compile(r"/api/v1/entries"), "find_entries"),
    ("POST", re.compile(r"/api/v1/bills"), "create_bill"),
    ("PUT", re.compile(r"/api/v1/bills/(?P<id>\w+)"), "replace_bill"),
    ("POST", re.compile(r"/api/v1/bills/(?P<id>\w+)/attachments"), "attach"),
    ("POST", re.compile(r"/api/v1/bills/(?P<id>\w+)/post"), "post_bill"),
    ("POST", re.compile(r"/api/v1/payments"), "create_payment"),
    ("POST", re.compile(r"/api/v1/entries"), "create_entry"),
)


@dataclass(frozen=True, slots=True)
class Login:
    """Who may enter: by Basic, by the key in ``X-Api-Key``, or by a token from ``/oauth/token``."""

    user: str = "gateway"
    password: str = field(default="till-2718-bridge", repr=False)

    def basic(self) -> str:
        """Return the header of Basic."""
        return "Basic " + base64.b64encode(f"{self.user}:{self.password}".encode()).decode()


class SandboxErp:
    """A running sandbox. Use it as a context, or ``start`` and ``stop`` it."""

    def __init__(
        self,
        books: Books,
        *,
        port: int = 0,
        login: Login | None = None,
        faults: FaultPlan | None = None,
        hold_s: float = 30.0,
    ) -> None:
        """Bind the loopback address.

        Args:
            books: what it knows; filled with samples where they are new.
            port: 0 for any that is free.
            login: who may enter.
            faults: what goes wrong.
            hold_s: seconds a caller is left waiting by a time-out before the line is closed; 0: it is closed at once.

        Raises:
            OSError: the port is taken.
        """
        fill_when_new(books)
        self.books = books
        self.work = Bookkeeping(books)
        self.operations = Operations(self.work)
        self.login = login or Login()
        self.faults = faults or FaultPlan()
        self.hold_s = hold_s
        self.tokens: set[str] = set()
        self.over = threading.Event()
        handler = type("_Handler", (_Handler,), {"erp": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", port), handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.05,), name="sandbox-erp", daemon=True
        )
        self.address = f"http://127.0.0.1:{self._server.server_address[1]}"

    def start(self) -> None:
        """Begin to answer."""
        self._thread.start()

    def stop(self) -> None:
        """Answer no more; the books stay open."""
        self.over.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(timeout=10)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_raised: object) -> None:
        self.stop()


class _Handler(BaseHTTPRequestHandler):
    """One connection."""

    erp: SandboxErp
    protocol_version = "HTTP/1.1"
    timeout = _LINE_TIMEOUT_S
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        """Answer a request."""
        self._serve()

    do_POST = do_PUT = do_DELETE = do_GET  # noqa: N815 - names of the library

    def log_message(self, *_words: object) -> None:
        """Stay quiet: requests hold logins."""

    def _serve(self) -> None:
        size = self.headers.get("Content-Length", "0")
        if not size.isdigit() or int(size) > REQUEST_BYTES_MAX:
            self.close_connection = True
            self._send(413, _JSON, b"{}")
            return
        content = self.rfile.read(int(size))
        place = urlsplit(self.path)
        if place.path == "/soap" and self.command == "GET":
            self._send(200, _XML, soap_side.DESCRIPTION.read_bytes())
        elif not self._may_enter(token_too=place.path != "/oauth/token"):
            self._send(401, _JSON, _told({"error": {"code": "not_authorised"}}))
        elif place.path == "/oauth/token":
            token = secrets.token_urlsafe(24)
            self.erp.tokens.add(token)
            self._send(200, _JSON, _told({"access_token": token, "token_type": "Bearer", "expires_in": 3600}))
        elif place.path == "/soap":
            self._soap(content)
        elif place.path.startswith("/control/"):
            self._control(place.path, content)
        else:
            self._rest(place.path, dict(parse_qsl(place.query)), content)

    def _may_enter(self, *, token_too: bool) -> bool:
        told, login = self.headers.get("Authorization", ""), self.erp.login
        if token_too and told.startswith("Bearer ") and told[7:] in self.erp.tokens:
            return True
        key = self.headers.get("X-Api-Key", "")
        return hmac.compare_digest(told.encode(), login.basic().encode()) or (
            token_too and hmac.compare_digest(key.encode(), login.password.encode())
        )

    def _rest(self, path: str, query: dict[str, str], content: bytes) -> None:
        routes = [
            (operation, found.groupdict())
            for method, pattern, operation in _ROUTES
            if method == self.command and (found := pattern.fullmatch(path)) is not None
        ]
        body = _object(content)
        if not routes or body is None:
            status, code = (404, "not_found") if not routes else (400, "invalid")
            self._send(status, _JSON, _told({"error": {"code": code, "message": "This cannot be answered."}}))
            return
        operation, named = routes[0]
        fault = self._fault(operation)
        if self._failed_before(fault, "application/problem+json"):
            return
        try:
            values = with_fault(self.erp.operations, operation, {**query, **body, **named}, fault)
        except Refusal as refusal:
            status = _STATUS.get(refusal.code, 422)
            told = {"code": refusal.code, "message": refusal.message, "id": refusal.id}
            self._send(status, _JSON, _told({"error": told}))
            return
        self._answer_after(fault, 200, _JSON, _told(values))

    def _soap(self, content: bytes) -> None:
        try:
            operation, body = soap_side.read_message(content)
        except ValueError as error:
            self._send(500, _XML, soap_side.fault("invalid", f"The message cannot be read: {error}.", sender=True))
            return
        if operation not in self.erp.operations.names:
            self._send(500, _XML, soap_side.fault("invalid", f"There is no operation {operation}.", sender=True))
            return
        fault = self._fault(operation)
        if self._failed_before(fault, "text/plain"):
            return
        try:
            values = with_fault(self.erp.operations, operation, body, fault)
        except Refusal as refusal:
            self._send(500, _XML, soap_side.fault(refusal.code, refusal.message, sender=True, id_=refusal.id))
            return
        self._answer_after(fault, 200, _XML, soap_side.answer(operation, values))

    def _control(self, path: str, content: bytes) -> None:
        body = _object(content) or {}
        match (self.command, path):
            case ("GET", "/control/journal"):
                self._send(200, "application/jsonl", b"".join(_told(one) + b"\n" for one in self.erp.books.journal()))
            case ("POST", "/control/faults") if body.get("fault") in set(Fault):
                self.erp.faults.add(Fault(body["fault"]), str(body.get("operation", "")))
                self._send(200, _JSON, b"{}")
            case ("DELETE", "/control/faults"):
                self.erp.faults.clear()
                self._send(200, _JSON, b"{}")
            case ("POST", "/control/receipts"):
                self._receive(body)
            case _:
                self._send(404, _JSON, b"{}")

    def _receive(self, body: dict[str, Any]) -> None:
        try:
            quantity = Decimal(str(body["quantity"]))
            self._send(200, _JSON, _told(self.erp.work.receive(str(body["order"]), str(body["line"]), quantity)))
        except (Refusal, KeyError, ArithmeticError) as error:
            self._send(400, _JSON, _told({"error": {"code": "invalid", "message": str(error)}}))

    def _fault(self, operation: str) -> Fault | None:
        demanded = self.headers.get("X-Sandbox-Fault", "")
        writes = self.erp.operations.writes(operation)
        return self.erp.faults.next_for(operation, writes=writes, demanded=demanded)

    def _failed_before(self, fault: Fault | None, media_type: str) -> bool:
        """Answer a fault that hits before anything is done; return whether there was one."""
        match fault:
            case Fault.TIMEOUT_BEFORE:
                self._hang_up()
            case Fault.TOO_MANY_CALLS:
                self._send(429, media_type, b"", ("Retry-After", str(RETRY_AFTER_S)))
            case Fault.SERVER_ERROR:
                self._send(500, media_type, b"Traceback (most recent call last): password=geheim")
            case Fault.EXPIRED:
                self.erp.tokens.clear()
                self._send(401, media_type, b"")
            case _:
                return False
        return True

    def _answer_after(self, fault: Fault | None, status: int, media_type: str, content: bytes) -> None:
        """Answer what is done, or do not."""
        if fault in (Fault.TIMEOUT_AFTER, Fault.HALF_DRAFT):
            self._hang_up()
        elif fault is Fault.MALFORMED:
            self._send(status, media_type, content[: len(content) // 2])
        else:
            self._send(status, media_type, content)

    def _hang_up(self) -> None:
        if self.erp.hold_s:
            self.erp.over.wait(self.erp.hold_s)
        self.close_connection = True

    def _send(self, status: int, media_type: str, content: bytes, *headers: tuple[str, str]) -> None:
        self.send_response(status)
        for name, value in (("Content-Type", media_type), ("Content-Length", str(len(content))), *headers):
            self.send_header(name, value)
        # The head is kept back until now: head and body leave together.
        self._headers_buffer: list[bytes]
        self._headers_buffer.append(b"\r\n" + content)
        self.flush_headers()


def _told(value: object) -> bytes:
    return json.dumps(value, default=str).encode()


def _object(content: bytes) -> dict[str, Any] | None:
    """Return the object of a body, empty for none; None where it is something else."""
    try:
        found = json.loads(content, parse_float=Decimal) if content else {}
    except ValueError:
        return None
    return found if isinstance(found, dict) else None
