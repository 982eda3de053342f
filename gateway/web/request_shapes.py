"""Shapes of requests to the API: pydantic models, which the API description is made from.

A request that does not have its shape is refused with 400 before any use case runs; what only a use case can judge
(sums, ids in use, states) is refused by it.
"""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, WithJsonSchema

from gateway.domain.access import API_KEY_SCOPES, Permission, Role
from gateway.domain.cards.card_receipt import ReceiptCopy
from gateway.domain.sales.sale import LINES_MAX
from gateway.services.access.manage_api_keys import DAYS_MAX
from gateway.services.payments.read_payments import PAGE_MAX
from gateway.web.free_text import LineText, Name, Reason, Reference

ID_PATTERN = r"^[0-9a-f]{8}-[0-9a-f]{4}-[47][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$"
KEY_PATTERN = r"^[A-Za-z0-9._:-]{1,128}$"
_AMOUNT_PATTERN = r"^-?(0|[1-9][0-9]{0,12})(\.[0-9]{1,4})?$"
_POSITIVE_PATTERN = r"^(0|[1-9][0-9]{0,11})(\.[0-9]{1,4})?$"
_QUANTITY_PATTERN = r"^-?(0|[1-9][0-9]{0,5})(\.[0-9]{1,3})?$"

ClientId = Annotated[str, Field(pattern=ID_PATTERN, description="UUID of version 7 (or 4), made by the client")]
DeviceName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,31}$")]
CurrencyCode = Annotated[str, Field(pattern=r"^[A-Z]{3}$", description="ISO 4217")]

_SEQUENCE_PATTERN = r"^[0-9]{1,9}$"
# A header or parameter is there or not: unlike a member of a body it cannot be null.
OptionalId = Annotated[
    Annotated[str, Field(pattern=ID_PATTERN)] | None, WithJsonSchema({"type": "string", "pattern": ID_PATTERN})
]
OptionalKey = Annotated[
    Annotated[str, Field(pattern=KEY_PATTERN)] | None, WithJsonSchema({"type": "string", "pattern": KEY_PATTERN})
]
OptionalSequence = Annotated[
    Annotated[str, Field(pattern=_SEQUENCE_PATTERN)] | None,
    WithJsonSchema({"type": "string", "pattern": _SEQUENCE_PATTERN}),
]
AskedRole = Annotated[Role, Field(strict=False)]
AskedScope = Annotated[Permission, Field(strict=False, json_schema_extra={"enum": sorted(API_KEY_SCOPES)})]


class _Asked(BaseModel):
    """Base of requests: known fields only, no silent conversion."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, hide_input_in_errors=True)


class AskedAmount(_Asked):
    """An amount above or equal to zero."""

    amount: str = Field(pattern=_POSITIVE_PATTERN, description="plain decimal", examples=["12.34"])
    currency: CurrencyCode


class AskedLineAmount(_Asked):
    """An amount of a line, negative for what is taken off."""

    amount: str = Field(pattern=_AMOUNT_PATTERN, examples=["2.50"])
    currency: CurrencyCode


class AskedLine(_Asked):
    """One line of a sale. ``amount`` is quantity times unit price, rounded half up to the minor unit."""

    text: LineText
    quantity: str = Field(pattern=_QUANTITY_PATTERN, examples=["2"])
    unit_price: AskedLineAmount
    amount: AskedLineAmount


class PaymentRequest(_Asked):
    """A card payment. The terminal is named itself or by its register."""

    id: ClientId
    amount: AskedAmount
    register_id: DeviceName | None = None
    terminal_id: DeviceName | None = None
    sale_id: ClientId | None = None
    reference: Reference | None = None
    lines: list[AskedLine] = Field(default=[], max_length=LINES_MAX)
    tip: AskedAmount | None = Field(default=None, description="a tip, contained in the amount")
    allow_partial: bool | None = Field(
        default=None, description="less than the amount may be approved; without it only towards a stored sale"
    )


class AttemptRequest(_Asked):
    """A further try. The same ``request_id`` again is the same try."""

    request_id: ClientId


class RefundRequest(_Asked):
    """Money back to the card. Without an amount all that is left; without a place where the payment was made."""

    id: ClientId
    reason: Reason
    amount: AskedAmount | None = None
    register_id: DeviceName | None = None
    terminal_id: DeviceName | None = None


class RefundResolutionRequest(_Asked):
    """A person's decision over a refund in doubt."""

    given_back: bool
    reason: Reason


