"""What the engine answers: an explanation, its reasons as codes with figures, and what else was thought of."""

from enum import StrEnum
from typing import Self

import msgspec

from gateway.reconciliation.records import ItemId, LineId


class Kind(StrEnum):
    """What happened, as far as the engine can tell."""

    EXACT = "exact"
    CASH_DISCOUNT = "cash_discount"
    FEE = "fee"
    FX = "fx"
    WITHHOLDING = "withholding"
    PARTIAL = "partial"
    REST = "rest"
    OVERPAID = "overpaid"
    BUNDLE = "bundle"
    CARD_BATCH = "card_batch"
    RETURN = "return"
    DUPLICATE = "duplicate"
    PREPAYMENT = "prepayment"
    UNEXPLAINED = "unexplained"


class ReasonCode(StrEnum):
    """Why; the words for people are made where they are shown."""

    END_TO_END = "end_to_end_id_equal"
    STRUCTURED = "structured_reference_equal"
    DOCUMENT = "document_number_equal"
    ORDER = "order_number_equal"
    DOCUMENT_TAIL = "document_number_ends_so"
    DOCUMENT_CUT = "document_number_cut"
    DOCUMENT_ALIKE = "document_number_alike"
    OTHER_NUMBER = "number_of_another_document"
    UNKNOWN_NUMBER = "number_nobody_knows"
    IBAN = "account_of_the_party"
    OTHER_IBAN = "account_of_another_party"
    CUSTOMER = "customer_number"
    NAME = "name_alike"
    NAME_DIFFERS = "name_differs"
    ALIAS = "name_confirmed_before"
    REJECTED = "rejected_before"
    AMOUNT = "amount_equal"
    AMOUNT_REST = "rest_of_earlier_payment"
    DISCOUNT = "cash_discount_of_terms"
    DISCOUNT_LATE = "cash_discount_late"
    DISCOUNT_NET = "cash_discount_on_net"
    FEE = "bank_charges_deducted"
    ORIGINAL_AMOUNT = "original_amount_equal"
    RATE = "rate_near_mid"
    WITHHELD = "tax_withheld"
    HABIT = "habit_of_the_party"
    LESS = "paid_less"
    MORE = "paid_more"
    DIGITS_SWAPPED = "digits_swapped"
    OLDEST = "oldest_of_equal_items"
    SUM = "sum_of_items"
    RANGE = "range_of_numbers"
    COUNT = "number_of_documents_named"
    CARD_SALES = "card_sales_minus_fees"
    CARD_RENT = "terminal_rent"
    TERMINAL = "terminal_or_merchant_named"
    RETURN_CODE = "return_reason_code"
    ORIGINAL_LINE = "original_payment_found"
    PAID_BEFORE = "paid_before"
    ADVANCE_WORDS = "words_of_advance_payment"
    BATCH_PAID = "batch_of_own_payments"
    NOTHING_FITS = "nothing_fits"
    OTHER_SIGN = "other_direction"
    ISSUED_LATER = "issued_after_payment"
    AMBIGUOUS = "two_explanations_fit"


Figures = tuple[tuple[str, str | int], ...]
"""Named numbers and texts of a reason."""


class Reason(msgspec.Struct, frozen=True, gc=False):
    """One piece of evidence.

    Attributes:
        weight: log-odds in nats for the explanation; negative speaks against it.
    """

    code: ReasonCode
    weight: float
    figures: Figures = ()


class Applied(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """A part of the line put on an item: minor units of the item's currency, with the sign of the item's amount.

    A return takes back: the sign is opposite.
    """

    item: ItemId
    amount: int


class Adjustment(msgspec.Struct, frozen=True, gc=False):
    """What is left between line and items and why: discount, fee, fx, over, withholding, terminal_rent."""

    name: str
    amount: int


class Alternative(msgspec.Struct, frozen=True, gc=False):
    """An explanation that was weighed and not chosen, or the chosen one before it was.

    ``score``: sum of the evidence.
    """

    kind: Kind
    applied: tuple[Applied, ...]
    adjustments: tuple[Adjustment, ...]
    reasons: tuple[Reason, ...]
    score: float

    @classmethod
    def of(
        cls, kind: Kind, applied: tuple[Applied, ...], adjustments: tuple[Adjustment, ...], reasons: tuple[Reason, ...]
    ) -> Self:
        """Return the explanation with the sum of its evidence."""
        return cls(kind, applied, adjustments, reasons, sum([reason.weight for reason in reasons]))

    @property
    def items(self) -> frozenset[ItemId]:
        """The items it would settle."""
        return frozenset(one.item for one in self.applied)


class Explanation(msgspec.Struct, frozen=True, gc=False):
    """The answer for one line.

    Attributes:
        certain: may be posted without a person. Never when two explanations are close.
        applied: empty when the line stays open.
        lead: nats by which it leads the next explanation with other items.
        duplicate_of: the line that paid the same before.
        reverses: the line whose payment came back.
    """

    line: LineId
    kind: Kind
    certain: bool
    applied: tuple[Applied, ...]
    adjustments: tuple[Adjustment, ...]
    reasons: tuple[Reason, ...]
    lead: float
    duplicate_of: LineId | None = None
    reverses: LineId | None = None
    alternatives: tuple[Alternative, ...] = ()

    @property
    def score(self) -> float:
        """The sum of the evidence, nats."""
        return sum(reason.weight for reason in self.reasons)
