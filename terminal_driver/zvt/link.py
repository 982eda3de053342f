"""The link below the dialogue, the same for both sides: confirmations, repetitions and gaps (PA00P016 rev 04).

On a serial line each block is confirmed at once by 06 or refused by 15; the sender repeats it at most twice after 15 or
after T2 without an answer. One block is under way at a time, further ones wait. Over TCP nothing is confirmed and a
damaged stream cannot be mended: the connection must be closed.

Three rules the document leaves open. A block of the other side that arrives while ours is unconfirmed confirms it,
since both sides only speak when asked. The same block once more while our answer to it is unconfirmed is a repetition,
which gets the same answer again and is not acted on twice. The same block once more while a command of ours is
unconfirmed was sent before that command arrived (our 06 was late), so it confirms nothing and is marked as repeated.
"""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field

from terminal_driver.zvt.framing import (
    LINK_ACK,
    LINK_NAK,
    BadFrame,
    FrameReceived,
    Framing,
    LinkAck,
    LinkEvent,
    LinkNak,
)

T2_S = 5.0
REPEATS_MAX = 2


@dataclass(frozen=True, slots=True)
class Delivered:
    """A block for the dialogue. ``repeated``: it came before, and may be older than the command under way."""

    apdu: bytes = field(repr=False)
    repeated: bool = False


@dataclass(frozen=True, slots=True)
class LinkTrouble:
    """Something went wrong on the line. ``broken``: no use going on, the line must be opened again."""

    code: str
    words: str
    broken: bool


LinkItem = Delivered | LinkTrouble


class Link:
    """Sends and receives blocks over one framing.

    Args:
        framing: serial or TCP.
        t2_s: seconds to wait for a confirmation.
        repeats_max: how often a block is sent again.
    """

    def __init__(self, framing: Framing, *, t2_s: float = T2_S, repeats_max: int = REPEATS_MAX) -> None:
        self._framing = framing
        self._t2_s = t2_s
        self._repeats_max = repeats_max
        self._waiting: deque[bytes] = deque()
        self._open: bytes | None = None
        self._repeats = 0
        self._t2_at: float | None = None
        self._t1_at: float | None = None
        self._last_received = b""
        self._repeated_in_silence = False

    @property
    def repeated_in_silence(self) -> bool:
        """True when a block was sent again because no confirmation came: the other side may have taken it twice."""
        return self._repeated_in_silence

    @property
    def unconfirmed(self) -> bool:
        """True while a block of ours is under way without a confirmation."""
        return self._open is not None

    def send(self, apdu: bytes, now_s: float) -> bytes:
        """Return the bytes to send now; nothing when an earlier block is still unconfirmed."""
        if not self._framing.confirms:
            return self._framing.encode(apdu)
        if self._open is not None:
            self._waiting.append(apdu)
            return b""
        return self._transmit(apdu, now_s)

    def receive(self, data: bytes, now_s: float) -> Iterator[tuple[bytes, LinkItem | None]]:
        """Take bytes and yield, in order, bytes to send and what arrived."""
        for event in self._framing.feed(data):
            yield self._handle(event, now_s)
        self._t1_at = now_s + self._framing.gap_s if self._framing.receiving else None

    def deadline(self) -> float | None:
        """Return the time of the next ``expire``."""
        times = [at for at in (self._t1_at, self._t2_at) if at is not None]
        return min(times) if times else None

    def expire(self, now_s: float) -> Iterator[tuple[bytes, LinkItem | None]]:
        """Act on the deadlines that have passed."""
        if self._t1_at is not None and now_s >= self._t1_at:
            self._t1_at = None
            for event in self._framing.gap_expired():
                yield self._handle(event, now_s)
        if self._t2_at is not None and now_s >= self._t2_at:
            self._repeated_in_silence = self._repeats < self._repeats_max
            yield self._repeat(now_s, "no confirmation of a block")

    def forget(self) -> None:
        """Give up unconfirmed and waiting blocks."""
        self._waiting.clear()
        self._open = None
        self._t2_at = None
        self._repeats = 0
        self._repeated_in_silence = False

    def reset(self) -> None:
        """Begin anew on a new line."""
        self.forget()
        self._framing.reset()
        self._t1_at = None
        self._last_received = b""

    def _transmit(self, apdu: bytes, now_s: float) -> bytes:
        self._open = apdu
        self._t2_at = now_s + self._t2_s
        return self._framing.encode(apdu)

    def _handle(self, event: LinkEvent, now_s: float) -> tuple[bytes, LinkItem | None]:
        match event:
            case FrameReceived(apdu):
                return self._frame(apdu, now_s)
            case LinkAck():
                return self._confirmed(now_s), None
            case LinkNak():
                if self._open is None:
                    return b"", LinkTrouble(
                        "stray_refusal", "a block was refused though none is under way", broken=False
                    )
                return self._repeat(now_s, "a block was refused")
            case BadFrame(code, words, refuse):
                if not self._framing.confirms:
                    return b"", LinkTrouble(code, words, broken=True)
                return LINK_NAK if refuse else b"", LinkTrouble(code, words, broken=False)

    def _frame(self, apdu: bytes, now_s: float) -> tuple[bytes, LinkItem | None]:
        if not self._framing.confirms:
            return b"", Delivered(apdu)
        if self._open is not None and apdu == self._last_received:
            if self._open[0] in (0x80, 0x84):
                return LINK_ACK + self._transmit(self._open, now_s), None
            return LINK_ACK, Delivered(apdu, repeated=True)
        self._last_received = apdu
        return LINK_ACK + self._confirmed(now_s), Delivered(apdu)

    def _confirmed(self, now_s: float) -> bytes:
        self._open = None
        self._t2_at = None
        self._repeats = 0
        return self._transmit(self._waiting.popleft(), now_s) if self._waiting else b""

    def _repeat(self, now_s: float, words: str) -> tuple[bytes, LinkItem | None]:
        if self._open is None or self._repeats >= self._repeats_max:
            self.forget()
            return b"", LinkTrouble("line_error", f"{words} after {self._repeats_max} repetitions", broken=True)
        self._repeats += 1
        return self._transmit(self._open, now_s), LinkTrouble("block_repeated", words, broken=False)
