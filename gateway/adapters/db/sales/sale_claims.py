# ruff: noqa: S608  # the statements are put together from constants of this module; values are always bound
"""What a card payment towards a till sale may still claim, asked under the lock of the sale's row.

The rule is that of the trigger on ``tender`` (see the migration): all that cards and tenders claim, less what went back
before the sale was settled, is at most its total; nothing is claimed once it is settled or was given up.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import bindparam, text

from gateway.adapters.db.sales.sale_tables import till_sale
from gateway.adapters.db.statements import Statements
from gateway.adapters.db.tables import CLAIMING_SQL, FOR_PAYMENT_SQL

_SALE = "x.tenant_id = :tenant AND x.store_id = :store AND x.sale_id = :sale"
_ATTEMPT = "a.tenant_id = x.tenant_id AND a.store_id = x.store_id AND a.payment_id = x.payment_id"
_TOLD = {
    True: "least(x.amount_minor, coalesce((a.result ->> 'amount_minor')::bigint, x.amount_minor))",
    False: "min(x.amount_minor, coalesce(json_extract(a.result, '$.amount_minor'), x.amount_minor))",
}
"""What an approval brought towards the sale, by whether it is PostgreSQL: less than was asked for, or as much."""
_IDS = (bindparam("sale", type_=till_sale.c.sale_id.type), bindparam("payment", type_=till_sale.c.sale_id.type))


def _claims(*, postgresql: bool) -> str:
    cards = (
        f"SELECT coalesce(sum(CASE WHEN a.state = 'approved' THEN {_TOLD[postgresql]} ELSE x.amount_minor END), 0)"
        f" FROM payment x JOIN attempt a ON {_ATTEMPT} WHERE {_SALE} AND x.payment_id <> :payment"
        f" AND a.{FOR_PAYMENT_SQL} AND a.{CLAIMING_SQL}"
    )
    tenders = f"SELECT coalesce(sum(x.amount_minor), 0) FROM tender x WHERE {_SALE} AND x.state <> 'cancelled'"
    backs = f"SELECT coalesce(sum(x.amount_minor), 0) FROM give_back x WHERE {_SALE} AND x.kind <> 'card'"
    refunds = (
        "SELECT coalesce(sum(r.amount_minor), 0) FROM payment x JOIN refund r ON r.tenant_id = x.tenant_id"
        " AND r.store_id = x.store_id AND r.payment_id = x.payment_id JOIN attempt a ON a.tenant_id = r.tenant_id"
        f" AND a.store_id = r.store_id AND a.attempt_id = r.attempt_id WHERE {_SALE} AND a.state = 'approved'"
    )
    settled = f"SELECT count(*) FROM sale_settlement x WHERE {_SALE}"
    voided = f"SELECT count(*) FROM sale_void x WHERE {_SALE}"
    return (
        f"SELECT ({cards}) + ({tenders}) - ({backs}) - ({refunds}) AS claimed, ({settled}) AS settled,"
        f" ({voided}) AS voided"
        " FROM till_sale s WHERE s.tenant_id = :tenant AND s.store_id = :store AND s.sale_id = :sale"
    )


_CLAIMED = {postgresql: text(_claims(postgresql=postgresql)).bindparams(*_IDS) for postgresql in (True, False)}


@dataclass(frozen=True, slots=True)
class TillClaim:
    """What stands against a price on a till sale. ``exceeded``: more than is due; ``voided``: the sale was given up."""

    exceeded: bool
    voided: bool


def till_claim(
    statements: Statements, of: Mapping[str, object], *, price_minor: int, total_minor: int
) -> TillClaim | None:
    """Return what stands against this price on a till sale; None for a sale of a card alone.

    Args:
        statements: a unit that holds the sale's row.
        of: ``tenant``, ``store``, ``sale`` and ``payment``, whose own claim is left out.
        price_minor: what the payment asks for.
        total_minor: of the sale.
    """
    row = statements.first(_CLAIMED[statements.postgresql], of)
    if row is None:
        return None
    exceeded = bool(row.settled) or int(row.claimed) + price_minor > total_minor
    return TillClaim(exceeded, voided=bool(row.voided))
