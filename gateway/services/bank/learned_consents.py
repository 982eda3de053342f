"""Which learned habits and fees people want to be used: kept beside what was learned. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from types import MappingProxyType
from typing import Any

from gateway.reconciliation.fee_terms import fee_terms, same_terms
from gateway.reconciliation.memory import Memory
from gateway.reconciliation.records import CardFee
from gateway.services.bank.engine_records import memory_document, memory_of

CARD_FEE = "card_fee"
LearnedKey = tuple[str, str]
"""A party and a kind of difference, or an acquirer and ``CARD_FEE``."""


@dataclass(frozen=True, slots=True)
class Consent:
    """Who wanted it to be used, and when. ``terms``: of a fee; other terms that are learned later need another one."""

    by: str
    at: datetime
    terms: CardFee | None = None


Consents = Mapping[LearnedKey, Consent]


def consents_of(document: Mapping[str, Any]) -> dict[LearnedKey, Consent]:
    """Return what people have consented to."""
    return {
        (subject, kind): Consent(by, datetime.fromisoformat(at), None if terms is None else CardFee(*terms))
        for subject, kind, by, at, terms in document.get("consents", [])
    }


def learned_document(memory: Memory, consents: Consents) -> dict[str, Any]:
    """Return what was learned as a document, with the consents to what is still known: relearned is asked anew."""
    known = {(str(party), kind.value) for party, kind in memory.habits} | {(one, CARD_FEE) for one in memory.fees}
    kept = [
        [*key, one.by, one.at.isoformat(), None if one.terms is None else [one.terms.bp, one.terms.fixed]]
        for key, one in consents.items()
        if key in known
    ]
    return memory_document(memory) | {"consents": kept}


def in_use(memory: Memory, consents: Consents) -> dict[LearnedKey, Consent]:
    """Return the consents that fit what is learned: of habits all, of fees those whose terms are still the same."""
    return {
        (subject, kind): consent
        for (subject, kind), consent in consents.items()
        if kind != CARD_FEE or _same(consent.terms, fee_terms(memory.fees.get(subject, ())))
    }


def acting(memory: Memory, consents: Consents) -> Memory:
    """Return what of the memory may act: names, rejections and rents at once, habits and fees by consent."""
    wanted = in_use(memory, consents)
    habits = {key: one for key, one in memory.habits.items() if (str(key[0]), key[1].value) in wanted}
    fees = {name: paid for name, paid in memory.fees.items() if (name, CARD_FEE) in wanted}
    return replace(memory, habits=MappingProxyType(habits), fees=MappingProxyType(fees))


def acting_memory(document: Mapping[str, Any]) -> Memory:
    """Return what may act of a document."""
    return acting(memory_of(document), consents_of(document))


def _same(one: CardFee | None, other: CardFee | None) -> bool:
    return one is not None and other is not None and same_terms(one, other)
