"""Composition root: settings become adapters, services, lanes and the web application. Nothing else knows them all."""

import logging
import socket
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from flask import Flask

from gateway.adapters.clock import SystemClock
from gateway.adapters.db import schema
from gateway.adapters.db.unit_of_work import SqlStorage
from gateway.adapters.device_hints import NodeHints
from gateway.adapters.event_board import MemoryEventBoard
from gateway.adapters.logo_shelf import LogoShelfFolder
from gateway.adapters.passwords import Argon2Passwords
from gateway.adapters.printer import PaperRenderer
from gateway.adapters.terminal_lines import line_marks
from gateway.adapters.terminal_probe import DriverProbe
from gateway.configuration.settings import Settings
from gateway.domain.cards.card_receipt import ShopFace
from gateway.domain.errors import ConfigurationError, GatewayError
from gateway.domain.ids import StoreId, TenantId
from gateway.domain.money import Currency
from gateway.jobs.lease_keeper import LeaseKeeper
from gateway.jobs.matching_lane import MatchingLane
from gateway.jobs.printer_lane import PrinterParts
from gateway.jobs.scheduler import HouseScheduler
from gateway.jobs.terminal_lane import LaneParts
from gateway.jobs.terminal_trials import TerminalTrials
from gateway.node.capture_setup import CaptureSide
from gateway.node.demo_catalogue import seed_demo_catalogue
from gateway.node.demo_people import ShownPerson, demo_people
from gateway.node.demo_statement import seed_demo_statement
from gateway.node.device_setup import LOGO_FOLDER, Devices, printer_profile
from gateway.node.fleet import Fleet, FleetParts
from gateway.node.housekeeping import housekeeping
from gateway.node.node_identity import NodeIdentity
from gateway.node.outward_setup import OutwardSide
from gateway.node.paper_setup import make_deliverer
from gateway.node.payable_setup import PayableSide
from gateway.node.printer_fleet import PrinterFleetOfNode
from gateway.node.shop_plan import ShopPlan
from gateway.node.till_setup import TillParts, make_till_services
from gateway.node.till_setup_sales import make_refund
from gateway.node.till_setup_terminals import day_jobs
from gateway.ports.announcer import Announcer
from gateway.ports.printer import PrinterDevice
from gateway.ports.terminal import TerminalDevice
from gateway.ports.unit_of_work import Storage
from gateway.services.access.manage_api_keys import ManageApiKeys
from gateway.services.access.manage_people import ManagePeople, create_first_administrator
from gateway.services.access.sign_in import SessionLimits, SignIn
from gateway.services.paper.print_receipt import PrintReceipt, ReceiptWriter
from gateway.services.payments.cancel_payment import CancelPayment
from gateway.services.payments.conclude_attempt import ConcludeAttempt
from gateway.services.payments.read_payments import ReadPayments
from gateway.services.payments.read_refunds import ReadRefunds
from gateway.services.payments.recover_attempts import RecoverAttempts
from gateway.services.payments.resolve_payment import ResolvePayment
from gateway.services.payments.set_up_terminals import SetUpTerminals
from gateway.services.payments.settle_refund import SettleRefund
from gateway.services.payments.take_payment import TakePayment
from gateway.web.app import create_app
from gateway.web.container import WebContainer, WebLimits, WebSettings, hosts_of

log = logging.getLogger(__name__)

STOP_LIMIT_S = 2.0  # for all lanes together: a sale under way would hold them for minutes; the next start settles it


@dataclass(frozen=True, slots=True)
class Wrappers:
    """Lets a harness stand between the parts, such as one that kills the process at a chosen call."""

    storage: Callable[[Storage], Storage] = lambda storage: storage
    terminal: Callable[[TerminalDevice], TerminalDevice] = lambda device: device
    printer: Callable[[PrinterDevice], PrinterDevice] = lambda device: device


