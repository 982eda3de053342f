"""Approvals, signs, rules, delegations, comments and attachments, on both databases."""

from __future__ import annotations

import hashlib
import uuid
from dataclasses import replace
from datetime import date, timedelta

import pytest

from gateway.adapters.db.payables.approval_talk_store import PART_BYTES
from gateway.adapters.db.unit_of_work import SqlStorage
from gateway.domain.access import Role
from gateway.domain.errors import GatewayError
from gateway.domain.ids import PayableId, PersonId, StoreId, SupplierId, TenantId
from gateway.domain.money import Currency, Money
from gateway.domain.payables.approval import (
    ApprovalEntry,
    ApprovalKind,
    ApprovalLimit,
    ApprovalStanding,
    Attachment,
    Comment,
    CommentKind,
    Delegation,
    SettingChange,
)
from gateway.domain.payables.approval_rules import ApprovalRule
from gateway.domain.payables.signs import FoundSigns, Risk, SignClearing, SignKind, sign
from tests.support.storage_rows import NOON, new_id

HERE = (TenantId("main"), StoreId("store-1"))
ELSEWHERE = (TenantId("main"), StoreId("south"))
DIGEST, OTHER_DIGEST = "a" * 64, "b" * 64
EURO = Currency.of("EUR")


def _person() -> PersonId:
    return PersonId(new_id())


def _entry(payable_id: PayableId, sequence: int, kind: ApprovalKind = ApprovalKind.APPROVED) -> ApprovalEntry:
    return ApprovalEntry(
        sequence=sequence,
        id=new_id(),
        payable_id=payable_id,
        kind=kind,
        digest=DIGEST,
        person_id=_person(),
        actor="paul",
        at=NOON + timedelta(minutes=sequence),
        for_person_id=_person(),
        one_with=(_person(), _person()),
        reason="geprüft \x00",
        amount=Money(11900, EURO),
        detail={"rule": "above 100"},
    )


def test_entries_when_told_then_they_come_back_in_order_of_their_payable_and_store_alone(storage: SqlStorage) -> None:
    one, other = PayableId(new_id()), PayableId(new_id())
    told = [replace(_entry(one, number), reason="geprüft") for number in (1, 2, 3)]
    with storage.write() as unit:
        unit.approvals.tell(*HERE, [told[2], told[0], told[1]])

    with storage.read() as unit:
        assert unit.approvals.entries(*HERE, (one, other)) == {one: tuple(told), other: ()}
        assert unit.approvals.entries(*ELSEWHERE, (one,)) == {one: ()}


def test_entries_when_text_cannot_be_stored_then_it_is_replaced_and_nothing_is_lost(storage: SqlStorage) -> None:
    one = PayableId(new_id())
    with storage.write() as unit:
        unit.approvals.tell(*HERE, [_entry(one, 1)])

    with storage.read() as unit:
        assert unit.approvals.entries(*HERE, (one,))[one][0].reason == "geprüft \ufffd"


def test_entry_when_its_place_is_taken_then_the_unit_is_refused(storage: SqlStorage) -> None:
    one = PayableId(new_id())
    with storage.write() as unit:
        unit.approvals.tell(*HERE, [_entry(one, 1)])

    with pytest.raises(GatewayError), storage.write() as unit:
        unit.approvals.tell(*HERE, [_entry(one, 1)])


def test_votes_when_asked_since_then_only_approvals_of_that_time(storage: SqlStorage) -> None:
    one = PayableId(new_id())
    early, granted, late = _entry(one, 1), _entry(one, 2, ApprovalKind.GRANTED), _entry(one, 3, ApprovalKind.EMERGENCY)
    with storage.write() as unit:
        unit.approvals.tell(*HERE, [early, granted, late])

    with storage.read() as unit:
        assert [vote.id for vote in unit.approvals.votes_since(*HERE, early.at)] == [early.id, late.id]
        assert [vote.id for vote in unit.approvals.votes_since(*HERE, late.at)] == [late.id]
        assert not unit.approvals.votes_since(*HERE, late.at + timedelta(seconds=1))


def test_voters_then_everybody_with_a_voice_in_a_vote_and_nobody_else(storage: SqlStorage) -> None:
    mine, other = PayableId(new_id()), PayableId(new_id())
    speaker, absent, near, stranger, reviewer = (_person() for _ in range(5))
    vote = replace(_entry(mine, 1), person_id=speaker, for_person_id=absent, one_with=(near,))
    told = [
        vote,
        replace(_entry(mine, 2, ApprovalKind.EMERGENCY), person_id=speaker, for_person_id=None, one_with=()),
        replace(_entry(mine, 3, ApprovalKind.REVIEWED), person_id=reviewer),
        replace(_entry(other, 1), person_id=stranger, for_person_id=None, one_with=()),
    ]
    with storage.write() as unit:
        unit.approvals.tell(*HERE, told)

    with storage.read() as unit:
        assert unit.approvals.voters(*HERE, (mine,)) == {speaker, absent, near}
        assert unit.approvals.voters(*HERE, (mine, other)) == {speaker, absent, near, stranger}
        assert unit.approvals.voters(*ELSEWHERE, (mine,)) == frozenset()


