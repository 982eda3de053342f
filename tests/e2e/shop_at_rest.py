"""Brings the shop that tests share to rest: nothing at work, the line whole, no fault, whatever a test left behind."""

from __future__ import annotations

import re
import sqlite3
import threading
import time
from collections.abc import Callable
from contextlib import closing
from typing import Any

from playwright.sync_api import APIRequestContext, Browser

from tests.e2e.gateway_process import GatewayProcess

DEADLINE_S = 60.0
"""A printer that was without paper is tried again after seconds; an unheard terminal is asked after seconds."""
_LOOK_S = 0.05
_RELEASE_AFTER_S = 5.0
_TERMINAL = "/virtual/terminals/terminal-1"
_PRINTER = "/virtual/printers/printer-1"
_AT_WORK = "SELECT 'attempt ' || purpose || ' ' || state FROM attempt WHERE blocks_terminal"
_ON_PAPER = (
    "SELECT kind || ' ' || state FROM outbox WHERE state IN ('ready', 'started')"
    " AND (target LIKE 'printer-%' OR target LIKE 'drawer:%')"
)


class ShopAtRest:
    """Looks at the shop's database and its virtual devices, and does what the next person at the till would do."""

    def __init__(self, gateway: GatewayProcess, browser: Browser, signed_in: Callable[[str], Any]) -> None:
        self._gateway = gateway
        self._browser = browser
        self._signed_in = signed_in

    def wait(self) -> None:
        """Return when nothing is at work any more.

        Raises:
            AssertionError: it did not come to rest; names what was still at work.
        """
        context = self._browser.new_context(storage_state=self._signed_in("manager"))
        try:
            self._settle(context.request)
        finally:
            context.close()

    def _settle(self, request: APIRequestContext) -> None:
        begun_s, never = time.monotonic(), threading.Event()
        while found := [*(panel := _Panel(self._get(request, "/virtual/devices"))).amiss, *self._open()]:
            waited_s = time.monotonic() - begun_s
            assert waited_s < DEADLINE_S, f"the shop does not come to rest: {found}"
            self._help(request, panel, is_late=waited_s > _RELEASE_AFTER_S)
            never.wait(_LOOK_S)

    def _help(self, request: APIRequestContext, panel: _Panel, *, is_late: bool) -> None:
        if not panel.line_up:
            self._post(request, f"{_TERMINAL}/keys/restore_line")
        if panel.scenario != "approve":
            self._post(request, f"{_TERMINAL}/scenario", {"scenario": "approve"})
        if panel.fault != "none":
            self._post(request, f"{_PRINTER}/fault", {"fault": "none"})
        if panel.awaiting in ("card", "pin"):
            self._post(request, f"{_TERMINAL}/keys/cancel")
        if is_late:
            self._post(request, "/v1/printers/printer-1/release")

    def _open(self) -> list[str]:
        """Return what the gateway still has to finish at a terminal or a printer."""
        with closing(sqlite3.connect(f"file:{self._gateway.database}?mode=ro", uri=True)) as database:
            return [row[0] for query in (_AT_WORK, _ON_PAPER) for row in database.execute(query)]

    def _get(self, request: APIRequestContext, path: str) -> str:
        answer = request.get(self._gateway.address + path)
        assert answer.ok, answer.text()
        return answer.text()

    def _post(self, request: APIRequestContext, path: str, form: dict[str, str | float | bool] | None = None) -> None:
        token = re.search(r'name="csrf-token" content="([^"]+)"', self._get(request, "/virtual"))
        assert token
        answer = request.post(self._gateway.address + path, headers={"X-CSRF-Token": token[1]}, form=form or {})
        assert answer.ok, answer.text()


class _Panel:
    """What the virtual devices show: each of the shop's two."""

    def __init__(self, html: str) -> None:
        chosen = re.findall(r'<option value="(\w+)" selected>', html)
        assert len(chosen) == 2, html
        self.scenario, self.fault = chosen
        self.awaiting = re.findall(r'data-awaiting="(\w+)"', html)[0]
        self.line_up = "line-words down" not in html

    @property
    def amiss(self) -> list[str]:
        """What is not as a shop opens."""
        wanted = {"scenario": "approve", "fault": "none", "awaiting": "idle", "line_up": True}
        return [f"{name} {getattr(self, name)}" for name, value in wanted.items() if getattr(self, name) != value]
