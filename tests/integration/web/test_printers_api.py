"""Printers over the API: listed, tried, kept, changed, removed, held; pictures and routes; only with the right."""

from __future__ import annotations

import base64
import io
from typing import Any

import pytest
from PIL import Image

from gateway.domain.access import Role
from tests.support.listed_printers import ANSWERING
from tests.support.web_shop import PRINTER, Shop, new_id


class Administrator:
    """A browser of an administrator."""

    def __init__(self, shop: Shop, role: Role = Role.ADMINISTRATOR) -> None:
        self._client, self._csrf = shop.signed(role)

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        return self._client.open(path, method=method, json=body, headers=self._csrf)


@pytest.fixture
def admin(shop: Shop) -> Administrator:
    return Administrator(shop)


def test_printer_when_tried_and_kept_then_listed_changed_and_removed(admin: Administrator) -> None:
    trial = admin.ask("POST", "/v1/printer-trials", {"transport": ANSWERING, "page": True}).get_json()
    assert trial == {"answered": True, "ready": True, "words": "Printed."}
    made = admin.ask("POST", "/v1/printers", {"name": "Kitchen", "transport": ANSWERING, "width_mm": 58})
    assert (made.status_code, made.get_json()["width_mm"]) == (201, 58)
    path = f"/v1/printers/{made.get_json()['id']}"

    changed = admin.ask("PUT", path, {"width_mm": 80, "cut": False, "drawer_pin": 0}).get_json()

    assert (changed["width_mm"], changed["cut"], changed["drawer_pin"], changed["removable"]) == (80, False, 0, True)
    listed = admin.ask("GET", "/v1/printers").get_json()
    assert [one["id"] for one in listed["data"]] == [PRINTER, made.get_json()["id"]]
    assert listed["found"][0]["transport"] == "usb:04b8:0e15"
    assert admin.ask("DELETE", path).status_code == 204
    assert admin.ask("DELETE", path).status_code == 404
    assert admin.ask("DELETE", f"/v1/printers/{PRINTER}").get_json()["code"] == "set_up_by_operator"


def test_picture_when_kept_then_shown_as_it_is_printed(admin: Administrator) -> None:
    picture = io.BytesIO()
    Image.new("L", (600, 60), 0).save(picture, "PNG")
    body = {"picture": base64.b64encode(picture.getvalue()).decode()}

    name = admin.ask("POST", "/v1/printer-logos", body).get_json()["name"]

    shown = admin.ask("GET", f"/v1/printer-logos/{name}/58")
    assert shown.content_type == "image/png"
    assert Image.open(io.BytesIO(shown.data)).width == 384
    other = {"picture": base64.b64encode(b"no picture at all").decode()}
    refused = admin.ask("POST", "/v1/printer-logos", other)
    assert (refused.status_code, refused.get_json()["code"]) == (422, "unreadable_logo")
    assert admin.ask("GET", f"/v1/printer-logos/{'0' * 32}.png/80").status_code == 404


def test_routes_when_replaced_then_told(admin: Administrator) -> None:
    routes = {"routes": [{"group": "*", "printer_id": PRINTER}]}

    assert admin.ask("PUT", "/v1/kitchen-routes", routes).get_json() == routes
    assert admin.ask("GET", "/v1/kitchen-routes").get_json() == routes


def test_manager_then_may_hold_clear_and_test_but_not_set_up(shop: Shop) -> None:
    manager = Administrator(shop, Role.MANAGER)
    path = f"/v1/printers/{PRINTER}"
    wish = {"request_id": str(new_id())}

    assert [manager.ask("POST", f"{path}/test-page", wish).status_code for _ in range(2)] == [202, 202]
    assert manager.ask("POST", f"{path}/hold").status_code == 204
    assert manager.ask("POST", f"{path}/release").status_code == 204
    assert manager.ask("POST", f"{path}/clear").get_json() == {"given_up": 1}
    assert manager.ask("POST", f"{path}/clear").get_json() == {"given_up": 0}
    assert manager.ask("PUT", path, {}).status_code == 403
    assert manager.ask("GET", "/v1/printers").status_code == 403
    assert Administrator(shop, Role.CASHIER).ask("POST", f"{path}/hold").status_code == 403


@pytest.mark.parametrize("line", ["file:/etc/passwd", "serial:/dev/sda", "virtual:memory", "tcp:nowhere"])
def test_line_that_is_no_printers_then_refused(admin: Administrator, line: str) -> None:
    refused = admin.ask("POST", "/v1/printer-trials", {"transport": line})

    assert (refused.status_code, refused.get_json()["code"]) == (422, "invalid_transport")
