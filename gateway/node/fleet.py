"""The devices of a running node and the threads that own them; terminals set up on the screen come and go meanwhile."""

import secrets
import threading
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from functools import partial

from gateway.adapters.device_hints import NodeHints
from gateway.configuration.saved_devices import LISTS, read_saved, write_saved
from gateway.configuration.settings import PrinterSettings, RegisterSettings, Settings, TerminalSettings
from gateway.configuration.settings_sources import Tree
from gateway.domain.cards.line_health import LineHealth
from gateway.domain.cards.terminal_setup import DeviceSetup, RegisterWish, TerminalWish
from gateway.domain.errors import InputError, NotFound, OperationalError, RuleError
from gateway.domain.ids import DeviceId, StoreId, TenantId
from gateway.jobs.lease_keeper import LeaseKeeper
from gateway.jobs.printer_lane import PrinterLane, PrinterParts
from gateway.jobs.terminal_lane import LaneParts, TerminalLane
from gateway.node.device_setup import Devices
from gateway.node.shop_plan import ShopPlan
from gateway.ports.printer import PrinterDevice
from gateway.ports.terminal import TerminalDevice
from gateway.ports.terminal_setup import LineUse
from gateway.ports.unit_of_work import DeviceRow, Storage, UnitOfWork
from gateway.services.paper.open_drawer import drawer_target
from gateway.services.payments.set_up_terminals import port_in_use, user_among

REMOVAL_LIMIT_S = 2.0
"""How long a terminal's thread is waited for when it is removed; it may still be waiting for an answer."""


@dataclass(frozen=True, slots=True)
class FleetParts:
    """What the devices of a node share.

    ``line_marks``: see ``TerminalProbe``; ``several_nodes``: others may share the database; ``wrap_*``: see
    ``Wrappers``.
    """

    tenant_id: TenantId
    store_id: StoreId
    storage: Storage
    hints: NodeHints
    keeper: LeaseKeeper
    terminal: LaneParts
    printer: PrinterParts
    line_marks: Callable[[str], frozenset[str]]
    several_nodes: bool
    wrap_terminal: Callable[[TerminalDevice], TerminalDevice]
    wrap_printer: Callable[[PrinterDevice], PrinterDevice]


