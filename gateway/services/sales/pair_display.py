"""Customer displays: a till shows a short code, a screen turns it into access to what that one register shows."""

import hashlib
import secrets
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from gateway.domain.access import Caller, Permission
from gateway.domain.errors import InputError, NotFound
from gateway.domain.ids import RegisterId, StoreId, TenantId, uuid7
from gateway.ports.catalogue_store import DisplayPairing, DisplayPicture
from gateway.ports.clock import Clock
from gateway.ports.unit_of_work import Storage

CODE_DIGITS = 8
CODE_LIFE = timedelta(minutes=10)
"""Long enough to walk to the other side of the counter; guessing is held back by the rate for signing in."""
_TOKEN_BYTES = 32


@dataclass(frozen=True, slots=True)
class DisplayCode:
    """A code to type into the screen, shown once. ``pairing``: what it will become."""

    code: str
    pairing: DisplayPairing


class PairDisplay:
    """Use cases of customer displays. A screen only reads; what it shows comes from the till."""

    def __init__(self, *, storage: Storage, clock: Clock, tenant_id: TenantId, store_id: StoreId) -> None:
        """``tenant_id``, ``store_id``: the store whose screens these are; a screen itself names none."""
        self._storage = storage
        self._clock = clock
        self._place = (tenant_id, store_id)

    def offer(self, caller: Caller, register_id: RegisterId) -> DisplayCode:
        """Make a code for a screen beside this register; it holds for ten minutes and for one screen."""
        caller.require(Permission.PAYMENTS_CREATE)
        now = self._clock.now()
        code = f"{secrets.randbelow(10**CODE_DIGITS):0{CODE_DIGITS}}"
        pairing = DisplayPairing(
            tenant_id=caller.tenant_id,
            store_id=caller.store_id,
            id=uuid7(int(now.timestamp() * 1000)),
            register_id=register_id,
            code_digest=_digest(code),
            token_digest=None,
            created_at=now,
            created_by=caller.name,
            expires_at=now + CODE_LIFE,
        )
        with self._storage.write() as unit:
            unit.displays.add(pairing)
        return DisplayCode(code, pairing)

    def redeem(self, code: str) -> tuple[str, DisplayPairing]:
        """Turn a typed code into the secret the screen shows from now on.

        Raises:
            InputError: ``display_code_wrong`` when it is wrong, used or too old: which of them is not told.
        """
        token = secrets.token_urlsafe(_TOKEN_BYTES)
        digits = "".join(sign for sign in code if sign.isdigit())
        with self._storage.write() as unit:
            found = unit.displays.redeem(*self._place, _digest(digits), _digest(token), self._clock.now())
        if found is None:
            hint = "Ask the till for a new code; each holds for ten minutes and for one screen."
            raise InputError(
                "display_code_wrong", "This code is not known, or it was used or is too old.", hint, "/code"
            )
        return token, found

    def register_of(self, token: str) -> RegisterId | None:
        """Return the register a screen with this secret may show; None when it was never paired or was revoked."""
        with self._storage.read() as unit:
            found = unit.displays.of_token(*self._place, _digest(token))
        return None if found is None else found.register_id

    def paired(self, caller: Caller) -> tuple[DisplayPairing, ...]:
        """Return the screens in use."""
        caller.require(Permission.PAYMENTS_CREATE)
        with self._storage.read() as unit:
            return unit.displays.paired(caller.tenant_id, caller.store_id)

    def revoke(self, caller: Caller, pairing_id: uuid.UUID) -> None:
        """Take a screen its access.

        Raises:
            NotFound: ``unknown_display``.
        """
        caller.require(Permission.PAYMENTS_CREATE)
        with self._storage.write() as unit:
            gone = unit.displays.revoke(caller.tenant_id, caller.store_id, pairing_id, self._clock.now())
        if not gone:
            raise NotFound("unknown_display", "There is no such screen in use.", "Look at the list again.")

    def tell(self, caller: Caller, register_id: RegisterId, document: Mapping[str, Any]) -> None:
        """Show this to the customers at a register."""
        caller.require(Permission.PAYMENTS_CREATE)
        picture = DisplayPicture(register_id, document, self._clock.now())
        self._storage.write_retrying(lambda unit: unit.displays.tell(caller.tenant_id, caller.store_id, picture))

    def picture(self, register_id: RegisterId) -> DisplayPicture | None:
        """Return what is shown at a register of this store."""
        with self._storage.read() as unit:
            return unit.displays.picture(*self._place, register_id)


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
