"""The question what became of a request, and its answer: the register's way out of an unknown outcome."""

from dataclasses import dataclass

from terminal_driver.engine import Result
from terminal_driver.errors import RemoteProtocolError
from terminal_driver.nexo.binding import Body
from terminal_driver.nexo.calls import QuietCall
from terminal_driver.nexo.judgement import Expected, transaction_of
from terminal_driver.nexo.messages import MessageHeader, MessageReference
from terminal_driver.nexo.payment_messages import (
    PaymentResponse,
    RepeatedMessageResponse,
    ReversalResponse,
    TransactionStatusResponse,
)
from terminal_driver.nexo.receipts import receipts_of
from terminal_driver.nexo.vocabulary import Category, ErrorCondition
from terminal_driver.nexo.vocabulary import Result as Word
from terminal_driver.outcome import LastResult, NoAnswer, TransactionData
from terminal_driver.zvt.status_codes import Language


@dataclass(frozen=True, slots=True)
class Asked:
    """The request a question is about: its category and ServiceID as they were sent, and what was expected."""

    category: Category
    service_id: str
    expected: Expected


@dataclass(frozen=True, slots=True)
class Parties:
    """Who speaks with whom: SaleID and POIID."""

    sale_id: str
    poi_id: str

    def fit(self, header: MessageHeader) -> bool:
        """Tell whether a message is between these two."""
        return (header.sale_id, header.poi_id) == (self.sale_id, self.poi_id)


class TransactionStatusCall(QuietCall):
    """Asks what became of one request, or of the last one.

    Args:
        asked: the request; None asks for the last transaction of the terminal, whatever it was.
        parties: register and terminal.
        currency_numeric: of an answer that names none.
        language: of the reasons.
    """

    def __init__(self, asked: Asked | None, parties: Parties, currency_numeric: str, language: Language) -> None:
        super().__init__(language)
        self._asked = asked
        self._parties = parties
        self._currency_numeric = asked.expected.currency_numeric if asked is not None else currency_numeric

    @property
    def reference(self) -> MessageReference | None:
        """What the question names."""
        if self._asked is None:
            return None
        return MessageReference(self._asked.category, self._asked.service_id, self._parties.sale_id)

    def answered(self, body: Body | None) -> Result:
        """Hand on what the terminal repeats, once it is certain that it is the request asked about."""
        if not isinstance(body, TransactionStatusResponse):
            return self._wrong()
        if not self._fits(body.message_reference):
            return NoAnswer("other_message", "the terminal told of another request")
        if body.response.result == Word.FAILURE and body.response.error_condition == ErrorCondition.NOT_FOUND:
            name = None if self._asked is None else self._asked.expected.name
            return LastResult(held=False, data=TransactionData(code=ErrorCondition.NOT_FOUND, reference=name))
        if (refusal := self._refused(body.response)) is not None:
            return refusal
        repeated = body.repeated_message_response
        if repeated is None or not isinstance(answer := repeated.body, PaymentResponse | ReversalResponse):
            return NoAnswer("nothing_repeated", "the terminal repeats no answer that moved money")
        if not self._repeats(repeated.message_header, answer):
            return NoAnswer("other_message", "the terminal repeated the answer to another request")
        return self._told(answer, repeated)

    def _told(self, answer: PaymentResponse | ReversalResponse, repeated: RepeatedMessageResponse) -> Result:
        name = "" if self._asked is None else self._asked.expected.name
        try:
            data = transaction_of(
                answer,
                name=name,
                currency_numeric=self._currency_numeric,
                terminal_id=repeated.message_header.poi_id,
            )
        except RemoteProtocolError as error:
            return NoAnswer("unreadable_answer", str(error))
        done = answer.response.result in (Word.SUCCESS, Word.PARTIAL)
        return LastResult(True, data, (*receipts_of(answer.payment_receipt, approved=done), *self.receipts))

    def _fits(self, told: MessageReference | None) -> bool:
        """Tell whether a reference the terminal repeats names our question; it may leave out any part."""
        if told is None or self._asked is None:
            return True
        return (
            told.service_id in (None, self._asked.service_id)
            and told.sale_id in (None, self._parties.sale_id)
            and told.message_category in (None, self._asked.category)
        )

    def _repeats(self, header: MessageHeader, answer: PaymentResponse | ReversalResponse) -> bool:
        """Tell whether a repeated answer is the one to the request asked about."""
        if not self._parties.fit(header):
            return False
        if self._asked is None:
            return True
        if isinstance(answer, PaymentResponse):
            told = None if answer.payment_result is None else answer.payment_result.payment_type
            if self._asked.category != Category.PAYMENT or told not in (None, self._asked.expected.payment_type):
                return False
        elif self._asked.category != Category.REVERSAL:
            return False
        return (header.service_id, header.message_category) == (self._asked.service_id, self._asked.category)
