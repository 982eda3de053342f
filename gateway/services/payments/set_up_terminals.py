"""Set up a card terminal on the screen: choose its line, try it, keep what answered. Never sends a money command."""

import logging
import re
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import replace

from gateway.domain.access import Caller, Permission
from gateway.domain.cards.line_health import LineHealth
from gateway.domain.cards.terminal_setup import DeviceSetup, ProtocolFace, RegisterWish, SerialPort, TerminalWish, Trial
from gateway.domain.errors import InputError, NotFound, NotPermitted, RuleError
from gateway.domain.ids import DeviceId, StoreId, TenantId
from gateway.logs.observability import log_event
from gateway.ports.terminal_setup import DeviceFleet, LineUse, TerminalProbe, TrialBook

log = logging.getLogger(__name__)

# Only what is a terminal's line can be opened from the screen: never a disk, a watchdog or somebody's console.
_DEVICE_PATH = re.compile(
    r"/dev/(tty[A-Z][A-Za-z]*[0-9]+|rfcomm[0-9]+|pts/[0-9]+|serial/by-(id|path)/[A-Za-z0-9._:+@-]+)"
)
_SCHEMES = ("serial", "pty", "tcp", "tls")
# A file of the machine is named in the operator's settings, not from a browser.
_FILE_OPTION = re.compile(r"[?&]ca=")


class SetUpTerminals:
    """Trials of lines, and terminals made of those that answered."""

    def __init__(
        self, *, tenant_id: TenantId, store_id: StoreId, probe: TerminalProbe, trials: TrialBook, fleet: DeviceFleet
    ) -> None:
        """``tenant_id``, ``store_id``: the store this node stands in; others have nodes of their own."""
        self._place = (tenant_id, store_id)
        self._probe = probe
        self._trials = trials
        self._fleet = fleet

    def devices(self, caller: Caller) -> tuple[DeviceSetup, ...]:
        """Return the devices of this node."""
        self._require(caller)
        return self._fleet.devices()

    def line_health(self, caller: Caller) -> Mapping[DeviceId, LineHealth]:
        """Return how the lines to the terminals of this node were; nothing to a caller of another store."""
        caller.require(Permission.DEVICES_READ)
        return self._fleet.line_health() if (caller.tenant_id, caller.store_id) == self._place else {}

    def protocols(self, caller: Caller) -> tuple[ProtocolFace, ...]:
        """Return the protocols this installation speaks."""
        self._require(caller)
        return self._probe.protocols()

    def ports(self, caller: Caller) -> tuple[SerialPort, ...]:
        """Return the serial ports of this machine and who uses them."""
        self._require(caller)
        uses = self._fleet.uses()
        return tuple(
            replace(port, used_by=user_among(uses, self._probe.line_marks(f"serial:{port.device}")) or port.used_by)
            for port in self._probe.ports()
        )

    def begin_trial(self, caller: Caller, wish: TerminalWish) -> Trial:
        """Begin to try a line; a port that a device of ours works is left alone.

        Raises:
            InputError: ``invalid_transport``, ``wrong_line``, ``invalid_password``.
            RuleError: ``port_in_use``, ``trial_running``.
        """
        self._require(caller)
        _check_line(wish.line)
        self._probe.check(wish)
        self._check_free(wish.line)
        trial = self._trials.begin(wish)
        log_event(log, "devices.trial_begun", actor=caller.name, protocol=wish.protocol, line=wish.line)
        return trial

    def trial(self, caller: Caller, trial_id: uuid.UUID) -> Trial:
        """Return a trial as it stands.

        Raises:
            NotFound: ``trial_not_found``: never begun on this node, or too long ago.
        """
        self._require(caller)
        found = self._trials.get(trial_id)
        if found is None:
            raise NotFound("trial_not_found", "There is no such trial, or it is too long ago.", "Try the line again.")
        return found

    def save(self, caller: Caller, trial_id: uuid.UUID, name: str, register: RegisterWish) -> DeviceSetup:
        """Keep the terminal that answered in a trial, exactly as it was tried; the same trial again is the same one.

        Raises:
            NotFound: ``trial_not_found``.
            RuleError: ``trial_without_answer``, ``port_in_use``, ``register_taken``, ``too_many_terminals``.
            InputError: ``unknown_register``, ``unknown_printer``.
            OperationalError: ``cannot_be_saved``.
        """
        trial = self.trial(caller, trial_id)
        known = next((one for one in self._fleet.devices() if one.id == trial.saved_as), None)
        if known is not None:
            return known
        report = trial.report
        if report is None or not report.answered:
            hint = "Follow the advice of the trial, then try again."
            raise RuleError("trial_without_answer", "No terminal has answered in this trial.", hint)
        wish = replace(trial.wish, line=report.line, terminal_id=trial.wish.terminal_id or report.terminal_id)
        made = self._fleet.add_terminal(name, wish, register)
        self._trials.saved(trial_id, made.id)
        log_event(
            log,
            "devices.terminal_added",
            actor=caller.name,
            device_id=made.id,
            protocol=made.protocol,
            line=made.line,
            acquirer_terminal_id=report.terminal_id,
        )
        return made

    def remove(self, caller: Caller, terminal_id: DeviceId) -> None:
        """Take a terminal that was set up on the screen out of use.

        Raises:
            NotFound: ``device_not_found``.
            RuleError: ``set_up_by_operator``, ``terminal_has_open_payment``.
            OperationalError: ``cannot_be_saved``.
        """
        self._require(caller)
        self._fleet.remove_terminal(terminal_id)
        log_event(log, "devices.terminal_removed", actor=caller.name, device_id=terminal_id)

    def _require(self, caller: Caller) -> None:
        caller.require(Permission.DEVICES_MANAGE)
        if (caller.tenant_id, caller.store_id) != self._place:
            hint = "Open the gateway of your own store."
            raise NotPermitted("other_store", "This gateway stands in another store.", hint)

    def _check_free(self, line: str) -> None:
        user = user_among(self._fleet.uses(), self._probe.line_marks(line))
        if user is not None:
            raise port_in_use(user)


def user_among(uses: Iterable[LineUse], marks: frozenset[str]) -> str | None:
    """Return the name of the device whose line shares a mark with these, or None."""
    return next((name for name, used in uses if used & marks), None)


def port_in_use(user: str) -> RuleError:
    """Return the error for a line that a device of ours works."""
    hint = "Choose another port, or remove that device first. Its state is shown in the list."
    return RuleError("port_in_use", f"This port is worked by {user}; a trial would disturb it.", hint)


def _check_line(line: str) -> None:
    scheme, _, rest = line.partition(":")
    target = rest.partition("?")[0]
    network = scheme in ("tcp", "tls")
    own = target == "auto" or _DEVICE_PATH.fullmatch(target) is not None
    if scheme not in _SCHEMES or not (network or own) or _FILE_OPTION.search(line):
        hint = "Name tcp:HOST:PORT, or a serial port of the list. Other lines belong into the configuration file."
        raise InputError("invalid_transport", "This is no line of a terminal.", hint, "/transport")
