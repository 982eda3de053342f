"""How one Caisse-AP terminal is spoken to."""

from dataclasses import dataclass

from terminal_driver.caisse_ap.messages import PROTOCOL_ID, VERSION
from terminal_driver.caisse_ap.tickets import TicketsWanted
from terminal_driver.errors import LocalProtocolError
from terminal_driver.zvt.status_codes import Language

ANSWER_S = 180.0  # a cardholder with card, PIN and a second try


@dataclass(frozen=True, slots=True)
class CaisseApConfig:
    """Settings of one terminal.

    ``register_no``: 01 to 99. ``version``: CZ. ``protocol_id``: CJ. ``application``: CC, empty leaves the choice to the
    terminal. ``tickets``: which tickets come as text. ``send_reference``: our own name of a call in CF, which lets a
    duplicate be recognised. ``answer_s``: seconds from the request to the answer. ``quiet_s``: silence after which an
    answer with all it needs is taken as complete, ``incomplete_s``: the same for one in which something is missing;
    ``gap_s``: longest silence within an element.
    """

    register_no: str = "01"
    currency_numeric: str = "978"
    version: str = VERSION
    protocol_id: str = PROTOCOL_ID
    application: str = ""
    tickets: TicketsWanted = TicketsWanted.NONE
    send_reference: bool = True
    language: Language = Language.ENGLISH
    answer_s: float = ANSWER_S
    quiet_s: float = 0.3
    incomplete_s: float = 2.0
    gap_s: float = 5.0

    def __post_init__(self) -> None:
        """Refuse values that do not fit their fields.

        Raises:
            LocalProtocolError: ``bad_register_no``, ``bad_version``, ``bad_protocol_id`` or ``bad_application``.
        """
        number = self.register_no
        if len(number) != 2 or not (number.isascii() and number.isdecimal()) or number == "00":
            raise LocalProtocolError("bad_register_no", "the register number has two digits, 01 to 99")
        if len(self.version) != 4 or not (self.version.isascii() and self.version.isdecimal()):
            raise LocalProtocolError("bad_version", "the version has four digits")
        if len(self.protocol_id) != 12 or not (self.protocol_id.isascii() and self.protocol_id.isalnum()):
            raise LocalProtocolError("bad_protocol_id", "the protocol identifier has twelve letters or digits")
        application = self.application
        if application and (len(application) != 3 or not (application.isascii() and application.isalnum())):
            raise LocalProtocolError("bad_application", "an application has three letters or digits")
