"""Shapes of requests and answers about payables."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, WithJsonSchema

from gateway.domain.payables.paid_outside import OutsideWay
from gateway.domain.payables.payable import HoldKind, PayableKind, PayableState, PayableStep
from gateway.domain.payables.payment_order import OrderState
from gateway.ports.payable_store import PAYABLES_PAGE_MAX, PayableSort
from gateway.web.answer_shapes import AnyId, GivenAmount
from gateway.web.documents.document_shapes import ANY_ID_PATTERN, CLEAN_PATTERN, OptionalBefore
from gateway.web.free_text import Reason
from gateway.web.payables.supplier_shapes import PERCENT_PATTERN, AskedCashDiscount, Code, Search, WantedCode
from gateway.web.request_shapes import ID_PATTERN, ClientId, CurrencyCode

LINES_MAX = 500
_AMOUNT = r"^(0|[1-9][0-9]{0,12})(\.[0-9]{1,4})?$"
_SIGNED = r"^-?(0|[1-9][0-9]{0,12})(\.[0-9]{1,4})?$"
_NUMBER = r"^-?(0|[1-9][0-9]{0,9})(\.[0-9]{1,6})?$"
_DAY = r"^20[0-9]{2}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$"

Day = Annotated[str, Field(pattern=_DAY, examples=["2026-03-31"])]
# Card numbers are not cut here as elsewhere: a number of an invoice or order may look like one, and must stay.
ShownNumber = Annotated[str, Field(min_length=1, max_length=100, pattern=CLEAN_PATTERN)]
LineWords = Annotated[str, Field(max_length=500, pattern=CLEAN_PATTERN)]
PaymentReference = Annotated[str, Field(pattern=r"^(RF[0-9]{2}[A-Z0-9]{1,21}|[0-9]{27}|)$")]
LineNo = Annotated[int, Field(ge=1, le=LINES_MAX)]
_OptionalDay = Annotated[
    Annotated[str, Field(pattern=_DAY)] | None, WithJsonSchema({"type": "string", "pattern": _DAY})
]
_OptionalId = Annotated[
    Annotated[str, Field(pattern=ANY_ID_PATTERN)] | None, WithJsonSchema({"type": "string", "pattern": ANY_ID_PATTERN})
]
_State = Annotated[
    Annotated[PayableState, Field(strict=False)] | None,
    WithJsonSchema({"type": "string", "enum": [state.value for state in PayableState]}),
]
_Held = Annotated[Literal["true", "false"] | None, WithJsonSchema({"type": "string", "enum": ["true", "false"]})]


class _Asked(BaseModel):
    """Base of requests: known fields only, no silent conversion."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, hide_input_in_errors=True)


class _Given(BaseModel):
    """Base of answers."""

    model_config = ConfigDict(extra="forbid")


class PayablePath(_Asked):
    """A payable by its id."""

    payable_id: str = Field(pattern=ANY_ID_PATTERN)


class NewPayablePath(_Asked):
    """A payable under an id of the client."""

    payable_id: str = Field(pattern=ID_PATTERN)


class PayablesQuery(_Asked):
    """Which payables. ``search``: a part of the supplier's name or of a number; ``due_until``: a day."""

    state: _State = None
    supplier_id: _OptionalId = None
    due_until: _OptionalDay = None
    held: _Held = None
    search: Search = None
    sort: Annotated[PayableSort, Field(strict=False)] = PayableSort.NEWEST
    before: OptionalBefore = None
    limit: int = Field(default=25, ge=1, le=PAYABLES_PAGE_MAX, strict=False)


class AskedPayableLine(_Asked):
    """One line as billed. ``price``: of one unit, before tax; ``amount``: of the line, before tax."""

    line_no: LineNo
    text: LineWords = ""
    quantity: str = Field(default="1", pattern=_NUMBER)
    price: str = Field(pattern=_NUMBER)
    amount: str = Field(pattern=_SIGNED)
    sku: Code = ""
    unit: Code = ""
    tax_percent: str | None = Field(default=None, pattern=PERCENT_PATTERN)
    order_number: Code = ""
    order_line_no: LineNo | None = None
    account_code: Code = ""
    cost_centre: Code = ""
    tax_code: Code = ""


class AskedPayableTax(_Asked):
    """Tax of one rate."""

    percent: str = Field(pattern=PERCENT_PATTERN)
    net: str = Field(pattern=_SIGNED)
    tax: str = Field(pattern=_SIGNED)


