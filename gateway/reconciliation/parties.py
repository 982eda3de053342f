"""Who is meant: parties by account, by customer number, and by a name that banks shorten, respell and cut.

Names are found by blocks (first and last three letters of two words), then compared. No list of names is built in.
"""

from collections import Counter
from functools import lru_cache

import msgspec
from rapidfuzz import fuzz, process

from gateway.reconciliation.explanations import Reason, ReasonCode
from gateway.reconciliation.records import OpenItem, PartyId
from gateway.reconciliation.wording import compact, name_words

BLOCK_MAX = 400
"""A block with more different names tells too little; other blocks of the same name do."""
ALIKE_MIN = 66.0
RATIO_MIN, CUT_RATIO_MIN = 48.0, 60.0
"""Letter by letter names are at least so alike, or a look at their words is in vain; a cut name is a long one, and what
is left of it agrees."""
WORD_ALIKE_MIN = 60.0
FOUND_LEAST, FOUND_ALIKE_MIN = 2.4, 75.0
"""Who is found by a name alone weighs at least so many nats, which takes this likeness."""
FOUND_MAX = 4
"""So many parties are kept for a name, the most alike."""
CACHE_MAX = 200_000
NOBODY: frozenset[PartyId] = frozenset()
CUT_LENGTH_MIN = 18
"""Statements cut names at 27, 35 or 70 characters; a shorter one is whole."""


class PartyName(msgspec.Struct, frozen=True, gc=False):
    """A name without legal form, joined, with its words and its legal form."""

    core: tuple[str, ...]
    joined: str
    legal: frozenset[str]


class PartyBook:
    """The parties of the items."""

    def __init__(self) -> None:
        self._names: dict[PartyId, PartyName] = {}
        self._by_iban: dict[str, set[PartyId]] = {}
        self._by_customer: dict[str, PartyId] = {}
        self._by_block: dict[str, list[str]] = {}
        # Many parties share the words of a name: words are compared once, not once for each party.
        self._by_core: dict[str, list[PartyId]] = {}
        self._filed: set[tuple[PartyId, str | None, str | None, str | None]] = set()
        self._asked: dict[str, PartyName] = {}
        self._found: dict[str, tuple[PartyId, ...]] = {}
        self._pairs: dict[tuple[str, PartyId], Reason | None] = {}
        self._seen: dict[str, Counter[PartyId]] = {}

    def add(self, item: OpenItem) -> None:
        """Take the party of an item in, with the account and the customer number that the item names."""
        party = item.party
        if party is None:
            return
        told = (party, item.iban, item.customer, item.party_name)
        if told in self._filed:
            return
        self._filed.add(told)
        if item.iban:
            self._by_iban.setdefault(item.iban, set()).add(party)
        if item.customer:
            self._by_customer[compact(item.customer)] = party
        if party in self._names or not item.party_name:
            return
        name = _party_name(item.party_name)
        self._names[party] = name
        same = self._by_core.setdefault(name.joined, [])
        same.append(party)
        if len(same) == 1:
            for block in _blocks(name.core):
                self._by_block.setdefault(block, []).append(name.joined)
        self._found.clear()

    def observe(self, iban: str | None, party: PartyId | None, count: int) -> None:
        """Remember (or forget, with a negative count) that a certain payment of the party came from this account."""
        if not iban or party is None:
            return
        owners = self._seen.setdefault(iban, Counter())
        owners[party] += count
        if not owners[party]:
            del owners[party]
        if not owners:
            del self._seen[iban]

    def snapshot(self) -> dict[str, dict[PartyId, int]]:
        """Return what was observed: how often each party paid from an account."""
        return {iban: dict(sorted(owners.items())) for iban, owners in sorted(self._seen.items())}

    def of_iban(self, iban: str | None) -> frozenset[PartyId]:
        """Return the parties known to use this account."""
        if not iban:
            return frozenset()
        told, seen = self._by_iban.get(iban, ()), self._seen.get(iban, ())
        return frozenset((*told, *seen)) if told or seen else NOBODY

    def of_customer(self, words: list[str]) -> tuple[PartyId | None, str]:
        """Return the party whose customer number stands among the words, and that number; None and "" without."""
        for word in words:
            if len(word) >= 4 and word in self._by_customer:
                return self._by_customer[word], word
        return None, ""

    def of_name(self, name: str) -> tuple[PartyId, ...]:
        """Return the few parties whose names are like this one, most alike first."""
        if not name:
            return ()
        known = self._found.get(name)
        if known is None:
            if len(self._found) > CACHE_MAX:
                self._found.clear()
            known = self._found[name] = self._search(name)
        return known

    def alike(self, name: str, party: PartyId) -> Reason | None:
        """Compare a name with one party's; None when nothing speaks for them being the same."""
        if not name or party not in self._names:
            return None
        key = (name, party)
        if key not in self._pairs:
            if len(self._pairs) > CACHE_MAX:
                self._pairs.clear()
            self._pairs[key] = _compared(self._asked_name(name), self._names[party], cut=len(name) >= CUT_LENGTH_MIN)
        return self._pairs[key]

    def _asked_name(self, name: str) -> PartyName:
        known = self._asked.get(name)
        if known is None:
            if len(self._asked) > CACHE_MAX:
                self._asked.clear()
            known = self._asked[name] = _party_name(name)
        return known

    def _search(self, name: str) -> tuple[PartyId, ...]:
        asked = self._asked_name(name)
        near = {asked.joined}
        for block in _blocks(asked.core):
            cores = self._by_block.get(block, ())
            if len(cores) <= BLOCK_MAX:
                near.update(cores)
        cut = len(name) >= CUT_LENGTH_MIN
        found: list[tuple[float, PartyId, float]] = []
        for core, plain, _ in process.extract(
            asked.joined, near, scorer=fuzz.ratio, score_cutoff=CUT_RATIO_MIN if cut else RATIO_MIN, limit=None
        ):
            parties = self._by_core.get(core, ())
            if not parties:
                continue
            alike = _likeness(asked, self._names[parties[0]], plain, cut=cut, least=FOUND_ALIKE_MIN)
            if alike < FOUND_ALIKE_MIN:
                continue
            for party in parties:
                weight = _weight(asked, self._names[party], alike, cut=cut)
                if weight >= FOUND_LEAST:
                    found.append((-weight, party, alike))
        found.sort()
        if len(self._pairs) > CACHE_MAX:
            self._pairs.clear()
        for weight, party, alike in found[:FOUND_MAX]:
            self._pairs[name, party] = _reason(self._names[party], alike, -weight)
        return tuple([party for _, party, _ in found[:FOUND_MAX]])


