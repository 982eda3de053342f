"""A shop over the real services and storage, with a clock that tests move and devices that tests speak for."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gateway.adapters.db.unit_of_work import SqlStorage
from gateway.adapters.event_board import MemoryEventBoard
from gateway.adapters.logo_shelf import LogoShelfFolder
from gateway.adapters.passwords import Argon2Passwords
from gateway.adapters.printer import PaperRenderer
from gateway.configuration.settings import Settings
from gateway.domain.access import ROLE_PERMISSIONS, Caller, Permission, Role
from gateway.domain.cards.card_receipt import ShopFace
from gateway.domain.cards.payment import (
    AttemptEvent,
    AttemptOutcome,
    Evidence,
    TerminalResult,
    TransactionNumbers,
)
from gateway.domain.cards.refund import RefundMeans, ReversalBy
from gateway.domain.ids import DeviceId, PaymentId, PersonId, RefundId, RegisterId, StoreId, TenantId, uuid7
from gateway.domain.money import Currency
from gateway.jobs.terminal_trials import TerminalTrials
from gateway.node.capture_setup import CaptureSide
from gateway.node.outward_setup import OutwardSide
from gateway.node.payable_setup import PayableSide
from gateway.node.shop_plan import ShopPlan
from gateway.node.till_setup import TillParts, make_till_services
from gateway.ports.terminal import TerminalSilent
from gateway.ports.unit_of_work import ApiKey, DeviceRow, Person
from gateway.services.access.manage_api_keys import ManageApiKeys
from gateway.services.access.manage_people import ManagePeople
from gateway.services.access.sign_in import SessionLimits, SignIn
from gateway.services.paper.print_receipt import PrintReceipt, ReceiptWriter
from gateway.services.payments.cancel_payment import CancelPayment
from gateway.services.payments.conclude_attempt import ConcludeAttempt
from gateway.services.payments.read_payments import ReadPayments
from gateway.services.payments.read_refunds import ReadRefunds
from gateway.services.payments.refund_payment import RefundPayment
from gateway.services.payments.resolve_payment import ResolvePayment
from gateway.services.payments.set_up_terminals import SetUpTerminals
from gateway.services.payments.settle_refund import SettleRefund
from gateway.services.payments.take_payment import TakePayment
from gateway.web.app import create_app
from gateway.web.container import RegisterFace, WebContainer, WebLimits, WebSettings, hosts_of
from gateway.web.till_services import TillServices
from terminal_driver.printer.profile import PrinterProfile
from tests.support.listed_printers import ListedPrinters
from tests.support.migrated import migrate
from tests.support.setup_fakes import ListedFleet, ScriptedProbe
from tests.support.small_shop import small_shop
from tests.support.still_parts import MovingClock as MovingClock  # noqa: PLC0414  # most tests know it from here
from tests.support.still_parts import NoVirtualDevices

if TYPE_CHECKING:
    from flask.testing import FlaskClient
    from werkzeug.test import TestResponse


TENANT = TenantId("main")
STORE = StoreId("store-1")
OTHER_STORE = StoreId("store-2")
TERMINAL = DeviceId("front")
SECOND_TERMINAL = DeviceId("back")
PRINTER = DeviceId("printer-1")
REGISTERS = (
    RegisterFace(RegisterId("till-1"), "Till 1", TERMINAL, PRINTER),
    RegisterFace(RegisterId("till-2"), "Till 2", SECOND_TERMINAL, None),
    RegisterFace(RegisterId("office"), "Office", None, None),
)
PASSWORD = "blauer fisch tanzt leise"
PIN = "4711"


@dataclass
class WrittenHints:
    """Device hints that are written down for the test to read."""

    sent: list[uuid.UUID] = field(default_factory=list)
    cancelled: list[uuid.UUID] = field(default_factory=list)
    filled: list[str] = field(default_factory=list)
    asked: list[DeviceId] = field(default_factory=list)
    held: dict[DeviceId, tuple[int, ...] | TerminalSilent] = field(default_factory=dict)

    def payment_sent(self, terminal_id: DeviceId, attempt_id: uuid.UUID) -> None:
        del terminal_id
        self.sent.append(attempt_id)

    def cancel_requested(self, terminal_id: DeviceId, attempt_id: uuid.UUID) -> None:
        del terminal_id
        self.cancelled.append(attempt_id)

    def outbox_filled(self, target: str) -> None:
        self.filled.append(target)

    def terminal_asked(self, terminal_id: DeviceId) -> None:
        self.asked.append(terminal_id)

    def held_reservations(self, terminal_id: DeviceId) -> tuple[int, ...] | TerminalSilent:
        return self.held.get(terminal_id, TerminalSilent("not_supported", "Cannot tell."))


@dataclass
class Shop:
    """The parts a test touches."""

    container: WebContainer
    app: Any
    storage: SqlStorage
    clock: MovingClock
    hints: WrittenHints
    board: MemoryEventBoard
    conclude: ConcludeAttempt
    passwords: Argon2Passwords
    problems: list[str]
    epoch: int
    probe: ScriptedProbe
    fleet: ListedFleet

    def client(self) -> FlaskClient:
        """Return a browser without a session."""
        found: FlaskClient = self.app.test_client()
        return found

    def add_person(self, role: Role, *, login: str = "", store: StoreId = STORE, demo: bool = False) -> Person:
        """Store a person with ``PASSWORD`` and ``PIN``."""
        person = Person(
            tenant_id=TENANT,
            store_id=store,
            id=PersonId(new_id()),
            login=login or role.value.replace("_", "-"),
            name=f"A {role.value}",
            role=role,
            password_hash=self.passwords.hash(PASSWORD),
            pin_hash=self.passwords.hash(PIN),
            disabled=False,
            demo=demo,
            must_change_password=False,
            created_at=self.clock.now(),
        )
        with self.storage.write() as unit:
            unit.access.add_person(person)
        return person

    def enter(self, client: FlaskClient, login: str, password: str = PASSWORD) -> TestResponse:
        """Send the sign-in form."""
        return client.post("/sign-in", data={"login": login, "password": password})

    def signed(self, role: Role, *, store: StoreId = STORE) -> tuple[FlaskClient, dict[str, str]]:
        """Return a browser of a new person of this role, and the header its changes need."""
        login = f"{role.value.replace('_', '-')}-{new_id().hex[-8:]}"
        person = self.add_person(role, login=login, store=store)
        client = self.client()
        assert self.enter(client, login).status_code == 303
        return client, {"X-CSRF-Token": self.csrf(client), "X-Person-Id": str(person.id)}

    def csrf(self, client: FlaskClient) -> str:
        """Return the CSRF token of a browser's session, read where the pages take it from."""
        token = self.cookie(client)
        found = self.container.sign_in.resume(token, active=False)
        assert found is not None
        return found.session.csrf_token

    def cookie(self, client: FlaskClient) -> str:
        """Return the secret in a browser's session cookie."""
        cookie = client.get_cookie("tillbridge_session")
        assert cookie is not None
        return cookie.value

    def key(
        self,
        *scopes: Permission,
        terminals: frozenset[DeviceId] | None = None,
        store: StoreId = STORE,
        days: int = 30,
    ) -> tuple[ApiKey, dict[str, str]]:
        """Make an API key; return it with the header that carries it."""
        administrator = self.add_person(Role.ADMINISTRATOR, login=f"keys-{new_id().hex[-10:]}", store=store)
        caller = Caller(TENANT, store, administrator.id, administrator.login, ROLE_PERMISSIONS[Role.ADMINISTRATOR])
        wanted = frozenset(scopes) or frozenset(
            {
                Permission.PAYMENTS_CREATE,
                Permission.PAYMENTS_READ,
                Permission.PAYMENTS_CANCEL,
                Permission.RECEIPTS_PRINT,
            }
        )
        key, token = self.container.api_keys.add(caller, name="till", scopes=wanted, terminals=terminals, days=days)
        return key, {"Authorization": f"Bearer {token}"}

    def settle(self, payment_id: str, event: AttemptEvent = AttemptEvent.APPROVE, *, store: StoreId = STORE) -> None:
        """Let the terminal answer for the last attempt of a payment."""
        with self.storage.read() as unit:
            record = unit.payments.load(TENANT, store, PaymentId(uuid.UUID(payment_id)))
        assert record is not None
        result = TerminalResult(
            amount_minor=record.payment.amount.minor,
            numbers=TransactionNumbers(receipt_no=17, trace_no=4711, turnover_no=3),
            code="00",
            card_name="Visa",
            card_masked="411111******1234",
        )
        outcome = AttemptOutcome(
            event=event,
            evidence=Evidence.DIALOGUE,
            reason_code=event.value,
            reason="As the terminal says.",
            result=result if event is AttemptEvent.APPROVE else TerminalResult(),
        )
        stored = self.conclude.record(
            record.payment, record.attempts[-1], outcome, epoch=record.attempts[-1].epoch, actor="terminal"
        )
        assert stored is not None

    def settle_refund(self, refund_id: str, event: AttemptEvent = AttemptEvent.APPROVE) -> None:
        """Let the terminal answer for a refund."""
        with self.storage.read() as unit:
            record = unit.refunds.load(TENANT, STORE, RefundId(uuid.UUID(refund_id)))
        assert record is not None
        outcome = AttemptOutcome(event, Evidence.DIALOGUE, event.value, "As the terminal says.")
        attempt = record.attempt
        stored = self.conclude.record(record.refund, attempt, outcome, epoch=attempt.epoch, actor="terminal")
        assert stored is not None


