"""What the terminal side of the protocol tells whoever decides what the terminal does."""

from dataclasses import dataclass

from terminal_driver.engine import Notice
from terminal_driver.zvt.commands import Offers


@dataclass(frozen=True, slots=True)
class Registered:
    """06 00. ``config_byte``: what the register wishes. ``block_print``: it takes 06 D3. ``tlv``: it knows BMP 06."""

    config_byte: int
    currency_numeric: str | None
    block_print: bool
    tlv: bool
    offers: Offers


@dataclass(frozen=True, slots=True)
class SaleRequested:
    """06 01. ``amount_minor``: minor units. ``currency_numeric``: None when the register named none."""

    amount_minor: int
    currency_numeric: str | None
    payment_type: int | None


@dataclass(frozen=True, slots=True)
class AbortRequested:
    """06 B0 while a command runs; accept or refuse it, then end the command in its own way."""


@dataclass(frozen=True, slots=True)
class StatusAsked:
    """05 01; answer with ``answer_status``. ``with_version``: the software version is wanted."""

    with_version: bool


@dataclass(frozen=True, slots=True)
class LastResultAsked:
    """06 20. ``with_status``: 04 0F is wanted. ``with_print``: the receipt is wanted."""

    with_status: bool
    with_print: bool


@dataclass(frozen=True, slots=True)
class LogOffRequested:
    """06 02; it is over when it is accepted."""


TerminalCommand = Registered | SaleRequested | AbortRequested | StatusAsked | LastResultAsked | LogOffRequested


@dataclass(frozen=True, slots=True)
class CommandReceived:
    """The register sent a command that waits for ``accept`` or ``refuse``."""

    command: TerminalCommand


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """The register answered a message. ``control``: of the message. ``code``: xx of 84 xx, 0 when accepted."""

    control: int
    accepted: bool
    code: int


@dataclass(frozen=True, slots=True)
class AcknowledgementMissing:
    """The register did not answer a message in time; the dialogue is over."""

    control: int


@dataclass(frozen=True, slots=True)
class LineFailed:
    """The link gave up; the dialogue is over."""

    words: str


DeviceEvent = CommandReceived | Acknowledged | AcknowledgementMissing | LineFailed | Notice
