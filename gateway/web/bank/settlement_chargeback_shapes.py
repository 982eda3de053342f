"""Shapes of requests and answers about chargebacks and the cash view."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, WithJsonSchema

from gateway.domain.bank.acquirer_contract import ReasonFamily
from gateway.domain.bank.cash_position import HORIZON_DAYS_MAX, FlowKind
from gateway.domain.bank.chargeback import ChargebackState
from gateway.web.answer_shapes import AnyId, GivenAmount
from gateway.web.bank.settlement_shapes import ACQUIRER_PATTERN, DAY_PATTERN
from gateway.web.documents.document_shapes import ANY_ID_PATTERN
from gateway.web.free_text import Reason, Reference
from gateway.web.request_shapes import ID_PATTERN, AskedAmount

_OptionalDay = Annotated[str, Field(pattern=DAY_PATTERN)] | None
_Which = Annotated[Literal["open", "all"] | None, WithJsonSchema({"type": "string", "enum": ["open", "all"]})]


class _Asked(BaseModel):
    """Base of requests: known fields only, no silent conversion."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, hide_input_in_errors=True)


class _Given(BaseModel):
    """Base of answers."""

    model_config = ConfigDict(extra="forbid")


class ChargebacksQuery(_Asked):
    """Open ones, the next last day first; or all, the newest first."""

    which: _Which = None


class NewChargebackPath(_Asked):
    """A chargeback under an id of the client."""

    chargeback_id: str = Field(pattern=ID_PATTERN)


class ChargebackPath(_Asked):
    """A chargeback by its id."""

    chargeback_id: str = Field(pattern=ANY_ID_PATTERN)


class EvidencePath(_Asked):
    """A file of a chargeback."""

    chargeback_id: str = Field(pattern=ANY_ID_PATTERN)
    evidence_id: str = Field(pattern=ID_PATTERN)


class ChargebackRequest(_Asked):
    """One that came by letter or in a portal. Without ``respond_by`` the contract tells the last day."""

    acquirer: str = Field(pattern=ACQUIRER_PATTERN)
    reference: Reference
    amount: AskedAmount
    scheme: str = Field(default="", pattern=r"^[a-z]{0,32}$")
    reason_code: str = Field(default="", pattern=r"^[A-Za-z0-9.]{0,16}$")
    opened_on: str = Field(pattern=DAY_PATTERN)
    respond_by: _OptionalDay = None
    payment_id: Annotated[str, Field(pattern=ANY_ID_PATTERN)] | None = None
    note: Reason


class ChargebackStepRequest(_Asked):
    """What a person decides or learned. ``version``: as it was looked at."""

    step: Literal["answer", "accept", "win", "lose"]
    version: int = Field(ge=1, le=1_000_000)
    note: Reason


class ChargebackNoteRequest(_Asked):
    """Words for the journal."""

    note: Reason


class CashPositionQuery(_Asked):
    """How many days ahead."""

    days: int = Field(default=30, ge=1, le=HORIZON_DAYS_MAX, strict=False)


class GivenChargeback(_Given):
    """One chargeback. ``money_taken``, ``money_returned``: a report told so."""

    id: AnyId
    acquirer: str
    reference: str
    amount: GivenAmount
    scheme: str
    reason_code: str
    family: ReasonFamily
    state: ChargebackState
    opened_on: str
    respond_by: str
    opened_at: str
    opened_by: str
    payment_id: AnyId | None
    money_taken: bool
    money_returned: bool
    version: int


class GivenChargebacks(_Given):
    """Chargebacks."""

    data: list[GivenChargeback]


class GivenChargebackEvent(_Given):
    """One line of the journal."""

    sequence: int
    step: str
    state: ChargebackState
    actor: str
    note: str
    at: str


class GivenEvidence(_Given):
    """A file that proves the sale."""

    id: AnyId
    name: str
    sha256: str
    size: int
    added_by: str
    added_at: str


class GivenChargebackWhole(GivenChargeback):
    """A chargeback with its journal and files."""

    events: list[GivenChargebackEvent]
    evidence: list[GivenEvidence]


class GivenPosition(_Given):
    """One bank account. ``statement``: by the last statement and the lines since, None without one."""

    account: str
    statement: GivenAmount | None
    statement_on: str | None
    books: GivenAmount
    difference: GivenAmount | None


class GivenForecastDay(_Given):
    """The end of a day."""

    day: str
    coming: GivenAmount
    leaving: GivenAmount
    balance: GivenAmount


class GivenFlow(_Given):
    """What is expected on a day, below zero when it leaves."""

    day: str
    kind: FlowKind
    amount: GivenAmount
    count: int


class GivenForecast(_Given):
    """One currency. ``overdue``: should have moved before today; ``later``: after the last day."""

    currency: str
    start: GivenAmount
    overdue: GivenAmount
    later: GivenAmount
    days: list[GivenForecastDay]
    flows: list[GivenFlow]


class GivenAge(_Given):
    """Open items of a side by days since due; -1: not due."""

    side: str
    from_days: int
    amount: GivenAmount
    count: int


class GivenOpenLines(_Given):
    """Statement lines that are not explained."""

    account: str
    reason: str
    count: int
    incoming: GivenAmount
    outgoing: GivenAmount


class GivenCashPosition(_Given):
    """The cash view."""

    today: str
    positions: list[GivenPosition]
    forecasts: list[GivenForecast]
    ages: list[GivenAge]
    open_lines: list[GivenOpenLines]