class ResolutionRequest(_Asked):
    """A person's decision over a payment in doubt."""

    paid: bool
    reason: Reason


class ReceiptRequest(_Asked):
    """A copy on paper. The same ``request_id`` again is the same copy."""

    request_id: ClientId
    copy_for: ReceiptCopy = Field(alias="copy", strict=False)


MailAddress = Annotated[str, Field(max_length=320, pattern=r"^\S*$")]
"""Empty, or an address of mail."""


class PersonRequest(_Asked):
    """A new colleague."""

    login: str = Field(pattern=r"^[a-z0-9][a-z0-9._-]{0,63}$")
    name: Name
    role: AskedRole
    pin: str | None = Field(default=None, pattern=r"^[0-9]{4,8}$")
    email: MailAddress = ""


class PersonChangeRequest(_Asked):
    """What changes of a person; what is left out stays."""

    name: Name | None = None
    role: AskedRole | None = None
    disabled: bool | None = None
    email: MailAddress | None = None


class PinRequest(_Asked):
    """One's own PIN, with the password as proof."""

    password: str = Field(min_length=1, max_length=256)
    pin: str = Field(pattern=r"^[0-9]{4,8}$")


class KeyRequest(_Asked):
    """A new API key. ``terminals``: limits it to these; left out, it may use all of the store."""

    name: Name
    scopes: list[AskedScope] = Field(min_length=1, max_length=len(API_KEY_SCOPES))
    terminals: list[DeviceName] | None = Field(default=None, min_length=1, max_length=50)
    days: int = Field(default=90, ge=1, le=DAYS_MAX)


class TrialRequest(_Asked):
    """A line to be tried. ``transport``: ``tcp:HOST:PORT``, ``tls:HOST:PORT``, or a serial port as it is listed.

    ``password``: six digits, for zvt; ``register_no``: by which the terminal tells registers apart, for the others;
    ``terminal_id``: the terminal that is meant (nexo: its POIID), empty for whichever answers.
    """

    protocol: Literal["zvt", "concert", "caisse-ap", "nexo"]
    transport: str = Field(pattern=r"^(serial|pty|tcp|tls):[!-~]{1,200}$", examples=["tcp:192.0.2.20:20007"])
    password: str = Field(default="000000", pattern=r"^[0-9]{6}$")
    register_no: str = Field(default="01", pattern=r"^[0-9]{1,8}$")
    message_format: Literal["json", "xml"] = "json"
    terminal_id: str = Field(default="", pattern=r"^[A-Za-z0-9._+-]{0,40}$")


class SaveTerminalRequest(_Asked):
    """The terminal of a trial is kept. ``register_id``: a till without a terminal; ``register_name``: a new one."""

    trial_id: str = Field(pattern=ID_PATTERN)
    name: Name
    register_id: DeviceName | None = None
    register_name: Name | None = None
    printer_id: DeviceName | None = None


class IdempotencyHeader(BaseModel):
    """Key of the request; the id in its body when left out."""

    idempotency_key: OptionalKey = Field(default=None, alias="Idempotency-Key")


class ResumeHeader(BaseModel):
    """Where an interrupted stream goes on."""

    last_event_id: OptionalSequence = Field(default=None, alias="Last-Event-ID")


class PaymentPath(_Asked):
    """A payment by its id."""

    payment_id: str = Field(pattern=ID_PATTERN)


class RefundPath(_Asked):
    """A refund by its id."""

    refund_id: str = Field(pattern=ID_PATTERN)


class PersonPath(_Asked):
    """A person by id."""

    person_id: str = Field(pattern=ID_PATTERN)


class KeyPath(_Asked):
    """An API key by id."""

    key_id: str = Field(pattern=ID_PATTERN)


class TrialPath(_Asked):
    """A trial by its id."""

    trial_id: str = Field(pattern=ID_PATTERN)


class TerminalPath(_Asked):
    """A terminal by its id."""

    terminal_id: DeviceName


class PageQuery(_Asked):
    """A page of a list, newest first."""

    limit: int = Field(default=25, ge=1, le=PAGE_MAX, strict=False)
    starting_after: OptionalId = None


class TransferQuery(_Asked):
    """Which transfers."""

    payment_id: OptionalId = None
    limit: int = Field(default=100, ge=1, le=1000, strict=False)


class CopyQuery(_Asked):
    """For whom the receipt is."""

    copy_for: ReceiptCopy = Field(default=ReceiptCopy.CUSTOMER, alias="copy", strict=False)
