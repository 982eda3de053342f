"""What a node knows of its tills and terminals: read on every payment, changed when a terminal comes or goes."""

from gateway.adapters.terminal import refund_means
from gateway.configuration.settings import Settings
from gateway.domain.cards.refund import RefundMeans
from gateway.domain.ids import DeviceId, RegisterId
from gateway.domain.money import Currency
from gateway.web.container import RegisterFace


class ShopPlan:
    """Tables made from the settings.

    Attributes:
        currencies: terminal -> the currency it takes.
        means: terminal -> how it gives money back.
        printers: register -> its printer.
        routes: item group -> the printer its orders go to; ``*`` for every other group.
        printer_names: printer -> its name.
        drawers: register -> the printer its cash drawer is plugged into.
        register_names: register -> its name as printed.
        registers: the tills, in the order of the settings.
    """

    def __init__(self, settings: Settings) -> None:
        self.currencies: dict[DeviceId, Currency] = {}
        self.means: dict[DeviceId, RefundMeans] = {}
        self.printers: dict[str, str] = {}
        self.drawers: dict[str, str] = {}
        self.routes: dict[str, str] = {}
        self.printer_names: dict[str, str] = {}
        self.register_names: dict[str, str] = {}
        self.registers: tuple[RegisterFace, ...] = ()
        self.follow(settings)

    def follow(self, settings: Settings) -> None:
        """Become what other settings say; each table changes in place and is whole for whoever reads it meanwhile."""
        currencies = terminal_currencies(settings)
        self.currencies.update(currencies)
        for terminal_id in self.currencies.keys() - currencies.keys():
            del self.currencies[terminal_id]
        means = {DeviceId(terminal.id): refund_means(terminal.spoken) for terminal in settings.terminals}
        self.means.update(means)
        for terminal_id in self.means.keys() - means.keys():
            del self.means[terminal_id]
        _become(self.printers, {one.id: one.printer for one in settings.registers if one.printer})
        # A till never goes while the node runs: receipts of earlier payments name it.
        with_drawer = {printer.id for printer in settings.printers if printer.drawer_pin}
        drawers = {one.id: one.printer for one in settings.registers if one.printer in with_drawer and one.printer}
        _become(self.drawers, drawers)
        _become(self.routes, {route.group: route.printer for route in settings.routes})
        self.printer_names.update({printer.id: printer.name for printer in settings.printers})
        self.register_names.update({register.id: register.name for register in settings.registers})
        self.registers = tuple(
            RegisterFace(
                RegisterId(register.id),
                register.name,
                DeviceId(register.terminal) if register.terminal else None,
                DeviceId(register.printer) if register.printer else None,
            )
            for register in settings.registers
        )


def _become(table: dict[str, str], wanted: dict[str, str]) -> None:
    """Make a table what it is to be, in place; nobody who reads it meanwhile misses what stays."""
    table.update(wanted)
    for key in table.keys() - wanted.keys():
        del table[key]


def terminal_currencies(settings: Settings) -> dict[DeviceId, Currency]:
    """Return the currency each terminal takes."""
    return {
        DeviceId(terminal.id): Currency.of(terminal.currency or settings.shop.currency)
        for terminal in settings.terminals
    }
