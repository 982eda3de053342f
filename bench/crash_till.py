"""The tills of the crash harness: each charges one terminal over HTTP and insists until it gets an answer.

A till makes the id of a payment itself and sends the same request until it is answered, to whichever node answers,
as any client has to. What it was told is kept, so that the judge can hold the gateway to its word.
"""

import http.client
import json
import random
import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from gateway.domain.cards.payment import FINAL_STATES
from gateway.domain.cards.refund import REFUND_STATES
from gateway.domain.ids import uuid7

FINAL = frozenset(str(state) for final in FINAL_STATES for state in (final, REFUND_STATES[final]))
HTTP_TIMEOUT_S = 10.0
PAUSE_S = 0.03
OUTCOME_LIMIT_S = 60.0
"""An outcome that is not final after this time is left to the judge."""

REPLAY_CHANCE = 0.2
"""Share of payments whose request is sent once more after the end: the first answer has to come back."""

REFUND_CHANCE = 0.3
"""Share of paid payments that are given back, half of them in full, the others in part."""

SAME_AMOUNT = 2
"""So many payments of a till in a row have the same amount: recovery must not take one for the other."""


@dataclass(slots=True)
class GiveBack:
    """One refund as its till knows it; fields as in :class:`Charge`."""

    id: uuid.UUID
    amount_minor: int
    first_answer: bytes = b""
    told: list[str] = field(default_factory=list)

    @property
    def path(self) -> str:
        """Where it is to be found."""
        return f"/v1/refunds/{self.id}"

    def request(self) -> bytes:
        """Return the body of the request, the same every time."""
        return json.dumps({"id": str(self.id), "amount": euro(self.amount_minor), "reason": "came back"}).encode()


@dataclass(slots=True)
class Charge:
    """One payment as its till knows it. ``told``: states in the order they were told."""

    id: uuid.UUID
    register_id: str
    terminal_id: str
    amount_minor: int
    first_answer: bytes = b""
    posts: int = 0
    told: list[str] = field(default_factory=list)
    refund: GiveBack | None = None

    @property
    def path(self) -> str:
        """Where it is to be found."""
        return f"/v1/payments/{self.id}"

    def request(self) -> bytes:
        """Return the body of the request, the same every time."""
        body = {
            "id": str(self.id),
            "register_id": self.register_id,
            "amount": euro(self.amount_minor),
            "reference": f"order {self.amount_minor}",
        }
        return json.dumps(body).encode()


def euro(minor: int) -> dict[str, str]:
    """Return an amount as the API takes it."""
    return {"amount": f"{minor // 100}.{minor % 100:02d}", "currency": "EUR"}


class Till:
    """One thread that charges one terminal, one payment after the other."""

    def __init__(self, number: int, ports: tuple[int, ...], token: str, seed: int) -> None:
        """``number``: from 1, of register and terminal; ``ports``: of the nodes, tried in turn."""
        self.number = number
        self.charges: list[Charge] = []
        self.problems: list[str] = []
        self._ports = ports
        self._token = token
        self._chance = random.Random(f"{seed} till {number}")
        self._asked = 0
        self._finish = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"till-{number}", daemon=True)

    def start(self) -> None:
        """Begin to sell."""
        self._thread.start()

    def finish(self) -> None:
        """Let it end after the present payment."""
        self._finish.set()

    def join(self, timeout_s: float) -> bool:
        """Wait for the end; False when the present payment got no answer in time."""
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def _run(self) -> None:
        while not self._finish.is_set():
            charge = self._next()
            self.charges.append(charge)
            if not self._insist(charge, "/v1/payments", charge.path):
                return
            if charge.told[-1:] == ["approved"] and self._chance.random() < REFUND_CHANCE:
                minor = charge.amount_minor if self._chance.random() < 0.5 else charge.amount_minor // 3
                charge.refund = GiveBack(uuid7(time.time_ns() // 1_000_000), minor)
                if not self._insist(charge.refund, f"{charge.path}/refunds", charge.refund.path):
                    return

    def _insist(self, wish: Charge | GiveBack, ask_at: str, found_at: str) -> bool:
        """Ask until it is accepted, watch it to its end, perhaps ask once more; False when it was refused."""
        wish.first_answer = self._post(wish, ask_at)
        if not wish.first_answer:
            return False
        self._watch(wish, found_at)
        if self._chance.random() < REPLAY_CHANCE:
            again = self._post(wish, ask_at)
            if again != wish.first_answer:
                self.problems.append(f"{wish.id}: the repeated request got another answer: {again!r}")
        return True

    def _next(self) -> Charge:
        amount = 1_000 * self.number * 100 + len(self.charges) // SAME_AMOUNT
        made_ms = time.time_ns() // 1_000_000
        return Charge(uuid7(made_ms), f"register-{self.number}", f"terminal-{self.number}", amount)

    def _post(self, wish: Charge | GiveBack, path: str) -> bytes:
        """Send the request until it is accepted; return the answer."""
        while True:
            if isinstance(wish, Charge):
                wish.posts += 1
            status, body = self._until_answered("POST", path, wish.request())
            if status == 202:
                return body
            if status != 409 or json.loads(body).get("code") != "terminal_busy":
                self.problems.append(f"{wish.id}: refused with {status}: {body!r}")
                return b""
            self._pause()

    def _watch(self, wish: Charge | GiveBack, path: str) -> None:
        until_s = time.monotonic() + OUTCOME_LIMIT_S
        while time.monotonic() < until_s:
            state = str(self.look(path).get("state"))
            if not wish.told or wish.told[-1] != state:
                wish.told.append(state)
            if state in FINAL:
                return
            self._pause()

    def look(self, path: str) -> dict[str, Any]:
        """Return a payment or refund as the gateway tells it now."""
        status, body = self._until_answered("GET", path, None)
        if status != 200:
            self.problems.append(f"{path}: was accepted and then not found: {status} {body!r}")
            return {}
        document: dict[str, Any] = json.loads(body)
        return document

    def _until_answered(self, method: str, path: str, body: bytes | None) -> tuple[int, bytes]:
        """Ask one node after the other until one answers; a restarting node's 503 is no answer."""
        while True:
            port = self._ports[self._asked % len(self._ports)]
            try:
                status, answer = _request(port, method, path, body, self._token)
            except (OSError, http.client.HTTPException):
                status, answer = 503, b""
            if status < 500:
                return status, answer
            self._asked += 1
            self._pause()

    def _pause(self) -> None:
        threading.Event().wait(PAUSE_S * (0.5 + self._chance.random()))


def _request(port: int, method: str, path: str, body: bytes | None, token: str) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=HTTP_TIMEOUT_S)
    try:
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def settle_receipts(tills: list[Till], limit_s: float, on_wait: Callable[[], None]) -> list[str]:
    """Wait until no receipt is on its way any more; return what still is.

    ``limit_s``: seconds without any progress. A thousand kills leave a long queue before the one printer.
    """
    until_s = time.monotonic() + limit_s
    waiting = [
        (till, wish.path)
        for till in tills
        for charge in till.charges
        for wish in (charge, charge.refund)
        if wish is not None
    ]
    while waiting and time.monotonic() < until_s:
        left = []
        for till, path in waiting:
            deliveries = till.look(path).get("deliveries", [])
            if any(delivery["state"] in {"ready", "started"} for delivery in deliveries):
                left.append((till, path))
        if len(left) < len(waiting):
            until_s = time.monotonic() + limit_s
        waiting = left
        on_wait()
    return [path for _, path in waiting]
