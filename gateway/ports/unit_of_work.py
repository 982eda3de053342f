"""Storage as the services see it: one unit of work is one database transaction.

The calls on the money path are coarse on purpose: each is one round trip where the database allows it, because a sale
has exactly two commits (intent; outcome with ledger and outbox).
"""

import uuid
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, TypeVar

from gateway.domain.access import Role
from gateway.domain.ids import ApiKeyId, AttemptId, DeviceId, OutboxId, PaymentId, PersonId, StoreId, TenantId
from gateway.domain.ledger import Balance, Transfer
from gateway.domain.outbox import OutboxMessage
from gateway.domain.payment import Attempt, AttemptOutcome, AttemptState, Payment, TerminalResult, TransactionNumbers
from gateway.domain.sale import Sale


T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class StoredAnswer:
    """The first answer to an idempotency key, replayed byte for byte. ``request_hash``: SHA-256 of the request, hex."""

    key: str
    request_hash: str
    status: int
    body: bytes
    location: str


@dataclass(frozen=True, slots=True)
class PaymentEvent:
    """One line of a payment's journal. ``sequence`` counts from 1 per payment; ``kind``: snake_case word."""

    payment_id: PaymentId
    sequence: int
    kind: str
    state: AttemptState
    words: str
    actor: str
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class Intent:
    """Everything the first commit of a sale stores. ``attempt.epoch`` and ``.baseline`` are filled by the store.

    ``attempt.result`` is None. ``answer``: what the caller is told; None when no key is kept (a further attempt).
    ``sale`` and ``payment`` are None for a further attempt of a stored payment.
    """

    tenant_id: TenantId
    store_id: StoreId
    sale: Sale | None
    payment: Payment | None
    attempt: Attempt
    reservation: Transfer
    actor: str
    answer: StoredAnswer | None


@dataclass(frozen=True, slots=True)
class Conclusion:
    """Everything the second commit of a sale stores.

    ``expected``: the states the attempt may be in; ``epoch``: fence, the lease epoch of the writing node, or None when a
    person decides. ``closing``: post or void of the reservation, None while the outcome is unknown.
    ``numbers``: newest numbers of the terminal, None when it told none.
    """

    tenant_id: TenantId
    store_id: StoreId
    payment_id: PaymentId
    attempt_id: AttemptId
    terminal_id: DeviceId
    expected: frozenset[AttemptState]
    epoch: int | None
    state: AttemptState
    blocks_terminal: bool
    outcome: AttemptOutcome
    closing: Transfer | None
    outbox: tuple[OutboxMessage, ...]
    numbers: TransactionNumbers | None
    actor: str
    concluded_at: datetime


@dataclass(frozen=True, slots=True)
class PaymentRecord:
    """A payment with its sale, all attempts (oldest first), journal and receipt deliveries."""

    payment: Payment
    sale: Sale
    attempts: tuple[Attempt, ...]
    events: tuple[PaymentEvent, ...]
    deliveries: tuple[OutboxMessage, ...]


class PaymentStore(Protocol):
    """Payments and attempts of all stores; every call names tenant and store."""

    def record_intent(self, intent: Intent) -> Attempt:
        """Insert sale, payment, attempt, reservation, journal line and stored answer; return the attempt as stored.

        Epoch and baseline are read from the terminal's device row and lease in the same statement or transaction.

        Raises:
            RuleError: ``terminal_busy`` when another attempt blocks the terminal; ``payment_open`` when the payment has an
                open or approved attempt; ``payment_exists`` / ``answer_exists`` when id or key is taken (caller replays).
            InputError: ``unknown_terminal`` when the device row does not exist.
        """

    def record_conclusion(self, conclusion: Conclusion) -> int | None:
        """Store an outcome under its fence; return the journal sequence, or None when the fence or state forbade it."""

    def find_answer(self, tenant_id: TenantId, store_id: StoreId, key: str) -> StoredAnswer | None:
        """Return the stored answer of an idempotency key."""

    def load(self, tenant_id: TenantId, store_id: StoreId, payment_id: PaymentId) -> PaymentRecord | None:
        """Return one payment with all its parts."""

    def recent(
        self, tenant_id: TenantId, store_id: StoreId, *, limit: int, before: PaymentId | None, terminals: frozenset[DeviceId] | None
    ) -> tuple[PaymentRecord, ...]:
        """Return the newest payments (ids are time-ordered), without journal and deliveries."""

    def open_attempts(self, tenant_id: TenantId, store_id: StoreId, terminal_id: DeviceId) -> tuple[tuple[Payment, Attempt], ...]:
        """Return attempts in ``sent`` or ``unknown`` of one terminal, oldest first."""

    def reservation_of(self, tenant_id: TenantId, store_id: StoreId, attempt_id: AttemptId) -> Transfer:
        """Return the pending transfer of an attempt."""

    def request_cancel(self, tenant_id: TenantId, store_id: StoreId, attempt_id: AttemptId, at: datetime, actor: str) -> bool:
        """Mark a running attempt as to be cancelled and add a journal line; False when it is not running any more."""

    def cancels_requested(self, tenant_id: TenantId, store_id: StoreId, terminal_id: DeviceId) -> frozenset[AttemptId]:
        """Return the running attempts of a terminal that somebody asked to cancel."""

    def correct_baseline(
        self, tenant_id: TenantId, store_id: StoreId, attempt_id: AttemptId, epoch: int, baseline: TransactionNumbers
    ) -> bool:
        """Replace the baseline of an attempt not yet begun at the device; False when the fence forbade it."""

    def release_terminal(self, tenant_id: TenantId, store_id: StoreId, attempt_id: AttemptId, epoch: int, outcome: AttemptOutcome) -> None:
        """The terminal was heard but could not decide: keep ``unknown``, note what is known, open it for new sales."""

    def keep_orphan(
        self, tenant_id: TenantId, store_id: StoreId, terminal_id: DeviceId, result: TerminalResult, words: str, at: datetime
    ) -> None:
        """Keep a terminal result that belongs to no open attempt, for a person to look at."""

    def orphans(self, tenant_id: TenantId, store_id: StoreId) -> tuple[tuple[DeviceId, TerminalResult, str, datetime], ...]:
        """Return kept orphan results, newest first."""


