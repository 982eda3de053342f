"""Shapes of requests and answers about approvals, their rules and delegations, comments and attachments."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, WithJsonSchema

from gateway.domain.access import Role
from gateway.domain.payables.approval import AccountChoice, ApprovalKind, CommentKind
from gateway.domain.payables.approval_rules import APPROVERS_MAX
from gateway.domain.payables.payable import PayableState
from gateway.domain.payables.signs import Risk, SignKind
from gateway.services.payables.comment_payable import COMMENT_MAX, NAME_MAX
from gateway.web.answer_shapes import AnyId, GivenAmount
from gateway.web.documents.document_shapes import ANY_ID_PATTERN, CLEAN_PATTERN
from gateway.web.free_text import Name, Reason
from gateway.web.payables.payable_shapes import Day
from gateway.web.request_shapes import ID_PATTERN, ClientId, CurrencyCode

_AMOUNT = r"^(0|[1-9][0-9]{0,9})(\.[0-9]{1,4})?$"
# A comment may have several lines; nothing else of what controls a terminal or a printer.
_LINES = r"^[^\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]*$"
Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$", description="of the content as it was shown")]
_Code = Annotated[str, Field(max_length=64, pattern=CLEAN_PATTERN)]
_AccountChoice = Annotated[AccountChoice, Field(strict=False)]
_PersonId = Annotated[str, Field(pattern=ANY_ID_PATTERN)]
_Mine = Annotated[Literal["true", "false"], WithJsonSchema({"type": "string", "enum": ["true", "false"]})]


class _Asked(BaseModel):
    """Base of requests: known fields only, no silent conversion."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, hide_input_in_errors=True)


class _Given(BaseModel):
    """Base of answers."""

    model_config = ConfigDict(extra="forbid")


class ApprovalsQuery(_Asked):
    """``mine``: only what the caller can approve."""

    mine: _Mine = "true"


class RulePath(_Asked):
    """A rule under an id of the client."""

    rule_id: str = Field(pattern=ID_PATTERN)


class LimitPath(_Asked):
    """What a person may approve in one currency."""

    person_id: str = Field(pattern=ANY_ID_PATTERN)
    currency: CurrencyCode


class DelegationPath(_Asked):
    """A delegation under an id of the client."""

    delegation_id: str = Field(pattern=ID_PATTERN)


class AttachmentPath(_Asked):
    """A file of a payable under an id of the client."""

    payable_id: str = Field(pattern=ANY_ID_PATTERN)
    attachment_id: str = Field(pattern=ID_PATTERN)


class AttachmentQuery(_Asked):
    """The name of the file, for people."""

    name: str = Field(min_length=1, max_length=NAME_MAX, pattern=CLEAN_PATTERN)


class ApprovalRequest(_Asked):
    """Yes to what was shown. ``for_person``: on whose behalf; ``emergency``: alone, with a reason.

    ``account``: needed where the invoice prints another account than the confirmed one.
    """

    id: ClientId
    digest: Digest
    for_person: _PersonId | None = None
    emergency: bool = False
    account: _AccountChoice | None = None
    reason: Reason | None = None


class RejectionRequest(_Asked):
    """No, and why."""

    id: ClientId
    digest: Digest
    reason: Reason


class EmergencyReviewRequest(_Asked):
    """What was looked at after an emergency approval."""

    id: ClientId
    reason: Reason


class DuplicateClearingRequest(_Asked):
    """Why it is not the same invoice."""

    id: ClientId
    reason: Reason


class CommentRequest(_Asked):
    """A comment, a question of an approver, or the answer to it."""

    id: ClientId
    kind: Annotated[CommentKind, Field(strict=False)] = CommentKind.COMMENT
    text: str = Field(min_length=1, max_length=COMMENT_MAX, pattern=_LINES)


class RuleRequest(_Asked):
    """A rule; an empty condition fits everything. ``version``: the one it was loaded at, 0 for a new rule.

    ``from_amount``: at least; ``below_amount``: less than; both of the gross amount in ``currency``.
    """

    version: int = Field(default=0, ge=0, le=1_000_000)
    name: Name
    approvers: int = Field(ge=0, le=APPROVERS_MAX)
    position: int = Field(default=0, ge=0, le=1000)
    active: bool = True
    currency: CurrencyCode | None = None
    from_amount: str | None = Field(default=None, pattern=_AMOUNT)
    below_amount: str | None = Field(default=None, pattern=_AMOUNT)
    supplier_id: _PersonId | None = None
    cost_centre: _Code = ""
    risk: Annotated[Risk, Field(strict=False)] | None = None
    sign: Annotated[SignKind, Field(strict=False)] | None = None
    roles: list[Annotated[Role, Field(strict=False)]] = Field(default=[], max_length=len(Role))
    people: list[_PersonId] = Field(default=[], max_length=50)


