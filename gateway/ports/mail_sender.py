"""One letter to one person by mail."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Letter:
    """``message_id``: the same for the same letter, so that a mail server can tell a repetition.

    ``pdf``: attached under ``pdf_name``; empty: nothing is.
    """

    to: str
    subject: str
    text: str
    message_id: str
    written_at: datetime
    pdf: bytes = b""
    pdf_name: str = ""


class MailSender(Protocol):
    """Hands letters to the shop's mail server."""

    def send(self, letter: Letter) -> None:
        """Hand a letter over.

        Raises:
            InputError: ``mail_refused``: the server will never take this letter; the words hold no address.
            OperationalError: ``mail_unavailable``: later perhaps; the server may have taken it all the same.
        """
