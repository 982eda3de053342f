"""An in-process pair of transports, like a null-modem cable between two programs, with faults on demand."""

import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from enum import StrEnum

from terminal_driver.errors import PortBusy, TransportError
from terminal_driver.transports.base import WriteError, line_closed

Shaper = Callable[[bytes], Sequence[bytes]]
"""Turns one write into the pieces that arrive: one altered piece = corruption, several = splitting, none = loss."""


class Direction(StrEnum):
    """Which way bytes travel on the cable."""

    TO_DEVICE = "to_device"
    TO_REGISTER = "to_register"


def unshaped(data: bytes) -> Sequence[bytes]:
    """Deliver a write as it is."""
    return (data,)


def split_every(size: int) -> Shaper:
    """Return a shaper that delivers pieces of at most ``size`` bytes, each by its own read."""

    def split(data: bytes) -> Sequence[bytes]:
        return [data[start : start + size] for start in range(0, len(data), size)]

    return split


class _Lane:
    """One direction of the cable: pieces under way, each with the time from which it may be read."""

    def __init__(self) -> None:
        self.pieces: deque[tuple[float, bytes]] = deque()
        self.shaper: Shaper = unshaped
        self.delay_s = 0.0
        self.held = False


class _Wire:
    """What both ends share; everything is read and changed while ``changed`` is held."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self.clock = clock
        self.changed = threading.Condition()
        self.lanes = {direction: _Lane() for direction in Direction}
        self.cut = False
        self.silent = False
        self.hung_up_on: set[Direction] = set()
        """Directions in which nobody sends any more, until the end that does opens anew."""

    def drop_all(self) -> None:
        """Lose what is under way and tell whoever waits."""
        for lane in self.lanes.values():
            lane.pieces.clear()
        self.changed.notify_all()


class MemoryCable:
    """A cable with two ends. All fault switches may be thrown from any thread while both ends are in use.

    Args:
        clock: monotonic seconds; decides when a delayed piece becomes readable.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._wire = _Wire(clock)
        self.register_end = MemoryTransport(self, self._wire, Direction.TO_DEVICE, Direction.TO_REGISTER)
        self.device_end = MemoryTransport(self, self._wire, Direction.TO_REGISTER, Direction.TO_DEVICE)

    def cut(self) -> None:
        """Break the line so that both ends notice: writes and opening fail, reads after what had arrived."""
        with self._wire.changed:
            self._wire.cut = True
            self._wire.changed.notify_all()

    def silence(self) -> None:
        """Break the line so that nobody notices, like a pulled serial plug: bytes vanish in both directions."""
        with self._wire.changed:
            self._wire.silent = True
            self._wire.drop_all()

    def restore(self) -> None:
        """Repair the line; what nobody had read is lost. An end that failed must be opened again."""
        with self._wire.changed:
            self._wire.cut = False
            self._wire.silent = False
            self._wire.drop_all()

    def shape(self, direction: Direction, shaper: Shaper) -> None:
        """Let every later write in ``direction`` arrive in the form ``shaper`` gives it."""
        with self._wire.changed:
            self._wire.lanes[direction].shaper = shaper

    def delay(self, direction: Direction, delay_s: float) -> None:
        """Let every later write in ``direction`` arrive ``delay_s`` seconds after it was made."""
        with self._wire.changed:
            self._wire.lanes[direction].delay_s = delay_s

    def hold(self, direction: Direction) -> None:
        """Keep everything in ``direction`` under way until :meth:`release`."""
        with self._wire.changed:
            self._wire.lanes[direction].held = True

    def release(self, direction: Direction) -> None:
        """Deliver what was held, glued into one piece."""
        with self._wire.changed:
            lane = self._wire.lanes[direction]
            lane.held = False
            glued = b"".join(data for _, data in lane.pieces)
            lane.pieces.clear()
            if glued:
                lane.pieces.append((self._wire.clock(), glued))
            self._wire.changed.notify_all()