class Node:
    """One running gateway: storage, devices, background work and the web application."""

    def __init__(self, settings: Settings, wrappers: Wrappers | None = None) -> None:
        """Open the database and build every part; nothing runs before ``start``.

        Raises:
            ConfigurationError: the settings cannot work on this machine.
            OperationalError: ``database_unavailable``.
        """
        self.settings = settings
        self._wrappers = wrappers or Wrappers()
        self._tenant = TenantId(settings.shop.tenant)
        self._store = StoreId(settings.shop.store)
        self.clock = SystemClock()
        url = settings.database.full_url().get_secret_value()
        make_folders(settings)
        self._identity = NodeIdentity(settings.server.data_dir, settings.worker.node or socket.gethostname())
        schema.upgrade(url)
        self._sql = SqlStorage(url, self.clock)
        self.storage = self._wrappers.storage(self._sql)
        self.hints = NodeHints()
        self.board = MemoryEventBoard(streams_max=settings.server.event_streams_max)
        self.devices = Devices(settings)
        self._passwords = Argon2Passwords()
        self._keeper = LeaseKeeper(
            storage=self.storage, clock=self.clock, holder=self._identity.holder, lease_s=settings.worker.lease_s
        )
        self.plan = ShopPlan(settings)
        self._writer = ReceiptWriter(
            shop=ShopFace(
                settings.shop.name, settings.shop.address, settings.shop.tax_id or None, settings.shop.language
            ),
            registers=self.plan.register_names,
            zone=settings.shop.zone(),
        )
        self._outward = OutwardSide(settings, self.storage, self.clock, self.hints, self._writer, self.plan)
        self.announcer: Announcer = self._outward.announcer
        self._payables = PayableSide(settings, self.storage, self.clock, self.announcer, self._outward.erps.bills)
        self._capture = CaptureSide(settings, self.storage, self.clock, self.announcer, intake=self._payables.intake)
        self.conclude = ConcludeAttempt(
            storage=self.storage,
            clock=self.clock,
            board=self.board,
            hints=self.hints,
            printers=self.plan.printers,
            announcer=self.announcer,
        )
        self.fleet = Fleet(settings, self.devices, self.plan, self._fleet_parts())
        self._scheduler = HouseScheduler()
        self.container = self._make_container()
        self._matching = MatchingLane(self.container.till.lines.runs, holder=self._identity.holder, poll_s=self._poll_s)
        self.app: Flask = create_app(self.container)

    @property
    def several_nodes(self) -> bool:
        """True where other processes may share the database: then it is polled, not only hinted at."""
        return self.settings.database.url.startswith("postgresql")

    @property
    def _poll_s(self) -> float:
        # One process alone hears of everything by hints; the slow poll is for what a clock brings.
        return max(0.0 if self.several_nodes else 2.0, self.settings.worker.poll_ms / 1000)

    def start(self) -> None:
        """Make the devices known, then start devices, lanes and recurring work."""
        # Each in a transaction of its own, tried again after a deadlock: other nodes renew at the same time.
        former = self._identity.former
        if former is not None:
            # The lock of the data folder proves that this holder is dead: no till waits for its leases to run out.
            self.storage.write_retrying(lambda unit: unit.devices.release(former))
            self._payables.take_over(former)
        self.fleet.make_known()
        self._identity.settle()
        self.devices.start()
        self._keeper.start()
        self.fleet.start()
        self._outward.start(self._identity, self.hints, self.container.renderer, self._poll_s)
        self._capture.start(self._identity, self._poll_s)
        self._payables.start(self._identity.holder, self._scheduler)
        self._outward.start_erps(self._identity, self._payables.services.doors.records)
        seed_demo_statement(self.settings, self.storage, self.clock, self.container.till.lines)
        self._matching.start(former)
        jobs = day_jobs(self.settings, self.plan, self.container.till)
        for every_s, name, job in (*housekeeping(self.settings, self.storage, self.clock), *jobs):
            self._scheduler.every(every_s, name, job)
        if self.several_nodes:
            self._scheduler.every(1, "look for cancels", self.fleet.look_for_cancels)
        self._scheduler.start()

    def describe(self) -> tuple[str, ...]:
        """Return one line in words for each device."""
        return tuple(self.devices.words)

    def make_first_administrator(self) -> tuple[str, str] | None:
        """Make the first administrator of an empty installation; None when there are people."""
        return create_first_administrator(
            self.storage, self.clock, self._passwords, tenant_id=self._tenant, store_id=self._store
        )

    def close(self) -> None:
        """Close all files of a node: the last part of ``stop``, or the end of one that was never started."""
        self.devices.stop()
        self._sql.close()
        self._identity.close()

    def stop(self) -> None:
        """Stop taking work, give the leases back, close all; what runs is settled at the next start."""
        self._scheduler.stop()
        ends_at_s = self.clock.monotonic_s() + STOP_LIMIT_S
        self._trials.stop()
        self.fleet.ask_to_stop()
        self.fleet.stop(lambda: max(0.0, ends_at_s - self.clock.monotonic_s()))
        for side in (self._outward, self._capture, self._payables, self._matching):
            side.stop(lambda: max(0.0, ends_at_s - self.clock.monotonic_s()))
        self._keeper.stop()
        self.close()

    def _fleet_parts(self) -> FleetParts:
        terminal = LaneParts(
            tenant_id=self._tenant,
            store_id=self._store,
            storage=self.storage,
            clock=self.clock,
            board=self.board,
            keeper=self._keeper,
            conclude=self.conclude,
            recover=RecoverAttempts(storage=self.storage, conclude=self.conclude),
            poll_s=self._poll_s,
        )
        printer = PrinterParts(
            tenant_id=self._tenant,
            store_id=self._store,
            storage=self.storage,
            clock=self.clock,
            board=self.board,
            keeper=self._keeper,
            deliver=make_deliverer(self.storage, self._writer, self.settings),
            poll_s=self._poll_s,
        )
        return FleetParts(
            tenant_id=self._tenant,
            store_id=self._store,
            storage=self.storage,
            hints=self.hints,
            keeper=self._keeper,
            terminal=terminal,
            printer=printer,
            line_marks=line_marks,
            several_nodes=self.several_nodes,
            wrap_terminal=self._wrappers.terminal,
            wrap_printer=self._wrappers.printer,
        )

    def _make_container(self) -> WebContainer:
        settings, storage, clock, hints = self.settings, self.storage, self.clock, self.hints
        people: tuple[ShownPerson, ...] = ()
        if settings.demo.enabled:
            seed_demo_catalogue(storage, clock, tenant_id=self._tenant, store_id=self._store)
            people = demo_people(
                storage,
                clock,
                self._passwords,
                tenant_id=self._tenant,
                store_id=self._store,
                kept_in=settings.server.data_dir / "demo-people.json",
            )
        profile = printer_profile(settings.printers[0]) if settings.printers else printer_profile(None)
        return WebContainer(
            settings=self._web_settings(),
            storage=storage,
            clock=clock,
            board=self.board,
            renderer=PaperRenderer(
                profile, self.devices.cache_dir, logo=self.devices.logo(next(iter(settings.printers), None))
            ),
            virtual_shop=self.devices.virtual_shop,
            take_payment=TakePayment(storage=storage, clock=clock, hints=hints, currencies=self.plan.currencies),
            read_payments=ReadPayments(storage=storage),
            cancel_payment=CancelPayment(storage=storage, clock=clock, hints=hints),
            resolve_payment=ResolvePayment(storage=storage, clock=clock, hints=hints, conclude=self.conclude),
            refund_payment=make_refund(settings, storage, clock, hints, self.plan),
            read_refunds=ReadRefunds(storage=storage),
            settle_refund=SettleRefund(storage=storage, clock=clock, hints=hints, conclude=self.conclude),
            print_receipt=PrintReceipt(
                storage=storage, clock=clock, hints=hints, writer=self._writer, printers=self.plan.printers
            ),
            sign_in=SignIn(
                storage=storage,
                clock=clock,
                passwords=self._passwords,
                limits=_session_limits(settings),
                demo=settings.demo.enabled,
                shop=settings.shop.name,
            ),
            people=ManagePeople(storage=storage, clock=clock, passwords=self._passwords),
            api_keys=ManageApiKeys(storage=storage, clock=clock, mac=self._outward.client_mac),
            registers=lambda: self.plan.registers,
            set_up_terminals=self._set_up_terminals(),
            till=make_till_services(
                TillParts(
                    settings=settings,
                    tenant_id=self._tenant,
                    store_id=self._store,
                    storage=storage,
                    clock=clock,
                    board=self.board,
                    hints=hints,
                    plan=self.plan,
                    conclude=self.conclude,
                    announcer=self.announcer,
                    printer_fleet=PrinterFleetOfNode(self.fleet),
                    logos=LogoShelfFolder(settings.server.data_dir / LOGO_FOLDER),
                    outward=self._outward.services,
                    erps=self._outward.erps,
                    documents=self._capture.services,
                    payables=self._payables.services,
                )
            ),
            database_problem=partial(_database_problem, settings.database.full_url().get_secret_value(), schema.head()),
            demo_people=people,
        )

    def _set_up_terminals(self) -> SetUpTerminals:
        settings = self.settings
        probe = DriverProbe(currency_numeric=Currency.of(settings.shop.currency).numeric)
        self._trials = TerminalTrials(probe, self.clock)
        return SetUpTerminals(
            tenant_id=self._tenant, store_id=self._store, probe=probe, trials=self._trials, fleet=self.fleet
        )

    def _web_settings(self) -> WebSettings:
        settings = self.settings
        security = settings.security
        origins = frozenset(settings.server.trusted_origins)
        return WebSettings(
            tenant_id=self._tenant,
            store_id=self._store,
            shop_name=settings.shop.name,
            currency=Currency.of(settings.shop.currency),
            zone=settings.shop.zone(),
            language=settings.shop.language,
            secure_cookies=settings.server.secure_cookies,
            hosts=hosts_of(settings.server.host, origins | {settings.outward.public_url}),
            trusted_origins=origins,
            demo=settings.demo.enabled,
            limits=WebLimits(
                requests_per_minute_and_caller=security.requests_per_minute_and_key,
                requests_per_minute_and_address=security.requests_per_minute_and_address,
                logins_per_minute_and_address=security.logins_per_minute_and_address,
            ),
        )


