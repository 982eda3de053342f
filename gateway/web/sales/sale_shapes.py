"""Shapes of requests and answers about till sales, their tenders, splits and what is given back."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, WithJsonSchema

from gateway.domain.cards.refund import RefundState
from gateway.domain.sales.bill_split import SHARES_MAX, WEIGHT_MAX
from gateway.domain.sales.sale import LINES_MAX
from gateway.domain.sales.tax_lines import Pricing
from gateway.domain.sales.tender import TenderKind, TenderState
from gateway.services.sales.read_sales import LIST_MAX
from gateway.services.sales.split_sale import SplitWay
from gateway.web.answer_shapes import AnyId, GivenAmount
from gateway.web.free_text import Name, Reason, Reference
from gateway.web.request_shapes import ID_PATTERN, AskedAmount, ClientId, DeviceName, OptionalId
from gateway.web.sales.catalogue_shapes import AskedBillLine

_CUSTOMER_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$"
_CODE_PATTERN = r"^[A-Za-z0-9 -]{1,64}$"
_RETURNED_PATTERN = r"^(0|[1-9][0-9]{0,5})(\.[0-9]{1,3})?$"

CustomerName = Annotated[str, Field(pattern=_CUSTOMER_PATTERN, description="id of a customer")]
ShownCode = Annotated[str, Field(pattern=_CODE_PATTERN, description="what the customer shows, such as of a voucher")]
_Register = Annotated[
    Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,31}$")] | None,
    WithJsonSchema({"type": "string", "pattern": r"^[a-z][a-z0-9-]{0,31}$"}),
]
_Number = Annotated[
    Annotated[int, Field(ge=1, le=10**12, strict=False)] | None,
    WithJsonSchema({"type": "integer", "minimum": 1, "maximum": 10**12}),
]


class _Asked(BaseModel):
    """Base of requests: known fields only, no silent conversion."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, hide_input_in_errors=True)


class _Given(BaseModel):
    """Base of answers."""

    model_config = ConfigDict(extra="forbid")


class SaleRequest(_Asked):
    """What is sold. Prices hold the tax (``gross``) or not (``net``); a tip stands beside the lines."""

    id: ClientId
    register_id: DeviceName
    pricing: Literal["gross", "net"] = "gross"
    lines: list[AskedBillLine] = Field(min_length=1, max_length=LINES_MAX)
    tip: AskedAmount | None = None
    customer_id: CustomerName | None = None
    reference: Reference | None = None


_Takers = Annotated[
    dict[str, Annotated[int, Field(ge=1, le=WEIGHT_MAX)]],
    # Each person by name: the description has no word for the form of a key.
    Field(
        max_length=SHARES_MAX,
        json_schema_extra={
            "properties": {
                str(person): {"type": "integer", "minimum": 1, "maximum": WEIGHT_MAX} for person in range(SHARES_MAX)
            },
            "additionalProperties": False,
        },
    ),
]
_Owner = Annotated[int, Field(ge=0, lt=SHARES_MAX)]


class SplitRequest(SaleRequest):
    """A bill to split. ``takers``: for each line the weight of each person, from 0, who takes a part of it.

    ``owners``: for each line its person; null for what follows the goods. ``preview``: nothing is stored.
    """

    way: SplitWay = Field(strict=False)
    persons: int = Field(default=1, ge=1, le=SHARES_MAX)
    amounts: list[AskedAmount] = Field(default=[], max_length=SHARES_MAX)
    takers: list[_Takers] = Field(default=[], max_length=LINES_MAX)
    owners: list[_Owner | None] = Field(default=[], max_length=LINES_MAX)
    preview: bool = False


class TenderRequest(_Asked):
    """A tender. ``amount``: what it settles of the sale; ``given``: the cash handed over, also of another currency."""

    id: ClientId
    kind: TenderKind = Field(strict=False)
    amount: AskedAmount
    given: AskedAmount | None = None
    code: ShownCode | None = None
    customer_id: CustomerName | None = None
    register_id: DeviceName | None = None


class TenderArrivalRequest(_Asked):
    """Why a tender counts as arrived."""

    reason: Reason


class SaleVoidRequest(_Asked):
    """Why a sale that nobody paid is given up. ``id``: made by the client; the same again is the same answer."""

    id: ClientId
    reason: Reason


class AskedReturn(_Asked):
    """A line that comes back, by its place from 0, and how much of it."""

    line: int = Field(ge=0, lt=LINES_MAX)
    quantity: str = Field(pattern=_RETURNED_PATTERN, examples=["1"])


class GiveBackRequest(_Asked):
    """What goes back: an amount, or goods. ``tender_id``: the tender it is of; of kind ``card`` the payment."""

    id: ClientId
    kind: TenderKind = Field(strict=False)
    reason: Reason
    amount: AskedAmount | None = None
    lines: list[AskedReturn] = Field(default=[], max_length=LINES_MAX)
    tender_id: ClientId | None = None
    register_id: DeviceName | None = None
    terminal_id: DeviceName | None = None
    customer_id: CustomerName | None = None
    code: ShownCode | None = None


class ExchangeRequest(SaleRequest):
    """What is sold instead of goods that come back. ``id``: of the new sale; ``returned``: lines of the old one."""

    returned: list[AskedReturn] = Field(min_length=1, max_length=LINES_MAX)
    reason: Reason


class SaleReceiptRequest(_Asked):
    """A copy on paper, of the sale or of something given back. The same ``request_id`` again is the same copy."""

    request_id: ClientId
    register_id: DeviceName | None = None
    give_back_id: ClientId | None = None


