"""Shapes of requests and answers about contracts with acquirers, payouts and what differs."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, WithJsonSchema

from gateway.domain.bank.acquirer_contract import DEADLINES_MAX, FEE_BP_MAX, FEES_MAX
from gateway.domain.bank.payout import EntryKind, FindingKind, PayoutState
from gateway.services.bank.settle_payouts import NAME_MAX
from gateway.web.answer_shapes import AnyId, GivenAmount
from gateway.web.documents.document_shapes import ANY_ID_PATTERN, CLEAN_PATTERN, OptionalBefore
from gateway.web.free_text import Name, Reason
from gateway.web.request_shapes import CurrencyCode, DeviceName

ACQUIRER_PATTERN = r"^[a-z][a-z0-9-]{0,31}$"
DAY_PATTERN = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"
_OptionalAcquirer = Annotated[
    Annotated[str, Field(pattern=ACQUIRER_PATTERN)] | None,
    WithJsonSchema({"type": "string", "pattern": ACQUIRER_PATTERN}),
]
_Word = Annotated[str, Field(pattern=r"^[a-z]{0,32}$")]
_Minor = Annotated[int, Field(ge=0, le=100_000_000)]
_Days = Annotated[int, Field(ge=0, le=365)]


class _Asked(BaseModel):
    """Base of requests: known fields only, no silent conversion."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, hide_input_in_errors=True)


class _Given(BaseModel):
    """Base of answers."""

    model_config = ConfigDict(extra="forbid")


class AcquirerContractPath(_Asked):
    """A contract by the key of its acquirer."""

    acquirer: str = Field(pattern=ACQUIRER_PATTERN)


class AskedFee(_Asked):
    """A fee: ``bp`` hundredths of a percent and ``fixed`` minor units of a sale; empty brand or kind: any."""

    brand: _Word = ""
    kind: _Word = ""
    bp: int = Field(ge=0, le=FEE_BP_MAX)
    fixed: _Minor = 0


class AskedDeadline(_Asked):
    """Days to answer a chargeback; empty scheme or family: any."""

    scheme: _Word = ""
    family: _Word = ""
    days: int = Field(ge=1, le=365)


class AcquirerContractRequest(_Asked):
    """A new version. ``after``: the version it replaces, 0 for the first; amounts in minor units of the currency."""

    after: int = Field(ge=0, le=100_000)
    valid_from: str = Field(pattern=DAY_PATTERN)
    name: Name
    currency: CurrencyCode
    fees: list[AskedFee] = Field(max_length=FEES_MAX)
    rents: list[_Minor] = Field(default=[], max_length=20)
    refund_fee: _Minor = 0
    chargeback_fee: _Minor = 0
    payout_days: _Days = 2
    reserve_bp: int = Field(default=0, ge=0, le=10_000)
    statement_names: list[Name] = Field(default=[], max_length=20)
    terminals: list[DeviceName] = Field(default=[], max_length=200)
    report_accounts: list[Name] = Field(default=[], max_length=50)
    deadlines: list[AskedDeadline] = Field(default=[], max_length=DEADLINES_MAX)
    respond_days: int = Field(default=14, ge=1, le=365)


class AcquirerReportQuery(_Asked):
    """The name of the file, for people; the acquirer where the report does not tell it."""

    name: str = Field(min_length=1, max_length=NAME_MAX, pattern=CLEAN_PATTERN)
    acquirer: _OptionalAcquirer = None


class ReportDescriptionRequest(_Asked):
    """How the reports of an acquirer are read: TOML as in docs/statements.md."""

    description: str = Field(min_length=1, max_length=20_000, pattern=r"^[^\x00]*$")


class PayoutsQuery(_Asked):
    """A page of payouts, the last reported first."""

    before: OptionalBefore = None
    limit: int = Field(default=50, ge=1, le=200, strict=False)


class PayoutPath(_Asked):
    """A payout by its id."""

    payout_id: str = Field(pattern=ANY_ID_PATTERN)


class PayoutEntryPath(_Asked):
    """A record by its id."""

    entry_id: str = Field(pattern=ANY_ID_PATTERN)


class SettlementTaskPath(_Asked):
    """A task by its id."""

    task_id: str = Field(pattern=ANY_ID_PATTERN)


