"""Shapes of requests and answers about reservations and ends of terminals' days; see ``answer_shapes``."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from gateway.domain.cards.held_comparison import HeldDifferenceKind
from gateway.domain.cards.payment import AttemptState, Evidence
from gateway.domain.cards.reservation import ReservationState
from gateway.domain.cards.terminal_day import DayState
from gateway.services.payments.read_reservations import PAGE_MAX
from gateway.services.payments.terminal_day import DAYS_MAX
from gateway.web.answer_shapes import AnyId, GivenAmount, GivenAttempt, GivenDelivery
from gateway.web.free_text import Reason, Reference
from gateway.web.request_shapes import AskedAmount, ClientId, DeviceName, OptionalId

_ANY_ID = r"^[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$"


class _Asked(BaseModel):
    """Base of requests: known fields only, no silent conversion."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, hide_input_in_errors=True)


class _Given(BaseModel):
    """Base of answers."""

    model_config = ConfigDict(extra="forbid")


class ReservationRequest(_Asked):
    """An amount to be held on a card. The terminal is named itself or by its register."""

    id: ClientId
    amount: AskedAmount
    register_id: DeviceName | None = None
    terminal_id: DeviceName | None = None
    reference: Reference | None = None


class CompletionRequest(_Asked):
    """A reservation is charged. ``id``: of the payment it becomes; without an amount all that is held."""

    id: ClientId
    amount: AskedAmount | None = None
    sale_id: ClientId | None = None
    reference: Reference | None = None


class ReleaseRequest(_Asked):
    """A reservation is let go. The same ``request_id`` again is the same try."""

    request_id: ClientId


class StepResolutionRequest(_Asked):
    """A person's decision over a step in doubt: whether the terminal did it."""

    done: bool
    reason: Reason


class WriteOffRequest(_Asked):
    """A person's word that a reservation is gone, with the proof."""

    reason: Reason


class EndOfDayRequest(_Asked):
    """The end of a terminal's day. ``register_id``: whose printer gets the receipt, else the terminal's own."""

    id: ClientId
    register_id: DeviceName | None = None


class DayResolutionRequest(_Asked):
    """A person's decision over an end of day in doubt, who has seen the terminal's own receipt."""

    closed: bool
    reason: Reason


class ReservationPath(_Asked):
    """A reservation by its id."""

    reservation_id: ClientId


class DayPath(_Asked):
    """An end of day by its id."""

    close_id: Annotated[str, Field(pattern=_ANY_ID)]


class DaysQuery(_Asked):
    """How many ends of day, newest first."""

    limit: int = Field(default=20, ge=1, le=DAYS_MAX, strict=False)


class ReservationPageQuery(_Asked):
    """A page of reservations, newest first."""

    limit: int = Field(default=25, ge=1, le=PAGE_MAX, strict=False)
    starting_after: OptionalId = None


class GivenReservationEvent(_Given):
    """One line of a reservation's journal."""

    sequence: int
    kind: str
    state: AttemptState
    words: str
    actor: str
    recorded_at: str


class GivenReservationLinks(_Given):
    """Where to go on from a reservation."""

    self: str
    complete: str
    release: str
    cancel: str


class GivenReservation(_Given):
    """A reservation. ``charged``: how much of it was; ``payments``: those that charge it or tried to."""

    id: AnyId
    register_id: str
    terminal_id: str
    state: ReservationState
    words: str
    amount: GivenAmount
    charged: GivenAmount | None
    reference: str | None
    created_at: str
    created_by: str
    trace_id: str
    payments: list[AnyId]
    made: GivenAttempt
    releases: list[GivenAttempt]
    write_off: str | None
    events: list[GivenReservationEvent]
    deliveries: list[GivenDelivery]
    links: GivenReservationLinks


class GivenReservationPage(_Given):
    """A page of reservations, newest first, without journal and deliveries; ``next`` is the cursor of the next."""

    data: list[GivenReservation]
    has_more: bool
    next: str | None


class GivenHeldDifference(_Given):
    """What only one side knows of. ``receipt_no``: as the terminal names it; ``reservation_id``: of our books."""

    kind: HeldDifferenceKind
    receipt_no: int | None
    reservation_id: AnyId | None
    amount: GivenAmount | None


class GivenHeld(_Given):
    """What a terminal and our books hold. A silent terminal leaves a reason, and nothing is compared."""

    terminal_id: str
    asked_at: str
    reason_code: str | None
    reason: str | None
    there: int
    here: int
    differences: list[GivenHeldDifference]


class GivenBrand(_Given):
    """Count and sum of one card brand, as the terminal told it; the sum may be below zero."""

    brand: str
    count: int
    sum: GivenAmount


class GivenDay(_Given):
    """The end of a terminal's day. Without figures the terminal named none, or nobody heard them."""

    id: AnyId
    terminal_id: str
    register_id: str
    state: DayState
    words: str
    business_date: str
    scheduled: bool
    created_at: str
    created_by: str
    ended_at: str | None
    reason_code: str | None
    reason: str | None
    evidence: Evidence | None
    sum: GivenAmount | None
    brands: list[GivenBrand]
    first_receipt_no: int | None
    last_receipt_no: int | None
    receipt: list[str]


class GivenDays(_Given):
    """Ends of day of a terminal, newest first."""

    data: list[GivenDay]
