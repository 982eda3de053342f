"""TCP transport: the register connects to the terminal (ZVT PA00P016: default port 20007), plain or TLS."""

import socket
import ssl
from dataclasses import dataclass

from terminal_driver.errors import TransportError
from terminal_driver.transports.base import WriteError, line_closed
from terminal_driver.transports.descriptor import DescriptorLine

PORT_DEFAULT = 20007


@dataclass(frozen=True, slots=True)
class TcpOptions:
    """How to reach a terminal over the network.

    Attributes:
        connect_timeout_s: seconds for name lookup's first address, connect and TLS handshake together, each.
        keepalive_idle_s: seconds of silence before the system probes the line; a dead peer is found after
            about ``keepalive_idle_s`` + 3 x 5 s.
        connect_per_command: open for each command and close after it, for terminals that hang up when idle.
        tls: None for a plain line; else a context that verifies the terminal's certificate.
    """

    connect_timeout_s: float = 5.0
    keepalive_idle_s: int = 15
    connect_per_command: bool = False
    tls: ssl.SSLContext | None = None


def verifying_context(ca_file: str | None) -> ssl.SSLContext:
    """Return a TLS context (1.2 or newer) that refuses self-signed, expired and wrongly named certificates.

    Args:
        ca_file: PEM file of the authority that signed the terminal's certificate; None for the system's authorities.
    """
    context = ssl.create_default_context(cafile=ca_file)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


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

    def open(self) -> None:
        """Connect. Raises ``TransportError``: ``refused``, ``unreachable``, ``connect_timeout``, ``tls_refused``."""
        if self._socket is not None:
            return
        opened: socket.socket | None = None
        try:
            opened = socket.create_connection((self._host, self._port), self._options.connect_timeout_s)
            self._tune(opened)
            if self._options.tls is not None:
                opened = self._options.tls.wrap_socket(opened, server_hostname=self._host)
        except OSError as error:
            if opened is not None:
                opened.close()
            raise self._open_error(error) from error
        opened.setblocking(False)
        self._socket = opened
        self._line = DescriptorLine(opened.fileno(), opened.recv, opened.send, self.description)

    def _tune(self, opened: socket.socket) -> None:
        # Acknowledgements are three bytes long: waiting for more to send with them would cost 40 ms each.
        opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, self._options.keepalive_idle_s)
        opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, 5)
        opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPCNT, 3)

    def _open_error(self, error: OSError) -> TransportError:
        match error:
            case ssl.SSLError():
                code, hint = "tls_refused", "check the terminal's certificate, its name and the authority file"
            case ConnectionRefusedError():
                code, hint = "refused", "is the terminal on, in register mode, and is the port right?"
            case TimeoutError():
                code, hint = "connect_timeout", "check address, network cable and firewall"
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
