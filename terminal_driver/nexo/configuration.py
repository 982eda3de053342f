"""How one nexo terminal is spoken to."""

from dataclasses import dataclass

from terminal_driver.errors import LocalProtocolError
from terminal_driver.nexo.binding import MessageFormat
from terminal_driver.nexo.vocabulary import PARTY_SIGNS_MAX, PROTOCOL_VERSION
from terminal_driver.zvt.status_codes import Language

ANSWER_TIMEOUT_S = 30.0
COMPLETION_TIMEOUT_S = 150.0
"""Terminals give a cardholder 120 to 130 seconds; we wait longer than they do."""

RECONCILIATION_TYPE = "SaleReconciliation"


@dataclass(frozen=True, slots=True)
class NexoConfig:
    """Settings of one terminal.

    Attributes:
        sale_id: name of this register, at most 32 signs; terminals tell registers apart by it.
        poi_id: name of the terminal, as its provider gave it; an answer of another one is not taken.
        message_format: the text of the messages.
        currency_numeric: three digits, for totals that name no currency.
        language: of our own words, and the operator's.
        reconciliation_type: word of the end of day.
        totals_group_id: group of totals this register counts into; empty leaves it out.
        protocol_version: in every header.
        software_version: of the register, told at login.
        answer_timeout_s: seconds to the answer to a question.
        completion_timeout_s: seconds without a sign of life during a payment, reversal or end of day.
    """

    sale_id: str = "1"
    poi_id: str = "POI1"
    message_format: MessageFormat = MessageFormat.JSON
    currency_numeric: str = "978"
    language: Language = Language.ENGLISH
    reconciliation_type: str = RECONCILIATION_TYPE
    totals_group_id: str = ""
    protocol_version: str = PROTOCOL_VERSION
    software_version: str = "1"
    answer_timeout_s: float = ANSWER_TIMEOUT_S
    completion_timeout_s: float = COMPLETION_TIMEOUT_S

    def __post_init__(self) -> None:
        """Check the names.

        Raises:
            LocalProtocolError: ``bad_setting``.
        """
        for name, value in (("register", self.sale_id), ("terminal id", self.poi_id)):
            if not 0 < len(value) <= PARTY_SIGNS_MAX or not value.isprintable() or value != value.strip():
                words = f"the {name} of a nexo terminal has 1 to {PARTY_SIGNS_MAX} printable signs"
                raise LocalProtocolError("bad_setting", words, "as the terminal's provider gave it")
