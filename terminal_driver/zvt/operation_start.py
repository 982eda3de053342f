"""From an operation of the driver to the command that begins it and the call that judges it.

All values are checked here, before a byte leaves.
"""

from dataclasses import dataclass
from typing import get_args

from terminal_driver import operations
from terminal_driver.currencies import exact_numeric
from terminal_driver.errors import LocalProtocolError
from terminal_driver.operations import MoneyOperation, Operation, QuietOperation, TransactionReference
from terminal_driver.zvt import bcd, commands, quiet_calls
from terminal_driver.zvt.calls import Call, LastResultCall
from terminal_driver.zvt.money_call import MoneyCall
from terminal_driver.zvt.register_config import ZvtConfig
from terminal_driver.zvt.rules import AcceptDelivery
from terminal_driver.zvt.status_codes import Language

AMOUNT_MINOR_MAX = 10 ** (2 * bcd.AMOUNT_BYTES) - 1
RECEIPT_NO_MAX = 9_999
ALL_OPERATIONS: frozenset[type[Operation]] = frozenset(get_args(Operation))

StartableCommand = (
    commands.PaymentCommand | commands.AdministrationCommand | commands.ExtensibleDeviceCommand | commands.LogOff
)

_DIAGNOSIS_KINDS = {
    operations.DiagnosisKind.LINE: 1,
    operations.DiagnosisKind.EXTENDED: 2,
    operations.DiagnosisKind.CONFIGURATION: 3,
    operations.DiagnosisKind.EMV_CONFIGURATION: 4,
    operations.DiagnosisKind.EP2: 5,
}

_FollowingCommand = commands.BookTotal | commands.PartialReversal | commands.CancelReservation | commands.BookTip
_FOLLOWING: dict[type[MoneyOperation], type[_FollowingCommand]] = {
    operations.BookReservation: commands.BookTotal,
    operations.ReleaseReservation: commands.PartialReversal,
    operations.CancelReservation: commands.CancelReservation,
    operations.BookTip: commands.BookTip,
}


@dataclass(frozen=True, slots=True)
class Start:
    """How an operation begins."""

    call: Call
    command: StartableCommand


def start_of(operation: Operation, config: ZvtConfig, accept: AcceptDelivery) -> Start:
    """Return command and call of an operation.

    Raises:
        LocalProtocolError: ``bad_amount``, ``bad_currency``, ``bad_tip``, ``reference_missing``, ``bad_text`` or a
            value that does not fit its field.
    """
    if isinstance(operation, MoneyOperation):
        command = _money_command(operation, config)
        return Start(MoneyCall(command.control, operation, accept, config.language), command)
    return _quiet_start(operation, config)


def _money_command(operation: MoneyOperation, config: ZvtConfig) -> commands.PaymentCommand:
    # A reservation used up to the last cent is completed with nothing to give back.
    lowest = 0 if isinstance(operation, operations.ReleaseReservation) else 1
    if not lowest <= operation.amount_minor <= AMOUNT_MINOR_MAX:
        raise LocalProtocolError("bad_amount", "the amount must be positive and have at most 12 digits")
    amount, currency = operation.amount_minor, exact_numeric(operation.currency_numeric)
    match operation:
        case operations.SaleRequest():
            return _sale(operation, config)
        case operations.Refund():
            return commands.Refund(config.password, amount, currency)
        case operations.PreAuthorisation():
            return commands.PreAuthorisation(amount, currency, config.payment_type)
        case operations.Reversal():
            return commands.Reversal(config.password, _receipt_no(operation.original), amount, currency)
        case _:
            return _FOLLOWING[type(operation)](_receipt_no(operation.original), amount, currency)


def _sale(request: operations.SaleRequest, config: ZvtConfig) -> commands.Sale:
    if not 0 <= request.tip_minor < request.amount_minor:
        raise LocalProtocolError("bad_tip", "the tip must lie within the amount of the sale")
    return commands.Sale(
        request.amount_minor,
        request.currency_numeric,
        config.payment_type,
        tip_minor=request.tip_minor or None,
        partial_allowed=request.partial_allowed,
        delivery_timeout_s=config.delivery_timeout_s,
        status_requests_max=config.status_requests_max,
    )


