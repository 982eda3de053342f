"""A mailbox over TLS: from the first byte or by STARTTLS, and only with a server that proves who it is."""

from __future__ import annotations

import ssl

import pytest

from gateway.adapters.mailbox import ImapMailbox, MailboxAccess
from gateway.domain.errors import OperationalError
from gateway.ports.mailbox import Letter
from tests.support.authority import Authority
from tests.support.imap_server import PASSWORD, USER, ImapServer

LETTER = b"Message-ID: <1@supplier.example>\r\nFrom: bill@supplier.example\r\nSubject: Bill\r\n\r\nHello\r\n"


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


def _context(authority: Authority, name: str = "IP:127.0.0.1") -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*authority.certificate(name))
    return context


def _collected(server: ImapServer, security: str) -> list[Letter]:
    access = MailboxAccess("127.0.0.1", server.port, security, USER, PASSWORD, "INBOX", "", 1_000_000, 10)
    taken: list[Letter] = []
    ImapMailbox(access).collect(taken.append)
    return taken


@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_letters_when_the_server_proves_who_it_is_then_collected_over_tls(
    authority: Authority, monkeypatch: pytest.MonkeyPatch, security: str
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.pem))
    with ImapServer(tls=_context(authority), starttls=security == "starttls") as server:
        server.put(LETTER)

        taken = _collected(server, security)

    assert [one.message_id for one in taken] == ["<1@supplier.example>"]


@pytest.mark.parametrize("security", ["tls", "starttls"])
@pytest.mark.parametrize(("trusted", "name"), [(False, "IP:127.0.0.1"), (True, "DNS:mail.example")])
def test_server_when_it_is_another_one_then_no_password_is_sent(
    authority: Authority, monkeypatch: pytest.MonkeyPatch, security: str, *, trusted: bool, name: str
) -> None:
    if trusted:
        monkeypatch.setenv("SSL_CERT_FILE", str(authority.pem))
    with ImapServer(tls=_context(authority, name), starttls=security == "starttls") as server:
        server.put(LETTER)

        with pytest.raises(OperationalError) as told:
            _collected(server, security)

    assert told.value.code == "mailbox_unavailable"
    assert "LOGIN" not in server.commands


def test_server_when_it_has_no_tls_then_no_password_is_sent() -> None:
    with ImapServer() as server, pytest.raises(OperationalError):
        _collected(server, "starttls")

    assert "LOGIN" not in server.commands
