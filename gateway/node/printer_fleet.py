"""Printers set up on the screen: found, tried, kept in the file of what was set up, and worked at once.

A part of the composition root beside ``fleet``. What a till or route of the operator's file names cannot be removed
here; what a printer of that file can do may be changed, the file of the screen comes after it.
"""

from collections.abc import Mapping
from pathlib import Path

from pydantic import ValidationError

from gateway.configuration.kitchen_settings import RouteSettings
from gateway.configuration.saved_devices import write_saved
from gateway.configuration.settings import PrinterSettings, Settings
from gateway.configuration.settings_sources import Tree
from gateway.domain.errors import ConfigurationError, GatewayError, InputError, NotFound, RuleError
from gateway.domain.ids import DeviceId, RegisterId
from gateway.domain.outbox import OutboxState
from gateway.domain.printing.printer_setup import (
    FoundPrinter,
    KitchenRoute,
    PrinterHealth,
    PrinterMakeUp,
    PrinterSetup,
    PrinterTrial,
    PrinterWish,
)
from gateway.jobs.printer_lane import PrinterLane
from gateway.node.device_setup import printer_profile
from gateway.node.fleet import REMOVAL_LIMIT_S, Fleet, cannot_be_saved, free_id
from gateway.ports.printer import PrintVerdict
from gateway.services.paper.open_drawer import drawer_target
from gateway.services.payments.set_up_terminals import port_in_use, user_among
from terminal_driver.printer.usb_printers import find_usb_printers
from terminal_driver.transports.port_list import list_ports

_COLUMNS = {80: 42, 58: 32}


