"""Shapes of requests and answers about webhooks, systems outside and links to receipts."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, WithJsonSchema

from gateway.domain.outbox import OutboxState
from gateway.domain.telling.outward import AtLimit, Crossed
from gateway.domain.telling.webhook import PATTERNS_MAX, URL_MAX, EndpointState
from gateway.services.outward.mail_receipts import ADDRESS_MAX
from gateway.services.outward.manage_webhooks import MESSAGES_PAGE_MAX
from gateway.services.outward.receipt_links import SubjectKind
from gateway.web.answer_shapes import AnyId, GivenAmount
from gateway.web.free_text import Name
from gateway.web.request_shapes import ID_PATTERN, ClientId

Instant = Annotated[str, Field(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?Z$")]
Url = Annotated[str, Field(min_length=8, max_length=URL_MAX, pattern=r"^https?://[\x21-\x7e]+$")]
_MESSAGE_ID = r"^[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$"
OptionalMessageId = Annotated[
    Annotated[str, Field(pattern=_MESSAGE_ID)] | None, WithJsonSchema({"type": "string", "pattern": _MESSAGE_ID})
]
OptionalState = Annotated[
    Annotated[OutboxState, Field(strict=False)] | None,
    WithJsonSchema({"type": "string", "enum": [state.value for state in OutboxState]}),
]
Event = Annotated[str, Field(pattern=r"^(\*|[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)*(\.\*)?)$", max_length=64)]


class _Asked(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, hide_input_in_errors=True)


class _Given(BaseModel):
    model_config = ConfigDict(extra="forbid")


class EndpointPath(_Asked):
    """An endpoint by its id."""

    endpoint_id: str = Field(pattern=ID_PATTERN)


class MessagePath(_Asked):
    """A message by its id."""

    message_id: str = Field(pattern=_MESSAGE_ID)


class EndpointRequest(_Asked):
    """A new endpoint. ``events``: kinds such as ``payment.approved``, ``payment.*`` or ``*``."""

    id: ClientId
    url: Url = Field(examples=["https://erp.example/hooks/till"])
    description: Name | None = None
    events: list[Event] = Field(min_length=1, max_length=PATTERNS_MAX, examples=[["payment.*", "refund.done"]])


class EndpointChange(_Asked):
    """What is to be changed; what is left out stays."""

    url: Url | None = None
    description: Name | None = None
    events: list[Event] | None = Field(default=None, min_length=1, max_length=PATTERNS_MAX)
    active: bool | None = None


class SecretRequest(_Asked):
    """A new secret instead of the one of this generation."""

    generation: int = Field(ge=1, le=1_000_000)


class TestRequest(_Asked):
    """A test event. The same ``request_id`` again is the same event."""

    __test__ = False
    request_id: ClientId


class ReplayRequest(_Asked):
    """Everything that ended at or after this instant."""

    since: Instant = Field(examples=["2026-03-02T09:00:00Z"])


class MessagesQuery(_Asked):
    """A page of messages, newest first."""

    state: OptionalState = None
    limit: int = Field(default=25, ge=1, le=MESSAGES_PAGE_MAX, strict=False)
    starting_after: OptionalMessageId = None


class LinkRequest(_Asked):
    """A link to the receipt of a payment, refund or sale. The same id again is the same link."""

    id: ClientId
    subject: Annotated[SubjectKind, Field(strict=False)]
    subject_id: ClientId


class LetterRequest(_Asked):
    """A receipt by mail. The same id again is the same letter."""

    id: ClientId
    subject: Annotated[SubjectKind, Field(strict=False)]
    subject_id: ClientId
    mail_to: str = Field(min_length=1, max_length=ADDRESS_MAX)


class GivenEndpoint(_Given):
    """An endpoint without its secret. ``former_until``: until when the former secret signs, too."""

    id: AnyId
    url: str
    description: str
    events: list[str]
    state: EndpointState
    state_reason: str
    secret_generation: int
    former_until: str | None
    created_at: str
    created_by: str


class GivenEndpoints(_Given):
    """The endpoints of the store, oldest first."""

    data: list[GivenEndpoint]


class GivenWebhookSecret(_Given):
    """An endpoint with the secret its messages are signed with, shown this once."""

    endpoint: GivenEndpoint
    secret: str


class GivenMessage(_Given):
    """One message to an endpoint. ``webhook_id``: the header by which receivers tell repetitions."""

    id: AnyId
    webhook_id: str
    event: str
    subject: str
    state: OutboxState
    tries: int
    note: str | None
    happened_at: str
    queued_at: str
    due_at: str | None


class GivenMessages(_Given):
    """A page of messages, newest first; ``next``: the cursor of the next page."""

    data: list[GivenMessage]
    has_more: bool
    next: AnyId | None


class GivenReplay(_Given):
    """How many messages are sent again."""

    count: int


class GivenSystem(_Given):
    """One system outside and what waits for it."""

    target: str
    kind: str
    waiting: int
    dead: int
    oldest_at: str | None
    amounts: list[GivenAmount]
    failures_in_a_row: int
    failing_since: str | None
    paused_until: str | None
    last_success_at: str | None
    last_words: str
    limits_crossed: list[Crossed]
    at_limit: AtLimit


class GivenOutward(_Given):
    """The systems outside; ``may_go_on``: False where a limit that says stop is crossed."""

    data: list[GivenSystem]
    may_go_on: bool


class GivenLink(_Given):
    """A link to a receipt. ``qr_svg``: a QR code of it."""

    url: str
    expires_at: str
    qr_svg: str


class GivenLetter(_Given):
    """A letter on its way."""

    id: AnyId
    state: Literal["ready", "started", "done", "unsure", "dead"]
