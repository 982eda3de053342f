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

from gateway.domain.ids import uuid7
from gateway.domain.payment import FINAL_STATES

FINAL = frozenset(state.value for state in FINAL_STATES)
HTTP_TIMEOUT_S = 10.0
PAUSE_S = 0.03
OUTCOME_LIMIT_S = 60.0
"""An outcome that is not final after this time is left to the judge."""

REPLAY_CHANCE = 0.2
"""Share of payments whose request is sent once more after the end: the first answer has to come back."""

SAME_AMOUNT = 2
"""So many payments of a till in a row have the same amount: recovery must not take one for the other."""


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

    def request(self) -> bytes:
        """Return the body of the request, the same every time."""
        amount = f"{self.amount_minor // 100}.{self.amount_minor % 100:02d}"
        body = {
            "id": str(self.id),
            "register_id": self.register_id,
            "amount": {"amount": amount, "currency": "EUR"},
            "reference": f"order {self.amount_minor}",
        }
        return json.dumps(body).encode()


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
            charge.first_answer = self._post(charge)
            if not charge.first_answer:
                return
            self._watch(charge)
            if self._chance.random() < REPLAY_CHANCE:
                again = self._post(charge)
                if again != charge.first_answer:
                    self.problems.append(f"{charge.id}: the repeated request got another answer: {again!r}")

    def _next(self) -> Charge:
        amount = 1_000 * self.number * 100 + len(self.charges) // SAME_AMOUNT
        made_ms = time.time_ns() // 1_000_000
        return Charge(uuid7(made_ms), f"register-{self.number}", f"terminal-{self.number}", amount)

    def _post(self, charge: Charge) -> bytes:
        """Send the request until it is accepted; return the answer."""
        while True:
            charge.posts += 1
            status, body = self._until_answered("POST", "/v1/payments", charge.request())
            if status == 202:
                return body
            if status != 409 or json.loads(body).get("code") != "terminal_busy":
                self.problems.append(f"{charge.id}: refused with {status}: {body!r}")
                return b""
            self._pause()

    def _watch(self, charge: Charge) -> None:
        until_s = time.monotonic() + OUTCOME_LIMIT_S
        while time.monotonic() < until_s:
            document = self.look(charge)
            state = str(document.get("state"))
            if not charge.told or charge.told[-1] != state:
                charge.told.append(state)
            if state in FINAL:
                return
            self._pause()

    def look(self, charge: Charge) -> dict[str, Any]:
        """Return the payment as the gateway tells it now."""
        status, body = self._until_answered("GET", f"/v1/payments/{charge.id}", None)
        if status != 200:
            self.problems.append(f"{charge.id}: was accepted and then not found: {status} {body!r}")
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
    """Wait until no receipt is on its way any more; return what still is after ``limit_s`` seconds."""
    until_s = time.monotonic() + limit_s
    open_charges = [(till, charge) for till in tills for charge in till.charges]
    while open_charges and time.monotonic() < until_s:
        left = []
        for till, charge in open_charges:
            deliveries = till.look(charge).get("deliveries", [])
            if any(delivery["state"] in {"ready", "started"} for delivery in deliveries):
                left.append((till, charge))
        open_charges = left
        on_wait()
    return [str(charge.id) for _, charge in open_charges]
