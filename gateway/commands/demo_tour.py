"""The tour of `run.py demo`: payments through the real API, devices and database, and the ledger proved afterwards.

It speaks HTTP like any till would; the cardholder's part is played on the virtual terminal's keys. Then an invoice is
paid, where the settings name an account at the virtual bank.
"""

import json
import shutil
import sys
import tempfile
import threading
import urllib.error
import urllib.request
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any

from gateway.bootstrap import Node
from gateway.commands.demo_tour_erp import open_shift, tell_erp
from gateway.commands.demo_tour_failures import Refused, TourFailed
from gateway.commands.demo_tour_payables import tell_payables
from gateway.configuration.settings import RegisterSettings, Settings
from gateway.domain.access import API_KEY_SCOPES, ROLE_PERMISSIONS, Caller, Role
from gateway.domain.ids import DeviceId, StoreId, TenantId, uuid7
from gateway.domain.ledger import imbalance
from gateway.domain.money import Money
from gateway.logs.observability import configure_logging
from gateway.node.server import WebServer
from gateway.node.shop_plan import terminal_currencies
from gateway.ports.virtual_shop import TerminalPanel

STEP_LIMIT_S = 45.0
FINAL = frozenset({"approved", "declined", "cancelled", "not_charged", "not_done"})
REFUND_MINOR = 930
"""Given back of the first sale, in minor units."""


@dataclass(frozen=True, slots=True)
class Step:
    """One part of the tour: what the virtual terminal does, and how the payment has to end.

    ``amount_minor``: in minor units of the terminal's currency.
    """

    words: str
    scenario: str
    amount_minor: int
    expected: str
    cancel: bool = False


STEPS = (
    Step("A card sale that is approved", "approve", 2340, "approved"),
    Step("A card that is declined", "decline", 9900, "declined"),
    Step("The cashier cancels while the terminal waits for a card", "approve", 500, "cancelled", cancel=True),
    Step("The line breaks after the terminal booked the sale", "line_lost_before_status", 1234, "approved"),
)


