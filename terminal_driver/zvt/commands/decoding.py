"""From an APDU of the register to the command it carries."""

from collections.abc import Callable
from dataclasses import dataclass

from terminal_driver.zvt.apdu import Apdu
from terminal_driver.zvt.commands import control_fields as codes
from terminal_driver.zvt.commands.administration import (
    ChangePassword,
    Diagnosis,
    EndOfDay,
    Initialisation,
    PrintConfiguration,
    RepeatReceipt,
    Reprint,
    RestartTerminal,
    SelfTest,
    SendOffline,
    SetClock,
    SetTerminalId,
    Totals,
)
from terminal_driver.zvt.commands.command_data import CommandReader
from terminal_driver.zvt.commands.device_access import (
    AbortByRegister,
    AskKey,
    AskNumber,
    ChangeSpeed,
    DisplayText,
    ReadCard,
    SelectLanguage,
    StatusEnquiry,
)
from terminal_driver.zvt.commands.payments import (
    BalanceEnquiry,
    Procurement,
    Refund,
    Reversal,
    Sale,
    TelephoneAuthorisation,
)
from terminal_driver.zvt.commands.print_on_terminal import PrintBlock, PrintLine, decode_print
from terminal_driver.zvt.commands.registration import LogOff, Registration
from terminal_driver.zvt.commands.reservations import (
    BookTip,
    BookTotal,
    CancelReservation,
    ForeignReservationReversal,
    OpenReservationsEnquiry,
    PartialReversal,
    PreAuthorisation,
)
from terminal_driver.zvt.fields import Direction, decode_fields


@dataclass(frozen=True, slots=True)
class OtherCommand:
    """A command this library does not serve."""

    control: int


PaymentCommand = (
    Sale
    | Refund
    | Reversal
    | PreAuthorisation
    | PartialReversal
    | BookTotal
    | CancelReservation
    | BookTip
    | ForeignReservationReversal
    | TelephoneAuthorisation
    | Procurement
    | BalanceEnquiry
    | OpenReservationsEnquiry
)
AdministrationCommand = (
    Totals
    | EndOfDay
    | SendOffline
    | Initialisation
    | Diagnosis
    | SetClock
    | SetTerminalId
    | ChangePassword
    | Reprint
    | RepeatReceipt
    | RestartTerminal
    | PrintConfiguration
    | SelfTest
)
ExtensibleDeviceCommand = (
    AbortByRegister | StatusEnquiry | ReadCard | DisplayText | AskKey | AskNumber | SelectLanguage | ChangeSpeed
)
"""Commands that use the terminal as a device and can carry further objects."""
DeviceCommand = ExtensibleDeviceCommand | PrintLine | PrintBlock
Command = Registration | LogOff | PaymentCommand | AdministrationCommand | DeviceCommand | OtherCommand

_DECODERS: dict[int, Callable[[CommandReader], Command]] = {
    kind.control: kind.decode
    for kind in (
        *(Registration, LogOff, Sale, Refund, Reversal, PreAuthorisation, PartialReversal, BookTotal),
        *(CancelReservation, BookTip, ForeignReservationReversal, TelephoneAuthorisation, Procurement),
        *(BalanceEnquiry, Totals, EndOfDay, SendOffline, Initialisation, Diagnosis, SetClock, SetTerminalId),
        *(ChangePassword, Reprint, RepeatReceipt, RestartTerminal, PrintConfiguration, SelfTest),
        *(AbortByRegister, StatusEnquiry, ReadCard, DisplayText, AskKey, AskNumber, SelectLanguage, ChangeSpeed),
    )
}


def decode_command(apdu: Apdu) -> Command:
    """Read a command of the register; card data it may carry are not taken over.

    Raises:
        RemoteProtocolError: the fields cannot be read, or one the command cannot do without is missing
            (``amount_missing``, ``receipt_missing`` ...).
    """
    if apdu.control in (codes.PRINT_LINE, codes.PRINT_BLOCK):
        return decode_print(apdu)
    decoder = _DECODERS.get(apdu.control)
    if decoder is None:
        return OtherCommand(apdu.control)
    read = CommandReader(apdu.control, decode_fields(apdu.control, apdu.data, Direction.TO_TERMINAL))
    if apdu.control == codes.PARTIAL_REVERSAL and read.receipt_no() == codes.NO_RECEIPT_NO:
        return OpenReservationsEnquiry.decode(read)
    return decoder(read)
