"""Shapes of requests and answers about orders, receipts, tax codes, cost centres and imports."""

from typing import Annotated, Literal

from pydantic import Field

from gateway.domain.payables.import_fields import ImportKind
from gateway.domain.payables.order_wish import LINE_NO_MAX, LINES_MAX
from gateway.domain.payables.purchase import MatchWays
from gateway.ports.table_reader import COLUMNS_MAX
from gateway.services.payables.import_plan import Verdict
from gateway.web.answer_shapes import AnyId, GivenAmount
from gateway.web.documents.document_shapes import ANY_ID_PATTERN, CLEAN_PATTERN
from gateway.web.payables.supplier_shapes import (
    After,
    Asked,
    Code,
    Given,
    PageLimit,
    Search,
    Version,
    WantedCode,
    WantedText,
)
from gateway.web.request_shapes import AskedAmount, CurrencyCode

DAY_PATTERN = r"^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$"
_NUMBER = r"^(0|[1-9][0-9]{0,11})(\.[0-9]{1,6})?$"
_SIGNED = r"^-?(0|[1-9][0-9]{0,11})(\.[0-9]{1,6})?$"
_PERCENT = r"^(100|[1-9]?[0-9])(\.[0-9]{1,4})?$"
_SHA256 = r"^[0-9a-f]{64}$"

Quantity = Annotated[str, Field(pattern=_NUMBER, examples=["12.5"])]
Percent = Annotated[str, Field(pattern=_PERCENT, examples=["5"])]
Day = Annotated[str, Field(pattern=DAY_PATTERN, examples=["2026-03-31"])]
LineNo = Annotated[int, Field(ge=1, le=LINE_NO_MAX)]
OrderText = Annotated[str, Field(min_length=1, max_length=200, pattern=CLEAN_PATTERN)]
Kind = Annotated[ImportKind, Field(strict=False)]


class PurchaseOrderPath(Asked):
    """An order by its id."""

    order_id: str = Field(pattern=ANY_ID_PATTERN)


class ReceiptPath(Asked):
    """A delivery by its id."""

    receipt_id: str = Field(pattern=ANY_ID_PATTERN)


