"""API keys: made once, shown once, scoped, expiring, revocable; and the caller behind a key (PCI DSS 8.6.2)."""

import hashlib
import hmac
import logging
import re
import secrets
from datetime import timedelta

from gateway.domain.access import API_KEY_SCOPES, Caller, Permission
from gateway.domain.errors import InputError, NotFound
from gateway.domain.ids import ApiKeyId, DeviceId, uuid7
from gateway.logs.observability import log_event
from gateway.ports.clock import Clock
from gateway.ports.unit_of_work import ApiKey, Storage, UnitOfWork
from gateway.services.access.client_tokens import TOKEN_LIFE_S, Mac, TokenClaims, read_token, write_token

_log = logging.getLogger(__name__)

_TOKEN = re.compile(r"tb_([0-9a-f]{12})_([0-9a-f]{64})")
_TOUCH_AFTER = timedelta(minutes=1)
DAYS_MAX = 365
KEYS_MAX = 500
"""Valid keys of one store: far above any number of tills, and a bound for the list."""


class ManageApiKeys:
    """Keys for tills and back-office programs of one store."""

    def __init__(self, *, storage: Storage, clock: Clock, mac: Mac) -> None:
        """``mac``: marks the short-lived tokens as written here."""
        self._storage = storage
        self._clock = clock
        self._mac = mac

    def list(self, caller: Caller) -> tuple[ApiKey, ...]:
        """Return all keys of the caller's store, newest first; no secret is in them."""
        caller.require(Permission.KEYS_MANAGE)
        with self._storage.read() as unit:
            return unit.access.keys(caller.tenant_id, caller.store_id)

    def add(
        self,
        caller: Caller,
        *,
        name: str,
        scopes: frozenset[Permission],
        terminals: frozenset[DeviceId] | None,
        days: int,
    ) -> tuple[ApiKey, str]:
        """Make a key; return it with the token ``tb_<prefix>_<secret>`` that is shown once.

        Args:
            caller: who makes it.
            name: what the key is for, as the journal shows it.
            scopes: permissions out of ``API_KEY_SCOPES``, at least one.
            terminals: limits the key to these; None means every terminal of the store.
            days: until it expires, 1 to ``DAYS_MAX``.

        Raises:
            InputError: ``invalid_scope``, ``invalid_days``, ``unknown_terminal``, ``too_many_keys``.
        """
        caller.require(Permission.KEYS_MANAGE)
        if not scopes or not scopes <= API_KEY_SCOPES:
            allowed = ", ".join(sorted(API_KEY_SCOPES))
            raise InputError("invalid_scope", "A key cannot carry this.", f"Choose out of: {allowed}.", "/scopes")
        if not 1 <= days <= DAYS_MAX:
            hint = f"Choose 1 to {DAYS_MAX} days."
            raise InputError("invalid_days", "A key cannot live that long.", hint, "/days")
        prefix, secret = secrets.token_hex(6), secrets.token_hex(32)
        now = self._clock.now()
        key = ApiKey(
            tenant_id=caller.tenant_id,
            store_id=caller.store_id,
            id=ApiKeyId(uuid7(int(now.timestamp() * 1000))),
            name=name,
            prefix=prefix,
            secret_hash=_hash(secret),
            scopes=frozenset(str(scope) for scope in scopes),
            terminals=terminals,
            created_at=now,
            created_by=caller.name,
            expires_at=now + timedelta(days=days),
            revoked_at=None,
            used_at=None,
        )

        def work(unit: UnitOfWork) -> None:
            known = {row.id for row in unit.devices.list(caller.tenant_id, caller.store_id) if row.kind == "terminal"}
            if terminals is not None and not terminals <= known:
                hint = "Name terminals of this store only."
                raise InputError("unknown_terminal", "A terminal is not known here.", hint, "/terminals")
            valid = [row for row in unit.access.keys(caller.tenant_id, caller.store_id) if row.revoked_at is None]
            if len(valid) >= KEYS_MAX:
                hint = "Revoke keys that are not needed any more."
                raise InputError("too_many_keys", f"A store has at most {KEYS_MAX} keys.", hint)
            unit.access.add_key(key)

        self._storage.write_retrying(work)
        log_event(_log, "api_key.added", key_prefix=prefix, actor=caller.name)
        return key, f"tb_{prefix}_{secret}"

    def revoke(self, caller: Caller, key_id: ApiKeyId) -> None:
        """Revoke a key at once.

        Raises:
            NotFound: ``key_not_found``, also for keys of other stores.
        """
        caller.require(Permission.KEYS_MANAGE)
        now = self._clock.now()
        done = self._storage.write_retrying(
            lambda unit: unit.access.revoke_key(caller.tenant_id, caller.store_id, key_id, now)
        )
        if not done:
            raise NotFound("key_not_found", "There is no such key here.", "Check the id.")
        log_event(_log, "api_key.revoked", key_id=key_id, actor=caller.name)

    def caller_of(self, token: str) -> Caller | None:
        """Return the caller behind a presented key or short-lived token, or None for anything but a valid one.

        Stores the last use, at most once a minute.
        """
        claims = read_token(token, self._mac)
        if claims is None:
            key = self._presented(token)
            return None if key is None else self._used(key, key.scopes)
        key = self._by_prefix(claims.prefix)
        if key is None or not self._valid(key) or self._clock.now() >= claims.expires_at:
            return None
        return self._used(key, key.scopes & claims.scopes)

    def caller_of_prefix(self, prefix: str) -> Caller | None:
        """Return the caller behind a key that was not shown: who calls has proved otherwise whose key it is."""
        key = self._by_prefix(prefix)
        return self._used(key, key.scopes) if key is not None and self._valid(key) else None

    def give_token(self, client_id: str, secret: str, scopes: frozenset[str]) -> tuple[str, int, frozenset[str]] | None:
        """Return a short-lived token for a key, the seconds it lives and its scopes; None when the key is not valid.

        Args:
            client_id: the key's prefix.
            secret: the whole key, as it was shown.
            scopes: what the token shall carry; empty means all that the key carries.

        Raises:
            InputError: ``invalid_scope`` when the key does not carry one of the scopes.
        """
        key = self._presented(secret)
        if key is None or not hmac.compare_digest(key.prefix.encode(), client_id.encode("utf-8", "replace")):
            log_event(_log, "client_token.refused", reason="invalid_client")
            return None
        held = frozenset(scope for scope in API_KEY_SCOPES if scope in key.scopes)
        if not scopes <= held or not held:
            log_event(_log, "client_token.refused", reason="invalid_scope", key_prefix=key.prefix)
            raise InputError("invalid_scope", "The key does not carry this.", "Ask for scopes of the key.", "/scope")
        now = self._clock.now().replace(microsecond=0)
        expires_at = min(now + timedelta(seconds=TOKEN_LIFE_S), key.expires_at)
        given = scopes or frozenset(str(scope) for scope in held)
        token = write_token(TokenClaims(key.prefix, given, expires_at), self._mac)
        self._used(key, given)
        log_event(_log, "client_token.given", key_prefix=key.prefix, scopes=" ".join(sorted(given)))
        return token, max(0, int((expires_at - now).total_seconds())), given

    def _presented(self, token: str) -> ApiKey | None:
        match = _TOKEN.fullmatch(token)
        if match is None:
            return None
        key = self._by_prefix(match.group(1))
        # An unknown prefix is compared as well: the time must not tell which prefixes exist.
        fits = hmac.compare_digest(_hash(match.group(2)), key.secret_hash if key else _hash(""))
        return key if key is not None and fits and self._valid(key) else None

    def _by_prefix(self, prefix: str) -> ApiKey | None:
        with self._storage.read() as unit:
            return unit.access.key_by_prefix(prefix)

    def _valid(self, key: ApiKey) -> bool:
        return key.revoked_at is None and self._clock.now() < key.expires_at

    def _used(self, key: ApiKey, scopes: frozenset[str]) -> Caller:
        now = self._clock.now()
        if key.used_at is None or now - key.used_at >= _TOUCH_AFTER:
            self._storage.write_retrying(lambda unit: unit.access.touch_key(key.id, now))
        return Caller(
            tenant_id=key.tenant_id,
            store_id=key.store_id,
            id=key.id,
            name=f"key:{key.name}",
            permissions=frozenset(scope for scope in API_KEY_SCOPES if scope in scopes),
            terminals=key.terminals,
        )


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode("ascii")).hexdigest()