def _receipt_no(original: TransactionReference) -> int:
    if original.receipt_no is None or not 0 < original.receipt_no <= RECEIPT_NO_MAX:
        raise LocalProtocolError("reference_missing", "the receipt number of the original transaction is needed")
    return original.receipt_no


def _quiet_start(operation: QuietOperation, config: ZvtConfig) -> Start:
    language, password = config.language, config.password
    match operation:
        case operations.OpenReservations():
            return Start(quiet_calls.OpenReservationsCall(language), commands.OpenReservationsEnquiry())
        case operations.Balance():
            return Start(quiet_calls.BalanceCall(language), commands.BalanceEnquiry())
        case operations.EndOfDay() | operations.Totals():
            kind = commands.EndOfDay if isinstance(operation, operations.EndOfDay) else commands.Totals
            return Start(quiet_calls.DayTotalsCall(kind.control, language), kind(password))
        case operations.RepeatReceipt():
            told = commands.RepeatReceipt(password, commands.SERVICE_SEND_STATUS_INFORMATION)
            return Start(LastResultCall(language), told)
        case operations.LogOff() | operations.ChangeSpeed() | operations.ReadCard():
            return _device_start(operation, language)
        case operations.DisplayText() | operations.AskKey() | operations.AskNumber():
            return _display_start(operation, language)
        case _:
            done = _done_command(operation, password)
            return Start(quiet_calls.DoneCall(done.control, language), done)


def _device_start(
    operation: operations.LogOff | operations.ChangeSpeed | operations.ReadCard, language: Language
) -> Start:
    match operation:
        case operations.LogOff():
            return Start(quiet_calls.AnsweredCall(commands.LOG_OFF, language), commands.LogOff())
        case operations.ChangeSpeed(baud):
            return Start(quiet_calls.AnsweredCall(commands.CHANGE_SPEED, language), commands.ChangeSpeed(baud))
        case operations.ReadCard(timeout_s):
            if not 1 <= timeout_s <= 0xFF:
                raise LocalProtocolError("bad_timeout", "a card is waited for between 1 and 255 seconds")
            return Start(quiet_calls.ReadCardCall(float(timeout_s), language), commands.ReadCard(timeout_s))


def _done_command(
    operation: operations.Reprint
    | operations.Diagnosis
    | operations.Initialise
    | operations.SelfTest
    | operations.SetClock
    | operations.SelectLanguage,
    password: str,
) -> commands.AdministrationCommand | commands.SelectLanguage:
    match operation:
        case operations.Reprint(first_no, last_no):
            return commands.Reprint(password, first_no, last_no)
        case operations.Diagnosis(kind):
            return commands.Diagnosis(None if kind is None else _DIAGNOSIS_KINDS[kind])
        case operations.Initialise():
            return commands.Initialisation(password)
        case operations.SelfTest():
            return commands.SelfTest()
        case operations.SetClock(local_time):
            return commands.SetClock(password, f"{local_time:%y%m%d}", f"{local_time:%H%M%S}")
        case operations.SelectLanguage(language):
            if len(language) != 2 or not (language.isascii() and language.isalpha()):
                raise LocalProtocolError("bad_language", "a language is named by two letters")
            return commands.SelectLanguage(language.lower())


def _display_start(
    operation: operations.DisplayText | operations.AskKey | operations.AskNumber, language: Language
) -> Start:
    if not any(operation.lines):
        raise LocalProtocolError("bad_text", "at least one line must be shown")
    match operation:
        case operations.DisplayText(lines, duration_s, beeps):
            shown = commands.DisplayText(lines, duration_s, beeps or None)
            call = quiet_calls.AnsweredCall(commands.DISPLAY_TEXT, language, patience_s=float(duration_s))
            return Start(call, shown)
        case operations.AskKey(lines, timeout_s):
            return Start(quiet_calls.AskKeyCall(float(timeout_s), language), commands.AskKey(lines, timeout_s))
        case operations.AskNumber(lines, low, high, timeout_s):
            if not 0 <= low <= high:
                raise LocalProtocolError("bad_digits", "the number of digits must rise from the least to the most")
            asked = commands.AskNumber(lines, timeout_s, digits_min=low, digits_max=high)
            return Start(quiet_calls.AskNumberCall(float(timeout_s), language), asked)
