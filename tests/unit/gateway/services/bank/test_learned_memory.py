"""What was learned is kept as a document and comes back as it was."""

from __future__ import annotations

import datetime as dt
import json

from gateway.reconciliation.explanations import Kind
from gateway.reconciliation.fee_terms import FeePaid
from gateway.reconciliation.memory import Confirmation, Memory, PaidSo, Rejection, learn
from gateway.reconciliation.records import PartyId
from gateway.services.bank.engine_records import memory_document, memory_of
from gateway.services.bank.learned_consents import Consent, acting_memory, consents_of, learned_document

DAY = dt.date(2026, 3, 2)


def test_memory_when_kept_as_a_document_then_it_comes_back_as_it_was() -> None:
    memory = Memory()
    for said in (
        Confirmation("Smith, John", PartyId("P1"), DAY),
        Rejection("Stone", PartyId("P2"), DAY, posted=True),
        PaidSo(PartyId("P1"), Kind.FEE, DAY),
        FeePaid("Acme Acquiring", DAY, 120_000, 10, 1930, frozenset({"VISA", "MASTERCARD"})),
    ):
        memory = learn(memory, said)

    assert memory_of(json.loads(json.dumps(memory_document(memory)))) == memory
    assert memory_of({}) == Memory()


def test_habit_when_forgotten_and_learned_anew_then_the_old_consent_is_gone() -> None:
    habit = PaidSo(PartyId("P1"), Kind.FEE, DAY)
    known = learn(Memory(), habit)
    consent = {("P1", "fee"): Consent("theo", dt.datetime(2026, 3, 2, 9, tzinfo=dt.UTC))}

    kept = json.loads(json.dumps(learned_document(known, consent)))
    forgotten = learned_document(learn(known, PaidSo(PartyId("P1"), Kind.FEE, DAY, kept=False)), consents_of(kept))
    anew = learned_document(learn(memory_of(forgotten), habit), consents_of(forgotten))

    assert (consents_of(kept), acting_memory(kept).habits) == (consent, known.habits)
    assert memory_of(anew).habits == known.habits
    assert acting_memory(anew).habits == {}
