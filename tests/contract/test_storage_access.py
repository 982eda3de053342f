"""People, browser sessions, API keys and failed sign-ins, on both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from gateway.adapters.db.unit_of_work import SqlStorage
from gateway.domain.access import Role
from gateway.domain.errors import RuleError
from gateway.domain.ids import ApiKeyId, DeviceId, PersonId, StoreId, TenantId
from gateway.ports.access_store import ApiKey, Person, WebSession
from tests.support.storage_rows import NOON, new_id

TENANT, STORE = TenantId("acme"), StoreId("north")


def _person(login: str, store_id: StoreId = STORE) -> Person:
    return Person(
        tenant_id=TENANT,
        store_id=store_id,
        id=PersonId(new_id()),
        login=login,
        name="Jürgen Öztürk",
        role=Role.CASHIER,
        password_hash="$argon2id$1",
        pin_hash=None,
        disabled=False,
        demo=True,
        must_change_password=True,
        created_at=NOON,
    )


def _session(person: Person, token: str, created_at: datetime = NOON) -> WebSession:
    return WebSession(token * 64, TENANT, STORE, person.id, "csrf", created_at, created_at, locked=False)


def _key(prefix: str, minutes: int = 0, terminals: frozenset[DeviceId] | None = None) -> ApiKey:
    return ApiKey(
        tenant_id=TENANT,
        store_id=STORE,
        id=ApiKeyId(new_id()),
        name="Till 3",
        prefix=prefix,
        secret_hash="b" * 64,
        scopes=frozenset({"payments:create", "payments:read"}),
        terminals=terminals,
        created_at=NOON + timedelta(minutes=minutes),
        created_by="admin",
        expires_at=NOON + timedelta(days=365),
        revoked_at=None,
        used_at=None,
    )


def test_person_when_added_then_found_by_login_in_any_case_and_by_id(storage: SqlStorage) -> None:
    person = _person("Anna.Straße")

    with storage.write() as unit:
        unit.access.add_person(person)

    with storage.read() as unit:
        assert unit.access.person_by_login("ANNA.STRASSE") == person
        assert unit.access.person(person.id) == person
        assert unit.access.person_by_login("nobody\x00") is None
        assert unit.access.person(PersonId(new_id())) is None
        assert unit.access.count_people() == 1


def test_person_when_login_is_taken_in_any_store_then_refused(storage: SqlStorage) -> None:
    with storage.write() as unit:
        unit.access.add_person(_person("anna"))

    with pytest.raises(RuleError) as error, storage.write() as unit:
        unit.access.add_person(_person("Anna", StoreId("south")))

    assert error.value.code == "login_taken"


def test_person_when_updated_then_everything_but_login_and_place_changes(storage: SqlStorage) -> None:
    person = _person("anna")
    changed = replace(
        person,
        name="Anna",
        role=Role.MANAGER,
        password_hash="$argon2id$2",
        pin_hash="$argon2id$3",
        disabled=True,
        demo=False,
        must_change_password=False,
    )

    with storage.write() as unit:
        unit.access.add_person(person)
        unit.access.update_person(changed)

    with storage.read() as unit:
        assert unit.access.person(person.id) == changed


def test_people_then_of_the_store_by_login(storage: SqlStorage) -> None:
    people = [_person("Bob"), _person("anna"), _person("carl", StoreId("south"))]

    with storage.write() as unit:
        for person in people:
            unit.access.add_person(person)

    with storage.read() as unit:
        assert unit.access.people(TENANT, STORE) == (people[1], people[0])


def test_session_then_found_touched_and_ended(storage: SqlStorage) -> None:
    person = _person("anna")
    later = NOON + timedelta(minutes=3)
    with storage.write() as unit:
        unit.access.add_person(person)
        unit.access.add_session(_session(person, "a"))
        unit.access.touch_session("a" * 64, later, locked=True)

    with storage.read() as unit:
        assert unit.access.session("a" * 64) == replace(_session(person, "a"), seen_at=later, locked=True)
    with storage.write() as unit:
        unit.access.end_session("a" * 64)
    with storage.read() as unit:
        assert unit.access.session("a" * 64) is None


def test_sessions_when_a_person_leaves_then_all_of_hers_end(storage: SqlStorage) -> None:
    anna, bob = _person("anna"), _person("bob")
    with storage.write() as unit:
        for person, tokens in ((anna, "ab"), (bob, "c")):
            unit.access.add_person(person)
            for token in tokens:
                unit.access.add_session(_session(person, token))
        unit.access.end_sessions_of(anna.id)

    with storage.read() as unit:
        assert [unit.access.session(token * 64) is None for token in "abc"] == [True, True, False]


def test_sessions_when_older_than_the_limit_then_ended_and_counted(storage: SqlStorage) -> None:
    person = _person("anna")
    with storage.write() as unit:
        unit.access.add_person(person)
        unit.access.add_session(_session(person, "a", NOON - timedelta(microseconds=1)))
        unit.access.add_session(_session(person, "b", NOON))

    with storage.write() as unit:
        assert unit.access.end_sessions_before(NOON) == 1

    with storage.read() as unit:
        assert unit.access.session("b" * 64) is not None


@pytest.mark.parametrize("terminals", [None, frozenset(), frozenset({DeviceId("t1"), DeviceId("t2")})])
def test_key_then_found_by_prefix_unchanged(storage: SqlStorage, terminals: frozenset[DeviceId] | None) -> None:
    key = _key("tb_1", terminals=terminals)

    with storage.write() as unit:
        unit.access.add_key(key)

    with storage.read() as unit:
        assert unit.access.key_by_prefix("tb_1") == key
        assert unit.access.key_by_prefix("tb_2") is None


def test_keys_then_newest_first(storage: SqlStorage) -> None:
    keys = [_key("tb_1", 1), _key("tb_2", 2)]

    with storage.write() as unit:
        for key in keys:
            unit.access.add_key(key)

    with storage.read() as unit:
        assert unit.access.keys(TENANT, STORE) == (keys[1], keys[0])
        assert unit.access.keys(TENANT, StoreId("south")) == ()


def test_key_when_revoked_then_the_first_time_counts_and_other_stores_cannot(storage: SqlStorage) -> None:
    key = _key("tb_1")
    with storage.write() as unit:
        unit.access.add_key(key)

    with storage.write() as unit:
        elsewhere = unit.access.revoke_key(TENANT, StoreId("south"), key.id, NOON)
        first = unit.access.revoke_key(TENANT, STORE, key.id, NOON)
        second = unit.access.revoke_key(TENANT, STORE, key.id, NOON + timedelta(days=1))
        unit.access.touch_key(key.id, NOON + timedelta(hours=1))

    assert (elsewhere, first, second) == (False, True, True)
    with storage.read() as unit:
        stored = unit.access.key_by_prefix("tb_1")
    assert stored == replace(key, revoked_at=NOON, used_at=NOON + timedelta(hours=1))


def test_failures_then_counted_by_kind_and_value_until_cleared(storage: SqlStorage) -> None:
    later = NOON + timedelta(seconds=1)
    with storage.write() as unit:
        counts = [
            unit.access.add_failure("account", "anna", NOON),
            unit.access.add_failure("account", "anna", later),
            unit.access.add_failure("address", "anna", NOON),
        ]

    assert counts == [1, 2, 1]
    with storage.write() as unit:
        assert unit.access.failures("account", "anna") == (2, later)
        unit.access.clear_failures("account", "anna")
    with storage.read() as unit:
        assert unit.access.failures("account", "anna") is None
        assert unit.access.failures("address", "anna") == (1, NOON)
