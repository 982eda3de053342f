"""Shapes of what ERPs send and fetch."""

from typing import Annotated, Any, Literal

from pydantic import Field, WithJsonSchema

from gateway.domain.erp.binding import ERP_ID_MAX, REVISION_MAX, VERSION_MAX, MasterKind
from gateway.domain.erp.documents import DocumentKind
from gateway.domain.erp.posting import PostingState
from gateway.domain.payables.order_wish import LINES_MAX
from gateway.domain.payables.payable import PayableState
from gateway.ports.change_store import CHANGES_PAGE_MAX
from gateway.ports.erp_store import POSTINGS_PAGE_MAX
from gateway.services.erp.take_approval import Verdict
from gateway.services.erp.take_record import BATCH_MAX
from gateway.web.answer_shapes import AnyId, GivenFault
from gateway.web.documents.document_shapes import ANY_ID_PATTERN, CLEAN_PATTERN
from gateway.web.free_text import Reason
from gateway.web.payables.order_shapes import AskedPurchaseLine, Day, LineNo
from gateway.web.payables.supplier_shapes import (
    Asked,
    AskedSupplierAddress,
    AskedTerms,
    Code,
    Given,
    WantedCode,
    WantedText,
)
from gateway.web.request_shapes import AskedAmount, CurrencyCode

_SIGNED = r"^-?(0|[1-9][0-9]{0,11})(\.[0-9]{1,6})?$"
_WORD = r"^[A-Za-z0-9][A-Za-z0-9._-]*$"
_SEQUENCE_MAX = 10**15 - 1

ErpId = Annotated[str, Field(min_length=1, max_length=ERP_ID_MAX, pattern=r"^[A-Za-z0-9][A-Za-z0-9._:~-]*$")]
AccountName = Annotated[str, Field(min_length=1, max_length=64, pattern=_WORD, description="the ERP, by its account")]
_Kind = Annotated[
    Annotated[DocumentKind, Field(strict=False)] | None,
    WithJsonSchema({"type": "string", "enum": [kind.value for kind in DocumentKind]}),
]


class ErpIdPath(Asked):
    """A record by the ERP's own id."""

    erp_id: ErpId


class AccountQuery(Asked):
    """Which ERP is calling."""

    account: AccountName


class _Versioned(Asked):
    """``version``: the ERP's word for it; ``revision``: grows with each change, such as milliseconds since 1970."""

    version: Annotated[str, Field(min_length=1, max_length=VERSION_MAX, pattern=CLEAN_PATTERN)]
    revision: Annotated[int, Field(ge=0, le=REVISION_MAX)]


class ErpVendorRequest(_Versioned):
    """A supplier. What is left out stays; ``ibans`` are asked for, and a second person confirms them."""

    number: WantedCode
    name: WantedText
    currency: CurrencyCode | None = None
    address: AskedSupplierAddress | None = None
    other_names: list[WantedText] | None = Field(default=None, max_length=20)
    vat_ids: list[WantedCode] | None = Field(default=None, max_length=20)
    registration_id: Code | None = None
    language: str | None = Field(default=None, pattern=r"^[a-z]{2}$")
    remittance_email: str | None = Field(default=None, max_length=320, pattern=r"^\S*$")
    terms: AskedTerms | None = None
    blocked: bool | None = None
    ibans: list[Annotated[str, Field(min_length=5, max_length=42, pattern=r"^[A-Z0-9 ]+$")]] = Field(
        default=[], max_length=10
    )


class ErpOrderRequest(_Versioned):
    """An order with all its lines, in place of what it was."""

    number: WantedCode
    vendor_erp_id: ErpId
    ordered_on: Day
    currency: CurrencyCode
    lines: list[AskedPurchaseLine] = Field(min_length=1, max_length=LINES_MAX)
    freight: AskedAmount | None = None
    closed: bool = False


class AskedErpReceiptLine(Asked):
    """What arrived of one order line; below zero when goods went back."""

    order_erp_id: ErpId
    line_no: LineNo
    quantity: str = Field(pattern=_SIGNED)


class ErpReceiptRequest(_Versioned):
    """A delivery; it is never changed: goods that went back are another one."""

    number: WantedCode
    received_on: Day
    lines: list[AskedErpReceiptLine] = Field(min_length=1, max_length=LINES_MAX)


class AskedErpVendor(ErpVendorRequest):
    """A supplier of a batch."""

    erp_id: ErpId


class AskedErpOrder(ErpOrderRequest):
    """An order of a batch."""

    erp_id: ErpId


class AskedErpReceipt(ErpReceiptRequest):
    """A delivery of a batch."""

    erp_id: ErpId


class ErpVendorsRequest(Asked):
    """Suppliers, taken one after the other."""

    items: list[AskedErpVendor] = Field(min_length=1, max_length=BATCH_MAX)


