"""What is remembered of suppliers, and from which invoices it was learned. It only shows."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import Blueprint, render_template

from gateway.domain.access import Permission
from gateway.ports.document_store import MemoryEntry
from gateway.web.auth import caller, requires
from gateway.web.container import current
from gateway.web.screens import words
from gateway.web.words import Words

_SCRIPT_TEXTS = ("memory.", "error.", "hint.", "till.offline")
_SHOWN_MAX = 3
"""Writings of one thing that are shown; the most frequent come first."""

_KEYS = frozenset({"vat_id", "iban", "registration_number"})
"""Values by which a supplier is known: they stand among the keys already."""

pages = Blueprint("memory_screen", __name__)


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that is remembered, in words."""

    label: str
    value: str


@dataclass(frozen=True, slots=True)
class Lesson:
    """One invoice that taught something. ``address``: its page, empty when it is none of ours."""

    address: str
    told: str


@dataclass(frozen=True, slots=True)
class SupplierView:
    """One supplier as remembered."""

    id: str
    name: str
    facts: tuple[Fact, ...]
    lessons: tuple[Lesson, ...]


@pages.get("/suppliers/memory")
@requires(Permission.DOCUMENTS_READ)
def supplier_memory() -> str:
    """Show every supplier that is remembered, by name."""
    who, text = caller(), words()
    entries = current().till.documents.memory.list(who)
    suppliers = sorted((view_supplier(entry, text) for entry in entries), key=lambda one: one.name.casefold())
    return render_template(
        "documents/memory.html",
        suppliers=suppliers,
        may_work=Permission.DOCUMENTS_WORK in who.permissions,
        texts=text.part(*_SCRIPT_TEXTS),
    )


def view_supplier(entry: MemoryEntry, text: Words) -> SupplierView:
    """Return what a person reads of one entry."""
    known = entry.entry
    names = _writings(known.get("names", ()))
    keys = [(kind, value) for kind, value in known.get("keys", ()) if kind != "name"]
    name = names[0] if names else next((value.upper() for _, value in keys), text("review.no_supplier"))
    facts = [
        *((text(f"memory.key_{kind}"), value.upper()) for kind, value in keys),
        (text("captured.address"), " · ".join(_writings(known.get("addresses", ())))),
        (text("memory.misread"), " · ".join(known.get("read_names", ())[:_SHOWN_MAX])),
        *_labels(known, text),
        *((text(f"captured.{field}"), value) for field, value in known.get("values", {}).items() if field not in _KEYS),
        (text("captured.currency"), known.get("currency", "")),
        (text("memory.number_pattern"), known.get("number_pattern", "")),
        (text("memory.dates"), _order_of_dates(known, text)),
    ]
    return SupplierView(
        id=str(entry.id),
        name=name,
        facts=tuple(Fact(label, value) for label, value in facts if value),
        lessons=tuple(_lesson(document, on, taught, text) for document, on, taught in known.get("evidence", ())),
    )


def _writings(found: Sequence[Sequence[Any]]) -> list[str]:
    return [str(writing) for writing, _ in found[:_SHOWN_MAX]]


def _labels(known: Mapping[str, Any], text: Words) -> list[tuple[str, str]]:
    return [
        (text("memory.label_of", field=text(f"captured.{field}")), " · ".join(labels[:_SHOWN_MAX]))
        for field, labels in known.get("labels", {}).items()
    ]


def _order_of_dates(known: Mapping[str, Any], text: Words) -> str:
    first = known.get("day_first")
    return "" if first is None else text("memory.day_first" if first else "memory.month_first")


def _lesson(document: str, learned_on: str, taught: Sequence[str], text: Words) -> Lesson:
    try:
        address = f"/invoices/{uuid.UUID(document)}"
    except ValueError:
        address = ""
    fields = ", ".join(text(f"captured.{name}") for name in taught if text.known(f"captured.{name}"))
    day = text.day(date.fromisoformat(learned_on)) if learned_on else ""
    return Lesson(address, f"{day}: {fields or text('memory.nothing_corrected')}")
