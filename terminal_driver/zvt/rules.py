"""What the register answers when a terminal asks it something: one small interface, and a cautious set of answers.

The engine calls the rules while the terminal waits for its answer: at most T3 (5 s). What rules cannot answer they do
not offer; a terminal that asks all the same gets 84 83 00. Nothing is ever approved by default.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from terminal_driver.outcome import TransactionData
from terminal_driver.zvt.requests import (
    BLOCKED_CARD,
    INPUT_REQUEST,
    MENU,
    SIGNATURE_CHECK,
    BlockedCardQuestion,
    InputRequest,
    Menu,
    SignatureCheck,
)


class DeliveryAnswer(Enum):
    """What a register may say to an approval beside yes and no."""

    ASK_AGAIN = "ask_again"
    """84 9C: the goods are not given yet; the terminal asks again after 2 s, as often as the sale allowed."""


@dataclass(frozen=True, slots=True)
class PartlyDelivered:
    """84 9D: only goods for ``amount_minor`` were given; above 0 and below what was approved."""

    amount_minor: int


AcceptDelivery = Callable[[TransactionData], bool | DeliveryAnswer | PartlyDelivered]
"""Asked before an approval is acknowledged; a plain ``AcceptResult`` will do. It must not raise."""


class CardAnswer(Enum):
    """Is this card blocked?"""

    FREE = "free"
    BLOCKED = "blocked"
    ASK_AGAIN = "ask_again"


class RegisterRules(Protocol):
    """Answers of the register. They must not raise; each is called only when its command was offered."""

    @property
    def offers(self) -> frozenset[int]:
        """Control fields of the requests that can be answered; they are offered at registration."""

    @property
    def prints(self) -> bool:
        """True when receipt lines can be taken; else they are refused with 84 CC."""

    def check_signature(self, check: SignatureCheck) -> int | None:
        """Return the index of the entry that was chosen, 0 for "yes" when there are none; None: not confirmed."""

    def choose(self, menu: Menu) -> int | None:
        """Return the index of the chosen entry; None cancels."""

    def enter(self, request: InputRequest) -> str | None:
        """Return what was typed; None cancels."""

    def card_blocked(self, question: BlockedCardQuestion) -> CardAnswer:
        """Say whether a card is blocked."""


@dataclass(frozen=True, slots=True)
class CautiousRules:
    """Offers only what was set: nothing, unless told otherwise. ``prints``: receipt lines are taken.

    ``signature_entry``: index of the entry by which every signature is answered, for a house where the terminal's own
    paper is signed and checked; None does not offer the check. ``blocked_cards``: asked for each card; None does not
    offer it.
    """

    prints: bool = True
    signature_entry: int | None = None
    blocked_cards: Callable[[TransactionData], CardAnswer] | None = None

    @property
    def offers(self) -> frozenset[int]:
        """Control fields of the requests that were set up."""
        found = set()
        if self.signature_entry is not None:
            found.add(SIGNATURE_CHECK)
        if self.blocked_cards is not None:
            found.add(BLOCKED_CARD)
        return frozenset(found)

    def check_signature(self, check: SignatureCheck) -> int | None:
        """Return the entry that was set."""
        del check
        return self.signature_entry

    def choose(self, menu: Menu) -> int | None:
        """Cancel."""
        del menu
        return None

    def enter(self, request: InputRequest) -> str | None:
        """Cancel."""
        del request
        return None

    def card_blocked(self, question: BlockedCardQuestion) -> CardAnswer:
        """Ask the rule that was set; a card nobody knows about counts as blocked."""
        return CardAnswer.BLOCKED if self.blocked_cards is None else self.blocked_cards(question.card)


@dataclass(frozen=True, slots=True)
class CashierRules:
    """Asks a person for everything: each question is handed to one function, which returns the answer or None.

    The functions are called in the thread of the device and hold it up; they have to come back within T3.
    """

    signature: Callable[[SignatureCheck], int | None]
    menu: Callable[[Menu], int | None]
    entry: Callable[[InputRequest], str | None]
    prints: bool = True

    @property
    def offers(self) -> frozenset[int]:
        """All three questions."""
        return frozenset({SIGNATURE_CHECK, MENU, INPUT_REQUEST})

    def check_signature(self, check: SignatureCheck) -> int | None:
        """Ask."""
        return self.signature(check)

    def choose(self, menu: Menu) -> int | None:
        """Ask."""
        return self.menu(menu)

    def enter(self, request: InputRequest) -> str | None:
        """Ask."""
        return self.entry(request)

    def card_blocked(self, question: BlockedCardQuestion) -> CardAnswer:
        """Not offered."""
        del question
        return CardAnswer.BLOCKED
