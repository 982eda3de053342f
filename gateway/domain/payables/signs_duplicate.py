"""Signs that a payable is there already, with their figures. Only :attr:`SignKind.HARD_DUPLICATE` stops it."""

import re
from collections.abc import Iterable, Sequence
from enum import StrEnum

from gateway.domain.documents.duplicates import number_key
from gateway.domain.ids import PayableId
from gateway.domain.payables.payable import WITH_BANK, Payable, PayableState
from gateway.domain.payables.signs import Sign, SignClearing, SignKind, sign

NEAR_DAYS = 14
"""Equal amounts of one supplier within so many days are worth a look; what comes monthly lies further apart."""

WITH_MONEY = WITH_BANK | {
    PayableState.SETTLED,
    PayableState.RECONCILED,
    PayableState.PART_PAID,
    PayableState.RETURNED,
}
"""Money moved, or may have."""
_CONFUSED = str.maketrans("OQILSBZ", "0011582")
_YEAR_AT_AN_END = re.compile(r"^(?:19|20)[0-9]{2}(?=..)|(?<=..)(?:19|20)[0-9]{2}$")


class Relation(StrEnum):
    """How the supplier of another payable stands to that of this one."""

    SAME = "same"
    """The same supplier, or one of its group."""
    RELATED = "related"
    """Another supplier with the same tax number or account."""
    OTHER = "other"


def duplicate_sign(payable: Payable, other: Payable, relation: Relation) -> Sign | None:
    """Return the strongest sign that both are the same invoice, None without one."""
    if relation is Relation.OTHER or payable.kind is not other.kind:
        return None
    mine, theirs = number_key(payable.number), number_key(other.number)
    same_amount = payable.gross == other.gross
    days = abs((payable.issued_on - other.issued_on).days)
    figures = {
        "number": other.number,
        "amount": f"{other.gross.to_decimal()} {other.gross.currency.code}",
        "date": other.issued_on.isoformat(),
        "days": str(days),
        "state": other.state.value,
    }
    if mine and mine == theirs:
        kind = _same_number(relation, same_amount=same_amount)
        return None if kind is None else sign(kind, other.id, **figures)
    if not same_amount:
        return None
    if mine and theirs and _alike(payable.number) & _alike(other.number):
        return sign(SignKind.SIMILAR_NUMBER, other.id, **figures)
    if mine and theirs and _without_year(mine) == _without_year(theirs):
        return sign(SignKind.YEAR_SUFFIX, other.id, **figures)
    if days <= NEAR_DAYS and relation is Relation.SAME:
        return sign(SignKind.SAME_AMOUNT_NEAR_DATE, other.id, **figures)
    return None


def with_clearings(payable_id: PayableId, signs: Iterable[Sign], clearings: Sequence[SignClearing]) -> tuple[Sign, ...]:
    """Return the signs, hard ones that a person cleared as such: shown with who and why, and stopping nothing.

    A clearing says that two payables are not the same, so it holds for both of them.
    """
    said = {frozenset((one.payable_id, one.other_id)): one for one in clearings}
    found = []
    for one in signs:
        word = None if one.other_id is None else said.get(frozenset((payable_id, one.other_id)))
        if word is None or one.kind is not SignKind.HARD_DUPLICATE:
            found.append(one)
            continue
        figures = {**one.values, "by": word.actor, "reason": word.reason}
        found.append(sign(SignKind.DUPLICATE_CLEARED, one.other_id, **figures))
    return tuple(found)


def comes_first(payable: Payable, other: Payable) -> bool:
    """Return whether of two payables that may be the same the other is the one to keep.

    That is the older one, unless the younger one is with the bank or paid already, or in a run: a run that is released
    goes to the bank without being looked at again.
    """
    mine, theirs = _how_far(payable), _how_far(other)
    if mine != theirs:
        return theirs > mine
    return (other.created_at, other.id) < (payable.created_at, payable.id)


def _how_far(payable: Payable) -> int:
    if payable.state in WITH_MONEY:
        return 2
    return 1 if payable.state is PayableState.IN_RUN else 0


def _same_number(relation: Relation, *, same_amount: bool) -> SignKind | None:
    if relation is Relation.RELATED:
        return SignKind.SAME_NUMBER_RELATED if same_amount else None
    return SignKind.HARD_DUPLICATE if same_amount else SignKind.SAME_NUMBER_OTHER_AMOUNT


def _alike(number: str) -> set[str]:
    """Return the keys of a number with all signs that look alike made one, also where one stands in its prefix."""
    return {number_key(number).translate(_CONFUSED), number_key(number.upper().translate(_CONFUSED))}


def _without_year(key: str) -> str:
    return _YEAR_AT_AN_END.sub("", key, count=1)