class PrinterFleetOfNode:
    """The printers of a running node; see ``PrinterFleet``."""

    def __init__(self, fleet: Fleet) -> None:
        """``fleet``: owns the threads, the settings and the lock over both."""
        self._fleet = fleet

    def printers(self) -> tuple[PrinterSetup, ...]:
        """Return them in the order of the settings."""
        settings = self._fleet.settings
        own = {table["id"] for table in self._fleet.saved()["printers"] if "transport" in table}
        return tuple(
            PrinterSetup(
                id=DeviceId(one.id),
                name=one.name,
                line=one.transport,
                make_up=_make_up(one),
                registers=tuple(RegisterId(till.id) for till in settings.registers if till.printer == one.id),
                removable=one.id in own,
                held=self._lane(DeviceId(one.id)).held,
            )
            for one in settings.printers
        )

    def found(self) -> tuple[FoundPrinter, ...]:
        """Return the lines a printer may be on now: USB by its class, serial ports."""
        uses, marks = self._fleet.uses(), self._fleet.parts.line_marks
        usb = (
            FoundPrinter(
                line=one.address,
                words=" ".join(part for part in (one.maker, one.model) if part) or "USB",
                used_by=user_among(uses, marks(one.address)) or "",
                permitted=one.device is not None,
            )
            for one in find_usb_printers()
        )
        serial = (
            FoundPrinter(
                line=f"serial:{port.device}",
                words=port.words if port.maker or port.product else "",
                used_by=user_among(uses, marks(f"serial:{port.device}")) or ", ".join(one.words for one in port.owners),
                permitted=port.permitted,
            )
            for port in list_ports()
        )
        return (*usb, *serial)

    def try_line(self, wish: PrinterWish, *, page: bool) -> PrinterTrial:
        """Open a line, ask how the printer is, print the calibration page if wanted, and close it again."""
        self._check_free(wish.line)
        device = self._fleet.built.printer_on_trial(_settings_of({"id": "trial", "name": "Trial"}, wish))
        try:
            state = device.state()
            if not page or not state.ready:
                return PrinterTrial(answered=state.answered, ready=state.ready, words=state.words)
            report = device.print_test_page()
        finally:
            device.close()
        printed = report.verdict is PrintVerdict.PRINTED
        return PrinterTrial(answered=True, ready=printed, words=report.reason)

    def add_printer(self, name: str, wish: PrinterWish, registers: tuple[RegisterId, ...]) -> PrinterSetup:
        """Keep a printer and begin to work it."""
        fleet = self._fleet
        with fleet.changes:
            self._check_free(wish.line)
            with fleet.parts.storage.read() as unit:
                known = unit.devices.names(fleet.parts.tenant_id, fleet.parts.store_id)
            printer_id = free_id("printer", {*known, *(one.id for one in fleet.settings.printers)})
            made = _settings_of({"id": printer_id, "name": name}, wish)
            settings = fleet.settings.model_copy(update={"printers": (*fleet.settings.printers, made)})
            settings = _standing_at(settings, printer_id, registers)
            saved = fleet.saved()
            saved["printers"].append(_table(made))
            for register_id in registers:
                _changed(saved["registers"], {"id": register_id, "printer": printer_id})
            fleet.ensure(printer_id, "printer", name)
            try:
                self._keep(saved, settings)
            except GatewayError:
                with fleet.parts.storage.write() as unit:
                    fleet.retire(unit, DeviceId(printer_id))
                raise
            lane = fleet.printer_lane(made)
            fleet.printer_lanes[DeviceId(printer_id)] = lane
            lane.start()
        return self._one(DeviceId(printer_id))

    def change_printer(self, printer_id: DeviceId, make_up: PrinterMakeUp) -> PrinterSetup:
        """Work a printer by another make-up from its next paper on."""
        fleet = self._fleet
        with fleet.changes:
            lane = self._lane(printer_id)
            now = next(one for one in fleet.settings.printers if one.id == printer_id)
            changed = _settings_of({"id": now.id, "name": now.name}, PrinterWish(now.transport, make_up))
            saved = fleet.saved()
            full = _table(changed)
            told = (
                full
                if any(one["id"] == now.id and "transport" in one for one in saved["printers"])
                else ({key: value for key, value in full.items() if key not in ("name", "transport")})
            )
            saved["printers"] = [one for one in saved["printers"] if one["id"] != now.id] + [told]
            printers = tuple(changed if one.id == printer_id else one for one in fleet.settings.printers)
            device = fleet.printer_device(changed)
            self._keep(saved, fleet.settings.model_copy(update={"printers": printers}))
            lane.exchange(device)
        return self._one(printer_id)

    def remove_printer(self, printer_id: DeviceId) -> None:
        """Stop working a printer that was set up on the screen."""
        fleet = self._fleet
        with fleet.changes:
            lane = self._lane(printer_id)
            saved = fleet.saved()
            if not any(one["id"] == printer_id and "transport" in one for one in saved["printers"]):
                hint = "Take it out of the configuration file, then start the gateway again."
                raise RuleError("set_up_by_operator", "This printer stands in the configuration file.", hint)
            self._check_nothing_waits(printer_id)
            saved["printers"] = [one for one in saved["printers"] if one["id"] != printer_id]
            saved["registers"] = [table for one in saved["registers"] if (table := _without(one, printer_id))]
            saved["routes"] = [one for one in saved["routes"] if one["printer"] != printer_id]
            settings = fleet.settings
            registers = tuple(
                one.model_copy(update={"printer": None}) if one.printer == printer_id else one
                for one in settings.registers
            )
            settings = settings.model_copy(
                update={
                    "printers": tuple(one for one in settings.printers if one.id != printer_id),
                    "registers": registers,
                    "routes": tuple(one for one in settings.routes if one.printer != printer_id),
                }
            )
            self._keep(saved, settings)
            with fleet.parts.storage.write() as unit:
                fleet.retire(unit, printer_id)
            del fleet.printer_lanes[printer_id]
            lane.stop(REMOVAL_LIMIT_S)
            fleet.parts.hints.remove_printer(printer_id)
            fleet.parts.hints.remove_printer(DeviceId(drawer_target(printer_id)))
            fleet.parts.keeper.forget(printer_id)

    def routes(self) -> tuple[KitchenRoute, ...]:
        """Return where orders go."""
        return tuple(KitchenRoute(one.group, DeviceId(one.printer)) for one in self._fleet.settings.routes)

    def set_routes(self, routes: tuple[KitchenRoute, ...]) -> None:
        """Replace where orders go."""
        fleet = self._fleet
        with fleet.changes:
            try:
                wanted = tuple(RouteSettings(group=one.group, printer=one.printer_id) for one in routes)
            except ValidationError as error:
                raise _invalid_routes("A group has 1 to 40 characters.") from error
            settings = fleet.settings.model_copy(update={"routes": wanted})
            if problems := [one for one in settings.problems() if one.startswith("routes")]:
                raise _invalid_routes("; ".join(problems))
            saved = fleet.saved()
            saved["routes"] = [{"group": one.group, "printer": one.printer} for one in wanted]
            self._keep(saved, settings)

    def hold(self, printer_id: DeviceId, *, held: bool) -> None:
        """Let papers wait, or go on."""
        lane = self._lane(printer_id)
        if held:
            lane.hold()
        else:
            lane.release()

    def health(self) -> Mapping[DeviceId, PrinterHealth]:
        """Return how the printers of this node have been."""
        return {printer_id: lane.health() for printer_id, lane in list(self._fleet.printer_lanes.items())}

    def clear(self, printer_id: DeviceId) -> None:
        """Have what the printer still holds forgotten before its next paper."""
        self._lane(printer_id).clear_buffer()

    def _one(self, printer_id: DeviceId) -> PrinterSetup:
        return next(one for one in self.printers() if one.id == printer_id)

    def _lane(self, printer_id: DeviceId) -> PrinterLane:
        lane = self._fleet.printer_lanes.get(printer_id)
        if lane is None:
            raise NotFound("device_not_found", "There is no such printer here.", "Load the list again.")
        return lane

    def _check_free(self, line: str) -> None:
        user = user_among(self._fleet.uses(), self._fleet.parts.line_marks(line))
        if user is not None:
            raise port_in_use(user)

    def _check_nothing_waits(self, printer_id: DeviceId) -> None:
        parts = self._fleet.parts
        with parts.storage.read() as unit:
            waiting = unit.outbox.waiting(parts.tenant_id, parts.store_id)
        open_states = (OutboxState.READY, OutboxState.STARTED)
        count = sum(one.state in open_states and one.target == printer_id for one in waiting)
        if count:
            hint = "Let them be printed, or give them up on the board."
            raise RuleError("papers_wait", f"{count} papers wait for this printer.", hint)

    def _keep(self, saved: dict[str, list[Tree]], settings: Settings) -> None:
        """Write what was set up, then become it."""
        try:
            write_saved(settings.server.data_dir, saved)
        except OSError as error:
            raise cannot_be_saved(error) from error
        self._fleet.follow(settings)


