"""Shapes of requests and answers about items, parked sales, customer displays and bills that are not sales yet."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, WithJsonSchema

from gateway.domain.sales.item import GROUP_MAX, NAME_MAX, NUMBER_MAX, QUICK_KEYS_MAX
from gateway.domain.sales.sale import LINES_MAX
from gateway.services.sales.manage_catalogue import FOUND_MAX, PAGE_MAX
from gateway.web.answer_shapes import AnyId, GivenAmount
from gateway.web.free_text import LineText, Name
from gateway.web.request_shapes import (
    ID_PATTERN,
    AskedAmount,
    AskedLineAmount,
    ClientId,
    CurrencyCode,
    DeviceName,
    OptionalId,
)

_CLEAN = r"^[^\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]*$"
_RATE_PATTERN = r"^(0|[1-9][0-9]{0,2})(\.[0-9]{1,2})?$"
_QUANTITY_PATTERN = r"^-?(0|[1-9][0-9]{0,5})(\.[0-9]{1,3})?$"
_PERCENT_PATTERN = r"^(0|[1-9][0-9]?|100)(\.[0-9]{1,2})?$"
CSV_MAX = 200_000
"""Characters of one piece of a list: what fits into a request with room for its quoting."""
WORDS_MAX = 60
SHOWN_LINES_MAX = 60
"""Lines on a customer display: the last ones of a long sale."""

TaxPercent = Annotated[str, Field(pattern=_RATE_PATTERN, description="percent", examples=["19", "8.1"])]
_Group = Annotated[str, Field(max_length=GROUP_MAX, pattern=_CLEAN)]


class _Asked(BaseModel):
    """Base of requests: known fields only, no silent conversion."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, hide_input_in_errors=True)


class _Given(BaseModel):
    """Base of answers."""

    model_config = ConfigDict(extra="forbid")


class ItemPath(_Asked):
    """An item."""

    item_id: str = Field(pattern=ID_PATTERN)


class ItemRequest(_Asked):
    """An item. ``version``: the one that was seen, left out for a new item."""

    number: str = Field(min_length=1, max_length=NUMBER_MAX, pattern=_CLEAN)
    name: str = Field(min_length=1, max_length=NAME_MAX, pattern=_CLEAN)
    gtin: str | None = Field(default=None, max_length=20, pattern=r"^[0-9]*$")
    price: AskedAmount
    tax_rate: TaxPercent
    group: _Group = ""
    kitchen_group: _Group | None = None
    quick_key: int | None = Field(default=None, ge=1, le=QUICK_KEYS_MAX)
    active: bool = True
    version: int | None = Field(default=None, ge=1, le=2**31 - 2)


class ItemListRequest(_Asked):
    """A list of items, or a piece of one. ``first_row``: the line of its header in the whole list."""

    csv: str = Field(min_length=1, max_length=CSV_MAX)
    dry_run: bool
    first_row: int = Field(default=1, ge=1, le=1_000_000)


class BulkItem(_Asked):
    """An item of many, known by its number."""

    number: str = Field(min_length=1, max_length=NUMBER_MAX, pattern=_CLEAN)
    name: str = Field(min_length=1, max_length=NAME_MAX, pattern=_CLEAN)
    gtin: str | None = Field(default=None, max_length=20, pattern=r"^[0-9]*$")
    price: AskedAmount
    tax_rate: TaxPercent
    group: _Group = ""
    kitchen_group: _Group | None = None
    quick_key: int | None = Field(default=None, ge=1, le=QUICK_KEYS_MAX)
    active: bool = True


class BulkRequest(_Asked):
    """Many items at once, stored all or none."""

    items: list[BulkItem] = Field(min_length=1, max_length=1000)
    dry_run: bool = False


_Text = Annotated[
    Annotated[str, Field(max_length=WORDS_MAX)] | None, WithJsonSchema({"type": "string", "maxLength": WORDS_MAX})
]


class ItemsQuery(_Asked):
    """Which items. ``search``: words, a number or a GTIN; ``code``: exactly one number or GTIN."""

    model_config = ConfigDict(extra="forbid", strict=False, frozen=True, hide_input_in_errors=True)

    search: _Text = None
    code: _Text = None
    starting_after: OptionalId = None
    limit: int = Field(default=FOUND_MAX, ge=1, le=PAGE_MAX)


class GivenItem(_Given):
    """An item. ``gtin`` as it stands under its bars."""

    id: AnyId
    number: str
    name: str
    gtin: str | None
    price: GivenAmount
    tax_rate: str
    group: str
    kitchen_group: str | None
    quick_key: int | None
    active: bool
    version: int


class GivenItems(_Given):
    """Items; ``has_more``: there are further ones after the last."""

    data: list[GivenItem]
    has_more: bool


class GivenBadRow(_Given):
    """A row that cannot be taken, and what to do."""

    row: int
    column: str
    code: str
    message: str
    hint: str


class GivenImport(_Given):
    """What a list did or would do; ``stored`` false: a dry run, or a row was bad."""

    made: int
    changed: int
    unchanged: int
    stored: bool
    bad: list[GivenBadRow]


