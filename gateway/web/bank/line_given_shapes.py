"""Shapes of answers about statements, their lines and what explains them."""

from gateway.domain.bank.bank_statement import LineState, StatementState
from gateway.domain.bank.line_match import MatchState
from gateway.domain.bank.line_rule import Direction
from gateway.domain.bank.matching_run import RunState
from gateway.domain.bank.open_item import ItemSource
from gateway.web.answer_shapes import AnyId, GivenAmount
from gateway.web.payables.supplier_shapes import Given


class GivenDefect(Given):
    """What does not fit in a statement."""

    code: str
    text: str
    position: str


class GivenStatement(Given):
    """A statement. ``account``: the shop's name of it, or its number; ``repeated``: lines known before."""

    id: AnyId
    account: str
    account_id: str | None
    currency: str
    format: str
    bank_id: str
    opening: GivenAmount | None
    closing: GivenAmount | None
    first_day: str | None
    last_day: str | None
    state: StatementState
    difference: GivenAmount | None
    defects: list[GivenDefect]
    file_name: str
    file_sha256: str
    lines: int
    repeated: int
    imported_at: str
    imported_by: str
    decided_by: str
    decision_reason: str


class GivenStatements(Given):
    """Statements, the last day first; ``next``: the cursor of the next page."""

    data: list[GivenStatement]
    next: AnyId | None


class GivenStatementLine(Given):
    """A line of a statement. ``parent``: the line it is a part of; accounts by country and last four characters."""

    id: AnyId
    statement_id: AnyId
    account: str
    number: int
    booked_on: str
    value_on: str | None
    amount: GivenAmount
    counterparty: str
    counterparty_account: str
    text: str
    end_to_end_id: str
    batch_id: str
    references: list[str]
    bank_code: str
    return_reason: str
    original: GivenAmount | None
    position: str
    parent: AnyId | None
    state: LineState
    version: int


class GivenStatementWhole(GivenStatement):
    """A statement with its lines and neighbours."""

    entries: list[GivenStatementLine]
    previous: AnyId | None
    following: AnyId | None


class GivenLineAllocation(Given):
    """A part on an open item."""

    item_id: AnyId
    amount: GivenAmount


class GivenLineAdjustment(Given):
    """What a difference is."""

    name: str
    amount: GivenAmount
    account_code: str


class GivenLineReason(Given):
    """One piece of evidence; ``weight``: thousandths, below zero against it."""

    code: str
    weight: int
    figures: dict[str, str | int]


class GivenLineMatch(Given):
    """An explanation. ``certain``: it may be accepted without a look; ``rank``: 0 is proposed first."""

    id: AnyId
    line_id: AnyId
    state: MatchState
    kind: str
    certain: bool
    score: int
    lead: int
    rank: int
    allocations: list[GivenLineAllocation]
    adjustments: list[GivenLineAdjustment]
    reasons: list[GivenLineReason]
    duplicate_of: AnyId | None
    reverses: AnyId | None
    made_by: str
    made_at: str
    decided_by: str
    decided_at: str | None
    note: str
    version: int


class GivenLineMatches(Given):
    """Explanations."""

    data: list[GivenLineMatch]


class GivenLineRow(GivenStatementLine):
    """A line with what explains it best."""

    best: GivenLineMatch | None


class GivenStatementLines(Given):
    """Lines, the last booked first; ``counts`` by state over account and days."""

    data: list[GivenLineRow]
    counts: dict[str, int]
    next: AnyId | None


class GivenOpenItem(Given):
    """An open item; what is owed to us is above zero."""

    id: AnyId
    source: ItemSource
    source_id: str
    side: str
    amount: GivenAmount
    remaining: GivenAmount
    issued: str
    due: str | None
    credit_note: bool
    party: str
    party_name: str
    document: str
    order: str
    customer: str
    reference: str
    closed_at: str | None


class GivenOpenItems(Given):
    """Open items."""

    data: list[GivenOpenItem]


class GivenLineEvent(Given):
    """One line of the journal of a line."""

    kind: str
    actor: str
    at: str
    reason: str
    match_id: AnyId | None


class GivenLineWhole(GivenStatementLine):
    """A line with all explanations, the items they use, and its journal."""

    matches: list[GivenLineMatch]
    items: list[GivenOpenItem]
    journal: list[GivenLineEvent]


class GivenWhyNot(Given):
    """What speaks for and against an open item."""

    data: list[GivenLineReason]


class GivenLines(Given):
    """Lines after a change."""

    data: list[GivenStatementLine]


class GivenPutItems(Given):
    """What became of handed in items."""

    new: int
    changed: int
    same: int


class GivenMonth(Given):
    """How a month stands. ``held``: statements that wait for a decision; ``missing``: days beside each gap."""

    account: str
    month: str
    lines: int
    open: int
    unexplained: GivenAmount
    held: int
    missing: list[list[str]]
    closes: bool


class GivenKnownLine(Given):
    """A line of a file that was told before: where in this file, and which line it is."""

    position: str
    line_id: AnyId
    first: str


class GivenStatementPreview(Given):
    """What taking in a statement would do. ``held``: it does not add up and would book nothing."""

    account: str
    currency: str
    first_day: str | None
    last_day: str | None
    opening: GivenAmount | None
    closing: GivenAmount | None
    difference: GivenAmount | None
    held: bool
    new_lines: int
    known_lines: int
    known: list[GivenKnownLine]
    defects: list[GivenDefect]


class GivenTableColumn(Given):
    """A column of a table, with some of its values and what it is taken for (empty: nothing)."""

    name: str
    samples: list[str]
    taken_for: str


class GivenTableQuestion(Given):
    """A table that nobody has described, and what it seems to say."""

    questions: list[str]
    columns: list[GivenTableColumn]


class GivenImportPreview(Given):
    """What is in a file. Nothing was stored. ``repeated``: exactly this file was taken in before."""

    repeated: bool
    statements: list[GivenStatementPreview]
    csv: GivenTableQuestion | None


class GivenStatementImport(Given):
    """What was taken in. ``repeated``: it had been before, and nothing changed."""

    repeated: bool
    new_lines: int
    statements: list[GivenStatement]


class GivenKindSum(Given):
    """Certain lines of one kind."""

    kind: str
    count: int
    sum: GivenAmount


class GivenCertain(Given):
    """What would be accepted at once; ``token`` stands for exactly these."""

    count: int
    kinds: list[GivenKindSum]
    token: str


class GivenAccepted(Given):
    """How many were accepted, and how many were left for a person."""

    accepted: int
    left: int


class GivenMatchingRun(Given):
    """A run of matching; ``account`` null: all. ``lines`` is 0 while it still reads.

    ``matched``, ``suggested``, ``left``: what was found, once it is done; ``more``: so many lines wait that another run
    is needed.
    """

    id: AnyId
    account: str | None
    state: RunState
    done: int
    lines: int
    matched: int
    suggested: int
    left: int
    more: bool
    asked_by: str
    asked_at: str
    ended_at: str | None


class GivenLatestRun(Given):
    """The run that is worked, else the one asked for last; null where there was none."""

    run: GivenMatchingRun | None


class GivenLineRule(Given):
    """A rule for lines without an open item."""

    id: AnyId
    name: str
    words: list[str]
    direction: Direction
    amount_max: GivenAmount | None
    account_code: str
    learned: bool
    active: bool
    consented_by: str


class GivenLineRules(Given):
    """Rules, newest first."""

    data: list[GivenLineRule]
