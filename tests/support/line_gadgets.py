"""Devices that are no card terminals, for tests of what is said about them."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from terminal_driver.transports.pty_line import PtyLine
from terminal_driver.transports.tcp_listener import TcpListener


class HangingUpListener(TcpListener):
    """The device's end of a line of a terminal that hangs up after each of its answers; counts who connects."""

    def __init__(self) -> None:
        super().__init__()
        self.connections = 0

    def _accept(self, listener: socket.socket) -> None:
        self.connections += 1
        super()._accept(listener)

    def write(self, data: bytes, deadline_s: float) -> None:
        super().write(data, deadline_s)
        self._drop_peer()


Answerer = Callable[[socket.socket], None]


@contextmanager
def serving(answer: Answerer) -> Iterator[str]:
    """Serve every connection with ``answer`` until the test is over; gives the address."""
    server = socket.create_server(("127.0.0.1", 0))
    over = threading.Event()

    def serve() -> None:
        while True:
            peer, _ = server.accept()
            peer.settimeout(5)
            with peer:
                if over.is_set():
                    return
                try:
                    answer(peer)
                except OSError:
                    continue  # the caller hung up first

    thread = threading.Thread(target=serve)
    thread.start()
    port = int(server.getsockname()[1])
    yield f"tcp:127.0.0.1:{port}"
    over.set()
    socket.create_connection(("127.0.0.1", port)).close()
    thread.join(10)
    server.close()


def until_closed(peer: socket.socket) -> None:
    while peer.recv(1000):
        pass


class Gadget:
    """The far end of a pseudo-terminal that answers bytes with bytes."""

    def __init__(self, answer: Callable[[bytes, PtyLine], bytes]) -> None:
        self.line = PtyLine()
        self.received = b""
        self._answer = answer
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"serial:{self.line.device_path}?modem=off"

    def _serve(self) -> None:
        while not self._over.is_set():
            if data := self.line.read(1000, 1.0):
                self.received += data
                if answer := self._answer(data, self.line):
                    self.line.write(answer, 1.0)

    def close(self) -> None:
        self._over.set()
        self.line.wake()
        self._thread.join(10)
        self.line.close()
