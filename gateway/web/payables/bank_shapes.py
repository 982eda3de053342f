"""Shapes of requests and answers about banks: messages, fates of payments, decisions."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from gateway.domain.payables.bank_task import DecisionKind, TaskKind
from gateway.domain.payables.payment_order import FileState, OrderState
from gateway.web.answer_shapes import AnyId, GivenAmount
from gateway.web.documents.document_shapes import ANY_ID_PATTERN
from gateway.web.free_text import Name, Reason, Reference
from gateway.web.request_shapes import ClientId

_END_TO_END = r"^[A-Za-z0-9+?/:().,'-]{1,35}$"
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class _Asked(BaseModel):
    """Base of requests: known fields only, no silent conversion."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, hide_input_in_errors=True)


class _Given(BaseModel):
    """Base of answers."""

    model_config = ConfigDict(extra="forbid")


class PaymentPathAtBank(_Asked):
    """A payment by the id the bank knows it by."""

    end_to_end_id: str = Field(pattern=_END_TO_END)


class BankMessagePath(_Asked):
    """A message by its id."""

    message_id: str = Field(pattern=ANY_ID_PATTERN)


class BankTaskPath(_Asked):
    """A task by its id."""

    task_id: str = Field(pattern=ANY_ID_PATTERN)


class BankFilePath(_Asked):
    """A file of a run, from 1."""

    run_id: str = Field(pattern=ANY_ID_PATTERN)
    file_no: int = Field(ge=1, le=10_000, strict=False)


class PayeeDecisionRequest(_Asked):
    """Pay, or cancel. ``learn_name``: keep the name the bank returned with the account."""

    id: ClientId
    pay: bool
    reason: Reason
    learn_name: bool = False


class VoidRequest(_Asked):
    """What proves that the bank does not execute a payment."""

    id: ClientId
    reason: Reason
    spoke_with: Name
    reference: Reference


class ReissueRequest(_Asked):
    """Have what a payment paid payable again."""

    id: ClientId
    reason: Reason


class CloseTaskRequest(_Asked):
    """Close a task with words."""

    reason: Reason


class HandedOverRequest(_Asked):
    """A person took a file to the bank. ``sha256``: as the portal shows it."""

    sha256: Sha256
    reason: Reason


class GivenBankMessage(_Given):
    """A message of a bank, without its content."""

    id: AnyId
    kind: str
    name: str
    sha256: Sha256
    received_at: str
    applied: bool
    outcome: str
    repeated: bool


class GivenBankMessages(_Given):
    """Messages, newest first."""

    data: list[GivenBankMessage]


class GivenBankTask(_Given):
    """Something to do."""

    id: AnyId
    kind: TaskKind
    opened_at: str
    message_id: AnyId | None
    detail: dict[str, str]
    closed_at: str | None
    closed_by: str
    note: str


class GivenBankTasks(_Given):
    """What waits, newest first."""

    data: list[GivenBankTask]


class GivenBankDecision(_Given):
    """What a person decided about a payment."""

    id: AnyId
    kind: DecisionKind
    by: str
    reason: str
    at: str
    detail: dict[str, str]


class GivenFateEvent(_Given):
    """One line of the story of a payment. ``message_id``: the message of the bank it follows from."""

    kind: str
    actor: str
    at: str
    reason: str
    message_id: AnyId | None
    detail: dict[str, str]


class GivenPaidPayee(_Given):
    """Who is paid; the account by country and last four characters."""

    name: str
    account: str


class GivenPaidInvoice(_Given):
    """What a payment pays of one invoice, or takes off for a credit note."""

    payable_id: AnyId
    number: str
    amount: GivenAmount
    discount: GivenAmount
    credit: bool


class GivenFate(_Given):
    """The story of one payment. ``reason_class``: what to do about a reason, empty without one."""

    end_to_end_id: str
    run_id: AnyId
    run_number: int
    state: OrderState
    amount: GivenAmount
    execute_on: str
    payee: GivenPaidPayee
    invoices: list[GivenPaidInvoice]
    reason_code: str
    reason_text: str
    reason_class: str
    payee_check: str
    payee_check_name: str
    events: list[GivenFateEvent]
    tasks: list[GivenBankTask]
    decisions: list[GivenBankDecision]


class GivenBankFile(_Given):
    """A file that is not surely with a bank. ``by_hand``: no way to the bank is set up for its account."""

    run_id: AnyId
    run_number: int
    file_no: int
    bank_account: str
    name: str
    sha256: Sha256
    orders: int
    state: FileState
    note: str
    by_hand: bool


class GivenBankFiles(_Given):
    """Files on their way, oldest first."""

    data: list[GivenBankFile]
