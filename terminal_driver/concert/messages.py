"""Request and answer with types. The card number of an answer is masked here and leaves in no other form."""

import re
from dataclasses import dataclass, field
from enum import StrEnum

from terminal_driver.card_data import PAN_DIGITS_MAX, PAN_DIGITS_MIN, is_card_number, mask_pan
from terminal_driver.concert.layout import ANSWER_FIELD, LONG_ANSWER, REQUEST, SHORT_ANSWER, Fields, Layout, cut
from terminal_driver.currencies import exact_numeric
from terminal_driver.errors import LocalProtocolError, RemoteProtocolError

AMOUNT_MINOR_MAX = 10**8 - 1
PRIVATE_CHARACTERS = 10
NO_PRIVATE = " " * PRIVATE_CHARACTERS
_ANSWER_FIELD_CHARACTERS = 55
_SHOWN_FIRST = 6
_NUMBER = re.compile(r"[0-9]+")


class AnswerWanted(StrEnum):
    """Whether the answer shall hold the field of 55 characters that begins with the card number."""

    NO = "0"
    YES = "1"


class Action(StrEnum):
    """What the terminal shall do (position 12). For 2 the sources say "refund" and "cancellation"."""

    DEBIT = "0"
    CREDIT = "1"
    CANCELLATION = "2"
    DUPLICATE = "3"
    AUTOMATIC = "4"


class Delay(StrEnum):
    """When the terminal answers. An answer at once says nothing about the payment."""

    AT_THE_END = "A010"
    AT_ONCE = "A011"


class Authorisation(StrEnum):
    """Whether the terminal may decide without its host."""

    TERMINAL_DECIDES = "B010"
    FORCED = "B011"


class AnswerResult(StrEnum):
    """The result byte of an answer."""

    PAID = "0"
    NOT_DONE = "7"
    NOT_VERIFIED = "9"


@dataclass(frozen=True, slots=True)
class Request:
    """What a register asks. ``amount_minor``: minor units, up to 8 digits; ``currency``: three digits.

    ``means``: means of payment as one sign (1 card, C cheque, 2 Amex ...), ``private``: ten characters that come back.
    """

    register_no: str
    amount_minor: int
    currency: str
    action: Action = Action.DEBIT
    means: str = "1"
    answer_wanted: AnswerWanted = AnswerWanted.YES
    private: str = NO_PRIVATE
    delay: Delay = Delay.AT_THE_END
    authorisation: Authorisation = Authorisation.TERMINAL_DECIDES

    def encode(self) -> bytes:
        """Return the message of 34 characters.

        Raises:
            LocalProtocolError: ``bad_amount``, ``bad_currency`` or ``bad_field``.
        """
        values = (
            self.register_no,
            _amount_text(self.amount_minor),
            self.answer_wanted,
            self.means,
            self.action,
            exact_numeric(self.currency),
            self.private,
            self.delay,
            self.authorisation,
        )
        return Fields(REQUEST, tuple(str(value) for value in values)).encode()


@dataclass(frozen=True, slots=True)
class Answer:
    """What a terminal answers. ``result``: the byte as it came; ``card_number_masked``: None when none was told."""

    register_no: str
    result: str
    amount_minor: int
    means: str
    currency: str
    private: str
    card_number_masked: str | None = None


@dataclass(frozen=True, slots=True)
class AnswerToSend:
    """An answer as a terminal writes it. ``answer_field``: None for the short form; never shown."""

    register_no: str
    result: str
    amount_minor: int
    means: str
    currency: str
    private: str
    answer_field: str | None = field(default=None, repr=False)

    def encode(self) -> bytes:
        """Return the message of 25 or 80 characters.

        Raises:
            LocalProtocolError: ``bad_amount``, ``bad_currency`` or ``bad_field``.
        """
        layout: Layout = SHORT_ANSWER
        middle: tuple[str, ...] = ()
        if self.answer_field is not None:
            layout = LONG_ANSWER
            middle = (f"{self.answer_field:<{_ANSWER_FIELD_CHARACTERS}}",)
        head = (self.register_no, self.result, _amount_text(self.amount_minor), self.means)
        return Fields(layout, (*head, *middle, exact_numeric(self.currency), self.private)).encode()


def decode_request(message: bytes) -> Request:
    """Read a request.

    Raises:
        RemoteProtocolError: ``bad_length``, ``bad_character`` or ``bad_field``.
    """
    fields = cut(message)
    if fields.layout is not REQUEST:
        raise RemoteProtocolError("bad_length", "an answer came where a request was expected")
    try:
        return Request(
            register_no=fields["register_no"],
            amount_minor=_amount(fields),
            currency=fields["currency"],
            action=Action(fields["action"]),
            means=fields["means"],
            answer_wanted=AnswerWanted(fields["answer_wanted"]),
            private=fields["private"],
            delay=Delay(fields["delay"]),
            authorisation=Authorisation(fields["authorisation"]),
        )
    except ValueError as error:
        raise RemoteProtocolError("bad_field", f"a field of the request has no known value: {error}") from error


def decode_answer(message: bytes) -> Answer:
    """Read an answer of either length.

    Raises:
        RemoteProtocolError: ``bad_length``, ``bad_character`` or ``bad_field``.
    """
    fields = cut(message)
    if fields.layout is REQUEST:
        raise RemoteProtocolError("bad_length", "a request came where an answer was expected")
    return Answer(
        register_no=fields["register_no"],
        result=fields["result"],
        amount_minor=_amount(fields),
        means=fields["means"],
        currency=fields["currency"],
        private=fields["private"],
        card_number_masked=masked_number(fields[ANSWER_FIELD]) if fields.layout is LONG_ANSWER else None,
    )


def masked_number(answer_field: str) -> str | None:
    """Return the card number at the start of the answer field, cut to the house format; None when there is none.

    The number ends at a blank. Where zeros follow it without one, its end is taken only if exactly one length makes a
    valid card number; otherwise no last digits are shown.
    """
    found = _NUMBER.match(answer_field)
    if found is None or len(found.group()) < PAN_DIGITS_MIN or not found.group().strip("0"):
        return None
    digits = found.group()
    if len(digits) <= PAN_DIGITS_MAX:
        return mask_pan(digits)
    shortest = len(digits.rstrip("0"))
    lengths = range(max(PAN_DIGITS_MIN, shortest), min(PAN_DIGITS_MAX, len(digits)) + 1)
    valid = [length for length in lengths if is_card_number(digits[:length])]
    if len(valid) == 1:
        return mask_pan(digits[: valid[0]])
    return digits[:_SHOWN_FIRST] + "*" * (PAN_DIGITS_MAX - _SHOWN_FIRST)


def _amount(fields: Fields) -> int:
    text = fields["amount_minor"]
    if not text.isdecimal():
        raise RemoteProtocolError("bad_field", "the amount is no number")
    return int(text)


def _amount_text(amount_minor: int) -> str:
    if not 0 <= amount_minor <= AMOUNT_MINOR_MAX:
        raise LocalProtocolError("bad_amount", "an amount has at most 8 digits")
    return f"{amount_minor:08d}"