def new_id() -> uuid.UUID:
    """Return a fresh id as a client makes it."""
    return uuid7(int(datetime.now(UTC).timestamp() * 1000))


def sale(**changes: Any) -> dict[str, Any]:
    """Return the body of a payment request."""
    body = {
        "id": str(new_id()),
        "amount": {"amount": "12.34", "currency": "EUR"},
        "terminal_id": TERMINAL,
    }
    return {name: value for name, value in {**body, **changes}.items() if value is not None}


def _till(
    settings: Settings,
    storage: SqlStorage,
    clock: MovingClock,
    hints: WrittenHints,
    board: MemoryEventBoard,
    conclude: ConcludeAttempt,
    outward: OutwardSide,
    logos: LogoShelfFolder,
) -> TillServices:
    payables = PayableSide(settings, storage, clock, outward.announcer, outward.erps.bills)
    intake = payables.intake
    return make_till_services(
        TillParts(
            settings=settings,
            tenant_id=TENANT,
            store_id=STORE,
            storage=storage,
            clock=clock,
            board=board,
            hints=hints,
            plan=ShopPlan(settings),
            conclude=conclude,
            announcer=outward.announcer,
            outward=outward.services,
            erps=outward.erps,
            documents=CaptureSide(settings, storage, clock, outward.announcer, intake=intake).services,
            payables=payables.services,
            printer_fleet=ListedPrinters(),
            logos=logos,
        )
    )


