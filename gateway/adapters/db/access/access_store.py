"""People, browser sessions, API keys and failed sign-ins in SQL."""

from datetime import datetime

from sqlalchemy import bindparam, delete, func, insert, select, text, update

from gateway.adapters.db.access.access_tables import api_key, person, sign_in_failure, web_session
from gateway.adapters.db.column_types import storable
from gateway.adapters.db.payments.mapping import AnyRow
from gateway.adapters.db.statements import Statements
from gateway.domain.access import Role
from gateway.domain.ids import ApiKeyId, DeviceId, PersonId, StoreId, TenantId
from gateway.ports.access_store import ApiKey, Person, WebSession

_ADD_PERSON = insert(person)
_CHANGED = ("name", "role", "password_hash", "pin_hash", "disabled", "demo", "must_change_password", "email")
_UPDATE_PERSON = (
    update(person)
    .where(person.c.person_id == bindparam("id"))
    .values({name: bindparam(f"new_{name}") for name in _CHANGED})
)
_PERSON = select(person).where(person.c.person_id == bindparam("id"))
_PERSON_BY_LOGIN = select(person).where(person.c.login_folded == bindparam("folded"))
_PEOPLE = (
    select(person)
    .where(person.c.tenant_id == bindparam("tenant"), person.c.store_id == bindparam("store"))
    .order_by(person.c.login_folded)
)
_COUNT_PEOPLE = select(func.count().label("people")).select_from(person)

_ADD_SESSION = insert(web_session)
_ONE_SESSION = web_session.c.token_hash == bindparam("token")
_SESSION = select(web_session).where(_ONE_SESSION)
_TOUCH_SESSION = update(web_session).where(_ONE_SESSION).values(seen_at=bindparam("at"), locked=bindparam("is_locked"))
_END_SESSION = delete(web_session).where(_ONE_SESSION)
_END_SESSIONS_OF = delete(web_session).where(web_session.c.person_id == bindparam("id"))
_END_SESSIONS_BEFORE = delete(web_session).where(web_session.c.created_at < bindparam("before"))

_ADD_KEY = insert(api_key)
_KEY_BY_PREFIX = select(api_key).where(api_key.c.prefix == bindparam("wanted"))
_KEYS = (
    select(api_key)
    .where(api_key.c.tenant_id == bindparam("tenant"), api_key.c.store_id == bindparam("store"))
    .order_by(api_key.c.created_at.desc(), api_key.c.key_id.desc())
)
# The first revocation counts: a second one keeps its time.
_REVOKE_KEY = (
    update(api_key)
    .where(
        api_key.c.tenant_id == bindparam("tenant"),
        api_key.c.store_id == bindparam("store"),
        api_key.c.key_id == bindparam("id"),
    )
    .values(revoked_at=func.coalesce(api_key.c.revoked_at, bindparam("at", type_=api_key.c.revoked_at.type)))
)
_TOUCH_KEY = update(api_key).where(api_key.c.key_id == bindparam("id")).values(used_at=bindparam("at"))

_ONE_FAILURE = (sign_in_failure.c.kind == bindparam("of_kind"), sign_in_failure.c.value == bindparam("of_value"))
_FAILURES = select(sign_in_failure).where(*_ONE_FAILURE)
_ADD_FAILURE = text(
    "INSERT INTO sign_in_failure (kind, value, failures, last_at) VALUES (:of_kind, :of_value, 1, :at)"
    " ON CONFLICT (kind, value) DO UPDATE SET failures = sign_in_failure.failures + 1, last_at = excluded.last_at"
    " RETURNING failures"
).bindparams(bindparam("at", type_=sign_in_failure.c.last_at.type))
_CLEAR_FAILURES = delete(sign_in_failure).where(*_ONE_FAILURE)


