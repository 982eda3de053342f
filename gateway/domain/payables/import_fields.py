"""The columns of imported tables: which heading means which field, in English and German, and how cells are read."""

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from gateway.domain.errors import InputError


class ImportKind(StrEnum):
    """What a table holds."""

    SUPPLIERS = "suppliers"
    ORDERS = "orders"
    RECEIPTS = "receipts"
    TAX_CODES = "tax_codes"
    COST_CENTRES = "cost_centres"


@dataclass(frozen=True, slots=True)
class Field:
    """One field. ``headings``: as columns may be called; ``number``: its cells are decimals."""

    name: str
    headings: tuple[str, ...]
    wanted: bool = False
    number: bool = False


def _of(name: str, headings: str = "", *, wanted: bool = False, number: bool = False) -> Field:
    return Field(name, (name, *(part.strip() for part in headings.split(",") if part.strip())), wanted, number)


_ORDER_NUMBER = "order, po, po number, purchase order, bestellung, bestellnummer, bestellnr, auftrag"
_SUPPLIER_NUMBER = "supplier, supplier no, vendor, vendor number, lieferant, lieferantennummer, lieferantennr, kreditor"
_LINE_NO = "line, position, pos, zeile, bestellposition"
FIELDS: Mapping[ImportKind, tuple[Field, ...]] = {
    ImportKind.SUPPLIERS: (
        _of("number", f"no, {_SUPPLIER_NUMBER}, nummer, kreditorennummer", wanted=True),
        _of("name", "company, firma, firmenname, bezeichnung", wanted=True),
        _of("other_names", "aliases, weitere namen, alias"),
        _of("vat_ids", "vat id, vat, vat number, ust-id, ustid, ust-idnr, umsatzsteuer-id"),
        _of("registration_id", "registration, handelsregister, registernummer"),
        _of("group", "company group, konzern, gruppe"),
        _of("language", "sprache"),
        _of("currency", "waehrung, währung"),
        _of("street", "strasse, straße"),
        _of("building", "house number, hausnummer, hausnr"),
        _of("postcode", "zip, postal code, plz, postleitzahl"),
        _of("town", "city, ort, stadt"),
        _of("country", "land, länderkennzeichen"),
        _of("remittance_email", "email, e-mail, mail"),
        _of("net_days", "payment days, zahlungsziel, ziel tage, netto tage", number=True),
        _of("discount_percent", "discount, skonto, skonto prozent, skontosatz", number=True),
        _of("discount_days", "skonto tage, skontotage, skontofrist", number=True),
        _of("risk", "risiko"),
        _of("single_payments", "pay alone, einzelzahlung"),
        _of("default_account_code", "account code, expense account, aufwandskonto, sachkonto"),
        _of("default_cost_centre", "cost centre, cost center, kostenstelle"),
        _of("default_tax_code", "tax code, steuerschlüssel, steuerkennzeichen"),
        _of("iban", "bank account, bankverbindung"),
        _of("bic", "swift"),
        _of("account_holder", "holder, kontoinhaber"),
        _of("bank_name", "bank, bankname"),
    ),
    ImportKind.ORDERS: (
        _of("order_number", _ORDER_NUMBER, wanted=True),
        _of("supplier_number", _SUPPLIER_NUMBER, wanted=True),
        _of("ordered_on", "order date, date, bestelldatum, datum", wanted=True),
        _of("currency", "waehrung, währung"),
        _of("line_no", _LINE_NO, wanted=True),
        _of("text", "description, article, item, bezeichnung, artikel, artikeltext", wanted=True),
        _of("quantity", "qty, menge, bestellmenge", wanted=True, number=True),
        _of("price", "unit price, preis, einzelpreis", wanted=True, number=True),
        _of("price_per", "price unit, preiseinheit", number=True),
        _of("amount", "line total, net, betrag, positionswert", number=True),
        _of("sku", "article number, item number, artikelnummer, artikelnr"),
        _of("supplier_sku", "supplier article number, lieferantenartikelnummer"),
        _of("unit", "einheit, mengeneinheit"),
        _of("tax_code", "steuerschlüssel, steuerkennzeichen"),
        _of("account_code", "account, sachkonto, konto"),
        _of("cost_centre", "cost center, kostenstelle"),
        _of("ways", "match, prüfung, abgleich"),
        _of("over_percent", "over delivery, überlieferung", number=True),
        _of("under_percent", "under delivery, unterlieferung", number=True),
        _of("freight", "fracht, versandkosten", number=True),
        _of("closed", "done, erledigt, abgeschlossen"),
    ),
    ImportKind.RECEIPTS: (
        _of("receipt_number", "receipt, delivery note, lieferschein, lieferscheinnummer, wareneingang", wanted=True),
        _of("received_on", "receipt date, date, eingangsdatum, wareneingangsdatum, datum", wanted=True),
        _of("order_number", _ORDER_NUMBER, wanted=True),
        _of("line_no", _LINE_NO, wanted=True),
        _of("quantity", "qty, menge, liefermenge", wanted=True, number=True),
    ),
    ImportKind.TAX_CODES: (
        _of("code", "tax code, steuerschlüssel, steuerkennzeichen", wanted=True),
        _of("name", "description, bezeichnung", wanted=True),
        _of("percent", "rate, satz, steuersatz, prozent", wanted=True, number=True),
        _of("account_code", "account, konto, sachkonto"),
    ),
    ImportKind.COST_CENTRES: (
        _of("code", "cost centre, cost center, kostenstelle, nummer", wanted=True),
        _of("name", "description, bezeichnung", wanted=True),
        _of("owner", "responsible, verantwortlich, verantwortlicher"),
    ),
}
_PLAIN = re.compile(r"[-+]?[0-9]+(?:[.][0-9]+)?")
_GROUPED = re.compile(r"[-+]?[0-9]{1,3}([.,' \u00a0\u2019])[0-9]{3}(?:\1[0-9]{3})*")
_ONE_MARK = re.compile(r"[-+]?[0-9]{1,3}[.,][0-9]{3}")
_YES = frozenset({"yes", "y", "true", "1", "x", "ja", "j", "wahr"})
_NO = frozenset({"", "no", "n", "false", "0", "nein", "falsch"})
_DAY = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})(?:[T ]00:00(?::00)?)?")
_GERMAN_DAY = re.compile(r"([0-9]{1,2})\.([0-9]{1,2})\.([0-9]{4})")


