"""How a running operation of the virtual terminal speaks ZVT: each message waits for the register's answer."""

from terminal_driver.outcome import TerminalReceipt, TransactionData
from terminal_driver.virtual.cards import Card
from terminal_driver.virtual.device_dialogue import Surroundings
from terminal_driver.virtual.journal import JournalEntry
from terminal_driver.virtual.orders import BookingKind
from terminal_driver.virtual.progress_words import INTERMEDIATE_CODE_OF
from terminal_driver.virtual.sale_reporter import NOTHING, Refused, Sent
from terminal_driver.virtual.steps import Question
from terminal_driver.zvt.device_engine import ZvtDeviceEngine
from terminal_driver.zvt.requests import (
    BlockedCardQuestion,
    InputRequest,
    Menu,
    MenuEntry,
    Request,
    SignatureCheck,
    encode_request,
)
from terminal_driver.zvt.status_codes import Language

_ONLINE_PIN = 0x70
"""Payment type in 04 0F (BMP 19): PIN checked."""

INPUT_TIMEOUT_S = 30
_WORDS = {
    Language.GERMAN: {"signature": "Unterschrift korrekt?", "input": "Kundennummer", "yes": "Ja", "no": "Nein"},
    Language.ENGLISH: {"signature": "Signature correct?", "input": "Customer number", "yes": "Yes", "no": "No"},
}


class ZvtReporter:
    """Fulfils ``SaleReporter`` over the device's engine."""

    def __init__(self, engine: ZvtDeviceEngine, around: Surroundings) -> None:
        self._engine = engine
        self._around = around

    def progress(self, word: str, now_s: float, *, patience: bool) -> Sent:
        """Send 04 FF if it is wanted, with the minutes of T4 for ``patience``."""
        if not self._engine.register_wants_progress:
            return NOTHING
        minutes = self._around.patience_minutes if patience else None
        return _awaiting(self._engine.send_intermediate(INTERMEDIATE_CODE_OF[word], minutes, now_s))

    def ask(self, question: Question, card: Card, now_s: float) -> Sent:
        """Send 06 D0, 06 E4, 04 0D or 04 0E, if the register said at its registration that it takes it."""
        engine = self._engine
        apdu = encode_request(self._question(question, card), engine.character_set)
        if apdu.control not in engine.offers.commands:
            return NOTHING
        return _awaiting(engine.send_message(apdu, now_s))

    def _question(self, question: Question, card: Card) -> Request:
        words = _WORDS[self._around.language]
        match question:
            case Question.SIGNATURE:
                return SignatureCheck((words["signature"],))
            case Question.CARD_BLOCKED:
                return BlockedCardQuestion(TransactionData(card_number_masked=card.masked, card_name=card.name))
            case Question.INPUT:
                return InputRequest((words["input"],), timeout_s=INPUT_TIMEOUT_S)
            case Question.MENU:
                return Menu((MenuEntry(words["yes"], b"\x01"), MenuEntry(words["no"], b"\x02")))

    def result(self, booking: JournalEntry, receipts: tuple[TerminalReceipt, ...], now_s: float) -> Sent:
        """Send 04 0F with 27 00; the receipts follow by themselves."""
        del receipts
        data = transaction_of(booking, self._around.terminal_id)
        return _awaiting(self._engine.send_status_information(data, now_s))

    def refusal(self, refused: Refused, receipts: tuple[TerminalReceipt, ...], now_s: float) -> Sent:
        """Send 04 0F with the result code; the receipts follow by themselves."""
        del receipts
        data = TransactionData(
            code=f"{refused.code:02X}",
            amount_minor=refused.order.amount_minor,
            currency_numeric=refused.order.currency,
            terminal_id=self._around.terminal_id,
            text=refused.words,
        )
        return _awaiting(self._engine.send_status_information(data, now_s))

    def print_receipt(self, receipt: TerminalReceipt, now_s: float, *, as_block: bool) -> Sent:
        """Send 06 D3, or 06 D1 a line, if the register prints."""
        if not self._engine.register_prints:
            return NOTHING
        return _awaiting(self._engine.send_print(receipt, now_s, as_block=as_block))

    def complete(self, now_s: float) -> Sent:
        """Send 06 0F."""
        return _awaiting(self._engine.complete(now_s))

    def abort(self, refused: Refused, now_s: float) -> Sent:
        """Send 06 1E."""
        return _awaiting(self._engine.abort(refused.code, now_s))


def transaction_of(entry: JournalEntry, terminal_id: str) -> TransactionData:
    """Return what the terminal reports of a booking, in the operation itself and when asked again later."""
    return TransactionData(
        code="00",
        amount_minor=entry.amount_minor,
        currency_numeric=entry.currency,
        trace_no=entry.trace_no,
        receipt_no=entry.receipt_no,
        turnover_no=entry.turnover_no,
        terminal_id=terminal_id,
        card_name=entry.card_name,
        card_type_id=entry.card_type_id,
        card_number_masked=entry.card_masked,
        date_mmdd=entry.at.strftime("%m%d"),
        time_hhmmss=entry.at.strftime("%H%M%S"),
        payment_type=_ONLINE_PIN,
        tip_minor=entry.tip_minor or None,
        original_trace_no=entry.original_trace_no if entry.kind == BookingKind.REVERSAL else None,
    )


def _awaiting(data: bytes) -> Sent:
    return Sent(data, awaits_answer=True)
