"""Shapes of requests and answers about shifts; see ``request_shapes`` and ``answer_shapes``."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, WithJsonSchema

from gateway.domain.shifts.day_report import ReportKind
from gateway.domain.shifts.shift import FactKind, ShiftState
from gateway.services.shifts.read_shifts import PAGE_MAX
from gateway.web.answer_shapes import AnyId, GivenAmount
from gateway.web.free_text import Name, Reason
from gateway.web.request_shapes import ID_PATTERN, AskedAmount, ClientId, DeviceName

PIECES_MAX = 40
"""Denominations of one count."""
FOREIGN_MAX = 20
"""Currencies of one count beside the shift's."""
_INSTANT = (
    r"^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]{1,6})?Z$"
)
_REGISTER = r"^[a-z][a-z0-9-]{0,31}$"

OptionalInstant = Annotated[
    Annotated[str, Field(pattern=_INSTANT)] | None, WithJsonSchema({"type": "string", "pattern": _INSTANT})
]
OptionalRegister = Annotated[
    Annotated[str, Field(pattern=_REGISTER)] | None, WithJsonSchema({"type": "string", "pattern": _REGISTER})
]


class _Asked(BaseModel):
    """Base of requests: known fields only, no silent conversion."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, hide_input_in_errors=True)


class _Given(BaseModel):
    """Base of answers."""

    model_config = ConfigDict(extra="forbid")


class AskedPiece(_Asked):
    """How many of one coin or note there are. ``value``: what one is worth, in the shift's currency."""

    value: str = Field(pattern=r"^(0|[1-9][0-9]{0,6})(\.[0-9]{1,3})?$", examples=["0.50"])
    number: int = Field(ge=0, le=100_000)


Pieces = Annotated[list[AskedPiece], Field(min_length=1, max_length=PIECES_MAX)]


class ShiftRequest(_Asked):
    """A shift to begin. The float as a sum, or counted by pieces."""

    id: ClientId
    register_id: DeviceName
    float_amount: AskedAmount | None = Field(default=None, alias="float")
    pieces: Pieces | None = None


class MovementRequest(_Asked):
    """Cash that comes into the drawer, leaves it, or goes to the safe."""

    id: ClientId
    kind: Literal["pay_in", "pay_out", "drop"]
    amount: AskedAmount
    reason: Reason


class CountRequest(_Asked):
    """What was counted, as a sum or by pieces. ``foreign``: sums of other currencies in the drawer."""

    id: ClientId
    counted: AskedAmount | None = None
    pieces: Pieces | None = None
    foreign: list[AskedAmount] = Field(default=[], max_length=FOREIGN_MAX)


class RecountRequest(CountRequest):
    """A manager's count of the same drawer."""

    reason: Reason


class HandoverRequest(CountRequest):
    """Somebody else takes the drawer over; a count is welcome and not needed."""

    to: Name


class ResumeRequest(_Asked):
    """The shift goes on after a count."""

    id: ClientId


class ClosingRequest(_Asked):
    """The end of a shift. ``left``: what stays in the drawer; the rest of the count goes to the safe."""

    id: ClientId
    left: AskedAmount


class ReviewRequest(_Asked):
    """A manager's word on the difference."""

    id: ClientId
    reason: Reason


class ReportPrintRequest(_Asked):
    """A report on paper. The same ``request_id`` again is the same print."""

    request_id: ClientId
    report: ReportKind = Field(strict=False)


class ShiftPath(_Asked):
    """A shift by its id."""

    shift_id: str = Field(pattern=ID_PATTERN)


class ShiftQuery(_Asked):
    """Which shifts; ``before``: opened earlier than this instant (UTC)."""

    register_id: OptionalRegister = None
    before: OptionalInstant = None
    limit: int = Field(default=25, ge=1, le=PAGE_MAX, strict=False)


class ReportQuery(_Asked):
    """Which report of the shift."""

    report: ReportKind = Field(default=ReportKind.Z, strict=False)


class GivenForeign(_Given):
    """Foreign cash of a count."""

    counted: GivenAmount
    expected: GivenAmount
    difference: GivenAmount


class GivenFact(_Given):
    """One thing that happened in the shift. ``expected``, ``difference``, ``foreign``: of counts, once stored."""

    id: AnyId
    sequence: int
    kind: FactKind
    amount: GivenAmount | None
    expected: GivenAmount | None
    difference: GivenAmount | None
    foreign: list[GivenForeign]
    reason: str
    actor: str
    recorded_at: str
    detail: dict[str, str]


class GivenShiftLinks(_Given):
    """Where to go on from a shift."""

    self: str
    x: str
    z: str


class GivenShift(_Given):
    """A shift. ``difference``: of the last count, else null; ``z_number``: of its report once it is closed."""

    id: AnyId
    register_id: str
    state: ShiftState
    cashier: str
    currency: str
    float: GivenAmount
    opened_at: str
    opened_by: str
    closed_at: str | None
    difference: GivenAmount | None
    needs_review: bool
    z_number: int | None
    facts: list[GivenFact]
    links: GivenShiftLinks


class GivenShiftRow(_Given):
    """A shift in a list."""

    id: AnyId
    register_id: str
    state: ShiftState
    cashier: str
    opened_at: str
    closed_at: str | None


class GivenShifts(_Given):
    """Shifts, those opened last first."""

    data: list[GivenShiftRow]


class GivenReport(_Given):
    """A report. ``digest``: SHA-256 of ``text``, which is the stored Z letter for letter; both null for an X."""

    kind: ReportKind
    number: int | None
    digest: str | None
    text: str | None
    report: dict[str, object]


class GivenReportPrint(_Given):
    """A report on its way to the printer."""

    id: AnyId
    printer_id: str
    state: str
