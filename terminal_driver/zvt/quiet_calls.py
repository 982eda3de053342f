"""The calls of commands that charge and give back nothing, beyond those of :mod:`terminal_driver.zvt.calls`."""

from terminal_driver.engine import Result
from terminal_driver.operations import (
    CardBalance,
    CardSeen,
    DayTotals,
    Done,
    KeyPressed,
    NumberTyped,
    ReservationList,
    TerminalKey,
)
from terminal_driver.outcome import NoAnswer
from terminal_driver.zvt.calls import ACCEPTED, QuietCall
from terminal_driver.zvt.commands import ASK_KEY, ASK_NUMBER, BALANCE, PARTIAL_REVERSAL, READ_CARD
from terminal_driver.zvt.messages import (
    AbortMessage,
    Acknowledgement,
    Completion,
    StatusCompletion,
    StatusInformation,
)
from terminal_driver.zvt.status_codes import (
    FOLLOW_UP_WORDS,
    RESERVATION_ERROR,
    TIMEOUT_OR_CANCEL,
    Language,
    refusal_word,
    result_words,
)

# What a terminal answers to 06 E1 (PA00P015 rev 13.08, 2.44).
_KEYS = {
    0x0D: TerminalKey.CONFIRM,
    0x18: TerminalKey.CLEAR,
    0x1B: TerminalKey.STOP,
    TIMEOUT_OR_CANCEL: TerminalKey.TIMEOUT,
}
_ASCII_DIGITS = range(0x30, 0x3A)


class _Telling(QuietCall):
    """A command whose answer stands in 04 0F and is complete with 06 0F."""

    def __init__(self, control: int, language: Language) -> None:
        super().__init__(language)
        self.control = control
        self._info: StatusInformation | None = None

    def information(self, info: StatusInformation) -> Acknowledgement | None:
        """Keep the last one."""
        self._info = info
        return ACCEPTED

    def unreadable_information(self) -> bool:
        """An answer that cannot be read is none."""
        self._info = None
        return True

    def _failure(self) -> NoAnswer | None:
        """Return what the terminal said against it, if it did."""
        code = self._info.data.code if self._info is not None else None
        if code in (None, "00"):
            return None
        number = int(code or "", 16)
        text = self._info.data.text if self._info is not None else None
        return NoAnswer(refusal_word(number), text or result_words(number, self._language))


class DoneCall(_Telling):
    """A command that is over with 06 0F: diagnosis, initialisation, self-test, clock, reprint, language."""

    def information(self, info: StatusInformation) -> Acknowledgement | None:
        """A result with an amount is a transaction, and none of this command."""
        return None if info.data.amount_minor is not None else super().information(info)

    def completed(self, message: Completion | StatusCompletion) -> Result | None:
        """06 0F."""
        if isinstance(message, StatusCompletion):
            return None
        words = message.text or (self._info.data.text if self._info is not None else None)
        return self._failure() or Done(words or "", self._receipts.receipts())


class DayTotalsCall(_Telling):
    """06 50 and 06 10."""

    def completed(self, message: Completion | StatusCompletion) -> Result | None:
        """06 0F; the totals are what 04 0F said, if there was one that could be read."""
        if isinstance(message, StatusCompletion):
            return None
        if (failure := self._failure()) is not None:
            return failure
        follow_up = FOLLOW_UP_WORDS.get(message.code, "") if message.code is not None else ""
        info = self._info
        if info is None:
            return DayTotals(receipts=self._receipts.receipts(), follow_up=follow_up)
        totals = info.totals
        return DayTotals(
            sum_minor=info.data.amount_minor,
            currency_numeric=info.data.currency_numeric,
            first_receipt_no=totals.first_receipt_no if totals else None,
            last_receipt_no=totals.last_receipt_no if totals else None,
            schemes=totals.schemes if totals else (),
            receipts=self._receipts.receipts(),
            follow_up=follow_up,
        )


