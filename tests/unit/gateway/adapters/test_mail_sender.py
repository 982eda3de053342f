"""Letters to a mail server: TLS or nothing, refusals told apart, no address in any error."""

from __future__ import annotations

import base64
import shutil
import ssl
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from gateway.adapters.mail_sender import MailServer, SmtpMailSender
from gateway.domain.errors import GatewayError
from gateway.ports.mail_sender import Letter
from tests.support.authority import Authority
from tests.support.mail_receiver import MailReceiver

needs_openssl = pytest.mark.skipif(shutil.which("openssl") is None, reason="needs the openssl program")
LETTER = Letter(
    to="anna@customer.example",
    subject="Ihr Beleg 1234 von Café Süß",
    text="SUMME   12,34 €\n.Punkt am Anfang\n",
    pdf=b"%PDF-1.4 " + bytes(range(256)),
    pdf_name="1234.pdf",
    message_id="0123abcd",
    written_at=datetime(2026, 3, 2, 9, 0, tzinfo=UTC),
)


def _server(port: int, security: str = "none") -> MailServer:
    return MailServer(
        host="127.0.0.1",
        port=port,
        security=security,
        sender="receipts@shop.example",
        sender_name="Café, Süß",
        timeout_s=2.0,
    )


def _refused(receiver: MailReceiver, security: str = "none", tls: ssl.SSLContext | None = None) -> GatewayError:
    with pytest.raises(GatewayError) as refused:
        SmtpMailSender(_server(receiver.port, security), tls=tls).send(LETTER)
    assert "anna" not in f"{refused.value.message}{refused.value.hint}{refused.value!r}"
    return refused.value


def test_letter_when_sent_then_it_arrives_whole() -> None:
    with MailReceiver() as receiver:
        SmtpMailSender(_server(receiver.port)).send(LETTER)
        (mailed,) = receiver.wait_for(1)

    letter = mailed.letter
    assert (mailed.to, letter["Subject"], letter["Message-ID"]) == (
        "anna@customer.example",
        LETTER.subject,
        "<0123abcd@shop.example>",
    )
    assert letter["From"].addresses[0].display_name == "Café, Süß"
    assert letter["Auto-Submitted"] == "auto-generated"
    body = letter.get_body(("plain",))
    assert body is not None
    assert "12,34 €" in body.get_content()
    (attached,) = letter.iter_attachments()
    assert (attached.get_filename(), attached.get_content()) == ("1234.pdf", LETTER.pdf)


@needs_openssl
@pytest.mark.parametrize("trusted", [True, False])
def test_starttls_when_offered_then_used_and_verified(
    tmp_path_factory: pytest.TempPathFactory, *, trusted: bool
) -> None:
    authority = Authority(tmp_path_factory.mktemp("authority"))
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    serving.load_cert_chain(*authority.certificate("IP:127.0.0.1"))
    with MailReceiver(tls=serving) as receiver:
        if not trusted:
            assert _refused(receiver, "starttls").code == "mail_unavailable"
            assert receiver.letters == []
            return
        trusting = ssl.create_default_context(cafile=str(authority.pem))
        server = replace(_server(receiver.port, "starttls"), user="shop", password="pass word")
        SmtpMailSender(server, tls=trusting).send(LETTER)
        (mailed,) = receiver.wait_for(1)

    assert mailed.secure
    assert base64.b64decode(mailed.user) == b"\x00shop\x00pass word"


def test_starttls_when_not_offered_then_nothing_is_sent_in_the_clear() -> None:
    with MailReceiver() as receiver:
        assert _refused(receiver, "starttls").code == "mail_unavailable"

    assert receiver.letters == []


@pytest.mark.parametrize(
    ("answers", "code"),
    [
        ({"RCPT": "550 5.1.1 <anna@customer.example> unknown"}, "mail_refused"),
        ({"RCPT": "451 4.7.1 <anna@customer.example> later"}, "mail_unavailable"),
        ({"MAIL": "552 too much"}, "mail_refused"),
        ({"DATA": "554 no"}, "mail_refused"),
        ({"after data": "451 try again"}, "mail_unavailable"),
        ({"DATA": "close"}, "mail_unavailable"),
        ({"EHLO": "hang"}, "mail_unavailable"),
        ({"greeting": "554 go away"}, "mail_refused"),
        ({"greeting": "nonsense"}, "mail_unavailable"),
    ],
)
def test_server_when_it_does_not_take_it_then_told_apart(answers: dict[str, str], code: str) -> None:
    with MailReceiver(answers=answers) as receiver:
        assert _refused(receiver).code == code
