from __future__ import annotations

import datetime as dt

from gateway.reconciliation.explanations import Kind
from gateway.reconciliation.fee_terms import FeePaid, fee_terms
from gateway.reconciliation.memory import Confirmation, Memory, PaidSo, Rejection, learn
from gateway.reconciliation.preview import Decided, adopt, preview
from gateway.reconciliation.reconciler import Reconciler
from gateway.reconciliation.records import AcquirerContract, CardFee, Contracts, ItemId, LineId, PartyId
from tests.unit.gateway.reconciliation.reconciliation_cases import DAY, card_sale, invoice, line

PARTY = PartyId("P1")


def test_name_when_confirmed_twice_then_it_leads_to_the_party() -> None:
    memory = Memory()
    asked = [line("L1", 11900, name="Smith, John")]
    items = [invoice("471101", 11900)]

    assert Reconciler(items, memory=memory).explain(asked)[0].applied == ()
    for _ in range(2):
        memory = learn(memory, Confirmation("SMITH,  John", PARTY, DAY))

    assert Reconciler(items, memory=memory).explain(asked)[0].applied != ()


def test_name_when_rejected_then_it_is_not_posted_and_the_weight_decays() -> None:
    memory = learn(Memory(), Rejection("HARBOUR BAKERY LTD", PARTY, DAY, posted=True))

    [answer] = Reconciler([invoice("471101", 11900)], memory=memory).explain([line("L1", 11900)])

    assert not answer.certain
    late = DAY + dt.timedelta(days=360)
    assert memory.rejection_weight("Harbour Bakery Ltd", PARTY, late) < memory.rejection_weight(
        "Harbour Bakery Ltd", PARTY, DAY
    )


def test_bar_when_wrong_postings_are_rejected_then_it_only_rises() -> None:
    memory = Memory()
    bars = []
    for at in range(12):
        memory = learn(memory, Rejection(f"Name {at}", PARTY, DAY, posted=True))
        memory = learn(memory, Confirmation("Other name", PARTY, DAY))
        bars.append(memory.raised)

    assert bars == sorted(bars)
    assert bars[0] > 0


def test_name_when_confirmed_and_then_rejected_then_it_counts_no_more() -> None:
    memory = Memory()
    for _ in range(3):
        memory = learn(memory, Confirmation("J Smith", PARTY, DAY))

    memory = learn(memory, Rejection("J. Smith", PARTY, DAY))

    assert memory.aliases() == {}


def test_habit_when_seen_twice_then_it_counts_until_it_fades() -> None:
    memory = Memory()
    weights = []
    for days in (0, 30):
        memory = learn(memory, PaidSo(PARTY, Kind.FEE, DAY + dt.timedelta(days=days)))
        weights.append(memory.habit_weight(PARTY, Kind.FEE, DAY + dt.timedelta(days=40)))

    assert weights[0] == 0.0
    assert weights[1] > 0.0
    assert memory.habit_weight(PARTY, Kind.FEE, DAY + dt.timedelta(days=400)) == 0.0
    wrong = learn(memory, PaidSo(PARTY, Kind.FEE, DAY, kept=False))
    assert wrong.habit_weight(PARTY, Kind.FEE, DAY + dt.timedelta(days=40)) == 0.0


def _payout(gross: int, count: int, days: int) -> FeePaid:
    fee = gross * 140 // 10_000 + 25 * count
    return FeePaid("Acme Acquiring", DAY + dt.timedelta(days=days), gross, count, fee, frozenset({"VISA"}))


def test_fee_when_three_payouts_agree_then_its_terms_are_known() -> None:
    payouts = [_payout(120_000, 10, 0), _payout(480_000, 25, 1), _payout(250_000, 40, 2)]

    assert fee_terms(payouts[:2]) is None
    assert fee_terms(payouts) == CardFee(140, 25)


def test_fee_when_payouts_contradict_each_other_then_nothing_is_known() -> None:
    payouts = [_payout(120_000, 10, 0), _payout(480_000, 25, 1), _payout(250_000, 40, 2)]
    other = FeePaid("Acme Acquiring", DAY, 100_000, 10, 9000, frozenset({"VISA"}))

    assert fee_terms([*payouts, other]) is None


def test_payout_when_the_fee_was_learned_then_it_is_explained_to_the_cent() -> None:
    items = [card_sale(f"S{at}", 10_000 + 100 * at, f"2026-03-04T1{at}:00:00") for at in range(3)]
    none_on_file = Contracts((AcquirerContract("Acme Acquiring", "ACME ACQUIRING SA", {}),))
    memory = Memory()
    for payout in (_payout(120_000, 10, 0), _payout(480_000, 25, 1), _payout(250_000, 40, 2)):
        memory = learn(memory, payout)
    asked = [line("L1", 30_300 - 424 - 75, "TID 55500011", name="ACME ACQUIRING SA", days=3)]

    [plain] = Reconciler(items, none_on_file).explain(asked)
    [learned] = Reconciler(items, none_on_file, memory=memory).explain(asked)

    assert not plain.certain
    assert learned.certain
    assert len(learned.applied) == 3


def test_change_when_it_would_have_posted_wrongly_then_it_is_previewed_and_not_adopted() -> None:
    memory = learn(Memory(), Confirmation("Smith, John", PARTY, DAY))
    change = Confirmation("Smith, John", PARTY, DAY)
    items = [invoice("471101", 11900), invoice("471102", 11900, party="P2", name="Quarry Stone AG")]
    lines = [line("L1", 11900, name="Smith, John")]
    true = Decided(items, lines, {LineId("L1"): frozenset({ItemId("471101")})})
    false = Decided(items, lines, {LineId("L1"): frozenset({ItemId("471102")})})

    assert preview(memory, change, true).right == ("L1",)
    assert adopt(memory, change, true) == learn(memory, change)
    assert preview(memory, change, false).wrong == ("L1",)
    assert adopt(memory, change, false) == memory
