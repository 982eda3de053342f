"""Items for sale: what a till offers, how it is found by number or GTIN, and what a park or a list may hold.

The price of an item is what a new line begins with; a line keeps the price it was sold at. Pure: no storage, no clock.
"""

import re
import unicodedata
import uuid
from dataclasses import dataclass
from typing import NewType

from gateway.domain.errors import InputError
from gateway.domain.ids import StoreId, TenantId
from gateway.domain.money import Money
from gateway.domain.sales.tax_lines import TaxRate

ItemId = NewType("ItemId", uuid.UUID)

NAME_MAX = 100
NUMBER_MAX = 32
GROUP_MAX = 40
QUICK_KEYS_MAX = 60
"""More keys than this are slower to look through than a search."""
PRICE_MINOR_MAX = 100_000_000
"""A dearer single item is a typing error."""

_GTIN_LENGTHS = (8, 12, 13, 14)
_GTIN_WIDTH = 14


@dataclass(frozen=True, slots=True)
class Item:
    """Something the shop sells.

    ``number``: the shop's own, unique in the store; ``gtin``: 14 digits with leading zeros, or None; ``price``: gross,
    zero for what is priced at the till; ``kitchen_group``: where an order of it is printed, or None; ``quick_key``: its
    place among the keys from 1, or None; ``version``: counts its changes from 1.
    """

    tenant_id: TenantId
    store_id: StoreId
    id: ItemId
    number: str
    name: str
    gtin: str | None
    price: Money
    rate: TaxRate
    group: str
    kitchen_group: str | None
    quick_key: int | None
    active: bool
    version: int = 1

    @property
    def searched(self) -> str:
        """What a search looks through: name, number and GTIN without accents and case."""
        return folded(" ".join((self.name, self.number, shown_gtin(self.gtin) or "")))


def gtin_of(text: str) -> str | None:
    """Return the 14 digits of a GTIN (GS1 General Specifications 3.3), or None for any other text.

    The check digit is modulo 10 with weights 3 and 1 from the right (section 7.9).
    """
    digits = text.strip()
    if not digits.isascii() or not digits.isdigit() or len(digits) not in _GTIN_LENGTHS or not digits.strip("0"):
        return None
    weighed = sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(reversed(digits)))
    return digits.rjust(_GTIN_WIDTH, "0") if weighed % 10 == 0 else None


def shown_gtin(gtin: str | None) -> str | None:
    """Return a GTIN as it stands under its bars: 8, 13 or 14 digits."""
    if gtin is None:
        return None
    if gtin.startswith("000000"):
        return gtin[-8:]
    return gtin.removeprefix("0")


def checked_gtin(text: str, pointer: str = "/gtin") -> str | None:
    """Return the 14 digits of a typed GTIN; None for an empty text.

    Raises:
        InputError: ``invalid_gtin``.
    """
    if not text.strip():
        return None
    found = gtin_of(text)
    if found is None:
        raise InputError(
            "invalid_gtin",
            "This is no GTIN: its check digit is wrong, or it has not 8, 12, 13 or 14 digits.",
            "Read it again from under the bars, or leave it empty.",
            pointer,
        )
    return found


def folded(text: str) -> str:
    """Return a text as searches compare it: without accents, case and double spaces."""
    plain = "".join(sign for sign in unicodedata.normalize("NFKD", text) if not unicodedata.combining(sign))
    return re.sub(r"\s+", " ", plain.casefold()).strip()


def check_item(item: Item) -> None:
    """Check what was typed.

    Raises:
        InputError: ``item_needs_name``, ``item_needs_number``, ``invalid_price``, ``invalid_quick_key``.
    """
    if not item.name.strip() or len(item.name) > NAME_MAX:
        hint = f"Write at most {NAME_MAX} characters."
        raise InputError("item_needs_name", "The item has no name, or one too long.", hint, "/name")
    if not item.number.strip() or len(item.number) > NUMBER_MAX:
        hint = f"Write at most {NUMBER_MAX} characters."
        raise InputError("item_needs_number", "The item has no number, or one too long.", hint, "/number")
    if not 0 <= item.price.minor <= PRICE_MINOR_MAX:
        hint = "Write a price from zero up; a discount is a line of its own."
        raise InputError("invalid_price", "This cannot be the price of an item.", hint, "/price")
    if item.quick_key is not None and not 1 <= item.quick_key <= QUICK_KEYS_MAX:
        hint = f"Take a place from 1 to {QUICK_KEYS_MAX}, or none."
        raise InputError("invalid_quick_key", "There is no such place among the quick keys.", hint, "/quick_key")
