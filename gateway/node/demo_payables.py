"""What the demo shop owes on its first day: one invoice that is due and approved, one that waits for its approver.

So a run by hand finds something to pay, and the page of approvals is not empty. Made once, after the jobs of the day.
"""

import hashlib
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal

from gateway.configuration.settings import Settings
from gateway.domain.access import ROLE_PERMISSIONS, Caller, Role
from gateway.domain.ids import PayableId, StoreId, TenantId, derived_id
from gateway.domain.money import Currency, Money
from gateway.domain.payables.payable import PayableKind, PayableLine, PayableTax
from gateway.node import demo_documents as samples
from gateway.ports.clock import Clock
from gateway.ports.payable_store import PayableWish
from gateway.ports.unit_of_work import Person, Storage
from gateway.services.first_answers import RequestKey
from gateway.services.payables.approval_votes import Vote
from gateway.services.payables.receive_payable import SentPayable
from gateway.web.payables.payable_services import PayableServices

_EUR = Currency.of("EUR")
_DUE = samples.SampleLine("Napkins, 5000 pieces", 5, Decimal("62.50"))
_WAITING = samples.SampleLine("Brewing kettle", 1, Decimal("189.00"))


def seed_demo_payables(
    settings: Settings, storage: Storage, clock: Clock, services: PayableServices, *, before: Callable[[], object]
) -> None:
    """Enter the demo's first payables when nothing is owed yet and there is an account to pay from.

    Args:
        settings: of the demo.
        storage: with the demo's people and suppliers.
        clock: the present.
        services: the use cases of payables.
        before: called before anything is entered: the jobs of today, so that the proposal is left to the visitor.
    """
    here = (TenantId(settings.shop.tenant), StoreId(settings.shop.store))
    with storage.read() as unit:
        owed = unit.payables.list(*here, PayableWish(), before=None, limit=1)
        known = unit.suppliers.by_numbers(*here, ("70001", "70002"))
        people = {person.role: person for person in unit.access.people(*here) if person.demo}
    clerk, approver = people.get(Role.AP_CLERK), people.get(Role.APPROVER)
    if owed or len(known) < 2 or clerk is None or approver is None or not settings.payables.accounts:
        return
    before()
    today = clock.now().astimezone(settings.shop.zone()).date()
    due = _sent("70002", "RE 40102", _DUE, Decimal(19), "V19", (today - timedelta(days=30), today))
    waiting = _sent("70001", "HK-2026-0098", _WAITING, Decimal(19), "V19", (today - timedelta(days=10), today))
    for one in (due, waiting):
        services.core.receive.put(_caller(clerk), one, lambda view: str(view.payable.id).encode())
    shown = services.approvals.read.view(_caller(approver), due.id)
    vote = Vote(derived_id(due.id, "approval"), due.id, shown.digest, "", _request(due.id, "approval"))
    services.approvals.approve.approve(_caller(approver), vote, lambda outcome: str(outcome.payable.id).encode())


def _sent(
    supplier_number: str,
    number: str,
    line: samples.SampleLine,
    percent: Decimal,
    tax_code: str,
    days: tuple[date, date],
) -> SentPayable:
    issued_on, due_on = days
    payable_id = PayableId(derived_id(samples.NAMESPACE, f"payable {number}"))
    net = line.quantity * line.price
    tax = (net * percent / 100).quantize(Decimal("0.01"))
    told = PayableLine(
        1,
        line.text,
        Decimal(line.quantity),
        line.price,
        _euro(net),
        tax_percent=percent,
        account_code="6850",
        cost_centre="100",
        tax_code=tax_code,
    )
    return SentPayable(
        id=payable_id,
        kind=PayableKind.INVOICE,
        supplier_number=supplier_number,
        number=number,
        issued_on=issued_on,
        due_on=due_on,
        net=_euro(net),
        tax=_euro(tax),
        gross=_euro(net + tax),
        lines=(told,),
        taxes=(PayableTax(percent, _euro(net), _euro(tax)),),
        discounts=None,
        order_numbers=(),
        freight=None,
        rounding=None,
        printed_iban="",
        reference="",
        credited_number="",
        request=_request(payable_id, "put"),
    )


def _euro(amount: Decimal) -> Money:
    return Money.from_decimal(f"{amount:.2f}", _EUR)


def _request(payable_id: PayableId, what: str) -> RequestKey:
    key = str(derived_id(payable_id, what))
    return RequestKey(key, hashlib.sha256(key.encode()).hexdigest(), f"/v1/payables/{payable_id}")


def _caller(person: Person) -> Caller:
    return Caller(person.tenant_id, person.store_id, person.id, person.login, ROLE_PERMISSIONS[person.role])
