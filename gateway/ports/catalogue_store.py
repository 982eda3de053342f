"""What the till keeps beside sales: items, parked sales, and the customer displays that were paired."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from gateway.domain.ids import RegisterId, StoreId, TenantId
from gateway.domain.money import Money
from gateway.domain.sales.item import Item, ItemId


@dataclass(frozen=True, slots=True)
class ParkedSale:
    """A basket put aside. ``document``: its lines in the form of the API; ``version``: 1, and 2 once it is gone.

    ``taken_request``: made by the till that recalled it, so that its repeated request gets the same answer;
    ``taken_at`` with ``taken_register`` None: it was thrown away.
    """

    tenant_id: TenantId
    store_id: StoreId
    id: uuid.UUID
    name: str
    register_id: RegisterId
    document: Mapping[str, Any]
    total: Money
    created_at: datetime
    created_by: str
    version: int = 1
    taken_at: datetime | None = None
    taken_by: str | None = None
    taken_register: RegisterId | None = None
    taken_request: uuid.UUID | None = None


@dataclass(frozen=True, slots=True)
class DisplayPairing:
    """A screen for customers beside one register.

    ``code_digest``: of the code typed into the screen, until it was; ``token_digest``: of what the screen shows from
    then on; both SHA-256 in hexadecimal digits.
    """

    tenant_id: TenantId
    store_id: StoreId
    id: uuid.UUID
    register_id: RegisterId
    code_digest: str | None
    token_digest: str | None
    created_at: datetime
    created_by: str
    expires_at: datetime
    paired_at: datetime | None = None
    revoked_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class DisplayPicture:
    """What the customers at one register see. ``document``: lines, total and state as the till told them."""

    register_id: RegisterId
    document: Mapping[str, Any]
    told_at: datetime


class CatalogueStore(Protocol):
    """Items of all stores; every call names tenant and store."""

    def put(self, item: Item, *, expected_version: int | None) -> Item:
        """Store a new item (None) or its next version; return it with the version it got.

        Raises:
            RuleError: ``item_changed`` when it has another version by now, ``item_exists`` for a new item with a known
                id, ``item_number_taken``, ``gtin_taken`` (by another active item).
        """

    def add_all(self, items: Sequence[Item]) -> None:
        """Store new items at once, whose numbers and codes were looked at before.

        Raises:
            RuleError: when one of them was taken meanwhile; nothing of the unit is stored then.
        """

    def get(self, tenant_id: TenantId, store_id: StoreId, item_id: ItemId) -> Item | None:
        """Return one item."""

    def of_codes(self, tenant_id: TenantId, store_id: StoreId, codes: Sequence[str]) -> tuple[Item, ...]:
        """Return the active items with this number or GTIN (14 digits), the number first."""

    def search(self, tenant_id: TenantId, store_id: StoreId, words: Sequence[str], *, limit: int) -> tuple[Item, ...]:
        """Return active items that have every folded word, those whose name begins with the first one before others."""

    def page(
        self, tenant_id: TenantId, store_id: StoreId, *, after: tuple[str, str] | None, limit: int
    ) -> tuple[Item, ...]:
        """Return items by name and number, also those out of use, after this name and number."""

    def quick_keys(self, tenant_id: TenantId, store_id: StoreId) -> tuple[Item, ...]:
        """Return the active items with a quick key, by place."""

    def by_number(self, tenant_id: TenantId, store_id: StoreId) -> Mapping[str, Item]:
        """Return all items by their number, for an import or export."""


class ParkedStore(Protocol):
    """Baskets put aside."""

    def add(self, parked: ParkedSale) -> None:
        """Store a basket. Raises RuleError ``parked_sale_exists`` for a known id."""

    def get(self, tenant_id: TenantId, store_id: StoreId, parked_id: uuid.UUID) -> ParkedSale | None:
        """Return one, also when it is gone."""

    def open(self, tenant_id: TenantId, store_id: StoreId, *, limit: int) -> tuple[ParkedSale, ...]:
        """Return those that wait, newest first."""

    def take(self, parked: ParkedSale) -> bool:
        """Store who took it, if nobody had; False when somebody was faster."""


class DisplayStore(Protocol):
    """Customer displays."""

    def add(self, pairing: DisplayPairing) -> None:
        """Store a pairing that waits for its code."""

    def redeem(
        self, tenant_id: TenantId, store_id: StoreId, code_digest: str, token_digest: str, at: datetime
    ) -> DisplayPairing | None:
        """Turn a code that still holds into a token, once; None when there is no such code."""

    def of_token(self, tenant_id: TenantId, store_id: StoreId, token_digest: str) -> DisplayPairing | None:
        """Return the pairing a screen shows, unless it was revoked."""

    def paired(self, tenant_id: TenantId, store_id: StoreId) -> tuple[DisplayPairing, ...]:
        """Return the screens in use, newest first."""

    def revoke(self, tenant_id: TenantId, store_id: StoreId, pairing_id: uuid.UUID, at: datetime) -> bool:
        """Take a screen its access; False when there is none such in use."""

    def tell(self, tenant_id: TenantId, store_id: StoreId, picture: DisplayPicture) -> None:
        """Store what is shown at a register from now on."""

    def picture(self, tenant_id: TenantId, store_id: StoreId, register_id: RegisterId) -> DisplayPicture | None:
        """Return what is shown at a register."""
