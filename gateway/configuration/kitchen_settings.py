"""Settings of the kitchen: which printer tells which place what to make."""

from collections.abc import Collection, Iterable, Iterator
from typing import Annotated

from pydantic import Field

from gateway.configuration.settings_section import Section

GROUP_PATTERN = r"^(\*|[^\x00-\x1f*]{1,40})$"


class RouteSettings(Section):
    """One way of orders. `group`: of items, as in the catalogue, or `*` for every group that is not named."""

    group: Annotated[str, Field(pattern=GROUP_PATTERN)]
    printer: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,31}$")]


def route_problems(routes: Iterable[RouteSettings], printers: Collection[str]) -> Iterator[str]:
    """What does not fit together, each in words with its place."""
    seen: set[str] = set()
    for route in routes:
        if route.group in seen:
            yield f"routes: the group {route.group!r} occurs twice"
        seen.add(route.group)
        if route.printer not in printers:
            yield f"routes.{route.group}.printer: no printer {route.printer!r}"
