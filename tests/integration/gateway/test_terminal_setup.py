"""A terminal is set up while the gateway runs: tried, kept, sold on, still there after a restart, and removed again."""

from __future__ import annotations

import stat
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from gateway.configuration.saved_devices import FILE_NAME
from gateway.domain.access import ROLE_PERMISSIONS, Caller, Role
from gateway.domain.cards.payment import AttemptState
from gateway.domain.cards.terminal_setup import DeviceSetup, RegisterWish, TerminalWish, Trial, TrialState
from gateway.domain.errors import InputError, NotFound, OperationalError, RuleError
from gateway.domain.ids import DeviceId, PaymentId, RegisterId
from terminal_driver.protocols import LineKind, ProtocolName, SimulatorOptions, build_simulator
from terminal_driver.transports.pty_line import PtyLine
from terminal_driver.virtual.panel import Awaiting
from terminal_driver.virtual.terminal import VirtualTerminal
from tests.support.running_node import PRINTER, STORE, TENANT, WAIT_S, RunningNode, running_node

pytestmark = pytest.mark.pty

ADMINISTRATOR = Caller(TENANT, STORE, uuid.UUID(int=9), "admin", ROLE_PERMISSIONS[Role.ADMINISTRATOR])


@contextmanager
def _terminal(*, by_hand: bool = False) -> Iterator[tuple[str, VirtualTerminal]]:
    """A card terminal on a pseudo-terminal that pays by itself unless ``by_hand``; yields its line and the device."""
    line = PtyLine()
    options = SimulatorOptions(terminal_id="52500077", auto_pace=None if by_hand else 0.01)
    device = build_simulator(ProtocolName.ZVT, line, LineKind.SERIAL, options)
    with device:
        yield f"pty:{line.device_path}", device


def _tried(shop: RunningNode, line: str, password: str = "000000") -> Trial:
    service = shop.services.set_up_terminals
    begun = service.begin_trial(ADMINISTRATOR, TerminalWish("zvt", line, password))
    shop.until(lambda: service.trial(ADMINISTRATOR, begun.id).state is TrialState.FINISHED, "the end of the trial")
    return service.trial(ADMINISTRATOR, begun.id)


def _kept(shop: RunningNode, line: str, register: RegisterWish | None = None) -> DeviceSetup:
    trial = _tried(shop, line)
    assert trial.report is not None
    assert trial.report.answered, trial
    wish = register or RegisterWish(name="Till 2", printer_id=PRINTER)
    return shop.services.set_up_terminals.save(ADMINISTRATOR, trial.id, "Front counter", wish)


def _new(shop: RunningNode) -> DeviceId:
    """Return the id of the terminal that was set up."""
    return next(one.id for one in shop.services.set_up_terminals.devices(ADMINISTRATOR) if one.removable)


def _until_ready(shop: RunningNode) -> None:
    def ready() -> bool:
        with shop.node.storage.read() as unit:
            return any(row.id == _new(shop) and row.ready for row in unit.devices.list(TENANT, STORE))

    shop.until(ready, "the new terminal to be ready")


def _sold(shop: RunningNode, amount: str, register: str = "register-2") -> PaymentId:
    payment_id = shop.begin(amount, register_id=RegisterId(register), terminal_id=_new(shop))
    shop.until_state(payment_id, AttemptState.APPROVED)
    return payment_id


def test_terminal_that_is_set_up_then_sold_on_at_once_and_after_a_restart(database_url: str, tmp_path: Path) -> None:
    with _terminal() as (line, device):
        with running_node(tmp_path, database_url) as shop:
            made = _kept(shop, line)
            _until_ready(shop)
            _sold(shop, "23.40")

            assert (made.registers, made.removable) == (("Till 2",), True)
            assert [face.name for face in shop.services.registers()] == ["Register 1", "Till 2"]
            saved = tmp_path / "data" / FILE_NAME
            assert stat.S_IMODE(saved.stat().st_mode) == 0o600
            assert 'terminal_id = "52500077"' in saved.read_text()
        with running_node(tmp_path, database_url) as shop:
            _until_ready(shop)
            _sold(shop, "5.00")

        assert [entry.amount_minor for entry in device.journal.entries] == [2340, 500]


def test_port_of_a_working_terminal_then_not_tried_and_not_disturbed(database_url: str, tmp_path: Path) -> None:
    with _terminal() as (line, _), running_node(tmp_path, database_url) as shop:
        first = _tried(shop, line)
        second = _tried(shop, line)
        service = shop.services.set_up_terminals
        service.save(ADMINISTRATOR, first.id, "Front counter", RegisterWish())

        with pytest.raises(RuleError) as trial_refused:
            _tried(shop, line)
        with pytest.raises(RuleError) as save_refused:
            service.save(ADMINISTRATOR, second.id, "Again", RegisterWish())

        assert trial_refused.value.code == save_refused.value.code == "port_in_use"
        assert "Front counter" in trial_refused.value.message
        _until_ready(shop)


