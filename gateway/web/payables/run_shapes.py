"""Shapes of requests and answers about payment runs and the jobs of each business date."""

from typing import Annotated

from pydantic import Field, WithJsonSchema

from gateway.domain.payables.payment_order import FileState, Instrument, OrderState, RunState
from gateway.ports.payment_run_store import RUNS_PAGE_MAX
from gateway.web.answer_shapes import AnyId, GivenAmount
from gateway.web.documents.document_shapes import ANY_ID_PATTERN
from gateway.web.free_text import Reason
from gateway.web.payables.supplier_shapes import Asked, Given
from gateway.web.request_shapes import AskedAmount, ClientId

_DAY = r"^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$"
_ANY_ID = Annotated[str, Field(pattern=ANY_ID_PATTERN)]
Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$", description="of the run as it was looked at")]
PAYABLES_MAX = 1000


class AskedCash(Asked):
    """What may be spent from one account of the shop."""

    account_id: str = Field(pattern=r"^[a-z][a-z0-9-]{0,31}$")
    amount: AskedAmount


class RunRequest(Asked):
    """A proposal. ``run_on``: its business date; ``wanted``: payables to pay although they could wait."""

    run_on: str = Field(pattern=_DAY)
    cash: list[AskedCash] = Field(default=[], max_length=20)
    wanted: list[_ANY_ID] = Field(default=[], max_length=PAYABLES_MAX)
    postponed: list[_ANY_ID] = Field(default=[], max_length=PAYABLES_MAX)


class DigestRequest(Asked):
    """A yes to what was looked at."""

    digest: Digest


class RunReasonRequest(Asked):
    """Why."""

    reason: Reason


class NewRunPath(Asked):
    """A run by an id the client made."""

    run_id: ClientId


class RunPath(Asked):
    """A run by its id."""

    run_id: _ANY_ID


class RunOrderPath(Asked):
    """A payment of a run."""

    run_id: _ANY_ID
    order_id: _ANY_ID


class RunPayablePath(Asked):
    """A payable and a run."""

    run_id: _ANY_ID
    payable_id: _ANY_ID


class RunFilePath(Asked):
    """A file of a run's present attempt."""

    run_id: _ANY_ID
    file_no: Annotated[int, Field(ge=1, le=9999, strict=False)]


class RunsQuery(Asked):
    """A page of runs, newest first. ``before``: number of the last one that is known."""

    state: Annotated[
        Annotated[RunState, Field(strict=False)] | None,
        WithJsonSchema({"type": "string", "enum": [one.value for one in RunState]}),
    ] = None
    before: Annotated[
        Annotated[int, Field(ge=1, le=2**31 - 1, strict=False)] | None,
        WithJsonSchema({"type": "integer", "minimum": 1, "maximum": 2**31 - 1}),
    ] = None
    limit: Annotated[int, Field(ge=1, le=RUNS_PAGE_MAX, strict=False)] = 20


class JobsQuery(Asked):
    """How many runs of jobs."""

    limit: Annotated[int, Field(ge=1, le=200, strict=False)] = 60


class GivenAllocation(Given):
    """What a payment pays of one payable; a credit note counts against the others."""

    payable_id: AnyId
    number: str
    amount: GivenAmount
    discount: GivenAmount
    credit: bool


class GivenPayee(Given):
    """Whom a payment pays; ``account``: country and last four characters."""

    supplier_id: AnyId
    name: str
    country: str
    account: str


class GivenWorth(Given):
    """What a payment should take from an account of another currency, by a rate of a day."""

    amount: GivenAmount
    rate: str
    dated: str


class GivenRunOrder(Given):
    """One payment. ``reason_code``: of the bank, or why it was taken out; ``reconciled_line``: of a statement."""

    id: AnyId
    position: int
    instrument: Instrument
    account_id: str
    payee: GivenPayee
    amount: GivenAmount
    execute_on: str
    end_to_end_id: str
    uetr: str
    reference: str
    text: str
    charges: str
    state: OrderState
    worth: GivenWorth | None
    reconciled_line: AnyId | None
    reason_code: str
    reason_text: str
    payee_check: str
    payee_check_name: str
    file_no: int | None
    allocations: list[GivenAllocation]


class GivenLeftOut(Given):
    """A payable that is not paid, why, and what that costs."""

    payable_id: AnyId
    supplier_id: AnyId
    supplier: str | None
    number: str | None
    amount: GivenAmount
    code: str
    cost: GivenAmount | None
    detail: dict[str, str]


class GivenRunFile(Given):
    """A file as written when the run was approved."""

    file_no: int
    attempt: int
    account_id: str
    message_id: str
    format: str
    sha256: str
    bytes: int
    payments: int
    total: GivenAmount
    name: str
    state: FileState
    note: str


class GivenTotal(Given):
    """Payments of one day, account, instrument and currency."""

    execute_on: str
    account_id: str
    instrument: Instrument
    payments: int
    amount: GivenAmount


class GivenCashDay(Given):
    """An account at the end of a day, without and with the run."""

    day: str
    without: GivenAmount
    with_run: GivenAmount
    leaves: GivenAmount


class GivenCurve(Given):
    """Money on one account over the days of a run."""

    account_id: str
    now: GivenAmount
    limit: GivenAmount | None
    days: list[GivenCashDay]


class GivenRunEvent(Given):
    """A line of a run's journal."""

    sequence: int
    kind: str
    actor: str
    at: str
    order_id: AnyId | None
    reason: str
    detail: dict[str, str]


class GivenRun(Given):
    """A run as a list shows it. ``fates``: how many payments stand where."""

    id: AnyId
    number: int
    run_on: str
    state: RunState
    digest: str
    attempt: int
    proposed_by: str
    approved_by: AnyId | None
    approved_at: str | None
    released_by: AnyId | None
    released_at: str | None
    created_at: str
    changed_at: str
    note: str
    version: int
    fates: dict[str, int]
    totals: list[GivenAmount]


class GivenRunWhole(GivenRun):
    """A run with everything."""

    orders: list[GivenRunOrder]
    left_out: list[GivenLeftOut]
    files: list[GivenRunFile]
    by_day: list[GivenTotal]
    curves: list[GivenCurve]
    journal: list[GivenRunEvent]


class GivenRuns(Given):
    """A page of runs."""

    data: list[GivenRun]
    has_more: bool


class GivenRunStep(Given):
    """What an approval or release gave. ``taken_out``: then nothing was approved or released: look again."""

    done: bool
    run: GivenRun
    files: list[GivenRunFile]
    taken_out: list[GivenRunOrder]


class GivenJob(Given):
    """One business date of a job."""

    job: str
    business_date: str
    state: str
    holder: str
    started_at: str
    ended_at: str | None
    tries: int
    note: str


class GivenNextJob(Given):
    """What a job does next. ``at``: from when on; in the past: it is due now."""

    job: str
    business_date: str
    at: str


class GivenJobs(Given):
    """Business dates of jobs, newest first. ``next``: of each job that is set up."""

    data: list[GivenJob]
    next: list[GivenNextJob]