class SalePath(_Asked):
    """A sale by its id."""

    sale_id: str = Field(pattern=ID_PATTERN)


class SplitQuery(_Asked):
    """A split by its id."""

    id: str = Field(pattern=ID_PATTERN)


class TenderPath(SalePath):
    """A tender of a sale."""

    tender_id: str = Field(pattern=ID_PATTERN)


class SalesQuery(_Asked):
    """Which sales, newest first."""

    limit: int = Field(default=25, ge=1, le=LIST_MAX, strict=False)
    before: OptionalId = None
    register_id: _Register = None
    number: _Number = None


class SaleReceiptQuery(_Asked):
    """Which receipt: of the sale, or of something given back."""

    give_back_id: OptionalId = None


class ForeignCashQuery(_Asked):
    """An amount due, and the currency somebody wants to pay it in."""

    amount: str = Field(pattern=r"^(0|[1-9][0-9]{0,11})(\.[0-9]{1,4})?$")
    currency: str = Field(pattern=r"^[A-Z]{3}$")
    pay_in: str = Field(pattern=r"^[A-Z]{3}$")


class GivenForeignCash(_Given):
    """What to ask for in foreign cash; ``rate``: units of it for one of the store's currency."""

    due: GivenAmount
    ask: GivenAmount
    rate: str
    dated: str


class GivenSaleLine(_Given):
    """One line of a sale."""

    kind: Literal["goods", "discount", "surcharge", "voucher"]
    text: str
    quantity: str
    unit_price: GivenAmount
    amount: GivenAmount
    tax_rate: str
    item_id: str | None


class GivenTotals(_Given):
    """``net`` + ``tax`` = ``gross``; ``gross`` + ``tip`` = ``to_pay``."""

    net: GivenAmount
    tax: GivenAmount
    gross: GivenAmount
    tip: GivenAmount
    to_pay: GivenAmount


class GivenTaxSum(_Given):
    """Sums of one rate of tax."""

    rate: str
    net: GivenAmount
    tax: GivenAmount


class GivenDue(_Given):
    """What is due. ``unknown``: asked of cards whose outcome is in doubt; while there is some, nothing new begins."""

    rest: GivenAmount
    captured: GivenAmount
    pending: GivenAmount
    unknown: GivenAmount
    refunded: GivenAmount
    owed_back: GivenAmount
    refundable: GivenAmount
    settled: bool


class GivenTender(_Given):
    """One tender. ``detail``: what a screen or receipt shows of it, by name, such as ``change``."""

    id: AnyId
    sale_id: AnyId
    register_id: str
    kind: TenderKind
    state: TenderState
    amount: GivenAmount
    given: GivenAmount | None
    customer_id: str | None
    detail: dict[str, str]
    shift_id: AnyId | None
    created_at: str
    created_by: str
    ended_at: str | None


class GivenTenderWithDue(GivenTender):
    """A tender just taken, and what is due on its sale after it."""

    due: GivenDue


class GivenReturn(_Given):
    """A line that came back."""

    line: int
    quantity: str


class GivenBackTotals(_Given):
    """What goes back for goods, with its taxes."""

    net: GivenAmount
    tax: GivenAmount
    gross: GivenAmount
    rates: list[GivenTaxSum]


class GivenGiveBack(_Given):
    """What goes back. ``state``: ``done``, or of a refund to a card where it stands; ``refund_id``: that refund."""

    id: AnyId
    sale_id: AnyId
    register_id: str
    kind: TenderKind
    state: Literal["done"] | RefundState
    number: int | None
    amount: GivenAmount
    tender_id: AnyId | None
    refund_id: AnyId | None
    lines: list[GivenReturn]
    totals: GivenBackTotals | None
    reason: str
    customer_id: str | None
    detail: dict[str, str]
    shift_id: AnyId | None
    created_at: str
    created_by: str


class GivenSaleLinks(_Given):
    """Where to go on from a sale."""

    self: str
    tenders: str
    give_backs: str
    receipts: str
    void: str


class GivenSaleVoid(_Given):
    """Why a sale was given up, when and by whom."""

    id: AnyId
    reason: str
    at: str
    by: str


class GivenSale(_Given):
    """A sale with everything that happened to it. ``number``: its document number once it is settled.

    ``voided``: it was given up before anything was paid: nothing is due, and it takes nothing more.
    """

    id: AnyId
    register_id: str
    number: int | None
    settled_at: str | None
    voided: GivenSaleVoid | None
    pricing: Pricing
    lines: list[GivenSaleLine]
    totals: GivenTotals
    rates: list[GivenTaxSum]
    due: GivenDue
    tenders: list[GivenTender]
    given_back: list[GivenGiveBack]
    payments: list[AnyId]
    refunds: list[AnyId]
    customer_id: str | None
    reference: str | None
    split_of: AnyId | None
    created_at: str
    created_by: str
    trace_id: str
    links: GivenSaleLinks


class GivenSales(_Given):
    """A page of sales, newest first; ``next`` is the cursor of the next page."""

    data: list[GivenSale]
    has_more: bool
    next: str | None


class GivenSplit(_Given):
    """A bill split into sales."""

    id: AnyId
    sales: list[GivenSale]


class GivenPaper(_Given):
    """A paper in a printer's queue."""

    id: AnyId
    target: str
    title: Name
    state: Literal["ready", "started", "done", "unsure", "dead"]


class GivenExchange(_Given):
    """What went back, and the sale it paid for as far as it goes."""

    given_back: GivenGiveBack
    sale: GivenSale
