"""Lines of a bill for an ERP that rounds the tax of every line: where that misses the bill's, lines are put together.

Pure. Suppliers mostly round the tax of the whole; with several lines of one rate both differ by a cent now and then.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from connectors.erp_mapping.line_prices import rounded

_TEXT_MAX = 250
"""Characters of the text of lines that were put together."""


def lines_that_sum_up(values: Mapping[str, Any]) -> list[Mapping[str, str]]:
    """Return the lines of a bill, or one line for each tax and account where the taxes of lines miss the bill's.

    What misses it then, too, comes out when the sums are compared.

    Args:
        values: of the bill as templates name them; the code of a tax is its rate.
    """
    lines: list[Mapping[str, str]] = list(values["lines"])
    wanted: dict[str, Decimal] = {}
    for tax in values["taxes"]:
        # Two taxes of ours may be one rate there.
        wanted[tax["tax_code"]] = wanted.get(tax["tax_code"], Decimal(0)) + Decimal(tax["amount"])
    found = _taxes(lines)
    return lines if all(found.get(code, 0) == amount for code, amount in wanted.items()) else _together(lines)


def _taxes(lines: Sequence[Mapping[str, str]]) -> dict[str, Decimal]:
    found: dict[str, Decimal] = {}
    for line in lines:
        tax = rounded(Decimal(line["net"]) * Decimal(line["tax_code"]) / 100, -_exponent(line["net"]))
        found[line["tax_code"]] = found.get(line["tax_code"], Decimal(0)) + tax
    return found


def _together(lines: Sequence[Mapping[str, str]]) -> list[Mapping[str, str]]:
    groups: dict[tuple[str, str], list[Mapping[str, str]]] = {}
    for line in lines:
        groups.setdefault((line["tax_code"], line["account"]), []).append(line)
    made: list[Mapping[str, str]] = []
    for group in groups.values():
        if len(group) == 1:
            made += group
            continue
        net = f"{sum((Decimal(line['net']) for line in group), Decimal(0)):f}"
        text = "; ".join(line["text"] for line in group)[:_TEXT_MAX]
        made.append({**group[0], "text": text, "quantity": "1", "unit_price": net, "net": net})
    return made


def _exponent(amount: str) -> int:
    return int(Decimal(amount).as_tuple().exponent)
