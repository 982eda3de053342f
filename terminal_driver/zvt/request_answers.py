"""Turns the answers of the rules into acknowledgements (PA00P015 rev 13.08, chapter 3)."""

from terminal_driver.zvt.bitmaps import TLV_CONTAINER, BitmapField, encode_fields
from terminal_driver.zvt.messages import Acknowledgement
from terminal_driver.zvt.requests import (
    BlockedCardQuestion,
    ClockMessage,
    InputRequest,
    Menu,
    MenuEntry,
    Request,
    SignatureCheck,
    chosen_object,
    typed_object,
)
from terminal_driver.zvt.rules import CardAnswer, RegisterRules
from terminal_driver.zvt.status_codes import BUSY, CARD_BLOCKED, TIMEOUT_OR_CANCEL
from terminal_driver.zvt.text import CharacterSet
from terminal_driver.zvt.tlv import TlvObject

ACCEPTED = Acknowledgement(accepted=True)
_CANCELLED = Acknowledgement(accepted=False, code=TIMEOUT_OR_CANCEL)
_CARD_ANSWERS = {
    CardAnswer.FREE: ACCEPTED,
    CardAnswer.BLOCKED: Acknowledgement(accepted=False, code=CARD_BLOCKED),
    CardAnswer.ASK_AGAIN: Acknowledgement(accepted=False, code=BUSY),
}


def answer_request(request: Request, rules: RegisterRules, character_set: CharacterSet) -> Acknowledgement:
    """Ask the rules and return the answer; an index outside of the entries counts as "not confirmed"."""
    match request:
        case ClockMessage():
            return ACCEPTED
        case BlockedCardQuestion():
            return _CARD_ANSWERS[rules.card_blocked(request)]
        case SignatureCheck(entries=entries):
            chosen = rules.check_signature(request)
            if not entries:
                return ACCEPTED if chosen == 0 else _CANCELLED
            return _chosen(entries, chosen)
        case Menu(entries=entries):
            return _chosen(entries, rules.choose(request))
        case InputRequest():
            typed = rules.enter(request)
            return _CANCELLED if typed is None else _with(typed_object(typed, character_set))


def _chosen(entries: tuple[MenuEntry, ...], index: int | None) -> Acknowledgement:
    if index is None or not 0 <= index < len(entries):
        return _CANCELLED
    return _with(chosen_object(entries[index].value))


def _with(item: TlvObject) -> Acknowledgement:
    return Acknowledgement(accepted=True, data=encode_fields([BitmapField(TLV_CONTAINER, objects=(item,))]))
