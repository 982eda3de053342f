"""What every screen shares: the frame, the words in the reader's language, and the names of the store's things."""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, cast

from flask import Flask, current_app, request

from gateway.domain.access import Caller, Permission
from gateway.domain.errors import OperationalError
from gateway.domain.payment import AttemptState
from gateway.ports.unit_of_work import PaymentRecord
from gateway.web.auth import maybe_signed
from gateway.web.container import WebContainer, current
from gateway.web.payment_answers import instant
from gateway.web.payment_view import Names
from gateway.web.words import Words, choose_language, load_words

LANGUAGE_COOKIE = "tillbridge_language"
THEME_COOKIE = "tillbridge_theme"
_EXTENSION = "tillbridge.words"
_MARK_LENGTH = 16


@dataclass(frozen=True, slots=True)
class Area:
    """One entry of the rail. ``key``: the letter after ``g``; ``permissions``: any of them opens it."""

    name: str
    icon: str
    address: str
    key: str
    permissions: frozenset[Permission]
    demo_only: bool = False


AREAS = (
    Area("till", "calculator", "/till", "t", frozenset({Permission.PAYMENTS_CREATE})),
    Area("payments", "receipt-text", "/payments", "p", frozenset({Permission.PAYMENTS_READ})),
    Area("board", "layout-dashboard", "/board", "b", frozenset({Permission.DEVICES_READ, Permission.LEDGER_READ})),
    Area("virtual", "monitor-smartphone", "/virtual", "v", frozenset({Permission.DEVICES_READ}), demo_only=True),
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


def words() -> Words:
    """Return the texts in the language of this request's reader."""
    tables = cast("Mapping[str, Words]", current_app.extensions[_EXTENSION])
    accepted = [tag for tag, _ in request.accept_languages]
    language = choose_language(request.cookies.get(LANGUAGE_COOKIE), [*accepted, current().settings.language], tables)
    return tables[language]


def names(container: WebContainer, caller: Caller) -> Names:
    """Return the names of the caller's registers and devices."""
    with container.storage.read() as unit:
        devices = unit.devices.list(caller.tenant_id, caller.store_id)
    registers: dict[str, str] = {register.id: register.name for register in container.settings.registers}
    return Names(registers, {device.id: device.name for device in devices}, container.settings.zone)


def unsettled(container: WebContainer, caller: Caller) -> tuple[PaymentRecord, ...]:
    """Return the payments whose outcome is unknown, oldest first: each of them needs somebody."""
    with container.storage.read() as unit:
        terminals = [row.id for row in unit.devices.list(caller.tenant_id, caller.store_id) if row.kind == "terminal"]
        found = [
            unit.payments.load(caller.tenant_id, caller.store_id, payment.id)
            for terminal_id in terminals
            if caller.may_use(terminal_id)
            for payment, attempt in unit.payments.open_attempts(caller.tenant_id, caller.store_id, terminal_id)
            if attempt.state is AttemptState.UNKNOWN
        ]
    return tuple(sorted((one for one in found if one), key=lambda one: one.payment.created_at))


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
            current=path == area.address or path.startswith(area.address + "/"),
            count=tasks if area.name == "board" else 0,
        )
        for area in AREAS
        if area.permissions & caller.permissions and (demo or not area.demo_only)
    )


def _tasks(container: WebContainer, caller: Caller) -> int:
    try:
        return len(unsettled(container, caller))
    except OperationalError:
        # The page that tells of a database out of reach has a frame too.
        return 0


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
