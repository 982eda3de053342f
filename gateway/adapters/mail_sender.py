"""Hands letters to a mail server with the standard library: TLS by name, no address in any error or log."""

import smtplib
import ssl
from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP

from gateway.domain.errors import InputError, OperationalError
from gateway.ports.mail_sender import Letter

_PERMANENT = range(500, 600)
_HINT = "Check the settings of mail, and whether the mail server is running."


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where and as whom. ``security``: ``starttls``, ``tls`` or ``none``; ``timeout_s``: seconds for each step, > 0."""

    host: str
    port: int
    security: str
    sender: str
    sender_name: str
    user: str = ""
    password: str = ""
    timeout_s: float = 20.0


class SmtpMailSender:
    """One connection for each letter: they are few."""

    def __init__(self, server: MailServer, *, tls: ssl.SSLContext | None = None) -> None:
        """``tls``: trusts the machine's authorities when not given."""
        self._server = server
        self._tls = tls or ssl.create_default_context()

    def send(self, letter: Letter) -> None:
        """Hand a letter over; see ``MailSender``."""
        try:
            with self._connect() as line:
                if self._server.user:
                    line.login(self._server.user, self._server.password)
                line.send_message(self._message(letter), self._server.sender, [letter.to])
        except smtplib.SMTPRecipientsRefused as error:
            raise _refusal([code for code, _ in error.recipients.values()]) from None
        except smtplib.SMTPAuthenticationError as error:
            raise _unavailable(f"The mail server does not let us in ({error.smtp_code}).") from None
        except smtplib.SMTPResponseException as error:
            raise _refusal([error.smtp_code]) from None
        except ssl.SSLError as error:
            raise _unavailable("The mail server's certificate or TLS is not right.") from error
        except TimeoutError as error:
            raise _unavailable("The mail server is too slow.") from error
        except (smtplib.SMTPException, OSError, ValueError):
            # ValueError: an address or text the message cannot hold; its words could name the address.
            raise _unavailable("The mail server cannot be used.") from None

    def _connect(self) -> smtplib.SMTP:
        server = self._server
        if server.security == "tls":
            return smtplib.SMTP_SSL(server.host, server.port, timeout=server.timeout_s, context=self._tls)
        line = smtplib.SMTP(server.host, server.port, timeout=server.timeout_s)
        try:
            if server.security == "starttls":
                # Without STARTTLS this raises: a letter never goes in the clear.
                line.starttls(context=self._tls)
        except BaseException:
            line.close()
            raise
        return line

    def _message(self, letter: Letter) -> EmailMessage:
        name, _, domain = self._server.sender.partition("@")
        message = EmailMessage(policy=SMTP)
        message["From"] = Address(self._server.sender_name, name, domain)
        message["To"] = Address(addr_spec=letter.to)
        message["Subject"] = letter.subject
        message["Date"] = letter.written_at
        message["Message-ID"] = f"<{letter.message_id}@{domain}>"
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(letter.text)
        if letter.pdf:
            message.add_attachment(letter.pdf, maintype="application", subtype="pdf", filename=letter.pdf_name)
        return message


def _refusal(codes: list[int]) -> InputError | OperationalError:
    if codes and all(code in _PERMANENT for code in codes):
        return InputError("mail_refused", f"The mail server refuses this letter ({codes[0]}).", "Check the address.")
    return _unavailable(f"The mail server does not take it now ({codes[0] if codes else 'no code'}).")


def _unavailable(message: str) -> OperationalError:
    return OperationalError("mail_unavailable", message, _HINT)
