"""The second part of the tour: an invoice on its way from a file to the statement, through the hands of six people.

Everything is asked of the API as the screens ask it; only the calendar of the virtual bank is turned by hand.
"""

import secrets
import threading
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, TypeVar

from gateway.bootstrap import Node
from gateway.commands.demo_tour_erp import tell_posted
from gateway.commands.demo_tour_failures import TourFailed
from gateway.commands.demo_tour_people import PersonAtDesk
from gateway.configuration.settings import Settings
from gateway.domain.access import Role
from gateway.domain.erp.documents import DocumentKind
from gateway.domain.ids import StoreId, TenantId, uuid7
from gateway.domain.ledger import imbalance
from gateway.domain.money import Currency, Money
from gateway.domain.payables import payable_ledger
from gateway.node.demo_documents import ROASTERY, TOUR_LINES, TOUR_ORDER, SampleInvoice, ubl_of
from gateway.node.demo_erp import demo_erp_runs
from gateway.web.words import load_words

Found = TypeVar("Found", bound=Mapping[str, Any])

LOOK_EVERY_S = 0.2
READ_LIMIT_S = 90.0
"""The first document starts the reader; the inbox of the demo is read before."""
BANK_LIMIT_S = 30.0
BANK_DAYS = 6
"""So many days of the bank's calendar reach the statement, whatever day of the week it is."""
SUPPLIER_NUMBER = "70001"
SECOND = "second-approver"
_ORDER, _LINES, _NUMBER = TOUR_ORDER, TOUR_LINES, "HK-2026-0500"
FETCH_LIMIT_S = 60.0


@dataclass(frozen=True, slots=True)
class Office:
    """The people who have a part in paying."""

    clerk: PersonAtDesk
    approvers: tuple[PersonAtDesk, PersonAtDesk]
    controller: PersonAtDesk
    treasurer: PersonAtDesk


def tell_payables(node: Node, address: str, settings: Settings) -> bool:
    """Tell the way of an invoice; False, and nothing done, where the shop has no people of the demo or no account.

    Args:
        node: running.
        address: where it listens.
        settings: of the tour.

    Raises:
        TourFailed: when something does not end as it has to.
    """
    if not settings.payables.accounts or node.container.till.payables.bank.virtual is None:
        return False
    people = {role: (login, password) for login, password, _, role in node.container.demo_people}
    if not people:
        return False
    before = _balances(node, settings)
    office = _open_office(node, address, people)
    today = node.clock.now().astimezone(settings.shop.zone()).date()
    invoice = SampleInvoice(
        ROASTERY, _NUMBER, today - timedelta(days=6), today, Decimal(7), _LINES, order_number=_ORDER
    )
    print(f"\nAn invoice of {ROASTERY.name} over EUR {invoice.total} is paid\n")
    erp = demo_erp_runs(settings)
    if erp:
        _ordered_in_erp(office.clerk)
    else:
        _order(node, office.clerk, today)
    payable = _owed(node, settings, office.clerk, invoice)
    payable_id = str(payable["id"])
    trace = uuid.UUID(payable_id).hex
    print(f"   {payable['state']:<10} with order {_ORDER} and its delivery, line by line, trace {trace}")
    if payable["state"] != "matched":
        raise TourFailed(f"the invoice is {payable['state']}, not matched")
    _approve(node, office, payable_id)
    if erp:
        tell_posted(node, settings, DocumentKind.VENDOR_BILL, trace, "The bill")
    paid = _pay(node, office, payable_id, today)
    _to_the_statement(node, office.treasurer, payable_id)
    if erp:
        tell_posted(node, settings, DocumentKind.VENDOR_PAYMENT, trace, "The payment")
    _prove(node, settings, before, invoice, paid)
    return True


