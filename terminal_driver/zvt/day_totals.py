"""BMP 60, the totals of a day by card scheme (PA00P015 rev 13.08, chapter 13).

From receipt (2 BCD), to receipt (2 BCD), then for seven schemes in a fixed order a binary count (1) and a sum (6 BCD).
"""

from dataclasses import dataclass

from terminal_driver.errors import LocalProtocolError
from terminal_driver.operations import SchemeTotal
from terminal_driver.zvt import bcd

SCHEMES = ("girocard", "jcb", "mastercard", "amex", "visa", "diners", "other")
_RECEIPT_BYTES = 2
_ROW_BYTES = 1 + bcd.AMOUNT_BYTES
TOTALS_BYTES = 2 * _RECEIPT_BYTES + len(SCHEMES) * _ROW_BYTES
COUNT_MAX = 0xFF


@dataclass(frozen=True, slots=True)
class SchemeTotals:
    """Receipt numbers the totals cover, and one row a scheme in the order of the field; empty rows left out."""

    first_receipt_no: int
    last_receipt_no: int
    schemes: tuple[SchemeTotal, ...]


def read_totals(value: bytes) -> SchemeTotals | None:
    """Return the totals; None for a field of another size, which another version of the document may define.

    Raises:
        RemoteProtocolError: ``not_bcd``.
    """
    if len(value) != TOTALS_BYTES:
        return None
    rows: list[SchemeTotal] = []
    for at, scheme in enumerate(SCHEMES):
        start = 2 * _RECEIPT_BYTES + at * _ROW_BYTES
        count, total = value[start], bcd.to_int(value[start + 1 : start + _ROW_BYTES])
        if count or total:
            rows.append(SchemeTotal(scheme, count, total))
    return SchemeTotals(bcd.to_int(value[:2]), bcd.to_int(value[2:4]), tuple(rows))


def write_totals(totals: SchemeTotals) -> bytes:
    """Return the bytes of the field.

    Raises:
        LocalProtocolError: ``unknown_scheme``, or a number that does not fit.
    """
    rows = {row.scheme: row for row in totals.schemes}
    if unknown := set(rows) - set(SCHEMES):
        raise LocalProtocolError("unknown_scheme", f"there is no row for {', '.join(sorted(unknown))}")
    out = bytearray(bcd.from_int(totals.first_receipt_no, _RECEIPT_BYTES))
    out += bcd.from_int(totals.last_receipt_no, _RECEIPT_BYTES)
    for scheme in SCHEMES:
        row = rows.get(scheme, SchemeTotal(scheme, 0, 0))
        if not 0 <= row.count <= COUNT_MAX:
            raise LocalProtocolError("number_too_long", f"{row.count} transactions do not fit into one byte")
        out += bytes([row.count]) + bcd.from_int(row.sum_minor, bcd.AMOUNT_BYTES)
    return bytes(out)
