"""Requests about till sales, read into commands."""

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal

from pydantic import BaseModel

from gateway.domain.access import Caller
from gateway.domain.errors import InputError
from gateway.domain.ids import DeviceId, GiveBackId, RegisterId, SaleId, SaleVoidId, SplitId, TenderId, parse_id
from gateway.domain.money import Money
from gateway.domain.sales.bill_split import SHARES_MAX
from gateway.domain.sales.sale import SaleLine
from gateway.domain.sales.tax_lines import LineKind, Pricing, TaxedLine, TaxRate
from gateway.domain.sales.tender import ReturnedLine
from gateway.domain.sales.till_sale import TillLine
from gateway.services.first_answers import RequestKey
from gateway.services.sales.exchange_goods import ExchangeCommand
from gateway.services.sales.give_back_sale import GiveBackCommand
from gateway.services.sales.sell import OpenSaleCommand, TenderCommand
from gateway.services.sales.split_sale import SplitCommand
from gateway.services.sales.void_sale import VoidSaleCommand
from gateway.web.container import WebContainer
from gateway.web.payments.payments_api import asked_money, checked_key
from gateway.web.request_shapes import AskedAmount
from gateway.web.sales.catalogue_shapes import AskedBillLine
from gateway.web.sales.sale_answers import sale_location, split_location
from gateway.web.sales.sale_shapes import (
    ExchangeRequest,
    GiveBackRequest,
    SaleRequest,
    SaleVoidRequest,
    SplitRequest,
    TenderRequest,
)

_KINDS = {
    "goods": LineKind.ITEM,
    "voucher": LineKind.ITEM,
    "discount": LineKind.DISCOUNT,
    "surcharge": LineKind.SURCHARGE,
}


def sale_id_of(text: str) -> SaleId:
    """Read the id of a sale in a path."""
    return SaleId(parse_id(text, "/path/sale_id"))


def sale_command(container: WebContainer, who: Caller, body: SaleRequest, key: str | None) -> OpenSaleCommand:
    """Read a new sale.

    Raises:
        InputError: what is wrong with it.
    """
    lines = _lines(body)
    return OpenSaleCommand(
        sale_id=SaleId(parse_id(body.id, "/id")),
        register_id=_known_register(container, who, body.register_id),
        pricing=Pricing(body.pricing),
        lines=lines,
        tip=_tip(body, lines),
        customer_id=body.customer_id,
        reference=body.reference,
        request=_request(body, key, body.id, sale_location(body.id)),
    )


def split_command(container: WebContainer, who: Caller, body: SplitRequest, key: str | None) -> SplitCommand:
    """Read a bill to split. Raises InputError for what is wrong with it."""
    lines = _lines(body)
    return SplitCommand(
        split_id=SplitId(parse_id(body.id, "/id")),
        register_id=_known_register(container, who, body.register_id),
        pricing=Pricing(body.pricing),
        lines=lines,
        tip=_tip(body, lines),
        customer_id=body.customer_id,
        reference=body.reference,
        way=body.way,
        persons=body.persons,
        amounts=tuple(
            asked_money(one.amount, one.currency, f"/amounts/{place}") for place, one in enumerate(body.amounts)
        ),
        takers=tuple(_takers(one, f"/takers/{place}") for place, one in enumerate(body.takers)),
        owners=tuple(body.owners),
        request=_request(body, key, body.id, split_location(body.id)),
    )


def tender_command(
    container: WebContainer, who: Caller, sale_id: str, body: TenderRequest, key: str | None
) -> TenderCommand:
    """Read a tender of a sale. Raises InputError for what is wrong with it."""
    return TenderCommand(
        tender_id=TenderId(parse_id(body.id, "/id")),
        sale_id=sale_id_of(sale_id),
        register_id=_register(container, who, body.register_id),
        kind=body.kind,
        amount=asked_money(body.amount.amount, body.amount.currency, "/amount"),
        given=_maybe(body.given, "/given"),
        customer_id=body.customer_id,
        code=body.code or "",
        request=_request(body, key, body.id, sale_location(sale_id), of=sale_id),
    )