def fingerprint_of(headings: Sequence[str]) -> str:
    """Return what tables with the same headings in the same order have in common: SHA-256, hex."""
    return hashlib.sha256("\x1f".join(_key(heading) for heading in headings).encode()).hexdigest()


def field_places(kind: ImportKind, headings: Sequence[str], named: Mapping[int, str]) -> Mapping[int, str]:
    """Return the field of each column that has one, by its heading; ``named``: what a person said, which goes first."""
    known = {_key(heading): field.name for field in FIELDS[kind] for heading in field.headings}
    found = {
        place: named.get(place, "") if named else known.get(_key(heading), "") for place, heading in enumerate(headings)
    }
    return {place: name for place, name in found.items() if name}


def missing_fields(kind: ImportKind, names: Iterable[str]) -> tuple[str, ...]:
    """Return the needed fields that have no column."""
    there = set(names)
    return tuple(field.name for field in FIELDS[kind] if field.wanted and field.name not in there)


def columns_of(
    kind: ImportKind, headings: Sequence[str], named: Mapping[int, str] | None = None
) -> tuple[Mapping[str, int], tuple[str, ...]]:
    """Return the place of each field by its heading, and the headings that mean nothing here.

    ``named``: place to field as a person said for these headings; headings are not looked at then.

    Raises:
        InputError: ``columns_missing``, ``column_repeated``.
    """
    fields = field_places(kind, headings, named or {})
    found: dict[str, int] = {}
    for place, name in fields.items():
        if name in found:
            message = f"Two columns mean {name}: {headings[found[name]].strip()} and {headings[place].strip()}."
            raise InputError("column_repeated", message, "Remove or rename one of them.", "/columns")
        found[name] = place
    missing = missing_fields(kind, found)
    if missing:
        hint = "The first row holds the headings, such as " + ", ".join(
            field.name for field in FIELDS[kind] if field.wanted
        )
        message = f"These columns are missing: {', '.join(missing)}."
        raise InputError("columns_missing", message, f"{hint}.", "/columns")
    unknown = tuple(text.strip() for place, text in enumerate(headings) if place not in fields and text.strip())
    return found, unknown


