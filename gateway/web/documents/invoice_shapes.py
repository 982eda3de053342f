"""Shapes of requests and answers about captured invoices and the supplier memory."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, WithJsonSchema

from gateway.domain.documents.current_values import DoubtKind
from gateway.domain.documents.duplicates import Sign, Strength
from gateway.domain.documents.invoice import InvoiceState, InvoiceStep
from gateway.ports.document_store import INVOICES_PAGE_MAX
from gateway.services.documents.review_invoices import LINES_MAX, VALUE_MAX
from gateway.web.answer_shapes import AnyId
from gateway.web.documents.document_shapes import (
    ANY_ID_PATTERN,
    CLEAN_PATTERN,
    GivenDocument,
    GivenInvoiceRow,
    OptionalBefore,
)
from gateway.web.free_text import Reason
from gateway.web.request_shapes import ClientId
from invoice_capture.model import DocumentType, Mark, Method

_InvoiceState = Annotated[
    Annotated[InvoiceState, Field(strict=False)] | None,
    WithJsonSchema({"type": "string", "enum": [state.value for state in InvoiceState]}),
]
_Doubt = Annotated[Literal["true", "false"] | None, WithJsonSchema({"type": "string", "enum": ["true", "false"]})]
_Text = Annotated[
    Annotated[str, Field(min_length=1, max_length=100, pattern=CLEAN_PATTERN)] | None,
    WithJsonSchema({"type": "string", "minLength": 1, "maxLength": 100, "pattern": CLEAN_PATTERN}),
]
FieldKey = Annotated[str, Field(pattern=r"^[a-z_]{1,40}$")]
# Card numbers are not cut here as elsewhere: the number of an invoice may look like one, and must stay as printed.
FieldText = Annotated[str, Field(max_length=VALUE_MAX, pattern=CLEAN_PATTERN)]


class _Asked(BaseModel):
    """Base of requests: known fields only, no silent conversion."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, hide_input_in_errors=True)


class _Given(BaseModel):
    """Base of answers."""

    model_config = ConfigDict(extra="forbid")


class InvoicePath(_Asked):
    """An invoice by its id."""

    invoice_id: str = Field(pattern=ANY_ID_PATTERN)


class MemoryPath(_Asked):
    """An entry of the supplier memory by its id."""

    entry_id: str = Field(pattern=ANY_ID_PATTERN)


class InvoicesQuery(_Asked):
    """A page of invoices, newest first. ``q``: a part of supplier, number or VAT id."""

    state: _InvoiceState = None
    doubt: _Doubt = None
    q: _Text = None
    before: OptionalBefore = None
    limit: int = Field(default=25, ge=1, le=INVOICES_PAGE_MAX, strict=False)


class AskedRow(_Asked):
    """One line of an invoice; a cell left out is empty. ``rate``: percent; ``amount``: net."""

    text: FieldText = ""
    quantity: FieldText = ""
    unit: FieldText = ""
    price: FieldText = ""
    rate: FieldText = ""
    amount: FieldText = ""


class AskedTax(_Asked):
    """One rate of the tax summary. ``rate``: percent."""

    rate: FieldText = ""
    base: FieldText = ""
    tax: FieldText = ""


class CorrectionRequest(_Asked):
    """What a person says. The same ``id`` again is the same correction; a value said as it stands confirms it.

    ``fields``: by name, an empty text takes a value away; ``lines``, ``taxes``: all rows anew.
    """

    id: ClientId
    fields: dict[FieldKey, FieldText] = Field(default={}, max_length=40, examples=[{"invoice_number": "2026-0042"}])
    lines: list[AskedRow] | None = Field(default=None, max_length=LINES_MAX)
    taxes: list[AskedTax] | None = Field(default=None, max_length=20)


class AcceptRequest(_Asked):
    """The invoice is right. ``reason``: needed where something is in the way."""

    id: ClientId
    reason: Reason | None = None


class RejectRequest(_Asked):
    """The invoice is not to be paid."""

    id: ClientId
    reason: Reason