def test_port_without_a_terminal_then_told_what_to_do(database_url: str, tmp_path: Path) -> None:
    with running_node(tmp_path, database_url) as shop:
        trial = _tried(shop, "pty:/dev/pts/99999")

        assert trial.report is not None
        assert [found.code for found in trial.report.findings] == ["port_missing"]
        assert trial.report.findings[0].advice
        assert trial.steps


def test_remove_when_a_payment_is_open_then_refused_else_gone_with_its_past_kept(
    database_url: str, tmp_path: Path
) -> None:
    with _terminal(by_hand=True) as (line, device):
        with running_node(tmp_path, database_url) as shop:
            _kept(shop, line)
            _until_ready(shop)
            new = _new(shop)
            running = shop.begin("7.00", register_id=RegisterId("register-2"), terminal_id=new)
            assert device.wait_for(lambda panel: panel.awaiting is Awaiting.CARD, WAIT_S)
            service = shop.services.set_up_terminals
            with pytest.raises(RuleError) as refusal:
                service.remove(ADMINISTRATOR, new)
            assert refusal.value.code == "terminal_has_open_payment"
            device.press_cancel()
            shop.until_state(running, AttemptState.CANCELLED)

            service.remove(ADMINISTRATOR, new)

            assert shop.load(running).attempts[0].terminal_id == new
            with pytest.raises(InputError) as unknown:
                shop.begin("1.00", register_id=RegisterId("register-2"), terminal_id=new)
            assert unknown.value.code == "unknown_terminal"
            with pytest.raises(NotFound):
                service.remove(ADMINISTRATOR, new)
            assert [one.id for one in service.devices(ADMINISTRATOR)] == ["terminal-1", PRINTER]
            assert [face.terminal_id for face in shop.services.registers()] == ["terminal-1", None]
        with running_node(tmp_path, database_url) as shop:
            assert [one.id for one in shop.services.set_up_terminals.devices(ADMINISTRATOR)] == ["terminal-1", PRINTER]


def test_removed_then_its_port_can_be_tried_again_and_gets_another_id(database_url: str, tmp_path: Path) -> None:
    with _terminal() as (line, _), running_node(tmp_path, database_url) as shop:
        _kept(shop, line)
        _until_ready(shop)
        first = _new(shop)
        shop.services.set_up_terminals.remove(ADMINISTRATOR, first)

        again = _kept(shop, line, RegisterWish(register_id=RegisterId("register-2")))

        assert again.id != first
        assert again.registers == ("Till 2",)


def test_terminal_of_the_file_then_not_removed_here(database_url: str, tmp_path: Path) -> None:
    with running_node(tmp_path, database_url) as shop, pytest.raises(RuleError) as refusal:
        shop.services.set_up_terminals.remove(ADMINISTRATOR, DeviceId("terminal-1"))

    assert refusal.value.code == "set_up_by_operator"


@pytest.mark.parametrize(
    ("register", "code"),
    [
        (RegisterWish(register_id=RegisterId("register-1")), "register_taken"),
        (RegisterWish(register_id=RegisterId("register-9")), "unknown_register"),
        (RegisterWish(name="Till 2", printer_id=DeviceId("printer-9")), "unknown_printer"),
    ],
)
def test_till_that_cannot_be_then_refused_and_nothing_is_kept(
    tmp_path: Path, register: RegisterWish, code: str
) -> None:
    with _terminal() as (line, _), running_node(tmp_path, f"sqlite:///{tmp_path / 's.db'}") as shop:
        with pytest.raises((RuleError, InputError)) as refusal:
            _kept(shop, line, register)

        assert refusal.value.code == code
        assert not (tmp_path / "data" / FILE_NAME).exists()
        assert len(shop.services.set_up_terminals.devices(ADMINISTRATOR)) == 2


def test_folder_that_cannot_be_written_then_refused_and_nothing_is_changed(tmp_path: Path) -> None:
    with _terminal() as (line, _), running_node(tmp_path, f"sqlite:///{tmp_path / 's.db'}") as shop:
        (tmp_path / "data" / f"{FILE_NAME}.new" / "in the way").mkdir(parents=True)

        with pytest.raises(OperationalError) as refusal:
            _kept(shop, line)

        assert refusal.value.code == "cannot_be_saved"
        assert len(shop.services.set_up_terminals.devices(ADMINISTRATOR)) == 2
        with shop.node.storage.read() as unit:
            assert [row.id for row in unit.devices.list(TENANT, STORE)] == [PRINTER, "terminal-1"]


def test_more_terminals_than_the_server_is_made_for_then_refused(tmp_path: Path) -> None:
    options = {"server.threads": 17}
    with (
        _terminal() as (line, _),
        running_node(tmp_path, f"sqlite:///{tmp_path / 's.db'}", None, **options) as shop,
        pytest.raises(RuleError) as refusal,
    ):
        _kept(shop, line)

    assert refusal.value.code == "too_many_terminals"
