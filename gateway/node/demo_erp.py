"""The sandbox ERP inside the demo: an ERP that gets what the shop sells, kept beside the demo's database."""

import importlib.util
import json
from pathlib import Path

DEMO_ERP = "sandbox"
"""Id of its account."""
_NEEDS = ("lxml", "requests")
_TABLES = {
    "company": {"name": "Sandbox Ltd"},
    "accounts": {"supplies": "6800", "phone": "6805", "bank": "1800"},
    "taxes": {"0": "V0", "7": "V7", "19": "V19"},
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


def demo_erp_possible() -> bool:
    """Return whether the packages that it needs are there."""
    return all(importlib.util.find_spec(name) for name in _NEEDS)


class DemoErp:
    """The ERP and its mapping file."""

    def __init__(self, folder: Path) -> None:
        """Bind a port of this machine and write the mapping. ``folder``: of the demo's data; its books stay there."""
        # Only a demo needs them, and not every installation has what they need.
        from connectors.sandbox_erp.books import Books  # noqa: PLC0415
        from connectors.sandbox_erp.server import SandboxErp  # noqa: PLC0415

        self._books = Books(str(folder / "sandbox-erp.sqlite3"))
        self._erp: SandboxErp = SandboxErp(self._books)
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
