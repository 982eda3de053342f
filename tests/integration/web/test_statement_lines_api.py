"""Statements and their lines over the API: looked at, taken in, explained, undone; who may not is told so."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.domain.access import Permission, Role
from tests.support.bank_statements import IBAN, camt, camt_entry
from tests.support.supplier_desk import Desk
from tests.support.web_shop import Shop

_EUR = {"currency": "EUR"}


@pytest.fixture
def treasurer(shop: Shop) -> Desk:
    return Desk.of(shop, Role.TREASURER)


def _paid(amount: str, text: str, ref: str) -> str:
    inside = f"<NtryDtls><TxDtls><RmtInf><Ustrd>{text}</Ustrd></RmtInf></TxDtls></NtryDtls>"
    return camt_entry(amount, ref=ref, inside=inside)


def _send(desk: Desk, path: str, content: bytes) -> Any:
    headers = desk.key | {"Content-Type": "application/octet-stream"}
    return desk.client.post(f"/v1/bank/statements{path}?name=march.xml", data=content, headers=headers)


def _item(name: str, amount: str, **more: object) -> dict[str, object]:
    return {"id": name, "amount": _EUR | {"amount": amount}, "issued": "2026-02-01", "document": name} | more


def _by_text(desk: Desk) -> dict[str, dict[str, Any]]:
    found = desk.get("/v1/bank/lines").json
    assert found["next"] is None
    return {line["text"]: line for line in found["data"]}


def test_statement_when_looked_at_then_nothing_is_stored_and_taken_in_then_once(treasurer: Desk) -> None:
    content = camt([_paid("100.00", "RE-1", "A"), _paid("-12.90", "fees", "B")], "0.00", "87.10")

    seen = _send(treasurer, "/preview", content)
    assert treasurer.get("/v1/bank/statements").json["data"] == []
    first, again = _send(treasurer, "", content), _send(treasurer, "", content)

    told = seen.json["statements"][0]
    assert (seen.status_code, told["new_lines"], told["known_lines"], told["held"]) == (200, 2, 0, False)
    assert (first.status_code, first.json["new_lines"], again.status_code, again.json["repeated"]) == (
        201,
        2,
        200,
        True,
    )
    known = _send(treasurer, "/preview", content).json
    assert (known["repeated"], known["statements"][0]["known_lines"]) == (True, 2)
    assert known["statements"][0]["known"][0]["first"].startswith("march.xml")
    whole = treasurer.get(f"/v1/bank/statements/{first.json['statements'][0]['id']}").json
    assert [line["amount"]["amount"] for line in whole["entries"]] == ["100.00", "-12.90"]
    assert _send(treasurer, "/preview", b"no statement").status_code in (415, 422)


def test_lines_when_explained_by_hand_split_written_off_and_undone_then_the_month_tells(treasurer: Desk) -> None:
    items = {"items": [_item("RE-1", "60.00"), _item("RE-2", "45.00")]}
    assert treasurer.put("/v1/bank/open-items", items).json == {"new": 2, "changed": 0, "same": 0}
    assert treasurer.put("/v1/bank/open-items", items).json == {"new": 0, "changed": 0, "same": 2}
    content = camt(
        [_paid("100.00", "two", "A"), _paid("-12.90", "fees", "B"), _paid("30.00", "x", "C")], "0.00", "117.10"
    )
    _send(treasurer, "", content)
    lines, open_items = _by_text(treasurer), treasurer.get("/v1/bank/open-items").json["data"]

    bundle = {
        "lines": [{"id": lines["two"]["id"], "version": lines["two"]["version"]}],
        "allocations": [{"item_id": one["id"], "amount": one["remaining"]} for one in open_items],
        "adjustments": [{"name": "fee", "amount": _EUR | {"amount": "-5.00"}}],
    }
    short = treasurer.post("/v1/bank/matches", bundle | {"adjustments": []})
    made = treasurer.post("/v1/bank/matches", bundle)
    fees = f"/v1/bank/lines/{lines['fees']['id']}"
    written = treasurer.post(f"{fees}/write-off", {"version": 1, "account_code": "4970", "reason": "Account fees"})
    parts = [{"amount": _EUR | {"amount": part}, "text": part} for part in ("10.00", "20.00")]
    split = treasurer.post(f"/v1/bank/lines/{lines['x']['id']}/split", {"version": 1, "parts": parts})

    assert (short.status_code, short.json["code"]) == (409, "match_not_complete")
    assert (made.status_code, made.json["data"][0]["state"]) == (200, "accepted")
    assert (written.status_code, written.json["kind"], written.json["state"]) == (200, "write_off", "accepted")
    assert [one["amount"]["amount"] for one in split.json["data"]] == ["10.00", "20.00"]
    whole_line = treasurer.client.get(f"/bank/lines/{lines['x']['id']}/panel").text
    part = treasurer.client.get(f"/bank/lines/{split.json['data'][0]['id']}/panel").text
    assert 'data-act="undo"' in whole_line
    assert f"line={lines['x']['id']}" in part
    month = treasurer.get("/v1/bank/months?account=main&month=2026-03").json
    assert (month["closes"], month["open"], month["unexplained"]["amount"]) == (False, 2, "30.00")

    whole = treasurer.get(f"/v1/bank/lines/{lines['two']['id']}").json
    undone = treasurer.post(
        f"/v1/bank/lines/{whole['id']}/undo", {"version": whole["version"], "reason": "Another look"}
    )
    assert (undone.status_code, undone.json["state"]) == (200, "open")
    left = treasurer.get("/v1/bank/open-items").json["data"]
    assert {one["document"]: one["remaining"]["amount"] for one in left} == {"RE-1": "60.00", "RE-2": "45.00"}
    again = treasurer.post(f"/v1/bank/lines/{whole['id']}/undo", {"version": 1, "reason": "Another look"})
    assert (again.status_code, again.json["code"]) == (409, "changed_meanwhile")


def test_matching_when_asked_for_then_answered_at_once_and_its_address_tells_the_end(
    shop: Shop, treasurer: Desk
) -> None:
    treasurer.put("/v1/bank/open-items", {"items": [_item("RE-1", "100.00")]})
    assert treasurer.get("/v1/bank/matching").json == {"run": None}
    _send(treasurer, "", camt([_paid("100.00", "Invoice RE-1", "A")], "0.00", "100.00"))
    imported = treasurer.get("/v1/bank/matching").json["run"]

    asked = treasurer.post("/v1/bank/matching", {})

    assert (asked.status_code, asked.json["state"], asked.json["id"]) == (202, "waiting", imported["id"])
    address = asked.headers["Location"]
    assert f'data-run="{imported["id"]}"' in treasurer.client.get("/bank").text
    runs = shop.container.till.lines.runs
    taken = runs.take("node", 60)
    assert taken is not None
    runs.work(taken, "node", lambda _at: None)
    told = treasurer.get(address).json
    assert (told["state"], told["done"], told["lines"]) == ("done", 1, 1)
    assert "data-run=" not in treasurer.client.get("/bank").text
    nowhere = treasurer.get("/v1/bank/matching/00000000-0000-4000-8000-000000000000")
    assert (nowhere.status_code, nowhere.json["code"]) == (404, "unknown_matching_run")


def test_habit_when_learned_then_shown_with_what_it_changes_used_and_forgotten_by_people(
    shop: Shop, treasurer: Desk
) -> None:
    owed = (("RE-101", "400.00"), ("RE-102", "500.00"), ("RE-103", "600.00"))
    treasurer.put("/v1/bank/open-items", {"items": [_item(*one, party="nord", party_name="Nord GmbH") for one in owed]})
    paid = (("340.00", "RE-101"), ("425.00", "RE-102"), ("510.00", "RE-103"))
    _send(treasurer, "", camt([_paid(*one, one[1]) for one in paid], "0.00", "1275.00"))
    run = shop.container.till.lines.runs.take("node", 60)
    assert run is not None
    shop.container.till.lines.runs.work(run, "node", lambda _at: None)
    best = {text: line["best"] for text, line in _by_text(treasurer).items()}
    for text in ("RE-101", "RE-102"):
        said = treasurer.post(f"/v1/bank/matches/{best[text]['id']}/accept", {"version": best[text]["version"]})
        assert said.status_code == 200

    [habit] = treasurer.get("/v1/bank/learned").json["data"]
    address = f"/v1/bank/learned/{habit['id']}"
    tried = treasurer.get(f"{address}/preview").json
    page = treasurer.client.get(f"/bank/rules?learned={habit['id']}").text
    assert (habit["kind"], habit["name"], habit["times"], habit["in_use"]) == ("withholding", "Nord GmbH", 2, False)
    assert (tried["waiting"], tried["right"], tried["wrong"]) == (1, 2, 0)
    assert (tried["lines"][0]["outcome"], tried["lines"][0]["line"]["text"]) == ("waiting", "RE-103")
    assert "Nord GmbH withholds tax" in page
    assert f"{address}/adopt" in page

    _, key = shop.key(Permission.STATEMENTS_READ, Permission.STATEMENTS_WORK)
    assert shop.client().get("/v1/bank/learned", headers=key).status_code == 200
    for path in (f"{address}/adopt", f"{address}/drop", f"/v1/bank/rules/{habit['id']}/switch-off"):
        refused: Any = shop.client().post(path, headers=key)
        assert (refused.status_code, refused.json["code"]) == (403, "people_only")
    assert treasurer.post(f"{address}/adopt").json["in_use"]
    assert not treasurer.post(f"{address}/drop").json["in_use"]
    gone = treasurer.post(f"{address}/drop")
    assert (gone.status_code, gone.json["code"]) == (404, "unknown_learned")


def test_screens_when_opened_then_show_lines_and_refuse_whom_they_are_not_for(shop: Shop, treasurer: Desk) -> None:
    _send(
        treasurer, "", camt([_paid("100.00", "<script>alert(1)</script>".replace("<", "&lt;"), "A")], "0.00", "100.00")
    )
    line = next(iter(_by_text(treasurer).values()))

    for path in ("", "/statements", "/certain", "/approvals", "/rules", "/months?month=2026-03", f"?line={line['id']}"):
        page = treasurer.client.get(f"/bank{path}")
        assert page.status_code == 200, path
        assert b"<script>alert" not in page.data
    # An account is called by its name and the end of its number, its whole number stands nowhere.
    for path in ("/statements", "/months?month=2026-03", "?account=main"):
        shown = treasurer.client.get(f"/bank{path}").text
        assert f"… {IBAN[-4:]}" in shown, path
        assert IBAN not in shown, path
    assert treasurer.client.get(f"/bank/lines/{line['id']}/panel").status_code == 200
    assert treasurer.client.get(f"/bank/lines/{line['id']}/candidates?q=RE").status_code == 200
    assert treasurer.client.get("/bank?line=00000000-0000-4000-8000-000000000000").status_code == 404
    assert Desk.of(shop, Role.CASHIER).client.get("/bank").status_code == 403
    _, key = shop.key(Permission.STATEMENTS_READ)
    assert shop.client().get("/v1/bank/lines", headers=key).status_code == 200
    refused = shop.client().post("/v1/bank/matching", json={}, headers=key)
    assert refused.status_code == 403
