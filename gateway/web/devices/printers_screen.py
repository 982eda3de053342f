"""The screen on which an administrator sets up printers and where orders go. Changes go through the API."""

from flask import Blueprint, render_template

from gateway.domain.access import Permission
from gateway.web.auth import caller, requires
from gateway.web.container import current
from gateway.web.screens import words
from terminal_driver.printer.profile import CODE_PAGES, StatusKind

pages = Blueprint("printers_screen", __name__)

_SCRIPT_TEXTS = ("printers.", "error.", "hint.", "till.offline")


@pages.get("/printers")
@requires(Permission.DEVICES_MANAGE)
def printers() -> str:
    """Show the printers of this node, the form for a further one, and where orders go."""
    container, who = current(), caller()
    service = container.till.printers
    registers = container.registers()
    return render_template(
        "printers.html",
        printers=service.printers(who),
        found=service.found(who),
        logos=service.logos(who),
        routes=service.routes(who),
        code_pages=sorted(CODE_PAGES),
        statuses=[kind.value for kind in StatusKind],
        names={register.id: register.name for register in registers},
        free=[register for register in registers if register.printer_id is None],
        texts=words().part(*_SCRIPT_TEXTS),
    )