def build_shop(
    url: str, folder: Path, *, demo: bool = False, secure: bool = False, parts: Mapping[str, Any] = {}, **limits: Any
) -> Shop:
    """Build a shop with two terminals and a printer over an empty database. ``parts``: sections of the settings."""
    clock, hints, board = MovingClock(), WrittenHints(), MemoryEventBoard(streams_max=3)
    migrate(url)
    storage = SqlStorage(url, clock)
    with storage.write() as unit:
        for store in (STORE, OTHER_STORE):
            for name in (TERMINAL, SECOND_TERMINAL):
                unit.devices.ensure(DeviceRow(TENANT, store, name, "terminal", f"Terminal {name}"))
            unit.devices.ensure(DeviceRow(TENANT, store, PRINTER, "printer", "Printer"))
            for name in (TERMINAL, SECOND_TERMINAL):
                lease = unit.devices.acquire(TENANT, store, name, "test-node", 3600)
                assert lease is not None
    passwords = Argon2Passwords(memory_kib=8, passes=1)
    printers = {"till-1": str(PRINTER)}
    settings = _web_settings(demo=demo, secure=secure, limits=limits)
    problems: list[str] = []
    probe, fleet = ScriptedProbe(), ListedFleet()
    writer = ReceiptWriter(
        shop=ShopFace("Corner Shop", ("Main Street 1",), None, "en"), registers={"till-1": "Till 1"}, zone=UTC
    )
    till_settings = _till_settings(folder, parts)
    outward = OutwardSide(till_settings, storage, clock, hints, writer, ShopPlan(till_settings))
    conclude = ConcludeAttempt(
        storage=storage, clock=clock, board=board, hints=hints, printers=printers, announcer=outward.announcer
    )
    till = _till(till_settings, storage, clock, hints, board, conclude, outward, LogoShelfFolder(folder / "logos"))
    container = WebContainer(
        settings=settings,
        storage=storage,
        clock=clock,
        board=board,
        renderer=PaperRenderer(PrinterProfile(), folder),
        virtual_shop=NoVirtualDevices(),
        take_payment=TakePayment(
            storage=storage,
            clock=clock,
            hints=hints,
            currencies=dict.fromkeys((TERMINAL, SECOND_TERMINAL), Currency.of("EUR")),
        ),
        read_payments=ReadPayments(storage=storage),
        cancel_payment=CancelPayment(storage=storage, clock=clock, hints=hints),
        resolve_payment=ResolvePayment(storage=storage, clock=clock, hints=hints, conclude=conclude),
        refund_payment=RefundPayment(
            storage=storage,
            clock=clock,
            hints=hints,
            means=dict.fromkeys((TERMINAL, SECOND_TERMINAL), RefundMeans(ReversalBy.RECEIPT_NO, credit=True)),
            zone=UTC,
            limit=till.sales.parts.rules.refund_limit,
        ),
        read_refunds=ReadRefunds(storage=storage),
        settle_refund=SettleRefund(storage=storage, clock=clock, hints=hints, conclude=conclude),
        print_receipt=PrintReceipt(storage=storage, clock=clock, hints=hints, writer=writer, printers=printers),
        sign_in=SignIn(
            storage=storage, clock=clock, passwords=passwords, limits=SessionLimits(), demo=demo, shop="Corner Shop"
        ),
        people=ManagePeople(storage=storage, clock=clock, passwords=passwords),
        api_keys=ManageApiKeys(storage=storage, clock=clock, mac=outward.client_mac),
        registers=lambda: REGISTERS,
        set_up_terminals=SetUpTerminals(
            tenant_id=TENANT, store_id=STORE, probe=probe, trials=TerminalTrials(probe, clock), fleet=fleet
        ),
        till=till,
        database_problem=lambda: problems[0] if problems else None,
    )
    app = create_app(container)
    return Shop(container, app, storage, clock, hints, board, conclude, passwords, problems, 1, probe, fleet)