def _make_up(one: PrinterSettings) -> PrinterMakeUp:
    return PrinterMakeUp(
        width_mm=one.width_mm,
        code_page=one.code_page,
        code_page_number=one.code_page_number,
        cut=one.cut,
        status=one.status or "",
        drawer_pin=one.drawer_pin,
        logo=one.logo,
    )


def _settings_of(named: dict[str, str], wish: PrinterWish) -> PrinterSettings:
    """Return the settings of a wished printer.

    Raises:
        InputError: ``invalid_printer`` with what is wrong in words.
    """
    made = wish.make_up
    try:
        settings = PrinterSettings.model_validate(
            named
            | {
                "transport": wish.line,
                "columns": _COLUMNS.get(made.width_mm, 0),
                "width_mm": made.width_mm,
                "code_page": made.code_page,
                "code_page_number": made.code_page_number,
                "cut": made.cut,
                "status": made.status or None,
                "drawer_pin": made.drawer_pin,
                "logo": made.logo,
            }
        )
        printer_profile(settings)
    except (ValidationError, ValueError, ConfigurationError) as error:
        hint = "Choose what the list offers."
        raise InputError("invalid_printer", "These settings do not make a printer.", hint) from error
    return settings


def _table(settings: PrinterSettings) -> Tree:
    told = settings.model_dump(exclude_none=True)
    return {key: str(value) if isinstance(value, Path) else value for key, value in told.items()}


def _standing_at(settings: Settings, printer_id: str, registers: tuple[RegisterId, ...]) -> Settings:
    """Return the settings with a printer at these tills, which have none yet."""
    known = {one.id: one for one in settings.registers}
    for register_id in registers:
        till = known.get(register_id)
        if till is None:
            raise InputError(
                "unknown_register", "This register is not known here.", "Load the list again.", "/registers"
            )
        if till.printer is not None:
            hint = "Choose a till without a printer."
            raise RuleError("register_has_printer", f"{till.name} has a printer already.", hint)
        known[register_id] = till.model_copy(update={"printer": printer_id})
    return settings.model_copy(update={"registers": tuple(known.values())})


def _changed(tables: list[Tree], change: Tree) -> None:
    """Change the table of an id in a list, or add it."""
    place = next((number for number, one in enumerate(tables) if one["id"] == change["id"]), None)
    if place is None:
        tables.append(change)
    else:
        tables[place] = tables[place] | change


def _without(table: Tree, printer_id: str) -> Tree | None:
    """Return what stays saved of a till: nothing of one of the operator's file that was only given this printer."""
    if table.get("printer") != printer_id:
        return table
    left = {key: value for key, value in table.items() if key != "printer"}
    return left if len(left) > 1 else None


def _invalid_routes(words: str) -> InputError:
    return InputError("invalid_routes", words, "Name each group once, and a printer of the list.", "/routes")