def _party_name(name: str) -> PartyName:
    core, legal = name_words(name)
    return PartyName(core, " ".join(core), legal)


def _blocks(core: tuple[str, ...]) -> list[str]:
    words = [word for word in core[:4] if len(word) >= 2]
    if len(words) == 1:
        return [f"{words[0][:4]}.", f".{words[0][-4:]}"]
    blocks = []
    for at, first in enumerate(words):
        for second in words[at + 1 :]:
            one, two = (first, second) if first < second else (second, first)
            blocks += [f"{a}|{b}" for a in {one[:3], one[-3:]} for b in {two[:3], two[-3:]}]
    return blocks


def _compared(asked: PartyName, known: PartyName, *, cut: bool) -> Reason | None:
    """Compare the name on a line with a party's name.

    ``cut``: the line's name may be cut at its end. None below a likeness of 66 of 100.
    """
    alike = _likeness(asked, known, fuzz.ratio(asked.joined, known.joined), cut=cut, least=ALIKE_MIN)
    return None if alike < ALIKE_MIN else _reason(known, alike, _weight(asked, known, alike, cut=cut))


def _reason(known: PartyName, alike: float, weight: float) -> Reason:
    return Reason(ReasonCode.NAME, weight, (("likeness", round(alike)), ("name", known.joined)))


def _weight(asked: PartyName, known: PartyName, alike: float, *, cut: bool) -> float:
    """Return the nats that so alike a name is worth, less what a different legal form takes."""
    weight = next((weight for least, weight in _WEIGHTS if alike >= least), 0.2)
    if asked.legal == known.legal:
        return weight
    if not (asked.legal and known.legal):
        return weight - 0.7
    if cut and asked.legal < known.legal:
        return weight
    return weight - (1.0 if asked.legal & known.legal else 2.5)


_WEIGHTS = ((99.5, 7.5), (95.0, 6.6), (90.0, 5.6), (85.0, 4.6), (80.0, 3.6), (75.0, 2.4), (70.0, 1.2))


def _likeness(asked: PartyName, known: PartyName, plain: float, *, cut: bool, least: float) -> float:
    """Return how alike two names are, 0 to 100; a likeness below ``least`` may be told as any other below it.

    ``plain``: how alike they are letter by letter.
    """
    if plain == 100.0:
        return plain
    if cut and len(asked.joined) >= 14 and known.joined.startswith(asked.joined):
        return 97.0
    if plain >= 90 or plain < RATIO_MIN:
        return plain
    return max(plain, 0.98 * _aligned(asked, known, cut=cut, least=least))


def _aligned(asked: PartyName, known: PartyName, *, cut: bool, least: float) -> float:
    """Compare word by word; 0 where they are less alike than ``least``.

    A word may be shortened; a missing word of the party costs less where the name may be cut.
    """
    left = list(known.core)
    good = total = 0.0
    to_come = len(asked.joined) + len(known.joined)
    last = len(asked.core) - 1
    for at, word in enumerate(asked.core):
        best, which = 0.0, -1
        may_be_cut = cut and at == last
        for index, other in enumerate(left):
            if word == other:
                best, which = 100.0, index
                break
            likeness = _word_likeness(word, other, may_be_cut)
            if likeness > best:
                best, which = likeness, index
        weight = len(word)
        to_come -= weight
        if best >= WORD_ALIKE_MIN:
            length = len(left.pop(which))
            to_come -= length
            weight = max(weight, length)
            good += best * weight
        total += weight
        # Were each word to come met whole, it would still not be enough: most names end here, after a word or two.
        if good + 100.0 * to_come < least * (total + to_come):
            return 0.0
    total += sum([len(word) for word in left]) * (0.5 if cut else 0.9)
    return good / total if total else 0.0


@lru_cache(maxsize=CACHE_MAX)
def _word_likeness(word: str, other: str, cut: bool) -> float:  # noqa: FBT001 - a name would slow the cache down
    """Return how alike two different words are, 0 to 100."""
    if len(word) < len(other) and word[0] == other[0]:
        if other.startswith(word) and (cut or len(word) >= 3):
            return 94.0
        if len(word) >= 3 and _shortened(word, other):
            return 88.0
    return fuzz.ratio(word, other)


def _shortened(word: str, other: str) -> bool:
    """Whether all letters of the word stand in the other in this order, as in SVC for SERVICES."""
    if len(word) * 2 > len(other) + 3 and len(word) + 3 > len(other):
        return False
    letters = iter(other)
    return all(sign in letters for sign in word)