class Fleet:
    """Terminals and printers of one node. Nothing runs before ``start``."""

    def __init__(self, settings: Settings, devices: Devices, plan: ShopPlan, parts: FleetParts) -> None:
        """Build every device of the settings.

        Raises:
            ConfigurationError: a device cannot be built.
        """
        self.settings = settings
        self.built = devices
        self._plan = plan
        self.parts = parts
        self.changes = threading.Lock()
        self._terminals = {DeviceId(one.id): self._terminal_lane(one) for one in settings.terminals}
        self.printer_lanes = {DeviceId(one.id): self.printer_lane(one) for one in settings.printers}

    def make_known(self) -> None:
        """Store which devices there are, each in a transaction of its own, tried again after a deadlock."""
        for kind, found in (("terminal", self.settings.terminals), ("printer", self.settings.printers)):
            for one in found:
                self.ensure(one.id, kind, one.name)

    def start(self) -> None:
        """Begin to work all devices."""
        for lane in self._lanes():
            lane.start()

    def ask_to_stop(self) -> None:
        """Have every lane begin nothing more; returns at once."""
        for lane in self._lanes():
            lane.ask_to_stop()

    def stop(self, left_s: Callable[[], float]) -> None:
        """Wait for all lanes; ``left_s``: how many seconds may still be waited."""
        for lane in self._lanes():
            lane.stop(left_s())

    def look_for_cancels(self) -> None:
        """Ask the database whether other nodes took cancels for what runs here."""
        for lane in list(self._terminals.values()):
            lane.look_for_cancels()

    def devices(self) -> tuple[DeviceSetup, ...]:
        """Return terminals, then printers, in the order of the settings."""
        settings = self.settings
        saved = {table["id"] for table in self.saved()["terminals"]}
        terminals = (
            DeviceSetup(
                id=DeviceId(one.id),
                kind="terminal",
                name=one.name,
                protocol=one.spoken,
                line=one.transport,
                registers=tuple(till.name for till in settings.registers if till.terminal == one.id),
                removable=one.id in saved,
            )
            for one in settings.terminals
        )
        printers = (
            DeviceSetup(
                id=DeviceId(one.id),
                kind="printer",
                name=one.name,
                protocol="",
                line=one.transport,
                registers=tuple(till.name for till in settings.registers if till.printer == one.id),
                removable=False,
            )
            for one in settings.printers
        )
        return (*terminals, *printers)

    def uses(self) -> tuple[LineUse, ...]:
        """Return what lines the devices of this node use."""
        settings, marks = self.settings, self.parts.line_marks
        return tuple((one.name, marks(one.transport)) for one in (*settings.terminals, *settings.printers))

    def line_health(self) -> Mapping[DeviceId, LineHealth]:
        """Return how the lines to the terminals of this node were."""
        return self.built.lines.health()

    def add_terminal(self, name: str, wish: TerminalWish, register: RegisterWish) -> DeviceSetup:
        """Keep a terminal and begin to work it; see ``DeviceFleet``."""
        with self.changes:
            user = user_among(self.uses(), self.parts.line_marks(wish.line))
            if user is not None:
                raise port_in_use(user)
            terminal = _terminal_table(self._new_terminal_id(), name, wish)
            till = self._till_table(register, terminal["id"])
            settings = _joined(self.settings, terminal, till)
            saved = self.saved()
            saved["terminals"].append(terminal)
            if till is not None:
                saved["registers"] = [one for one in saved["registers"] if one["id"] != till["id"]] + [till]
            made = settings.terminals[-1]
            lane = self._terminal_lane(made)
            self.ensure(made.id, "terminal", made.name)
            try:
                write_saved(settings.server.data_dir, saved)
            except OSError as error:
                self._forget(DeviceId(made.id))
                with self.parts.storage.write() as unit:
                    self.retire(unit, DeviceId(made.id))
                raise cannot_be_saved(error) from error
            self._terminals[DeviceId(made.id)] = lane
            self.follow(settings)
            lane.start()
        return next(one for one in self.devices() if one.id == made.id)

    def remove_terminal(self, terminal_id: DeviceId) -> None:
        """Stop working a terminal and forget how it is reached; see ``DeviceFleet``."""
        with self.changes:
            lane = self._terminals.get(terminal_id)
            if lane is None:
                raise NotFound("device_not_found", "There is no such terminal here.", "Load the list again.")
            saved = self.saved()
            if all(one["id"] != terminal_id for one in saved["terminals"]):
                hint = "Take it out of the configuration file, then start the gateway again."
                raise RuleError("set_up_by_operator", "This terminal stands in the configuration file.", hint)
            with self.parts.storage.write() as unit:
                if not self.retire(unit, terminal_id):
                    hint = "Settle it first: see Payments or the Board."
                    raise RuleError("terminal_has_open_payment", "A payment of this terminal is not concluded.", hint)
            try:
                write_saved(self.settings.server.data_dir, _without(saved, terminal_id))
            except OSError as error:
                name = next(one.name for one in self.settings.terminals if one.id == terminal_id)
                self.ensure(terminal_id, "terminal", name)
                raise cannot_be_saved(error) from error
            self.follow(_without_terminal(self.settings, terminal_id))
            del self._terminals[terminal_id]
            lane.stop(REMOVAL_LIMIT_S)
            self._forget(terminal_id)

    def _lanes(self) -> tuple[TerminalLane | PrinterLane, ...]:
        return (*self._terminals.values(), *self.printer_lanes.values())

    def printer_lane(self, settings: PrinterSettings) -> PrinterLane:
        """Build the thread that is to own a printer, known to whoever has something for it; it does not run yet."""
        lane = PrinterLane(DeviceId(settings.id), self.printer_device(settings), self.parts.printer)
        self.parts.hints.add_printer(DeviceId(settings.id), lane)
        self.parts.hints.add_printer(DeviceId(drawer_target(settings.id)), lane)
        return lane

    def printer_device(self, settings: PrinterSettings) -> PrinterDevice:
        """Build a printer as the settings say."""
        return self.parts.wrap_printer(self.built.printer(settings))

    def _terminal_lane(self, settings: TerminalSettings) -> TerminalLane:
        device = self.parts.wrap_terminal(self.built.terminal(settings))
        lane = TerminalLane(DeviceId(settings.id), device, self.parts.terminal)
        self.parts.hints.add_terminal(DeviceId(settings.id), lane)
        return lane

    def _forget(self, terminal_id: DeviceId) -> None:
        self.parts.hints.remove_terminal(terminal_id)
        self.parts.keeper.forget(terminal_id)
        self.built.drop_terminal(terminal_id)

    def follow(self, settings: Settings) -> None:
        """Become what other settings say."""
        self.settings = settings
        self._plan.follow(settings)

    def ensure(self, device_id: str, kind: str, name: str) -> None:
        """Store that there is this device."""
        row = DeviceRow(self.parts.tenant_id, self.parts.store_id, DeviceId(device_id), kind, name)
        self.parts.storage.write_retrying(partial(_make_known, row))

    def retire(self, unit: UnitOfWork, device_id: DeviceId) -> bool:
        """Take a device's lease away for good; False while an attempt of it has no outcome."""
        return unit.devices.retire(self.parts.tenant_id, self.parts.store_id, device_id)

    def saved(self) -> dict[str, list[Tree]]:
        """Return what was set up on the screen, by list."""
        saved = read_saved(self.settings.server.data_dir)
        return {name: list(saved.get(name, ())) for name in LISTS}

    def _new_terminal_id(self) -> str:
        """Return an id no device of the store ever had: earlier payments keep their terminal.

        Nodes that share a database could choose the same number at once, and two terminals would be taken for one.
        """
        if self.parts.several_nodes:
            return f"terminal-{secrets.token_hex(5)}"
        with self.parts.storage.read() as unit:
            known = unit.devices.names(self.parts.tenant_id, self.parts.store_id)
        return free_id("terminal", {*known, *(one.id for one in self.settings.terminals)})

    def _till_table(self, wish: RegisterWish, terminal_id: str) -> Tree | None:
        """Return what is to be saved of the till the terminal stands at."""
        settings = self.settings
        if wish.register_id is not None:
            till = next((one for one in settings.registers if one.id == wish.register_id), None)
            if till is None:
                hint = "Load the list again."
                raise InputError("unknown_register", "This register is not known here.", hint, "/register_id")
            if till.terminal is not None:
                hint = "Choose a till without a terminal, or make a new one."
                raise RuleError("register_taken", f"{till.name} has a terminal already.", hint)
            own = next((one for one in self.saved()["registers"] if one["id"] == till.id), {"id": till.id})
            return own | {"terminal": terminal_id}
        if not wish.name:
            return None
        till_id = free_id("register", {one.id for one in settings.registers})
        made = {"id": till_id, "name": wish.name, "terminal": terminal_id}
        if wish.printer_id is None:
            return made
        if all(one.id != wish.printer_id for one in settings.printers):
            raise InputError(
                "unknown_printer", "This printer is not known here.", "Load the list again.", "/printer_id"
            )
        return made | {"printer": wish.printer_id}


