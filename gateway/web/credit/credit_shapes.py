"""Shapes of requests and answers about vouchers, customers on account, bank transfers and pay links."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, WithJsonSchema

from gateway.domain.bank.transfer_order import Clearing, TransferStandard, TransferState
from gateway.domain.credit.customer import EntrySide
from gateway.domain.credit.pay_link import PayLinkState
from gateway.domain.credit.voucher import MovementKind, VoucherKind, VoucherOrigin
from gateway.ports.credit_store import CREDIT_PAGE_MAX
from gateway.services.credit.manage_customers import MoneyCame
from gateway.web.answer_shapes import AnyId, GivenAmount
from gateway.web.free_text import Name, Reason, Reference
from gateway.web.request_shapes import ID_PATTERN, AskedAmount, ClientId, DeviceName, OptionalId

_ANY_ID = r"^[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$"
_DAY = r"^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$"
_INSTANT = r"^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])T[0-9:.]{5,15}(Z|[+-][0-9]{2}:[0-9]{2})$"
_RATE = r"^(0|[1-9][0-9]{0,2})(\.[0-9]{1,2})?$"
_NUMBER = r"^[A-Za-z0-9][A-Za-z0-9._/-]{0,63}$"

CodeText = Annotated[str, Field(min_length=1, max_length=40, pattern=r"^[A-Za-z0-9 -]+$")]
_AnyIdAsked = Annotated[str, Field(pattern=_ANY_ID)]
_OptionalAnyId = Annotated[_AnyIdAsked | None, WithJsonSchema({"type": "string", "pattern": _ANY_ID})]
_End = Annotated[
    Annotated[str, Field(pattern=r"^[0-9A-Za-z]{4}$")] | None,
    WithJsonSchema({"type": "string", "pattern": r"^[0-9A-Za-z]{4}$"}),
]
_Words = Annotated[
    Annotated[str, Field(min_length=1, max_length=60)] | None,
    WithJsonSchema({"type": "string", "minLength": 1, "maxLength": 60}),
]
_Limit = Annotated[int, Field(ge=1, le=CREDIT_PAGE_MAX, strict=False)]


class _Asked(BaseModel):
    """Base of requests: known fields only, no silent conversion."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, hide_input_in_errors=True)


class _Given(BaseModel):
    """Base of answers."""

    model_config = ConfigDict(extra="forbid")


class ReasonRequest(_Asked):
    """Why."""

    reason: Reason


class CodeRequest(_Asked):
    """A code as it is typed or scanned; blanks, hyphens and small letters do not matter."""

    code: CodeText


class SlipRequest(_Asked):
    """A paper. The same ``request_id`` again is the same paper; ``register_id``: at whose printer."""

    request_id: ClientId
    register_id: DeviceName | None = None


class VoucherPath(_Asked):
    """A voucher by its id."""

    voucher_id: _AnyIdAsked


class VoucherRequest(_Asked):
    """A voucher that is given. ``expires_on``: its last day; left out, what the shop decided."""

    id: ClientId
    kind: Literal["voucher", "store_credit"] = "voucher"
    amount: AskedAmount
    reason: Reason
    customer_id: ClientId | None = Field(default=None, description="who holds it; then it has no code")
    expires_on: str | None = Field(default=None, pattern=_DAY)


class SoldPath(_Asked):
    """The sale that sold a voucher."""

    sale_id: _AnyIdAsked


class SoldVoucherRequest(_Asked):
    """A voucher that a settled sale has sold, or a part of what its lines of kind voucher come to."""

    id: ClientId
    amount: AskedAmount


class VouchersQuery(_Asked):
    """Which vouchers; all filters together."""

    code_end: _End = None
    customer_id: OptionalId = None
    sale_id: _OptionalAnyId = None
    starting_after: _OptionalAnyId = None
    limit: _Limit = 25


class GivenMovement(_Given):
    """One line of a voucher's journal. ``amount`` is signed; zero where nothing moved."""

    sequence: int
    kind: MovementKind
    amount: GivenAmount
    cause_id: AnyId
    words: str
    actor: str
    recorded_at: str


class GivenVoucher(_Given):
    """A voucher. ``code``: in full only in the answer that issues or tells it; ``left``: zero once it has expired."""

    id: AnyId
    kind: VoucherKind
    origin: VoucherOrigin
    amount: GivenAmount
    left: GivenAmount
    ends_in: str
    customer_id: AnyId | None
    sale_id: AnyId | None
    expires_at: str | None
    expired: bool
    blocked: bool
    created_at: str
    created_by: str
    movements: list[GivenMovement]
    code: str | None


class GivenVouchers(_Given):
    """Vouchers, newest first, without journals."""

    data: list[GivenVoucher]
    has_more: bool


class CustomerPath(_Asked):
    """A customer by id."""

    customer_id: str = Field(pattern=ID_PATTERN)


class CustomerWordsRequest(_Asked):
    """What is said about a customer. ``reference``: the number in the ERP; ``limit``: what may be owed."""

    name: Name
    reference: str | None = Field(default=None, pattern=_NUMBER)
    limit: AskedAmount
    blocked: bool = False


