"""Exchanges with ERPs in SQL."""

import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, delete, insert, or_, select

from gateway.adapters.db.column_types import storable
from gateway.adapters.db.erp.erp_tables import erp_exchange
from gateway.adapters.db.statements import Statements
from gateway.ports.erp_exchanges import KeptExchange
from gateway.ports.erp_store import Place

_HERE = (erp_exchange.c.tenant_id == bindparam("tenant"), erp_exchange.c.store_id == bindparam("store"))
_OF_ACCOUNT = (*_HERE, erp_exchange.c.account == bindparam("of_account"))
_ADD = insert(erp_exchange)
_PAGE = (
    select(erp_exchange)
    .where(
        *_OF_ACCOUNT,
        or_(bindparam("of_key", type_=erp_exchange.c.key.type).is_(None), erp_exchange.c.key == bindparam("of_key")),
        or_(bindparam("before", type_=erp_exchange.c.id.type).is_(None), erp_exchange.c.id < bindparam("before")),
    )
    .order_by(erp_exchange.c.id.desc())
    .limit(bindparam("at_most"))
)
_ACCOUNTS = select(erp_exchange.c.account).where(*_HERE).distinct()
_OLD = delete(erp_exchange).where(*_HERE, erp_exchange.c.at < bindparam("before"))
_LAST_KEPT = select(erp_exchange.c.id).where(*_OF_ACCOUNT).order_by(erp_exchange.c.id.desc()).offset(bindparam("most"))
_BEYOND = delete(erp_exchange).where(*_OF_ACCOUNT, erp_exchange.c.id <= bindparam("last"))
_PLAIN = ("account", "id", "key", "at", "took_ms")
_TEXTS = ("operation", "address", "outcome", "request", "answer")


class SqlErpExchanges:
    """Exchanges; see ``ErpExchanges``."""

    __slots__ = ("_statements",)

    def __init__(self, statements: Statements) -> None:
        self._statements = statements

    def add(self, place: Place, exchanges: Sequence[KeptExchange]) -> None:
        """Store some."""
        here = {"tenant_id": place[0], "store_id": place[1]}
        rows = [
            here
            | {name: getattr(one, name) for name in _PLAIN}
            | {name: storable(getattr(one, name)) for name in _TEXTS}
            for one in exchanges
        ]
        self._statements.change_many(_ADD, rows)

    def page(
        self, place: Place, account: str, *, key: str | None, before: uuid.UUID | None, limit: int
    ) -> tuple[KeptExchange, ...]:
        """Return the newest first."""
        wish = _here(place) | {"of_account": account, "of_key": key, "before": before, "at_most": limit}
        return tuple(
            KeptExchange(
                row.account,
                row.id,
                row.key,
                row.at,
                row.operation,
                row.address,
                row.took_ms,
                row.outcome,
                row.request,
                row.answer,
            )
            for row in self._statements.rows(_PAGE, wish)
        )

    def forget(self, place: Place, before: datetime, most: int) -> int:
        """Delete old ones, and of each account all but the newest."""
        gone = self._statements.change(_OLD, _here(place) | {"before": before})
        for row in self._statements.rows(_ACCOUNTS, _here(place)):
            wish = _here(place) | {"of_account": row.account}
            last = self._statements.first(_LAST_KEPT.limit(1), wish | {"most": most})
            if last is not None:
                gone += self._statements.change(_BEYOND, wish | {"last": last.id})
        return gone


def _here(place: Place) -> dict[str, Any]:
    return {"tenant": place[0], "store": place[1]}