def _terminal_table(terminal_id: str, name: str, wish: TerminalWish) -> Tree:
    table = {"id": terminal_id, "name": name, "transport": wish.line, "protocol": wish.protocol}
    known = TerminalSettings.model_fields
    told = {
        "password": wish.password,
        "register_no": wish.register_no,
        "message_format": wish.message_format,
        "terminal_id": wish.terminal_id,
    }
    return table | {key: value for key, value in told.items() if value != _default_of(known[key].default)}


def _default_of(default: object) -> object:
    reveal = getattr(default, "get_secret_value", None)
    return reveal() if reveal is not None else default


def _joined(settings: Settings, terminal: Tree, till: Tree | None) -> Settings:
    """Return the settings with a terminal more, and the till it stands at."""
    registers = list(settings.registers)
    if till is not None:
        place = next((number for number, one in enumerate(registers) if one.id == till["id"]), None)
        if place is None:
            registers.append(RegisterSettings.model_validate(till))
        else:
            registers[place] = registers[place].model_copy(update={"terminal": till["terminal"]})
    terminals = (*settings.terminals, TerminalSettings.model_validate(terminal))
    joined = settings.model_copy(update={"terminals": terminals, "registers": tuple(registers)})
    if problems := list(joined.problems()):
        hint = "The operator has to raise it in the configuration file."
        raise RuleError("too_many_terminals", "; ".join(problems), hint)
    return joined


def _without_terminal(settings: Settings, terminal_id: DeviceId) -> Settings:
    registers = tuple(
        one.model_copy(update={"terminal": None}) if one.terminal == terminal_id else one for one in settings.registers
    )
    terminals = tuple(one for one in settings.terminals if one.id != terminal_id)
    return settings.model_copy(update={"terminals": terminals, "registers": registers})


def _without(saved: dict[str, list[Tree]], terminal_id: DeviceId) -> dict[str, list[Tree]]:
    """Return what stays saved: a till made on the screen stays without its terminal, one of the file is as it was."""
    registers = []
    for one in saved["registers"]:
        if one.get("terminal") != terminal_id:
            registers.append(one)
        elif "name" in one:
            registers.append({key: value for key, value in one.items() if key != "terminal"})
    terminals = [one for one in saved["terminals"] if one["id"] != terminal_id]
    return saved | {"terminals": terminals, "registers": registers}


def free_id(word: str, taken: Collection[str]) -> str:
    """Return the first id of this word that is not taken."""
    number = 1
    while f"{word}-{number}" in taken:
        number += 1
    return f"{word}-{number}"


def _make_known(row: DeviceRow, unit: UnitOfWork) -> None:
    unit.devices.ensure(row)


def cannot_be_saved(error: OSError) -> OperationalError:
    """Return the error for a data folder that cannot be written to."""
    hint = "The operator has to make room in the data folder, or give the gateway the right to write there."
    return OperationalError("cannot_be_saved", f"The data folder cannot be written to: {error.strerror}.", hint)
