"""Devices and books of the caller's store, read-only."""

import uuid

from flask import Response
from flask_openapi3.models.tag import Tag

from gateway.domain.access import Caller, Permission
from gateway.domain.errors import NotPermitted
from gateway.domain.ids import DeviceId, PaymentId
from gateway.domain.ledger import Balance, Transfer, imbalance
from gateway.domain.money import Money
from gateway.web.answer_shapes import GivenBalances, GivenDevices, GivenTransfers
from gateway.web.api import KEY_OR_PERSON, answers
from gateway.web.auth import caller, requires
from gateway.web.container import current
from gateway.web.described_api import APIBlueprint
from gateway.web.payments.payment_answers import instant, money, to_json
from gateway.web.request_shapes import TransferQuery

api = APIBlueprint("store", __name__, url_prefix="/v1", abp_tags=[Tag(name="store")])


@api.get("/devices", security=KEY_OR_PERSON, responses=answers(200, GivenDevices))
@requires(Permission.DEVICES_READ)
def devices() -> Response:
    """List terminals and printers with their state in words."""
    who = caller()
    with current().storage.read() as unit:
        rows = unit.devices.list(who.tenant_id, who.store_id)
    seen = [row for row in rows if row.kind != "terminal" or who.may_use(DeviceId(row.id))]
    return _json(
        {
            "data": [
                {"id": row.id, "kind": row.kind, "name": row.name, "ready": row.ready, "words": row.state_words}
                for row in seen
            ]
        }
    )


def _of_whole_store(who: Caller) -> None:
    """Refuse a key that is limited to terminals: the books know no such limit."""
    if who.terminals is not None:
        hint = "Use a key for the whole store, or ask for the transfers of one payment."
        raise NotPermitted("key_limited_to_terminals", "This key is not made for the books of the store.", hint)


@api.get("/ledger/balances", security=KEY_OR_PERSON, responses=answers(200, GivenBalances))
@requires(Permission.LEDGER_READ)
def balances() -> Response:
    """Tell the balance of every account, derived from the entries."""
    who = caller()
    _of_whole_store(who)
    with current().storage.read() as unit:
        found = unit.ledger.balances(who.tenant_id, who.store_id)
    return _json({"data": [_balance(balance) for balance in found], "balanced": not any(imbalance(found).values())})


@api.get("/ledger/transfers", security=KEY_OR_PERSON, responses=answers(200, GivenTransfers, 404))
@requires(Permission.LEDGER_READ)
def transfers(query: TransferQuery) -> Response:
    """List entries of the ledger, oldest first; all, or those of one payment and its refunds."""
    who = caller()
    if query.payment_id is None:
        _of_whole_store(who)
        with current().storage.read() as unit:
            found = unit.ledger.transfers(who.tenant_id, who.store_id, limit=query.limit)
        return _json({"data": [_transfer(row) for row in found]})
    of_it = current().read_refunds.of_payment(who, PaymentId(uuid.UUID(query.payment_id)))
    with current().storage.read() as unit:
        of_payment = [
            row
            for attempt in (*of_it.record.attempts, *(one.attempt for one in of_it.refunds))
            for row in unit.ledger.transfers(who.tenant_id, who.store_id, cause_id=attempt.id, limit=query.limit)
        ]
    return _json({"data": [_transfer(row) for row in of_payment[: query.limit]]})


def _json(document: object) -> Response:
    return Response(to_json(document), content_type="application/json")


def _balance(balance: Balance) -> dict[str, object]:
    currency = balance.currency
    return {
        "account": balance.account,
        "currency": currency.code,
        "debits_posted": money(Money(balance.debits_posted, currency)),
        "credits_posted": money(Money(balance.credits_posted, currency)),
        "debits_pending": money(Money(balance.debits_pending, currency)),
        "credits_pending": money(Money(balance.credits_pending, currency)),
    }


def _transfer(row: Transfer) -> dict[str, object]:
    return {
        "id": str(row.id),
        "kind": row.kind.value,
        "debit_account": row.debit_account,
        "credit_account": row.credit_account,
        "amount": money(row.amount),
        "pending_id": str(row.pending_id) if row.pending_id else None,
        "cause_id": str(row.cause_id),
        "trace_id": row.trace_id,
        "recorded_at": instant(row.recorded_at),
    }
