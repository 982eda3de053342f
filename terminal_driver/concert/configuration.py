"""How one Concert terminal is spoken to."""

from dataclasses import dataclass, field

from terminal_driver.concert.link import LinkTimes
from terminal_driver.concert.messages import AnswerWanted, Authorisation
from terminal_driver.errors import LocalProtocolError
from terminal_driver.zvt.status_codes import Language

ANSWER_S = 180.0  # a cardholder with card, PIN and a second try


@dataclass(frozen=True, slots=True)
class ConcertConfig:
    """How one terminal is spoken to.

    ``register_no``: 01 to 99. ``means``: means of payment, one sign. ``answer_wanted``: with or without the masked card
    number. ``authorisation``: whether the terminal must call its host. ``send_reference``: our own name of a call
    in the private field; without it a late answer to an earlier call of the same amount cannot be told apart.
    ``answer_s``: seconds from the request to the answer.
    """

    register_no: str = "01"
    currency_numeric: str = "978"
    means: str = "1"
    answer_wanted: AnswerWanted = AnswerWanted.YES
    authorisation: Authorisation = Authorisation.TERMINAL_DECIDES
    send_reference: bool = True
    language: Language = Language.ENGLISH
    times: LinkTimes = field(default_factory=LinkTimes)
    answer_s: float = ANSWER_S

    def __post_init__(self) -> None:
        """Refuse values that do not fit their fields.

        Raises:
            LocalProtocolError: ``bad_register_no`` or ``bad_means``.
        """
        number = self.register_no
        if len(number) != 2 or not (number.isascii() and number.isdecimal()) or number == "00":
            raise LocalProtocolError("bad_register_no", "the register number has two digits, 01 to 99")
        if len(self.means) != 1 or not (self.means.isascii() and self.means.isalnum()):
            raise LocalProtocolError("bad_means", "the means of payment is one letter or digit")
