"""TCP transport: the register connects to the terminal (ZVT PA00P016: default port 20007), plain or TLS."""

import select
import socket
import ssl
import time
from dataclasses import dataclass

from terminal_driver.errors import TransportError
from terminal_driver.transports.base import WriteError, line_closed
from terminal_driver.transports.descriptor import DescriptorLine, wait_ready

PORT_DEFAULT = 20007


@dataclass(frozen=True, slots=True)
class TcpOptions:
    """How to reach a terminal over the network.

    Attributes:
        connect_timeout_s: seconds for connecting to each address of the host, and again for the whole TLS handshake.
        keepalive_idle_s: seconds of silence before the system probes the line.
        keepalive_interval_s: seconds between two probes.
        keepalive_count: unanswered probes after which the line is lost: a dead peer is found after about
            ``keepalive_idle_s`` + ``keepalive_count`` x ``keepalive_interval_s``.
        unanswered_s: seconds after which bytes that the other side's system does not confirm end the connection.
        connect_per_command: open for each command and close after it, for terminals that hang up when idle.
        tls: None for a plain line; else a context that verifies the terminal's certificate.
        terminal_id: the terminal that has to answer, empty for whichever does.
    """

    connect_timeout_s: float = 5.0
    keepalive_idle_s: int = 15
    keepalive_interval_s: int = 5
    keepalive_count: int = 3
    unanswered_s: int = 20
    connect_per_command: bool = False
    tls: ssl.SSLContext | None = None
    terminal_id: str = ""


def verifying_context(ca_file: str | None) -> ssl.SSLContext:
    """Return a TLS context (1.2 or newer) that refuses self-signed, expired and wrongly named certificates.

    Args:
        ca_file: PEM file of the authority that signed the terminal's certificate; None for the system's authorities.
    """
    context = ssl.create_default_context(cafile=ca_file)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


_UNTRUSTED = ("certificate_untrusted", "name the authority that signed the terminal's certificate with ca=FILE")
_EXPIRED = ("certificate_expired", "check the clock of this computer, then have the terminal's certificate renewed")
_WRONG_NAME = ("certificate_wrong_name", "address the terminal by the name that stands in its certificate")
# Numbers of the verification library (X509_V_ERR_...).
_CERTIFICATE_FAULTS = {9: _EXPIRED, 10: _EXPIRED, 62: _WRONG_NAME, 64: _WRONG_NAME}
# What the library says when the answer is no TLS record at all.
_NOT_TLS = frozenset({"WRONG_VERSION_NUMBER", "HTTP_REQUEST", "RECORD_LAYER_FAILURE", "UNEXPECTED_MESSAGE"})


def shake_hands(secure: ssl.SSLSocket, limit_s: float) -> None:
    """Carry out the TLS handshake of a non-blocking socket; its whole time is bounded, not the time of each piece.

    Raises:
        TimeoutError: it took longer than ``limit_s`` seconds.
        OSError: it failed (``ssl.SSLError``), or the connection broke.
    """
    until = time.monotonic() + limit_s
    while True:
        try:
            secure.do_handshake()
        except ssl.SSLWantReadError:
            wanted = select.POLLIN
        except ssl.SSLWantWriteError:
            wanted = select.POLLOUT
        else:
            return
        left_s = until - time.monotonic()
        if left_s <= 0 or not wait_ready({secure.fileno(): wanted}, left_s):
            raise TimeoutError("the other side does not answer the encryption's handshake")