@dataclass(frozen=True, slots=True)
class DeviceRow:
    """A terminal or printer known to a store. ``kind``: ``terminal`` or ``printer``."""

    tenant_id: TenantId
    store_id: StoreId
    id: DeviceId
    kind: str
    name: str
    numbers: TransactionNumbers = TransactionNumbers()
    state_words: str = ""
    ready: bool = False


@dataclass(frozen=True, slots=True)
class Lease:
    """The right of one node to work one device until it expires, by database time. ``epoch`` grows with each new holder."""

    tenant_id: TenantId
    store_id: StoreId
    device_id: DeviceId
    holder: str
    epoch: int


class DeviceStore(Protocol):
    """Devices, their last numbers and their leases."""

    def ensure(self, row: DeviceRow) -> None:
        """Insert the device or update its name and kind; numbers stay."""

    def list(self, tenant_id: TenantId, store_id: StoreId) -> tuple[DeviceRow, ...]:
        """Return all devices of a store by id."""

    def heard(
        self, tenant_id: TenantId, store_id: StoreId, device_id: DeviceId, numbers: TransactionNumbers | None, *, ready: bool, words: str
    ) -> None:
        """Store what a device said of itself; None leaves the numbers as they are."""

    def acquire(self, tenant_id: TenantId, store_id: StoreId, device_id: DeviceId, holder: str, lease_s: int) -> Lease | None:
        """Take the lease when it is free, expired or already ours under the same holder name; a fresh take raises the epoch.

        Moves every open attempt of the device to the new epoch, so that an old holder's outcome meets a closed fence.
        Returns None when another node holds it. The holder name is unique per process start.
        """

    def renew(self, holder: str, lease_s: int) -> tuple[Lease, ...]:
        """Extend all leases of this holder that have not expired; return those still held."""

    def release(self, holder: str) -> None:
        """Give back all leases of this holder at once (clean stop)."""


class OutboxStore(Protocol):
    """Messages to deliver."""

    def add(self, message: OutboxMessage) -> bool:
        """Insert a message; False when its id is already there."""

    def start_due(self, tenant_id: TenantId, store_id: StoreId, target: str, *, epoch: int, now: datetime, limit: int) -> tuple[OutboxMessage, ...]:
        """Mark up to ``limit`` ready and due messages of a target as started under this epoch, oldest first; return them."""

    def finish(self, message: OutboxMessage, *, epoch: int, now: datetime) -> bool:
        """Store ``message.state``, tries, due_at and note if it is still started under this epoch; False when fenced off."""

    def mark_unsure(self, tenant_id: TenantId, store_id: StoreId, target: str, *, epoch: int, note: str, now: datetime) -> int:
        """Mark messages of a target started under an older epoch as unsure (they may have happened); return how many."""

    def waiting(self, tenant_id: TenantId, store_id: StoreId) -> tuple[OutboxMessage, ...]:
        """Return messages not done, oldest first, at most 500."""

    def get(self, tenant_id: TenantId, store_id: StoreId, message_id: OutboxId) -> OutboxMessage | None:
        """Return one message."""


class LedgerStore(Protocol):
    """Reads over the append-only ledger; writes happen with the facts they follow from."""

    def balances(self, tenant_id: TenantId, store_id: StoreId) -> tuple[Balance, ...]:
        """Return the balance of every account, derived from the transfers by the database."""

    def transfers(self, tenant_id: TenantId, store_id: StoreId, *, cause_id: uuid.UUID | None = None, limit: int = 1000) -> tuple[Transfer, ...]:
        """Return transfers, oldest first; all, or those of one cause."""