class CodePath(Asked):
    """A tax code or cost centre by its code."""

    code: Annotated[str, Field(min_length=1, max_length=40, pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")]


class OrdersQuery(Asked):
    """Which orders: by a part of a number or of a line. ``starting_after``: a number."""

    search: Search = None
    starting_after: After = None
    limit: PageLimit = 25


class AskedPurchaseLine(Asked):
    """One line. ``price``: of ``price_per`` units, before tax; ``amount``: left out, quantity times price."""

    line_no: LineNo
    text: OrderText
    quantity: Quantity
    price: Quantity
    price_per: Quantity = "1"
    amount: AskedAmount | None = None
    sku: Code = ""
    supplier_sku: Code = ""
    unit: Code = ""
    tax_code: Code = ""
    account_code: Code = ""
    cost_centre: Code = ""
    ways: Annotated[MatchWays, Field(strict=False)] = MatchWays.THREE_WAY
    over_percent: Percent | None = None
    under_percent: Percent | None = None


class PurchaseOrderRequest(Asked):
    """An order with all its lines. ``version``: the one that was looked at, for a change."""

    number: WantedCode
    supplier_id: str = Field(pattern=ANY_ID_PATTERN)
    ordered_on: Day
    currency: CurrencyCode
    lines: list[AskedPurchaseLine] = Field(min_length=1, max_length=LINES_MAX)
    freight: AskedAmount | None = None
    closed: bool = False
    version: Version | None = None


class OrderVersionRequest(Asked):
    """Which version of an order was looked at."""

    version: Version


class AskedReceiptLine(Asked):
    """What arrived of one order line; below zero when goods went back."""

    order_id: str = Field(pattern=ANY_ID_PATTERN)
    line_no: LineNo
    quantity: str = Field(pattern=_SIGNED)


class GoodsReceiptRequest(Asked):
    """A delivery."""

    number: WantedCode
    received_on: Day
    lines: list[AskedReceiptLine] = Field(min_length=1, max_length=LINES_MAX)


class TaxCodeRequest(Asked):
    """A tax code of the books.

    ``in_use``: offered for new work; ``discount_corrects_tax``: a cash discount lowers the input tax by its share.
    """

    name: WantedText
    percent: Percent
    account_code: Code = ""
    in_use: bool = True
    discount_corrects_tax: bool = True


class CostCentreRequest(Asked):
    """A cost centre. ``owner``: login of who answers for it; ``in_use``: offered for new work."""

    name: WantedText
    owner: Code = ""
    in_use: bool = True


class KindPath(Asked):
    """What a table holds."""

    kind: Kind


class ImportPlanQuery(Asked):
    """The name of the file, for people; ``progress_id``: under which progress is told."""

    name: Annotated[str, Field(min_length=1, max_length=255, pattern=CLEAN_PATTERN)]
    progress_id: Annotated[str, Field(pattern=ANY_ID_PATTERN)]


class ImportApplyQuery(ImportPlanQuery):
    """``digest``: of the dry run that is to be done."""

    digest: str = Field(pattern=_SHA256)


class ColumnsPath(KindPath):
    """What a table holds, and the fingerprint of its headings."""

    fingerprint: str = Field(pattern=_SHA256)


class AskedColumn(Asked):
    """What one column means. ``place`` from 0; ``field``: empty when it means nothing here."""

    place: Annotated[int, Field(ge=0, le=COLUMNS_MAX)]
    field: Annotated[str, Field(max_length=40, pattern=r"^[a-z_]*$")]


class ColumnsRequest(Asked):
    """What the columns of tables with these headings mean."""

    columns: list[AskedColumn] = Field(min_length=1, max_length=COLUMNS_MAX)


class ProgressPath(Asked):
    """A running import."""

    progress_id: str = Field(pattern=ANY_ID_PATTERN)


class GivenPurchaseLine(Given):
    """One line with what was received and billed of it."""

    line_no: int
    text: str
    quantity: str
    price: str
    price_per: str
    amount: GivenAmount
    sku: str
    supplier_sku: str
    unit: str
    tax_code: str
    account_code: str
    cost_centre: str
    ways: MatchWays
    over_percent: str | None
    under_percent: str | None


class GivenPurchaseOrder(Given):
    """An order."""

    id: AnyId
    number: str
    supplier_id: AnyId
    ordered_on: str
    currency: str
    lines: list[GivenPurchaseLine]
    freight: GivenAmount
    closed: bool
    version: int


class GivenPurchaseOrders(Given):
    """Orders by number."""

    data: list[GivenPurchaseOrder]
    has_more: bool


class GivenGoodsReceiptLine(Given):
    """What arrived of one order line."""

    order_id: AnyId
    line_no: int
    quantity: str


class GivenGoodsReceipt(Given):
    """A delivery."""

    id: AnyId
    number: str
    supplier_id: AnyId
    received_on: str
    lines: list[GivenGoodsReceiptLine]


class GivenLineProgress(Given):
    """How far an order line is."""

    line_no: int
    received: str
    billed: str


class GivenPurchaseOrderWhole(GivenPurchaseOrder):
    """An order with its deliveries and how far each line is."""

    receipts: list[GivenGoodsReceipt]
    progress: list[GivenLineProgress]


class GivenTaxCode(Given):
    """A tax code."""

    code: str
    name: str
    percent: str
    account_code: str
    in_use: bool
    discount_corrects_tax: bool


class GivenTaxCodes(Given):
    """All tax codes by code."""

    data: list[GivenTaxCode]


class GivenCostCentre(Given):
    """A cost centre."""

    code: str
    name: str
    owner: str
    in_use: bool


class GivenCostCentres(Given):
    """All cost centres by code."""

    data: list[GivenCostCentre]


class GivenRowProblem(Given):
    """Why a row is refused."""

    field: str
    code: str
    message: str
    hint: str


class GivenRow(Given):
    """What becomes of one row. ``account``: bank details that would be asked for, country and last four only."""

    row: int
    key: str
    verdict: Verdict
    changes: dict[str, list[str]]
    account: str
    problems: list[GivenRowProblem]


class GivenImportPlan(Given):
    """What an import would do, or has done."""

    kind: ImportKind
    digest: str
    applied: bool
    new: int
    changed: int
    unchanged: int
    refused: int
    unknown_columns: list[str]
    rows: list[GivenRow]


class GivenColumn(Given):
    """One column with its first cells."""

    place: int
    heading: str
    field: str
    samples: list[str]


class GivenImportField(Given):
    """A field a column may hold."""

    name: str
    wanted: bool


class GivenColumns(Given):
    """The columns of a table as they would be taken."""

    kind: ImportKind
    fingerprint: str
    columns: list[GivenColumn]
    missing: list[str]
    fields: list[GivenImportField]


class GivenImportProgress(Given):
    """How far a running import is."""

    step: Literal["reading", "checking", "storing", "done", "unknown"]
    done: int
    total: int
