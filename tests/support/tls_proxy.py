"""A TLS proxy as operators put before the gateway: asks for client certificates, verifies them, tells whose it was."""

from __future__ import annotations

import base64
import datetime as dt
import http.client
import ipaddress
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

_DROPPED = frozenset({"client-cert", "x-forwarded-for", "x-forwarded-proto", "connection"})


@dataclass(frozen=True)
class Certificate:
    """One certificate with its key, in a file as programs take them, and the SHA-256 that names it."""

    path: Path
    sha256: str


class Authority:
    """Signs certificates of one day; its own is `path`."""

    def __init__(self, folder: Path, name: str) -> None:
        self._folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = _named(name)
        made = self._build(self._name, self._key.public_key()).add_extension(x509.BasicConstraints(True, 0), True)
        self.path = folder / f"{name}.pem"
        self.path.write_bytes(made.sign(self._key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))

    def sign(self, name: str) -> Certificate:
        """Make a certificate for a server on loopback, or for a client."""
        key = ec.generate_private_key(ec.SECP256R1())
        address = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
        builder = self._build(_named(name), key.public_key())
        made = builder.add_extension(x509.SubjectAlternativeName([address]), False).sign(self._key, hashes.SHA256())
        path = self._folder / f"{name}.pem"
        plain = serialization.NoEncryption()
        pem = serialization.Encoding.PEM
        path.write_bytes(
            key.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain) + made.public_bytes(pem),
        )
        return Certificate(path, made.fingerprint(hashes.SHA256()).hex(":").upper())

    def _build(self, name: x509.Name, key: ec.EllipticCurvePublicKey) -> x509.CertificateBuilder:
        now = dt.datetime.now(dt.UTC)
        return (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(self._name)
            .public_key(key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - dt.timedelta(minutes=5))
            .not_valid_after(now + dt.timedelta(days=1))
        )


def _named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


@contextmanager
def tls_proxy(behind: str, server: Certificate, clients: Authority) -> Iterator[str]:
    """Serve what stands ``behind`` over TLS; yields the address. Who shows a certificate of others is turned away."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(server.path)
    context.load_verify_locations(clients.path)
    context.verify_mode = ssl.CERT_OPTIONAL
    place = urlsplit(behind).netloc

    class Relay(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self._relay()

        def do_PUT(self) -> None:
            self._relay()

        def do_GET(self) -> None:
            self._relay()

        def _relay(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            headers = {name: value for name, value in self.headers.items() if name.lower() not in _DROPPED}
            assert isinstance(self.connection, ssl.SSLSocket)
            shown = self.connection.getpeercert(binary_form=True)
            if shown is not None:
                headers["Client-Cert"] = f":{base64.b64encode(shown).decode()}:"
            headers |= {"X-Forwarded-For": self.client_address[0], "X-Forwarded-Proto": "https", "Connection": "close"}
            onward = http.client.HTTPConnection(place, timeout=30)
            onward.request(self.command, self.path, body, headers)
            answer = onward.getresponse()
            content = answer.read()
            self.send_response(answer.status)
            self.send_header("Content-Type", answer.headers["Content-Type"])
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)
            onward.close()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    relay = ThreadingHTTPServer(("127.0.0.1", 0), Relay)
    relay.daemon_threads = True
    relay.socket = context.wrap_socket(relay.socket, server_side=True)
    thread = threading.Thread(target=relay.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield f"https://127.0.0.1:{relay.server_address[1]}"
    relay.shutdown()
    thread.join()
    relay.server_close()
