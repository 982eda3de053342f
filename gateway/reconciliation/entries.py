"""An open item as one engine keeps it, with what is left of it."""

from typing import Self

from gateway.reconciliation.records import OpenItem


class Entry(OpenItem, eq=False, gc=False):
    """The engine's own copy of an item: whoever handed the item in may give it to another engine, too.

    Two entries are the same only when they are one object, so that they are found without a look at their ids.

    Attributes:
        left: what is left of it, minor units with its sign; 0 when it is settled.
        digits: of its document and structured number, once somebody asked for them.
    """

    left: int = 0
    digits: tuple[str, ...] | None = None

    @classmethod
    def of(cls, item: OpenItem) -> Self:
        """Return the entry of an item of which nothing is settled."""
        return cls(
            item.id,
            item.side,
            item.credit_note,
            item.party,
            item.party_name,
            item.iban,
            item.document,
            item.order,
            item.customer,
            item.reference,
            item.end_to_end,
            item.currency,
            item.amount,
            item.issued,
            item.due,
            item.discount_bp,
            item.discount_until,
            item.card,
            item.amount,
        )