class CustomerRequest(CustomerWordsRequest):
    """A new customer."""

    id: ClientId


class CustomersQuery(_Asked):
    """Which customers: by a part of the name or reference."""

    search: _Words = None
    starting_after: OptionalId = None
    limit: _Limit = 25


class AccountPaymentRequest(_Asked):
    """Money a customer brought. ``register_id``: whose drawer cash went into."""

    id: ClientId
    amount: AskedAmount
    came_by: Annotated[MoneyCame, Field(strict=False)]
    register_id: DeviceName | None = None
    note: Reference | None = None


class GivenEntry(_Given):
    """One line of a customer's account; ``state`` is that of its booking, ``void`` counts nowhere."""

    side: EntrySide
    amount: GivenAmount
    state: Literal["pending", "post", "void"]
    cause_id: AnyId
    words: str
    actor: str
    recorded_at: str


class GivenCustomer(_Given):
    """A customer. ``open``: what is owed, below zero what the shop owes; ``free``: what may still be put on account."""

    id: AnyId
    name: str
    reference: str | None
    limit: GivenAmount
    open: GivenAmount
    free: GivenAmount
    blocked: bool
    created_at: str
    created_by: str
    entries: list[GivenEntry]


class GivenCustomers(_Given):
    """Customers by name, without the lines of their accounts."""

    data: list[GivenCustomer]
    has_more: bool


class TransferPath(_Asked):
    """A transfer by its id."""

    transfer_id: _AnyIdAsked


class ArrivalRequest(_Asked):
    """A transfer has arrived. ``reason``: what proves it; ``bank_reference``: as the bank calls it."""

    reason: Reason
    bank_reference: Reference | None = None


class ClearingRequest(_Asked):
    """What becomes of money that came late. ``customer_id``: whose account gets it, for ``on_account``."""

    clearing: Annotated[Clearing, Field(strict=False)]
    reason: Reason
    customer_id: ClientId | None = None


class TransfersQuery(_Asked):
    """Which transfers. ``reference``: exactly this one, however it is spaced."""

    state: Annotated[
        Annotated[TransferState, Field(strict=False)] | None,
        WithJsonSchema({"type": "string", "enum": sorted(TransferState)}),
    ] = None
    reference: _Words = None
    starting_after: _OptionalAnyId = None
    limit: _Limit = 25


class GivenTransferLine(_Given):
    """One line of a transfer's journal."""

    sequence: int
    state: TransferState
    words: str
    actor: str
    recorded_at: str


class GivenTransferOrder(_Given):
    """A transfer that was asked for. ``payload``: text of the code; ``overdue``: open beyond its day."""

    id: AnyId
    tender_id: AnyId
    sale_id: AnyId
    register_id: str
    amount: GivenAmount
    standard: TransferStandard
    reference: str
    payload: str
    state: TransferState
    overdue: bool
    expires_at: str
    created_at: str
    created_by: str
    trace_id: str
    concluded_at: str | None
    concluded_by: str | None
    reason: str | None
    bank_reference: str | None
    lines: list[GivenTransferLine]
    code: str


class GivenTransferOrders(_Given):
    """Transfers, newest first, without journals."""

    data: list[GivenTransferOrder]
    has_more: bool


class PayLinkPath(_Asked):
    """A pay link by its id."""

    link_id: str = Field(pattern=ID_PATTERN)


class PayLinkRequest(_Asked):
    """A link to pay by. Either ``sale_id`` (a stored sale; all that is due, or ``amount`` of it) or ``amount``.

    An amount alone becomes a sale of one line, ``reference``, with ``tax_rate`` in percent contained in it.
    ``expires_at``: RFC 3339; left out, a day from now.
    """

    id: ClientId
    sale_id: ClientId | None = None
    amount: AskedAmount | None = None
    tax_rate: str = Field(default="0", pattern=_RATE)
    reference: Reference
    register_id: DeviceName | None = None
    expires_at: str | None = Field(default=None, pattern=_INSTANT)


class LinkPaymentRequest(_Asked):
    """The payer stands at a till: the card payment begins there. ``id``: of the payment."""

    id: ClientId
    register_id: DeviceName | None = None
    terminal_id: DeviceName | None = None


class LinksQuery(_Asked):
    """A page of links, newest first."""

    starting_after: OptionalId = None
    limit: _Limit = 25


class GivenPayLink(_Given):
    """A pay link. ``url``: for the payer, only to those who may take payments; ``till_code``: to begin at a till."""

    id: AnyId
    state: PayLinkState
    sale_id: AnyId
    register_id: str
    amount: GivenAmount
    reference: str
    till_code: str
    expires_at: str
    payment_id: AnyId | None
    transfer_id: AnyId | None
    cancelled_at: str | None
    cancelled_by: str | None
    created_at: str
    created_by: str
    trace_id: str
    url: str | None


class GivenPayLinks(_Given):
    """Pay links, newest first, without their addresses."""

    data: list[GivenPayLink]
    has_more: bool
