"""Request and answer with types. The card number of an answer is masked here and leaves in no other form."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from terminal_driver.caisse_ap.tickets import CONTAINER, TicketsWanted
from terminal_driver.caisse_ap.tlv import Element, encode
from terminal_driver.card_data import mask_pan
from terminal_driver.currencies import exact_numeric
from terminal_driver.errors import LocalProtocolError, RemoteProtocolError

VERSION = "0300"
PROTOCOL_ID = "012345678901"
"""What terminals accept from a register that has no identifier of the association."""

AMOUNT_MINOR_MAX = 10**12 - 1
PRIVATE_CHARACTERS_MAX = 99
ASKED = ("CZ", "CJ", "CA", "CE", "CD", "CB")
"""Tags without which a terminal refuses a request."""

PROOF = frozenset({"CZ", "CA", "CE", "CD", "CB", "AE"})
"""Tags an answer must have to prove a payment."""

APPLICATIONS = {
    "000": "other",
    "001": "CB contact",
    "002": "American Express contact",
    "003": "CB Enseigne",
    "005": "Cofinoga",
    "006": "Diners",
    "007": "CB-Pass",
    "008": "Franfinance",
    "009": "JCB",
    "00A": "Banque Accord",
    "00B": "CB contactless",
    "00C": "cheque",
    "00D": "American Express contactless",
    "00E": "CMCIC",
    "00I": "CPEI",
    "00U": "CUP",
}


class Action(StrEnum):
    """What the terminal shall do (CD)."""

    DEBIT = "0"
    CREDIT = "1"
    CANCELLATION = "2"
    DUPLICATE = "3"


class AnswerResult(StrEnum):
    """The result of an answer (AE)."""

    DONE = "10"
    NOT_DONE = "01"
    TAKEN_INTO_ACCOUNT = "11"


@dataclass(frozen=True, slots=True)
class Request:
    """What a register asks. ``amount_minor``: minor units, up to 12 digits; ``currency``: three digits.

    ``application``: CC, three signs, empty leaves the choice to the terminal. ``private``: CF, up to 99 characters,
    empty leaves it out. ``at_once``: the terminal answers before the payment (BA 1).
    """

    register_no: str
    amount_minor: int
    currency: str
    action: Action = Action.DEBIT
    version: str = VERSION
    protocol_id: str = PROTOCOL_ID
    application: str = ""
    private: str = ""
    tickets: TicketsWanted = TicketsWanted.NONE
    at_once: bool = False

    def elements(self) -> tuple[Element, ...]:
        """Return the elements in the order other registers send them.

        Raises:
            LocalProtocolError: ``bad_amount`` or ``bad_currency``.
        """
        if not 0 <= self.amount_minor <= AMOUNT_MINOR_MAX:
            raise LocalProtocolError("bad_amount", "an amount has at most 12 digits")
        pairs = (
            ("CZ", self.version),
            ("CJ", self.protocol_id),
            ("CA", self.register_no),
            ("CE", exact_numeric(self.currency)),
            ("BA", "1" if self.at_once else "0"),
            ("CD", str(self.action)),
            ("CC", self.application),
            ("CB", f"{self.amount_minor:02d}"),  # at least two digits, or the terminal refuses small amounts
            ("CF", self.private),
            ("CK", str(self.tickets)),
        )
        return tuple(Element(tag, value) for tag, value in pairs if value)

    def encode(self) -> bytes:
        """Return the message.

        Raises:
            LocalProtocolError: ``bad_amount``, ``bad_currency`` or ``bad_value``.
        """
        return encode(self.elements())


@dataclass(frozen=True, slots=True)
class Answer:
    """What a terminal answers; None where it said nothing. ``amount_minor``: CB as a number.

    ``card_number_masked``: first six and last four digits at most. ``reason``: AF.
    """

    result: str | None = None
    reason: str | None = None
    version: str | None = None
    register_no: str | None = None
    amount_minor: int | None = None
    action: str | None = None
    currency: str | None = None
    private: str | None = None
    application: str | None = None
    contract: str | None = None
    authorisation: str | None = None
    card_number_masked: str | None = None


def is_whole(elements: Iterable[Element]) -> bool:
    """Tell whether an answer has everything that a proof needs; more may follow all the same."""
    return {element.tag for element in elements} >= PROOF


def values_of(elements: tuple[Element, ...]) -> dict[str, str]:
    """Return the values by tag, without containers.

    Raises:
        RemoteProtocolError: ``version_missing`` when CZ is not the first tag, ``repeated_tag``.
    """
    if not elements or elements[0].tag != "CZ":
        raise RemoteProtocolError("version_missing", "the message does not begin with its version (CZ)")
    values: dict[str, str] = {}
    for element in elements:
        if element.tag == CONTAINER:
            continue
        if element.tag in values:
            raise RemoteProtocolError("repeated_tag", f"{element.tag} comes twice")
        values[element.tag] = element.value
    return values


def decode_answer(elements: tuple[Element, ...]) -> Answer:
    """Read an answer.

    Raises:
        RemoteProtocolError: ``version_missing``, ``repeated_tag`` or ``bad_amount``.
    """
    values = values_of(elements)
    card = values.get("AA")
    return Answer(
        result=values.get("AE"),
        reason=values.get("AF"),
        version=values.get("CZ"),
        register_no=values.get("CA"),
        amount_minor=amount_of(values.get("CB")),
        action=values.get("CD"),
        currency=values.get("CE"),
        private=values.get("CF"),
        application=values.get("CC"),
        contract=values.get("CG"),
        authorisation=values.get("AC"),
        card_number_masked=None if card is None else mask_pan(card.strip()),
    )


def amount_of(text: str | None) -> int | None:
    """Read CB; leading zeros are ignored.

    Raises:
        RemoteProtocolError: ``bad_amount``, it is not 1 to 12 digits.
    """
    if text is None:
        return None
    if len(text) > 12 or not text.isdecimal():
        raise RemoteProtocolError("bad_amount", "the amount (CB) is not 1 to 12 digits")
    return int(text)
