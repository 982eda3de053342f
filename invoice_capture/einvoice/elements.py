"""Looks into an XML tree without namespaces: texts, dates; missing parts are empty texts, never errors."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from typing import Protocol

_DATE_LENGTH = 8
_ISO_LENGTH = 10


class Element(Protocol):
    """What is used of an lxml element; lxml itself ships no types."""

    tag: str
    text: str | None

    def find(self, path: str) -> Element | None:
        """Return the first element at the path."""

    def findall(self, path: str) -> list[Element]:
        """Return all elements at the path."""

    def iterfind(self, path: str) -> Iterable[Element]:
        """Give all elements at the path."""

    def iter(self) -> Iterator[Element]:
        """Give this element and all below it."""

    def get(self, name: str, default: str = "") -> str:
        """Return an attribute."""

    def makeelement(self, name: str) -> Element:
        """Return a new element of the same kind, outside the tree."""


def text_of(node: Element, path: str) -> str:
    """Return the text of the first element at the path, trimmed; empty when there is none."""
    found = node.find(path)
    return "" if found is None else one_text(found)


def one_text(element: Element) -> str:
    """Return the text of an element, trimmed; empty when it has none."""
    return (element.text or "").strip()


def first_text(node: Element, *paths: str) -> str:
    """Return the first text that is not empty, of the paths in order."""
    for path in paths:
        for element in node.iterfind(path):
            found = one_text(element)
            if found:
                return found
    return ""


def iso_date(text: str) -> str:
    """Return YYYY-MM-DD of an XML date (with or without time and zone) or of YYYYMMDD; any other text as it is."""
    compact = text.strip()
    candidate = compact[:_ISO_LENGTH]
    if len(compact) >= _DATE_LENGTH and compact[:_DATE_LENGTH].isdecimal() and compact.isascii():
        candidate = f"{compact[:4]}-{compact[4:6]}-{compact[6:8]}"
    try:
        return date.fromisoformat(candidate).isoformat()
    except ValueError:
        return compact


def days_after(start: str, days: int) -> str:
    """Return the ISO date so many days after an ISO date; empty when that is no date."""
    try:
        return (date.fromisoformat(start) + timedelta(days=days)).isoformat()
    except (ValueError, OverflowError):
        return ""
