"""The people of the demo shop: made once with random secrets, kept in a private file, shown at each start."""

import json
import os
from pathlib import Path

from gateway.domain.access import Role
from gateway.domain.ids import StoreId, TenantId
from gateway.ports.clock import Clock
from gateway.ports.passwords import PasswordHasher
from gateway.ports.unit_of_work import Storage
from gateway.services.access.manage_people import seed_demo_people

ShownPerson = tuple[str, str, str, str]
"""Login, password, PIN and role."""


def demo_people(
    storage: Storage,
    clock: Clock,
    passwords: PasswordHasher,
    *,
    tenant_id: TenantId,
    store_id: StoreId,
    kept_in: Path,
) -> tuple[ShownPerson, ...]:
    """Return the demo's people, seeding them when the file or the database does not know them.

    Args:
        storage: where people live.
        clock: for their creation time.
        passwords: hashes the secrets.
        tenant_id: the demo's tenant.
        store_id: the demo's store.
        kept_in: file of mode 0600 that keeps the secrets between starts, so that a second start is quick.
    """
    known = _read(kept_in)
    with storage.read() as unit:
        stored = {person.login for person in unit.access.people(tenant_id, store_id) if person.demo}
    every_role = {str(role) for role in Role} <= {person[3] for person in known}
    if every_role and stored >= {person[0] for person in known}:
        return known
    made = seed_demo_people(storage, clock, passwords, tenant_id=tenant_id, store_id=store_id)
    shown = tuple((person.login, person.password, person.pin, str(person.role)) for person in made)
    kept_in.parent.mkdir(parents=True, exist_ok=True)
    kept_in.unlink(missing_ok=True)  # a file that lies there keeps its mode, whatever we ask for
    handle = os.open(kept_in, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        json.dump(shown, file)
    return shown


def _read(path: Path) -> tuple[ShownPerson, ...]:
    try:
        rows = json.loads(path.read_text(encoding="utf-8"))
        return tuple((str(login), str(password), str(pin), str(role)) for login, password, pin, role in rows)
    except (OSError, ValueError, TypeError):
        return ()
