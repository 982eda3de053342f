"""A store whose people approve: a clerk, approvers, a supplier with an account, and payables that are matched."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from gateway.domain.access import ROLE_PERMISSIONS, Caller, Role
from gateway.domain.ids import PayableId, PersonId
from gateway.domain.payables.approval import Delegation
from gateway.domain.payables.approval_rules import ApprovalRule
from gateway.domain.payables.matching_tolerances import Tolerances
from gateway.domain.payables.payable import Payable, PayableState, PayableStep
from gateway.domain.payables.signs_account import AccountLimits
from gateway.domain.payables.supplier import AccountState, CallBack, Supplier, SupplierAccount
from gateway.ports.access_store import Person
from gateway.ports.announcer import NobodyListens
from gateway.services.erp.enqueue_bills import NO_ERPS, EnqueueBills
from gateway.services.first_answers import RequestKey
from gateway.services.payables.approval_people import ApprovalPolicy
from gateway.services.payables.approval_rules import KeepApprovalRules
from gateway.services.payables.approval_votes import Outcome, Vote
from gateway.services.payables.approve_payables import ApprovePayables
from gateway.services.payables.find_signs import FindSigns
from gateway.services.payables.match_payable import MatchPayable
from gateway.services.payables.payable_steps import step_in
from gateway.services.payables.read_approvals import ReadApprovals
from tests.support.payable_rows import HERE, stored_payable, stored_supplier
from tests.support.storage_rows import new_id

if TYPE_CHECKING:
    from gateway.adapters.db.unit_of_work import SqlStorage

START = datetime(2026, 3, 2, 9, tzinfo=UTC)
LIMITS = AccountLimits(first_payment_max=1_000_000, new_supplier_days=0)
IBAN = "DE02120300000000202051"


class HandClock:
    """A clock that goes on by a second with every look, and by more when told."""

    def __init__(self) -> None:
        self.at = START

    def now(self) -> datetime:
        """Return a later instant each time."""
        self.at += timedelta(seconds=1)
        return self.at

    def monotonic_s(self) -> float:
        """Return seconds of the same clock."""
        return (self.at - START).total_seconds()


@dataclass
class ApprovalDesk:
    """The store and its use cases. ``people``: by login."""

    storage: SqlStorage
    policy: ApprovalPolicy = field(
        default_factory=lambda: ApprovalPolicy(usual_approvers=1, emergency=True, one_person=(), zone=UTC)
    )
    limits: AccountLimits = LIMITS
    bills: EnqueueBills = NO_ERPS
    people: dict[str, Person] = field(default_factory=dict)
    clock: HandClock = field(default_factory=HandClock)

    def __post_init__(self) -> None:
        """Build the use cases and the first people."""
        self.signs = FindSigns(self.limits)
        self.approve = ApprovePayables(
            storage=self.storage,
            clock=self.clock,
            signs=self.signs,
            policy=self.policy,
            announcer=NobodyListens(),
            matched=MatchPayable(Tolerances()),
            bills=self.bills,
        )
        self.read = ReadApprovals(storage=self.storage, clock=self.clock, approve=self.approve)
        self.rules = KeepApprovalRules(storage=self.storage, clock=self.clock)
        self.hire("anna", Role.AP_CLERK)
        self.hire("ada", Role.ADMINISTRATOR)
        for login in ("paul", "petra", "pia"):
            self.hire(login, Role.APPROVER)

    def hire(self, login: str, role: Role) -> Person:
        """Add a person."""
        person = Person(*HERE, PersonId(new_id()), login, login.title(), role, "hash", None, False, False, False, START)
        with self.storage.write() as unit:
            unit.access.add_person(person)
        self.people[login] = person
        return person

    def give_role(self, login: str, role: Role, *, disabled: bool = False) -> None:
        """Change what a person is employed for."""
        self.people[login] = replace(self.people[login], role=role, disabled=disabled)
        with self.storage.write() as unit:
            unit.access.update_person(self.people[login])

    def mailed(self, login: str, email: str) -> None:
        """Give a person an address."""
        self.people[login] = replace(self.people[login], email=email)
        with self.storage.write() as unit:
            unit.access.update_person(self.people[login])

    def caller(self, login: str) -> Caller:
        """Return the caller a person is."""
        person = self.people[login]
        return Caller(*HERE, person.id, person.login, ROLE_PERMISSIONS[person.role])

    def supplier(self, number: str = "70001", *, iban: str = IBAN, **told: Any) -> Supplier:
        """Store a supplier with an effective account; an empty ``iban``: without one."""
        long_known = START - timedelta(days=700)
        made = stored_supplier(self.storage, number, **({"created_at": long_known} | told))
        if iban:
            self.account(made, iban)
        return made

    def account(self, supplier: Supplier, iban: str, **told: Any) -> SupplierAccount:
        """Make an account the effective one of a supplier."""
        known: dict[str, Any] = {
            "id": new_id(),
            "supplier_id": supplier.id,
            "holder": supplier.name,
            "country": iban[:2],
            "state": AccountState.EFFECTIVE,
            "source": "import",
            "requested_by": new_id(),
            "requested_at": START,
            "decided_by": new_id(),
            "decided_at": START,
            "call_back": CallBack("mia", START, "the owner", "the contract", new_id()),
            "iban": iban,
        }
        account = SupplierAccount(**(known | told))
        with self.storage.write() as unit:
            before = unit.suppliers.effective_accounts(*HERE, (supplier.id,)).get(supplier.id)
            if before is not None:
                retired = replace(before, state=AccountState.RETIRED, version=before.version + 1)
                assert unit.suppliers.update_account(*HERE, retired)
            unit.suppliers.add_account(*HERE, account)
        return account

    def payable(self, supplier: Supplier, number: str = "RE-2026-0001", gross: int = 11900, **told: Any) -> Payable:
        """Store a matched payable that waits for approval, entered by the clerk."""
        made = stored_payable(
            self.storage,
            supplier,
            number,
            gross,
            **({"state": PayableState.MATCHED, "created_at": self.clock.now()} | told),
        )
        return self.settle(made.id)

    def settle(self, payable_id: PayableId) -> Payable:
        """Look for signs and settle, as when a payable goes on by itself."""
        with self.storage.write() as unit:
            held = unit.payables.lock(*HERE, payable_id)
            assert held is not None
            looked = self.signs.signs_in(unit, held, actor="system", at=self.clock.now())
            return self.approve.settle_in(unit, looked, actor="system", at=self.clock.now())

    def load(self, payable_id: PayableId) -> Payable:
        """Return a payable as it now is."""
        with self.storage.read() as unit:
            found = unit.payables.load(*HERE, payable_id)
        assert found is not None
        return found

    def vote(
        self, login: str, payable_id: PayableId, *, for_login: str = "", digest: str = "", reason: str = ""
    ) -> Outcome:
        """Say yes to what is shown now; return what became of it."""
        return self._say("approve", login, payable_id, for_login=for_login, digest=digest, reason=reason)

    def vote_alone(self, login: str, payable_id: PayableId, reason: str = "The ship leaves today.") -> Outcome:
        """Approve alone."""
        return self._say("approve_alone", login, payable_id, reason=reason)

    def reject(self, login: str, payable_id: PayableId, reason: str = "Not ordered.") -> Outcome:
        """Refuse."""
        return self._say("reject", login, payable_id, reason=reason)

    def change(self, payable_id: PayableId, actor: str = "anna", **changes: object) -> Payable:
        """Correct content as the clerk does, and match it again."""
        with self.storage.write() as unit:
            held = unit.payables.lock(*HERE, payable_id)
            assert held is not None
            changed = step_in(unit, held, PayableStep.CHANGED, actor=actor, at=self.clock.now(), changes=changes)
            matched = step_in(unit, changed, PayableStep.MATCHED, actor="system", at=self.clock.now())
            return self.approve.settle_in(unit, matched, actor=actor, at=self.clock.now())

    def rule(self, approvers: int, **told: Any) -> ApprovalRule:
        """Have the administrator store a new rule."""
        name = str(told.pop("name", f"rule of {approvers}"))
        made = ApprovalRule(new_id(), name, approvers, version=0, **told)
        return self.rules.put(self.caller("ada"), made)

    def delegation(
        self, giver: str, taker: str, from_on: date | None = None, until_on: date | None = None
    ) -> Delegation:
        """Have somebody stand in for another; without days for all of the test."""
        made = Delegation(
            new_id(),
            self.people[giver].id,
            self.people[taker].id,
            from_on or START.date(),
            until_on or START.date() + timedelta(days=300),
            "leave",
            giver,
            self.clock.now(),
        )
        with self.storage.write() as unit:
            assert unit.approvals.add_delegation(*HERE, made)
        return made

    def _say(
        self, verb: str, login: str, payable_id: PayableId, *, for_login: str = "", digest: str = "", reason: str = ""
    ) -> Outcome:
        seen = digest or self.read.view(self.caller("paul"), payable_id).digest
        vote_id = new_id()
        vote = Vote(
            id=vote_id,
            payable_id=payable_id,
            digest=seen,
            reason=reason,
            request=RequestKey(str(vote_id), "0" * 64, ""),
            for_person_id=self.people[for_login].id if for_login else None,
        )
        told: list[Outcome] = []

        def render(outcome: Outcome) -> bytes:
            told.append(outcome)
            return b"{}"

        getattr(self.approve, verb)(self.caller(login), vote, render)
        return told[-1]
