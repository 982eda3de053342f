"""Shapes of requests about statements, their lines and what explains them."""

from typing import Annotated

from pydantic import AfterValidator, Field, WithJsonSchema

from gateway.domain.bank.bank_statement import LineState
from gateway.domain.documents.document import NAME_MAX
from gateway.ports.statement_store import ITEMS_FOUND_MAX, LINES_PAGE_MAX
from gateway.web.documents.document_shapes import ANY_ID_PATTERN, CLEAN_PATTERN
from gateway.web.free_text import REASON_MAX, Reason, cut
from gateway.web.payables.supplier_shapes import Asked, Search, Text, Version
from gateway.web.request_shapes import AskedLineAmount

DAY_PATTERN = r"^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$"
AnyGivenId = Annotated[str, Field(pattern=ANY_ID_PATTERN)]
OptionalId = Annotated[AnyGivenId | None, WithJsonSchema({"type": "string", "pattern": ANY_ID_PATTERN})]
OptionalDay = Annotated[
    Annotated[str, Field(pattern=DAY_PATTERN)] | None, WithJsonSchema({"type": "string", "pattern": DAY_PATTERN})
]
Account = Annotated[str, Field(min_length=1, max_length=64, pattern=CLEAN_PATTERN)]
OptionalAccount = Annotated[
    Account | None, WithJsonSchema({"type": "string", "minLength": 1, "maxLength": 64, "pattern": CLEAN_PATTERN})
]
Column = Annotated[
    Annotated[str, Field(min_length=1, max_length=100, pattern=CLEAN_PATTERN)] | None,
    WithJsonSchema({"type": "string", "minLength": 1, "maxLength": 100, "pattern": CLEAN_PATTERN}),
]
BookCode = Annotated[str, Field(min_length=1, max_length=64, pattern=CLEAN_PATTERN)]
AdjustmentName = Annotated[
    str, Field(pattern=r"^(discount|fee|fx|over|withholding|terminal_rent|coded)$", examples=["fee"])
]
_State = Annotated[
    Annotated[LineState, Field(strict=False)] | None,
    WithJsonSchema({"type": "string", "enum": [state.value for state in LineState]}),
]
PARTS_MAX = 50
ALLOCATIONS_MAX = 200
ITEMS_PUT_MAX = 1000


class StatementPath(Asked):
    """A statement by its id."""

    statement_id: AnyGivenId


class LinePath(Asked):
    """A line by its id."""

    line_id: AnyGivenId


class MatchingPath(Asked):
    """A run of matching by its id."""

    run_id: AnyGivenId


class LineItemPath(Asked):
    """A line and an open item."""

    line_id: AnyGivenId
    item_id: AnyGivenId


class LineMatchPath(Asked):
    """An explanation of a line by its id."""

    match_id: AnyGivenId


class LineRulePath(Asked):
    """A rule by its id."""

    rule_id: AnyGivenId


class RuleProposalPath(Asked):
    """A proposed rule by its id."""

    proposal_id: AnyGivenId


class StatementFileQuery(Asked):
    """The name of the file, for people. ``column_...``: which column of a table holds what, as a person answered."""

    name: str = Field(min_length=1, max_length=NAME_MAX, pattern=CLEAN_PATTERN)
    column_booked: Column = None
    column_value: Column = None
    column_amount: Column = None
    column_debit: Column = None
    column_credit: Column = None
    column_balance: Column = None
    column_currency: Column = None
    column_name: Column = None
    column_text: Column = None
    column_counterparty_account: Column = None
    column_reference: Column = None
    column_end_to_end: Column = None

    def answers(self) -> dict[str, str]:
        """Return the column by what it holds."""
        prefix = "column_"
        told = self.model_dump(exclude={"name"}, exclude_none=True)
        return {key.removeprefix(prefix): value for key, value in told.items()}


class StatementsQuery(Asked):
    """A page of statements, the last day first."""

    account: OptionalAccount = None
    before: OptionalId = None
    limit: int = Field(default=50, ge=1, le=200, strict=False)


class LinesQuery(Asked):
    """A page of lines, the last booked first. ``find``: words in name or text, or an amount."""

    account: OptionalAccount = None
    state: _State = None
    from_day: OptionalDay = None
    to_day: OptionalDay = None
    find: Search = None
    after: OptionalId = None
    limit: int = Field(default=100, ge=1, le=LINES_PAGE_MAX, strict=False)