class LimitRequest(_Asked):
    """Gross amounts above zero; left out: no such limit."""

    each: str | None = Field(default=None, pattern=_AMOUNT)
    per_day: str | None = Field(default=None, pattern=_AMOUNT)


class DelegationRequest(_Asked):
    """Who stands in for the caller, and from when to when."""

    to: _PersonId
    from_on: Day
    until_on: Day
    reason: Reason | None = None


class GivenSign(_Given):
    """One sign with its figures. ``other_id``: the other payable it is about."""

    kind: SignKind
    score: int
    values: dict[str, str]
    other_id: AnyId | None


class GivenMissing(_Given):
    """What a rule asks, and how many different people have given it."""

    rule: str
    approvers: int
    given: int
    roles: list[Role]
    people: list[str]


class GivenWaiting(_Given):
    """One payable that waits for approval. ``mine``: the caller can approve it; ``asked``: a question is open."""

    id: AnyId
    number: str
    supplier: str
    gross: GivenAmount
    due_on: str
    state: PayableState
    risk: Risk
    signs: int
    waiting_since: str
    missing: list[GivenMissing]
    mine: bool
    asked: bool


class GivenEmergency(_Given):
    """An emergency approval nobody has reviewed."""

    id: AnyId
    number: str
    gross: GivenAmount
    by: str
    at: str
    reason: str


class GivenApprovals(_Given):
    """What waits, the earliest due first; ``emergencies``: to be reviewed."""

    data: list[GivenWaiting]
    emergencies: list[GivenEmergency]


class GivenApprovalEntry(_Given):
    """One line of what was said and decided."""

    sequence: int
    kind: ApprovalKind
    actor: str
    for_person: str
    at: str
    reason: str
    counts: bool


class GivenComment(_Given):
    """One comment."""

    id: AnyId
    kind: CommentKind
    text: str
    actor: str
    at: str


class GivenAttachment(_Given):
    """One file."""

    id: AnyId
    name: str
    media_type: str
    size: int
    sha256: str
    actor: str
    at: str


class GivenPayeeAccount(_Given):
    """The account it would be paid to. ``number``: whole for approvers, else country and last four characters."""

    number: str
    holder: str
    country: str
    since: str | None
    cooling_until: str | None


class GivenRefusal(_Given):
    """Why the caller cannot approve it."""

    code: str
    message: str
    hint: str


class GivenStandIn(_Given):
    """Somebody on whose behalf the caller can approve."""

    id: AnyId
    login: str
    name: str


class GivenApproval(_Given):
    """One payable as an approver sees it. ``digest``: goes with the approval, so that what was seen is what counts."""

    id: AnyId
    state: PayableState
    number: str
    supplier: str
    gross: GivenAmount
    due_on: str
    digest: Digest
    account: GivenPayeeAccount | None
    risk: Risk
    signs: list[GivenSign]
    missing: list[GivenMissing]
    candidates: list[str]
    entries: list[GivenApprovalEntry]
    comments: list[GivenComment]
    attachments: list[GivenAttachment]
    refused: GivenRefusal | None
    for_people: list[GivenStandIn]


class GivenOutcome(_Given):
    """What became of it. ``counted`` false: it turned out to be a suspected duplicate and was stopped."""

    id: AnyId
    state: PayableState
    counted: bool
    missing: list[GivenMissing]


class GivenCleared(_Given):
    """Where the payable stands now."""

    id: AnyId
    state: PayableState


class GivenApprovalRule(_Given):
    """A rule."""

    id: AnyId
    version: int
    name: str
    approvers: int
    position: int
    active: bool
    currency: str
    from_amount: str | None
    below_amount: str | None
    supplier_id: AnyId | None
    cost_centre: str
    risk: Risk | None
    sign: SignKind | None
    roles: list[Role]
    people: list[AnyId]


class GivenLimit(_Given):
    """What a person may approve."""

    person_id: AnyId
    currency: str
    each: str | None
    per_day: str | None


class GivenRules(_Given):
    """Rules by their position, and limits."""

    rules: list[GivenApprovalRule]
    limits: list[GivenLimit]


class GivenDelegation(_Given):
    """Who stands in for whom."""

    id: AnyId
    from_person: AnyId
    to: AnyId
    from_on: str
    until_on: str
    reason: str
    created_by: str


class GivenDelegations(_Given):
    """Delegations in force or to come."""

    data: list[GivenDelegation]


class GivenWhoWould(_Given):
    """Who would have to approve a payable as it now is, and who may not."""

    missing: list[GivenMissing]
    candidates: list[str]
    excluded: list[str]
    risk: Risk
    signs: list[GivenSign]