def decimal_mark(texts: Iterable[str]) -> str:
    """Return the decimal mark a table uses, from the numbers that leave no doubt; empty when none does."""
    marks = set()
    for text in texts:
        plain = text.strip()
        last = max(plain.rfind("."), plain.rfind(","))
        if last < 0 or _ONE_MARK.fullmatch(plain):
            continue
        both = "." in plain and "," in plain
        if both or plain.count(plain[last]) == 1:
            marks.add(plain[last])
    return marks.pop() if len(marks) == 1 else ""


class Cells:
    """The cells of one row by field."""

    __slots__ = ("_mark", "_texts")

    def __init__(self, texts: Mapping[str, str], mark: str) -> None:
        """``texts``: by field, only those there is a column for; ``mark``: see :func:`decimal_mark`."""
        self._texts = texts
        self._mark = mark

    def has(self, name: str) -> bool:
        """Return whether there is a column for this field."""
        return name in self._texts

    def text(self, name: str, otherwise: str = "") -> str:
        """Return the text of a cell, ``otherwise`` where there is no column."""
        return self._texts.get(name, otherwise).strip()

    def wanted(self, name: str) -> str:
        """Return the text of a cell that must hold something."""
        text = self.text(name)
        if not text:
            raise _empty(name)
        return text

    def number(self, name: str) -> Decimal | None:
        """Return the number in a cell, None for an empty one."""
        text = self.text(name)
        if not text:
            return None
        if _PLAIN.fullmatch(text) and not (_ONE_MARK.fullmatch(text) and self._mark != "."):
            return Decimal(text)
        if _ONE_MARK.fullmatch(text) and not self._mark:
            message = "This may be thousands or decimal places."
            raise _bad(name, "number_ambiguous", message, "Write it without a mark for thousands.")
        last = max(text.rfind("."), text.rfind(","))
        decimals = last >= 0 and text[last] == (self._mark or text[last])
        whole = text[:last] if decimals else text
        rest = text[last + 1 :] if decimals else ""
        readable = re.fullmatch(r"[-+]?[0-9]+", whole) or _GROUPED.fullmatch(whole)
        if not readable or (decimals and not re.fullmatch(r"[0-9]+", rest)):
            raise _bad(name, "number_unreadable", "This is not a number.", "Write it with digits, such as 12.50.")
        digits = re.sub(r"[^0-9+-]", "", whole)
        return Decimal(f"{digits}.{rest}" if rest else digits)

    def wanted_number(self, name: str) -> Decimal:
        """Return the number in a cell that must hold one."""
        number = self.number(name)
        if number is None:
            raise _empty(name)
        return number

    def whole(self, name: str) -> int | None:
        """Return the whole number in a cell, None for an empty one."""
        number = self.number(name)
        if number is not None and (number != number.to_integral_value() or abs(number) > 999_999):
            raise _bad(name, "number_unreadable", "This is not a whole number.", "Write it with digits only.")
        return None if number is None else int(number)

    def day(self, name: str) -> date:
        """Return the day in a cell that must hold one: ``2026-03-31`` or ``31.3.2026``."""
        text = self.wanted(name)
        iso, german = _DAY.fullmatch(text), _GERMAN_DAY.fullmatch(text)
        parts = iso.groups() if iso else german.groups()[::-1] if german else ("0", "0", "0")
        try:
            return date(*(int(part) for part in parts))
        except ValueError:
            hint = "Write it as 2026-03-31 or 31.3.2026."
            raise _bad(name, "day_unreadable", "This is not a day.", hint) from None

    def yes(self, name: str, *, otherwise: bool) -> bool:
        """Return whether a cell says yes; ``otherwise`` where there is no column."""
        if not self.has(name):
            return otherwise
        text = self.text(name).casefold()
        if text not in _YES | _NO:
            raise _bad(name, "answer_unreadable", "This is neither yes nor no.", "Write yes or no.")
        return text in _YES


def _empty(name: str) -> InputError:
    return _bad(name, "cell_empty", "The cell is empty.", "Fill it in.")


def _bad(name: str, code: str, message: str, hint: str) -> InputError:
    return InputError(code, message, hint, f"/{name}")


def _key(heading: str) -> str:
    return re.sub(r"[\W_]+", "", heading.casefold())