class CloseSettlementTaskRequest(_Asked):
    """Close a task with words."""

    reason: Reason


class AssignRequest(_Asked):
    """Which of our bookings a record is about."""

    attempt_id: str = Field(pattern=ANY_ID_PATTERN)


class GivenFee(_Given):
    """A fee of a contract."""

    brand: str
    kind: str
    bp: int
    fixed: int


class GivenDeadline(_Given):
    """Days to answer a chargeback."""

    scheme: str
    family: str
    days: int


class GivenAcquirerContract(_Given):
    """One version of a contract; amounts in minor units of its currency."""

    acquirer: str
    version: int
    valid_from: str
    name: str
    currency: str
    fees: list[GivenFee]
    rents: list[int]
    refund_fee: int
    chargeback_fee: int
    payout_days: int
    reserve_bp: int
    statement_names: list[str]
    terminals: list[str]
    report_accounts: list[str]
    deadlines: list[GivenDeadline]
    respond_days: int
    made_by: str
    made_at: str


class GivenAcquirerContracts(_Given):
    """Every version, by acquirer, the newest first."""

    data: list[GivenAcquirerContract]


class GivenPayoutSums(_Given):
    """What a payout is made of, signed; ``difference``: what was paid out less what the parts come to."""

    sales: GivenAmount
    refunds: GivenAmount
    chargebacks: GivenAmount
    fees: GivenAmount
    reserve: GivenAmount
    adjustments: GivenAmount
    paid: GivenAmount
    difference: GivenAmount


class GivenPayout(_Given):
    """One payout. ``arrived``: the amount of the bank line, None until it is there."""

    id: AnyId
    acquirer: str
    batch: str
    account: str
    format: str
    state: PayoutState
    contract_version: int | None
    first_day: str | None
    last_day: str | None
    paid_on: str | None
    sums: GivenPayoutSums
    entries: int
    reported_at: str
    reported_by: str
    arrived: GivenAmount | None
    arrived_on: str | None
    bank_line_id: AnyId | None


class GivenReportDescription(_Given):
    """How the reports of an acquirer are read."""

    acquirer: str
    description: str


class GivenPayouts(_Given):
    """Payouts, the last reported first. ``next``: id to go on with, None at the end."""

    data: list[GivenPayout]
    next: AnyId | None


class GivenPayoutEntry(_Given):
    """One record. ``gross + fee + rest = net``; ``payment_id``: of the booking it is about."""

    id: AnyId
    number: int
    kind: EntryKind
    booked_on: str | None
    gross: GivenAmount
    fee: GivenAmount
    rest: GivenAmount
    net: GivenAmount
    original: GivenAmount | None
    brand: str
    card_kind: str
    references: list[str]
    reason_code: str
    words: str
    position: str
    attempt_id: AnyId | None
    payment_id: AnyId | None
    terminal_id: str
    matched_by: str


class GivenSettlementTask(_Given):
    """Something to look into. ``figures``: what was expected and what was found."""

    id: AnyId
    kind: FindingKind
    acquirer: str
    figures: dict[str, str]
    payout_id: AnyId | None
    chargeback_id: AnyId | None
    opened_at: str
    closed_at: str | None
    closed_by: str
    note: str


class GivenSettlementTasks(_Given):
    """What waits, newest first."""

    data: list[GivenSettlementTask]


class GivenPayoutWhole(GivenPayout):
    """One payout with its records and its tasks, closed ones too."""

    records: list[GivenPayoutEntry]
    tasks: list[GivenSettlementTask]


class GivenAcquirerReport(_Given):
    """What became of a report. ``repeated``: the same content was here before; nothing was done."""

    id: AnyId
    acquirer: str
    name: str
    sha256: str
    entries: int
    new_entries: int
    imported_at: str
    repeated: bool
    payouts: list[GivenPayout]


class GivenBooking(_Given):
    """A card booking of ours that a record may be about."""

    attempt_id: AnyId
    payment_id: AnyId
    terminal_id: str
    day: str
    amount: GivenAmount
    brand: str
    last4: str


class GivenBookings(_Given):
    """Bookings, those with the amount of the record first."""

    data: list[GivenBooking]
