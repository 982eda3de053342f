"""Answers as nested tables: values by their path, records and documents from them. What is missing is never guessed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal, DecimalException
from typing import Any, assert_never

from gateway.domain.erp.failure import Effect, ErpFailure, FailureCode
from gateway.domain.erp.put_result import Found, FoundState, Sums
from gateway.domain.erp.records import (
    CustomerRecord,
    ErpRecord,
    OpenItemRecord,
    OpenItemSide,
    OrderedLine,
    OrderRecord,
    OrderStatus,
    RecordKind,
    VendorRecord,
)
from gateway.domain.errors import InputError
from gateway.domain.money import Currency, Money


class Fields:
    """One record of an answer, read by the paths of a description. ``effect``: of the call, should it make no sense."""

    def __init__(self, content: object, paths: Mapping[str, Any], effect: Effect = Effect.NONE) -> None:
        self._content = content
        self._paths = paths
        self._effect = effect

    def names(self, field: str) -> bool:
        """Whether the description says where a field is."""
        return bool(self._paths.get(field))

    def value(self, field: str) -> Any:  # noqa: ANN401 - what the answer holds
        """Return a value, None where there is none."""
        return value_at(self._content, str(self._paths.get(field, "") or "\0"))

    def text(self, field: str) -> str:
        """Return a value as text, empty where there is none."""
        found = self.value(field)
        if isinstance(found, bool):
            return "true" if found else "false"
        return "" if found is None else str(found)

    def needed(self, field: str) -> str:
        """Return a text that has to be there.

        Raises:
            ErpFailure: ``answer_not_understood``.
        """
        found = self.text(field)
        if not found:
            raise self.odd(field)
        return found

    def decimal(self, field: str) -> Decimal:
        """Return a number; zero where the description names none.

        Raises:
            ErpFailure: ``answer_not_understood``.
        """
        if not self.names(field):
            return Decimal(0)
        try:
            found = Decimal(self.needed(field))
        except DecimalException as error:
            raise self.odd(field) from error
        if not found.is_finite():
            raise self.odd(field)
        return found

    def minor(self, field: str, currency: Currency) -> int:
        """Return an amount in minor units.

        Raises:
            ErpFailure: ``answer_not_understood``, also for more digits than the currency has.
        """
        amount = self.decimal(field).scaleb(currency.exponent)
        if amount != amount.to_integral_value():
            raise self.odd(field)
        return int(amount)

    def day(self, field: str) -> date:
        """Return a date.

        Raises:
            ErpFailure: ``answer_not_understood``.
        """
        try:
            return date.fromisoformat(self.needed(field)[:10])
        except ValueError as error:
            raise self.odd(field) from error

    def currency(self, field: str) -> Currency:
        """Return a currency.

        Raises:
            ErpFailure: ``answer_not_understood``.
        """
        try:
            return Currency.of(self.needed(field))
        except InputError as error:
            raise self.odd(field) from error

    def rows(self, field: str) -> list[Any]:
        """Return a list, empty where there is none.

        Raises:
            ErpFailure: ``answer_not_understood`` for something else.
        """
        found = self.value(field)
        if found is None:
            return []
        if not isinstance(found, list):
            raise self.odd(field)
        return found

    def odd(self, field: str) -> ErpFailure:
        """Return the failure of an answer that makes no sense."""
        said = f"The answer lacks “{self._paths.get(field, field)}”, or it cannot be read."
        return ErpFailure(FailureCode.ANSWER_NOT_UNDERSTOOD, said, effect=self._effect)


def value_at(content: object, path: str) -> object:
    """Return what stands at a path such as ``error.code``; ``.`` is all of it; None where nothing is."""
    if path == ".":
        return content
    found = content
    for part in path.split("."):
        if isinstance(found, Mapping):
            found = found.get(part)
        elif isinstance(found, list) and part.isdigit() and int(part) < len(found):
            found = found[int(part)]
        else:
            return None
    return found


def found_in(fields: Fields, states: Mapping[str, str], currency: Currency, key: str) -> Found:
    """Return a document of an answer. ``states``: ours by the ERP's names.

    Raises:
        ErpFailure: ``answer_not_understood``.
    """
    told = fields.text("state") if fields.names("state") else "posted"
    state = states.get(told, "")
    if state not in set(FoundState):
        raise fields.odd("state")
    sums = None
    if fields.names("gross"):
        net, tax, gross = (fields.minor(name, currency) for name in ("net", "tax", "gross"))
        sums = Sums(net, tax, gross)
    return Found(
        state=FoundState(state),
        erp_id=fields.needed("id"),
        number=fields.text("number"),
        version=fields.text("version"),
        sums=sums,
        ours=not fields.names("key") or fields.text("key") == key,
    )


def record_in(kind: RecordKind, fields: Fields, line_paths: Mapping[str, Any]) -> ErpRecord:
    """Return a record of an answer. ``line_paths``: of an order's lines.

    Raises:
        ErpFailure: ``answer_not_understood``.
    """
    match kind:
        case RecordKind.VENDOR:
            return _vendor(fields)
        case RecordKind.CUSTOMER:
            return CustomerRecord(
                erp_id=fields.needed("erp_id"),
                code=fields.text("code"),
                name=fields.needed("name"),
                vat_id=fields.text("vat_id"),
                currency=fields.currency("currency") if fields.text("currency") else None,
                blocked=fields.text("blocked") == "true",
                version=fields.text("version"),
            )
        case RecordKind.ORDER:
            return _order(fields, line_paths)
        case RecordKind.OPEN_ITEM:
            currency = fields.currency("currency")
            side = fields.text("side") or OpenItemSide.PAYABLE.value
            if side not in set(OpenItemSide):
                raise fields.odd("side")
            return OpenItemRecord(
                erp_id=fields.needed("erp_id"),
                side=OpenItemSide(side),
                party_erp_id=fields.needed("party"),
                document_number=fields.text("number"),
                due_on=fields.day("due_on"),
                amount_minor=fields.minor("amount", currency),
                remaining_minor=fields.minor("remaining", currency),
                currency=currency,
                version=fields.text("version"),
            )
        case _:
            assert_never(kind)


def _vendor(fields: Fields) -> VendorRecord:
    days, iban = fields.text("terms_days"), fields.value("iban")
    ibans = iban if isinstance(iban, list) else [iban]
    return VendorRecord(
        erp_id=fields.needed("erp_id"),
        code=fields.text("code"),
        name=fields.needed("name"),
        vat_id=fields.text("vat_id"),
        registration=fields.text("registration"),
        ibans=tuple(str(one) for one in ibans if one),
        terms_code=fields.text("terms"),
        terms_days=int(days) if days.isascii() and days.isdigit() else None,
        currency=fields.currency("currency") if fields.text("currency") else None,
        blocked=fields.text("blocked") == "true",
        version=fields.text("version"),
    )


def _order(fields: Fields, line_paths: Mapping[str, Any]) -> OrderRecord:
    lines = []
    for row in fields.rows("lines"):
        line = Fields(row, line_paths)
        lines.append(
            OrderedLine(
                line_id=line.needed("line_id"),
                sku=line.text("sku"),
                text=line.text("text"),
                unit=line.text("unit"),
                ordered=line.decimal("ordered"),
                received=line.decimal("received"),
                billed=line.decimal("billed"),
                unit_price=line.decimal("unit_price"),
                tax_code=line.text("tax_code"),
            )
        )
    status = fields.text("status") or OrderStatus.OPEN.value
    if status not in set(OrderStatus):
        raise fields.odd("status")
    return OrderRecord(
        erp_id=fields.needed("erp_id"),
        number=fields.needed("number"),
        vendor_erp_id=fields.needed("vendor"),
        currency=fields.currency("currency"),
        ordered_on=fields.day("ordered_on"),
        status=OrderStatus(status),
        lines=tuple(lines),
        version=fields.text("version"),
    )


def money_text(minor: int, currency: Currency) -> str:
    """Return an amount as it is told to people."""
    return f"{Money(minor, currency).to_decimal()} {currency.code}"
