"""The link below the dialogue, the same for both sides: who may speak, confirmations, repetitions and gaps.

Whoever has a message asks with ENQ; ACK lets it through, NAK or silence does not. The message is confirmed by ACK or
refused by NAK, and the sender closes with EOT. Rules where the sources say nothing:

* An ENQ that is not acknowledged is taken back with EOT and tried again after a pause. Until it is acknowledged no byte
  of the message has left.
* A message refused by NAK is repeated, one without any answer is not: it may have been taken.
* When both ask at once the register yields: it takes the terminal's message first and then asks again.
* After a damaged frame the line has to be quiet before NAK is sent; what came in between is dropped.
* A missing EOT after a message and stray bytes between messages change nothing.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum

from terminal_driver.concert.frame import (
    BadFrame,
    Control,
    ControlReceived,
    FrameEvent,
    FrameReader,
    FrameReceived,
    StrayBytes,
    encode_frame,
)
from terminal_driver.errors import LocalProtocolError

YIELDS_MAX = 5  # a terminal that asks for ever must not keep a register from giving up

_ACK, _NAK, _ENQ, _EOT = (bytes([code]) for code in (Control.ACK, Control.NAK, Control.ENQ, Control.EOT))


@dataclass(frozen=True, slots=True)
class LinkTimes:
    """Limits of one link.

    ``ready_s``, ``confirm_s``: seconds from ENQ and from a message to its answer. ``pause_s``: between two ENQ.
    ``frame_s``: longest gap within a frame, and from our ACK to its begin. ``quiet_s``: silence before a NAK.
    ``enquiries_max``: how often ENQ is sent. ``repeats_max``: how often a refused message is sent again.
    """

    ready_s: float = 3.0
    confirm_s: float = 3.0
    pause_s: float = 1.0
    frame_s: float = 3.0
    quiet_s: float = 0.2
    enquiries_max: int = 3
    repeats_max: int = 2


@dataclass(frozen=True, slots=True)
class Ready:
    """The other side acknowledged an enquiry that was only a question."""


@dataclass(frozen=True, slots=True)
class NotReady:
    """No enquiry was acknowledged; no byte of the message left. ``refused``: by NAK, else there was silence."""

    refused: bool


@dataclass(frozen=True, slots=True)
class Confirmed:
    """The message has arrived whole."""


@dataclass(frozen=True, slots=True)
class Unconfirmed:
    """The message left and nothing says whether it arrived."""


@dataclass(frozen=True, slots=True)
class Refused:
    """Each sending of the message was refused as damaged."""


@dataclass(frozen=True, slots=True)
class Arrived:
    """A message of the other side."""

    message: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class LinkNotice:
    """Something odd that changed nothing."""

    code: str
    words: str


LinkItem = Ready | NotReady | Confirmed | Unconfirmed | Refused | Arrived | LinkNotice
Step = tuple[bytes, LinkItem | None]


class LinkState(StrEnum):
    """Where the link stands."""

    IDLE = "idle"
    ENQUIRING = "enquiring"  # ENQ sent
    PAUSING = "pausing"  # before the next ENQ
    SENDING = "sending"  # message sent
    LISTENING = "listening"  # the other side's ENQ acknowledged


class Link:
    """Carries one message at a time, in either direction.

    Args:
        times: limits.
        yields: what to do when both sides ask at once; the register yields, the terminal does not.
        takes: asked for each ENQ of the other side; False leaves it unanswered, as an occupied terminal does.
    """

    def __init__(self, times: LinkTimes, *, yields: bool, takes: Callable[[], bool] = lambda: True) -> None:
        self._times = times
        self._yields = yields
        self._reader = FrameReader()
        self._state = LinkState.IDLE
        self._due: float | None = None
        self._gap_due: float | None = None
        self._frame: bytes | None = None  # what is to be sent; empty for a mere question
        self._enquiries_left = 0
        self._repeats_left = 0
        self._yields_left = 0
        self._refused = False
        self._takes = takes

    @property
    def state(self) -> LinkState:
        """The present state."""
        return self._state

    def send(self, message: bytes, now_s: float) -> bytes:
        """Begin to send a message; ends with ``Confirmed``, ``Unconfirmed``, ``Refused`` or ``NotReady``.

        Raises:
            LocalProtocolError: ``busy`` while another is under way, ``bad_message``.
        """
        return self._begin(encode_frame(message), now_s)

    def probe(self, now_s: float) -> bytes:
        """Ask whether the other side is ready, and send nothing; ends with ``Ready`` or ``NotReady``.

        Raises:
            LocalProtocolError: ``busy``.
        """
        return self._begin(b"", now_s)

    def cancel(self) -> bytes:
        """Give up a message of which nothing has left.

        Raises:
            LocalProtocolError: ``already_sent``, it has left, or there is none.
        """
        if self._frame is None or self._state is LinkState.SENDING:
            raise LocalProtocolError("already_sent", "the message has left")
        asked = self._state is LinkState.ENQUIRING
        self._frame = None
        if self._state is not LinkState.LISTENING:
            self._rest()
        return _EOT if asked else b""

    def receive(self, data: bytes, now_s: float) -> Iterator[Step]:
        """Take bytes and yield, in order, bytes to send and what they mean."""
        for event in self._reader.feed(data):
            yield from self._take(event, now_s)
        if self._reader.dropping:
            self._gap_due = now_s + self._times.quiet_s
        else:
            self._gap_due = now_s + self._times.frame_s if self._reader.receiving else None

    def deadline(self) -> float | None:
        """Return the time of the next ``expire``."""
        return min((at for at in (self._due, self._gap_due) if at is not None), default=None)

    def expire(self, now_s: float) -> Iterator[Step]:
        """Act on the deadlines that have passed."""
        if self._gap_due is not None and now_s >= self._gap_due:
            self._gap_due = None
            yield from self._gap(now_s)
        if self._due is not None and now_s >= self._due:
            yield from self._timeout(now_s)

    def reset(self) -> None:
        """Begin anew on a new line."""
        self._reader.reset()
        self._frame = None
        self._gap_due = None
        self._rest()

    def _begin(self, frame: bytes, now_s: float) -> bytes:
        if self._frame is not None:
            raise LocalProtocolError("busy", "a message is under way")
        self._frame = frame
        self._enquiries_left = self._times.enquiries_max
        self._repeats_left = self._times.repeats_max
        self._yields_left = YIELDS_MAX
        self._refused = False
        # While the other side speaks the message waits for its end.
        return b"" if self._state is LinkState.LISTENING else self._enquire(now_s)

    def _enquire(self, now_s: float) -> bytes:
        self._enquiries_left -= 1
        self._go(LinkState.ENQUIRING, now_s + self._times.ready_s)
        return _ENQ

    def _go(self, state: LinkState, due: float) -> None:
        self._state, self._due = state, due

    def _rest(self) -> None:
        self._state, self._due = LinkState.IDLE, None

    def _take(self, event: FrameEvent, now_s: float) -> Iterator[Step]:
        match event:
            case ControlReceived(Control.ACK):
                yield self._acknowledged(now_s)
            case ControlReceived(Control.NAK):
                yield self._refusal(now_s)
            case ControlReceived(Control.ENQ):
                yield from self._asked(now_s)
            case ControlReceived(Control.EOT):
                yield self._ended(now_s), None
            case FrameReceived(message):
                yield from self._arrived(message, now_s)
            case BadFrame(code, words):
                yield b"", LinkNotice(code, words)
            case StrayBytes(count):
                yield b"", LinkNotice("stray_bytes", f"{count} bytes that belong to nothing were passed over")

    def _acknowledged(self, now_s: float) -> Step:
        match self._state:
            case LinkState.ENQUIRING if not self._frame:
                self._frame = None
                self._rest()
                return _EOT, Ready()
            case LinkState.ENQUIRING:
                self._go(LinkState.SENDING, now_s + self._times.confirm_s)
                return self._frame or b"", None
            case LinkState.SENDING:
                self._frame = None
                self._rest()
                return _EOT, Confirmed()
            case _:
                return b"", LinkNotice("stray_acknowledgement", "an ACK came to which nothing was asked")

    def _refusal(self, now_s: float) -> Step:
        match self._state:
            case LinkState.ENQUIRING:
                self._refused = True
                return self._try_later(now_s)
            case LinkState.SENDING if self._repeats_left:
                self._repeats_left -= 1
                self._go(LinkState.SENDING, now_s + self._times.confirm_s)
                return self._frame or b"", None
            case LinkState.SENDING:
                self._frame = None
                self._rest()
                return _EOT, Refused()
            case _:
                return b"", LinkNotice("stray_refusal", "a NAK came to which nothing was asked")

    def _try_later(self, now_s: float) -> Step:
        if self._enquiries_left:
            self._go(LinkState.PAUSING, now_s + self._times.pause_s)
            return _EOT, None
        self._frame = None
        self._rest()
        return _EOT, NotReady(self._refused)

    def _asked(self, now_s: float) -> Iterator[Step]:
        """The other side has a message."""
        if not self._takes():
            return
        if self._state in (LinkState.ENQUIRING, LinkState.PAUSING):
            if not self._yields or not self._yields_left:
                return
            self._yields_left -= 1
            self._enquiries_left += self._state is LinkState.ENQUIRING  # that enquiry was never answered
        if self._state is LinkState.SENDING:
            # Our message is behind the other side, confirmed or not.
            self._frame = None
            yield b"", Unconfirmed()
        self._go(LinkState.LISTENING, now_s + self._times.frame_s)
        yield _ACK, None

    def _ended(self, now_s: float) -> bytes:
        """EOT: the other side is done, and a message of ours that waited for it may go."""
        if self._state is not LinkState.LISTENING:
            return b""
        if self._frame is not None:
            return self._enquire(now_s)
        self._rest()
        return b""

    def _arrived(self, message: bytes, now_s: float) -> Iterator[Step]:
        if self._state is LinkState.SENDING:
            self._frame = None
            yield b"", Unconfirmed()
        if self._state is not LinkState.ENQUIRING:
            if self._frame is None:
                self._rest()
            else:  # its EOT lets our message go, or a pause when that is missing
                self._go(LinkState.LISTENING, now_s + self._times.pause_s)
        yield _ACK, Arrived(message)

    def _gap(self, now_s: float) -> Iterator[Step]:
        """The line has been quiet after a damaged frame, or in the midst of one: have it sent again."""
        if (bad := self._reader.gap_expired()) is not None:
            yield b"", LinkNotice(bad.code, bad.words)
        if self._state in (LinkState.IDLE, LinkState.LISTENING):
            self._go(LinkState.LISTENING, now_s + self._times.frame_s)
        yield _NAK, None

    def _timeout(self, now_s: float) -> Iterator[Step]:
        match self._state:
            case LinkState.ENQUIRING:
                yield self._try_later(now_s)
            case LinkState.SENDING:
                self._frame = None
                self._rest()
                yield _EOT, Unconfirmed()
            case LinkState.LISTENING if self._reader.receiving or self._reader.dropping:
                self._due = now_s + self._times.frame_s
            case LinkState.LISTENING if self._frame is None:
                self._rest()
            case LinkState.LISTENING | LinkState.PAUSING:
                yield self._enquire(now_s), None
            case LinkState.IDLE:
                self._due = None
