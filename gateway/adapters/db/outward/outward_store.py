# ruff: noqa: S608  # the statements are put together from constants of this module; values are always bound
"""Webhook endpoints and links to receipts in SQL."""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import Table, TextClause, bindparam, delete, select, text, update

from gateway.adapters.db.column_types import storable
from gateway.adapters.db.outward.outward_tables import receipt_link, webhook_endpoint
from gateway.adapters.db.payments.mapping import AnyRow
from gateway.adapters.db.statements import Statements
from gateway.domain.ids import StoreId, TenantId
from gateway.domain.telling.webhook import ENDPOINTS_MAX, Endpoint, EndpointId, EndpointState
from gateway.ports.webhook_store import ReceiptLink


def adding(table: Table) -> TextClause:
    """Return the statement that inserts a row unless its key is taken; it returns a row when it did."""
    names = [column.name for column in table.columns]
    values = ", ".join(f":{name}" for name in names)
    words = f"INSERT INTO {table.name} ({', '.join(names)}) VALUES ({values}) ON CONFLICT DO NOTHING RETURNING 1"
    return text(words).bindparams(*(bindparam(column.name, type_=column.type) for column in table.columns))


_ENDPOINTS = (
    webhook_endpoint.c.tenant_id == bindparam("tenant"),
    webhook_endpoint.c.store_id == bindparam("store"),
)
_ENDPOINT = (*_ENDPOINTS, webhook_endpoint.c.endpoint_id == bindparam("endpoint"))
_ADD_ENDPOINT = adding(webhook_endpoint)
_GET_ENDPOINT = select(webhook_endpoint).where(*_ENDPOINT)
_LIST_ENDPOINTS = (
    select(webhook_endpoint)
    .where(*_ENDPOINTS, webhook_endpoint.c.state != EndpointState.REMOVED.value)
    .order_by(webhook_endpoint.c.created_at, webhook_endpoint.c.endpoint_id)
    .limit(2 * ENDPOINTS_MAX)
)
_UPDATE_ENDPOINT = (
    update(webhook_endpoint)
    .where(*_ENDPOINT)
    .values(
        {
            name: bindparam(f"new_{name}")
            for name in (
                "url",
                "description",
                "patterns",
                "state",
                "state_reason",
                "generation",
                "former_until",
                "key_mark",
            )
        }
    )
)
_LINKS = (receipt_link.c.tenant_id == bindparam("tenant"), receipt_link.c.store_id == bindparam("store"))
_ADD_LINK = adding(receipt_link)
_GET_LINK = select(receipt_link).where(*_LINKS, receipt_link.c.link_id == bindparam("link"))
_OPEN_LINK = (
    update(receipt_link)
    .where(*_LINKS, receipt_link.c.token_hash == bindparam("token"), receipt_link.c.expires_at > bindparam("now"))
    .values(opened=receipt_link.c.opened + 1)
    .returning(receipt_link)
)
_FORGET_LINKS = delete(receipt_link).where(*_LINKS, receipt_link.c.expires_at <= bindparam("now"))


