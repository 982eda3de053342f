"""TLS to a terminal: a certificate nobody vouches for is refused, one of the named authority is taken."""

import shutil
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from terminal_driver.errors import TransportError
from terminal_driver.transports.urls import from_url
from tests.support.authority import Authority

pytestmark = pytest.mark.skipif(shutil.which("openssl") is None, reason="needs the openssl program for a certificate")


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


Serve = Callable[[tuple[Path, Path]], int]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Give a function that serves one TLS connection with a certificate; it answers everything in capital letters."""
    open_servers: list[tuple[socket.socket, threading.Thread]] = []

    def start(certificate: tuple[Path, Path]) -> int:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*certificate)
        server = socket.create_server(("127.0.0.1", 0))
        server.settimeout(10)

        def answer() -> None:
            try:
                plain, _ = server.accept()
                plain.settimeout(10)
                with plain, context.wrap_socket(plain, server_side=True) as peer:
                    while data := peer.recv(40_000):
                        peer.sendall(data.upper())
            except OSError:
                return  # the client refused us, or went away: that is what some tests want

        thread = threading.Thread(target=answer)
        thread.start()
        open_servers.append((server, thread))
        return int(server.getsockname()[1])

    yield start
    for server, thread in open_servers:
        thread.join(10)
        server.close()


def _refusal(url: str) -> TransportError:
    line = from_url(url)
    with pytest.raises(TransportError) as error:
        line.open()
    line.close()
    return error.value


def test_certificate_nobody_vouches_for_is_refused(authority: Authority, serve: Serve) -> None:
    port = serve(authority.certificate("IP:127.0.0.1"))

    error = _refusal(f"tls:127.0.0.1:{port}")

    assert error.code == "certificate_untrusted"
    assert "ca=" in error.hint


def test_certificate_for_another_name_is_refused(authority: Authority, serve: Serve) -> None:
    port = serve(authority.certificate("DNS:terminal.example"))

    assert _refusal(f"tls:localhost:{port}?ca={authority.pem}").code == "certificate_wrong_name"


def test_certificate_for_another_address_is_refused(authority: Authority, serve: Serve) -> None:
    port = serve(authority.certificate("IP:192.0.2.1"))

    assert _refusal(f"tls:127.0.0.1:{port}?ca={authority.pem}").code == "certificate_wrong_name"


def test_expired_certificate_is_refused(authority: Authority, serve: Serve) -> None:
    port = serve(authority.certificate("IP:127.0.0.1", days=-1))

    assert _refusal(f"tls:127.0.0.1:{port}?ca={authority.pem}").code == "certificate_expired"


def test_named_authority_is_trusted_and_bytes_pass(authority: Authority, serve: Serve) -> None:
    line = from_url(f"tls:localhost:{serve(authority.certificate('DNS:localhost'))}?ca={authority.pem}")

    line.open()
    line.write(b"sale", 5)
    first = line.read(2, 5)
    rest = line.read(10, 5)
    line.close()

    assert (first, rest) == (b"SA", b"LE")


def test_what_is_larger_than_one_record_passes_in_pieces(authority: Authority, serve: Serve) -> None:
    """What the decrypter still holds must not wait for the socket to become readable again."""
    line = from_url(f"tls:localhost:{serve(authority.certificate('DNS:localhost'))}?ca={authority.pem}")
    line.open()

    line.write(b"a" * 40_000, 10)
    received = b""
    while len(received) < 40_000 and (data := line.read(777, 10)):
        received += data
    line.close()

    assert received == b"A" * 40_000


def test_peer_that_does_not_encrypt_is_told_apart() -> None:
    server = socket.create_server(("127.0.0.1", 0))

    def greet() -> None:
        peer, _ = server.accept()
        peer.sendall(b"HTTP/1.0 400 Bad Request\r\n\r\n")
        peer.close()

    thread = threading.Thread(target=greet)
    thread.start()

    error = _refusal(f"tls:127.0.0.1:{server.getsockname()[1]}")
    thread.join(10)
    server.close()

    assert error.code == "no_tls"
    assert "tcp:" in error.hint


def test_handshake_in_endless_small_pieces_ends_in_its_time() -> None:
    """Each byte restarts a time limit per read; only a limit on the whole handshake ends this."""
    server = socket.create_server(("127.0.0.1", 0))
    over = threading.Event()

    def drip() -> None:
        peer, _ = server.accept()
        with peer:
            record = b"\x16\x03\x03\x40\x00" + b"\x02\x00\x3f\xfc" + bytes(16_380)
            for byte in record:
                if over.wait(0.05):
                    return
                peer.sendall(bytes([byte]))

    thread = threading.Thread(target=drip)
    thread.start()
    error = _refusal(f"tls:127.0.0.1:{server.getsockname()[1]}?connect_timeout=1")
    over.set()
    thread.join(10)
    server.close()

    assert error.code == "connect_timeout"