def _open_office(node: Node, address: str, people: Mapping[str, tuple[str, str]]) -> Office:
    """Sign everybody in; the administrator asks for two approvers from 100 euro on, and adds the second one."""

    def enter(role: Role) -> PersonAtDesk:
        return PersonAtDesk(address, *people[role.value])

    administrator = enter(Role.ADMINISTRATOR)
    asked = {"login": SECOND, "name": "Second approver", "role": Role.APPROVER.value}
    once = administrator.call("POST", "/v1/people", asked)["one_time_password"]
    rule = {"name": "From 100", "approvers": 2, "currency": "EUR", "from_amount": "100"}
    administrator.call("PUT", f"/v1/approval-rules/{_new_id(node)}", rule)
    second = PersonAtDesk(address, SECOND, str(once))
    second.choose_password(str(once), secrets.token_urlsafe(12))
    return Office(enter(Role.AP_CLERK), (enter(Role.APPROVER), second), enter(Role.CONTROLLER), enter(Role.TREASURER))


def _ordered_in_erp(clerk: PersonAtDesk) -> None:
    """Wait for the order and its delivery, which are in the books of the ERP."""

    def look() -> dict[str, Any]:
        found: list[dict[str, Any]] = clerk.call("GET", f"/v1/purchase-orders?search={_ORDER}")["data"]
        return {"state": "not fetched"} if not found else {"state": "fetched"}

    _wait(look, lambda found: found["state"] == "fetched", FETCH_LIMIT_S)
    print(f"   ordered    {_ORDER}, in the ERP; fetched from there with what was delivered")


def _order(node: Node, clerk: PersonAtDesk, today: date) -> None:
    """Order what the invoice bills, and have it delivered."""
    order_id, found = _new_id(node), clerk.call("GET", f"/v1/suppliers?search={SUPPLIER_NUMBER}")["data"]
    if not found:
        raise TourFailed(f"supplier {SUPPLIER_NUMBER} of the demo is not there")
    ordered = [
        {"line_no": number, "text": line.text, "quantity": str(line.quantity), "price": str(line.price)}
        | {"tax_code": "V7", "cost_centre": "100", "account_code": "3300"}
        for number, line in enumerate(_LINES, 1)
    ]
    day = (today - timedelta(days=9)).isoformat()
    order = {"number": _ORDER, "supplier_id": found[0]["id"], "ordered_on": day, "currency": "EUR", "lines": ordered}
    clerk.call("PUT", f"/v1/purchase-orders/{order_id}", order)
    arrived = [
        {"order_id": order_id, "line_no": number, "quantity": str(line.quantity)}
        for number, line in enumerate(_LINES, 1)
    ]
    receipt = {"number": f"LS-{_ORDER}", "received_on": day, "lines": arrived}
    clerk.call("PUT", f"/v1/goods-receipts/{_new_id(node)}", receipt)


def _owed(node: Node, settings: Settings, clerk: PersonAtDesk, invoice: SampleInvoice) -> dict[str, Any]:
    """Hand the invoice in; return what is owed then."""
    lacking = clerk.call("GET", "/v1/documents?limit=1")["lacking"]
    if lacking or not settings.capture.enabled:
        print("   (files are not read here: it is sent as another system sends it)")
        _send(node, clerk, invoice)
    else:
        _read_and_accept(node, clerk, invoice)
    found: dict[str, Any] = clerk.call("GET", f"/v1/payables?search={invoice.number}")["data"][0]
    return found


def _read_and_accept(node: Node, clerk: PersonAtDesk, invoice: SampleInvoice) -> None:
    document, name = f"/v1/documents/{_new_id(node)}", f"{invoice.number}.xml"
    clerk.send("PUT", f"{document}?name={name}", ubl_of(invoice), "application/octet-stream")
    print(f"   uploaded   {name}, an e-invoice, by {clerk.login}")
    read = _wait(lambda: clerk.call("GET", document), lambda found: found["state"] == "read", READ_LIMIT_S)
    captured = read["invoices"][0]
    total = captured["total"]
    print(
        f"   captured   {captured['number']}, {total['currency']} {total['amount']}, "
        f"due {captured['due_date']}, {captured['doubts']} doubts"
    )
    clerk.call("POST", f"/v1/supplier-invoices/{captured['id']}/accept", {"id": _new_id(node)})


