"""Takes what the workflow of an ERP decides about a payable: a vote like that of a person, by the same rules.

An ERP speaks through one person of the store, whom the operator names for it: rules, limits and the four eyes are
those of that person. Whoever decided in the ERP is told in words; where the name is the login of somebody here, the two
are one.
"""

import hashlib
import json
import uuid
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum

from gateway.domain.access import ROLE_PERMISSIONS, Caller, Permission
from gateway.domain.erp.documents import DocumentKind
from gateway.domain.erp.posting import Posting
from gateway.domain.errors import InputError, NotFound, RuleError
from gateway.domain.ids import PayableId, PersonId, derived_id
from gateway.ports.access_store import Person
from gateway.ports.unit_of_work import Storage, StoredAnswer, UnitOfWork
from gateway.services.first_answers import RequestKey
from gateway.services.payables.approval_votes import Render, Vote
from gateway.services.payables.approve_payables import ApprovePayables


class Verdict(StrEnum):
    """What was decided."""

    APPROVED = "approved"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class ErpDecision:
    """What an ERP decided.

    ``id``: the ERP's own, the same for every try; ``user``: who decided there; ``payable_id`` or ``document_key``: of
    the bill the ERP was told, the other is empty; ``digest``: of the content that was decided on, empty for the one the
    bill was made of; ``reason``: their words, needed to reject.
    """

    id: str
    verdict: Verdict
    user: str
    payable_id: str = ""
    document_key: str = ""
    digest: str = ""
    reason: str = ""


class TakeApproval:
    """``approvers``: logins of the persons through whom ERPs speak, by account."""

    def __init__(self, *, storage: Storage, approve: ApprovePayables, approvers: Mapping[str, str]) -> None:
        self._storage = storage
        self._approve = approve
        self._approvers = approvers

    def take(self, caller: Caller, account: str, decision: ErpDecision, render: Render) -> tuple[StoredAnswer, bool]:
        """Count a decision; the same id again returns the first answer.

        Raises:
            NotPermitted: without ``erp:approvals``.
            InputError: ``invalid_request`` unless it names a payable or a bill, and the content; ``reason_needed``.
            NotFound: ``erp_document_not_found``, ``payable_not_found``.
            RuleError: ``erp_not_an_approver`` where nobody is named for this ERP; else as
                :meth:`ApprovePayables.approve` and :meth:`ApprovePayables.reject`.
            IdempotencyConflict: ``key_reused``.
        """
        caller.require(Permission.ERP_APPROVALS)
        with self._storage.read() as unit:
            people = unit.access.people(caller.tenant_id, caller.store_id)
            speaker = self._speaker(people, account)
            payable_id, digest = _about(unit, caller, account, decision)
        vote = Vote(
            id=(vote_id := _vote_id(caller, account, decision)),
            payable_id=payable_id,
            digest=digest,
            reason=_words(account, decision),
            request=RequestKey(str(vote_id), _hash(account, decision), f"/v1/payables/{payable_id}"),
            behind=tuple(
                PersonId(one.id)
                for one in people
                if one.login.casefold() == decision.user.casefold() and one.id != speaker.id
            ),
        )
        acting = Caller(caller.tenant_id, caller.store_id, speaker.id, speaker.login, ROLE_PERMISSIONS[speaker.role])
        say = self._approve.approve if decision.verdict is Verdict.APPROVED else self._approve.reject
        return say(acting, vote, render)

    def _speaker(self, people: tuple[Person, ...], account: str) -> Person:
        login = self._approvers.get(account, "").casefold()
        found = next((one for one in people if login and one.login.casefold() == login and not one.disabled), None)
        if found is None or Permission.PAYABLES_APPROVE not in ROLE_PERMISSIONS[found.role]:
            hint = (
                "Name an approver of its own for this ERP in the settings (`approver` of `[[erp]]`), and in the rules."
            )
            raise RuleError("erp_not_an_approver", f"The ERP “{account}” approves nothing here.", hint)
        return found


def _about(unit: UnitOfWork, caller: Caller, account: str, decision: ErpDecision) -> tuple[PayableId, str]:
    """Return the payable, and the digest of what was decided on."""
    place = (caller.tenant_id, caller.store_id)
    if bool(decision.payable_id) == bool(decision.document_key):
        raise InputError("invalid_request", "Name either the payable or the bill.", "", "/payable_id")
    if decision.payable_id:
        if not decision.digest:
            raise InputError("invalid_request", "The digest of what was decided on is missing.", "", "/digest")
        return PayableId(uuid.UUID(decision.payable_id)), decision.digest
    payable_id = _billed(unit.erp.load(place, account, decision.document_key))
    if payable_id is None:
        raise NotFound("erp_document_not_found", "There is no such bill for this account.", "Check the key.")
    standing = unit.approvals.standings(*place, (payable_id,)).get(payable_id)
    # A bill is made of what was approved; once that is taken back it stands for nothing any more.
    granted = "" if standing is None or not standing.granted else standing.digest
    return payable_id, decision.digest or granted


def _billed(posting: Posting | None) -> PayableId | None:
    """Return the payable of a bill: its trace."""
    if posting is None or posting.kind is not DocumentKind.VENDOR_BILL:
        return None
    try:
        return PayableId(uuid.UUID(posting.trace_id))
    except ValueError:
        return None


def _words(account: str, decision: ErpDecision) -> str:
    """Return the reason as it is kept, with who said it; empty to reject without words, which is refused."""
    if decision.verdict is Verdict.REJECTED and not decision.reason.strip():
        return ""
    return f"{decision.user} ({account}): {decision.reason.strip()}".removesuffix(": ")


def _vote_id(caller: Caller, account: str, decision: ErpDecision) -> uuid.UUID:
    place = f"{caller.tenant_id} {caller.store_id}"
    return derived_id(uuid.NAMESPACE_OID, f"erp approval {place} {account} {decision.id}")


def _hash(account: str, decision: ErpDecision) -> str:
    told = json.dumps([account, asdict(decision)], sort_keys=True)
    return hashlib.sha256(told.encode()).hexdigest()