class ApiClient:
    """A till in a few lines: one key, JSON in and out."""

    def __init__(self, address: str, token: str) -> None:
        self.address = address
        self._token = token

    def call(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        """Make one request; an HTTP error is a failure of the tour."""
        request = urllib.request.Request(  # noqa: S310 - our own loopback address
            self.address + path,
            data=json.dumps(body).encode() if body is not None else None,
            method=method,
            headers={"Authorization": f"Bearer {self._token}", "Content-Type": "application/json"},
        )
        try:
            with urllib.request.urlopen(request, timeout=STEP_LIMIT_S) as answer:  # noqa: S310
                found: dict[str, Any] = json.load(answer)
        except urllib.error.HTTPError as error:
            words = f"{method} {path}: {error.code} {error.read().decode(errors='replace')}"
            raise Refused(words, error.code) from error
        return found

    def cancel(self, payment_id: str) -> None:
        """Ask for a cancel; that the payment has ended or is in doubt meanwhile is no failure."""
        try:
            self.call("POST", f"/v1/payments/{payment_id}/cancel")
        except Refused as refusal:
            if refusal.status != HTTPStatus.CONFLICT:
                raise


def run_tour(settings: Settings, *, keep: bool) -> int:
    """Make the tour in a folder of its own; return 0 when every step ended as it has to.

    Args:
        settings: the demo's settings; the tour needs a virtual terminal and a virtual printer.
        keep: leave the data folder for a look.
    """
    folder = Path(tempfile.mkdtemp(prefix="tillbridge-tour-"))
    server = settings.server.model_copy(update={"port": 0, "data_dir": folder})
    database = settings.database.model_copy(update={"url": f"sqlite:///{folder}/tour.sqlite3"})
    own = settings.model_copy(update={"server": server, "database": database})
    configure_logging(level="error", log_format="console")
    try:
        with _running(own) as (node, client):
            shift_id = open_shift(node, own)
            _tour(node, client, own)
            tell_payables(node, client.address, own)
            if shift_id is not None:
                tell_erp(node, own, shift_id)
    except TourFailed as error:
        print(f"FAILED: {error}", file=sys.stderr)
        return 1
    finally:
        if keep:
            print(f"Data kept in {folder}")
        else:
            shutil.rmtree(folder, ignore_errors=True)
    return 0


@contextmanager
def _running(settings: Settings) -> Iterator[tuple[Node, ApiClient]]:
    node = Node(settings)
    web = WebServer(node.app, settings.server)
    node.start()
    web.start()
    try:
        yield node, ApiClient(web.address, _key(node, settings))
    finally:
        web.stop()
        node.stop()


def _key(node: Node, settings: Settings) -> str:
    caller = Caller(
        TenantId(settings.shop.tenant),
        StoreId(settings.shop.store),
        uuid.UUID(int=0),
        "tour",
        ROLE_PERMISSIONS[Role.ADMINISTRATOR],
    )
    _, token = node.container.api_keys.add(
        caller, name="tour", scopes=frozenset(API_KEY_SCOPES), terminals=None, days=1
    )
    return token


def _tour(node: Node, client: ApiClient, settings: Settings) -> None:
    shop = node.container.virtual_shop
    register = next(iter(settings.registers), None)
    if register is None or register.terminal is None or register.printer is None or not shop.terminals():
        raise TourFailed("the tour needs a register with a virtual terminal and a virtual printer")
    terminal_id, printer_id = DeviceId(register.terminal), DeviceId(register.printer)
    print(f"{settings.shop.name}: {len(STEPS)} payments on {terminal_id}\n")
    before = _debits(node, settings)
    currency = terminal_currencies(settings)[terminal_id]
    taken, first = 0, ""
    for number, step in enumerate(STEPS, 1):
        shop.choose_scenario(terminal_id, step.scenario)
        amount = Money(step.amount_minor, currency)
        print(f"{number}. {step.words} ({currency.code} {amount.to_decimal()})")
        payment = _pay(node, client, register, amount, step)
        print(f"   -> {payment['state']}: {payment['words']}\n")
        if payment["state"] != step.expected:
            raise TourFailed(f"step {number} ended as {payment['state']}, not {step.expected}")
        if step.expected == "approved":
            taken, first = taken + step.amount_minor, first or str(payment["id"])
    shop.choose_scenario(terminal_id, "approve")
    back = Money(REFUND_MINOR, currency)
    print(f"{len(STEPS) + 1}. A part of the first sale is given back to its card ({currency.code} {back.to_decimal()})")
    refund = _refund(node, client, first, back, terminal_id)
    print(f"   -> {refund['state']}: {refund['words']}\n")
    if refund["state"] != "approved":
        raise TourFailed(f"the refund ended as {refund['state']}")
    _show_paper(node, printer_id)
    _prove(node, settings, Money(taken, currency), back, before)


def _pay(node: Node, client: ApiClient, register: RegisterSettings, amount: Money, step: Step) -> dict[str, Any]:
    terminal_id = DeviceId(register.terminal or "")
    payment_id = str(uuid7(int(node.clock.now().timestamp() * 1000)))
    asked = {"amount": amount.to_decimal(), "currency": amount.currency.code}
    body = {"id": payment_id, "register_id": register.id, "amount": asked}
    client.call("POST", "/v1/payments", body)
    again = client.call("POST", "/v1/payments", body)
    if again["id"] != payment_id:
        raise TourFailed("the repeated request was not recognised")
    deadline = threading.Event()
    timer = threading.Timer(STEP_LIMIT_S, deadline.set)
    timer.start()
    seen, cancelled = "", False
    try:
        while not deadline.is_set():
            panel = _panel(node, terminal_id)
            if panel.awaiting != seen:
                seen = panel.awaiting
                print(f"   terminal: {' / '.join(line for line in panel.display if line.strip()) or seen}")
            payment = client.call("GET", f"/v1/payments/{payment_id}")
            # A dead serial line looks like a slow cardholder; the cashier's cancel is what finds out.
            if not cancelled and (not panel.line_up or (step.cancel and panel.awaiting == "card")):
                client.cancel(payment_id)
                cancelled = True
            _play_cardholder(node, payment, panel, presents_card=not step.cancel)
            if payment["state"] in FINAL:
                return payment
            deadline.wait(0.1)
    finally:
        timer.cancel()
    raise TourFailed(f"no outcome within {STEP_LIMIT_S:g} s")


def _refund(node: Node, client: ApiClient, payment_id: str, amount: Money, terminal_id: DeviceId) -> dict[str, Any]:
    body = {
        "id": str(uuid7(int(node.clock.now().timestamp() * 1000))),
        "reason": "Goods came back",
        "amount": {"amount": amount.to_decimal(), "currency": amount.currency.code},
    }
    client.call("POST", f"/v1/payments/{payment_id}/refunds", body)
    client.call("POST", f"/v1/payments/{payment_id}/refunds", body)
    pause = threading.Event()
    ends_at_s = node.clock.monotonic_s() + STEP_LIMIT_S
    while node.clock.monotonic_s() < ends_at_s:
        refund = client.call("GET", f"/v1/refunds/{body['id']}")
        if refund["state"] in FINAL:
            return refund
        _play_cardholder(node, refund, _panel(node, terminal_id), presents_card=True)
        pause.wait(0.1)
    raise TourFailed(f"no outcome of the refund within {STEP_LIMIT_S:g} s")


def _panel(node: Node, terminal_id: DeviceId) -> TerminalPanel:
    return next(panel for panel in node.container.virtual_shop.terminals() if panel.terminal_id == terminal_id)


def _play_cardholder(node: Node, payment: dict[str, Any], panel: TerminalPanel, *, presents_card: bool) -> None:
    """Do at the terminal what people would do now."""
    shop = node.container.virtual_shop
    if not panel.line_up and payment["state"] == "unknown":
        print(f"   gateway: {payment['words']}")
        shop.press(panel.terminal_id, "restore_line")
    elif panel.awaiting == "card" and presents_card:
        shop.press(panel.terminal_id, "present_card")
    elif panel.awaiting == "pin":
        shop.press(panel.terminal_id, "enter_pin")


def _show_paper(node: Node, printer_id: DeviceId) -> None:
    done = threading.Event()
    for _ in range(100):
        papers = node.container.virtual_shop.papers(printer_id)
        if papers:
            break
        done.wait(0.1)
    else:
        raise TourFailed("no receipt came out of the printer")
    print("The first receipt on paper:\n")
    print("\n".join(f"   | {line}" for line in papers[-1].text.splitlines()))


def _debits(node: Node, settings: Settings) -> int:
    """Return the sum of all debits so far: what the demo owes from its first day on."""
    with node.storage.read() as unit:
        balances = unit.ledger.balances(TenantId(settings.shop.tenant), StoreId(settings.shop.store))
    return sum(balance.debits_posted for balance in balances)


def _prove(node: Node, settings: Settings, taken: Money, back: Money, before: int) -> None:
    with node.storage.read() as unit:
        balances = unit.ledger.balances(TenantId(settings.shop.tenant), StoreId(settings.shop.store))
    print("\nThe ledger:\n")
    for balance in balances:
        print(f"   {balance.account:<32} debit {balance.debits_posted:>8}  credit {balance.credits_posted:>8}")
        if balance.debits_pending or balance.credits_pending:
            raise TourFailed("an amount is still reserved")
    moved = sum(balance.debits_posted for balance in balances) - before
    if any(imbalance(balances).values()) or moved != taken.minor + back.minor:
        raise TourFailed(f"the ledger holds {moved}, the terminal booked {taken.minor} and gave {back.minor} back")
    print(
        f"\nEverything adds up: {taken.currency.code} {taken.to_decimal()} taken, {back.to_decimal()} given back, "
        f"net {(taken - back).to_decimal()}; each in the ledger once."
    )
