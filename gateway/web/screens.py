"""What every screen shares: the frame, the words in the reader's language, and the names of the store's things."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any, cast

from flask import Flask, current_app, request

from gateway.domain.access import Caller, Permission
from gateway.domain.cards.payment import AttemptState, Payment
from gateway.domain.cards.refund import Movement, Refund
from gateway.domain.cards.reservation import Hold
from gateway.domain.cards.terminal_day import DayClose
from gateway.domain.errors import OperationalError
from gateway.ports.unit_of_work import PaymentRecord, RefundRecord, UnitOfWork
from gateway.web.auth import maybe_signed
from gateway.web.container import WebContainer, current
from gateway.web.payments.payment_answers import instant
from gateway.web.payments.payment_view import Names
from gateway.web.words import Words, choose_language, load_words

LANGUAGE_COOKIE = "tillbridge_language"
THEME_COOKIE = "tillbridge_theme"
_EXTENSION = "tillbridge.words"
_MARK_LENGTH = 16


@dataclass(frozen=True, slots=True)
class Area:
    """One entry of the rail.

    ``key``: the letter after ``g``; ``permissions``: any of them opens it; ``also``: pages that are reached from it.
    """

    name: str
    icon: str
    address: str
    key: str
    permissions: frozenset[Permission]
    demo_only: bool = False
    also: tuple[str, ...] = ()

    def holds(self, path: str) -> bool:
        """Return whether a page belongs to it."""
        return any(path == own or path.startswith(f"{own}/") for own in (self.address, *self.also))


AREAS = (
    Area("till", "calculator", "/till", "t", frozenset({Permission.PAYMENTS_CREATE}), also=("/returns",)),
    Area("shift", "coins", "/shift", "s", frozenset({Permission.SHIFTS_WORK})),
    Area("invoices", "file-text", "/invoices", "i", frozenset({Permission.DOCUMENTS_READ})),
    Area("payables", "wallet", "/payables", "", frozenset({Permission.PAYABLES_READ})),
    Area("payment_runs", "landmark", "/payment-runs", "", frozenset({Permission.PAYABLES_READ})),
    Area(
        "cash",
        "banknote",
        "/cash",
        "",
        frozenset({Permission.STATEMENTS_READ}),
        also=("/settlement", "/chargebacks"),
    ),
    Area("bank", "coins", "/bank", "k", frozenset({Permission.STATEMENTS_READ})),
    Area("approvals", "user-check", "/approvals", "a", frozenset({Permission.PAYABLES_APPROVE})),
    Area(
        "suppliers",
        "shopping-basket",
        "/suppliers",
        "",
        frozenset({Permission.PAYABLES_READ}),
        also=("/purchase-orders", "/supplier-accounts"),
    ),
    Area(
        "payments",
        "receipt-text",
        "/payments",
        "p",
        frozenset({Permission.PAYMENTS_READ}),
        also=("/reservations", "/terminal-days"),
    ),
    Area("catalogue", "package", "/catalogue", "c", frozenset({Permission.CATALOGUE_MANAGE})),
    Area("links", "qr-code", "/pay-links", "", frozenset({Permission.PAYMENTS_CREATE})),
    Area("credit", "gift", "/credit", "", frozenset({Permission.CREDIT_GIVE, Permission.TRANSFERS_CONFIRM})),
    Area("journal", "search", "/journal", "j", frozenset({Permission.PAYMENTS_READ})),
    Area("board", "layout-dashboard", "/board", "b", frozenset({Permission.DEVICES_READ, Permission.LEDGER_READ})),
    Area("virtual", "nfc", "/virtual", "v", frozenset({Permission.DEVICES_READ}), demo_only=True),
    Area("devices", "monitor-smartphone", "/devices", "d", frozenset({Permission.DEVICES_MANAGE})),
    Area("erp", "refresh-cw", "/erps", "", frozenset({Permission.ERP_READ})),
    Area("outward", "upload", "/outward", "", frozenset({Permission.WEBHOOKS_MANAGE})),
    Area("printers", "printer", "/printers", "", frozenset({Permission.DEVICES_MANAGE})),
    Area("approval_rules", "file-text", "/approval-rules", "", frozenset({Permission.PEOPLE_MANAGE})),
    Area("people", "users", "/people", "", frozenset({Permission.PEOPLE_MANAGE})),
    Area("keys", "key-round", "/keys", "", frozenset({Permission.KEYS_MANAGE})),
)


@dataclass(frozen=True, slots=True)
class AreaView:
    """An entry of the rail as one person sees it. ``count``: tasks waiting there."""

    name: str
    icon: str
    address: str
    key: str
    current: bool
    count: int


@dataclass(frozen=True, slots=True)
class Frame:
    """What surrounds a screen. ``theme``: ``light``, ``dark`` or empty for the device's own; ``now``: RFC 3339, UTC."""

    areas: tuple[AreaView, ...]
    shop: str
    login: str
    person_name: str
    role: str
    csrf_token: str
    theme: str
    demo: bool
    now: str
    languages: tuple[tuple[str, str], ...]


def install(app: Flask) -> None:
    """Load the words and give every template ``t`` and ``frame``."""
    app.extensions[_EXTENSION] = load_words()
    app.context_processor(_context)
    app.jinja_env.globals["in_shop"] = _in_shop


