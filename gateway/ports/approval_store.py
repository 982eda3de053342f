"""Where approvals, their rules and delegations, signs, comments and attachments are kept."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from gateway.domain.ids import PayableId, PersonId, StoreId, SupplierId, TenantId
from gateway.domain.payables.approval import (
    ApprovalEntry,
    ApprovalLimit,
    ApprovalStanding,
    Attachment,
    Comment,
    Delegation,
    SettingChange,
)
from gateway.domain.payables.approval_rules import ApprovalRule
from gateway.domain.payables.payable import PayableState
from gateway.domain.payables.signs import FoundSigns, SignClearing

EMERGENCIES_SHOWN = 200
CHANGES_SHOWN = 200


@dataclass(frozen=True, slots=True)
class Twin:
    """Another payable with the same kind, number key and gross amount, of whatever supplier."""

    payable_id: PayableId
    other_id: PayableId
    supplier_id: SupplierId
    number: str
    state: PayableState
    created_at: datetime


class ApprovalRuleStore(Protocol):
    """Rules, limits and delegations, with the journal of their changes."""

    def rules(self, tenant_id: TenantId, store_id: StoreId) -> tuple[ApprovalRule, ...]:
        """Return all rules by position and name."""

    def put_rule(self, tenant_id: TenantId, store_id: StoreId, rule: ApprovalRule) -> bool:
        """Store a new rule (version 1) or one loaded at the version before; False when it has changed since."""

    def remove_rule(self, tenant_id: TenantId, store_id: StoreId, rule_id: uuid.UUID) -> bool:
        """Remove a rule; False when there is none."""

    def limits(self, tenant_id: TenantId, store_id: StoreId) -> tuple[ApprovalLimit, ...]:
        """Return the limits of everybody, by person and currency."""

    def put_limit(self, tenant_id: TenantId, store_id: StoreId, limit: ApprovalLimit) -> None:
        """Store a limit in place of the one of its person and currency; without any figure it is removed."""

    def delegations(self, tenant_id: TenantId, store_id: StoreId) -> tuple[Delegation, ...]:
        """Return all delegations that were not ended, newest first."""

    def add_delegation(self, tenant_id: TenantId, store_id: StoreId, delegation: Delegation) -> bool:
        """Store a delegation; False, and nothing stored, when its id is there."""

    def end_delegation(
        self, tenant_id: TenantId, store_id: StoreId, delegation_id: uuid.UUID, *, by: str, at: datetime
    ) -> bool:
        """End a delegation early; False when there is none that goes on."""

    def note_change(self, tenant_id: TenantId, store_id: StoreId, change: SettingChange) -> None:
        """Add a line to the journal of rules, limits and delegations."""

    def changes(self, tenant_id: TenantId, store_id: StoreId, *, limit: int) -> tuple[SettingChange, ...]:
        """Return that journal, newest first."""


class ApprovalTalkStore(Protocol):
    """What people wrote and attached, and who was reminded."""

    def add_comment(self, tenant_id: TenantId, store_id: StoreId, comment: Comment) -> bool:
        """Store a comment; False, and nothing stored, when its id is there."""

    def comments(self, tenant_id: TenantId, store_id: StoreId, payable_id: PayableId) -> tuple[Comment, ...]:
        """Return the comments of a payable, oldest first."""

    def attach(self, tenant_id: TenantId, store_id: StoreId, attachment: Attachment, content: bytes) -> bool:
        """Store a file; False, and nothing stored, when its id is there."""

    def attachments(self, tenant_id: TenantId, store_id: StoreId, payable_id: PayableId) -> tuple[Attachment, ...]:
        """Return the files of a payable, oldest first, without their content."""

    def attachment_content(self, tenant_id: TenantId, store_id: StoreId, attachment_id: uuid.UUID) -> bytes:
        """Return the content of a file; empty when there is none."""

    def remind(self, tenant_id: TenantId, store_id: StoreId, person_id: PersonId, on: date, at: datetime) -> bool:
        """Note that a person is reminded on a day; False when they were already."""


class ApprovalStore(ApprovalRuleStore, ApprovalTalkStore, Protocol):
    """Approvals of all stores; every call names tenant and store."""

    def tell(self, tenant_id: TenantId, store_id: StoreId, entries: Sequence[ApprovalEntry]) -> None:
        """Add lines to what was said and decided, in few statements."""

    def entries(
        self, tenant_id: TenantId, store_id: StoreId, payable_ids: Sequence[PayableId]
    ) -> Mapping[PayableId, tuple[ApprovalEntry, ...]]:
        """Return what was said and decided of payables, oldest first; every id that was asked for is there."""

    def votes_since(self, tenant_id: TenantId, store_id: StoreId, since: datetime) -> tuple[ApprovalEntry, ...]:
        """Return the approvals given since then, oldest first."""

    def standings(
        self, tenant_id: TenantId, store_id: StoreId, payable_ids: Sequence[PayableId]
    ) -> Mapping[PayableId, ApprovalStanding]:
        """Return where approvals stand, in few statements however many they are."""

    def voters(self, tenant_id: TenantId, store_id: StoreId, payable_ids: Sequence[PayableId]) -> frozenset[PersonId]:
        """Return everybody who ever voted for one of these, on whose behalf, and who counted as one with them."""

    def granted(
        self, tenant_id: TenantId, store_id: StoreId, payable_ids: Sequence[PayableId]
    ) -> Mapping[PayableId, str]:
        """Return the digest each approved payable is approved for, in few statements; the others are left out."""

    def put_standings(self, tenant_id: TenantId, store_id: StoreId, standings: Sequence[ApprovalStanding]) -> None:
        """Store standings in place of the ones of their payables."""

    def emergencies(self, tenant_id: TenantId, store_id: StoreId) -> tuple[ApprovalStanding, ...]:
        """Return the emergency approvals nobody reviewed, oldest first, at most 200."""

    def found_signs(
        self, tenant_id: TenantId, store_id: StoreId, payable_ids: Sequence[PayableId]
    ) -> Mapping[PayableId, FoundSigns]:
        """Return what was found the last time, in few statements."""

    def put_signs(self, tenant_id: TenantId, store_id: StoreId, found: Sequence[FoundSigns]) -> None:
        """Store what was found in place of what was found before."""

    def clear_sign(self, tenant_id: TenantId, store_id: StoreId, clearing: SignClearing) -> None:
        """Store a person's word that two payables are not the same."""

    def clearings(
        self, tenant_id: TenantId, store_id: StoreId, payable_ids: Sequence[PayableId]
    ) -> tuple[SignClearing, ...]:
        """Return what people cleared of these payables, oldest first."""

    def twins(self, tenant_id: TenantId, store_id: StoreId, payable_ids: Sequence[PayableId]) -> tuple[Twin, ...]:
        """Return every other payable with the number and amount of one of these, in few statements.

        Rejected and cancelled ones are left out; two payables asked for may be twins of each other.
        """
