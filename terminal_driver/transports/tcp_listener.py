"""The device's end of a TCP line: listens, and speaks with the register that connected last."""

import contextlib
import select
import socket
import threading
import time

from terminal_driver.errors import PortBusy, TransportError
from terminal_driver.transports.base import WriteError, line_closed
from terminal_driver.transports.descriptor import DescriptorLine, Waker, wait_ready


class TcpListener:
    """A listening socket with at most one register on it.

    A new connection replaces the old one: a register that lost its line comes back before the system notices that the
    old connection is dead. Bound by the constructor, so that ``port`` is known before the device starts.

    Args:
        host: address to listen on.
        port: 0 lets the system choose.

    Raises:
        PortBusy: somebody listens there already.
    """

    def __init__(self, host: str = "127.0.0.1", port: int = 0) -> None:
        self._host = host
        self._waker = Waker()
        self._lock = threading.Lock()
        self._listener: socket.socket | None = None
        self._peer: socket.socket | None = None
        self._line: DescriptorLine | None = None
        self._closed = False
        self._peer_cut = False
        self._port = port
        self._listen()

    @property
    def port(self) -> int:
        """The port listened on."""
        return self._port

    @property
    def description(self) -> str:
        """The line in words."""
        return f"tcp listener {self._host}:{self._port}"

    @property
    def holds_line(self) -> bool:
        """The register decides when to hang up."""
        return True

    def _listen(self) -> None:
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        try:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind((self._host, self._port))
            listener.listen(4)
        except OSError as error:
            listener.close()
            raise PortBusy("port_busy", f"cannot listen on {self._host}:{self._port}: {error}") from error
        listener.setblocking(False)
        self._port = int(listener.getsockname()[1])
        self._listener = listener

    def open(self) -> None:
        """Check that the listener has not been closed; it was made by the constructor."""
        if self._closed:
            raise line_closed(self.description)

    def write(self, data: bytes, deadline_s: float) -> None:
        """Send to the connected register; ``WriteError`` when there is none."""
        self._drop_cut_peer()
        if self._line is None:
            raise WriteError("line_lost", f"{self.description}: no register connected", 0)
        self._line.write(data, deadline_s)

    def read(self, max_bytes: int, timeout_s: float) -> bytes:
        """Accept whoever connects and return what arrived; ``line_lost`` once when the register hung up."""
        until = time.monotonic() + timeout_s
        while True:
            self.open()
            self._drop_cut_peer()
            if self._line is not None and (data := self._read_peer(max_bytes)):
                return data
            left_s = until - time.monotonic()
            if left_s <= 0:
                return b""
            wanted = {self._waker.descriptor: select.POLLIN}
            listener, peer = self._listener, self._peer
            # A cut may close the listener under us: asked once, its number is -1 or stays what we wait for.
            listening = -1 if listener is None else listener.fileno()
            if listening >= 0:
                wanted[listening] = select.POLLIN
            if peer is not None:
                wanted[peer.fileno()] = select.POLLIN
            ready = wait_ready(wanted, left_s)
            if self._waker.descriptor in ready:
                self._waker.clear()
                return b""
            if listener is not None and listening in ready:
                self._accept(listener)

    def _read_peer(self, max_bytes: int) -> bytes:
        if self._line is None:
            return b""
        try:
            return self._line.read(max_bytes, 0)
        except TransportError:
            self._drop_peer()
            raise

    def _accept(self, listener: socket.socket) -> None:
        try:
            peer, _ = listener.accept()
        except OSError:
            return  # the caller went away again, or the line was cut in this moment
        self._drop_peer()
        peer.setblocking(False)
        peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._peer = peer
        self._line = DescriptorLine(peer.fileno(), peer.recv, peer.send, self.description)

    def _drop_peer(self) -> None:
        if self._line is not None:
            self._line.close()
            self._line = None
        if self._peer is not None:
            self._peer.close()
            self._peer = None

    def _drop_cut_peer(self) -> None:
        # Only the owner thread closes the connection: another thread closing it could hand its number to a stranger.
        with self._lock:
            cut, self._peer_cut = self._peer_cut, False
        if cut:
            self._drop_peer()

    def wake(self) -> None:
        """Interrupt a read from any thread."""
        self._waker.set()

    def close(self) -> None:
        """Hang up and stop listening."""
        self._closed = True
        self._drop_peer()
        with self._lock:
            if self._listener is not None:
                self._listener.close()
                self._listener = None
        self._waker.close()

    def cut(self) -> None:
        """Hang up and refuse connections until :meth:`restore`."""
        with self._lock:
            self._peer_cut = True
            if self._peer is not None:
                with contextlib.suppress(OSError):  # it may have hung up itself
                    self._peer.shutdown(socket.SHUT_RDWR)
            if self._listener is not None:
                # A close alone would let callers in for as long as the other thread still waits on the socket.
                with contextlib.suppress(OSError):
                    self._listener.shutdown(socket.SHUT_RDWR)
                self._listener.close()
                self._listener = None
        self._waker.set()

    def hang_up(self) -> None:
        """Close the connection of the register that is on the line; it, or another one, may connect at once."""
        self._drop_peer()

    def restore(self) -> None:
        """Listen again on the same port."""
        with self._lock:
            if self._listener is None and not self._closed:
                self._listen()
        self._waker.set()
