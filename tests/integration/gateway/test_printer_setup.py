"""A printer is set up while the gateway runs: tried, kept, printed on, changed, kept over a restart, removed."""

from __future__ import annotations

import io
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path

import pytest
from PIL import Image

from gateway.domain.access import ROLE_PERMISSIONS, Caller, Role
from gateway.domain.errors import InputError, NotFound, RuleError
from gateway.domain.ids import DeviceId, RegisterId
from gateway.domain.outbox import OutboxState
from gateway.domain.printing.drawer import DrawerOpeningId, DrawerVerdict
from gateway.domain.printing.kitchen import OrderId, OrderLine, TicketId
from gateway.domain.printing.printer_setup import KitchenRoute, PrinterMakeUp, PrinterSetup, PrinterWish
from gateway.services.paper.route_orders import OrderWish
from terminal_driver.virtual.printer import PrinterFault, VirtualPrinter
from terminal_driver.virtual.printer_endpoints import TcpPrinterServer
from tests.support.running_node import CASHIER, MANAGER, PRINTER, REGISTER, STORE, TENANT, RunningNode, running_node
from tests.support.web_shop import new_id

ADMINISTRATOR = Caller(TENANT, STORE, uuid.UUID(int=9), "admin", ROLE_PERMISSIONS[Role.ADMINISTRATOR])


@contextmanager
def printer_on_the_network() -> Iterator[tuple[str, VirtualPrinter]]:
    """A printer at a port of this machine; yields its line and the device."""
    device = VirtualPrinter()
    with TcpPrinterServer(device) as server:
        yield f"tcp:127.0.0.1:{server.address[1]}", device


def kept(shop: RunningNode, line: str, **make_up: object) -> PrinterSetup:
    wish = PrinterWish(line, PrinterMakeUp(**make_up))  # type: ignore[arg-type]  # a test names the fields
    return shop.services.till.printers.add(ADMINISTRATOR, "Kitchen", wish, ())


def print_page(shop: RunningNode, printer_id: DeviceId) -> None:
    shop.services.till.printers.print_test_page(MANAGER, printer_id, new_id())


def send(shop: RunningNode, *lines: OrderLine, ticket: TicketId | None = None) -> OrderId:
    order_id = OrderId(new_id())
    wish = OrderWish(order_id, ticket or TicketId(new_id()), REGISTER, "Table 4", lines)
    shop.services.till.orders.send(CASHIER, wish)
    return order_id


def test_printer_that_is_set_up_then_printed_on_at_once_and_after_a_restart(database_url: str, tmp_path: Path) -> None:
    soup = OrderLine("Soup", Decimal(2), "food")
    with printer_on_the_network() as (line, device):
        with running_node(tmp_path, database_url) as shop:
            service = shop.services.till.printers
            trial = service.try_line(ADMINISTRATOR, PrinterWish(line), page=True)
            assert (trial.answered, trial.ready) == (True, True)
            assert "Printer test" in device.receipts[0].text
            made = kept(shop, line)
            with pytest.raises(RuleError, match="Kitchen"):
                service.try_line(ADMINISTRATOR, PrinterWish(line), page=False)
            service.set_routes(ADMINISTRATOR, (KitchenRoute("*", made.id),))
            send(shop, soup)
            shop.until(lambda: len(device.receipts) == 2, "the slip")
            assert "2 x Soup" in device.receipts[1].text

        with running_node(tmp_path, database_url) as shop:
            [found] = [one for one in shop.services.till.printers.printers(ADMINISTRATOR) if one.removable]
            assert (found.id, found.name, found.line) == (made.id, "Kitchen", line)
            send(shop, soup)
            shop.until(lambda: len(device.receipts) == 3, "the slip after the restart")


def test_printer_when_changed_then_its_next_paper_follows_and_the_operators_own_too(
    database_url: str, tmp_path: Path
) -> None:
    picture = io.BytesIO()
    Image.new("L", (200, 40), 0).save(picture, "PNG")
    with printer_on_the_network() as (line, device), running_node(tmp_path, database_url) as shop:
        service = shop.services.till.printers
        made = kept(shop, line)
        print_page(shop, made.id)
        shop.until(lambda: len(device.receipts) == 1, "the first page")
        logo = service.keep_logo(ADMINISTRATOR, picture.getvalue())

        changed = service.change(ADMINISTRATOR, made.id, PrinterMakeUp(width_mm=58, code_page="cp437", logo=logo))
        own = service.change(ADMINISTRATOR, PRINTER, PrinterMakeUp(drawer_pin=0))
        print_page(shop, made.id)

        shop.until(lambda: len(device.receipts) == 2, "the second page")
        assert "32, 384" in device.receipts[1].text
        assert "cp437 = 0" in device.receipts[1].text
        assert (changed.make_up.logo, own.make_up.drawer_pin) == (logo, 0)
        with pytest.raises(RuleError, match="no cash drawer"):
            shop.services.till.open_drawer.open(CASHIER, REGISTER, "change", DrawerOpeningId(new_id()))
        service.change(ADMINISTRATOR, PRINTER, PrinterMakeUp())
        opening_id = DrawerOpeningId(new_id())
        shop.services.till.open_drawer.open(CASHIER, REGISTER, "change", opening_id)
        shop.until(lambda: shop.services.till.open_drawer.look(CASHIER, opening_id).result is not None, "the drawer")
        told = shop.services.till.open_drawer.look(CASHIER, opening_id).result
        assert told is not None
        assert told.verdict is DrawerVerdict.OPENED


