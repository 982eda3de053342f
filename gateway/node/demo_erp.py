"""The sandbox ERP inside the demo: an ERP that gets what the shop sells, kept beside the demo's database."""

from __future__ import annotations

import importlib.util
import json
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from gateway.configuration.settings import Settings
from gateway.node import demo_documents as samples

if TYPE_CHECKING:
    from connectors.sandbox_erp.books import Books

DEMO_ERP = "sandbox"
"""Id of its account."""
_NEEDS = ("lxml", "requests")
_TABLES = {
    "company": {"name": "Sandbox Ltd"},
    "accounts": {
        "3300": "3300",
        "6850": "6850",
        "freight": "3800",
        "main": "1800",
        "payables": "1600",
        "phone": "6805",
        "rounding": "1700",
        "supplies": "6800",
        "unassigned": "1590",
        "uncoded": "3300",
    },
    "taxes": {"0": "V0", "7": "V7", "19": "V19", "V7": "V7", "V19": "V19"},
    "revenue": {"0": "8100", "7": "8300", "19": "8400", "unassigned": "1590"},
    "sales_tax": {"7": "1771", "19": "1776"},
    "tenders": {
        "account": "1400",
        "card": "1360",
        "cash": "1000",
        "foreign_cash": "1010",
        "store_credit": "1742",
        "transfer": "1800",
        "voucher": "1742",
    },
    "sales": {"tips": "1741", "rounding": "1700", "vouchers": "1742"},
}


def demo_erp_runs(settings: Settings) -> bool:
    """Return whether the demo has an ERP: it is wanted, and the packages that it needs are there."""
    wanted = settings.demo.enabled and settings.demo.erp
    return wanted and all(importlib.util.find_spec(name) for name in _NEEDS)


class DemoErp:
    """The ERP and its mapping file."""

    def __init__(self, folder: Path, today: date) -> None:
        """Bind a port of this machine and write the mapping. ``folder``: of the demo's data; its books stay there."""
        # Only a demo needs them, and not every installation has what they need.
        from connectors.sandbox_erp.books import Books  # noqa: PLC0415
        from connectors.sandbox_erp.server import SandboxErp  # noqa: PLC0415

        self._books = Books(str(folder / "sandbox-erp.sqlite3"))
        self._erp: SandboxErp = SandboxErp(self._books)
        _fill(self._books, today)
        self._started = False
        self.mapping = folder / "sandbox-erp.toml"
        secret = folder / "sandbox-erp.key"
        secret.write_text(self._erp.login.password, encoding="utf-8")
        secret.chmod(0o600)
        how = {
            "connector": "generic_rest",
            "url": self._erp.address,
            "login": self._erp.login.user,
            "description": "sandbox",
            "secret_file": secret.name,
        }
        rows = []
        for name, table in {"erp": how, **_TABLES}.items():
            rows += [f"[{name}]", *(f"{json.dumps(key)} = {json.dumps(value)}" for key, value in table.items())]
        self.mapping.write_text("\n".join([*rows, ""]), encoding="utf-8")

    def start(self) -> None:
        """Begin to answer."""
        self._erp.start()
        self._started = True

    def stop(self) -> None:
        """Answer no more, and close the books."""
        if self._started:
            self._erp.stop()
        self._books.close()


def _fill(books: Books, today: date) -> None:
    """Write the demo's suppliers and what is ordered from them, all of it delivered, unless they are there."""
    with books.transaction():
        if books.record("vendor", "70001") is not None:
            return
        for number, one in (("70001", samples.ROASTERY), ("70002", samples.PAPER_MILL)):
            vendor = {"id": number, "code": number, "name": one.name, "vat_id": one.vat_id, "currency": "EUR"}
            books.keep("vendor", {**vendor, "blocked": False})
        for number, lines in ((samples.ORDER_NUMBER, samples.BEANS), (samples.TOUR_ORDER, samples.TOUR_LINES)):
            day = (today - timedelta(days=10)).isoformat()
            order = {"id": f"PO{number}", "number": number, "vendor": "70001", "currency": "EUR", "ordered_on": day}
            told = [_line(place, line) for place, line in enumerate(lines, start=1)]
            books.keep("order", {**order, "status": "open", "lines": told})


def _line(place: int, line: samples.SampleLine) -> dict[str, str]:
    counts = {"ordered": str(line.quantity), "received": str(line.quantity), "billed": "0"}
    named = {"line": str(place), "sku": "", "text": line.text, "unit": ""}
    return {**named, **counts, "unit_price": f"{line.price}", "tax": "V7"}
