"""What a document is made of and what was captured from it; every value knows where it stands and how sure it is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle on a page, in the units of the page (PDF points, or pixels of the image), origin top left."""

    x0: float
    y0: float
    x1: float
    y1: float

    @property
    def width(self) -> float:
        """Extent from left to right, in the units of the page."""
        return self.x1 - self.x0

    @property
    def height(self) -> float:
        """Extent from top to bottom, in the units of the page."""
        return self.y1 - self.y0

    def union(self, other: Box) -> Box:
        """Return the smallest box around both."""
        return Box(min(self.x0, other.x0), min(self.y0, other.y0), max(self.x1, other.x1), max(self.y1, other.y1))


@dataclass(frozen=True, slots=True)
class Word:
    """One run of text as a reader gave it: a word of a text layer, or what an OCR engine read in one piece.

    ``confidence``: 0..1 of the reader, 1 for a text layer.
    """

    text: str
    box: Box
    confidence: float = 1.0


@dataclass(frozen=True, slots=True)
class Line:
    """Words that stand on one line, left to right; at least one."""

    words: tuple[Word, ...]

    @property
    def text(self) -> str:
        """The words with one blank between."""
        return " ".join(word.text for word in self.words)

    @property
    def box(self) -> Box:
        """The box around all words."""
        box = self.words[0].box
        for word in self.words[1:]:
            box = box.union(word.box)
        return box


class PageSource(StrEnum):
    """Where the words of a page come from."""

    TEXT_LAYER = "text_layer"
    RAPIDOCR = "rapidocr"
    TESSERACT = "tesseract"
    MIXED = "mixed"
    """A text layer, and OCR for the pictures of text on it."""
    PUBLISHED = "published"
    """Words given by the caller instead of read."""


class CodeKind(StrEnum):
    """What a machine-readable code on the page holds."""

    EPC = "epc"
    SWISS_QR_BILL = "swiss_qr_bill"
    ZATCA = "zatca"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Code:
    """A machine-readable code. ``text``: its content; ``box``: where it stands, None when not known."""

    kind: CodeKind
    text: str
    box: Box | None


@dataclass(frozen=True, slots=True)
class Page:
    """One page in reading order.

    ``number``: from 1, within the file; ``width``, ``height``: in the units of its boxes, > 0;
    ``turned``: degrees clockwise by which the picture was turned before reading (boxes are those of the turned page);
    ``straightened``: degrees clockwise by which it was turned after that, because it lay askew, -10..10.
    """

    number: int
    width: float
    height: float
    lines: tuple[Line, ...]
    source: PageSource
    codes: tuple[Code, ...] = ()
    turned: int = 0
    straightened: float = 0.0

    def words(self) -> Iterator[Word]:
        """All words in reading order."""
        for line in self.lines:
            yield from line.words


class FieldName(StrEnum):
    """Fields of a supplier document. Values are normalised; in brackets: how."""

    COMPANY = "company"
    """Name of the supplier, as printed on one line."""
    ADDRESS = "address"
    """Address of the supplier on one line."""
    VAT_ID = "vat_id"
    """Without blanks and points, upper case."""
    TAX_NUMBER = "tax_number"
    """National tax number that is no VAT id."""
    REGISTRATION_NUMBER = "registration_number"
    IBAN = "iban"
    """Without blanks, upper case."""
    BIC = "bic"
    BUYER = "buyer"
    INVOICE_NUMBER = "invoice_number"
    """As printed, outer blanks removed."""
    DATE = "date"
    """Date of issue (ISO 8601: YYYY-MM-DD, as every date)."""
    DELIVERY_DATE = "delivery_date"
    DUE_DATE = "due_date"
    TERMS = "terms"
    """The sentence of the payment terms."""
    DISCOUNT_RATE = "discount_rate"
    """Cash discount in per cent (decimal string)."""
    DISCOUNT_DATE = "discount_date"
    ORDER_REF = "order_ref"
    CURRENCY = "currency"
    """ISO 4217, three letters."""
    NET = "net"
    """Decimal string with a point, as every amount; negative with a leading minus."""
    TAX = "tax"
    TOTAL = "total"
    """With tax."""
    PREPAID = "prepaid"
    ROUNDING = "rounding"
    PAYABLE = "payable"
    """What is left to pay."""
    PAYMENT_REF = "payment_ref"


class DocumentType(StrEnum):
    """What kind of business document it is."""

    INVOICE = "invoice"
    CREDIT_NOTE = "credit_note"
    REMINDER = "reminder"
    RECEIPT = "receipt"
    STATEMENT = "statement"
    OTHER = "other"


class Mark(StrEnum):
    """What is to be done with a field."""

    ACCEPT = "accept"
    """Sure enough to go on without a look."""
    CHECK = "check"
    """A value with a doubt: a person looks at it."""
    MISSING = "missing"
    """No value was found."""


