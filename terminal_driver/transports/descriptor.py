"""Reading and writing one non-blocking file descriptor with time limits, wakeable from another thread.

Serial ports, pseudo-terminals and sockets all end in a descriptor; the waiting is written once, here.
"""

import contextlib
import math
import os
import select
import ssl
import threading
import time
from collections.abc import Callable

from terminal_driver.errors import TransportError
from terminal_driver.transports.base import WriteError

_NOT_NOW = (BlockingIOError, InterruptedError, ssl.SSLWantReadError, ssl.SSLWantWriteError)


class Waker:
    """A self-pipe: ``set`` from any thread makes a poll on ``descriptor`` return; ``clear`` empties it.

    A byte set before the poll begins is kept, so a wake can never fall into the gap between a check and the wait.
    """

    def __init__(self) -> None:
        self.descriptor, self._sender = os.pipe()
        os.set_blocking(self.descriptor, False)
        os.set_blocking(self._sender, False)
        self._lock = threading.Lock()
        self._closed = False

    def set(self) -> None:
        """Wake the waiting thread. A full pipe already wakes it."""
        with self._lock:
            if not self._closed:
                with contextlib.suppress(BlockingIOError):
                    os.write(self._sender, b"\x00")

    def clear(self) -> None:
        """Forget all wakes so far."""
        with contextlib.suppress(BlockingIOError):
            while os.read(self.descriptor, 64):
                pass

    def close(self) -> None:
        """Give both descriptors back."""
        with self._lock:
            if not self._closed:
                self._closed = True
                os.close(self.descriptor)
                os.close(self._sender)


def wait_ready(wanted: dict[int, int], timeout_s: float) -> set[int]:
    """Wait until one descriptor is ready; ``wanted`` maps descriptor to poll mask. Empty set when the time is over.

    The time is rounded up to whole milliseconds: rounding down would spin through the last one.
    """
    poller = select.poll()
    for descriptor, mask in wanted.items():
        poller.register(descriptor, mask)
    return {descriptor for descriptor, _ in poller.poll(max(0, math.ceil(timeout_s * 1000)))}


class DescriptorLine:
    """An open line over one non-blocking descriptor.

    Args:
        descriptor: open and non-blocking; it stays the caller's to close.
        receive: reads at most n bytes or raises ``BlockingIOError``/``SSLWantReadError``; ``b""`` means hung up.
        send: writes some bytes and returns how many.
        description: for error messages.
    """

    def __init__(
        self, descriptor: int, receive: Callable[[int], bytes], send: Callable[[bytes], int], description: str
    ) -> None:
        self._descriptor = descriptor
        self._receive = receive
        self._send = send
        self._description = description
        self._waker = Waker()

    def read(self, max_bytes: int, timeout_s: float) -> bytes:
        """Return what has arrived, ``b""`` after the time or a wake; raise ``TransportError`` on hang-up."""
        until = time.monotonic() + timeout_s
        while True:
            try:
                data = self._receive(max_bytes)
            except _NOT_NOW:
                data = None
            except OSError as error:
                raise self._lost(str(error)) from error
            if data:
                return data
            if data is not None:
                raise self._lost("the other side hung up")
            left_s = until - time.monotonic()
            if left_s <= 0:
                self._waker.clear()
                return b""
            ready = wait_ready({self._descriptor: select.POLLIN, self._waker.descriptor: select.POLLIN}, left_s)
            if self._waker.descriptor in ready and self._descriptor not in ready:
                self._waker.clear()
                return b""

    def write(self, data: bytes, deadline_s: float) -> None:
        """Hand over all bytes within ``deadline_s`` seconds or raise ``WriteError`` with the count already taken."""
        until = time.monotonic() + deadline_s
        accepted = 0
        while accepted < len(data):
            try:
                accepted += self._send(data[accepted:])
                continue
            except _NOT_NOW:
                pass
            except OSError as error:
                message = f"{self._description}: {error}"
                raise WriteError("line_lost", message, accepted, "check cable and power") from error
            left_s = until - time.monotonic()
            if left_s <= 0 or not wait_ready({self._descriptor: select.POLLOUT}, left_s):
                message = f"{self._description} took only {accepted} of {len(data)} bytes in {deadline_s:g} s"
                raise WriteError("line_stuck", message, accepted, "check flow control, cable and power")

    def wake(self) -> None:
        """Interrupt a read from any thread."""
        self._waker.set()

    def close(self) -> None:
        """Release the waker; the descriptor itself belongs to the caller."""
        self._waker.close()

    def _lost(self, why: str) -> TransportError:
        return TransportError("line_lost", f"{self._description}: {why}", "check cable and power of the device")
