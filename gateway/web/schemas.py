"""Shapes of requests and answers of the API: pydantic models, which the API description is made from.

A request that does not have its shape is refused with 400 before any use case runs; what only a use case can judge
(sums, ids in use, states) is refused by it.
"""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from gateway.domain.access import API_KEY_SCOPES, Permission, Role
from gateway.domain.payment import AttemptState, Evidence
from gateway.domain.receipt import ReceiptCopy
from gateway.domain.sale import LINES_MAX
from gateway.services.manage_api_keys import DAYS_MAX
from gateway.services.read_payments import PAGE_MAX
from gateway.web.free_text import LineText, Name, Reason, Reference

ID_PATTERN = r"^[0-9a-f]{8}-[0-9a-f]{4}-[47][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$"
_UUID_PATTERN = r"^[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$"
KEY_PATTERN = r"^[A-Za-z0-9._:-]{1,128}$"
_AMOUNT_PATTERN = r"^-?(0|[1-9][0-9]{0,12})(\.[0-9]{1,4})?$"
_POSITIVE_PATTERN = r"^(0|[1-9][0-9]{0,11})(\.[0-9]{1,4})?$"
_QUANTITY_PATTERN = r"^-?(0|[1-9][0-9]{0,5})(\.[0-9]{1,3})?$"

ClientId = Annotated[str, Field(pattern=ID_PATTERN, description="UUID of version 7 (or 4), made by the client")]
AnyId = Annotated[str, Field(pattern=_UUID_PATTERN)]
DeviceName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,31}$")]
CurrencyCode = Annotated[str, Field(pattern=r"^[A-Z]{3}$", description="ISO 4217")]

AskedRole = Annotated[Role, Field(strict=False)]
AskedScope = Annotated[Permission, Field(strict=False, json_schema_extra={"enum": sorted(API_KEY_SCOPES)})]


class _Asked(BaseModel):
    """Base of requests: known fields only, no silent conversion."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, hide_input_in_errors=True)


class _Given(BaseModel):
    """Base of answers."""

    model_config = ConfigDict(extra="forbid")


class AskedAmount(_Asked):
    """An amount above or equal to zero."""

    amount: str = Field(pattern=_POSITIVE_PATTERN, description="plain decimal", examples=["12.34"])
    currency: CurrencyCode


class AskedLineAmount(_Asked):
    """An amount of a line, negative for what is taken off."""

    amount: str = Field(pattern=_AMOUNT_PATTERN, examples=["2.50"])
    currency: CurrencyCode


class AskedLine(_Asked):
    """One line of a sale. ``amount`` is quantity times unit price, rounded half up to the minor unit."""

    text: LineText
    quantity: str = Field(pattern=_QUANTITY_PATTERN, examples=["2"])
    unit_price: AskedLineAmount
    amount: AskedLineAmount


class PaymentRequest(_Asked):
    """A card payment. The terminal is named itself or by its register."""

    id: ClientId
    amount: AskedAmount
    register_id: DeviceName | None = None
    terminal_id: DeviceName | None = None
    sale_id: ClientId | None = None
    reference: Reference | None = None
    lines: list[AskedLine] = Field(default=[], max_length=LINES_MAX)


class AttemptRequest(_Asked):
    """A further try. The same ``request_id`` again is the same try."""

    request_id: ClientId


class ResolutionRequest(_Asked):
    """A person's decision over a payment in doubt."""

    paid: bool
    reason: Reason


class ReceiptRequest(_Asked):
    """A copy on paper. The same ``request_id`` again is the same copy."""

    request_id: ClientId
    copy_for: ReceiptCopy = Field(alias="copy", strict=False)


class PersonRequest(_Asked):
    """A new colleague."""

    login: str = Field(pattern=r"^[a-z0-9][a-z0-9._-]{0,63}$")
    name: Name
    role: AskedRole
    pin: str | None = Field(default=None, pattern=r"^[0-9]{4,8}$")


class PersonChangeRequest(_Asked):
    """What changes of a person; what is left out stays."""

    name: Name | None = None
    role: AskedRole | None = None
    disabled: bool | None = None


class PinRequest(_Asked):
    """One's own PIN, with the password as proof."""

    password: str = Field(min_length=1, max_length=256)
    pin: str = Field(pattern=r"^[0-9]{4,8}$")


class KeyRequest(_Asked):
    """A new API key. ``terminals``: limits it to these; left out, it may use all of the store."""

    name: Name
    scopes: list[AskedScope] = Field(min_length=1, max_length=len(API_KEY_SCOPES))
    terminals: list[DeviceName] | None = Field(default=None, min_length=1, max_length=50)
    days: int = Field(default=90, ge=1, le=DAYS_MAX)


class IdempotencyHeader(BaseModel):
    """Key of the request; the payment id when left out."""

    idempotency_key: str | None = Field(default=None, alias="Idempotency-Key", pattern=KEY_PATTERN)


class ResumeHeader(BaseModel):
    """Where an interrupted stream goes on."""

    last_event_id: str | None = Field(default=None, alias="Last-Event-ID", pattern=r"^[0-9]{1,9}$")


class PaymentPath(_Asked):
    """A payment by its id."""

    payment_id: str = Field(pattern=ID_PATTERN)


class PersonPath(_Asked):
    """A person by id."""

    person_id: str = Field(pattern=ID_PATTERN)


class KeyPath(_Asked):
    """An API key by id."""

    key_id: str = Field(pattern=ID_PATTERN)


