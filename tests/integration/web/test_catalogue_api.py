"""Items over the API: put, find, lists with bad rows, and who may."""

from __future__ import annotations

from typing import Any

from gateway.domain.access import Permission, Role
from tests.support.web_shop import Shop, new_id

GTIN = "4006381333931"


def browser(shop: Shop) -> Any:
    """Return a browser without a session."""
    return shop.client()


def item(**changes: Any) -> dict[str, Any]:
    body = {
        "number": "100",
        "name": "Crème brûlée",
        "gtin": GTIN,
        "price": {"amount": "4.20", "currency": "EUR"},
        "tax_rate": "7",
        "group": "Food",
        "quick_key": 2,
    }
    return body | changes


def test_item_when_put_then_found_by_number_code_and_word_without_accents(any_shop: Shop) -> None:
    client, headers = browser(any_shop), any_shop.key(Permission.CATALOGUE_MANAGE, Permission.PAYMENTS_CREATE)[1]
    item_id = str(new_id())

    stored = client.put(f"/v1/items/{item_id}", json=item(), headers=headers)

    assert stored.status_code == 200, stored.json
    assert stored.json["version"] == 1
    for query in ("code=100", f"code={GTIN}", "search=creme", "search=BRULEE%20cr", f"search={GTIN}", "search=100"):
        found = client.get(f"/v1/items?{query}", headers=headers).json["data"]
        assert [one["id"] for one in found] == [item_id], query
    assert client.get("/v1/items?code=1000", headers=headers).json["data"] == []
    assert client.get("/v1/item-keys", headers=headers).json["data"] == [stored.json]
    assert client.get(f"/v1/items/{item_id}", headers=headers).json == stored.json


def test_item_when_put_again_then_same_and_with_old_version_then_refused(any_shop: Shop) -> None:
    client, headers = browser(any_shop), any_shop.key(Permission.CATALOGUE_MANAGE)[1]
    address = f"/v1/items/{new_id()}"
    first = client.put(address, json=item(), headers=headers).json

    again = client.put(address, json=item(), headers=headers)
    changed = client.put(address, json=item(name="Cake", version=1), headers=headers)
    stale = client.put(address, json=item(name="Tart", version=1), headers=headers)

    assert again.json == first
    assert changed.json["version"] == 2
    assert (stale.status_code, stale.json["code"]) == (409, "item_changed")


def test_item_when_number_or_gtin_is_taken_then_refused(any_shop: Shop) -> None:
    client, headers = browser(any_shop), any_shop.key(Permission.CATALOGUE_MANAGE)[1]
    client.put(f"/v1/items/{new_id()}", json=item(), headers=headers)

    number = client.put(f"/v1/items/{new_id()}", json=item(gtin=None), headers=headers)
    gtin = client.put(f"/v1/items/{new_id()}", json=item(number="101"), headers=headers)
    wrong = client.put(f"/v1/items/{new_id()}", json=item(number="102", gtin="4006381333932"), headers=headers)

    assert (number.status_code, number.json["code"]) == (409, "item_number_taken")
    assert (gtin.status_code, gtin.json["code"]) == (409, "gtin_taken")
    assert (wrong.status_code, wrong.json["code"]) == (422, "invalid_gtin")


def test_list_when_a_row_is_bad_then_named_and_nothing_stored(any_shop: Shop) -> None:
    client, headers = browser(any_shop), any_shop.key(Permission.CATALOGUE_MANAGE, Permission.PAYMENTS_CREATE)[1]
    rows = (
        "Nummer;Bezeichnung;EAN;Preis;MwSt;Gruppe",
        f"1;Tea;{GTIN};2,90;19;Drinks",
        "2;Bun;123;1,10;7;Food",
        "3;Roll;;abc;7;Food",
        "1;Twin;;1,00;7;Food",
        "4;;;1,00;7;Food",
    )

    answer = client.post("/v1/item-list", json={"csv": "\n".join(rows), "dry_run": False}, headers=headers)

    assert answer.status_code == 200, answer.json
    assert [(one["row"], one["column"], one["code"]) for one in answer.json["bad"]] == [
        (3, "gtin", "invalid_gtin"),
        (4, "price", "invalid_amount"),
        (5, "number", "item_number_twice"),
        (6, "name", "item_needs_name"),
    ]
    assert answer.json["stored"] is False
    assert client.get("/v1/items", headers=headers).json["data"] == []