def test_printer_when_papers_wait_then_not_removed_and_gone_once_they_are_given_up(
    database_url: str, tmp_path: Path
) -> None:
    with printer_on_the_network() as (line, device), running_node(tmp_path, database_url) as shop:
        service = shop.services.till.printers
        made = kept(shop, line)
        device.set_fault(PrinterFault.OUT_OF_PAPER)
        print_page(shop, made.id)
        with pytest.raises(RuleError) as refusal:
            service.remove(ADMINISTRATOR, made.id)
        assert refusal.value.code == "papers_wait"

        def given_up() -> bool:
            service.clear(MANAGER, made.id)
            with shop.node.storage.read() as unit:
                waiting = unit.outbox.waiting(TENANT, STORE)
            return all(one.state is OutboxState.DEAD for one in waiting if one.target == made.id)

        shop.until(given_up, "the page to be given up between two tries")
        service.remove(ADMINISTRATOR, made.id)

        assert [one.id for one in service.printers(ADMINISTRATOR)] == [PRINTER]
        assert device.receipts == ()
        with pytest.raises(NotFound):
            service.print_test_page(MANAGER, made.id, new_id())
        with pytest.raises(NotFound):
            service.hold(MANAGER, made.id, held=True)
        again = kept(shop, line)
        assert again.id != made.id


def test_papers_that_are_held_then_wait_until_they_are_let_go(database_url: str, tmp_path: Path) -> None:
    with printer_on_the_network() as (line, device), running_node(tmp_path, database_url) as shop:
        service = shop.services.till.printers
        made = kept(shop, line)
        service.hold(MANAGER, made.id, held=True)
        print_page(shop, made.id)
        assert next(one for one in service.printers(MANAGER) if one.id == made.id).held
        assert device.receipts == ()

        service.hold(MANAGER, made.id, held=False)

        shop.until(lambda: len(device.receipts) == 1, "the page")


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("file:/etc/passwd", "invalid_transport"),
        ("virtual:memory", "invalid_transport"),
        ("serial:/dev/sda", "invalid_transport"),
        ("tcp:192.0.2.1:9100?ca=/etc/passwd", "invalid_transport"),
        ("usb:../../etc", "invalid_transport"),
    ],
)
def test_line_that_is_no_printers_then_refused(tmp_path: Path, line: str, code: str) -> None:
    with running_node(tmp_path, f"sqlite:///{tmp_path}/shop.sqlite3") as shop:
        for act in (
            lambda: shop.services.till.printers.try_line(ADMINISTRATOR, PrinterWish(line), page=False),
            lambda: shop.services.till.printers.add(ADMINISTRATOR, "X", PrinterWish(line), ()),
        ):
            with pytest.raises(InputError) as refusal:
                act()
            assert refusal.value.code == code


def test_wish_that_makes_no_printer_or_names_wrong_tills_then_refused_and_nothing_is_kept(tmp_path: Path) -> None:
    with running_node(tmp_path, f"sqlite:///{tmp_path}/shop.sqlite3") as shop:
        service = shop.services.till.printers
        line = "tcp:127.0.0.1:9"
        for make_up in ({"code_page": "cp000"}, {"logo": "../secret.png"}, {"width_mm": 70}):
            with pytest.raises(InputError) as refusal:
                kept(shop, line, **make_up)
            assert refusal.value.code == "invalid_printer"
        with pytest.raises(InputError, match="register"):
            service.add(ADMINISTRATOR, "X", PrinterWish(line), (RegisterId("nowhere"),))
        with pytest.raises(RuleError, match="has a printer"):
            service.add(ADMINISTRATOR, "X", PrinterWish(line), (REGISTER,))
        with pytest.raises(InputError) as refusal:
            service.set_routes(ADMINISTRATOR, (KitchenRoute("food", DeviceId("nowhere")),))
        assert refusal.value.code == "invalid_routes"
        with pytest.raises(InputError):
            service.keep_logo(ADMINISTRATOR, b"no picture at all")
        with pytest.raises(RuleError, match="configuration file"):
            service.remove(ADMINISTRATOR, PRINTER)
        assert [one.id for one in service.printers(ADMINISTRATOR)] == [PRINTER]
        assert service.routes(ADMINISTRATOR) == ()