def give_back_command(
    container: WebContainer, who: Caller, sale_id: str, body: GiveBackRequest, key: str | None
) -> GiveBackCommand:
    """Read what is to go back. Raises InputError for what is wrong with it."""
    return GiveBackCommand(
        give_back_id=GiveBackId(parse_id(body.id, "/id")),
        sale_id=sale_id_of(sale_id),
        register_id=_register(container, who, body.register_id),
        kind=body.kind,
        amount=_maybe(body.amount, "/amount"),
        lines=tuple(ReturnedLine(line.line, Decimal(line.quantity)) for line in body.lines),
        of_id=TenderId(parse_id(body.tender_id, "/tender_id")) if body.tender_id else None,
        terminal_id=DeviceId(body.terminal_id) if body.terminal_id else None,
        customer_id=body.customer_id,
        code=body.code or "",
        reason=body.reason,
        request=_request(body, key, body.id, sale_location(sale_id), of=sale_id),
    )


def exchange_command(
    container: WebContainer, who: Caller, sale_id: str, body: ExchangeRequest, key: str | None
) -> ExchangeCommand:
    """Read an exchange. Raises InputError for what is wrong with it."""
    return ExchangeCommand(
        sale_id=sale_id_of(sale_id),
        returned=tuple(ReturnedLine(line.line, Decimal(line.quantity)) for line in body.returned),
        reason=body.reason,
        new=replace(
            sale_command(container, who, body, key),
            request=_request(body, key, body.id, sale_location(body.id), of=sale_id),
        ),
    )


def void_command(sale_id: str, body: SaleVoidRequest, key: str | None) -> VoidSaleCommand:
    """Read that a sale is given up."""
    return VoidSaleCommand(
        void_id=SaleVoidId(parse_id(body.id, "/id")),
        sale_id=sale_id_of(sale_id),
        reason=body.reason,
        request=_request(body, key, body.id, sale_location(sale_id), of=sale_id),
    )


def _request(body: BaseModel, key: str | None, own_id: str, location: str, *, of: str = "") -> RequestKey:
    """Return how a repeated request is known; the sale it is about is a part of what is asked for."""
    # Codes of vouchers are hashed with the rest: what is kept of them is not readable.
    canonical = f"{of} {body.model_dump_json(exclude_defaults=True)}".encode()
    return RequestKey(checked_key(key) or own_id, hashlib.sha256(canonical).hexdigest(), location)


def _register(container: WebContainer, who: Caller, name: str | None) -> RegisterId | None:
    return None if name is None else _known_register(container, who, name)


def _known_register(container: WebContainer, who: Caller, name: str) -> RegisterId:
    settings = container.settings
    here = (who.tenant_id, who.store_id) == (settings.tenant_id, settings.store_id)
    found = next((one for one in container.registers() if here and one.id == name), None)
    if found is None:
        hint = "Use the id of a register of this store."
        raise InputError("unknown_register", "This register is not known here.", hint, "/register_id")
    return found.id


def _lines(body: SaleRequest) -> tuple[TillLine, ...]:
    return tuple(_line(line, f"/lines/{number}") for number, line in enumerate(body.lines))


def _line(line: AskedBillLine, pointer: str) -> TillLine:
    sold = SaleLine(
        line.text,
        Decimal(line.quantity),
        asked_money(line.unit_price.amount, line.unit_price.currency, f"{pointer}/unit_price"),
        asked_money(line.amount.amount, line.amount.currency, f"{pointer}/amount"),
    )
    taxed = TaxedLine(_KINDS[line.kind], sold, _rate(line.tax_rate, pointer))
    return TillLine(taxed, line.item_id, voucher=line.kind == "voucher")


def _takers(weights: Mapping[str, int], pointer: str) -> dict[int, int]:
    """Return the weights by person; JSON has texts for keys."""
    if not all(person.isascii() and person.isdigit() and len(person) <= 2 for person in weights):
        hint = f"Number persons from 0 to {SHARES_MAX - 1}."
        raise InputError("invalid_taker", "A line goes to somebody who is no number.", hint, pointer)
    return {int(person): weight for person, weight in weights.items()}


def _rate(text: str, pointer: str) -> TaxRate:
    try:
        return TaxRate.of(text)
    except InputError as error:
        raise InputError(error.code, error.message, error.hint, f"{pointer}/tax_rate") from error


def _tip(body: SaleRequest, lines: tuple[TillLine, ...]) -> Money:
    """Return the tip; it is in the currency of the lines, which is that of the sale."""
    if body.tip is not None:
        return asked_money(body.tip.amount, body.tip.currency, "/tip")
    return Money(0, lines[0].taxed.sale_line.amount.currency)


def _maybe(amount: AskedAmount | None, pointer: str) -> Money | None:
    return None if amount is None else asked_money(amount.amount, amount.currency, pointer)
