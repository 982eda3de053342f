"""The till's own page. It only shows; everything that changes something goes through the API."""

from flask import Blueprint, render_template

from gateway.domain.access import Permission
from gateway.domain.ids import RegisterId
from gateway.domain.money import AMOUNT_MINOR_MAX
from gateway.web.auth import caller, requires
from gateway.web.container import current
from gateway.web.screens import words

_SCRIPT_TEXTS = (
    "format.",
    "till.",
    "tender.",
    "cash.",
    "split.",
    "park.",
    "more.",
    "kitchen.",
    "done.",
    "progress.",
    "error.",
    "hint.",
    "outcome.next_sale",
)

pages = Blueprint("till", __name__)


@pages.get("/till")
@requires(Permission.PAYMENTS_CREATE)
def till() -> str:
    """Show the till."""
    container, who = current(), caller()
    services = container.till
    with container.storage.read() as unit:
        devices = unit.devices.list(who.tenant_id, who.store_id)
        registers = [register for register in container.registers() if register.terminal_id is not None]
        running = {one.id for one in registers if unit.shifts.running(who.tenant_id, who.store_id, one.id) is not None}
    shown: set[RegisterId] = {one.register_id for one in services.displays.paired(who)}
    return render_template(
        "till.html",
        registers=registers,
        devices=devices,
        running=running,
        shift_required=services.sales.parts.rules.shift_required,
        may_open_shift=Permission.SHIFTS_WORK in who.permissions,
        currency=container.settings.currency,
        amount_max=AMOUNT_MINOR_MAX,
        tax_rates=services.tax_rates,
        has_display=any(register.id in shown for register in registers),
        has_kitchen=services.orders.has_routes,
        foreign_currencies=services.foreign_currencies,
        may_confirm=Permission.TRANSFERS_CONFIRM in who.permissions,
        may_mail=services.outward.mail.set_up and Permission.RECEIPTS_PRINT in who.permissions,
        may_refund=services.sales.parts.rules.refund_limit.opens_to(who),
        texts=words().part(*_SCRIPT_TEXTS),
    )