class ItemSearchQuery(Asked):
    """Open items that hold these words, or of this amount."""

    find: Search = None
    limit: int = Field(default=50, ge=1, le=ITEMS_FOUND_MAX, strict=False)


class MonthQuery(Asked):
    """A month of one account."""

    account: Account
    month: str = Field(pattern=r"^(19|20)[0-9]{2}-(0[1-9]|1[0-2])$", description="such as 2026-10")


class CertainQuery(Asked):
    """Which certain lines. ``through``: booked until this day."""

    account: OptionalAccount = None
    through: OptionalDay = None


class StatementDecisionRequest(Asked):
    """A person's decision over a statement that is held."""

    post: bool
    reason: Reason


class VersionRequest(Asked):
    """A yes to what was looked at. ``version``: as it was shown."""

    version: Version


class VersionReasonRequest(Asked):
    """A decision with words. ``version``: as it was shown."""

    version: Version
    reason: Reason


class LineApprovalRequest(Asked):
    """A second person's decision over a write-off; a refusal has a reason."""

    version: Version
    approved: bool
    reason: Annotated[str, Field(max_length=REASON_MAX, pattern=CLEAN_PATTERN), AfterValidator(cut)] = ""


class SeenLine(Asked):
    """A line as it was looked at."""

    id: AnyGivenId
    version: Version


class AskedAllocation(Asked):
    """A part put on an open item: its currency, with the sign of the item."""

    item_id: AnyGivenId
    amount: AskedLineAmount


class AskedAdjustment(Asked):
    """What the difference is. ``account_code``: for ``coded``."""

    name: AdjustmentName
    amount: AskedLineAmount
    account_code: Annotated[str, Field(max_length=64, pattern=CLEAN_PATTERN)] = ""


class HandMatchRequest(Asked):
    """Lines put on open items by hand: lines are items plus adjustments, to the cent."""

    lines: list[SeenLine] = Field(min_length=1, max_length=PARTS_MAX)
    allocations: list[AskedAllocation] = Field(max_length=ALLOCATIONS_MAX)
    adjustments: list[AskedAdjustment] = Field(default=[], max_length=PARTS_MAX)
    note: Text = ""


class AskedPart(Asked):
    """A part of a line."""

    amount: AskedLineAmount
    text: Text = ""


class SplitLineRequest(Asked):
    """The parts of a line; they add up to it."""

    version: Version
    parts: list[AskedPart] = Field(min_length=2, max_length=PARTS_MAX)


class LineWriteOffRequest(Asked):
    """A line booked to an account of the books."""

    version: Version
    account_code: BookCode
    reason: Reason
    rule_id: OptionalId = None


class AcceptCertainRequest(Asked):
    """A yes to exactly what was looked at. ``token``: of the preview."""

    token: str = Field(pattern=r"^[0-9a-f]{64}\|[^\x00-\x1f\x7f-\x9f|]{0,64}\|([0-9]{4}-[0-9]{2}-[0-9]{2})?$")


class MatchingRequest(Asked):
    """Which lines to match again; all without an account."""

    account: Account | None = None


class AskedOpenItem(Asked):
    """An open item of another system; ``id`` is its own. What is owed to us is above zero."""

    id: str = Field(min_length=1, max_length=64, pattern=CLEAN_PATTERN)
    amount: AskedLineAmount
    issued: str = Field(pattern=DAY_PATTERN)
    due: Annotated[str, Field(pattern=DAY_PATTERN)] | None = None
    credit_note: bool = False
    party: Text = ""
    party_name: Text = ""
    iban: str = Field(default="", max_length=34, pattern=r"^[A-Z0-9]*$")
    document: Text = ""
    order: Text = ""
    customer: Text = ""
    reference: Text = ""
    discount_bp: int = Field(default=0, ge=0, le=10_000, description="hundredths of a percent")
    discount_until: Annotated[str, Field(pattern=DAY_PATTERN)] | None = None
    closed: bool = False


class OpenItemsRequest(Asked):
    """Open items to keep. The same again changes nothing."""

    items: list[AskedOpenItem] = Field(min_length=1, max_length=ITEMS_PUT_MAX)
