"""Cash opens the drawer of its register, once for each tender and give-back, and nothing else opens it unasked."""

from __future__ import annotations

from gateway.domain.outbox import OutboxState
from gateway.domain.printing.drawer import DrawerCause
from tests.support.sales_till import SalesTill, euro, line
from tests.support.web_shop import PRINTER, STORE, TENANT, Shop, new_id


def openings(shop: Shop) -> list[tuple[DrawerCause, str]]:
    with shop.storage.read() as unit:
        found = unit.drawers.list(TENANT, STORE)
    return [(one.opening.cause, one.opening.reason) for one in reversed(found)]


def test_cash_then_the_drawer_is_to_open_once_for_it_in_the_same_unit(shop: Shop) -> None:
    till = SalesTill(shop)
    sale_id = till.open(line("Tea", "9.30"))
    tender = {"id": str(new_id()), "kind": "cash", "amount": euro("9.30"), "given": euro("10.00")}

    for _ in range(2):
        assert till.post(f"/v1/sales/{sale_id}/tenders", tender).status_code == 201

    assert openings(shop) == [(DrawerCause.TENDER, "EUR 9.30 taken in cash")]
    with shop.storage.read() as unit:
        waiting = [one for one in unit.outbox.waiting(TENANT, STORE) if one.kind == "open_drawer"]
    assert [(one.target, one.state) for one in waiting] == [(f"drawer:{PRINTER}", OutboxState.READY)]
    assert f"drawer:{PRINTER}" in shop.hints.filled


def test_cash_that_is_refused_then_the_drawer_stays_shut(shop: Shop) -> None:
    till = SalesTill(shop)
    sale_id = till.open(line("Tea", "9.30"))
    tender = {"id": str(new_id()), "kind": "cash", "amount": euro("9.30"), "given": euro("5.00")}

    assert till.post(f"/v1/sales/{sale_id}/tenders", tender).status_code == 422

    assert openings(shop) == []
