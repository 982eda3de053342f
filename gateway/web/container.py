"""Everything the routes need, handed over by whoever builds the product; the web layer builds nothing itself."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import tzinfo
from typing import cast
from urllib.parse import urlsplit

from flask import current_app

from gateway.domain.ids import DeviceId, RegisterId, StoreId, TenantId
from gateway.domain.money import Currency
from gateway.ports.clock import Clock
from gateway.ports.events import EventBoard
from gateway.ports.printer import ReceiptRenderer
from gateway.ports.unit_of_work import Storage
from gateway.ports.virtual_shop import VirtualShop
from gateway.services.access.manage_api_keys import ManageApiKeys
from gateway.services.access.manage_people import ManagePeople
from gateway.services.access.sign_in import SignIn
from gateway.services.paper.print_receipt import PrintReceipt
from gateway.services.payments.cancel_payment import CancelPayment
from gateway.services.payments.read_payments import ReadPayments
from gateway.services.payments.read_refunds import ReadRefunds
from gateway.services.payments.refund_payment import RefundPayment
from gateway.services.payments.resolve_payment import ResolvePayment
from gateway.services.payments.set_up_terminals import SetUpTerminals
from gateway.services.payments.settle_refund import SettleRefund
from gateway.services.payments.take_payment import TakePayment
from gateway.web.till_services import TillServices

EXTENSION = "tillbridge"
_LOOPBACK_HOSTS = frozenset({"127.0.0.1", "localhost", "[::1]"})


@dataclass(frozen=True, slots=True)
class RegisterFace:
    """One till as the screens know it; None where it has no terminal or printer."""

    id: RegisterId
    name: str
    terminal_id: DeviceId | None
    printer_id: DeviceId | None


@dataclass(frozen=True, slots=True)
class WebLimits:
    """Bounds of the web layer; how many event streams may be open is the board's to say.

    ``*_per_minute_*``: requests; ``body_bytes_max``: bytes of one request; ``*_s``: seconds, > 0.
    """

    requests_per_minute_and_caller: int = 600
    requests_per_minute_and_address: int = 1200
    logins_per_minute_and_address: int = 20
    body_bytes_max: int = 256 * 1024
    stream_life_s: int = 15 * 60
    stream_poll_s: float = 1.0
    stream_heartbeat_s: float = 15.0


@dataclass(frozen=True, slots=True)
class WebSettings:
    """What the operator decided about the shop and its web face.

    ``hosts``: names under which the gateway answers, without port (see ``hosts_of``); ``trusted_origins``: origins
    besides its own that may send changes, such as ``https://till.example``; ``secure_cookies``: TLS stands in front;
    ``demo``: people made for the demo may sign in.
    """

    tenant_id: TenantId
    store_id: StoreId
    shop_name: str
    currency: Currency
    zone: tzinfo
    language: str
    secure_cookies: bool
    hosts: frozenset[str]
    trusted_origins: frozenset[str] = frozenset()
    demo: bool = False
    limits: WebLimits = WebLimits()


@dataclass(frozen=True, slots=True)
class WebContainer:
    """The use cases and ports behind the routes.

    ``registers``: the tills as they are now.
    ``database_problem``: None when the database is reachable and migrated, else what is wrong, in words.
    ``demo_people``: login, password, PIN and role of the people of the demo, shown on its sign-in page; else empty.
    """

    settings: WebSettings
    storage: Storage
    clock: Clock
    board: EventBoard
    renderer: ReceiptRenderer
    virtual_shop: VirtualShop
    take_payment: TakePayment
    read_payments: ReadPayments
    cancel_payment: CancelPayment
    resolve_payment: ResolvePayment
    refund_payment: RefundPayment
    read_refunds: ReadRefunds
    settle_refund: SettleRefund
    print_receipt: PrintReceipt
    sign_in: SignIn
    people: ManagePeople
    api_keys: ManageApiKeys
    registers: Callable[[], tuple[RegisterFace, ...]]
    set_up_terminals: SetUpTerminals
    till: TillServices
    database_problem: Callable[[], str | None]
    demo_people: tuple[tuple[str, str, str, str], ...] = ()


def hosts_of(bind_host: str, trusted_origins: frozenset[str]) -> frozenset[str]:
    """Return the host names a gateway bound to ``bind_host`` answers for: itself, its trusted origins, the loopback."""
    bound = f"[{bind_host}]" if ":" in bind_host else bind_host
    named = {urlsplit(origin).hostname or "" for origin in trusted_origins}
    return frozenset(name.lower() for name in {bound, *named, *_LOOPBACK_HOSTS} if name)


def current() -> WebContainer:
    """Return the container of the application that serves this request."""
    return cast("WebContainer", current_app.extensions[EXTENSION])