class AskedBillLine(_Asked):
    """One line of a bill; ``amount`` is quantity times price, rounded half up to the minor unit."""

    kind: Literal["goods", "discount", "surcharge", "voucher"] = "goods"
    text: LineText
    quantity: str = Field(pattern=_QUANTITY_PATTERN, examples=["2"])
    unit_price: AskedLineAmount
    amount: AskedLineAmount
    tax_rate: TaxPercent
    item_id: ClientId | None = None


class AskedDiscount(_Asked):
    """Something off the whole bill: a share or an amount, one of the two."""

    text: LineText
    percent: str | None = Field(default=None, pattern=_PERCENT_PATTERN)
    amount: AskedAmount | None = None


class BillRequest(_Asked):
    """A bill to work out; nothing is stored."""

    pricing: Literal["gross", "net"] = "gross"
    currency: CurrencyCode
    lines: list[AskedBillLine] = Field(min_length=1, max_length=LINES_MAX)
    discount: AskedDiscount | None = None
    tip: AskedAmount | None = None


class GivenBillLine(_Given):
    """One line of a bill."""

    kind: str
    text: str
    quantity: str
    unit_price: GivenAmount
    amount: GivenAmount
    tax_rate: str
    item_id: str | None


class GivenBillTotals(_Given):
    """Its sums."""

    net: GivenAmount
    tax: GivenAmount
    gross: GivenAmount
    tip: GivenAmount
    to_pay: GivenAmount


class GivenRate(_Given):
    """What stands at one rate of tax."""

    rate: str
    net: GivenAmount
    tax: GivenAmount


class GivenBill(_Given):
    """A bill worked out: the discount spread over the rates as lines of its own."""

    lines: list[GivenBillLine]
    totals: GivenBillTotals
    rates: list[GivenRate]


class CashQuery(_Asked):
    """An amount to be paid in cash."""

    model_config = ConfigDict(extra="forbid", strict=False, frozen=True, hide_input_in_errors=True)

    amount: str = Field(pattern=r"^(0|[1-9][0-9]{0,11})(\.[0-9]{1,4})?$")
    currency: CurrencyCode


class GivenCash(_Given):
    """What an amount is in cash: rounded where small coins are not in use, and what is likely to be given."""

    exact: GivenAmount
    due: GivenAmount
    difference: GivenAmount
    likely: list[GivenAmount]


class AskedBasket(_Asked):
    """A basket as the till holds it. ``ticket_id``: the kitchen's ticket of it, if it was told already."""

    lines: list[AskedBillLine] = Field(min_length=1, max_length=LINES_MAX)
    discount: AskedDiscount | None = None
    tip: AskedAmount | None = None
    ticket_id: ClientId | None = None


class ParkRequest(_Asked):
    """A basket to put aside. The same ``id`` again is the same basket."""

    id: ClientId
    name: Name
    register_id: DeviceName
    total: AskedAmount
    basket: AskedBasket


class ParkedPath(_Asked):
    """A parked sale."""

    parked_id: str = Field(pattern=ID_PATTERN)


class RecallRequest(_Asked):
    """Taking it up. The same ``request_id`` again gets it again; ``version``: the one that was seen."""

    request_id: ClientId
    register_id: DeviceName
    version: int = Field(ge=1, le=1000)


class DiscardRequest(_Asked):
    """Throwing it away."""

    version: int = Field(ge=1, le=1000)


class GivenBasket(_Given):
    """A basket as it was put aside."""

    lines: list[GivenBillLine]
    discount: AskedDiscount | None
    tip: GivenAmount | None
    ticket_id: str | None


class GivenParked(_Given):
    """A parked sale; ``basket`` only to who takes it up."""

    id: AnyId
    name: str
    register_id: str
    total: GivenAmount
    lines: int
    version: int
    created_at: str
    created_by: str
    basket: GivenBasket | None


class GivenParkedSales(_Given):
    """Parked sales, newest first."""

    data: list[GivenParked]


class RegisterPath(_Asked):
    """A register of this store."""

    register_id: DeviceName


class DisplayPath(_Asked):
    """A screen that was paired."""

    pairing_id: str = Field(pattern=ID_PATTERN)


class GivenDisplayCode(_Given):
    """A code to type into a customer display at ``address``."""

    code: str
    register_id: str
    expires_at: str
    address: str


class GivenDisplay(_Given):
    """A customer display in use."""

    id: AnyId
    register_id: str
    paired_at: str
    created_by: str


class GivenDisplays(_Given):
    """Customer displays in use, newest first."""

    data: list[GivenDisplay]


class ShownLine(_Asked):
    """A line as customers see it."""

    text: LineText
    quantity: str = Field(pattern=_QUANTITY_PATTERN)
    amount: AskedLineAmount


class DisplayRequest(_Asked):
    """What the customers at a register see from now on.

    ``state``: nothing on sale, a sale in the making, waiting for a card or for money, paid, or not paid.
    """

    state: Literal["idle", "sale", "card", "cash", "transfer", "paid", "declined"]
    total: AskedAmount | None = None
    rest: AskedAmount | None = None
    change: AskedAmount | None = None
    lines: list[ShownLine] = Field(default=[], max_length=SHOWN_LINES_MAX)
