"""The virtual terminal and printer of the demo, operated from a screen. Not part of a shop with real devices."""

from dataclasses import dataclass
from datetime import datetime

from flask import Blueprint, Flask, Response, abort, render_template, request

from gateway.domain.access import Permission
from gateway.domain.ids import DeviceId
from gateway.web.auth import caller, requires
from gateway.web.container import current
from gateway.web.screens import mark_of, names, words

KEYS = ("present_card", "enter_pin", "cancel", "restore_line")
_PAPERS_BESIDE_TILL = 3

pages = Blueprint("virtual", __name__)


@dataclass(frozen=True, slots=True)
class PaperView:
    """One receipt that came out of the virtual printer."""

    number: int
    text: str
    printed_at: datetime


@dataclass(frozen=True, slots=True)
class PrinterView:
    """One virtual printer with its fault switch, its cash drawer and its papers, newest first."""

    id: str
    name: str
    fault: str
    faults: tuple[str, ...]
    papers: tuple[PaperView, ...]
    drawer_open: bool


@dataclass(frozen=True, slots=True)
class TerminalView:
    """One virtual terminal: what its display says and what it waits for."""

    id: str
    name: str
    display: tuple[str, ...]
    awaiting: str
    scenario: str
    scenarios: tuple[str, ...]
    line_up: bool


def register(app: Flask, *, demo: bool) -> None:
    """Add the panel in the demo; elsewhere its addresses do not exist."""
    if demo:
        app.register_blueprint(pages)


@pages.get("/virtual")
@requires(Permission.DEVICES_READ)
def panel() -> str:
    """Show all virtual devices."""
    return render_template("virtual.html", **_devices("page"))


@pages.get("/virtual/devices")
@requires(Permission.DEVICES_READ)
def devices() -> str | tuple[str, int]:
    """Show the devices alone; 204 when the reader has seen them as they are (``seen``)."""
    shown = _devices(_place())
    return ("", 204) if request.args.get("seen") == shown["mark"] else render_template("virtual_devices.html", **shown)


@pages.post("/virtual/terminals/<terminal_id>/keys/<key>")
@requires(Permission.DEVICES_READ)
def press(terminal_id: str, key: str) -> str:
    """Press a key of a virtual terminal."""
    if key not in KEYS or not current().virtual_shop.press(DeviceId(terminal_id), key):
        abort(404)
    return render_template("virtual_devices.html", **_devices(_place()))


@pages.post("/virtual/terminals/<terminal_id>/scenario")
@requires(Permission.DEVICES_READ)
def choose_scenario(terminal_id: str) -> str:
    """Choose how a virtual terminal behaves from now on."""
    if not current().virtual_shop.choose_scenario(DeviceId(terminal_id), request.form.get("scenario", "")):
        abort(404)
    return render_template("virtual_devices.html", **_devices(_place()))


@pages.post("/virtual/printers/<printer_id>/fault")
@requires(Permission.DEVICES_READ)
def choose_fault(printer_id: str) -> str:
    """Switch a fault of a virtual printer on or off."""
    if not current().virtual_shop.choose_fault(DeviceId(printer_id), request.form.get("fault", "")):
        abort(404)
    return render_template("virtual_devices.html", **_devices(_place()))


@pages.post("/virtual/printers/<printer_id>/drawer/close")
@requires(Permission.DEVICES_READ)
def close_drawer(printer_id: str) -> str:
    """Push the cash drawer at a virtual printer in."""
    if not current().virtual_shop.close_drawer(DeviceId(printer_id)):
        abort(404)
    return render_template("virtual_devices.html", **_devices(_place()))


@pages.get("/virtual/printers/<printer_id>/papers/<int:number>.png")
@requires(Permission.DEVICES_READ)
def paper(printer_id: str, number: int) -> Response:
    """Show one printed receipt as paper."""
    picture = current().virtual_shop.paper_png(DeviceId(printer_id), number)
    if picture is None:
        abort(404)
    return Response(picture, mimetype="image/png")


def _place() -> str:
    return "till" if request.args.get("beside") == "till" else "page"


def _devices(place: str) -> dict[str, object]:
    container = current()
    shop, known = container.virtual_shop, names(container, caller())
    terminals = tuple(
        TerminalView(
            id=one.terminal_id,
            name=known.devices.get(one.terminal_id, one.terminal_id),
            display=one.display,
            awaiting=one.awaiting,
            scenario=one.scenario,
            scenarios=one.scenarios,
            line_up=one.line_up,
        )
        for one in shop.terminals()
    )
    printers = []
    for printer_id in shop.printers():
        fault, faults = shop.faults(printer_id)
        papers = shop.papers(printer_id)[: _PAPERS_BESIDE_TILL if place == "till" else None]
        printers.append(
            PrinterView(
                id=printer_id,
                name=known.devices.get(printer_id, printer_id),
                fault=fault,
                faults=faults,
                papers=tuple(PaperView(one.number, one.text, one.printed_at.astimezone(known.zone)) for one in papers),
                drawer_open=shop.drawer_open(printer_id),
            )
        )
    mark = mark_of(terminals, printers, words().language)
    return {"terminals": terminals, "printers": tuple(printers), "place": place, "mark": mark}
