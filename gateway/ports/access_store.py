"""People, their sessions, API keys and failed sign-ins as stored."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from gateway.domain.access import Role
from gateway.domain.ids import ApiKeyId, DeviceId, PersonId, StoreId, TenantId


@dataclass(frozen=True, slots=True)
class Person:
    """Someone who signs in. Hashes are argon2id strings; ``pin_hash`` None means no quick unlock.

    ``demo``: made by the demo configuration; cannot sign in under any other; ``email``: where they are reminded, or
    empty.
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
    email: str = ""


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