def _send(node: Node, clerk: PersonAtDesk, invoice: SampleInvoice) -> None:
    lines = [
        {"line_no": number, "text": line.text, "quantity": str(line.quantity), "price": str(line.price)}
        | {"amount": f"{line.quantity * line.price:.2f}"}
        for number, line in enumerate(invoice.lines, 1)
    ]
    body = {
        "supplier_number": SUPPLIER_NUMBER,
        "number": invoice.number,
        "issued_on": invoice.issued_on.isoformat(),
        "due_on": invoice.due_on.isoformat(),
        "currency": "EUR",
        "net": f"{invoice.net}",
        "tax": f"{invoice.tax}",
        "gross": f"{invoice.total}",
        "lines": lines,
        "taxes": [{"percent": f"{invoice.rate:f}", "net": f"{invoice.net}", "tax": f"{invoice.tax}"}],
        "order_numbers": [invoice.order_number],
        "printed_iban": invoice.supplier.iban,
    }
    clerk.call("PUT", f"/v1/payables/{_new_id(node)}", body)
    print(f"   sent       {invoice.number}, EUR {invoice.total}, due {invoice.due_on}, by {clerk.login}")


def _approve(node: Node, office: Office, payable_id: str) -> None:
    for person in office.approvers:
        shown = person.call("GET", f"/v1/payables/{payable_id}/approvals")
        body = {"id": _new_id(node), "digest": shown["digest"]}
        said = person.call("POST", f"/v1/payables/{payable_id}/approvals", body)
        missing = sum(one["approvers"] - one["given"] for one in said["missing"])
        print(f"   approved   by {person.login}, " + (f"{missing} more is asked" if missing else "that is enough"))


def _pay(node: Node, office: Office, payable_id: str, today: date) -> Sequence[dict[str, Any]]:
    """Propose, approve and release a run; return its payments."""
    run = f"/v1/payment-runs/{_new_id(node)}"
    wish = {"run_on": today.isoformat(), "wanted": [payable_id]}
    proposed = office.clerk.call("PUT", run, wish)
    payments: Sequence[dict[str, Any]] = proposed["orders"]
    count = "1 payment" if len(payments) == 1 else f"{len(payments)} payments: what else is due goes along"
    print(f"   proposed   run {proposed['number']} by {office.clerk.login}, {count}")
    done = office.controller.call("POST", f"{run}/approve", {"digest": proposed["digest"]})
    file = done["files"][0]
    print(f"   approved   by {office.controller.login}; {file['format']}, SHA-256 {file['sha256'][:16]}...")
    shown = office.treasurer.call("GET", run)
    if not office.treasurer.call("POST", f"{run}/release", {"digest": shown["digest"]})["done"]:
        raise TourFailed("the run was not released")
    print(f"   released   by {office.treasurer.login}, to the virtual bank")
    return payments


def _to_the_statement(node: Node, treasurer: PersonAtDesk, payable_id: str) -> None:
    """Turn the calendar of the virtual bank until the statement shows the payment; tell what it said meanwhile."""
    bank = node.container.till.payables.bank.virtual
    if bank is None:
        raise TourFailed("the virtual bank is closed")

    order = treasurer.call("GET", f"/v1/payables/{payable_id}")["orders"][-1]

    def look() -> dict[str, Any]:
        return treasurer.call("GET", f"/v1/payment-orders/{order['end_to_end_id']}")

    _wait(look, lambda found: found["state"] not in ("planned", "sent"), BANK_LIMIT_S)
    for _ in range(BANK_DAYS):
        bank.next_day()
    fate = _wait(look, lambda found: found["state"] == "settled", BANK_LIMIT_S)
    for event in fate["events"]:
        if event["actor"] in ("bank", "system"):  # what people did to it is told above
            print(f"   {event['actor']:<10} {_said(event)}")
    # The notice settles it, the line of the statement proves it, a moment later.
    paid = _wait(
        lambda: treasurer.call("GET", f"/v1/payables/{payable_id}"),
        lambda found: found["state"] == "reconciled",
        BANK_LIMIT_S,
    )
    amount = f"{paid['paid']['currency']} {paid['paid']['amount']}"
    print(f"   cleared    {paid['number']} is {paid['state']}: {amount} paid, trace {uuid.UUID(payable_id).hex}")