@dataclass(frozen=True, slots=True)
class Person:
    """Someone who signs in. Hashes are argon2id strings; ``pin_hash`` None means no quick unlock.

    ``demo``: made by the demo configuration; cannot sign in under any other.
    """

    tenant_id: TenantId
    store_id: StoreId
    id: PersonId
    login: str
    name: str
    role: Role
    password_hash: str
    pin_hash: str | None
    disabled: bool
    demo: bool
    must_change_password: bool
    created_at: datetime


@dataclass(frozen=True, slots=True)
class WebSession:
    """A signed-in browser. ``token_hash``: SHA-256 of the cookie's secret, hex; ``locked``: waiting for the PIN."""

    token_hash: str
    tenant_id: TenantId
    store_id: StoreId
    person_id: PersonId
    csrf_token: str
    created_at: datetime
    seen_at: datetime
    locked: bool


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key for a program. The secret is shown once; ``secret_hash``: SHA-256 of a 256-bit random secret, hex.

    ``terminals``: limited to these, or None for all of the store.
    """

    tenant_id: TenantId
    store_id: StoreId
    id: ApiKeyId
    name: str
    prefix: str
    secret_hash: str
    scopes: frozenset[str]
    terminals: frozenset[DeviceId] | None
    created_at: datetime
    created_by: str
    expires_at: datetime
    revoked_at: datetime | None
    used_at: datetime | None


class AccessStore(Protocol):
    """People, sessions, API keys and failed sign-ins."""

    def add_person(self, person: Person) -> None:
        """Insert a person. Raises RuleError ``login_taken``."""

    def update_person(self, person: Person) -> None:
        """Replace role, name, hashes and flags of a person."""

    def person_by_login(self, login: str) -> Person | None:
        """Return the person with this login (unique over all tenants, case-insensitive)."""

    def person(self, person_id: PersonId) -> Person | None:
        """Return one person."""

    def people(self, tenant_id: TenantId, store_id: StoreId) -> tuple[Person, ...]:
        """Return all people of a store by login."""

    def count_people(self) -> int:
        """Return how many people exist in all stores."""

    def add_session(self, session: WebSession) -> None:
        """Insert a session."""

    def session(self, token_hash: str) -> WebSession | None:
        """Return one session."""

    def touch_session(self, token_hash: str, seen_at: datetime, *, locked: bool) -> None:
        """Store the last use and the lock of a session."""

    def end_session(self, token_hash: str) -> None:
        """Delete one session."""

    def end_sessions_of(self, person_id: PersonId) -> None:
        """Delete all sessions of a person."""

    def end_sessions_before(self, created_before: datetime) -> int:
        """Delete sessions older than the absolute limit; return how many."""

    def add_key(self, key: ApiKey) -> None:
        """Insert an API key."""

    def key_by_prefix(self, prefix: str) -> ApiKey | None:
        """Return the key with this public prefix (unique)."""

    def keys(self, tenant_id: TenantId, store_id: StoreId) -> tuple[ApiKey, ...]:
        """Return all keys of a store, newest first."""

    def revoke_key(self, tenant_id: TenantId, store_id: StoreId, key_id: ApiKeyId, at: datetime) -> bool:
        """Revoke a key; False when there is none (for this store)."""

    def touch_key(self, key_id: ApiKeyId, used_at: datetime) -> None:
        """Store the last use of a key."""

    def failures(self, kind: str, value: str) -> tuple[int, datetime] | None:
        """Return count and last time of failed sign-ins of an account or address (``kind``: account, address, pin)."""

    def add_failure(self, kind: str, value: str, at: datetime) -> int:
        """Count one more failure; return the count."""

    def clear_failures(self, kind: str, value: str) -> None:
        """Forget failures after a success or when the lock has passed."""


class UnitOfWork(Protocol):
    """One transaction."""

    @property
    def payments(self) -> PaymentStore: ...
    @property
    def devices(self) -> DeviceStore: ...
    @property
    def outbox(self) -> OutboxStore: ...
    @property
    def ledger(self) -> LedgerStore: ...
    @property
    def access(self) -> AccessStore: ...


class Storage(Protocol):
    """The database. ``write`` commits when the block ends well and rolls back on an exception.

    A ``write`` block returns only after its commit is durable. It may be run again by ``write_retrying`` only.
    """

    def write(self) -> AbstractContextManager[UnitOfWork]:
        """Open a transaction that may write."""

    def read(self) -> AbstractContextManager[UnitOfWork]:
        """Open a transaction that only reads (a consistent snapshot)."""

    def write_retrying(self, work: Callable[[UnitOfWork], T]) -> T:
        """Run ``work`` in a write transaction; run it again after a serialization failure or deadlock (SQLSTATE 40001, 40P01)."""