class Method(StrEnum):
    """How a value was found."""

    XML = "xml"
    CODE = "code"
    LABEL = "label"
    MODEL = "model"
    LAYOUT = "layout"
    PATTERN = "pattern"
    ARITHMETIC = "arithmetic"
    MEMORY = "memory"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a value stands. ``page``: from 1; ``box``: in the units of that page."""

    page: int
    box: Box


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a field is marked as it is: a code of its own and the values its sentence names."""

    code: str
    values: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CapturedField:
    """One value with its evidence.

    ``value``: normalised, empty only when missing; ``text``: as printed; ``places``: where, empty for a value of an
    XML or one that follows from others; ``confidence``: 0..1, calibrated: of ten values with 0.9, nine are right.
    """

    value: str
    text: str
    places: tuple[Place, ...]
    confidence: float
    mark: Mark
    method: Method
    reasons: tuple[Reason, ...] = ()


@dataclass(frozen=True, slots=True)
class CapturedLine:
    """One line of an invoice; a cell that was not found is None. ``rate``: per cent; ``amount``: net."""

    text: CapturedField | None = None
    quantity: CapturedField | None = None
    unit: CapturedField | None = None
    price: CapturedField | None = None
    rate: CapturedField | None = None
    amount: CapturedField | None = None


@dataclass(frozen=True, slots=True)
class CapturedTax:
    """One rate of the tax summary. ``rate``: per cent; ``base``, ``tax``: amounts."""

    rate: CapturedField | None
    base: CapturedField | None
    tax: CapturedField | None


@dataclass(frozen=True, slots=True)
class Check:
    """A sum that was recomputed, or a check digit.

    ``code``: which one, for example `net_plus_tax`; ``terms``: what was added or compared, as field name and value, in
    the order of the sentence; ``difference``: decimal string, "0.00" when it holds, empty for a check digit.
    """

    code: str
    holds: bool
    terms: tuple[tuple[str, str], ...]
    difference: str = ""


@dataclass(frozen=True, slots=True)
class Difference:
    """The e-invoice says one thing and the visible page another."""

    name: FieldName
    in_xml: str
    on_page: str
    places: tuple[Place, ...]


@dataclass(frozen=True, slots=True)
class RuleFailure:
    """A rule that a document breaks. ``rule``: its official id; ``text``: its sentence; ``where``: XPath or empty."""

    rule: str
    text: str
    where: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the official rules say of an e-invoice.

    ``valid``: None when it cannot be judged, then ``not_judged`` says why; ``judged_by``: the rules and their version.
    """

    valid: bool | None
    failed: tuple[RuleFailure, ...] = ()
    warnings: tuple[RuleFailure, ...] = ()
    not_judged: str = ""
    judged_by: str = ""


@dataclass(frozen=True, slots=True)
class CapturedInvoice:
    """One business document of a file.

    ``pages``: numbers of its pages, empty for XML alone; ``syntax``: `ubl`, `cii`, or empty when there is no XML;
    ``profile``: what the XML claims to follow; ``fields``: holds an entry for every name that was looked for, also
    the missing ones; ``memory_key``: which remembered supplier helped, empty when none; ``adjustments``: allowances
    (below zero) and charges of the whole document that an e-invoice states beside its lines: text, rate, amount.
    """

    document_type: DocumentType
    pages: tuple[int, ...]
    fields: Mapping[FieldName, CapturedField]
    lines: tuple[CapturedLine, ...] = ()
    taxes: tuple[CapturedTax, ...] = ()
    checks: tuple[Check, ...] = ()
    differences: tuple[Difference, ...] = ()
    verdict: Verdict | None = None
    syntax: str = ""
    profile: str = ""
    language: str = ""
    memory_key: str = ""
    adjustments: tuple[CapturedLine, ...] = ()


@dataclass(frozen=True, slots=True)
class EmbeddedFile:
    """A file inside the document, for example the XML of a hybrid invoice."""

    name: str
    data: bytes


@dataclass(frozen=True, slots=True)
class ReadDocument:
    """A file after reading, before any field is looked for.

    ``kind``: `pdf`, `tiff`, `jpeg`, `png`, `heic`, `xml` or `text`; ``xml``: the e-invoice in it, None without one.
    """

    kind: str
    pages: tuple[Page, ...]
    xml: EmbeddedFile | None = None
    attachments: tuple[EmbeddedFile, ...] = ()
    notes: tuple[Reason, ...] = ()


@dataclass(frozen=True, slots=True)
class CapturedFile:
    """All that was captured from one file. ``facts``: number, width, height and source of each page, for the screen."""

    kind: str
    invoices: tuple[CapturedInvoice, ...]
    facts: tuple[tuple[int, float, float, str], ...]
    notes: tuple[Reason, ...] = ()