class SqlAccessStore:
    """People, sessions, API keys and failed sign-ins."""

    __slots__ = ("_statements",)

    def __init__(self, statements: Statements) -> None:
        self._statements = statements

    def add_person(self, person: Person) -> None:
        """Insert a person.

        Raises:
            RuleError: ``login_taken``.
        """
        row = {
            "person_id": person.id,
            "tenant_id": person.tenant_id,
            "store_id": person.store_id,
            "login": person.login,
            "login_folded": person.login.casefold(),
            "name": storable(person.name),
            "role": person.role.value,
            "password_hash": person.password_hash,
            "pin_hash": person.pin_hash,
            "disabled": person.disabled,
            "demo": person.demo,
            "must_change_password": person.must_change_password,
            "created_at": person.created_at,
            "email": person.email,
        }
        self._statements.change(_ADD_PERSON, row)

    def update_person(self, person: Person) -> None:
        """Replace role, name, hashes and flags of a person."""
        change = {
            "id": person.id,
            "new_name": storable(person.name),
            "new_role": person.role.value,
            "new_password_hash": person.password_hash,
            "new_pin_hash": person.pin_hash,
            "new_disabled": person.disabled,
            "new_demo": person.demo,
            "new_must_change_password": person.must_change_password,
            "new_email": person.email,
        }
        self._statements.change(_UPDATE_PERSON, change)

    def person_by_login(self, login: str) -> Person | None:
        """Return the person with this login (unique over all tenants, case-insensitive)."""
        row = self._statements.first(_PERSON_BY_LOGIN, {"folded": storable(login).casefold()})
        return None if row is None else _person_of(row)

    def person(self, person_id: PersonId) -> Person | None:
        """Return one person."""
        row = self._statements.first(_PERSON, {"id": person_id})
        return None if row is None else _person_of(row)

    def people(self, tenant_id: TenantId, store_id: StoreId) -> tuple[Person, ...]:
        """Return all people of a store by login."""
        rows = self._statements.rows(_PEOPLE, {"tenant": tenant_id, "store": store_id})
        return tuple(_person_of(row) for row in rows)

    def count_people(self) -> int:
        """Return how many people exist in all stores."""
        return sum(int(row.people) for row in self._statements.rows(_COUNT_PEOPLE, {}))

    def add_session(self, session: WebSession) -> None:
        """Insert a session."""
        row = {
            "token_hash": session.token_hash,
            "tenant_id": session.tenant_id,
            "store_id": session.store_id,
            "person_id": session.person_id,
            "csrf_token": session.csrf_token,
            "created_at": session.created_at,
            "seen_at": session.seen_at,
            "locked": session.locked,
        }
        self._statements.change(_ADD_SESSION, row)

    def session(self, token_hash: str) -> WebSession | None:
        """Return one session."""
        row = self._statements.first(_SESSION, {"token": token_hash})
        return None if row is None else _session_of(row)

    def touch_session(self, token_hash: str, seen_at: datetime, *, locked: bool) -> None:
        """Store the last use and the lock of a session."""
        self._statements.change(_TOUCH_SESSION, {"token": token_hash, "at": seen_at, "is_locked": locked})

    def end_session(self, token_hash: str) -> None:
        """Delete one session."""
        self._statements.change(_END_SESSION, {"token": token_hash})

    def end_sessions_of(self, person_id: PersonId) -> None:
        """Delete all sessions of a person."""
        self._statements.change(_END_SESSIONS_OF, {"id": person_id})

    def end_sessions_before(self, created_before: datetime) -> int:
        """Delete sessions older than the absolute limit; return how many."""
        return self._statements.change(_END_SESSIONS_BEFORE, {"before": created_before})

    def add_key(self, key: ApiKey) -> None:
        """Insert an API key."""
        row = {
            "key_id": key.id,
            "tenant_id": key.tenant_id,
            "store_id": key.store_id,
            "name": storable(key.name),
            "prefix": key.prefix,
            "secret_hash": key.secret_hash,
            "scopes": sorted(key.scopes),
            "terminals": None if key.terminals is None else sorted(key.terminals),
            "created_at": key.created_at,
            "created_by": storable(key.created_by),
            "expires_at": key.expires_at,
            "revoked_at": key.revoked_at,
            "used_at": key.used_at,
        }
        self._statements.change(_ADD_KEY, row)

    def key_by_prefix(self, prefix: str) -> ApiKey | None:
        """Return the key with this public prefix (unique)."""
        row = self._statements.first(_KEY_BY_PREFIX, {"wanted": storable(prefix)})
        return None if row is None else _key_of(row)

    def keys(self, tenant_id: TenantId, store_id: StoreId) -> tuple[ApiKey, ...]:
        """Return all keys of a store, newest first."""
        return tuple(_key_of(row) for row in self._statements.rows(_KEYS, {"tenant": tenant_id, "store": store_id}))

    def revoke_key(self, tenant_id: TenantId, store_id: StoreId, key_id: ApiKeyId, at: datetime) -> bool:
        """Revoke a key; False when there is none (for this store)."""
        change = {"tenant": tenant_id, "store": store_id, "id": key_id, "at": at}
        return self._statements.change(_REVOKE_KEY, change) == 1

    def touch_key(self, key_id: ApiKeyId, used_at: datetime) -> None:
        """Store the last use of a key."""
        self._statements.change(_TOUCH_KEY, {"id": key_id, "at": used_at})

    def failures(self, kind: str, value: str) -> tuple[int, datetime] | None:
        """Return count and last time of failed sign-ins of an account or address (``kind``: account, address, pin)."""
        row = self._statements.first(_FAILURES, {"of_kind": kind, "of_value": storable(value)})
        return None if row is None else (row.failures, row.last_at)

    def add_failure(self, kind: str, value: str, at: datetime) -> int:
        """Count one more failure; return the count."""
        change = {"of_kind": kind, "of_value": storable(value), "at": at}
        return sum(int(row.failures) for row in self._statements.rows(_ADD_FAILURE, change))

    def clear_failures(self, kind: str, value: str) -> None:
        """Forget failures after a success or when the lock has passed."""
        self._statements.change(_CLEAR_FAILURES, {"of_kind": kind, "of_value": storable(value)})


def _person_of(row: AnyRow) -> Person:
    return Person(
        tenant_id=TenantId(row.tenant_id),
        store_id=StoreId(row.store_id),
        id=PersonId(row.person_id),
        login=row.login,
        name=row.name,
        role=Role(row.role),
        password_hash=row.password_hash,
        pin_hash=row.pin_hash,
        disabled=row.disabled,
        demo=row.demo,
        must_change_password=row.must_change_password,
        created_at=row.created_at,
        email=row.email,
    )


def _session_of(row: AnyRow) -> WebSession:
    return WebSession(
        token_hash=row.token_hash,
        tenant_id=TenantId(row.tenant_id),
        store_id=StoreId(row.store_id),
        person_id=PersonId(row.person_id),
        csrf_token=row.csrf_token,
        created_at=row.created_at,
        seen_at=row.seen_at,
        locked=row.locked,
    )


def _key_of(row: AnyRow) -> ApiKey:
    return ApiKey(
        tenant_id=TenantId(row.tenant_id),
        store_id=StoreId(row.store_id),
        id=ApiKeyId(row.key_id),
        name=row.name,
        prefix=row.prefix,
        secret_hash=row.secret_hash,
        scopes=frozenset(row.scopes),
        terminals=None if row.terminals is None else frozenset(DeviceId(one) for one in row.terminals),
        created_at=row.created_at,
        created_by=row.created_by,
        expires_at=row.expires_at,
        revoked_at=row.revoked_at,
        used_at=row.used_at,
    )
