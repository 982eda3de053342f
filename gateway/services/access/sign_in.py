"""People sign in, sessions live and end, tills lock to a PIN (PCI DSS 8.2.8, 8.3.4; OWASP ASVS 6.3, 7).

A session is a row; the cookie holds a 256-bit secret of which only the SHA-256 is stored. Failed tries are counted
before the password is checked, so many tries at the same time cannot outrun the lock.
"""

import hashlib
import hmac
import logging
import re
import secrets
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from gateway.domain.access import ROLE_PERMISSIONS, Caller, Role
from gateway.domain.errors import InputError, NotSignedIn
from gateway.logs.observability import log_event
from gateway.ports.clock import Clock
from gateway.ports.passwords import PasswordHasher
from gateway.ports.unit_of_work import Person, Storage, UnitOfWork, WebSession
from gateway.services.access.password_rules import PASSWORD_MAX, PIN_MAX, check_password, check_pin

_log = logging.getLogger(__name__)

LOGIN_PATTERN = r"^[a-z0-9][a-z0-9._-]{0,63}$"
_LOGIN = re.compile(LOGIN_PATTERN)
_TOUCH_AFTER = timedelta(minutes=1)
"""The last use is stored at most this often: reading must not mean writing."""


class TooManyTries(NotSignedIn):
    """Signing in is locked for a while. ``retry_after_s``: whole seconds, > 0."""

    def __init__(self, retry_after_s: int) -> None:
        super().__init__(
            "sign_in_locked",
            "There were too many failed tries to sign in.",
            "Wait until the lock has passed, or ask an administrator for a new one-time password.",
        )
        self.retry_after_s = retry_after_s


@dataclass(frozen=True, slots=True)
class SessionLimits:
    """How long sessions live and how often one may fail. Times in seconds, all > 0."""

    idle_s: int = 15 * 60
    absolute_s: int = 12 * 3600
    failures_max: int = 10
    lock_s: int = 30 * 60
    pin_failures_max: int = 5


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A person with a live session. ``session.locked``: only the PIN is accepted until it was entered."""

    person: Person
    session: WebSession

    def caller(self) -> Caller:
        """Return the person as the services know a caller."""
        person = self.person
        return Caller(person.tenant_id, person.store_id, person.id, person.login, ROLE_PERMISSIONS[person.role])


def token_hash(token: str) -> str:
    """Return what is stored of a session's secret: its SHA-256 in hex (the secret has 256 random bits)."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def known_login(text: str) -> str | None:
    """Return a login in its stored spelling, or None when no login can look like this."""
    login = text.strip().lower()
    return login if _LOGIN.fullmatch(login) else None


