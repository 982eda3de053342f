"""The sandbox ERP by plain calls: it books once, computes taxes itself, and goes wrong when told to."""

from __future__ import annotations

import base64
import http.client
from collections.abc import Iterator
from typing import Any

import pytest

from connectors.sandbox_erp.books import Books
from connectors.sandbox_erp.faults import Fault, FaultPlan
from connectors.sandbox_erp.server import RETRY_AFTER_S, SandboxErp
from tests.support.sandbox import ask, sandbox

_LINE = {"text": "Paper", "quantity": "3", "unit": "pc", "unit_price": "4.50", "net": "13.50", "tax": "V19"}


@pytest.fixture(scope="module")
def _running() -> Iterator[SandboxErp]:
    with sandbox() as erp:
        yield erp


@pytest.fixture
def erp(_running: SandboxErp) -> SandboxErp:
    _running.faults.clear()
    return _running


def _bill(number: str, **changes: Any) -> dict[str, Any]:
    line = {**_LINE, "account": "6800", "order": "PO-2", "order_line": "10"}
    days = {"issued_on": "2026-11-03", "posting_on": "2026-11-03", "due_on": "2026-12-03"}
    return {
        "key": f"k-{number}",
        "vendor": "V1",
        "number": number,
        **days,
        "currency": "EUR",
        "lines": [line],
    } | changes


def test_bill_when_posted_then_order_open_item_and_journal_follow(erp: SandboxErp) -> None:
    _, draft = ask(erp, "POST", "/api/v1/bills", _bill("B1"))
    content = base64.b64encode(b"%PDF").decode()
    file = {"name": "b.pdf", "media_type": "application/pdf", "content": content}
    ask(erp, "POST", f"/api/v1/bills/{draft['id']}/attachments", file)
    status, posted = ask(erp, "POST", f"/api/v1/bills/{draft['id']}/post")
    _, items = ask(erp, "GET", "/api/v1/open-items")
    _, orders = ask(erp, "GET", "/api/v1/orders?limit=1&after=" + str(int(posted["version"])))

    assert (status, posted["state"], draft["state"]) == (200, "posted", "draft")
    assert (posted["net"], posted["tax"], posted["gross"]) == ("13.50", "2.57", "16.07")
    assert [one["remaining"] for one in items["items"] if one["id"] == draft["id"]] == ["16.07"]
    assert [one["lines"][0]["billed"] for one in orders["items"]] == ["3"]
    booked = [one for one in erp.books.journal() if one["key"] == "k-B1"]
    assert [one["gross"] for one in booked] == ["16.07"]
    assert erp.books.file_content(draft["id"], booked[0]["attachments"][0]) == b"%PDF"


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"vendor": "V9"}, 422, "unknown_party"),
        ({"vendor": "V3"}, 422, "party_blocked"),
        ({"lines": [{**_LINE, "account": "1"}]}, 422, "unknown_account"),
        ({"lines": [{**_LINE, "account": "6800", "tax": "X"}]}, 422, "unknown_tax"),
        ({"lines": [{**_LINE, "account": "6800", "order": "PO-9"}]}, 422, "unknown_order"),
        ({"lines": [{**_LINE, "account": "6800", "net": "NaN"}]}, 400, "invalid"),
        ({"lines": "none"}, 400, "invalid"),
    ],
)
def test_bill_when_wrong_then_refused_and_nothing_is_kept(
    erp: SandboxErp, changes: dict[str, Any], status: int, code: str
) -> None:
    answered, told = ask(erp, "POST", "/api/v1/bills", _bill("B2", **changes))

    assert (answered, told["error"]["code"]) == (status, code)
    assert ask(erp, "GET", "/api/v1/bills?key=k-B2")[1]["items"] == []


def test_document_when_sent_twice_then_the_second_is_refused_with_the_first(erp: SandboxErp) -> None:
    _, first = ask(erp, "POST", "/api/v1/bills", _bill("B3"))

    for again in (_bill("B3"), _bill("B3", key="other"), _bill("B4", key="k-B3")):
        status, told = ask(erp, "POST", "/api/v1/bills", again)
        assert (status, told["error"]["code"], told["error"]["id"]) == (409, "duplicate", first["id"])


