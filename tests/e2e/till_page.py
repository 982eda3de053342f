"""A person at the screens, in the words of the shop: keys in amounts, holds cards, reads outcomes."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any, Literal

from playwright.sync_api import Locator, Page, expect

AXE = Path(__file__).parent / "vendor" / "axe-core" / "axe.min.js"
STATE_LIMIT_MS = 30_000
TERMINAL = "terminal-1"
PRINTER = "printer-1"
_SCHEMES: tuple[tuple[Literal["light", "dark"], str], ...] = (("light", ""), ("dark", "color-contrast"))
_AXE_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


@cache
def _axe() -> str:
    return AXE.read_text("utf-8")


class TillPage:
    """One browser page and what a person does with it. ``complaints``: what the browser's console held against us."""

    def __init__(self, page: Page, address: str) -> None:
        self.page = page
        self.address = address
        self.complaints: list[str] = []
        self.may_fail: tuple[str, ...] = ()
        page.on("console", lambda message: self._note(message.type, f"{message.text} {message.location['url']}"))
        page.on("pageerror", lambda error: self.complaints.append(f"script: {error}"))

    def _note(self, kind: str, text: str) -> None:
        if kind in ("error", "warning") and not any(part in text for part in self.may_fail):
            self.complaints.append(f"{kind}: {text}")

    def open(self, path: str) -> None:
        """Go to a page."""
        self.page.goto(self.address + path)

    def wait_for_scripts(self) -> None:
        """Wait until a page that is shown already also listens: a key or a click before that is lost."""
        self.page.wait_for_load_state()

    def open_till(self) -> None:
        """Go to the till and wait for its devices."""
        self.open("/till")
        expect(self.page.locator(".terminal")).to_be_visible()

    def behave(self, scenario: str) -> None:
        """Choose what the virtual terminal does."""
        picker = self.page.locator(f"#scenario-{TERMINAL}")
        if picker.input_value() == scenario:
            return
        with self.page.expect_response(lambda answer: "/scenario" in answer.url and answer.ok):
            picker.select_option(scenario)
        expect(picker).to_have_value(scenario)

    def break_printer(self, fault: str) -> None:
        """Choose what is wrong with the virtual printer."""
        with self.page.expect_response(lambda answer: "/fault" in answer.url and answer.ok):
            self.page.locator(f"#fault-{PRINTER}").select_option(fault)

    def close_drawer(self) -> None:
        """Go to the virtual devices and push the cash drawer in, if it stands open."""
        self.open("/virtual")
        expect(self.page.locator(".terminal")).to_be_visible()
        if self.drawer.is_visible():
            self.drawer.click()
            expect(self.drawer).to_have_count(0)

    @property
    def drawer(self) -> Locator:
        """What is there among the virtual devices while the cash drawer stands open."""
        return self.page.locator(f"#drawer-{PRINTER}")

    def key_in(self, digits: str) -> None:
        """Type an amount where the focus is put when a sale begins."""
        expect(self.page.locator("#amount")).to_be_focused()
        self.page.keyboard.type(digits)

    def charge(self, digits: str, scenario: str = "approve") -> None:
        """Ask for a card payment and see the terminal take it."""
        self.behave(scenario)
        self.page.locator("#amount").focus()
        self.key_in(digits)
        self.page.keyboard.press("F1")
        self.expect_state("sent")

    def show_items(self, *, free: bool = False) -> None:
        """Turn to items; ``free``: with the form for what is in no catalogue."""
        if self.page.locator("#till").get_attribute("data-mode") != "items":
            self.page.keyboard.press("F8")
        expect(self.page.locator(".quick-keys .item-key").first).to_be_visible()
        if free:
            self.page.locator("[data-free] summary").click()

    def sell(self, name: str) -> None:
        """Press the quick key of an item."""
        self.page.locator(".quick-keys").get_by_role("button", name=name).first.click()

    def free_line(self, text: str, quantity: str, price: str) -> None:
        """Type a line that is in no catalogue."""
        self.page.fill("[name=text]", text)
        self.page.fill("[name=quantity]", quantity)
        self.page.fill("[name=price]", price)
        self.page.locator("[name=price]").press("Enter")

    def scan(self, code: str) -> None:
        """Scan as a scanner does: all keys at once, then Enter, wherever the focus is."""
        script = """keys => keys.forEach(key => document.activeElement.dispatchEvent(
            new KeyboardEvent("keydown", {key, bubbles: true, cancelable: true})))"""
        self.page.evaluate(script, [*code, "Enter"])

    def cash(self, given: str = "") -> None:
        """Take cash: what was given, or exactly what is due."""
        self.page.keyboard.press("F2")
        expect(self.page.locator("#given")).to_be_focused()
        if given:
            self.page.keyboard.type(given)
        self.page.keyboard.press("Enter")

    def next_sale(self) -> None:
        """Go on from a sale that is paid."""
        self.expect_state("settled")
        self.page.keyboard.press("Enter")
        self.expect_sale()

    @property
    def total(self) -> Locator:
        """What is to be paid."""
        return self.page.locator("[data-total]")

    def terminal_key(self, name: str) -> Locator:
        """Return a key of the virtual terminal: ``card``, ``pin``, ``cancel`` or ``line``."""
        return self.page.locator(f"#key-{name}-{TERMINAL}")

    def press_terminal(self, name: str) -> None:
        """Press a key of the virtual terminal as soon as it can be pressed."""
        expect(self.terminal_key(name)).to_be_enabled(timeout=STATE_LIMIT_MS)
        self.terminal_key(name).click()

    def pay_with_pin(self) -> None:
        """Hold the card, enter the PIN."""
        self.press_terminal("card")
        self.press_terminal("pin")

    @property
    def outcome(self) -> Locator:
        """The outcome panel."""
        return self.page.locator(".outcome")

    def expect_state(self, state: str) -> None:
        """Wait until the outcome panel shows a state."""
        expect(self.page.locator(f'.outcome[data-state="{state}"]')).to_be_visible(timeout=STATE_LIMIT_MS)
        self.wait_for_scripts()

    def expect_sale(self) -> None:
        """Wait until the till asks for the next amount."""
        expect(self.page.locator('#till[data-step="sale"]')).to_be_visible()

    def payment_id(self) -> str:
        """Return the id of the payment on the panel."""
        found = self.outcome.get_attribute("data-payment")
        assert found
        return found

    def focused(self) -> str:
        """Return what has the focus just now: its action, name or id."""
        return str(self.page.evaluate("(e => e.dataset.action || e.name || e.id)(document.activeElement)"))

    def expect_focused(self, name: str) -> None:
        """Wait until the focus is on what bears this action, name or id."""
        script = "name => (e => [e.dataset.action, e.name, e.id].includes(name))(document.activeElement)"
        self.page.wait_for_function(script, arg=name)

    def hindrances(self, *, rule: str = "") -> list[str]:
        """Return what axe finds that would hinder somebody, on the page as it is; ``rule``: one alone."""
        if not self.page.evaluate("typeof axe === 'object'"):
            self.page.evaluate(_axe())
        chosen = {"type": "rule", "values": [rule]} if rule else {"type": "tag", "values": _AXE_RULES}
        options = {"preload": False, "runOnly": chosen, "resultTypes": ["violations"]}
        # axe measures with elements of its own that carry inline styles: the policy stops them, as it should.
        self.may_fail = (*self.may_fail, "Applying inline style")
        found: list[dict[str, Any]] = self.page.evaluate(
            "options => axe.run(document, options).then(told => told.violations)", options
        )
        return [
            f"{finding['id']}: {node['html'][:160]} ({node['failureSummary'][:200]})"
            for finding in found
            for node in finding["nodes"]
        ]

    def hindrances_in_any_light(self, *, widths: tuple[int, ...] = (1440, 360)) -> list[str]:
        """Return what hinders somebody in light or dark, on a desktop or a phone, with what scrolls sideways.

        The light changes nothing but colours: of all the rules only the one about contrast is asked again in the dark.
        """
        found: list[str] = []
        before = self.page.viewport_size
        for width in widths:
            self.page.set_viewport_size({"width": width, "height": 900})
            for scheme, rule in _SCHEMES:
                self.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
                found += [f"{width} px, {scheme}: {hindrance}" for hindrance in self.hindrances(rule=rule)]
            if self.is_wider_than_screen():
                found.append(f"{width} px: scrolls sideways")
        if before:
            self.page.set_viewport_size(before)
        self.page.emulate_media(color_scheme="light")
        return found

    def is_wider_than_screen(self) -> bool:
        """Return whether the page scrolls sideways."""
        script = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
        return bool(self.page.evaluate(script))