ERP = "books"
"""An ERP that fetches its documents itself."""
ERP_APPROVER = "erp-books"
"""Login of the person through whom it approves."""
BANK_ACCOUNT = {"id": "main", "name": "House bank", "holder": "Corner Shop GmbH", "iban": "DE02120300000000202051"}


def _till_settings(folder: Path, parts: Mapping[str, Any]) -> Settings:
    account = {"name": "Corner Shop", "iban": "DE02120300000000202051"}
    return small_shop(
        TENANT,
        STORE,
        REGISTERS,
        **{
            "server": {"data_dir": folder},
            "transfers": account,
            "payables": {"accounts": [BANK_ACCOUNT]},
            "erp": [{"id": ERP, "approver": ERP_APPROVER}],
            **parts,
        },
    )


def _web_settings(*, demo: bool, secure: bool, limits: dict[str, Any]) -> WebSettings:
    return WebSettings(
        tenant_id=TENANT,
        store_id=STORE,
        shop_name="Corner Shop",
        currency=Currency.of("EUR"),
        zone=UTC,
        language="en",
        secure_cookies=secure,
        hosts=hosts_of("127.0.0.1", frozenset({"https://till.example"})),
        trusted_origins=frozenset({"https://till.example"}),
        demo=demo,
        limits=WebLimits(
            **{
                "requests_per_minute_and_caller": 100_000,
                "requests_per_minute_and_address": 100_000,
                "logins_per_minute_and_address": 1000,
                "stream_poll_s": 0.01,
                **limits,
            }
        ),
    )