class SignIn:
    """Sign-in, sessions, PIN lock and change of password."""

    def __init__(
        self, *, storage: Storage, clock: Clock, passwords: PasswordHasher, limits: SessionLimits, demo: bool, shop: str
    ) -> None:
        """``demo``: only then people made for the demo may sign in; ``shop``: its name must not make up a password."""
        self._storage = storage
        self._clock = clock
        self._passwords = passwords
        self._limits = limits
        self._demo = demo
        self._shop = shop
        self._decoy = ""

    def sign_in(self, login: str, password: str, *, address: str) -> tuple[str, SignedIn]:
        """Open a session; return its secret for the cookie.

        Args:
            login: as typed; case does not matter.
            password: as typed, uncut.
            address: where the request came from.

        Raises:
            NotSignedIn: ``wrong_credentials``, the same for unknown, disabled and wrong.
            TooManyTries: the account or the address is locked; the same for accounts that do not exist.
        """
        account = known_login(login) or "?"
        now = self._clock.now()
        # Checked for logins that do not exist, so that their answer takes as long as for those that do. Made at the
        # first sign-in, whoever it is: a start has no time for it.
        self._decoy = self._decoy or self._passwords.hash(secrets.token_urlsafe(32))
        self._storage.write_retrying(lambda unit: self._charge(unit, account, address, now))
        with self._storage.read() as unit:
            person = unit.access.person_by_login(account)
        fits = self._passwords.verify(person.password_hash if person else self._decoy, password[: PASSWORD_MAX + 1])
        if person is None or not fits or not self._may_sign_in(person):
            self._storage.write_retrying(lambda unit: unit.access.add_failure("address", address, now))
            log_event(_log, "sign_in.failed", level=logging.WARNING, login=account, address=address)
            raise NotSignedIn("wrong_credentials", "Login or password is wrong.", "Check both; case matters.")
        token, session = self._new_session(person, now)
        fresh = self._refreshed_hash(person, password)

        def store(unit: UnitOfWork) -> None:
            unit.access.clear_failures("account", account)
            unit.access.clear_failures("pin", str(person.id))
            if fresh is not person:
                unit.access.update_person(fresh)
            unit.access.add_session(session)

        self._storage.write_retrying(store)
        log_event(_log, "sign_in.succeeded", login=account, address=address)
        return token, SignedIn(fresh, session)

    def resume(self, token: str, *, active: bool) -> SignedIn | None:
        """Return the live session of a cookie, or None; ``active`` False for requests a screen makes by itself.

        After the idle time a cashier's session is locked to the PIN and any other one ends.
        """
        now = self._clock.now()
        found = self._find(token)
        if found is None:
            return None
        session = found.session
        idle = now - session.seen_at
        if not session.locked and idle >= timedelta(seconds=self._limits.idle_s):
            return self._after_idle(found, now)
        if active and not session.locked and idle >= _TOUCH_AFTER:
            session = replace(session, seen_at=now)
            with self._storage.write() as unit:
                unit.access.touch_session(session.token_hash, now, locked=False)
        return SignedIn(found.person, session)

    def lock(self, token: str) -> None:
        """Lock a cashier's session at once; sign out anybody who has no PIN."""
        found = self._find(token)
        if found is not None:
            self._after_idle(found, self._clock.now())

    def unlock(self, token: str, pin: str) -> tuple[str, SignedIn]:
        """Open a locked session by PIN; the session gets a new secret and keeps its first sign-in time.

        Raises:
            NotSignedIn: ``signed_out`` without a live session, ``wrong_pin``, ``pin_tries_exceeded`` (it is over).
        """
        found = self._find(token)
        if found is None or found.person.pin_hash is None:
            raise NotSignedIn("signed_out", "This session has ended.", "Sign in with login and password.")
        person, old = found.person, found.session
        now = self._clock.now()
        tries = self._storage.write_retrying(lambda unit: unit.access.add_failure("pin", str(person.id), now))
        fits = tries <= self._limits.pin_failures_max and self._passwords.verify(
            found.person.pin_hash, pin[: PIN_MAX + 1]
        )
        if not fits and tries >= self._limits.pin_failures_max:
            with self._storage.write() as unit:
                unit.access.end_sessions_of(person.id)
            log_event(_log, "sign_in.pin_tries_exceeded", level=logging.WARNING, login=person.login)
            message = "The PIN was wrong too often."
            raise NotSignedIn("pin_tries_exceeded", message, "Sign in with login and password.")
        if not fits:
            left = self._limits.pin_failures_max - tries
            raise NotSignedIn("wrong_pin", "The PIN is wrong.", f"{left} tries are left before a full sign-in.")
        fresh_token, session = self._new_session(person, now)
        session = replace(session, created_at=old.created_at)

        def store(unit: UnitOfWork) -> None:
            unit.access.clear_failures("pin", str(person.id))
            unit.access.end_session(old.token_hash)
            unit.access.add_session(session)

        self._storage.write_retrying(store)
        return fresh_token, SignedIn(person, session)

    def sign_out(self, token: str) -> None:
        """End all sessions of the person whose session this is."""
        found = self._find(token)
        if found is not None:
            with self._storage.write() as unit:
                unit.access.end_sessions_of(found.person.id)
            log_event(_log, "sign_in.signed_out", login=found.person.login)

    def change_password(self, signed: SignedIn, *, old: str, new: str, address: str) -> tuple[str, SignedIn]:
        """Replace the password; all sessions end and a new one begins.

        Raises:
            NotSignedIn: ``wrong_credentials`` when the old password is wrong.
            InputError: a rule of ``password_rules``, or ``password_unchanged``.
            TooManyTries: locked after too many wrong old passwords.
        """
        person, now = signed.person, self._clock.now()
        if hmac.compare_digest(old.encode("utf-8", "replace"), new.encode("utf-8", "replace")):
            hint = "Take another one."
            raise InputError("password_unchanged", "The new password is the old one.", hint, "/new_password")
        check_password(new, login=person.login, name=person.name, shop=self._shop)
        self._storage.write_retrying(lambda unit: self._charge(unit, person.login, address, now))
        if not self._passwords.verify(person.password_hash, old[: PASSWORD_MAX + 1]):
            raise NotSignedIn("wrong_credentials", "The old password is wrong.", "Type the one you signed in with.")
        changed = replace(person, password_hash=self._passwords.hash(new), must_change_password=False)
        token, session = self._new_session(changed, now)

        def store(unit: UnitOfWork) -> None:
            unit.access.update_person(changed)
            unit.access.end_sessions_of(person.id)
            unit.access.clear_failures("account", person.login)
            unit.access.add_session(session)

        self._storage.write_retrying(store)
        log_event(_log, "sign_in.password_changed", login=person.login)
        return token, SignedIn(changed, session)

    def set_pin(self, signed: SignedIn, *, password: str, pin: str, address: str) -> None:
        """Set the person's own PIN; needs the password, for a till left open must not be enough.

        Raises:
            InputError: ``invalid_pin``, ``pin_too_common``.
            NotSignedIn: ``wrong_credentials``.
            TooManyTries: locked after too many wrong passwords.
        """
        check_pin(pin)
        person, now = signed.person, self._clock.now()
        self._storage.write_retrying(lambda unit: self._charge(unit, person.login, address, now))
        if not self._passwords.verify(person.password_hash, password[: PASSWORD_MAX + 1]):
            raise NotSignedIn("wrong_credentials", "The password is wrong.", "Type the one you signed in with.")
        changed = replace(person, pin_hash=self._passwords.hash(pin))

        def store(unit: UnitOfWork) -> None:
            unit.access.clear_failures("account", person.login)
            unit.access.update_person(changed)

        self._storage.write_retrying(store)

    def sweep(self) -> int:
        """Delete sessions past the absolute limit, which nobody can use any more; return how many."""
        oldest = self._clock.now() - timedelta(seconds=self._limits.absolute_s)
        return self._storage.write_retrying(lambda unit: unit.access.end_sessions_before(oldest))

    def _find(self, token: str) -> SignedIn | None:
        """Load session and person; None when the session is over or the person may not be here any more."""
        with self._storage.read() as unit:
            session = unit.access.session(token_hash(token))
            person = unit.access.person(session.person_id) if session else None
        if session is None or person is None:
            return None
        if self._clock.now() - session.created_at >= timedelta(seconds=self._limits.absolute_s):
            return None
        return SignedIn(person, session) if self._may_sign_in(person) else None

    def _may_sign_in(self, person: Person) -> bool:
        return not person.disabled and (self._demo or not person.demo)

    def _after_idle(self, found: SignedIn, now: datetime) -> SignedIn | None:
        locks = found.person.role is Role.CASHIER and found.person.pin_hash is not None
        with self._storage.write() as unit:
            if locks:
                unit.access.touch_session(found.session.token_hash, now, locked=True)
            else:
                unit.access.end_session(found.session.token_hash)
        return SignedIn(found.person, replace(found.session, locked=True)) if locks else None

    def _charge(self, unit: UnitOfWork, account: str, address: str, now: datetime) -> None:
        """Count a try against the account; refuse when account or address have failed too often."""
        for kind, value in (("account", account), ("address", address)):
            failed = unit.access.failures(kind, value)
            if failed is None:
                continue
            count, last_at = failed
            passed_s = int((now - last_at).total_seconds())
            if passed_s >= self._limits.lock_s:
                unit.access.clear_failures(kind, value)
            elif count >= self._limits.failures_max:
                raise TooManyTries(max(1, self._limits.lock_s - passed_s))
        unit.access.add_failure("account", account, now)

    def _new_session(self, person: Person, now: datetime) -> tuple[str, WebSession]:
        token = secrets.token_urlsafe(32)
        session = WebSession(
            token_hash=token_hash(token),
            tenant_id=person.tenant_id,
            store_id=person.store_id,
            person_id=person.id,
            csrf_token=secrets.token_urlsafe(32),
            created_at=now,
            seen_at=now,
            locked=False,
        )
        return token, session

    def _refreshed_hash(self, person: Person, password: str) -> Person:
        if not self._passwords.outdated(person.password_hash):
            return person
        return replace(person, password_hash=self._passwords.hash(password))
