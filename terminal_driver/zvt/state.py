"""The dialogue between register and terminal: one transition table for both sides (PA00P016 rev 04, master rights).

The table does not know who reads it. The register is master while idle; an accepted command makes the terminal master
until the register has answered 06 0F or 06 1E. A message outside of a command (a repetition after a lost line, a sale
from the keypad) is answered too and changes nothing. An illegal event raises and changes nothing.
"""

from enum import StrEnum

from terminal_driver.errors import LocalProtocolError, RemoteProtocolError


class DialogueState(StrEnum):
    """Where the dialogue stands."""

    IDLE = "idle"
    IDLE_MESSAGE = "idle_message"  # the terminal sent something though no command runs
    COMMAND_SENT = "command_sent"
    LATE_MESSAGE = "late_message"  # something of an earlier command came before the answer to this one
    TERMINAL_MASTER = "terminal_master"
    MESSAGE_OPEN = "message_open"
    END_OPEN = "end_open"


class DialogueEvent(StrEnum):
    """What can happen."""

    COMMAND = "command"
    ACCEPT = "accept"
    ACCEPT_AT_ONCE = "accept_at_once"  # 80 00 to a command without completion
    REFUSE = "refuse"
    MESSAGE = "message"
    END = "end"  # 06 0F or 06 1E
    ANSWER = "answer"
    ABORT = "abort"  # 06 B0
    BROKEN = "broken"  # time ran out or the line broke


class Side(StrEnum):
    """Who may make an event happen."""

    REGISTER = "register"
    TERMINAL = "terminal"
    EITHER = "either"


_S, _E = DialogueState, DialogueEvent

TRANSITIONS: dict[DialogueState, dict[DialogueEvent, DialogueState]] = {
    _S.IDLE: {
        _E.COMMAND: _S.COMMAND_SENT,
        _E.MESSAGE: _S.IDLE_MESSAGE,
        _E.END: _S.IDLE_MESSAGE,
        _E.BROKEN: _S.IDLE,
    },
    _S.IDLE_MESSAGE: {_E.ANSWER: _S.IDLE, _E.BROKEN: _S.IDLE},
    _S.COMMAND_SENT: {
        _E.ACCEPT: _S.TERMINAL_MASTER,
        _E.ACCEPT_AT_ONCE: _S.IDLE,
        _E.REFUSE: _S.IDLE,
        _E.MESSAGE: _S.LATE_MESSAGE,
        _E.END: _S.LATE_MESSAGE,
        _E.ABORT: _S.COMMAND_SENT,  # 06 E1 and 06 E2 are answered only when a key was pressed
        _E.BROKEN: _S.IDLE,
    },
    _S.LATE_MESSAGE: {_E.ANSWER: _S.COMMAND_SENT, _E.BROKEN: _S.IDLE},
    _S.TERMINAL_MASTER: {
        _E.MESSAGE: _S.MESSAGE_OPEN,
        _E.END: _S.END_OPEN,
        _E.ABORT: _S.TERMINAL_MASTER,
        _E.BROKEN: _S.IDLE,
    },
    _S.MESSAGE_OPEN: {_E.ANSWER: _S.TERMINAL_MASTER, _E.ABORT: _S.MESSAGE_OPEN, _E.BROKEN: _S.IDLE},
    _S.END_OPEN: {_E.ANSWER: _S.IDLE, _E.ABORT: _S.END_OPEN, _E.BROKEN: _S.IDLE},
}

FIRED_BY: dict[DialogueEvent, Side] = {
    _E.COMMAND: Side.REGISTER,
    _E.ACCEPT: Side.TERMINAL,
    _E.ACCEPT_AT_ONCE: Side.TERMINAL,
    _E.REFUSE: Side.TERMINAL,
    _E.MESSAGE: Side.TERMINAL,
    _E.END: Side.TERMINAL,
    _E.ANSWER: Side.REGISTER,
    _E.ABORT: Side.REGISTER,
    _E.BROKEN: Side.EITHER,
}


class Dialogue:
    """Holds the state of one dialogue for one side.

    Args:
        us: the side that this program plays; it decides whose fault an illegal event is.
    """

    def __init__(self, us: Side) -> None:
        self._us = us
        self._state = DialogueState.IDLE

    @property
    def state(self) -> DialogueState:
        """The present state."""
        return self._state

    def fire(self, event: DialogueEvent) -> DialogueState:
        """Make an event happen and return the new state.

        Raises:
            LocalProtocolError: ``illegal_event``, we may not do this now.
            RemoteProtocolError: ``illegal_event``, the other side did what it may not do now.
        """
        following = TRANSITIONS[self._state].get(event)
        if following is None:
            words = f"{event} is not allowed in the state {self._state}"
            if FIRED_BY[event] in (self._us, Side.EITHER):
                raise LocalProtocolError("illegal_event", words)
            raise RemoteProtocolError("illegal_event", words)
        self._state = following
        return following
