"""What people of the office see of ERPs, and who may."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, cast

from connectors.generic_rest.connector import connect
from gateway.domain.access import Role
from gateway.domain.erp.canonical import as_json
from gateway.domain.erp.failure import ErpFailure, FailureCode
from gateway.domain.erp.posting import Posting
from gateway.ports.erp import CheckReport, ErpAccount, ErpConnector, ErpExchange
from gateway.services.erp.look_at_accounts import ErpWay, LookAtAccounts
from gateway.web.container import EXTENSION
from tests.integration.web.test_erp_postings import ACCOUNT, PLACE, _two_documents
from tests.integration.web.test_runs_api import _owed
from tests.support.erp_documents import bill, key_of
from tests.support.web_shop import Shop

if TYPE_CHECKING:
    from werkzeug.test import TestResponse

_PAGE = f"/erps/{ACCOUNT}"
_MAPPING = {
    "erp": {
        "connector": "generic_rest",
        "url": "https://u:pw-1@erp.example",
        "api_key": "pw-2",
        "secret_file": "s.key",
    },
    "accounts": {"main": "1800"},
}


class _Away:
    """A connector whose ERP cannot be reached."""

    def check(self) -> CheckReport:
        raise ErpFailure(FailureCode.UNREACHABLE, "no route")


def _with_account(shop: Shop) -> None:
    _with(shop, {ACCOUNT: ErpWay(cast("ErpConnector", _Away()), lambda: _MAPPING)})


def _with(shop: Shop, ways: Mapping[str, ErpWay]) -> None:
    erps = LookAtAccounts(storage=shop.storage, clock=shop.clock, ways=ways)
    till = shop.container.till
    found = replace(shop.container, till=replace(till, outward=replace(till.outward, erps=erps)))
    shop.app.extensions[EXTENSION] = found


def test_erps_when_none_is_set_up_then_told_how(shop: Shop) -> None:
    _with(shop, {})
    administrator, _ = shop.signed(Role.ADMINISTRATOR)

    assert "[[erp]]" in administrator.get("/erps").text


def test_documents_when_one_was_refused_then_listed_by_state_and_kind_with_the_reason(any_shop: Shop) -> None:
    _two_documents(any_shop)
    _with_account(any_shop)
    clerk, _ = any_shop.signed(Role.AP_CLERK)
    everything, refused = clerk.get(_PAGE).text, clerk.get(f"{_PAGE}?show=refused").text
    entries = clerk.get(f"{_PAGE}?kind=journal_entry").text
    older = clerk.get(f"{_PAGE}?before=2").text

    assert all(key_of(number) in everything for number in (1, 2))
    assert everything.index(key_of(2)) < everything.index(key_of(1))
    assert key_of(2) in refused
    assert key_of(1) not in refused
    assert "The period of this date is closed" in refused
    for page in (entries, older):
        assert key_of(1) in page
        assert key_of(2) not in page
    assert clerk.get(f"{_PAGE}?show=nonsense").status_code == 404
    assert clerk.get("/erps/other").status_code == 404


def test_document_when_refused_then_only_who_works_statements_decides(any_shop: Shop) -> None:
    _two_documents(any_shop)
    _with_account(any_shop)
    clerk, treasurer = any_shop.signed(Role.AP_CLERK)[0], any_shop.signed(Role.TREASURER)[0]
    seen, mine = (one.get(f"{_PAGE}/documents/{key_of(2)}").text for one in (clerk, treasurer))
    entry = clerk.get(f"{_PAGE}/documents/{key_of(1)}").text

    assert "2026-03 is closed" in seen
    assert "/give-up" not in seen
    assert f"/v1/erp/postings/{key_of(2)}/give-up?account={ACCOUNT}" in mine
    assert f"/v1/erp/postings/{key_of(2)}/retry?account={ACCOUNT}" in mine
    assert "It will be sent." in entry
    assert clerk.get(f"{_PAGE}/documents/{key_of(9)}").status_code == 404


def test_way_when_a_bill_comes_from_an_invoice_then_each_stop_leads_on(any_shop: Shop) -> None:
    _with_account(any_shop)
    (owed,) = _owed(any_shop, "R-77")
    told, now = bill(1, files=0), any_shop.clock.now()
    posting = Posting(ACCOUNT, told.key, told.kind, as_json(told), owed.id.hex, now, now, now)
    with any_shop.storage.write() as unit:
        assert unit.erp.add(PLACE, posting, "runner")

    page = any_shop.signed(Role.TREASURER)[0].get(f"{_PAGE}/documents/{told.key}").text

    assert f'href="/payables/{owed.id}">R-77</a>' in page
    assert page.index("<strong>Invoice</strong>") < page.index("<strong>Bill in the ERP</strong>")
    assert owed.id.hex in page


def test_preview_when_a_mapping_is_tried_then_what_fits_nothing_is_marked_and_nobody_is_called(shop: Shop) -> None:
    _two_documents(shop)
    keep: list[ErpExchange] = []
    how = {"url": "http://127.0.0.1:9", "description": "sandbox", "login": "me"}
    account = ErpAccount(ACCOUNT, {"erp": how}, "", shop.clock, keep.append)
    _with(shop, {ACCOUNT: ErpWay(connect(account), lambda: _MAPPING)})
    administrator, token = shop.signed(Role.ADMINISTRATOR)

    def tried(number: int, tables: str) -> TestResponse:
        return administrator.post(f"{_PAGE}/preview", json={"key": key_of(number), "tables": tables}, headers=token)

    lacking = tried(1, '[accounts]\nbank = "1800"\n[erp]\nurl = "https://elsewhere.example"').text
    fitting = tried(1, '[accounts]\nbank = "1800"\ncash = "1000"').text
    day = tried(2, "").text

    assert "<code>accounts.cash</code>" in lacking
    assert "accounts.bank" not in lacking
    assert "⟨?⟩ accounts.cash</span>" in lacking
    assert "Everything fits" in fitting
    assert "1000" in fitting
    assert "⟨?⟩ accounts" not in fitting
    assert "<code>tenders.cash</code>" in day
    assert "<code>revenue.19</code>" in day
    assert tried(1, "[accounts").status_code == 422
    assert tried(9, "").status_code == 404
    assert "The mapping of this connection does not fit" in tried(1, "accounts = 1").text
    assert keep == []


def test_account_when_an_administrator_looks_then_tried_and_mapped_without_secrets_or_documents(shop: Shop) -> None:
    _two_documents(shop)
    _with_account(shop)
    administrator, token = shop.signed(Role.ADMINISTRATOR)
    tried = administrator.post(f"{_PAGE}/check", headers=token).text
    mapping = administrator.get(f"{_PAGE}/mapping").text
    listed = administrator.get("/erps").text

    assert "The ERP cannot be reached; nothing was sent." in tried
    assert "1800" in mapping
    assert "s.key" in mapping
    assert "pw-" not in mapping
    assert f'href="{_PAGE}?' not in listed
    assert administrator.get(_PAGE).status_code == 403
    assert administrator.post("/erps/other/check", headers=token).status_code == 404
    assert shop.signed(Role.CASHIER)[0].get("/erps").status_code == 403


def test_exchanges_when_something_was_said_then_administrators_alone_read_it(shop: Shop) -> None:
    _with_account(shop)
    exchanges = shop.container.till.outward.exchanges
    administrator, _ = shop.signed(Role.ADMINISTRATOR)
    clerk, _ = shop.signed(Role.AP_CLERK)
    empty = administrator.get(f"{_PAGE}/exchanges").text
    for number in range(3):
        exchanges.keep(ErpExchange(ACCOUNT, "find", f"GET https://erp.example/{number}", 0.1, "no_answer", "", "<b>"))
    exchanges.store()

    page = administrator.get(f"{_PAGE}/exchanges").text
    listed = administrator.get(f"/v1/erp/exchanges?account={ACCOUNT}&limit=2").get_json()
    rest = administrator.get(f"/v1/erp/exchanges?account={ACCOUNT}&before={listed['next']}").get_json()

    assert "Nothing was said yet" in empty
    assert "https://erp.example/2" in page
    assert "&lt;b&gt;" in page
    assert [one["address"][-1] for one in (*listed["data"], *rest["data"])] == ["2", "1", "0"]
    assert rest["next"] == ""
    assert administrator.get(f"{_PAGE}/exchanges?before=x").status_code == 404
    assert clerk.get(f"{_PAGE}/exchanges").status_code == 403
    assert clerk.get(f"/v1/erp/exchanges?account={ACCOUNT}").status_code == 403
    assert f"{_PAGE}/exchanges" in administrator.get("/erps").text
    assert f"{_PAGE}/exchanges" not in clerk.get("/erps").text


def test_accounts_when_asked_for_then_how_each_fares_and_what_a_check_found(any_shop: Shop) -> None:
    _two_documents(any_shop)
    _with_account(any_shop)
    clerk, token = any_shop.signed(Role.AP_CLERK)

    (one,) = clerk.get("/v1/erp/accounts").get_json()["data"]
    tried = clerk.post(f"/v1/erp/accounts/{ACCOUNT}/check", headers=token).get_json()

    assert (one["account"], one["connector"], one["failures"]) == (ACCOUNT, "generic_rest", 7)
    assert one["documents"] == {"waiting": 1, "refused": 1}
    assert (tried["code"], tried["detail"], tried["findings"]) == ("unreachable", "no route", [])
    assert clerk.post("/v1/erp/accounts/nobody/check", headers=token).status_code == 404