class PageQuery(_Asked):
    """A page of a list, newest first."""

    limit: int = Field(default=25, ge=1, le=PAGE_MAX, strict=False)
    starting_after: str | None = Field(default=None, pattern=ID_PATTERN)


class TransferQuery(_Asked):
    """Which transfers."""

    payment_id: str | None = Field(default=None, pattern=ID_PATTERN)
    limit: int = Field(default=100, ge=1, le=1000, strict=False)


class CopyQuery(_Asked):
    """For whom the receipt is."""

    copy_for: ReceiptCopy = Field(default=ReceiptCopy.CUSTOMER, alias="copy", strict=False)


class GivenAmount(_Given):
    """An amount as a plain decimal with all places of its currency."""

    amount: str
    currency: str


class GivenLine(_Given):
    """One line of the sale."""

    text: str
    quantity: str
    unit_price: GivenAmount
    amount: GivenAmount


class GivenNumbers(_Given):
    """The terminal's running numbers."""

    receipt_no: int | None
    trace_no: int | None
    turnover_no: int | None


class GivenCard(_Given):
    """The card as far as the caller may see it: last four digits, with the right also the first six."""

    name: str | None
    number: str | None


class GivenAttempt(_Given):
    """One try with the terminal."""

    id: AnyId
    number: int
    state: AttemptState
    sent_at: str
    concluded_at: str | None
    cancel_requested_at: str | None
    terminal_blocked: bool
    evidence: Evidence | None
    reason_code: str | None
    reason: str | None
    decided_by: str | None
    result_code: str | None
    terminal_amount: GivenAmount | None
    numbers: GivenNumbers
    authorisation: str | None
    acquirer_terminal_id: str | None
    card: GivenCard | None


class GivenEvent(_Given):
    """One line of the journal."""

    sequence: int
    kind: str
    state: AttemptState
    words: str
    actor: str
    recorded_at: str


class GivenDelivery(_Given):
    """Where a receipt stands."""

    id: AnyId
    target: str
    copy_for: str = Field(alias="copy")
    duplicate: bool
    state: Literal["ready", "started", "done", "unsure", "dead"]
    note: str | None
    tries: int


class GivenPaymentLinks(_Given):
    """Where to go on from a payment."""

    self: str
    events: str
    cancel: str
    attempts: str
    receipts: str


class GivenPayment(_Given):
    """A payment. ``state`` is that of its last attempt; ``words`` say what it means and what to do."""

    id: AnyId
    sale_id: AnyId
    register_id: str
    terminal_id: str
    state: AttemptState
    words: str
    amount: GivenAmount
    reference: str | None
    created_at: str
    created_by: str
    trace_id: str
    lines: list[GivenLine]
    attempts: list[GivenAttempt]
    events: list[GivenEvent]
    deliveries: list[GivenDelivery]
    links: GivenPaymentLinks


class GivenPaymentPage(_Given):
    """A page of payments, newest first, without journal and deliveries; ``next`` is the cursor of the next page."""

    data: list[GivenPayment]
    has_more: bool
    next: str | None


class GivenDevice(_Given):
    """A terminal or printer and how it is, in words."""

    id: str
    kind: str
    name: str
    ready: bool
    words: str


class GivenDevices(_Given):
    """The devices of the store."""

    data: list[GivenDevice]


class GivenBalance(_Given):
    """Sums of one account in one currency."""

    account: str
    currency: str
    debits_posted: GivenAmount
    credits_posted: GivenAmount
    debits_pending: GivenAmount
    credits_pending: GivenAmount


class GivenBalances(_Given):
    """All balances; ``balanced``: posted debits equal posted credits in every currency."""

    data: list[GivenBalance]
    balanced: bool


class GivenTransfer(_Given):
    """One entry of the ledger."""

    id: AnyId
    kind: Literal["pending", "post", "void"]
    debit_account: str
    credit_account: str
    amount: GivenAmount
    pending_id: AnyId | None
    cause_id: AnyId
    trace_id: str
    recorded_at: str


class GivenTransfers(_Given):
    """Entries of the ledger, oldest first."""

    data: list[GivenTransfer]


class GivenPerson(_Given):
    """A person without secrets."""

    id: AnyId
    login: str
    name: str
    role: Role
    disabled: bool
    demo: bool
    has_pin: bool
    must_change_password: bool
    created_at: str


class GivenPeople(_Given):
    """The people of the store."""

    data: list[GivenPerson]


class GivenNewPerson(_Given):
    """A person with the one-time password, shown this once."""

    person: GivenPerson
    one_time_password: str


class GivenSecret(_Given):
    """A one-time password, shown this once."""

    one_time_password: str


class GivenMe(_Given):
    """Who is calling and what they may do."""

    id: AnyId
    name: str
    kind: Literal["person", "api_key"]
    role: Role | None
    store_id: str
    permissions: list[str]


class GivenKey(_Given):
    """An API key without its secret."""

    id: AnyId
    name: str
    prefix: str
    scopes: list[str]
    terminals: list[str] | None
    created_at: str
    created_by: str
    expires_at: str
    revoked_at: str | None
    used_at: str | None


class GivenKeys(_Given):
    """The keys of the store."""

    data: list[GivenKey]


class GivenNewKey(_Given):
    """A key with its token, shown this once."""

    key: GivenKey
    token: str


class GivenFault(_Given):
    """One wrong place of a request."""

    pointer: str
    detail: str


class ProblemDocument(_Given):
    """RFC 9457. ``code`` is stable; ``hint`` says what to do; ``trace_id`` finds the request in the log."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    hint: str
    trace_id: str
    errors: list[GivenFault] | None = None
