"""What the sandbox ERP knows when its books are new: a company, accounts, taxes, vendors, customers, orders."""

from __future__ import annotations

from connectors.sandbox_erp.books import Books

_ACCOUNTS = {
    "1000": "Cash",
    "1010": "Foreign cash",
    "1360": "Card payments in transit",
    "1400": "Customers",
    "1590": "Takings to be assigned",
    "1600": "Suppliers",
    "1700": "Rounding",
    "1741": "Tips owed",
    "1742": "Vouchers",
    "1776": "Output tax 19 %",
    "1771": "Output tax 7 %",
    "1800": "Bank",
    "3300": "Goods for sale",
    "3800": "Freight",
    "6800": "Office supplies",
    "6805": "Telephone",
    "6850": "Other operating needs",
    "8100": "Sales without tax",
    "8300": "Sales 7 %",
    "8400": "Sales 19 %",
}
_TAXES = {"V0": "0", "V7": "7", "V19": "19"}
_VENDORS = (
    ("V1", "Paper Mill", "DE123456789", "DE02120300000000202051", False),
    ("V2", "Ink House", "DE987654321", "DE02500105170137075030", False),
    ("V3", "Closed Down", "", "", True),
)
_CUSTOMERS = (("C1", "Corner Café", "DE111111111"), ("C2", "Night School", ""))


def fill_when_new(books: Books) -> None:
    """Write the samples where there is no company yet."""
    with books.transaction():
        if books.record("company", "company") is not None:
            return
        company = {"id": "company", "name": "Sandbox Ltd", "release": "1.0", "currency": "EUR"}
        books.keep("company", {**company, "closed_until": "2025-12-31"})
        for code, name in _ACCOUNTS.items():
            books.keep("account", {"id": code, "name": name})
        for code, rate in _TAXES.items():
            books.keep("tax", {"id": code, "rate": rate})
        for id_, name, vat_id, iban, blocked in _VENDORS:
            known = {"vat_id": vat_id, "iban": iban, "terms": "N30", "terms_days": "30", "currency": "EUR"}
            books.keep("vendor", {"id": id_, "code": id_, "name": name, **known, "blocked": blocked})
        for id_, name, vat_id in _CUSTOMERS:
            books.keep("customer", {"id": id_, "code": id_, "name": name, "vat_id": vat_id, "currency": "EUR"})
        for number in range(1, 4):
            lines = [_line("10", "PAPER", "Paper", "4.50", 100 * number), _line("20", "INK", "Ink", "12.00", 10)]
            order = {"id": f"PO{number}", "number": f"PO-{number}", "vendor": f"V{1 + number % 2}", "currency": "EUR"}
            books.keep("order", {**order, "ordered_on": "2026-10-01", "status": "open", "lines": lines})


def _line(line: str, sku: str, text: str, price: str, quantity: int) -> dict[str, str]:
    counts = {"ordered": str(quantity), "received": "0", "billed": "0"}
    return {"line": line, "sku": sku, "text": text, "unit": "pc", **counts, "unit_price": price, "tax": "V19"}
