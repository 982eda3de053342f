"""What matching says of a payable: for each line what it was paired with and why, and every check with its figures."""

from dataclasses import dataclass
from enum import StrEnum

from gateway.domain.ids import PurchaseOrderId
from gateway.domain.payables.coding import Coding
from gateway.domain.payables.consumption import Take
from gateway.domain.payables.matching_book import BookLine


class Issue(StrEnum):
    """What may be wrong; names of exceptions, stable."""

    PRICE_ABOVE = "price_above"
    PRICE_BELOW = "price_below"
    LINE_TOTAL_ABOVE = "line_total_above"
    """The line bills more than its own quantity times its own price."""
    QUANTITY_ABOVE_ORDERED = "quantity_above_ordered"
    QUANTITY_ABOVE_RECEIVED = "quantity_above_received"
    NOT_RECEIVED_YET = "not_received_yet"
    CREDIT_ABOVE_BILLED = "credit_above_billed"
    UNKNOWN_ORDER = "unknown_order"
    UNKNOWN_LINE = "unknown_line"
    AMBIGUOUS_LINE = "ambiguous_line"
    ARTICLE_DIFFERS = "article_differs"
    UNIT_DIFFERS = "unit_differs"
    TAX_DIFFERS = "tax_differs"
    CONSIGNMENT = "consignment"
    FREIGHT_NOT_AGREED = "freight_not_agreed"
    ROUNDING = "rounding"
    CURRENCY_DIFFERS = "currency_differs"
    SUPPLIER_DIFFERS = "supplier_differs"
    ORDER_CLOSED = "order_closed"
    TOTAL_ABOVE = "total_above"
    TOTAL_BELOW = "total_below"
    SUMS_DIFFER = "sums_differ"
    NOT_CODED = "not_coded"
    CONTRACT = "contract"
    """Does not fit its contract; the check names the term."""


WAITING_ISSUES = frozenset({Issue.NOT_RECEIVED_YET, Issue.QUANTITY_ABOVE_RECEIVED})
"""What the next receipt may settle by itself."""

UNPAIRED_ISSUES = frozenset({Issue.UNKNOWN_ORDER, Issue.UNKNOWN_LINE, Issue.AMBIGUOUS_LINE, Issue.NOT_CODED})
"""What nobody can accept as it is: such a line could not be booked. It is paired or coded."""


class Reason(StrEnum):
    """Why a line was paired or coded so, the best first."""

    BY_HAND = "by_hand"
    LINE_NAMED = "line_named"
    """The line names order and line number."""
    SKU = "sku"
    SUPPLIER_SKU = "supplier_sku"
    TEXT = "text"
    ONLY_PRICE = "only_price"
    """The only line of the named orders with this price."""
    WHOLE_ORDER = "whole_order"
    """An invoice without lines that bills everything that is open."""
    WORDS = "words"
    """Recognised by its words as freight, surcharge, discount or rounding."""
    AS_SENT = "as_sent"
    """The booking came with the payable."""
    CONTRACT = "contract"
    RULE = "rule"
    SUPPLIER_DEFAULT = "supplier_default"
    NONE = "none"


class Role(StrEnum):
    """What a line is."""

    GOODS = "goods"
    FREIGHT = "freight"
    SURCHARGE = "surcharge"
    DISCOUNT = "discount"
    ROUNDING = "rounding"
    CODED = "coded"
    """No order: booked as coded."""
    OPEN = "open"
    """No order, and not coded yet."""
    UNPAIRED = "unpaired"
    """It should belong to an order, and which line is not known."""


@dataclass(frozen=True, slots=True)
class Check:
    """One check.

    ``expected``, ``actual``, ``limit``: figures as plain text; ``subject``: what they are of, such as an order number.
    """

    issue: Issue
    ok: bool
    expected: str
    actual: str
    limit: str = ""
    subject: str = ""


@dataclass(frozen=True, slots=True)
class LineMatch:
    """What became of one line. ``line_no``: 0 for the head of the payable (sums, freight, orders).

    ``against``: the order lines it was compared with; ``takes``: what it takes of them; ``candidates``: order lines
    that are equally good, where none was chosen; ``coding``: how it is booked, None while nobody knows; ``source``:
    id of the rule or contract that coded it, or empty; ``score``: 0 to 100, how alike the texts are.
    """

    line_no: int
    role: Role
    reason: Reason
    checks: tuple[Check, ...] = ()
    takes: tuple[Take, ...] = ()
    against: tuple[BookLine, ...] = ()
    candidates: tuple[BookLine, ...] = ()
    coding: Coding | None = None
    source: str = ""
    score: int = 0


@dataclass(frozen=True, slots=True)
class MatchException:
    """A failed check and where. ``key``: the same as long as the figures are."""

    line_no: int
    check: Check

    @property
    def key(self) -> str:
        """Return what an acceptance refers to."""
        found = self.check
        return f"{self.line_no}:{found.issue}:{found.subject}:{found.expected}:{found.actual}:{found.limit}"


@dataclass(frozen=True, slots=True)
class PayableMatch:
    """The result for one payable: its head first, then its lines by number."""

    lines: tuple[LineMatch, ...]

    @property
    def exceptions(self) -> tuple[MatchException, ...]:
        """Return every failed check."""
        return tuple(
            MatchException(line.line_no, check) for line in self.lines for check in line.checks if not check.ok
        )

    @property
    def takes(self) -> tuple[Take, ...]:
        """Return everything the payable takes of orders."""
        return tuple(take for line in self.lines for take in line.takes)

    @property
    def order_ids(self) -> frozenset[PurchaseOrderId]:
        """Return the orders it touches."""
        return frozenset(one.order.id for line in self.lines for one in (*line.against, *line.candidates))
