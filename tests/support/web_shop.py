"""A shop over the real services and storage, with a clock that tests move and devices that tests speak for."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gateway.adapters.db import schema
from gateway.adapters.db.unit_of_work import SqlStorage
from gateway.adapters.event_board import MemoryEventBoard
from gateway.adapters.passwords import Argon2Passwords
from gateway.adapters.printer import PaperRenderer
from gateway.domain.access import ROLE_PERMISSIONS, Caller, Permission, Role
from gateway.domain.ids import DeviceId, PaymentId, PersonId, RegisterId, StoreId, TenantId, uuid7
from gateway.domain.money import Currency
from gateway.domain.payment import (
    AttemptEvent,
    AttemptOutcome,
    Evidence,
    TerminalResult,
    TransactionNumbers,
)
from gateway.domain.receipt import ShopFace
from gateway.ports.unit_of_work import ApiKey, DeviceRow, Person
from gateway.services.cancel_payment import CancelPayment
from gateway.services.conclude_attempt import ConcludeAttempt
from gateway.services.manage_api_keys import ManageApiKeys
from gateway.services.manage_people import ManagePeople
from gateway.services.print_receipt import PrintReceipt, ReceiptWriter
from gateway.services.read_payments import ReadPayments
from gateway.services.resolve_payment import ResolvePayment
from gateway.services.sign_in import SessionLimits, SignIn
from gateway.services.take_payment import TakePayment
from gateway.web.app import create_app
from gateway.web.container import RegisterFace, WebContainer, WebLimits, WebSettings, hosts_of
from terminal_driver.printer.profile import PrinterProfile

if TYPE_CHECKING:
    from flask.testing import FlaskClient
    from werkzeug.test import TestResponse

    from gateway.ports.virtual_shop import PrintedPaper, TerminalPanel

TENANT = TenantId("main")
STORE = StoreId("store-1")
OTHER_STORE = StoreId("store-2")
TERMINAL = DeviceId("front")
SECOND_TERMINAL = DeviceId("back")
PRINTER = DeviceId("printer-1")
PASSWORD = "blauer fisch tanzt leise"
PIN = "4711"


class MovingClock:
    """Stands still until a test moves it."""

    def __init__(self) -> None:
        self._now = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
        self._monotonic_s = 1000.0

    def now(self) -> datetime:
        return self._now

    def monotonic_s(self) -> float:
        return self._monotonic_s

    def move(self, seconds: float) -> None:
        self._now += timedelta(seconds=seconds)
        self._monotonic_s += seconds


@dataclass
class WrittenHints:
    """Device hints that are written down for the test to read."""

    sent: list[uuid.UUID] = field(default_factory=list)
    cancelled: list[uuid.UUID] = field(default_factory=list)
    filled: list[str] = field(default_factory=list)
    asked: list[DeviceId] = field(default_factory=list)

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


class NoVirtualDevices:
    """A shop without virtual devices."""

    def terminals(self) -> tuple[TerminalPanel, ...]:
        return ()

    def press(self, terminal_id: DeviceId, key: str) -> bool:
        del terminal_id, key
        return False

    def choose_scenario(self, terminal_id: DeviceId, name: str) -> bool:
        del terminal_id, name
        return False

    def printers(self) -> tuple[DeviceId, ...]:
        return ()

    def faults(self, printer_id: DeviceId) -> tuple[str, tuple[str, ...]]:
        del printer_id
        return "none", ()

    def choose_fault(self, printer_id: DeviceId, name: str) -> bool:
        del printer_id, name
        return False

    def papers(self, printer_id: DeviceId) -> tuple[PrintedPaper, ...]:
        del printer_id
        return ()

    def paper_png(self, printer_id: DeviceId, number: int) -> bytes | None:
        del printer_id, number
        return None


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


def build_shop(url: str, folder: Path, *, demo: bool = False, secure: bool = False, **limits: Any) -> Shop:
    """Build a shop with two terminals and a printer over an empty database."""
    clock, hints, board = MovingClock(), WrittenHints(), MemoryEventBoard(streams_max=3)
    schema.upgrade(url)
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
    conclude = ConcludeAttempt(storage=storage, clock=clock, board=board, hints=hints, printers=printers)
    settings = _web_settings(demo=demo, secure=secure, limits=limits)
    problems: list[str] = []
    writer = ReceiptWriter(
        shop=ShopFace("Corner Shop", ("Main Street 1",), None, "en"), registers={"till-1": "Till 1"}, zone=UTC
    )
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
        print_receipt=PrintReceipt(storage=storage, clock=clock, hints=hints, writer=writer, printers=printers),
        sign_in=SignIn(
            storage=storage, clock=clock, passwords=passwords, limits=SessionLimits(), demo=demo, shop="Corner Shop"
        ),
        people=ManagePeople(storage=storage, clock=clock, passwords=passwords),
        api_keys=ManageApiKeys(storage=storage, clock=clock),
        database_problem=lambda: problems[0] if problems else None,
    )
    app = create_app(container)
    return Shop(container, app, storage, clock, hints, board, conclude, passwords, problems, 1)


def _web_settings(*, demo: bool, secure: bool, limits: dict[str, Any]) -> WebSettings:
    return WebSettings(
        tenant_id=TENANT,
        store_id=STORE,
        shop_name="Corner Shop",
        currency=Currency.of("EUR"),
        zone=UTC,
        language="en",
        registers=(
            RegisterFace(RegisterId("till-1"), "Till 1", TERMINAL, PRINTER),
            RegisterFace(RegisterId("till-2"), "Till 2", SECOND_TERMINAL, None),
            RegisterFace(RegisterId("office"), "Office", None, None),
        ),
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
