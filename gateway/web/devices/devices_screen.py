"""The screen on which an administrator sees the devices and adds a terminal. It shows; changes go through the API."""

from dataclasses import dataclass

from flask import Blueprint, render_template, request

from gateway.domain.access import Permission
from gateway.web.auth import caller, requires
from gateway.web.container import current
from gateway.web.screens import mark_of, words

SPEEDS = (9600, 19200, 38400, 57600, 115200)
"""Speeds a serial terminal may be set to, in bits per second; the first is what terminals are delivered with."""

_SCRIPT_TEXTS = ("devices.", "trial.", "error.", "hint.", "till.offline")

pages = Blueprint("devices_screen", __name__)


@dataclass(frozen=True, slots=True)
class DeviceView:
    """One device. ``source``: ``screen``, ``file``, or ``elsewhere`` for a device of another node."""

    id: str
    kind: str
    name: str
    ready: bool
    words: str
    protocol: str
    line: str
    registers: tuple[str, ...]
    source: str


@pages.get("/devices")
@requires(Permission.DEVICES_MANAGE)
def devices() -> str:
    """Show devices and the form for a further terminal."""
    container, who = current(), caller()
    service = container.set_up_terminals
    views = _views()
    return render_template(
        "devices.html",
        devices=views,
        mark=mark_of(views, words().language),
        protocols=service.protocols(who),
        ports=service.ports(who),
        speeds=SPEEDS,
        free_registers=[register for register in container.registers() if register.terminal_id is None],
        printers=[device for device in service.devices(who) if device.kind == "printer"],
        texts=words().part(*_SCRIPT_TEXTS),
    )


@pages.get("/devices/now")
@requires(Permission.DEVICES_MANAGE)
def devices_now() -> str | tuple[str, int]:
    """Show the list alone; 204 when the reader has seen it as it is (``seen``)."""
    views = _views()
    mark = mark_of(views, words().language)
    seen = request.args.get("seen") == mark
    return ("", 204) if seen else render_template("device_list.html", devices=views, mark=mark)


@pages.get("/devices/ports")
@requires(Permission.DEVICES_MANAGE)
def device_ports() -> str:
    """Show the serial ports there are now."""
    return render_template("device_ports.html", ports=current().set_up_terminals.ports(caller()))


def _views() -> tuple[DeviceView, ...]:
    container, who = current(), caller()
    known = {setup.id: setup for setup in container.set_up_terminals.devices(who)}
    titles = {face.name: face.title for face in container.set_up_terminals.protocols(who)}
    with container.storage.read() as unit:
        rows = unit.devices.list(who.tenant_id, who.store_id)
    found = []
    for row in sorted(rows, key=lambda row: (row.kind != "terminal", row.id)):
        setup = known.get(row.id)
        source = "elsewhere" if setup is None else "screen" if setup.removable else "file"
        found.append(
            DeviceView(
                id=row.id,
                kind=row.kind,
                name=row.name,
                ready=row.ready,
                words=row.state_words,
                protocol=titles.get(setup.protocol, setup.protocol) if setup else "",
                line=setup.line if setup else "",
                registers=setup.registers if setup else (),
                source=source,
            )
        )
    return tuple(found)
