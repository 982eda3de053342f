"""How one terminal is spoken to: settings of the register side."""

from dataclasses import dataclass, field

from terminal_driver.currencies import exact_numeric
from terminal_driver.zvt import commands
from terminal_driver.zvt.commands.command_data import exact_password
from terminal_driver.zvt.link import REPEATS_MAX, T2_S
from terminal_driver.zvt.status_codes import Language
from terminal_driver.zvt.text import CharacterSet

T3_S = 5.0
T4_S = 180.0

_CONFIG_BYTE = (
    commands.CONFIG_PAYMENT_RECEIPTS_BY_REGISTER
    | commands.CONFIG_ADMINISTRATION_RECEIPTS_BY_REGISTER
    | commands.CONFIG_SEND_INTERMEDIATE_STATUS
    | commands.CONFIG_PRINT_BY_COMMANDS
)


@dataclass(frozen=True, slots=True)
class ZvtConfig:
    """How one terminal is spoken to.

    Raises:
        LocalProtocolError: ``bad_password`` or ``bad_currency``.

    Attributes:
        password: exactly six digits.
        config_byte: bits of 06 00, 8E hex prints on the register.
        currency_numeric: three digits, ISO 4217, of the registration.
        service_byte: BMP 03 of 06 00; None leaves it out.
        offers: what the register can do, block print by default. What the rules can answer is added to the commands.
        payment_type: BMP 19 of a sale; None leaves it out.
        character_set: of texts the terminal sends.
        language: of our own words.
        t2_s: seconds to the confirmation of a block.
        t3_s: seconds to the answer to a command.
        t4_s: seconds from one sign of life to the next while a command runs.
        repeats_max: how often a block is sent again on a serial line.
        delivery_timeout_s: BMP 01 of a sale, how long the terminal asks whether the goods were given.
        status_requests_max: BMP 02 of a sale, how often it asks.
        message_numbers: tag 1F73 is offered; without the terminal's agreement nothing changes.
        synchronise: tag 1F1F goes with each transaction command. A terminal that is one ahead then reverses its last
            sale by itself: see docs/adr on what counts as proof.
    """

    password: str = field(default="000000", repr=False)
    config_byte: int = _CONFIG_BYTE
    currency_numeric: str = "978"
    service_byte: int | None = None
    offers: commands.Offers = field(default_factory=lambda: commands.Offers(commands=(commands.PRINT_BLOCK,)))
    payment_type: int | None = None
    character_set: CharacterSet = CharacterSet.CP437
    language: Language = Language.ENGLISH
    t2_s: float = T2_S
    t3_s: float = T3_S
    t4_s: float = T4_S
    repeats_max: int = REPEATS_MAX
    delivery_timeout_s: int | None = None
    status_requests_max: int | None = None
    message_numbers: bool = False
    synchronise: bool = False

    def __post_init__(self) -> None:
        """Refuse what would be filled up with zeros on the wire and become another password or currency."""
        exact_password(self.password)
        exact_numeric(self.currency_numeric)
