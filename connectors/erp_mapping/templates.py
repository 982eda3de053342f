"""Messages as templates: tables and lists of TOML whose texts hold names of values in braces.

``"{net}"`` alone gives the value as text, ``"{net:number}"`` as a number, ``"{credit_note}"`` a truth value,
``"{issued_on:%d.%m.%Y}"`` a date in that form; inside of a text each is put in as text. ``"{note?}"``: left
out where the value is empty. ``{ each = "lines", item = {...} }`` repeats ``item`` for every line.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from connectors.erp_mapping.mapping_file import wrong

_NAME = re.compile(r"\{([a-z_.]+)(\?)?(?::([^{}]+))?\}")
_LEFT_OUT = object()


def filled(template: Any, values: Mapping[str, Any], field: str) -> Any:  # noqa: ANN401 - what TOML holds
    """Return a message: a template with values in place of their names.

    Raises:
        ErpFailure: ``mapping_wrong`` with ``field`` and the place in it, for a name that is no value.
    """
    match template:
        case {"each": str() as rows, "item": item}:
            return [filled(item, row, f"{field}.item") for row in _value(rows, values, field)]
        case dict():
            made = {name: filled(inner, values, f"{field}.{name}") for name, inner in template.items()}
            return {name: value for name, value in made.items() if value is not _LEFT_OUT}
        case list():
            return [filled(inner, values, field) for inner in template]
        case str():
            return _text(template, values, field)
        case _:
            return template


def _text(template: str, values: Mapping[str, Any], field: str) -> object:
    whole = _NAME.fullmatch(template)
    if whole is None:
        return _NAME.sub(lambda found: str(_formed(found, values, field)), template)
    if whole[2] and _value(whole[1], values, field) in ("", None):
        return _LEFT_OUT
    return _formed(whole, values, field)


def _formed(found: re.Match[str], values: Mapping[str, Any], field: str) -> object:
    value, form = _value(found[1], values, field), found[3]
    match value:
        case date():
            return value.strftime(form) if form else value.isoformat()
        case bool():
            return value
        case str() if form == "number":
            return Decimal(value)
        case str() if not form:
            return value
    raise wrong(field, f"“{found[0]}” cannot be put here.")


def _value(name: str, values: Mapping[str, Any], field: str) -> Any:  # noqa: ANN401 - any value
    found: Any = values
    for part in name.split("."):
        if not isinstance(found, Mapping) or part not in found:
            raise wrong(field, f"There is no value “{name}”.")
        found = found[part]
    return found
