"""Only an administrator of this store, only lines of terminals, only what answered, exactly as it was tried."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

from gateway.adapters.clock import SystemClock
from gateway.domain.access import ROLE_PERMISSIONS, Caller, Role
from gateway.domain.cards.terminal_setup import DeviceSetup, RegisterWish, TerminalWish, Trial, TrialState
from gateway.domain.errors import InputError, NotFound, NotPermitted, RuleError
from gateway.domain.ids import DeviceId, StoreId
from gateway.jobs.terminal_trials import TerminalTrials
from gateway.services.payments.set_up_terminals import SetUpTerminals
from tests.support.setup_fakes import ANSWERING, PORT, ListedFleet, ScriptedProbe
from tests.support.web_shop import OTHER_STORE, STORE, TENANT

DEADLINE_S = 10.0


def _caller(role: Role = Role.ADMINISTRATOR, store: StoreId = STORE) -> Caller:
    return Caller(TENANT, store, uuid.UUID(int=7), role.value, ROLE_PERMISSIONS[role])


def _wish(line: str = ANSWERING, protocol: str = "zvt") -> TerminalWish:
    return TerminalWish(protocol, line, "123456")


@dataclass
class Setting:
    """The use case over a probe and a fleet that the test speaks for."""

    service: SetUpTerminals
    probe: ScriptedProbe
    fleet: ListedFleet

    def tried(self, line: str = ANSWERING) -> Trial:
        """Try a line to its end."""
        begun = self.service.begin_trial(_caller(), _wish(line))
        clock, never = SystemClock(), threading.Event()
        ends_at_s = clock.monotonic_s() + DEADLINE_S
        while (trial := self.service.trial(_caller(), begun.id)).state is TrialState.RUNNING:
            assert clock.monotonic_s() < ends_at_s
            never.wait(0.005)
        return trial


@pytest.fixture
def setting() -> Iterator[Setting]:
    probe, fleet = ScriptedProbe(), ListedFleet()
    trials = TerminalTrials(probe, SystemClock())
    yield Setting(
        SetUpTerminals(tenant_id=TENANT, store_id=STORE, probe=probe, trials=trials, fleet=fleet), probe, fleet
    )
    trials.stop()


def test_terminal_that_answered_then_kept_as_it_was_tried(setting: Setting) -> None:
    trial = setting.tried()

    made = setting.service.save(_caller(), trial.id, "Front", RegisterWish(name="Till 9"))

    assert (made.name, made.registers) == ("Front", ("Till 9",))
    kept = setting.fleet.added[0]
    assert (kept.line, kept.password, kept.terminal_id) == (ANSWERING, "123456", "52500041")


def test_save_when_repeated_then_the_same_terminal(setting: Setting) -> None:
    trial = setting.tried()

    made = [setting.service.save(_caller(), trial.id, "Front", RegisterWish()) for _ in range(2)]

    assert made[0] == made[1]
    assert len(setting.fleet.added) == 1


def test_line_where_nobody_answers_then_told_and_never_kept(setting: Setting) -> None:
    trial = setting.tried("tcp:192.0.2.99:20007")

    assert trial.report is not None
    assert [found.code for found in trial.report.findings] == ["no_answer"]
    with pytest.raises(RuleError) as refusal:
        setting.service.save(_caller(), trial.id, "Front", RegisterWish())
    assert refusal.value.code == "trial_without_answer"
    assert setting.fleet.added == []


def test_port_that_a_device_works_then_left_alone_and_its_name_told(setting: Setting) -> None:
    made = DeviceSetup(DeviceId("t"), "terminal", "Back", "zvt", "serial:/dev/ttyUSB0?baud=9600", (), removable=True)
    setting.fleet.listed.append(made)

    with pytest.raises(RuleError, match="Back") as refusal:
        setting.service.begin_trial(_caller(), _wish("serial:/dev/ttyUSB0"))

    assert refusal.value.code == "port_in_use"
    assert setting.probe.tried == []
    assert {port.device: port.used_by for port in setting.service.ports(_caller())}[PORT.device] == "Back"


@pytest.mark.parametrize(
    "line",
    [
        "serial:/dev/sda",
        "serial:/dev/watchdog",
        "serial:/dev/tty1",
        "serial:/dev/../etc/passwd",
        "serial:/dev/ttyUSB0/../sda",
        "serial:/srv/ttyS0",
        "pty:/dev/ptmx",
        "file:/dev/usb/lp0",
        "virtual:memory",
        "tls:192.0.2.20:20007?ca=/etc/shadow",
        "tls:192.0.2.20:20007?keepalive=9&ca=x",
        "http://192.0.2.20",
        "serial:",
    ],
)
def test_line_that_is_no_terminals_then_refused_before_anything_is_opened(setting: Setting, line: str) -> None:
    with pytest.raises(InputError) as refusal:
        setting.service.begin_trial(_caller(), _wish(line))

    assert (refusal.value.code, refusal.value.pointer) == ("invalid_transport", "/transport")
    assert setting.probe.tried == []


@pytest.mark.parametrize(
    "line",
    [
        "serial:/dev/ttyUSB0?baud=9600",
        "serial:/dev/ttyACM11",
        "serial:/dev/serial/by-id/usb-FTDI_FT232R-if00-port0",
        "serial:auto?usb=0403:6001",
        "pty:/dev/pts/3",
        "tcp:[2001:db8::1]:20007",
        "tls:terminal.example:20007",
    ],
)
def test_line_of_a_terminal_then_tried(setting: Setting, line: str) -> None:
    setting.tried(line)

    assert [wish.line for wish in setting.probe.tried] == [line]


def test_protocol_that_does_not_run_over_the_line_then_refused(setting: Setting) -> None:
    with pytest.raises(InputError) as refusal:
        setting.service.begin_trial(_caller(), _wish(protocol="concert"))

    assert refusal.value.code == "wrong_line"


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.ADMINISTRATOR])
def test_others_than_administrators_then_refused_everywhere(setting: Setting, role: Role) -> None:
    service, who = setting.service, _caller(role)
    steps: tuple[Callable[[], object], ...] = (
        lambda: service.devices(who),
        lambda: service.protocols(who),
        lambda: service.ports(who),
        lambda: service.begin_trial(who, _wish()),
        lambda: service.trial(who, uuid.uuid4()),
        lambda: service.save(who, uuid.uuid4(), "x", RegisterWish()),
        lambda: service.remove(who, DeviceId("t")),
    )

    for step in steps:
        with pytest.raises(NotPermitted):
            step()
    assert setting.probe.tried == []


def test_administrator_of_another_store_then_refused(setting: Setting) -> None:
    with pytest.raises(NotPermitted) as refusal:
        setting.service.devices(_caller(store=OTHER_STORE))

    assert refusal.value.code == "other_store"


def test_trial_nobody_began_then_not_found(setting: Setting) -> None:
    with pytest.raises(NotFound):
        setting.service.trial(_caller(), uuid.uuid4())


def test_remove_then_gone_unless_a_payment_is_open(setting: Setting) -> None:
    trial = setting.tried()
    made = setting.service.save(_caller(), trial.id, "Front", RegisterWish())
    setting.fleet.open_payments.add(made.id)
    with pytest.raises(RuleError):
        setting.service.remove(_caller(), made.id)
    setting.fleet.open_payments.clear()

    setting.service.remove(_caller(), made.id)

    assert setting.service.devices(_caller()) == ()
    with pytest.raises(NotFound):
        setting.service.remove(_caller(), made.id)


def test_wish_then_its_password_is_not_in_its_words() -> None:
    assert "123456" not in repr(_wish())
