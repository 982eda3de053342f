"""Lines for an ERP that rounds the tax of every line."""

from __future__ import annotations

from decimal import Decimal

from connectors.dolibarr.line_rounding import lines_that_sum_up


def _line(net: str, tax_code: str = "19", account: str = "A") -> dict[str, str]:
    return {
        "text": f"{net} {account}",
        "quantity": "2",
        "unit_price": "1",
        "net": net,
        "tax_code": tax_code,
        "account": account,
    }


def _bill(lines: list[dict[str, str]], **taxes: str) -> dict[str, object]:
    return {"lines": lines, "taxes": [{"tax_code": code[1:], "amount": amount} for code, amount in taxes.items()]}


def test_lines_when_their_taxes_are_those_of_the_bill_then_as_they_are() -> None:
    lines = [_line("33.33"), _line("66.67"), _line("10.00", "7")]

    assert lines_that_sum_up(_bill(lines, _19="19.00", _7="0.70")) == lines


def test_lines_when_their_taxes_miss_the_bill_then_one_for_each_tax_and_account() -> None:
    lines = [_line("0.07"), _line("0.07"), _line("0.07", account="B"), _line("1.00", "7")]

    made = lines_that_sum_up(_bill(lines, _19="0.04", _7="0.07"))

    assert [(line["net"], line["tax_code"], line["account"], line["quantity"]) for line in made] == [
        ("0.14", "19", "A", "1"),
        ("0.07", "19", "B", "2"),
        ("1.00", "7", "A", "2"),
    ]
    assert made[0]["text"] == "0.07 A; 0.07 A"
    assert sum(Decimal(line["net"]) for line in made) == sum(Decimal(line["net"]) for line in lines)