def test_list_when_taken_over_and_handed_out_then_the_same_again_changes_nothing(any_shop: Shop) -> None:
    client, headers = browser(any_shop), any_shop.key(Permission.CATALOGUE_MANAGE)[1]
    csv = f"number,name,gtin,price,tax,quick_key\n1,=Tea,{GTIN},2.90,19,1\n2,Bun,,1.10,7,\n"
    dry = client.post("/v1/item-list", json={"csv": csv, "dry_run": True}, headers=headers).json
    done = client.post("/v1/item-list", json={"csv": csv, "dry_run": False}, headers=headers).json

    out = client.get("/v1/item-list.csv", headers=headers).text
    again = client.post("/v1/item-list", json={"csv": out, "dry_run": False}, headers=headers).json

    assert (dry["made"], dry["stored"]) == (2, False)
    assert (done["made"], done["stored"]) == (2, True)
    assert "'=Tea" in out
    assert (again["made"], again["changed"], again["unchanged"]) == (0, 0, 2)


def test_list_when_two_items_swap_their_codes_then_taken(any_shop: Shop) -> None:
    client, headers = browser(any_shop), any_shop.key(Permission.CATALOGUE_MANAGE, Permission.PAYMENTS_CREATE)[1]
    other = "96385074"
    head = "number;name;gtin;price;tax\n"
    first = head + f"1;Tea;{GTIN};2.90;19\n2;Bun;{other};1.10;7\n"
    assert client.post("/v1/item-list", json={"csv": first, "dry_run": False}, headers=headers).json["stored"]

    swapped = head + f"1;Tea;{other};2.90;19\n2;Bun;{GTIN};1.10;7\n"
    answer = client.post("/v1/item-list", json={"csv": swapped, "dry_run": False}, headers=headers)

    assert answer.status_code == 200, answer.json
    assert answer.json["changed"] == 2
    assert client.get(f"/v1/items?code={GTIN}", headers=headers).json["data"][0]["name"] == "Bun"


def test_items_when_listed_in_pages_then_each_once_by_name(shop: Shop) -> None:
    client, headers = browser(shop), shop.key(Permission.CATALOGUE_MANAGE, Permission.PAYMENTS_CREATE)[1]
    goods = [
        {"number": str(number), "name": f"Item {number % 3}", "tax_rate": "19"}
        | {"price": {"amount": "1.00", "currency": "EUR"}}
        for number in range(7)
    ]
    assert client.post("/v1/item-batches", json={"items": goods}, headers=headers).json["made"] == 7
    seen: list[str] = []
    cursor = ""
    for _ in range(5):
        page = client.get(f"/v1/items?limit=3{cursor}", headers=headers).json
        seen += [one["number"] for one in page["data"]]
        if not page["has_more"]:
            break
        cursor = f"&starting_after={page['data'][-1]['id']}"

    assert seen == ["0", "3", "6", "1", "4", "2", "5"]


def test_items_when_a_cashier_then_found_but_not_changed(shop: Shop) -> None:
    client, headers = shop.signed(Role.CASHIER)

    assert client.get("/v1/items", headers=headers).status_code == 200
    assert client.put(f"/v1/items/{new_id()}", json=item(), headers=headers).status_code == 403
    assert client.get("/catalogue").status_code == 403


def test_catalogue_page_when_opened_then_items_are_shown_and_found(shop: Shop) -> None:
    client, headers = shop.signed(Role.MANAGER)
    empty = client.get("/catalogue").text
    client.put(f"/v1/items/{new_id()}", json=item(), headers=headers)

    assert "No items yet" in empty
    assert "Crème brûlée" in client.get("/catalogue").text
    assert GTIN in client.get("/catalogue?find=creme").text
    assert "Nothing found" in client.get("/catalogue?find=zzz").text
    assert client.get("/catalogue?after=nonsense").status_code == 404
