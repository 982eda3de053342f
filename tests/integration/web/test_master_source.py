"""Master data of another system: page by page through the same path as files, each page all or nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest

from gateway.domain.access import Caller, Permission, Role
from gateway.domain.payables.import_fields import ImportKind
from gateway.ports.master_source import MasterPage
from tests.support.supplier_desk import IBAN, Desk
from tests.support.web_shop import STORE, TENANT, Shop, new_id


class ListedSource:
    """A system that knows these pages."""

    name = "books"

    def __init__(self, *pages: Sequence[Mapping[str, str]]) -> None:
        self._pages = pages
        self.asked: list[str] = []

    def fetch(self, kind: ImportKind, cursor: str) -> MasterPage:
        """Return the page behind a cursor, which is its number."""
        assert kind is ImportKind.SUPPLIERS
        self.asked.append(cursor)
        at = int(cursor or "0")
        more = str(at + 1) if at + 1 < len(self._pages) else None
        return MasterPage(tuple(self._pages[at]), more)


@pytest.fixture
def program() -> Caller:
    return Caller(TENANT, STORE, new_id(), "key:books", frozenset({Permission.PAYABLES_WORK, Permission.PAYABLES_READ}))


def test_pages_when_pulled_then_stored_once_and_accounts_only_asked_for(shop: Shop, program: Caller) -> None:
    imports = shop.container.till.payables.suppliers.imports
    pages = (
        [{"number": "1", "name": "North", "iban": IBAN, "not_known": "x"}],
        [{"number": "2", "name": "South", "net_days": "14", "discount_percent": "1.500", "discount_days": "5"}],
    )
    source = ListedSource(*pages)

    first = imports.pull(program, source, ImportKind.SUPPLIERS)
    again = imports.pull(program, source, ImportKind.SUPPLIERS)

    clerk = Desk.of(shop, Role.AP_CLERK)
    told = clerk.get("/v1/suppliers").json["data"]
    assert (first.pages, first.stored, first.cursor, first.refused) == (2, 2, "1", None)
    assert (again.pages, again.stored) == (2, 0)
    assert source.asked == ["", "1", "", "1"]
    assert [one["name"] for one in told] == ["North", "South"]
    assert told[1]["terms"]["discounts"] == [{"days": 5, "percent": "1.500"}]
    (account,) = clerk.get("/v1/supplier-accounts").json["data"]
    assert (account["state"], account["source"]) == ("requested", "erp")
    events = clerk.get(f"/v1/suppliers/{told[0]['id']}").json["events"]
    assert [(one["actor"], one["reason"]) for one in events] == [("key:books", "books")] * 2


def test_page_when_a_row_is_refused_then_it_stops_there_and_tells_why(shop: Shop, program: Caller) -> None:
    imports = shop.container.till.payables.suppliers.imports
    source = ListedSource(
        [{"number": "1", "name": "North"}], [{"number": "2", "name": "South"}, {"number": "3"}], [{"number": "4"}]
    )

    pulled = imports.pull(program, source, ImportKind.SUPPLIERS)

    assert (pulled.pages, pulled.cursor) == (1, "1")
    assert pulled.refused is not None
    assert [row.problems[0].code for row in pulled.refused.rows if row.problems] == ["cell_empty"]
    told = Desk.of(shop, Role.AP_CLERK).get("/v1/suppliers").json["data"]
    assert [one["number"] for one in told] == ["1"]
