"""An administrator sets a terminal up: tries it, sees who answers, keeps it, has it sold on, and removes it again."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import APIRequestContext, Browser, expect

from tests.e2e.conftest import PHONE, OpenAs
from tests.e2e.gateway_process import ROOT, GatewayProcess
from tests.e2e.till_page import STATE_LIMIT_MS, TillPage

pytestmark = pytest.mark.pty

TERMINAL_ID = "52500088"
_TRIES = 3
_LISTEN = """() => {
    window.looked = new Promise((done) => document.addEventListener("htmx:after:swap", done, { once: true }));
}"""


@pytest.fixture
def device(gateway: GatewayProcess, browser: Browser, signed_in: Callable[[str], Any]) -> Iterator[str]:
    """A card terminal in a process of its own that pays by itself; yields the path of its port.

    Whatever the test did, the shop no longer has it at the end: the next one may well come at the same port.
    """
    command = [sys.executable, "-m", "terminal_driver.virtual", "--pty", "--pace", "0.05"]
    process = subprocess.Popen(
        [*command, "--terminal-id", TERMINAL_ID], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    port = str(json.loads(process.stdout.readline())["device"])
    yield port
    context = browser.new_context(storage_state=signed_in("administrator"))
    _remove(context.request, gateway.address, port)
    context.close()
    process.terminate()
    process.communicate(timeout=60)


def _remove(request: APIRequestContext, address: str, port: str) -> None:
    """Take the terminal at this port out of use, where a test that failed has left it."""
    token = re.search(r'name="csrf-token" content="([^"]+)"', request.get(f"{address}/devices").text())
    assert token
    for kept in request.get(f"{address}/v1/devices/setup").json()["data"]:
        if kept["removable"] and kept["transport"].endswith(port):
            gone = request.delete(f"{address}/v1/devices/terminals/{kept['id']}", headers={"X-CSRF-Token": token[1]})
            assert gone.ok, gone.text()


def _try(person: TillPage, *, connection: str, answers: bool = True, **fields: str) -> None:
    """Fill the form in and try; wait until the trial has ended.

    ``answers``: a terminal is there: where the machine is too busy to answer in the time of the line, try again.
    """
    page = person.page
    page.get_by_role("radio", name=re.compile(connection)).check()
    for name, value in fields.items():
        page.locator(f"[name={name}]").fill(value)
    for _ in range(_TRIES):
        page.get_by_role("button", name="Try the connection").click()
        expect(page.locator('.trial[data-state="finished"]')).to_be_visible(timeout=STATE_LIMIT_MS)
        if page.locator("[data-form=save]").is_visible() or not answers:
            return


def test_terminal_then_tried_kept_sold_on_and_removed(open_as: OpenAs, device: str, pictures: Path) -> None:
    admin = open_as("administrator")
    admin.open("/devices")
    page = admin.page
    page.keyboard.press("n")
    expect(page.locator("#add-title")).to_be_focused()

    _try(admin, connection="Another port", path=device)
    expect(page.get_by_text("The terminal answered and is ready")).to_be_visible()
    expect(page.locator("[data-facts]")).to_contain_text(TERMINAL_ID)
    expect(page.locator("[data-form=save] [name=name]")).to_be_focused()
    page.keyboard.type("Back counter")
    page.locator("[name=till_name]").fill("Till 2")
    page.evaluate("scrollTo(0, 0)")
    page.screenshot(path=pictures / "devices.png", full_page=True, animations="disabled")
    page.get_by_role("button", name="Keep this terminal").click()

    expect(page.get_by_role("status").filter(has_text="Back counter is set up")).to_be_visible()
    row = page.locator("#device-list [data-device]").filter(has_text="Back counter")
    expect(row).to_contain_text("Ready")
    till = open_as("manager")
    till.open_till()
    till.page.locator("[data-registers]").select_option(label="Till 2")
    till.page.locator("#amount").focus()
    till.key_in("1234")
    till.page.keyboard.press("F1")
    till.expect_state("approved")
    _try(admin, connection="Network", answers=False, host="127.0.0.1", port="9")
    row.get_by_role("button", name="Remove").click()
    page.get_by_role("dialog").get_by_role("button", name="Remove").click()
    expect(row).to_have_count(0)
    expect(page.get_by_role("dialog")).to_be_hidden()


def test_port_of_a_terminal_at_work_then_named_and_not_tried(open_as: OpenAs, device: str) -> None:
    admin = open_as("administrator")
    admin.may_fail = ("409",)
    admin.open("/devices")
    page = admin.page
    _try(admin, connection="Another port", path=device)
    page.locator("[data-form=save] [name=name]").fill("Side counter")
    page.locator("[name=till]").select_option(label="No till yet")
    page.get_by_role("button", name="Keep this terminal").click()
    row = page.locator("#device-list [data-device]").filter(has_text="Side counter")
    expect(row).to_contain_text("Ready")

    page.get_by_role("radio", name=re.compile("Another port")).check()
    page.locator("[name=path]").fill(device)
    page.get_by_role("button", name="Try the connection").click()

    expect(page.get_by_role("alert")).to_contain_text("A device of this gateway works this port")
    row.get_by_role("button", name="Remove").click()
    page.get_by_role("dialog").get_by_role("button", name="Remove").click()
    expect(row).to_have_count(0)


def test_wrong_port_then_what_is_wrong_and_what_to_do(open_as: OpenAs) -> None:
    admin = open_as("administrator", size=PHONE, locale="de-DE")
    admin.open("/devices")
    page = admin.page
    page.get_by_role("radio", name=re.compile("Anderer Anschluss")).check()
    page.locator("[name=path]").fill("/dev/ttyUSB77")
    page.evaluate(_LISTEN)
    page.get_by_role("button", name="Anschlüsse neu suchen").click()
    page.evaluate("async () => { await window.looked; }")
    expect(page.get_by_role("radio", name=re.compile("Anderer Anschluss"))).to_be_checked()
    page.get_by_role("button", name="Verbindung ausprobieren").click()

    finding = page.locator('[data-finding="port_missing"]')
    expect(finding).to_contain_text("Der Anschluss ist nicht vorhanden", timeout=STATE_LIMIT_MS)
    expect(finding).to_contain_text("Kabel an beiden Enden einstecken")
    expect(page.locator("[data-form=save]")).to_be_hidden()
    assert admin.hindrances_in_any_light() == []


def test_terminal_that_answered_then_its_form_hinders_nobody(open_as: OpenAs, device: str) -> None:
    admin = open_as("administrator")
    admin.open("/devices")

    _try(admin, connection="Another port", path=device)
    expect(admin.page.locator("[data-form=save]")).to_be_visible()

    assert admin.hindrances_in_any_light() == []
