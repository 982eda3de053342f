"""TLS to a terminal: a certificate nobody vouches for is refused, one of the named authority is taken."""

import shutil
import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from terminal_driver.errors import TransportError
from terminal_driver.transports.urls import from_url

pytestmark = pytest.mark.skipif(shutil.which("openssl") is None, reason="needs the openssl program for a certificate")


@pytest.fixture
def certificate(tmp_path: Path) -> tuple[Path, Path]:
    """Make a self-signed certificate for the loopback address; returns certificate and key."""
    pem, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
         "-days", "1", "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1",
         "-keyout", str(key), "-out", str(pem)],
        check=True, capture_output=True, timeout=30,
    )  # fmt: skip
    return pem, key


@pytest.fixture
def port(certificate: tuple[Path, Path]) -> Iterator[int]:
    """Serve one TLS connection that answers everything in capital letters."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    server = socket.create_server(("127.0.0.1", 0))
    server.settimeout(10)

    def serve() -> None:
        try:
            plain, _ = server.accept()
            plain.settimeout(10)
            with context.wrap_socket(plain, server_side=True) as peer:
                while data := peer.recv(100):
                    peer.sendall(data.upper())
        except OSError:
            return  # the client refused us, or went away: that is what some tests want

    thread = threading.Thread(target=serve)
    thread.start()
    yield int(server.getsockname()[1])
    thread.join(10)
    server.close()


def test_certificate_nobody_vouches_for_is_refused(port: int) -> None:
    with pytest.raises(TransportError) as error:
        from_url(f"tls:127.0.0.1:{port}").open()

    assert error.value.code == "tls_refused"


def test_certificate_for_another_name_is_refused(port: int, certificate: tuple[Path, Path]) -> None:
    with pytest.raises(TransportError) as error:
        from_url(f"tls:localhost:{port}?ca={certificate[0]}").open()

    assert error.value.code == "tls_refused"


def test_named_authority_is_trusted_and_bytes_pass(port: int, certificate: tuple[Path, Path]) -> None:
    line = from_url(f"tls:127.0.0.1:{port}?ca={certificate[0]}")

    line.open()
    line.write(b"sale", 5)
    first = line.read(2, 5)
    rest = line.read(10, 5)
    line.close()

    assert (first, rest) == (b"SA", b"LE")