def words() -> Words:
    """Return the texts in the language of this request's reader."""
    tables = cast("Mapping[str, Words]", current_app.extensions[_EXTENSION])
    accepted = [tag for tag, _ in request.accept_languages]
    language = choose_language(request.cookies.get(LANGUAGE_COOKIE), [*accepted, current().settings.language], tables)
    return tables[language]


def names(container: WebContainer, caller: Caller) -> Names:
    """Return the names of the caller's registers and devices."""
    with container.storage.read() as unit:
        devices = unit.devices.names(caller.tenant_id, caller.store_id)
    registers: dict[str, str] = {register.id: register.name for register in container.registers()}
    return Names(registers, {str(device_id): name for device_id, name in devices.items()}, container.settings.zone)


def unsettled(container: WebContainer, caller: Caller) -> tuple[PaymentRecord, ...]:
    """Return the payments whose outcome is unknown, oldest first: each of them needs somebody."""
    with container.storage.read() as unit:
        found = [
            unit.payments.load(caller.tenant_id, caller.store_id, movement.id)
            for movement in _in_doubt(unit, caller)
            if isinstance(movement, Payment)
        ]
    return tuple(sorted((one for one in found if one), key=lambda one: one.payment.created_at))


def unsettled_refunds(container: WebContainer, caller: Caller) -> tuple[RefundRecord, ...]:
    """Return the refunds whose outcome is unknown, oldest first."""
    with container.storage.read() as unit:
        found = [
            unit.refunds.load(caller.tenant_id, caller.store_id, movement.id)
            for movement in _in_doubt(unit, caller)
            if isinstance(movement, Refund)
        ]
    return tuple(sorted((one for one in found if one), key=lambda one: one.refund.created_at))


def unsettled_steps(container: WebContainer, caller: Caller) -> tuple[Hold | DayClose, ...]:
    """Return the steps of reservations and the ends of days whose outcome is unknown, by terminal."""
    with container.storage.read() as unit:
        return tuple(movement for movement in _in_doubt(unit, caller) if isinstance(movement, Hold | DayClose))


def _in_doubt(unit: UnitOfWork, caller: Caller) -> list[Movement]:
    terminals = [row.id for row in unit.devices.list(caller.tenant_id, caller.store_id) if row.kind == "terminal"]
    return [
        movement
        for terminal_id in terminals
        if caller.may_use(terminal_id)
        for movement, attempt in unit.payments.open_attempts(caller.tenant_id, caller.store_id, terminal_id)
        if attempt.state is AttemptState.UNKNOWN
    ]


def to_review(unit: UnitOfWork, caller: Caller) -> int:
    """Count the differences of drawers and of terminals' days that wait for this caller."""
    if Permission.SHIFTS_REVIEW not in caller.permissions:
        return 0
    drawers = len(unit.shifts.to_review(caller.tenant_id, caller.store_id))
    return drawers + unit.terminal_days.open_count(caller.tenant_id, caller.store_id)


def mark_of(*shown: object) -> str:
    """Return a short mark of what a part of a screen shows, so that it is sent again only when it changed."""
    return sha256(repr(shown).encode("utf-8", "replace")).hexdigest()[:_MARK_LENGTH]


def areas_for(caller: Caller, *, demo: bool, path: str, tasks: int) -> tuple[AreaView, ...]:
    """Return the rail of one person: only what they may use."""
    return tuple(
        AreaView(
            name=area.name,
            icon=area.icon,
            address=area.address,
            key=area.key,
            current=area.holds(path),
            count=tasks if area.name == "board" else 0,
        )
        for area in AREAS
        if area.permissions & caller.permissions and (demo or not area.demo_only)
    )


def _tasks(container: WebContainer, caller: Caller) -> int:
    try:
        with container.storage.read() as unit:
            return len(_in_doubt(unit, caller)) + to_review(unit, caller)
    except OperationalError:
        # The page that tells of a database out of reach has a frame too.
        return 0


def _in_shop(moment: datetime) -> datetime:
    """Return an instant as the clock of the shop shows it."""
    return moment.astimezone(current().settings.zone)


def _context() -> dict[str, Any]:
    container = current()
    signed = maybe_signed()
    caller = signed.caller() if signed else None
    may_look = caller is not None and Permission.DEVICES_READ in caller.permissions
    tasks = _tasks(container, caller) if caller and may_look else 0
    demo = container.settings.demo
    tables = cast("Mapping[str, Words]", current_app.extensions[_EXTENSION])
    theme = request.cookies.get(THEME_COOKIE, "")
    frame = Frame(
        areas=areas_for(caller, demo=demo, path=request.path, tasks=tasks) if caller else (),
        shop=container.settings.shop_name,
        login=signed.person.login if signed else "",
        person_name=signed.person.name if signed else "",
        role=signed.person.role if signed else "",
        csrf_token=signed.session.csrf_token if signed else "",
        theme=theme if theme in ("light", "dark") else "",
        demo=demo,
        now=instant(container.clock.now()),
        languages=tuple((language, table("language.name")) for language, table in tables.items()),
    )
    return {"t": words(), "frame": frame}
