"""The setup of terminals over the API and on its screen: who may, what is shown, and that no password comes back."""

from __future__ import annotations

import threading
from typing import Any

from flask.testing import FlaskClient

from gateway.adapters.clock import SystemClock
from gateway.domain.access import Role
from gateway.domain.cards.terminal_setup import DeviceSetup
from gateway.domain.ids import DeviceId
from tests.support.setup_fakes import ANSWERING
from tests.support.web_shop import TERMINAL, Shop, new_id

DEADLINE_S = 10.0
PASSWORD = "135790"


def _body(**changes: Any) -> dict[str, Any]:
    return {"protocol": "zvt", "transport": ANSWERING, "password": PASSWORD, **changes}


def _tried(client: FlaskClient, headers: dict[str, str], **changes: Any) -> dict[str, Any]:
    begun = client.post("/v1/devices/trials", json=_body(**changes), headers=headers)
    assert begun.status_code == 202, begun.get_json()
    at = begun.headers["Location"]
    clock, never = SystemClock(), threading.Event()
    ends_at_s = clock.monotonic_s() + DEADLINE_S
    while (found := client.get(at).get_json())["state"] == "running":
        assert clock.monotonic_s() < ends_at_s
        never.wait(0.005)
    return dict(found)


def test_trial_then_kept_then_listed_then_removed(shop: Shop) -> None:
    client, headers = shop.signed(Role.ADMINISTRATOR)

    trial = _tried(client, headers)
    saved = client.post(
        "/v1/devices/terminals",
        json={"trial_id": trial["id"], "name": "Front", "register_name": "Till 9"},
        headers=headers,
    )
    listed = client.get("/v1/devices/setup").get_json()
    removed = client.delete(f"/v1/devices/terminals/{saved.get_json()['id']}", headers=headers)

    assert (trial["answered"], trial["ready"], trial["terminal_id"]) == (True, True, "52500041")
    assert [step["what"] for step in trial["steps"]] == [f"opening {ANSWERING}", "registering"]
    assert saved.status_code == 201
    assert listed["data"] == [saved.get_json()]
    assert saved.get_json()["registers"] == ["Till 9"]
    assert {protocol["name"] for protocol in listed["protocols"]} == {"zvt", "concert"}
    assert removed.status_code == 204
    assert client.get("/v1/devices/setup").get_json()["data"] == []


def test_password_then_in_no_answer(shop: Shop) -> None:
    client, headers = shop.signed(Role.ADMINISTRATOR)

    trial = _tried(client, headers)
    client.post("/v1/devices/terminals", json={"trial_id": trial["id"], "name": "Front"}, headers=headers)
    pages = [
        client.get(path).get_data(as_text=True)
        for path in (f"/v1/devices/trials/{trial['id']}", "/v1/devices/setup", "/v1/devices", "/devices")
    ]

    assert shop.fleet.added[0].password == PASSWORD
    assert PASSWORD not in "".join([str(trial), *pages])


def test_trial_without_an_answer_then_findings_with_advice(shop: Shop) -> None:
    client, headers = shop.signed(Role.ADMINISTRATOR)

    trial = _tried(client, headers, transport="tcp:192.0.2.99:20007")
    refused = client.post("/v1/devices/terminals", json={"trial_id": trial["id"], "name": "Front"}, headers=headers)

    assert trial["findings"] == [
        {"code": "no_answer", "gravity": "fault", "words": "Nothing answers.", "advice": "Check the cable."}
    ]
    assert (refused.status_code, refused.get_json()["code"]) == (409, "trial_without_answer")


def test_trial_then_in_the_language_of_whoever_asks(shop: Shop) -> None:
    client, headers = shop.signed(Role.ADMINISTRATOR)

    _tried(client, {**headers, "Accept-Language": "de-DE"})

    assert [wish.language for wish in shop.probe.tried] == ["de"]


def test_what_cannot_be_then_told_with_its_place(shop: Shop) -> None:
    client, headers = shop.signed(Role.ADMINISTRATOR)
    device = DeviceSetup(DeviceId("t"), "terminal", "Back", "zvt", ANSWERING, (), removable=False)

    def answer(**changes: Any) -> tuple[int, str]:
        found = client.post("/v1/devices/trials", json=_body(**changes), headers=headers)
        return found.status_code, found.get_json()["code"]

    assert answer(transport="serial:/dev/sda") == (422, "invalid_transport")
    assert answer(protocol="concert") == (422, "wrong_line")
    assert answer(password="12345") == (400, "invalid_request")
    assert answer(protocol="morse") == (400, "invalid_request")
    assert client.get(f"/v1/devices/trials/{new_id()}").status_code == 404
    two = {"trial_id": str(new_id()), "name": "Front", "register_id": "till-1", "register_name": "Till 9"}
    assert client.post("/v1/devices/terminals", json=two, headers=headers).status_code == 422
    shop.fleet.listed.append(device)
    assert answer() == (409, "port_in_use")


def test_change_without_the_token_of_the_session_then_refused(shop: Shop) -> None:
    client, _ = shop.signed(Role.ADMINISTRATOR)

    found = [
        client.post("/v1/devices/trials", json=_body()),
        client.post("/v1/devices/terminals", json={"trial_id": str(new_id()), "name": "Front"}),
        client.delete("/v1/devices/terminals/terminal-2"),
    ]

    assert [answer.get_json()["code"] for answer in found] == ["csrf_token_wrong"] * 3
    assert shop.probe.tried == []


def test_managers_and_keys_then_refused(shop: Shop) -> None:
    manager, headers = shop.signed(Role.MANAGER)
    _, key = shop.key()

    assert manager.get("/devices").status_code == 403
    for client, sent in ((manager, headers), (shop.client(), key)):
        assert client.get("/v1/devices/ports", headers=sent).status_code == 403
        assert client.post("/v1/devices/trials", json=_body(), headers=sent).status_code == 403
    assert shop.probe.tried == []


def test_screen_then_ports_protocols_and_where_each_device_comes_from(shop: Shop) -> None:
    client, headers = shop.signed(Role.ADMINISTRATOR)
    here = DeviceSetup(TERMINAL, "terminal", "Front", "zvt", "tcp:192.0.2.1:20007", ("Till 1",), removable=True)
    shop.fleet.listed.append(here)

    page = client.get("/devices", headers=headers).get_data(as_text=True)

    assert "Ingenico Desk, no. 4711" in page
    assert "the group dialout" in page
    assert "ZVT (Germany, Austria, Switzerland)" in page
    assert "tcp:192.0.2.1:20007" in page
    assert page.count('data-act="remove"') == 1
    assert "worked by another gateway" in page
    assert 'value="till-1"' not in page
    assert 'value="office">Office' in page


def test_list_when_seen_already_then_not_sent_again(shop: Shop) -> None:
    client, _ = shop.signed(Role.ADMINISTRATOR)
    page = client.get("/devices/now").get_data(as_text=True)
    mark = page.partition("seen=")[2].partition('"')[0]

    assert client.get(f"/devices/now?seen={mark}").status_code == 204
    assert "/dev/ttyUSB0" in client.get("/devices/ports").get_data(as_text=True)


def test_names_from_devices_and_ports_then_escaped(shop: Shop) -> None:
    client, _ = shop.signed(Role.ADMINISTRATOR)
    evil = "<script>alert(1)</script>"
    shop.fleet.listed.append(DeviceSetup(TERMINAL, "terminal", evil, evil, evil, (evil,), removable=True))

    assert evil not in client.get("/devices").get_data(as_text=True)
