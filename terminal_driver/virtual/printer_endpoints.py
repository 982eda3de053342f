"""Puts a virtual printer on a TCP port or a pseudo-terminal, so that real drivers can be pointed at it.

One client at a time, as on a real printer: the next waits until the first has gone. Needs a POSIX system.
"""

import abc
import contextlib
import os
import select
import socket
import threading
import tty
from types import TracebackType
from typing import Self

from terminal_driver.errors import TransportError
from terminal_driver.virtual.printer import PrinterLine, VirtualPrinter

_READ_BYTES = 2048
_RECEIVE_BUFFER_BYTES = 4096  # so that a stall reaches the sender instead of hiding in the system
_IDLE_LIMIT_S = 60.0  # a client that has forgotten to close must not block the printer for ever
_STEP_S = 0.1  # how soon a change of the faults is seen while nothing else happens
_HANG_UP = getattr(select, "POLLRDHUP", 0) | select.POLLHUP | select.POLLERR


class _Endpoint(abc.ABC):
    """A thread that serves one descriptor after the other until it is closed."""

    def __init__(self, printer: VirtualPrinter, name: str) -> None:
        self._printer = printer
        self._stop_reader, self._stop_writer = os.pipe()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Stop serving; returns when the thread has ended."""
        if self._thread.is_alive():
            os.write(self._stop_writer, b"x")
            self._thread.join()
            os.close(self._stop_writer)
            os.close(self._stop_reader)

    @abc.abstractmethod
    def _run(self) -> None:
        """Serve until `_stopped`."""

    def _stopped(self, wait_s: float = 0.0) -> bool:
        return bool(select.select((self._stop_reader,), (), (), wait_s)[0])

    def _serve(self, line: PrinterLine, descriptor: int) -> None:
        """Move bytes between a descriptor and the printer until one side has gone."""
        poll = select.poll()
        poll.register(self._stop_reader, select.POLLIN)
        poll.register(descriptor, select.POLLIN)
        waiting = b""
        idle_s = 0.0
        while idle_s < _IDLE_LIMIT_S:
            if not waiting:
                ready = dict(poll.poll(_STEP_S * 1000))
                if self._stop_reader in ready:
                    return
                if descriptor in ready:
                    waiting = os.read(descriptor, _READ_BYTES)
                    if not waiting:
                        return
            taken = line.accept(waiting, _STEP_S) if waiting else 0
            waiting = waiting[taken:]
            idle_s = 0.0 if taken else idle_s + _STEP_S
            answer = line.replies(_READ_BYTES, 0.0)
            if answer:
                os.write(descriptor, answer)
            if waiting and not taken and (self._stopped() or _has_hung_up(descriptor)):
                return


class TcpPrinterServer(_Endpoint):
    """A virtual printer on a TCP port.

    Args:
        printer: what is printed on.
        host: address to listen on; the loopback address unless a network is meant.
        port: 0 lets the system choose; see `address`.

    Raises:
        OSError: the port is taken.
    """

    def __init__(self, printer: VirtualPrinter, host: str = "127.0.0.1", port: int = 0) -> None:
        super().__init__(printer, "virtual-printer-tcp")
        self._listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _RECEIVE_BUFFER_BYTES)
        self._listener.bind((host, port))
        self._listener.listen()
        self._thread.start()

    @property
    def address(self) -> tuple[str, int]:
        """Host and port it listens on."""
        host, port = self._listener.getsockname()[:2]
        return str(host), int(port)

    def close(self) -> None:
        """Stop serving and free the port."""
        super().close()
        self._listener.close()

    def _run(self) -> None:
        while True:
            select.select((self._stop_reader, self._listener.fileno()), (), ())
            if self._stopped():
                return
            client, _ = self._listener.accept()
            with client, contextlib.suppress(OSError, TransportError):
                client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                line = self._printer.connect()
                try:
                    self._serve(line, client.fileno())
                finally:
                    line.hang_up()


class PtyPrinterServer(_Endpoint):
    """A virtual printer on a pseudo-terminal; `path` is what a serial driver opens."""

    def __init__(self, printer: VirtualPrinter) -> None:
        super().__init__(printer, "virtual-printer-pty")
        self._master, self._slave = os.openpty()
        tty.setraw(self._slave)
        self.path = os.ttyname(self._slave)
        self._thread.start()

    def close(self) -> None:
        """Stop serving and remove the pseudo-terminal."""
        super().close()
        for descriptor in (self._master, self._slave):
            with contextlib.suppress(OSError):
                os.close(descriptor)

    def _run(self) -> None:
        while not self._stopped(0.0):
            try:
                line = self._printer.connect()
            except TransportError:
                if self._stopped(_STEP_S):
                    return
                continue
            try:
                self._serve(line, self._master)
            except (OSError, TransportError):
                continue  # a serial line cannot be hung up: the next one begins on the same terminal
            finally:
                line.hang_up()


def _has_hung_up(descriptor: int) -> bool:
    poll = select.poll()
    poll.register(descriptor, _HANG_UP)
    return any(event & _HANG_UP for _, event in poll.poll(0))