def make_folders(settings: Settings) -> None:
    """Make the data folder, and the folder of an SQLite file, readable by the gateway's user only.

    Raises:
        ConfigurationError: ``folder_not_writable``.
    """
    folders = [settings.server.data_dir]
    if settings.database.url.startswith("sqlite"):
        folders.append(Path(settings.database.url.partition("///")[2] or ".").parent)
    for folder in folders:
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            hint = "Give the gateway's user the right to write there, or name another server.data_dir."
            raise ConfigurationError("folder_not_writable", f"{folder}: {error.strerror}.", hint) from error


def _session_limits(settings: Settings) -> SessionLimits:
    security = settings.security
    return SessionLimits(
        idle_s=security.session_idle_minutes * 60,
        absolute_s=security.session_absolute_hours * 3600,
        failures_max=security.login_attempts_max,
        lock_s=security.lock_minutes * 60,
    )


def _database_problem(url: str, wanted: str) -> str | None:
    """Say what is wrong with the database: not reachable, or at the tables of another version."""
    try:
        found = schema.current(url)
    except GatewayError as error:
        return error.message
    return None if found == wanted else f"The database is at {found or 'no version'}, this node needs {wanted}."


def first_administrator(node: Node) -> tuple[str, ...]:
    """Return the sign-ins to show at a start: the demo's people, or a first administrator made just now."""
    people = node.container.demo_people
    if people:
        return tuple(f"{login:<20} {password:<18} PIN {pin}" for login, password, pin, _ in people)
    made = node.make_first_administrator()
    if made is None:
        return ()
    login, password = made
    return (f"{login}  {password}   (one-time: it has to be changed at the first sign-in)",)


def database_probes(settings: Settings) -> dict[str, Callable[[], str]]:
    """Return what `doctor` asks of the database: is it reachable, is it at this version's tables."""
    url = settings.database.full_url().get_secret_value()

    def tables() -> str:
        found, wanted = schema.current(url), schema.head()
        if found == wanted:
            return f"up to date ({found})"
        if found is None:
            return "empty; the first start makes the tables"
        raise ConfigurationError(
            "not_migrated", f"At {found}, this version wants {wanted}.", "Type: tillbridge migrate"
        )

    return {"database": tables}