def _said(event: Mapping[str, Any]) -> str:
    words = load_words()["en"].translated("bank_event", event["kind"], event["kind"])
    return words + (f": {event['reason']}" if event["reason"] else "")


def _prove(
    node: Node,
    settings: Settings,
    before: Mapping[str, int],
    invoice: SampleInvoice,
    payments: Sequence[Mapping[str, Any]],
) -> None:
    """Check that the books moved by exactly this: what was bought, what left the bank, nothing under way."""
    bought, sent = _minor(f"{invoice.total}"), sum(_minor(str(one["amount"]["amount"])) for one in payments)

    def look() -> dict[str, int]:
        """Return what moved since before, by account."""
        now = _balances(node, settings)
        return {name: minor - before.get(name, 0) for name, minor in now.items() if minor != before.get(name, 0)}

    # A payment that a notice settled is with the bank account twice until its line of the statement is explained.
    moved = _wait(look, lambda found: _complete(found, bought, sent), BANK_LIMIT_S, _booked)
    with node.storage.read() as unit:
        rows = unit.ledger.balances(TenantId(settings.shop.tenant), StoreId(settings.shop.store))
    if any(imbalance(rows).values()) or any(row.debits_pending or row.credits_pending for row in rows):
        raise TourFailed("the ledger does not balance, or an amount is still reserved")
    print("\nWhat it moved in the ledger (debits less credits):\n")
    for account, minor in sorted(moved.items()):
        print(f"   {account:<48} {minor:>9}")
    print(f"\nEUR {invoice.total} was bought and paid once; nothing of it is owed or under way any more.")


def _complete(moved: Mapping[str, int], bought: int, sent: int) -> bool:
    """Whether the books moved by what was bought and what was sent, and nothing waits in between."""
    waiting = any(name.startswith("unexplained/") for name in moved) or payable_ledger.payments_in_transit() in moved
    return _figures(moved) == (bought, sent) and not waiting


def _figures(moved: Mapping[str, int]) -> tuple[int, int]:
    """Return what was bought and what left the bank, in minor units."""
    purchases = sum(minor for name, minor in moved.items() if name.startswith("purchases/"))
    left = -sum(minor for name, minor in moved.items() if name.startswith("bank/"))
    return purchases + moved.get(payable_ledger.input_tax(), 0), left


def _booked(moved: Mapping[str, int]) -> str:
    return "the books hold {} of the invoice and {} of the run".format(*_figures(moved)) + f": {dict(moved)}"


def _balances(node: Node, settings: Settings) -> dict[str, int]:
    """Return what stands on each account, debits less credits, in minor units."""
    with node.storage.read() as unit:
        rows = unit.ledger.balances(TenantId(settings.shop.tenant), StoreId(settings.shop.store))
    return {row.account: row.debits_posted - row.credits_posted for row in rows}


def _still(found: Mapping[str, Any]) -> str:
    return f"still {found['state']}"


def _wait(
    look: Callable[[], Found],
    arrived: Callable[[Found], bool],
    limit_s: float,
    told: Callable[[Found], str] = _still,
) -> Found:
    """Look until it has arrived, in good time; ``told`` says how far it is when it has not."""
    late, pause = threading.Event(), threading.Event()
    timer = threading.Timer(limit_s, late.set)
    timer.start()
    found = look()
    try:
        while not arrived(found):
            if late.is_set():
                raise TourFailed(f"nothing came within {limit_s:g} s: {told(found)}")
            pause.wait(LOOK_EVERY_S)
            found = look()
    finally:
        timer.cancel()
    return found


def _minor(amount: str) -> int:
    return Money.from_decimal(amount, Currency.of("EUR")).minor


def _new_id(node: Node) -> str:
    return str(uuid7(int(node.clock.now().timestamp() * 1000)))