def test_standings_when_put_again_then_the_last_one_counts_however_many_there_are(storage: SqlStorage) -> None:
    ids = [PayableId(new_id()) for _ in range(1203)]
    first = [ApprovalStanding(one, DIGEST, False, NOON, NOON) for one in ids]
    with storage.write() as unit:
        unit.approvals.put_standings(*HERE, first)
        unit.approvals.put_standings(*HERE, [replace(first[7], digest=OTHER_DIGEST, granted=True, emergency=True)])

    with storage.read() as unit:
        found = unit.approvals.standings(*HERE, ids)
        assert len(found) == len(ids)
        assert found[ids[7]] == replace(first[7], digest=OTHER_DIGEST, granted=True, emergency=True)
        assert found[ids[8]] == first[8]
        assert [one.payable_id for one in unit.approvals.emergencies(*HERE)] == [ids[7]]
        assert not unit.approvals.standings(*ELSEWHERE, ids)
        assert unit.approvals.granted(*HERE, ids) == {ids[7]: OTHER_DIGEST}
        assert not unit.approvals.granted(*ELSEWHERE, ids)


def test_emergency_when_reviewed_then_nobody_is_asked_again(storage: SqlStorage) -> None:
    standing = ApprovalStanding(PayableId(new_id()), DIGEST, True, NOON, NOON, emergency=True)
    with storage.write() as unit:
        unit.approvals.put_standings(*HERE, [standing])
        unit.approvals.put_standings(*HERE, [replace(standing, reviewed=True)])

    with storage.read() as unit:
        assert unit.approvals.emergencies(*HERE) == ()


def test_signs_when_found_again_then_they_replace_what_was_found_before(storage: SqlStorage) -> None:
    one, other = PayableId(new_id()), PayableId(new_id())
    first = FoundSigns(one, Risk.HIGH, (sign(SignKind.HARD_DUPLICATE, other, number="RE-ü"),), NOON)
    now = FoundSigns(one, Risk.LOW, (sign(SignKind.ROUND_SUM, amount="100.00"),), NOON)
    with storage.write() as unit:
        unit.approvals.put_signs(*HERE, [first])
    with storage.read() as unit:
        assert unit.approvals.found_signs(*HERE, (one, other)) == {one: first}

    with storage.write() as unit:
        unit.approvals.put_signs(*HERE, [now])
    with storage.read() as unit:
        assert unit.approvals.found_signs(*HERE, (one,)) == {one: now}
        assert not unit.approvals.found_signs(*ELSEWHERE, (one,))


def test_clearing_when_stored_then_who_and_why_stay(storage: SqlStorage) -> None:
    clearing = SignClearing(
        new_id(),
        PayableId(new_id()),
        PayableId(new_id()),
        SignKind.HARD_DUPLICATE,
        "two deliveries",
        new_id(),
        "anna",
        NOON,
    )
    with storage.write() as unit:
        unit.approvals.clear_sign(*HERE, clearing)

    with storage.read() as unit:
        assert unit.approvals.clearings(*HERE, (clearing.payable_id,)) == (clearing,)
        assert unit.approvals.clearings(*ELSEWHERE, (clearing.payable_id,)) == ()


def _rule(**changes: object) -> ApprovalRule:
    told = {
        "id": new_id(),
        "name": "Über 1000",
        "approvers": 2,
        "position": 3,
        "currency": "EUR",
        "from_minor": 100_000,
        "below_minor": 5_000_000,
        "supplier_id": SupplierId(new_id()),
        "cost_centre": "4711",
        "risk": Risk.HIGH,
        "sign": SignKind.COOLING,
        "roles": (Role.APPROVER, Role.CONTROLLER),
        "person_ids": (_person(),),
    }
    return ApprovalRule(**(told | changes))  # type: ignore[arg-type]  # as given


def test_rules_when_changed_then_only_the_version_they_were_made_for_is_replaced(storage: SqlStorage) -> None:
    rule = _rule()
    plain = ApprovalRule(new_id(), "All", 1)
    with storage.write() as unit:
        assert unit.approvals.put_rule(*HERE, rule)
        assert unit.approvals.put_rule(*HERE, plain)
        assert not unit.approvals.put_rule(*HERE, rule)

    changed = replace(rule, approvers=3, active=False, version=2)
    with storage.write() as unit:
        assert unit.approvals.put_rule(*HERE, changed)
        assert not unit.approvals.put_rule(*HERE, replace(rule, approvers=1, version=2))

    with storage.read() as unit:
        assert unit.approvals.rules(*HERE) == (plain, changed)
        assert unit.approvals.rules(*ELSEWHERE) == ()