class TcpTransport:
    """One connection to ``host``:``port``; opened again for each command if the options say so."""

    def __init__(self, host: str, port: int = PORT_DEFAULT, *, options: TcpOptions | None = None) -> None:
        self._host = host
        self._port = port
        self._options = options or TcpOptions()
        self._socket: socket.socket | None = None
        self._line: DescriptorLine | None = None

    @property
    def description(self) -> str:
        """The line in words."""
        return f"{'tls' if self._options.tls else 'tcp'} {self._host}:{self._port}"

    @property
    def holds_line(self) -> bool:
        """False with ``connect_per_command``."""
        return not self._options.connect_per_command

    @property
    def address(self) -> tuple[str, int]:
        """Host and port."""
        return self._host, self._port

    @property
    def encrypted(self) -> bool:
        """True for a TLS line."""
        return self._options.tls is not None

    @property
    def terminal_id(self) -> str:
        """The terminal that has to answer, empty for whichever does."""
        return self._options.terminal_id

    def open(self) -> None:
        """Connect.

        Raises:
            TransportError: ``refused``, ``unreachable``, ``unknown_host``, ``connect_timeout``; with TLS also
                ``certificate_untrusted``, ``certificate_expired``, ``certificate_wrong_name``, ``no_tls`` when the
                other side does not speak it, and ``tls_refused`` for any other failure.
        """
        if self._socket is not None:
            return
        opened: socket.socket | None = None
        try:
            opened = socket.create_connection((self._host, self._port), self._options.connect_timeout_s)
            self._tune(opened)
            opened.setblocking(False)
            if self._options.tls is not None:
                secure = self._options.tls.wrap_socket(
                    opened, server_hostname=self._host, do_handshake_on_connect=False
                )
                opened = secure
                shake_hands(secure, self._options.connect_timeout_s)
        except OSError as error:
            if opened is not None:
                opened.close()
            raise self._open_error(error) from error
        self._socket = opened
        self._line = DescriptorLine(opened.fileno(), opened.recv, opened.send, self.description)

    def _tune(self, opened: socket.socket) -> None:
        # Acknowledgements are three bytes long: waiting for more to send with them would cost 40 ms each.
        opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, self._options.keepalive_idle_s)
        opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, self._options.keepalive_interval_s)
        opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPCNT, self._options.keepalive_count)
        # Keep-alive rests while bytes are under way: without this a command into a dead line would go on for minutes.
        opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, self._options.unanswered_s * 1000)

    def _open_error(self, error: OSError) -> TransportError:
        match error:
            case ssl.SSLCertVerificationError(verify_code=code_of_library):
                code, hint = _CERTIFICATE_FAULTS.get(code_of_library, _UNTRUSTED)
            case ssl.SSLError(reason=reason) if reason in _NOT_TLS:
                code, hint = "no_tls", "the other side does not encrypt: use tcp:, or turn TLS on in the terminal"
            case ssl.SSLError() | ConnectionResetError() if self._options.tls is not None:
                code, hint = "tls_refused", "the two sides agree on no kind of encryption: is the port right?"
            case ConnectionRefusedError():
                code, hint = "refused", "is the terminal on, in register mode, and is the port right?"
            case TimeoutError():
                code, hint = "connect_timeout", "check address, network cable and firewall"
            case socket.gaierror():
                code, hint = "unknown_host", "check the name, or give the address in numbers"
            case _:
                code, hint = "unreachable", "check address and network"
        return TransportError(code, f"{self.description}: {error}", hint)

    def write(self, data: bytes, deadline_s: float) -> None:
        """Send all bytes within ``deadline_s`` seconds or raise ``WriteError``."""
        if self._line is None:
            raise WriteError("line_closed", f"{self.description} is not open", 0)
        self._line.write(data, deadline_s)

    def read(self, max_bytes: int, timeout_s: float) -> bytes:
        """Return what has arrived; raise ``TransportError`` (``line_lost``) when the terminal closed the connection."""
        if self._line is None:
            raise line_closed(self.description)
        return self._line.read(max_bytes, timeout_s)

    def wake(self) -> None:
        """Interrupt a read from any thread."""
        if (line := self._line) is not None:
            line.wake()

    def close(self) -> None:
        """Close the connection."""
        if self._line is not None:
            self._line.close()
            self._line = None
        if self._socket is not None:
            self._socket.close()
            self._socket = None
