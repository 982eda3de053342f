"""What people of the office see of the ERPs themselves: how each fares, and whether the connection works."""

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from gateway.domain.access import Caller, Permission
from gateway.domain.erp.canonical import from_json
from gateway.domain.erp.documents import DocumentKind
from gateway.domain.erp.posting import Posting, PostingState
from gateway.domain.erp.records import RecordKind
from gateway.domain.errors import InputError, NotFound
from gateway.ports.clock import Clock
from gateway.ports.erp import CheckReport, ErpConnector, Preview, Previewing
from gateway.ports.erp_store import AccountState
from gateway.ports.unit_of_work import Storage

SECRETS = ("secret", "password", "key", "token")
"""A field of ``[erp]`` with such a word in its name is shown only where it names a file or a variable."""
_NAMES_A_PLACE = ("_file", "_environment")
HIDDEN = "…"
RECENT = 50
"""Documents to choose from."""
TABLES_MAX = 100_000
"""Characters of a mapping that is tried."""


@dataclass(frozen=True, slots=True)
class ErpWay:
    """The way to one account. ``connector``: None where the ERP fetches by itself; ``mapping``: reads its file."""

    connector: ErpConnector | None
    mapping: Callable[[], Mapping[str, Any]] = dict[str, Any]


@dataclass(frozen=True, slots=True)
class AccountSeen:
    """One account. ``connector``: its name, empty where the ERP fetches by itself; ``left_alone``: at this moment."""

    account: str
    connector: str
    fares: AccountState
    left_alone: bool
    counts: Mapping[tuple[PostingState, DocumentKind], int]

    def in_state(self, *states: PostingState) -> int:
        """Return how many documents stand in one of the states."""
        return sum(number for (state, _), number in self.counts.items() if state in states)


class LookAtAccounts:
    """The ERPs of the shop. ``ways``: by the account's id, in the order of the settings."""

    def __init__(self, *, storage: Storage, clock: Clock, ways: Mapping[str, ErpWay]) -> None:
        self._storage = storage
        self._clock = clock
        self._ways = ways

    def all(self, caller: Caller) -> tuple[AccountSeen, ...]:
        """Return every account.

        Raises:
            NotPermitted: without ``erp:read``.
        """
        caller.require(Permission.ERP_READ)
        place, now = (caller.tenant_id, caller.store_id), self._clock.now()
        found = []
        with self._storage.read() as unit:
            for account, way in self._ways.items():
                fares = unit.erp.fares(place, account)
                left_alone = fares.paused_until is not None and fares.paused_until > now
                name = str(_table(way.mapping(), "erp").get("connector", ""))
                found.append(AccountSeen(account, name, fares, left_alone, unit.erp.counts(place, account)))
        return tuple(found)

    def fetching(self, caller: Caller, account: str) -> Mapping[RecordKind, str]:
        """Return what was wrong at the last look at its records, by kind; empty for nothing.

        Raises:
            NotPermitted: without ``erp:read``.
        """
        caller.require(Permission.ERP_READ)
        with self._storage.read() as unit:
            return unit.erp_cursors.details((caller.tenant_id, caller.store_id), account)

    def check(self, caller: Caller, account: str) -> CheckReport:
        """Try the connection; nothing is written there.

        Raises:
            NotPermitted: without ``erp:read``.
            NotFound: ``erp_account_not_found``, also where the ERP fetches by itself.
            ErpFailure: it gave no result.
        """
        caller.require(Permission.ERP_READ)
        connector = self._way(account).connector
        if connector is None:
            raise _not_there(account)
        return connector.check()

    def mapping(self, caller: Caller, account: str) -> Mapping[str, Mapping[str, str]]:
        """Return the mapping of an account by table, as its file has it now; secrets are left out.

        Raises:
            NotPermitted: without ``erp:read``.
            NotFound: ``erp_account_not_found``.
        """
        caller.require(Permission.ERP_READ)
        told = self._way(account).mapping()
        return {name: _shown(name, _table(told, name)) for name in told if isinstance(told[name], Mapping)}

    def recent(self, caller: Caller, account: str) -> tuple[Posting, ...]:
        """Return the newest documents of an account, to choose one for a preview.

        Raises:
            NotPermitted: without ``erp:read``.
            NotFound: ``erp_account_not_found``.
        """
        caller.require(Permission.ERP_READ)
        self._way(account)
        with self._storage.read() as unit:
            place = (caller.tenant_id, caller.store_id)
            return unit.erp.newest(place, account, None, None, RECENT, frozenset(PostingState))

    def preview(self, caller: Caller, account: str, key: str, tables: str) -> Preview | None:
        """Return what would be sent of a document by a mapping that is tried; nothing is sent, nothing stored.

        Args:
            caller: who asks.
            account: whose connector and ``[erp]`` are taken: a trial never reaches out.
            key: of a document of this account.
            tables: TOML that stands for the tables of its mapping; ``[erp]`` in it is not looked at.

        Returns:
            None where the connector cannot tell it without its ERP.

        Raises:
            NotPermitted: without ``erp:read``.
            NotFound: ``erp_account_not_found``, ``erp_document_not_found``.
            InputError: ``mapping_unreadable``.
            ErpFailure: ``mapping_wrong``, ``not_supported``.
        """
        caller.require(Permission.ERP_READ)
        connector: object = self._way(account).connector
        with self._storage.read() as unit:
            posting = unit.erp.load((caller.tenant_id, caller.store_id), account, key)
        if posting is None:
            raise NotFound("erp_document_not_found", "There is no such document for this account.", "Check the key.")
        if not isinstance(connector, Previewing):
            return None
        files: dict[str, object] = {"attachments": []} if "attachments" in posting.document else {}
        document = from_json(posting.kind, {**posting.document, **files}, _no_content)
        return connector.preview(document, _tables_in(tables))

    def _way(self, account: str) -> ErpWay:
        found = self._ways.get(account)
        if found is None:
            raise _not_there(account)
        return found


def _no_content(_sha256: str) -> bytes:
    return b""


def _tables_in(text: str) -> dict[str, Any]:
    try:
        told = tomllib.loads(text[:TABLES_MAX])
    except ValueError as error:
        raise InputError("mapping_unreadable", f"This is no TOML: {error}.", "Compare it with the file.") from error
    return {name: table for name, table in told.items() if name != "erp"}


def _table(mapping: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = mapping.get(name, {})
    return found if isinstance(found, Mapping) else {}


def _shown(table: str, rows: Mapping[str, Any]) -> dict[str, str]:
    """Return texts of a table; what may be a secret, or hold one, only as a sign that it is there."""
    if table != "erp":
        return {name: str(value) for name, value in rows.items()}
    return {name: HIDDEN if _may_be_secret(name, str(value)) else str(value) for name, value in rows.items()}


def _may_be_secret(name: str, value: str) -> bool:
    named = any(word in name for word in SECRETS) and not name.endswith(_NAMES_A_PLACE)
    return named or ("://" in value and "@" in value)


def _not_there(account: str) -> NotFound:
    message = f"There is no ERP “{account}” that is called."
    return NotFound("erp_account_not_found", message, "Look at the list of ERPs.")
