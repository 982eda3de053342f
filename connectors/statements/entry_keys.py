"""Recognises entries that come again: in a second download, in an overlapping period, in another format.

A key is day and amount on an account, with the bank's reference where it gives one, and a running number among equal
entries of the same day: two true equal payments have two keys, the same payment told twice has one. Texts are cut and
wrapped differently by each format, so that they are no part of it.

References tell equal entries apart only within one way of numbering: the same bank numbers a movement one way in its
camt and another in its MT940 or its tables. What one statement tells of a day and amount is therefore counted against
what is known of them, and only references of the same kind that differ make two entries.
"""

import hashlib
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from connectors.statements.statement import EntryStatus, Statement, StatementEntry
from gateway.domain.bank.iban import check_iban
from gateway.domain.errors import InputError

_NOT_A_SIGN = re.compile(r"[^0-9A-Z]")
_COUNTER_DIGITS = 6
"""Digits of plain counters of a day or statement: short and long ones are of one way of numbering."""
_TRAILING_CURRENCY = re.compile(r"[A-Z]{3}$")


@dataclass(frozen=True, slots=True)
class EntryKey:
    """Key of one entry. ``content``: hash of day, amount and currency; ``reference``: the bank's, or empty.

    ``occurrence``: from 1, among entries of one statement with equal content and reference.
    """

    account: str
    content: str
    reference: str
    occurrence: int

    def __str__(self) -> str:
        return f"{self.account}:{self.content}:{self.reference}:{self.occurrence}"


def account_key(statement: Statement) -> str:
    """Return the account without the ways banks write it: an IBAN without blanks or the currency behind it."""
    plain = _NOT_A_SIGN.sub("", statement.account.upper())
    for candidate in (plain, _TRAILING_CURRENCY.sub("", plain)):
        try:
            return str(check_iban(candidate))
        except InputError:
            continue
    return plain


def entry_keys(statement: Statement) -> tuple[EntryKey | None, ...]:
    """Return the key of each entry in its order; None for what is not booked: it comes again when it is."""
    account = account_key(statement)
    seen: Counter[tuple[str, str]] = Counter()
    keys: list[EntryKey | None] = []
    for entry in statement.entries:
        if entry.status != EntryStatus.BOOKED:
            keys.append(None)
            continue
        content, reference = _content(entry), _NOT_A_SIGN.sub("", entry.entry_ref.upper())
        seen[content, reference] += 1
        keys.append(EntryKey(account, content, reference, seen[content, reference]))
    return tuple(keys)


def new_entries(known: Iterable[EntryKey], statement: Statement) -> tuple[tuple[EntryKey, StatementEntry], ...]:
    """Return the booked entries of a statement that are not known yet, each with its key.

    Statements of whole days give the same set in any order and from any format. Of a part of a day (camt.052, MT942),
    entries without a reference, or numbered in another way, are taken for known ones of that day and amount; the
    statement of the whole day adds what was missing, since then there are more of them than are known.
    """
    return tuple((one.key, one.entry) for one in told_entries(known, statement) if one.known is None)


@dataclass(frozen=True, slots=True)
class ToldEntry:
    """A booked entry with its key. ``known``: the key under which it was told before, None where it is new."""

    key: EntryKey
    entry: StatementEntry
    known: EntryKey | None


def told_entries(known: Iterable[EntryKey], statement: Statement) -> tuple[ToldEntry, ...]:
    """Return every booked entry of a statement in its order, with the known one that it is.

    No known entry is two of one statement. The same key comes first; then an entry with a reference is one of that day
    and amount of another way of numbering or without any, and one without a reference is any that is left.
    """
    coming = [(key, entry) for key, entry in zip(entry_keys(statement), statement.entries, strict=True) if key]
    mine = {key for key, _ in coming}
    have: set[EntryKey] = set()
    left: dict[tuple[str, str], list[EntryKey]] = {}
    places = {(key.account, key.content) for key in mine}
    for key in sorted(set(known), key=str):
        if key in mine:
            have.add(key)
        elif (key.account, key.content) in places:
            left.setdefault((key.account, key.content), []).append(key)
    same: dict[EntryKey, EntryKey | None] = {key: key for key in have}
    # What has no reference can be any of them: it chooses last.
    for key, _ in sorted(coming, key=lambda one: not one[0].reference):
        if key not in have:
            same[key] = _taken_from(left.get((key.account, key.content), []), key)
    return tuple(ToldEntry(key, entry, same[key]) for key, entry in coming)


def _taken_from(left: list[EntryKey], key: EntryKey) -> EntryKey | None:
    """Take the known entry that one with another key may be, one with a reference before one without."""
    may_be = [one for one in left if not _numbered_alike(one.reference, key.reference)]
    found = next((one for one in may_be if one.reference), may_be[0] if may_be else None)
    if found is not None:
        left.remove(found)
    return found


def _numbered_alike(one: str, two: str) -> bool:
    """Return whether two references may come from one way of numbering, so that they mean two entries.

    Counters grow by a digit, references of other kinds have one length and one kind of signs.
    """
    if not one or not two:
        return False
    counters = one.isdigit() and two.isdigit() and max(len(one), len(two)) <= _COUNTER_DIGITS
    return counters or (
        abs(len(one) - len(two)) <= 1 and one.isdigit() == two.isdigit() and one.isalpha() == two.isalpha()
    )


def _content(entry: StatementEntry) -> str:
    day = entry.booked_on or entry.value_on
    told = (day.isoformat() if day else "", str(entry.amount.minor), entry.amount.currency.code)
    return hashlib.sha256("\x1f".join(told).encode("ascii")).hexdigest()[:32]
