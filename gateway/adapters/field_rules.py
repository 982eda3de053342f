"""Values as people type them, normalised by the rules of the capture library; and what is learned of suppliers."""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from gateway.domain.errors import InputError
from gateway.ports.capture import Lesson, Taught
from invoice_capture.memory import Correction, Sample, SupplierMemory, measure
from invoice_capture.memory.supplier_memory import FORMAT
from invoice_capture.model import CapturedInvoice, FieldName
from invoice_capture.values import (
    amount_text,
    bic_ok,
    currency_of,
    iban_ok,
    normal_iban,
    normal_vat_id,
    parse_amount,
    parse_date,
    vat_id_form,
    vat_id_ok,
)

_DATES = frozenset({FieldName.DATE, FieldName.DELIVERY_DATE, FieldName.DUE_DATE, FieldName.DISCOUNT_DATE})
_AMOUNTS = frozenset(
    {
        FieldName.NET,
        FieldName.TAX,
        FieldName.TOTAL,
        FieldName.PREPAID,
        FieldName.ROUNDING,
        FieldName.PAYABLE,
    }
)
_BLANKS = re.compile(r"\s+")
_NUMBER_DIGITS_MAX = 15
_PLAIN_DECIMAL = re.compile(r"-?[0-9]{1,12}\.[0-9]+")


class LibraryRules:
    """A :class:`gateway.ports.capture.FieldRules` over ``invoice_capture.values``."""

    def normal(self, name: FieldName, text: str, language: str) -> str:
        """Return a typed value as it is stored; see ``FieldRules``."""
        del language  # numbers alone are read day first; the screen shows what became of it
        if name in _DATES:
            return _date(text)
        if name in _AMOUNTS:
            return amount_text(_number(text, "Type an amount such as 1234.50."))
        rule = _RULES.get(name)
        return _BLANKS.sub(" ", text) if rule is None else rule(text)

    def normal_cell(self, cell: str, text: str) -> str:
        """Return a typed cell as it is stored; see ``FieldRules``."""
        if cell in ("text", "unit"):
            return _BLANKS.sub(" ", text)
        number = _number(text.replace("%", "").strip(), "Type a number such as 2.5.")
        return amount_text(number) if cell in ("amount", "base", "tax") else f"{number:f}"


class LibraryLearning:
    """A :class:`gateway.ports.capture.SupplierLearning` over ``invoice_capture.memory``."""

    def learn(self, entries: Sequence[Mapping[str, Any]], taught: Taught, samples: Sequence[Taught]) -> Lesson:
        """Return the memory after this lesson; see ``SupplierLearning``."""
        before = SupplierMemory.from_json(json.dumps({"format": FORMAT, "entries": [dict(one) for one in entries]}))
        correction = Correction(
            document=taught.document,
            learned_on=taught.learned_on.isoformat(),
            captured=taught.captured,
            approved=_values(taught.accepted),
        )
        after = before.learn(correction)
        effect = measure(before, after, [Sample(one.document, one.captured, _values(one.accepted)) for one in samples])
        if not effect.serves:
            lost = effect.right_before - effect.right_after
            return Lesson(tuple(entries), f"{lost} of {effect.values} values accepted before would be wrong")
        learned: list[dict[str, Any]] = json.loads(after.to_json())["entries"]
        return Lesson(tuple(learned))


def _values(invoice: CapturedInvoice) -> dict[FieldName, str]:
    return {name: field.value for name, field in invoice.fields.items() if field.value}


def _wrong(message: str, hint: str) -> InputError:
    return InputError("invalid_field_value", message, hint)


def _date(text: str) -> str:
    found = parse_date(text, day_first=None)
    if found is None:
        raise _wrong("This is not a date.", "Type it as 2026-03-31 or 31.3.2026.")
    return found.isoformat()


def _number(text: str, hint: str) -> Decimal:
    # Programs write plain decimals: there a point before three digits is not one of thousands.
    found = parse_amount(text, decimal="." if _PLAIN_DECIMAL.fullmatch(text) and text.startswith(("0.", "-0.")) else "")
    if found is None or abs(found.adjusted()) > _NUMBER_DIGITS_MAX:
        raise _wrong("This is not a number.", hint)
    return found


def _rate(text: str) -> str:
    number = _number(text.replace("%", "").strip(), "Type percent, such as 2 or 2.5.")
    if not 0 <= number <= 100:
        raise _wrong("This is not a rate in percent.", "Type a number from 0 to 100.")
    return f"{number:f}"


def _iban(text: str) -> str:
    if not iban_ok(text):
        raise _wrong("The check digits or the length of this IBAN are wrong.", "Compare it with the document.")
    return normal_iban(text)


def _bic(text: str) -> str:
    plain = _BLANKS.sub("", text).upper()
    if not bic_ok(plain):
        raise _wrong("This is not a BIC.", "It has 8 or 11 letters and digits.")
    return plain


def _vat_id(text: str) -> str:
    plain = normal_vat_id(text)
    # Of a country whose rule we do not know any text is taken.
    if vat_id_form(plain) and not vat_id_ok(plain):
        raise _wrong("The check digit of this VAT id is wrong.", "Compare it with the document.")
    return plain


def _currency(text: str) -> str:
    found = currency_of(text)
    if found is None:
        raise _wrong("This is not a currency.", "Type its three letters, such as EUR.")
    return found


_RULES: dict[FieldName, Callable[[str], str]] = {
    FieldName.IBAN: _iban,
    FieldName.BIC: _bic,
    FieldName.VAT_ID: _vat_id,
    FieldName.CURRENCY: _currency,
    FieldName.DISCOUNT_RATE: _rate,
}
