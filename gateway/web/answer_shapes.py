"""Shapes of answers of the API: pydantic models, the source of its description; tests hold the answers to them."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from gateway.domain.access import Role
from gateway.domain.cards.payment import AttemptState, Evidence
from gateway.domain.cards.terminal_setup import Gravity

AnyId = Annotated[str, Field(pattern=r"^[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$")]


class _Given(BaseModel):
    """Base of answers."""

    model_config = ConfigDict(extra="forbid")


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


class GivenConversion(_Given):
    """What the cardholder pays in the currency of the card, as the terminal told it; ``markup`` in percent."""

    amount: str
    currency: str
    rate: str | None
    markup: str | None
    words: str | None


class GivenTaken(_Given):
    """What the card was charged, the tip in it, and what is left of what was asked for."""

    amount: GivenAmount
    tip: GivenAmount
    rest: GivenAmount


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
    conversion: GivenConversion | None
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
    refunds: str


class GivenPayment(_Given):
    """A payment. ``state`` is that of its last attempt; ``words`` say what it means and what to do."""

    id: AnyId
    sale_id: AnyId
    register_id: str
    terminal_id: str
    state: AttemptState
    words: str
    amount: GivenAmount
    tip: GivenAmount | None
    allow_partial: bool
    taken: GivenTaken | None
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


class GivenSetup(_Given):
    """A device of this node: how it is reached, its tills, and whether it can be removed on the screen."""

    id: str
    kind: Literal["terminal", "printer"]
    name: str
    protocol: str | None
    transport: str
    registers: list[str]
    removable: bool


class GivenProtocol(_Given):
    """A protocol this installation speaks. ``port``: its usual TCP port."""

    name: str
    title: str
    serial: bool
    network: bool
    port: int | None
    password: bool
    tells_last_result: bool


class GivenSetups(_Given):
    """The devices of this node, and the protocols a further terminal may speak."""

    data: list[GivenSetup]
    protocols: list[GivenProtocol]


class GivenPort(_Given):
    """A serial port. ``used_by``: a device of ours, or a program; ``group``: whose members may use it."""

    device: str
    transport: str
    words: str
    used_by: str | None
    permitted: bool
    group: str


class GivenPorts(_Given):
    """The serial ports of this machine."""

    data: list[GivenPort]


class GivenTrialStep(_Given):
    """One thing that was tried and what came of it."""

    what: str
    result: str


class GivenFinding(_Given):
    """What was found, how much it matters, and what to do about it."""

    code: str
    gravity: Gravity
    words: str
    advice: str


class GivenTrial(_Given):
    """A trial. ``answered``: a terminal took us in, so that it can be kept; its password is not told again."""

    id: AnyId
    state: Literal["running", "finished"]
    protocol: str
    transport: str
    steps: list[GivenTrialStep]
    findings: list[GivenFinding]
    answered: bool
    ready: bool
    terminal_id: str | None
    terminal_state: str | None
    saved_as: str | None


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
    email: str


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


class GivenStoredVersion(_Given):
    """The version of an ERP's record that is stored."""

    version: str
    revision: int | None


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
    stored: GivenStoredVersion | None = None