class BalanceCall(_Telling):
    """06 03."""

    def __init__(self, language: Language) -> None:
        super().__init__(BALANCE, language)

    def completed(self, message: Completion | StatusCompletion) -> Result | None:
        """06 0F after 04 0F with the balance: tag 1F6A, which has a sign, goes before BMP 04."""
        if isinstance(message, StatusCompletion):
            return None
        if (failure := self._failure()) is not None:
            return failure
        info = self._info
        if info is None or info.data.code is None:
            return NoAnswer("no_status_information", "the terminal completed without saying a balance")
        amount = info.data.amount_minor if info.remaining_minor is None else info.remaining_minor
        if amount is None:
            return NoAnswer("no_amount", "the terminal named no balance")
        return CardBalance(amount, info.data.currency_numeric, info.data.card_name)


class ReadCardCall(_Telling):
    """06 C0: ends with 04 0F."""

    ends_with_information = True

    def __init__(self, patience_s: float, language: Language) -> None:
        super().__init__(READ_CARD, language)
        self.patience_s = patience_s

    def completed(self, message: Completion | StatusCompletion) -> Result | None:
        """Called for 04 0F, and for a 06 0F that some terminals send instead of it."""
        del message
        if (failure := self._failure()) is not None:
            return failure
        info = self._info
        if info is None or info.data.code is None:
            return NoAnswer("no_status_information", "the terminal ended without saying that it read a card")
        data = info.data
        return CardSeen(data.card_number_masked, data.card_name, data.card_type_id, info.token, info.uid)


class OpenReservationsCall(QuietCall):
    """06 23 03 87 FF FF: the answer is a 06 1E with code B8."""

    control = PARTIAL_REVERSAL

    def aborted(self, message: AbortMessage) -> Result:
        """The list, unless the terminal says something else."""
        if message.code == RESERVATION_ERROR and message.reservations is not None:
            return ReservationList(message.reservations)
        return super().aborted(message)

    def completed(self, message: Completion | StatusCompletion) -> Result | None:
        """06 0F says nothing about reservations."""
        if isinstance(message, StatusCompletion):
            return None
        return NoAnswer("no_list", "the terminal completed without naming its open reservations")


class AnsweredCall(QuietCall):
    """A command that is over with 80 00: log-off, display, speed."""

    def __init__(self, control: int, language: Language, *, patience_s: float = 0.0) -> None:
        super().__init__(language)
        self.control = control
        self.patience_s = patience_s

    def answered(self, data: bytes) -> Result:
        """80 00."""
        del data
        return Done()


class AskKeyCall(AnsweredCall):
    """06 E1: the key stands behind 80 00."""

    def __init__(self, patience_s: float, language: Language) -> None:
        super().__init__(ASK_KEY, language, patience_s=patience_s)

    def answered(self, data: bytes) -> Result:
        """80 00 with one byte."""
        if not data:
            return NoAnswer("no_key", "the terminal named no key")
        return KeyPressed(_KEYS.get(data[0], TerminalKey.OTHER), data[0])

    def refused(self, code: int) -> Result:
        """Some terminals refuse instead of answering that the time is over."""
        if code == TIMEOUT_OR_CANCEL:
            return KeyPressed(TerminalKey.TIMEOUT, code)
        return super().refused(code)


class AskNumberCall(AnsweredCall):
    """06 E2: the digits stand behind 80 00, as ASCII or packed."""

    def __init__(self, patience_s: float, language: Language) -> None:
        super().__init__(ASK_NUMBER, language, patience_s=patience_s)

    def answered(self, data: bytes) -> Result:
        """80 00 with the digits; a lone 6C says that the time was over."""
        if data == bytes([TIMEOUT_OR_CANCEL]):
            return NoAnswer("timeout", "nothing was typed in time")
        if all(byte in _ASCII_DIGITS for byte in data):
            return NumberTyped(data.decode("ascii"))
        digits = data.hex().upper().strip("F")
        if not digits.isdecimal():
            return NoAnswer("no_number", "the answer of the terminal is no number")
        return NumberTyped(digits)
