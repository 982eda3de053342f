"""Where documents on their way into ERPs are kept, with their journal and the accounts they go to."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from gateway.domain.erp.documents import DocumentKind
from gateway.domain.erp.posting import Posting, PostingState
from gateway.domain.ids import StoreId, TenantId

POSTINGS_PAGE_MAX = 500
Place = tuple[TenantId, StoreId]


@dataclass(frozen=True, slots=True)
class PostingEvent:
    """One step of a posting, as it was made. ``number``: from 1; ``actor``: a person, or the runner."""

    key: str
    number: int
    at: datetime
    state: PostingState
    code: str
    detail: str
    actor: str


@dataclass(frozen=True, slots=True)
class AccountState:
    """How an account fares. ``failures``: calls that failed in a row; ``paused_until``: it is left alone until then."""

    failures: int
    paused_until: datetime | None


class ErpStore(Protocol):
    """Postings of all accounts; every call names tenant and store, and one account."""

    def add(self, place: Place, posting: Posting, actor: str) -> bool:
        """Store a new posting and allot its sequence; False, and nothing stored, when its key is there.

        Postings of one account are stored one after the other, so that a higher sequence is never seen before a lower.
        """

    def renumber(self, place: Place, account: str, key: str) -> None:
        """Give a posting the next sequence: a cursor that has passed it comes by again."""

    def accounts(self, place: Place) -> tuple[str, ...]:
        """Return the accounts for which anything was ever stored, in their order."""

    def load(self, place: Place, account: str, key: str) -> Posting | None:
        """Return one posting."""

    def page(
        self,
        place: Place,
        account: str,
        kind: DocumentKind | None,
        after_sequence: int,
        limit: int,
        states: Collection[PostingState] | None = None,
    ) -> tuple[Posting, ...]:
        """Return postings behind a sequence (0: from the first), in their order, of one kind or of all.

        ``states``: only those that stand there now, None for any.
        ``limit``: 1 to 500. What commits later has a higher sequence: a cursor skips nothing.
        """

    def newest(
        self,
        place: Place,
        account: str,
        kind: DocumentKind | None,
        before_sequence: int | None,
        limit: int,
        states: Collection[PostingState],
    ) -> tuple[Posting, ...]:
        """Return postings in some states before a sequence (None: from the last), the newest first; ``limit``: > 0."""

    def counts(self, place: Place, account: str) -> Mapping[tuple[PostingState, DocumentKind], int]:
        """Return how many postings of an account stand in each state, by kind; what is not there is left out."""

    def acknowledge(self, place: Place, account: str, key: str, erp_id: str, number: str, at: datetime) -> bool:
        """Note that the ERP has fetched a document; the first word stays. False when there is no such posting."""

    def acquire(self, place: Place, account: str, holder: str, lease_s: int) -> int | None:
        """Take or extend the lease of an account by the database's clock; return its epoch, None when it is another's.

        Each fresh take raises the epoch.
        """

    def release(self, place: Place, account: str, holder: str) -> None:
        """Give the lease back."""

    def fares(self, place: Place, account: str) -> AccountState:
        """Return how an account fares."""

    def fared(self, place: Place, account: str, state: AccountState) -> None:
        """Store how an account fares."""

    def due(self, place: Place, account: str, now: datetime, limit: int) -> tuple[Posting, ...]:
        """Return postings in work whose time has come, the longest due first."""

    def move(self, place: Place, posting: Posting, *, former: PostingState, epoch: int | None, actor: str) -> bool:
        """Store the new state of a posting and its event; False when it has moved on, or the epoch is another's.

        ``epoch``: of the lease under which it was read; None for a person's decision.
        """

    def events(self, place: Place, account: str, key: str) -> tuple[PostingEvent, ...]:
        """Return the journal of a posting, oldest first."""