class ErpOrdersRequest(Asked):
    """Orders, taken one after the other."""

    items: list[AskedErpOrder] = Field(min_length=1, max_length=BATCH_MAX)


class ErpReceiptsRequest(Asked):
    """Deliveries, taken one after the other."""

    items: list[AskedErpReceipt] = Field(min_length=1, max_length=BATCH_MAX)


class ErpDocumentsQuery(AccountQuery):
    """Which documents. ``after``: the ``next`` of the page before."""

    kind: _Kind = None
    after: Annotated[int, Field(ge=0, le=_SEQUENCE_MAX, strict=False)] = 0
    limit: Annotated[int, Field(ge=1, le=POSTINGS_PAGE_MAX, strict=False)] = 100


class ErpChangesQuery(Asked):
    """Changes behind a sequence. ``after``: ``next`` of the page before; left out: from the oldest that is kept."""

    after: Annotated[
        Annotated[int, Field(ge=0, le=_SEQUENCE_MAX, strict=False)] | None,
        WithJsonSchema({"type": "integer", "minimum": 0, "maximum": _SEQUENCE_MAX}),
    ] = None
    limit: Annotated[int, Field(ge=1, le=CHANGES_PAGE_MAX, strict=False)] = 100


class ErpDocumentPath(Asked):
    """A document by its key."""

    key: Annotated[str, Field(min_length=1, max_length=64, pattern=_WORD)]


class ErpFilePath(ErpDocumentPath):
    """A file of a document by its hash."""

    file_hash: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$", description="SHA-256")]


class ErpAcknowledgeRequest(Asked):
    """As what the ERP has stored a document; ``number``: as its people see it."""

    erp_id: Annotated[str, Field(min_length=1, max_length=ERP_ID_MAX, pattern=CLEAN_PATTERN)]
    number: Annotated[str, Field(max_length=ERP_ID_MAX, pattern=CLEAN_PATTERN)] = ""


class ErpApprovalRequest(Asked):
    """What the ERP's workflow decided about an invoice, by ``payable_id`` or by the bill it was told.

    ``id``: the ERP's own, the same for every try; ``user``: who decided there; ``digest``: of the content that was
    decided on, needed with ``payable_id``; ``reason``: needed to reject.
    """

    id: Annotated[str, Field(min_length=1, max_length=ERP_ID_MAX, pattern=CLEAN_PATTERN)]
    verdict: Annotated[
        Annotated[Verdict, Field(strict=False)],
        WithJsonSchema({"type": "string", "enum": [one.value for one in Verdict]}),
    ]
    user: Annotated[str, Field(min_length=1, max_length=ERP_ID_MAX, pattern=CLEAN_PATTERN)]
    payable_id: Annotated[str, Field(pattern=ANY_ID_PATTERN)] | None = None
    document_key: Annotated[str, Field(min_length=1, max_length=64, pattern=_WORD)] | None = None
    digest: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")] | None = None
    reason: Reason | None = None


class GivenErpApproval(Given):
    """What became of a decision.

    ``counted``: False when it turned out to be a suspect and was stopped; ``missing``: approvals it still lacks.
    """

    payable_id: AnyId
    state: PayableState
    counted: bool
    missing: int


class GivenErpRecord(Given):
    """Where a record of an ERP is kept. ``id``: ours, of the supplier, order or delivery."""

    account: str
    kind: MasterKind
    erp_id: str
    id: AnyId
    version: str
    revision: int | None


class GivenErpProblem(Given):
    """Why one of a batch was refused, as in a problem document."""

    code: str
    detail: str
    hint: str
    errors: list[GivenFault]


class GivenErpResult(Given):
    """What became of one of a batch: its ``record``, or the ``problem``."""

    erp_id: str
    result: Literal["accepted", "refused"]
    record: GivenErpRecord | None
    problem: GivenErpProblem | None


class GivenErpResults(Given):
    """What became of each, in the order they were sent."""

    results: list[GivenErpResult]


class GivenErpDocument(Given):
    """A document for the ERP. ``document``: by its kind; amounts in minor units, days and decimals as text."""

    key: str
    kind: DocumentKind
    sequence: int
    state: PostingState
    trace_id: str
    created_at: str
    acknowledged_at: str | None
    erp_id: str
    number: str
    document: dict[str, Any]


class GivenErpDocuments(Given):
    """One page. ``next``: ask for what comes after it; the same as before when there was nothing."""

    data: list[GivenErpDocument]
    next: int
    has_more: bool


class GivenErpChange(Given):
    """One thing that happened. ``subject``: its path, where there is more; ``trace_id``: empty where it has none."""

    sequence: int
    id: str
    kind: str
    subject: str
    trace_id: str
    at: str


class GivenErpChanges(Given):
    """One page. ``next``: ask for what comes after it; the same as before when there was nothing."""

    data: list[GivenErpChange]
    next: int
    has_more: bool
