"""Compares what an e-invoice says with what its page shows: a person approves the page, a program pays the XML.

Only another value is a difference; a value the page does not show is none. Writing does not count: dates, amounts
and identifiers are compared by what they mean.
"""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal

from invoice_capture.einvoice.sums import decimal_of
from invoice_capture.model import CapturedInvoice, Difference, FieldName, Page, PageSource
from invoice_capture.values import find_amounts, iban_ok, normal_id, parse_amount

COMPARED = (
    FieldName.IBAN,
    FieldName.BIC,
    FieldName.COMPANY,
    FieldName.VAT_ID,
    FieldName.INVOICE_NUMBER,
    FieldName.DATE,
    FieldName.DUE_DATE,
    FieldName.CURRENCY,
    FieldName.NET,
    FieldName.TAX,
    FieldName.TOTAL,
    FieldName.PAYABLE,
    FieldName.PAYMENT_REF,
)
"""In the order of how much harm a difference does."""

NOTED = (FieldName.IBAN, FieldName.INVOICE_NUMBER, FieldName.TOTAL)
"""What a page that asks for money shows; when it does not, somebody should know."""

SURE = 0.5
"""What was read from the page below this confidence is no ground for an alarm; an IBAN with right digits always is."""

_AMOUNTS = frozenset({FieldName.NET, FieldName.TAX, FieldName.TOTAL, FieldName.PAYABLE})
_INTERCHANGED = frozenset({FieldName.TOTAL, FieldName.PAYABLE})
_IDENTIFIERS = frozenset(
    {FieldName.IBAN, FieldName.BIC, FieldName.VAT_ID, FieldName.INVOICE_NUMBER, FieldName.PAYMENT_REF}
)
# Long enough not to stand on a page by chance.
_FOUND_ANYWHERE = frozenset({FieldName.IBAN, FieldName.BIC, FieldName.VAT_ID, FieldName.PAYMENT_REF, FieldName.COMPANY})
_PRINTED_LENGTH_MIN = 8
_CENT = Decimal("0.01")
_DIGITS_MAX = 20
_WORD_LENGTH_MIN = 3
# Forms of companies stand on one side and not on the other; alone they make no name.
_FORMS = frozenset(
    {"gmbh", "mbh", "kg", "ohg", "gbr", "ag", "ug", "ltd", "limited", "llc", "inc", "plc", "sarl", "sas", "srl"}
    | {"spa", "sl", "sa", "bv", "nv", "aps", "oy", "ab", "co", "and", "und", "et", "the", "company"}
)


def differences(xml: CapturedInvoice, page: CapturedInvoice, pages: tuple[Page, ...] = ()) -> tuple[Difference, ...]:
    """Return every field for which the page shows another value than the XML states.

    Args:
        xml: what ``fields_of_xml`` returned.
        page: what was captured from the visible page of the same document.
        pages: its pages as read; an account, number or name that is printed anywhere on them is shown, also when
            another one of the kind was captured: many letters list several accounts.
    """
    printed, amounts = _printed(pages), _amounts_printed(pages)
    found = []
    for name in COMPARED:
        stated, shown = xml.fields.get(name), page.fields.get(name)
        if stated is None or shown is None or not stated.value or not shown.value:
            continue
        if name in _FOUND_ANYWHERE and _is_printed(stated.value, printed):
            continue
        if _alarms(name, xml, page, amounts):
            found.append(Difference(name, stated.value, shown.value, shown.places))
    return tuple(found)


def not_shown(xml: CapturedInvoice, page: CapturedInvoice, pages: tuple[Page, ...] = ()) -> tuple[FieldName, ...]:
    """Return the fields that the XML states and no page shows, of those an invoice always shows: a note, no alarm.

    Arguments as of ``differences``.
    """
    printed = _printed(pages)
    return tuple(
        name
        for name in NOTED
        if _value(xml, name) and not _value(page, name) and not _is_printed(_value(xml, name), printed)
    )


def _printed(pages: tuple[Page, ...]) -> str:
    return _bare("".join(line.text for one in pages for line in one.lines))


def _amounts_printed(pages: tuple[Page, ...]) -> frozenset[Decimal]:
    """Return every amount on the pages, without sign; none when a page was read by OCR, which misreads digits."""
    if any(one.source is not PageSource.TEXT_LAYER for one in pages):
        return frozenset()
    found = (amount.value for one in pages for line in one.lines for amount in find_amounts(line.text))
    return frozenset(abs(value).quantize(_CENT) for value in found if value.adjusted() < _DIGITS_MAX)


def _value(invoice: CapturedInvoice, name: FieldName) -> str:
    field = invoice.fields.get(name)
    return field.value if field else ""


def _is_printed(value: str, printed: str) -> bool:
    bare = _bare(value)
    return len(bare) >= _PRINTED_LENGTH_MIN and bare in printed


def _alarms(name: FieldName, xml: CapturedInvoice, page: CapturedInvoice, amounts: frozenset[Decimal]) -> bool:
    stated, shown = xml.fields[name], page.fields[name]
    if _same(name, stated.value, shown.value):
        return False
    if name is FieldName.IBAN:
        # Right check digits are no reading error: the page asks for money to another account.
        return shown.confidence >= SURE or iban_ok(shown.value)
    if name in _INTERCHANGED and (_shows(page, stated.value) or _shows(xml, shown.value)):
        # Total and payable are often one figure on a page, or stand under each other's label.
        return False
    if name in _AMOUNTS and amounts:
        # However sure the reading is: an amount that stands nowhere on the page is not what it shows.
        return shown.confidence >= SURE or _amount(stated.value) not in amounts
    return shown.confidence >= SURE


def _shows(invoice: CapturedInvoice, amount: str) -> bool:
    values = [_value(invoice, name) for name in _INTERCHANGED]
    return any(_same(FieldName.TOTAL, amount, value) for value in values if value)


def _same(name: FieldName, stated: str, shown: str) -> bool:
    if name in _AMOUNTS:
        return _amount(stated) == _amount(shown)
    if name in _IDENTIFIERS:
        return _bare(stated) == _bare(shown)
    if name is FieldName.COMPANY:
        return _same_name(stated, shown)
    return " ".join(stated.split()).casefold() == " ".join(shown.split()).casefold()


def _amount(text: str) -> Decimal | str:
    number = decimal_of(text)
    if number is None:
        number = parse_amount(text)
    # A credit note prints its amounts with or without a minus.
    return text if number is None or number.adjusted() >= _DIGITS_MAX else abs(number).quantize(_CENT)


def _bare(text: str) -> str:
    return re.sub(r"[^0-9A-Z]", "", normal_id(text).upper())


def _same_name(stated: str, shown: str) -> bool:
    """Return whether two names can be one company: all words of the shorter one stand in the longer one."""
    one, other = _words(stated), _words(shown)
    if not one or not other:
        return True
    joined_one, joined_other = "".join(one), "".join(other)
    return set(one) <= set(other) or set(other) <= set(one) or joined_one in joined_other or joined_other in joined_one


def _words(name: str) -> list[str]:
    plain = unicodedata.normalize("NFKD", name.casefold().replace("ß", "ss"))
    letters = "".join(char for char in plain if not unicodedata.combining(char))
    words = re.findall(r"\w+", letters.replace(".", ""))
    kept = [word for word in words if word not in _FORMS]
    return [word for word in kept if len(word) >= _WORD_LENGTH_MIN] or kept
