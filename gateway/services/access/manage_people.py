"""People: the first administrator, colleagues with one-time passwords, roles, disabling; and the people of the demo."""

import logging
import secrets
import uuid
from dataclasses import dataclass, replace
from datetime import datetime

from gateway.domain.access import Caller, Permission, Role
from gateway.domain.errors import InputError, NotFound, RuleError
from gateway.domain.ids import PersonId, StoreId, TenantId, uuid7
from gateway.domain.mail_address import is_mail_address
from gateway.logs.observability import log_event
from gateway.ports.clock import Clock
from gateway.ports.passwords import PasswordHasher
from gateway.ports.unit_of_work import Person, Storage, UnitOfWork
from gateway.services.access.password_rules import check_pin
from gateway.services.access.sign_in import known_login

_log = logging.getLogger(__name__)

FIRST_LOGIN = "administrator"
_ONE_TIME_BYTES = 18
"""144 random bits; written in base64 they make 24 characters."""


@dataclass(frozen=True, slots=True)
class PersonChange:
    """What an administrator may change; None leaves it as it is."""

    name: str | None = None
    role: Role | None = None
    disabled: bool | None = None
    email: str | None = None


@dataclass(frozen=True, slots=True)
class DemoPerson:
    """Credentials of one person of the demo, made anew at each start and shown to whoever started it."""

    login: str
    password: str
    pin: str
    role: Role


class ManagePeople:
    """Administration of people of one store. Every change of rights ends the person's sessions at once."""

    def __init__(self, *, storage: Storage, clock: Clock, passwords: PasswordHasher) -> None:
        self._storage = storage
        self._clock = clock
        self._passwords = passwords

    def list(self, caller: Caller) -> tuple[Person, ...]:
        """Return all people of the caller's store."""
        caller.require(Permission.PEOPLE_MANAGE)
        with self._storage.read() as unit:
            return unit.access.people(caller.tenant_id, caller.store_id)

    def add(
        self, caller: Caller, *, login: str, name: str, role: Role, pin: str | None, email: str = ""
    ) -> tuple[Person, str]:
        """Add a person; return them with a one-time password that is shown once.

        Raises:
            InputError: ``invalid_login``, ``invalid_pin``, ``pin_too_common``, ``invalid_email``.
            RuleError: ``login_taken``.
        """
        caller.require(Permission.PEOPLE_MANAGE)
        spelled = known_login(login)
        if spelled is None:
            hint = "Take lower-case letters, digits, dots, dashes and underscores, beginning with a letter or digit."
            raise InputError("invalid_login", "This cannot be a login.", hint, "/login")
        if pin is not None:
            check_pin(pin)
        _check_email(email)
        secret = secrets.token_urlsafe(_ONE_TIME_BYTES)
        now = self._clock.now()
        person = Person(
            tenant_id=caller.tenant_id,
            store_id=caller.store_id,
            id=_new_id(now),
            login=spelled,
            name=name,
            role=role,
            password_hash=self._passwords.hash(secret),
            pin_hash=None if pin is None else self._passwords.hash(pin),
            disabled=False,
            demo=False,
            must_change_password=True,
            created_at=now,
            email=email,
        )
        self._storage.write_retrying(lambda unit: unit.access.add_person(person))
        log_event(_log, "person.added", login=spelled, role=role, actor=caller.name)
        return person, secret

    def change(self, caller: Caller, person_id: PersonId, change: PersonChange) -> Person:
        """Change name, role, address or the right to sign in.

        Raises:
            InputError: ``invalid_email``.
            NotFound: ``person_not_found``, also for people of other stores.
            RuleError: ``own_rights`` for one's own role or account, ``last_administrator``.
        """
        caller.require(Permission.PEOPLE_MANAGE)
        _check_email(change.email or "")

        def work(unit: UnitOfWork) -> Person:
            person = _of_store(unit, caller, person_id)
            changed = replace(
                person,
                name=person.name if change.name is None else change.name,
                role=person.role if change.role is None else change.role,
                disabled=person.disabled if change.disabled is None else change.disabled,
                email=person.email if change.email is None else change.email,
            )
            rights_changed = (changed.role, changed.disabled) != (person.role, person.disabled)
            if rights_changed:
                _check_rights(unit, caller, person, changed)
            unit.access.update_person(changed)
            if rights_changed:
                unit.access.end_sessions_of(person.id)
            return changed

        changed = self._storage.write_retrying(work)
        log_event(_log, "person.changed", login=changed.login, role=changed.role, actor=caller.name)
        return changed

    def reset_password(self, caller: Caller, person_id: PersonId) -> str:
        """Give a person a new one-time password, shown once; their sessions and locks end.

        Raises:
            NotFound: ``person_not_found``.
            RuleError: ``own_rights``: one's own password is changed by signing in.
        """
        caller.require(Permission.PEOPLE_MANAGE)
        secret = secrets.token_urlsafe(_ONE_TIME_BYTES)
        hashed = self._passwords.hash(secret)

        def work(unit: UnitOfWork) -> Person:
            person = _of_store(unit, caller, person_id)
            if person.id == caller.id:
                raise _own_rights()
            unit.access.update_person(replace(person, password_hash=hashed, must_change_password=True))
            unit.access.end_sessions_of(person.id)
            unit.access.clear_failures("account", person.login)
            return person

        person = self._storage.write_retrying(work)
        log_event(_log, "person.password_reset", login=person.login, actor=caller.name)
        return secret


