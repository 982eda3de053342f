"""What is never kept of an exchange: secrets by their names, card and account numbers but for their end."""

from __future__ import annotations

import json
import re
from functools import lru_cache
from urllib.parse import parse_qsl, urlsplit

from connectors.erp_http.exact_values import exact_values

KEPT_CHARACTERS = 200_000
HIDDEN = "***"
LONG_TEXT = 4_000
"""Longer values are files, which are kept elsewhere."""
SECRET_NAMES = re.compile(
    r"passw|secret|token|nonce|api.?key|dolibarrkey|signature|binarysecurity|authori[sz]ation|passport|credential",
    re.IGNORECASE,
)
"""Names of fields whose content is never kept."""
_TRACES = frozenset({"debug", "exc", "exception", "traceback", "_debug_messages", "innererror"})
"""Names under which servers tell what broke in them: with paths and values, for nobody outside."""
_ACCOUNT_NAMES = re.compile(r"iban|accountnumber|acc_number|account_?no\b|bankaccount", re.IGNORECASE)
NUMBER_LEAST = 12
"""Characters of the shortest text that either of these finds."""
_IBAN = re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?\b")
_LONG_NUMBER = re.compile(r"\b\d(?:[ -]?\d){12,18}\b")


def json_redacted(content: bytes) -> str:
    """Return JSON as text to keep; what is no JSON gives only its size."""
    if not content:
        return ""
    try:
        found = exact_values(content)
    except (ValueError, RecursionError):
        return f"{len(content)} bytes that are no JSON"
    return shortened(json.dumps(_kept(found, ""), ensure_ascii=False, default=str))


def address_redacted(address: str) -> str:
    """Return an address without a login and without values of its query that are secret."""
    parts = urlsplit(address)
    query = [
        (name, HIDDEN if SECRET_NAMES.search(name) else numbers_hidden(value)) for name, value in parse_qsl(parts.query)
    ]
    shown = "&".join(f"{name}={value}" for name, value in query)
    host = parts.netloc.rpartition("@")[2]
    return f"{parts.scheme}://{host}{parts.path}{'?' + shown if shown else ''}"


def _kept(value: object, name: str) -> object:
    if _hidden(name):
        return HIDDEN
    match value:
        case dict():
            return {str(key): _kept(inner, str(key)) for key, inner in value.items()}
        case list():
            return [_kept(inner, name) for inner in value]
        case str():
            return text_kept(name, value)
        case int() if not isinstance(value, bool) and len(str(value)) > 12:
            return numbers_hidden(str(value))
        case _:
            return value


@lru_cache(maxsize=1_000)
def _hidden(name: str) -> bool:
    """Whether nothing below this name is kept; the names of an ERP are few and come again."""
    return SECRET_NAMES.search(name) is not None or name in _TRACES


def without_secret(text: str, secret: str) -> str:
    """Hide the secret of the account itself: some ERPs want it in a list, where it has no name."""
    for form in (secret, json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1]):
        if form:
            text = text.replace(form, HIDDEN)
    return text


def text_kept(name: str, text: str) -> str:
    """Return the text of a field that is not secret as it is kept."""
    if len(text) > LONG_TEXT:
        return f"[{len(text)} characters]"
    return _ended(text) if _ACCOUNT_NAMES.search(name) else numbers_hidden(text)


def shortened(text: str) -> str:
    """Return a text as far as it is kept."""
    return text if len(text) <= KEPT_CHARACTERS else f"{text[:KEPT_CHARACTERS]} [{len(text)} characters]"


def numbers_hidden(text: str) -> str:
    """Keep the last four of card and account numbers within a text."""
    if len(text) < NUMBER_LEAST:
        return text
    return _LONG_NUMBER.sub(lambda found: _ended(found[0]), _IBAN.sub(lambda found: _ended(found[0]), text))


def _ended(value: str) -> str:
    """Keep the last four characters."""
    plain = re.sub(r"\W", "", value)
    return f"{HIDDEN}{plain[-4:]}" if len(plain) > 4 else HIDDEN