def test_rule_when_removed_then_it_is_gone_once(storage: SqlStorage) -> None:
    rule = _rule()
    with storage.write() as unit:
        unit.approvals.put_rule(*HERE, rule)
        assert not unit.approvals.remove_rule(*ELSEWHERE, rule.id)
        assert unit.approvals.remove_rule(*HERE, rule.id)
        assert not unit.approvals.remove_rule(*HERE, rule.id)
        assert unit.approvals.rules(*HERE) == ()


def test_limits_when_put_again_then_replaced_and_without_figures_removed(storage: SqlStorage) -> None:
    person = _person()
    limit = ApprovalLimit(person, "EUR", Money(100_000, EURO), Money(500_000, EURO))
    with storage.write() as unit:
        unit.approvals.put_limit(*HERE, limit)
        unit.approvals.put_limit(*HERE, replace(limit, per_day=None))
        assert unit.approvals.limits(*HERE) == (replace(limit, per_day=None),)
        assert unit.approvals.limits(*ELSEWHERE) == ()
        unit.approvals.put_limit(*HERE, replace(limit, each=None, per_day=None))
        assert unit.approvals.limits(*HERE) == ()


def test_delegation_when_ended_then_it_is_not_found_and_ends_once(storage: SqlStorage) -> None:
    delegation = Delegation(new_id(), _person(), _person(), date(2026, 8, 3), date(2026, 8, 21), "Urlaub", "paul", NOON)
    with storage.write() as unit:
        assert unit.approvals.add_delegation(*HERE, delegation)
        assert not unit.approvals.add_delegation(*HERE, replace(delegation, reason="other"))
    with storage.read() as unit:
        assert unit.approvals.delegations(*HERE) == (delegation,)
        assert unit.approvals.delegations(*ELSEWHERE) == ()

    with storage.write() as unit:
        assert not unit.approvals.end_delegation(*ELSEWHERE, delegation.id, by="paul", at=NOON)
        assert unit.approvals.end_delegation(*HERE, delegation.id, by="paul", at=NOON)
        assert not unit.approvals.end_delegation(*HERE, delegation.id, by="paul", at=NOON)
        assert unit.approvals.delegations(*HERE) == ()


def test_changes_of_settings_when_noted_then_newest_first(storage: SqlStorage) -> None:
    changes = [
        SettingChange(new_id(), "rule", "one", "admin", NOON + timedelta(minutes=number), None, {"approvers": number})
        for number in range(3)
    ]
    with storage.write() as unit:
        for change in changes:
            unit.approvals.note_change(*HERE, change)

    with storage.read() as unit:
        assert unit.approvals.changes(*HERE, limit=2) == (changes[2], changes[1])
        assert unit.approvals.changes(*ELSEWHERE, limit=2) == ()


def test_comments_when_repeated_then_each_stands_once(storage: SqlStorage) -> None:
    payable_id = PayableId(new_id())
    asked = Comment(new_id(), payable_id, CommentKind.QUESTION, "Wofür?", new_id(), "paul", NOON)
    answered = Comment(new_id(), payable_id, CommentKind.ANSWER, "Dach", new_id(), "anna", NOON + timedelta(minutes=1))
    with storage.write() as unit:
        assert unit.approvals.add_comment(*HERE, answered)
        assert unit.approvals.add_comment(*HERE, asked)
        assert not unit.approvals.add_comment(*HERE, replace(asked, text="other"))

    with storage.read() as unit:
        assert unit.approvals.comments(*HERE, payable_id) == (asked, answered)
        assert unit.approvals.comments(*ELSEWHERE, payable_id) == ()


def test_attachment_when_stored_then_it_comes_back_to_the_byte_in_its_store_only(storage: SqlStorage) -> None:
    content = bytes(range(256)) * (PART_BYTES // 256) + b"rest"
    digest = hashlib.sha256(content).hexdigest()
    payable_id = PayableId(new_id())
    file = Attachment(
        new_id(), payable_id, "Angebot ü.pdf", "application/pdf", len(content), digest, new_id(), "anna", NOON
    )
    with storage.write() as unit:
        assert unit.approvals.attach(*HERE, file, content)
        assert not unit.approvals.attach(*HERE, replace(file, name="b.pdf"), b"other")

    with storage.read() as unit:
        assert unit.approvals.attachments(*HERE, payable_id) == (file,)
        assert unit.approvals.attachment_content(*HERE, file.id) == content
        assert unit.approvals.attachment_content(*ELSEWHERE, file.id) == b""
        assert unit.approvals.attachments(*ELSEWHERE, payable_id) == ()


def test_reminder_when_noted_then_once_for_each_person_and_day(storage: SqlStorage) -> None:
    person, day = _person(), date(2026, 3, 2)
    with storage.write() as unit:
        assert unit.approvals.remind(*HERE, person, day, NOON)
        assert not unit.approvals.remind(*HERE, person, day, NOON)
        assert unit.approvals.remind(*HERE, person, day + timedelta(days=1), NOON)
        assert unit.approvals.remind(*HERE, PersonId(uuid.uuid4()), day, NOON)