def create_first_administrator(
    storage: Storage, clock: Clock, passwords: PasswordHasher, *, tenant_id: TenantId, store_id: StoreId
) -> tuple[str, str] | None:
    """Make the first administrator of an empty installation; return login and one-time password, None if people exist.

    The password is random, shown once to whoever starts the gateway, and has to be changed at the first sign-in.
    """
    secret = secrets.token_urlsafe(_ONE_TIME_BYTES)
    now = clock.now()
    person = Person(
        tenant_id=tenant_id,
        store_id=store_id,
        id=_new_id(now),
        login=FIRST_LOGIN,
        name="Administrator",
        role=Role.ADMINISTRATOR,
        password_hash=passwords.hash(secret),
        pin_hash=None,
        disabled=False,
        demo=False,
        must_change_password=True,
        created_at=now,
    )

    def work(unit: UnitOfWork) -> bool:
        if unit.access.count_people():
            return False
        unit.access.add_person(person)
        return True

    return (FIRST_LOGIN, secret) if storage.write_retrying(work) else None


def seed_demo_people(
    storage: Storage, clock: Clock, passwords: PasswordHasher, *, tenant_id: TenantId, store_id: StoreId
) -> tuple[DemoPerson, ...]:
    """Make one person for each role with random secrets; at a further start the same people get new ones.

    They carry the mark ``demo`` and cannot sign in under any configuration but the demo's.
    """
    found = []
    for role in Role:
        login = f"demo-{role.value.replace('_', '-')}"
        password, pin = secrets.token_urlsafe(12), _random_pin()
        now = clock.now()
        person = Person(
            tenant_id=tenant_id,
            store_id=store_id,
            id=_new_id(now),
            login=login,
            name=f"Demo {role.value.replace('_', ' ')}",
            role=role,
            password_hash=passwords.hash(password),
            pin_hash=passwords.hash(pin),
            disabled=False,
            demo=True,
            must_change_password=False,
            created_at=now,
        )
        storage.write_retrying(lambda unit, person=person: _put_demo_person(unit, person))  # type: ignore[misc]  # one unit per person
        found.append(DemoPerson(login, password, pin, role))
    return tuple(found)


def _put_demo_person(unit: UnitOfWork, person: Person) -> None:
    stored = unit.access.person_by_login(person.login)
    if stored is None:
        unit.access.add_person(person)
        return
    unit.access.update_person(replace(person, id=stored.id, created_at=stored.created_at, email=stored.email))
    unit.access.end_sessions_of(stored.id)


def _random_pin() -> str:
    while True:
        pin = f"{secrets.randbelow(10_000):04d}"
        try:
            check_pin(pin)
        except InputError:
            continue
        return pin


def _new_id(now: datetime) -> PersonId:
    return PersonId(uuid7(int(now.timestamp() * 1000)))


def _of_store(unit: UnitOfWork, caller: Caller, person_id: uuid.UUID) -> Person:
    person = unit.access.person(PersonId(person_id))
    if person is None or (person.tenant_id, person.store_id) != (caller.tenant_id, caller.store_id):
        raise NotFound("person_not_found", "There is no such person here.", "Check the id.")
    return person


def _check_rights(unit: UnitOfWork, caller: Caller, person: Person, changed: Person) -> None:
    if person.id == caller.id:
        raise _own_rights()
    loses = person.role is Role.ADMINISTRATOR and (changed.role is not Role.ADMINISTRATOR or changed.disabled)
    others = [
        other
        for other in unit.access.people(caller.tenant_id, caller.store_id)
        if other.role is Role.ADMINISTRATOR and not other.disabled and other.id != person.id
    ]
    if loses and not others:
        hint = "Make another person an administrator first."
        raise RuleError("last_administrator", "Somebody has to run the system.", hint)


def _check_email(email: str) -> None:
    if email and not is_mail_address(email):
        hint = "Write it like name@example.org, or leave it empty."
        raise InputError("invalid_email", "This is not the form of a mail address.", hint, "/email")


def _own_rights() -> RuleError:
    return RuleError("own_rights", "Nobody changes their own rights.", "Ask another administrator.")