class PayableRequest(_Asked):
    """An invoice or credit note of a supplier, as the books know it. Amounts are positive, also of a credit note.

    ``due_on``: left out, the supplier's terms say it; ``discounts``: left out, they say those too where no due date is
    given; ``printed_iban``: compared with the supplier's account, never paid to by itself.
    """

    kind: Annotated[PayableKind, Field(strict=False)] = PayableKind.INVOICE
    supplier_number: WantedCode
    number: ShownNumber
    issued_on: Day
    due_on: Day | None = None
    currency: CurrencyCode
    net: str = Field(pattern=_AMOUNT)
    tax: str = Field(pattern=_AMOUNT)
    gross: str = Field(pattern=_AMOUNT)
    freight: str | None = Field(default=None, pattern=_AMOUNT)
    rounding: str | None = Field(default=None, pattern=_SIGNED)
    lines: list[AskedPayableLine] = Field(default=[], max_length=LINES_MAX)
    taxes: list[AskedPayableTax] = Field(default=[], max_length=20)
    discounts: list[AskedCashDiscount] | None = Field(default=None, max_length=3)
    order_numbers: list[WantedCode] = Field(default=[], max_length=20)
    printed_iban: str = Field(default="", pattern=r"^([A-Z]{2}[0-9]{2}[A-Z0-9]{1,30})?$")
    reference: PaymentReference = ""
    credited_number: Annotated[str, Field(max_length=100, pattern=CLEAN_PATTERN)] = ""


class PayableHoldRequest(_Asked):
    """Stop payment. The same ``id`` again is the same act."""

    id: ClientId
    kind: Annotated[HoldKind, Field(strict=False)]
    reason: Reason


class PayableActRequest(_Asked):
    """An act on a payable, and why. The same ``id`` again is the same act."""

    id: ClientId
    reason: Reason


class PaidOutsideRequest(_Asked):
    """How and when an invoice was paid outside of payment runs. The same ``id`` again is the same act.

    ``evidence``: what shows it, such as the number of a card slip or of a receipt.
    """

    id: ClientId
    way: Annotated[OutsideWay, Field(strict=False)]
    paid_on: Day
    evidence: Reason


class AskedLineChange(_Asked):
    """How a line is booked or where it belongs; what is left out stays."""

    line_no: LineNo
    account_code: Code | None = None
    cost_centre: Code | None = None
    tax_code: Code | None = None
    order_number: Code | None = None
    order_line_no: LineNo | None = None


class PayableChangeRequest(_Asked):
    """What is to be different; what is left out stays. Approvals of what it was become void."""

    id: ClientId
    reason: Reason
    due_on: Day | None = None
    reference: PaymentReference | None = None
    order_numbers: list[WantedCode] | None = Field(default=None, max_length=20)
    lines: list[AskedLineChange] = Field(default=[], max_length=LINES_MAX)


class GivenPayableSupplier(_Given):
    """The supplier of a payable."""

    id: AnyId
    number: str
    name: str
    blocked: str


class GivenHold(_Given):
    """A person's stop."""

    kind: HoldKind
    reason: str
    by: str
    at: str


class GivenPayableDiscount(_Given):
    """A discount that can still be taken. ``until``: the last day."""

    amount: GivenAmount
    until: str
    ends_soon: bool


class GivenPayableRow(_Given):
    """A payable in a list. ``overdue_days``: above zero when it should have been paid."""

    id: AnyId
    kind: PayableKind
    supplier: GivenPayableSupplier | None
    number: str
    issued_on: str
    received_on: str
    due_on: str
    overdue_days: int = Field(ge=0)
    net: GivenAmount
    tax: GivenAmount
    gross: GivenAmount
    paid: GivenAmount
    state: PayableState
    hold: GivenHold | None
    discount: GivenPayableDiscount | None
    source: str
    document_invoice_id: AnyId | None
    created_at: str
    created_by: str
    changed_at: str
    version: int


class GivenPayableLine(_Given):
    """One line as billed."""

    line_no: int
    text: str
    quantity: str
    price: str
    amount: GivenAmount
    sku: str
    unit: str
    tax_percent: str | None
    order_number: str
    order_line_no: int | None
    account_code: str
    cost_centre: str
    tax_code: str


class GivenPayableTax(_Given):
    """Tax of one rate."""

    percent: str
    net: GivenAmount
    tax: GivenAmount


class GivenDiscountStep(_Given):
    """A discount as it was offered."""

    days: int
    percent: str


class GivenPayableEvent(_Given):
    """One line of the journal."""

    sequence: int
    step: PayableStep
    actor: str
    at: str
    before: PayableState
    after: PayableState
    reason: str
    detail: dict[str, str]


class GivenPayableOrder(_Given):
    """A payment that has, or had, this payable. ``amount``: of it that is for this one."""

    id: AnyId
    run_id: AnyId
    state: OrderState
    reconciled_line: AnyId | None
    amount: GivenAmount
    discount: GivenAmount
    end_to_end_id: str


class GivenPayable(GivenPayableRow):
    """A payable whole. ``printed_account``: country and last four characters of the account printed on it.

    ``steps``: what a person may do with it now.
    """

    lines: list[GivenPayableLine]
    taxes: list[GivenPayableTax]
    discounts: list[GivenDiscountStep]
    order_numbers: list[str]
    freight: GivenAmount | None
    rounding: GivenAmount | None
    printed_account: str
    reference: str
    credited_number: str
    steps: list[PayableStep]
    events: list[GivenPayableEvent]
    orders: list[GivenPayableOrder]


class GivenPayables(_Given):
    """A page of payables; ``counts``: by state, of all; ``held``, ``overdue``: of those not paid."""

    data: list[GivenPayableRow]
    counts: dict[str, int]
    held: int
    overdue: int
    has_more: bool
    next: AnyId | None