def test_entry_when_unbalanced_or_in_a_closed_period_then_refused(erp: SandboxErp) -> None:
    lines = [{"account": "1000", "debit": "5.00", "credit": "0"}, {"account": "1800", "debit": "0", "credit": "4.99"}]
    entry = {"key": "e", "number": "E", "entry_on": "2026-11-03", "currency": "EUR", "text": "x", "lines": lines}

    assert ask(erp, "POST", "/api/v1/entries", entry)[1]["error"]["code"] == "not_balanced"
    assert (
        ask(erp, "POST", "/api/v1/entries", entry | {"entry_on": "2025-12-31"})[1]["error"]["code"] == "period_closed"
    )


@pytest.mark.parametrize(
    ("fault", "status", "there"),
    [
        (Fault.TOO_MANY_CALLS, 429, []),
        (Fault.SERVER_ERROR, 500, []),
        (Fault.EXPIRED, 401, []),
        (Fault.DUPLICATE, 409, ["13.50"]),
        (Fault.TIMEOUT_BEFORE, None, []),
        (Fault.TIMEOUT_AFTER, None, ["13.50"]),
        (Fault.HALF_DRAFT, None, ["13.50"]),
        (Fault.MALFORMED, None, ["13.50"]),
    ],
)
def test_fault_when_demanded_then_it_happens_once(
    erp: SandboxErp, fault: Fault, status: int | None, there: list[str]
) -> None:
    two = [{**_LINE, "account": "6800"}, {**_LINE, "account": "6800", "net": "1.00"}]
    bill = _bill(f"F-{fault}", lines=two if fault is Fault.HALF_DRAFT else two[:1])
    if status is None:
        with pytest.raises((http.client.RemoteDisconnected, ValueError)):
            ask(erp, "POST", "/api/v1/bills", bill, X_Sandbox_Fault=fault.value)
    else:
        assert ask(erp, "POST", "/api/v1/bills", bill, X_Sandbox_Fault=fault.value)[0] == status

    found = ask(erp, "GET", f"/api/v1/bills?key=k-F-{fault}")[1]["items"]
    assert [one["net"] for one in found] == there
    assert RETRY_AFTER_S > 0


def test_access_when_wrong_or_its_token_has_ended_then_refused(erp: SandboxErp) -> None:
    _, token = ask(erp, "POST", "/oauth/token", Authorization=erp.login.basic())
    bearer = {"X_Api_Key": "", "Authorization": f"Bearer {token['access_token']}"}

    assert ask(erp, "GET", "/api/v1/company", **bearer)[1]["name"] == "Sandbox Ltd"
    assert ask(erp, "GET", "/api/v1/company", X_Api_Key="wrong")[0] == 401
    assert ask(erp, "POST", "/oauth/token", **bearer)[0] == 401
    ask(erp, "GET", "/api/v1/company", X_Sandbox_Fault="expired")
    assert ask(erp, "GET", "/api/v1/company", **bearer)[0] == 401


def test_list_when_read_in_pages_then_every_record_and_changes_come_again(erp: SandboxErp) -> None:
    seen, cursor, complete = [], "", False
    while not complete:
        _, page = ask(erp, "GET", f"/api/v1/orders?limit=2&after={cursor}")
        seen += [one["id"] for one in page["items"]]
        cursor, complete = page["next"], page["complete"]
    body = {"order": seen[0], "line": "20", "quantity": "4"}
    ask(erp, "POST", "/control/receipts", body)
    _, news = ask(erp, "GET", f"/api/v1/orders?after={cursor}")

    assert sorted(seen) == ["PO1", "PO2", "PO3"]
    assert [(one["id"], one["lines"][1]["received"]) for one in news["items"]] == [(seen[0], "4")]


def test_books_when_opened_again_then_all_is_there(tmp_path: Any) -> None:
    path = str(tmp_path / "books.sqlite")
    for number in ("1", "2"):
        books = Books(path)
        with SandboxErp(books, faults=FaultPlan()) as erp:
            assert ask(erp, "POST", "/api/v1/bills", _bill(number))[0] == 200
        books.close()
    books = Books(path)

    assert [one["number"] for one in books.documents("bill", vendor="V1")] == ["1", "2"]
    assert len(books.records("vendor")) == 3
    books.close()


def test_faults_when_drawn_from_a_seed_then_the_same_each_time() -> None:
    plans = [FaultPlan(0.3, 7), FaultPlan(0.3, 7)]
    drawn = [[plan.next_for("create_bill", writes=True) for _ in range(400)] for plan in plans]

    assert drawn[0] == drawn[1]
    assert set(Fault) <= set(drawn[0])
    assert 80 < plans[0].happened < 160
