"""What the terminal side of the protocol tells whoever decides what the terminal does.

Commands whose data a terminal needs as they are reach it as the values of :mod:`terminal_driver.zvt.commands`.
"""

from dataclasses import dataclass

from terminal_driver.engine import Notice
from terminal_driver.zvt import commands
from terminal_driver.zvt.commands import Offers

_SERVICE_WITHOUT_VERSION = 0x02


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
    """06 01. ``amount_minor``: minor units. ``currency_numeric``: None when the register named none.

    ``tip_minor``: contained in the amount. ``partial_allowed``: the register can take a smaller approval.
    """

    amount_minor: int
    currency_numeric: str | None
    payment_type: int | None
    tip_minor: int = 0
    partial_allowed: bool = False


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


MoneyCommand = (
    SaleRequested
    | commands.Refund
    | commands.Reversal
    | commands.PreAuthorisation
    | commands.PartialReversal
    | commands.BookTotal
    | commands.CancelReservation
    | commands.BookTip
    | commands.TelephoneAuthorisation
    | commands.Procurement
)
"""Commands that end with a booking."""

QuietCommand = (
    commands.OpenReservationsEnquiry
    | commands.BalanceEnquiry
    | commands.Totals
    | commands.EndOfDay
    | commands.SendOffline
    | commands.Initialisation
    | commands.Diagnosis
    | commands.SetClock
    | commands.Reprint
    | commands.RestartTerminal
    | commands.PrintConfiguration
    | commands.SelfTest
    | commands.ReadCard
    | commands.DisplayText
    | commands.AskKey
    | commands.AskNumber
    | commands.SelectLanguage
    | commands.ChangeSpeed
    | commands.PrintLine
    | commands.PrintBlock
)
"""Commands that book nothing."""

TerminalCommand = (
    Registered | AbortRequested | StatusAsked | LastResultAsked | LogOffRequested | MoneyCommand | QuietCommand
)


@dataclass(frozen=True, slots=True)
class CommandReceived:
    """The register sent a command that waits for ``accept`` or ``refuse``."""

    command: TerminalCommand


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """The register answered a message. ``control``: of the message. ``code``: xx of 84 xx, 0 when accepted.

    ``data``: what stood in the answer.
    """

    control: int
    accepted: bool
    code: int
    data: bytes = b""


@dataclass(frozen=True, slots=True)
class AcknowledgementMissing:
    """The register did not answer a message in time; the dialogue is over."""

    control: int


@dataclass(frozen=True, slots=True)
class LineFailed:
    """The link gave up; the dialogue is over."""

    words: str


DeviceEvent = CommandReceived | Acknowledged | AcknowledgementMissing | LineFailed | Notice


def terminal_command(command: commands.Command) -> TerminalCommand | None:
    """Return what a terminal is told of a command; None for one that it does not support.

    Passwords are not changed and terminal ids not set at a simulated terminal; reservations of other terminals and
    unknown commands are not served either.
    """
    match command:
        case commands.Registration():
            return Registered(
                config_byte=command.config_byte,
                currency_numeric=command.currency_numeric,
                block_print=commands.PRINT_BLOCK in command.offers.commands,
                tlv=command.tlv,
                offers=command.offers,
            )
        case commands.Sale():
            return SaleRequested(
                command.amount_minor,
                command.currency_numeric,
                command.payment_type,
                command.tip_minor or 0,
                command.partial_allowed,
            )
        case commands.StatusEnquiry():
            return StatusAsked(with_version=not (command.service_byte or 0) & _SERVICE_WITHOUT_VERSION)
        case commands.RepeatReceipt():
            service = command.service_byte or 0
            return LastResultAsked(
                with_status=bool(service & commands.SERVICE_SEND_STATUS_INFORMATION),
                with_print=not service & commands.SERVICE_DO_NOT_PRINT,
            )
        case commands.LogOff():
            return LogOffRequested()
        case commands.AbortByRegister():
            return AbortRequested()
        case (
            commands.ForeignReservationReversal()
            | commands.SetTerminalId()
            | commands.ChangePassword()
            | commands.OtherCommand()
        ):
            return None
        case _:
            return command