class SqlWebhookStore:
    """Endpoints of webhooks."""

    __slots__ = ("_statements",)

    def __init__(self, statements: Statements) -> None:
        self._statements = statements

    def add(self, endpoint: Endpoint) -> bool:
        """Insert an endpoint; False when its id is taken."""
        row = {
            "tenant_id": endpoint.tenant_id,
            "store_id": endpoint.store_id,
            "endpoint_id": endpoint.id,
            "created_at": endpoint.created_at,
            "created_by": storable(endpoint.created_by),
        }
        return self._statements.first(_ADD_ENDPOINT, row | _changing(endpoint)) is not None

    def update(self, endpoint: Endpoint) -> bool:
        """Store everything of an endpoint but who made it and when; False when there is none."""
        place = {"tenant": endpoint.tenant_id, "store": endpoint.store_id, "endpoint": endpoint.id}
        change = {f"new_{name}": value for name, value in _changing(endpoint).items()}
        return self._statements.change(_UPDATE_ENDPOINT, place | change) == 1

    def get(self, tenant_id: TenantId, store_id: StoreId, endpoint_id: EndpointId) -> Endpoint | None:
        """Return one endpoint, also a removed one."""
        row = self._statements.first(_GET_ENDPOINT, {"tenant": tenant_id, "store": store_id, "endpoint": endpoint_id})
        return None if row is None else _endpoint_of(row)

    def list(self, tenant_id: TenantId, store_id: StoreId) -> tuple[Endpoint, ...]:
        """Return the endpoints that were not removed, oldest first."""
        rows = self._statements.rows(_LIST_ENDPOINTS, {"tenant": tenant_id, "store": store_id})
        return tuple(_endpoint_of(row) for row in rows)


class SqlReceiptLinkStore:
    """Links to receipts."""

    __slots__ = ("_statements",)

    def __init__(self, statements: Statements) -> None:
        self._statements = statements

    def add(self, link: ReceiptLink) -> ReceiptLink:
        """Insert a link; return what is stored under its id, which is the earlier one when the id is taken."""
        row = {
            "tenant_id": link.tenant_id,
            "store_id": link.store_id,
            "link_id": link.id,
            "token_hash": link.token_hash,
            "subject": link.subject,
            "subject_id": link.subject_id,
            "created_at": link.created_at,
            "created_by": storable(link.created_by),
            "expires_at": link.expires_at,
            "opened": link.opened,
        }
        if self._statements.first(_ADD_LINK, row) is not None:
            return link
        stored = self._statements.first(_GET_LINK, {"tenant": link.tenant_id, "store": link.store_id, "link": link.id})
        return link if stored is None else _link_of(stored)

    def open(self, tenant_id: TenantId, store_id: StoreId, token_hash: str, now: datetime) -> ReceiptLink | None:
        """Count a look at a link and return it; None for an unknown or expired one."""
        wish = {"tenant": tenant_id, "store": store_id, "token": token_hash, "now": now}
        row = self._statements.first(_OPEN_LINK, wish)
        return None if row is None else _link_of(row)

    def forget(self, tenant_id: TenantId, store_id: StoreId, now: datetime) -> int:
        """Delete the links that have expired; return how many."""
        return self._statements.change(_FORGET_LINKS, {"tenant": tenant_id, "store": store_id, "now": now})


def _changing(endpoint: Endpoint) -> dict[str, Any]:
    return {
        "url": endpoint.url,
        "description": storable(endpoint.description),
        "patterns": list(endpoint.patterns),
        "state": endpoint.state.value,
        "state_reason": storable(endpoint.state_reason),
        "generation": endpoint.generation,
        "former_until": endpoint.former_until,
        "key_mark": endpoint.key_mark,
    }


def _endpoint_of(row: AnyRow) -> Endpoint:
    return Endpoint(
        tenant_id=TenantId(row.tenant_id),
        store_id=StoreId(row.store_id),
        id=EndpointId(row.endpoint_id),
        url=row.url,
        description=row.description,
        patterns=tuple(row.patterns),
        state=EndpointState(row.state),
        state_reason=row.state_reason,
        generation=row.generation,
        former_until=row.former_until,
        key_mark=row.key_mark,
        created_at=row.created_at,
        created_by=row.created_by,
    )


def _link_of(row: AnyRow) -> ReceiptLink:
    subject_id: uuid.UUID = row.subject_id
    return ReceiptLink(
        tenant_id=TenantId(row.tenant_id),
        store_id=StoreId(row.store_id),
        id=row.link_id,
        token_hash=row.token_hash,
        subject=row.subject,
        subject_id=subject_id,
        created_at=row.created_at,
        created_by=row.created_by,
        expires_at=row.expires_at,
        opened=row.opened,
    )