class GivenPlace(_Given):
    """Where a value stands. ``box``: left, top, right, bottom in the units of the page."""

    page: int
    box: list[float] = Field(min_length=4, max_length=4)


class GivenReason(_Given):
    """Why a field is in doubt."""

    code: str
    values: dict[str, str]


class GivenField(_Given):
    """One value with its evidence. ``captured``: what was read, where a person corrected or confirmed it."""

    value: str
    text: str
    places: list[GivenPlace]
    confidence: float = Field(ge=0, le=1)
    mark: Mark
    method: Method
    reasons: list[GivenReason]
    corrected_by: str | None = None
    corrected_at: str | None = None
    captured: str | None = None


class GivenCheck(_Given):
    """A sum recomputed from the values as they are now, or a check digit."""

    code: str
    holds: bool
    terms: list[list[str]]
    off: str


class GivenPageDifference(_Given):
    """The e-invoice says one thing and the page another."""

    name: str
    xml: str
    page: str
    places: list[GivenPlace]


class GivenRule(_Given):
    """A rule of the standard that is broken."""

    rule: str
    text: str
    where: str


class GivenVerdict(_Given):
    """What the official rules say; ``valid`` null: ``not_judged`` says why."""

    valid: bool | None
    failed: list[GivenRule]
    warnings: list[GivenRule]
    not_judged: str
    judged_by: str


class GivenPage(_Given):
    """A page of the document."""

    number: int
    width: float
    height: float
    source: str


class GivenDoubt(_Given):
    """A place to look at. ``blocks``: accepting needs a reason."""

    kind: DoubtKind
    name: str
    blocks: bool


class GivenDuplicate(_Given):
    """Another invoice, or another arrival of the same file, and what speaks for it."""

    other_id: AnyId
    strength: Strength
    sign: Sign
    values: dict[str, str]


class GivenChange(_Given):
    """One correction."""

    field: str
    before: str
    now: str


class GivenInvoiceEvent(_Given):
    """One line of the journal."""

    sequence: int
    step: InvoiceStep
    actor: str
    at: str
    reason: str
    changes: list[GivenChange]


class GivenInvoice(GivenInvoiceRow):
    """An invoice whole: values as they are now, each with its place and how sure it is.

    ``adjustments``: allowances (below zero) and charges of the whole document: text, rate, amount.
    """

    type: DocumentType
    document: GivenDocument
    position: int
    pages: list[int]
    document_pages: list[GivenPage]
    fields: dict[str, GivenField]
    lines: list[dict[str, GivenField]]
    taxes: list[dict[str, GivenField]]
    adjustments: list[dict[str, GivenField]]
    lines_corrected_by: str | None
    taxes_corrected_by: str | None
    checks: list[GivenCheck]
    differences: list[GivenPageDifference]
    verdict: GivenVerdict | None
    syntax: str
    profile: str
    language: str
    memory_key: str
    required: list[str]
    places_in_doubt: list[GivenDoubt]
    duplicates: list[GivenDuplicate]
    events: list[GivenInvoiceEvent]
    version: int


class GivenInvoices(_Given):
    """A page of invoices; ``counts``: by state, of all."""

    data: list[GivenInvoiceRow]
    counts: dict[str, int]
    has_more: bool
    next: AnyId | None


class GivenMemoryEvidence(_Given):
    """What taught an entry. ``invoice_id``: the accepted invoice."""

    invoice_id: str
    learned_on: str
    taught: list[str]


class GivenMemoryEntry(_Given):
    """What is remembered of one supplier."""

    id: AnyId
    names: list[str]
    addresses: list[str]
    keys: list[list[str]]
    values: dict[str, str]
    currency: str
    evidence: list[GivenMemoryEvidence]
    changed_at: str
    changed_by: str


class GivenMemoryChange(_Given):
    """One line of the memory's journal."""

    entry_id: AnyId
    kind: str
    invoice_id: AnyId | None
    actor: str
    at: str


class GivenMemory(_Given):
    """The supplier memory, and what was learned and forgotten last."""

    data: list[GivenMemoryEntry]
    changes: list[GivenMemoryChange]
