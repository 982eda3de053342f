"""What a pay link is made of: the sale it pays, and the link itself with its token."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from gateway.domain.access import Caller
from gateway.domain.credit.pay_link import PayLink, PayLinkId
from gateway.domain.credit.voucher_code import CodeMaker, till_code, token_hash
from gateway.domain.errors import InputError, RuleError
from gateway.domain.ids import RegisterId, SaleId, uuid7
from gateway.domain.money import Money
from gateway.domain.outbox import OutboxMessage
from gateway.domain.sales.sale import SaleLine
from gateway.domain.sales.tax_lines import Bill, LineKind, Pricing, TaxedLine, TaxRate, bill_total
from gateway.domain.sales.till_sale import SaleRecord, TillLine, TillSale, payable_due
from gateway.ports.credit_store import StoredToken
from gateway.ports.unit_of_work import UnitOfWork
from gateway.services.credit.issue_voucher import SALT_BYTES
from gateway.services.first_answers import RequestKey
from gateway.services.sales.read_sales import locked_sale, read_sale
from gateway.services.sales.sell import OpenSale

LIFE_MAX = timedelta(days=366)
_TILL_CODE_BITS = 64


@dataclass(frozen=True, slots=True)
class PayLinkCommand:
    """A link is wanted.

    ``register_id``: None where the sale was made. ``sale_id``: of a stored sale; None stores one of one line,
    ``reference`` with ``tax_rate``. ``amount``: None asks for all that is due on the sale.
    """

    link_id: PayLinkId
    register_id: RegisterId | None
    sale_id: SaleId | None
    amount: Money | None
    tax_rate: TaxRate
    reference: str
    expires_at: datetime
    request: RequestKey


def new_link(
    caller: Caller, command: PayLinkCommand, record: SaleRecord, now: datetime, codes: CodeMaker
) -> tuple[PayLink, StoredToken]:
    """Return a link over a sale that this unit holds, and what is stored of its token.

    Raises:
        InputError: ``currency_mismatch``.
        RuleError: ``sale_voided``, ``more_than_due``.
    """
    rest = payable_due(record).rest
    amount = rest if command.amount is None else command.amount
    if amount.currency != rest.currency:
        hint = "Use the currency of the sale."
        raise InputError("currency_mismatch", "The sale is in another currency.", hint, "/amount/currency")
    if amount.minor <= 0 or amount.minor > rest.minor:
        raise RuleError("more_than_due", f"Only {rest.to_decimal()} is due.", "Ask for at most the rest.")
    salt = secrets.token_bytes(SALT_BYTES)
    token = codes.token(command.link_id.bytes, salt)
    link = PayLink(
        tenant_id=caller.tenant_id,
        store_id=caller.store_id,
        id=command.link_id,
        till_code=till_code(secrets.randbits(_TILL_CODE_BITS)),
        register_id=command.register_id or record.sale.register_id,
        sale_id=record.sale.id,
        amount=amount,
        reference=command.reference,
        expires_at=command.expires_at,
        created_at=now,
        created_by=caller.name,
        trace_id=record.sale.trace_id,
    )
    return link, StoredToken(token_hash(token), salt)


def sale_of_link(
    unit: UnitOfWork, caller: Caller, command: PayLinkCommand, now: datetime, open_sale: OpenSale
) -> tuple[SaleRecord, tuple[OutboxMessage, ...]]:
    """Hold the sale that is to be paid, or store one of a single line; return it with the messages stored.

    Raises:
        InputError: ``amount_needed``, ``amount_not_positive``, ``register_needed``.
        NotFound: ``sale_not_found``.
    """
    if command.sale_id is not None:
        return locked_sale(unit, caller, command.sale_id), ()
    amount = command.amount
    if command.register_id is None:
        hint = "Name the register that sells it."
        raise InputError("register_needed", "It is not said where this is sold.", hint, "/register_id")
    if amount is None:
        hint = "Send an amount, or the id of a stored sale."
        raise InputError("amount_needed", "It is not said what is to be paid.", hint, "/amount")
    if amount.minor <= 0:
        hint = "Send a positive amount."
        raise InputError("amount_not_positive", "The amount has to be above zero.", hint, "/amount/amount")
    sold = SaleLine(command.reference, Decimal(1), amount, amount)
    line = TaxedLine(LineKind.ITEM, sold, command.tax_rate)
    bill = Bill(Pricing.GROSS, amount.currency, (line,), Money(0, amount.currency))
    sale = TillSale(
        tenant_id=caller.tenant_id,
        store_id=caller.store_id,
        id=SaleId(uuid7(int(now.timestamp() * 1000))),
        register_id=command.register_id,
        pricing=bill.pricing,
        currency=bill.currency,
        lines=(TillLine(line),),
        totals=bill_total(bill),
        customer_id=None,
        reference=command.reference,
        split_of=None,
        created_at=now,
        created_by=caller.name,
        trace_id=command.link_id.hex,
    )
    unit.sales.add(sale)
    messages = open_sale.announce(unit, sale)
    return read_sale(unit, caller, sale.id), messages