class MemoryTransport:
    """One end of a :class:`MemoryCable`; also fulfils ``DeviceLine`` (cut and restore act on the whole cable)."""

    def __init__(self, cable: MemoryCable, wire: _Wire, outward: Direction, inward: Direction) -> None:
        self._cable = cable
        self._wire = wire
        self._outward = outward
        self._inward = inward
        self._opened = False
        self._lost = False
        self._woken = False

    @property
    def description(self) -> str:
        """The line in words."""
        return "in-process cable"

    @property
    def holds_line(self) -> bool:
        """The cable stays plugged in between commands."""
        return True

    def open(self) -> None:
        """Open this end; raise ``TransportError`` (``port_missing``) on a cut cable, ``PortBusy`` if open."""
        with self._wire.changed:
            if self._opened:
                raise PortBusy("port_busy", f"{self.description} is already open")
            if self._wire.cut:
                raise TransportError("port_missing", f"{self.description} is cut", "restore the cable")
            self._opened = True
            self._lost = False
            self._wire.hung_up_on.discard(self._outward)

    def write(self, data: bytes, deadline_s: float) -> None:
        """Send ``data``."""
        del deadline_s  # a memory line is never full
        wire = self._wire
        with wire.changed:
            if not self._opened:
                raise WriteError("line_closed", f"{self.description} is not open", 0)
            if self._broken():
                raise WriteError("line_lost", f"{self.description} broke", 0)
            if wire.silent:
                return
            lane = wire.lanes[self._outward]
            due = wire.clock() + lane.delay_s
            lane.pieces.extend((due, bytes(piece)) for piece in lane.shaper(data) if piece)
            wire.changed.notify_all()

    def read(self, max_bytes: int, timeout_s: float) -> bytes:
        """Return the next piece, at most ``max_bytes`` of it; ``b""`` after ``timeout_s`` or a wake."""
        wire = self._wire
        until = time.monotonic() + timeout_s
        with wire.changed:
            while True:
                if not self._opened:
                    raise line_closed(self.description)
                piece, wait_s = self._take(max_bytes)
                if piece:
                    return piece
                if self._broken():
                    raise TransportError("line_lost", f"{self.description} broke", "restore the cable")
                left_s = until - time.monotonic()
                if self._woken or left_s <= 0:
                    self._woken = False
                    return b""
                wire.changed.wait(left_s if wait_s is None else min(left_s, wait_s))

    def _broken(self) -> bool:
        """Tell whether the line is, or was since this end was opened; to be asked while ``changed`` is held."""
        self._lost = self._lost or self._wire.cut or self._outward in self._wire.hung_up_on
        return self._lost

    def _take(self, max_bytes: int) -> tuple[bytes, float | None]:
        """Return the piece that is due, or how long until the first one is (None: nothing under way)."""
        lane = self._wire.lanes[self._inward]
        if lane.held or not lane.pieces:
            return b"", None
        due, data = lane.pieces[0]
        wait_s = due - self._wire.clock()
        if wait_s > 0:
            return b"", wait_s
        lane.pieces.popleft()
        if len(data) > max_bytes:
            lane.pieces.appendleft((due, data[max_bytes:]))
        return data[:max_bytes], None

    def wake(self) -> None:
        """Interrupt a read from any thread."""
        with self._wire.changed:
            self._woken = True
            self._wire.changed.notify_all()

    def close(self) -> None:
        """Unplug this end."""
        with self._wire.changed:
            self._opened = False
            self._wire.changed.notify_all()

    def cut(self) -> None:
        """Cut the cable (see :meth:`MemoryCable.cut`)."""
        self._cable.cut()

    def hang_up(self) -> None:
        """End the connection: the other end reads what was sent to it, then has to open anew."""
        with self._wire.changed:
            self._wire.lanes[self._inward].pieces.clear()
            self._wire.hung_up_on.add(self._inward)
            self._wire.changed.notify_all()

    def restore(self) -> None:
        """Repair the cable; this end is usable again without being opened anew."""
        self._cable.restore()
        with self._wire.changed:
            self._lost = False
