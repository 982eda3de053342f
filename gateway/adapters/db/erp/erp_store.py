"""Postings in SQL; the lease of an account lives by the database's clock."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import and_, bindparam, case, func, insert, literal_column, not_, or_, select, text, true, update
from sqlalchemy.dialects import postgresql, sqlite

from gateway.adapters.db.column_types import storable
from gateway.adapters.db.driver_change import DriverChange
from gateway.adapters.db.erp.erp_tables import IN_WORK_SQL, erp_account, erp_posting, erp_posting_event
from gateway.adapters.db.outbox_store import SqlOutboxStore
from gateway.adapters.db.payments.mapping import AnyRow
from gateway.adapters.db.statements import Statements
from gateway.domain.erp.documents import DocumentKind
from gateway.domain.erp.posting import Posting, PostingState
from gateway.domain.telling.change import ACKNOWLEDGED, change_of_posting, is_told
from gateway.ports.erp_store import AccountState, Place, PostingEvent


def _of_account(table: Any) -> tuple[Any, ...]:  # noqa: ANN401  # any table of this area
    return (
        table.c.tenant_id == bindparam("tenant"),
        table.c.store_id == bindparam("store"),
        table.c.account == bindparam("of_account"),
    )


def _as(name: str, column: str) -> Any:  # noqa: ANN401  # a parameter of the type of an event's column
    return bindparam(name, type_=erp_posting_event.c[column].type)


# SQLite tells milliseconds and stores microseconds.
_NOW = {
    False: "(CAST(round((julianday('now') - 2440587.5) * 86400000) AS INTEGER) * 1000)",
    True: "clock_timestamp()",
}
_LATER = {
    False: text(_NOW[False] + " + :lease_s * 1000000"),
    True: text("clock_timestamp() + CAST(:lease_s AS integer) * interval '1 second'"),
}
_ENSURE = {
    False: sqlite.insert(erp_account).on_conflict_do_nothing(),
    True: postgresql.insert(erp_account).on_conflict_do_nothing(),
}
# Holds the row until the commit: whoever stores the next posting of this account waits for it.
_NEXT = (
    update(erp_account)
    .where(*_of_account(erp_account))
    .values(last_sequence=erp_account.c.last_sequence + 1)
    .returning(erp_account.c.last_sequence)
)
_MINE = erp_account.c.holder == bindparam("by")
_ACQUIRE = {
    dialect: update(erp_account)
    .where(
        *_of_account(erp_account),
        or_(erp_account.c.holder.is_(None), _MINE, erp_account.c.expires_at <= literal_column(_NOW[dialect])),
    )
    .values(
        epoch=case(
            (and_(_MINE, erp_account.c.expires_at > literal_column(_NOW[dialect])), erp_account.c.epoch),
            else_=erp_account.c.epoch + 1,
        ),
        holder=bindparam("by"),
        expires_at=_LATER[dialect],
    )
    .returning(erp_account.c.epoch)
    for dialect in (False, True)
}
_RELEASE = update(erp_account).where(*_of_account(erp_account), _MINE).values(holder=None, expires_at=None)
_FARES = select(erp_account.c.failures, erp_account.c.paused_until).where(*_of_account(erp_account))
_FARED = (
    update(erp_account)
    .where(*_of_account(erp_account))
    .values(failures=bindparam("new_failures"), paused_until=bindparam("new_paused_until"))
)
_ACCOUNTS = (
    select(erp_account.c.account)
    .where(erp_account.c.tenant_id == bindparam("tenant"), erp_account.c.store_id == bindparam("store"))
    .order_by(erp_account.c.account)
)
_ONE = (*_of_account(erp_posting), erp_posting.c.key == bindparam("of_key"))
_LOAD = select(erp_posting).where(*_ONE)
_RENUMBER = update(erp_posting).where(*_ONE).values(sequence=bindparam("new_sequence"))
_PAGE = (
    select(erp_posting)
    .where(
        *_of_account(erp_posting),
        erp_posting.c.sequence > bindparam("after"),
        or_(bindparam("of_kind", type_=erp_posting.c.kind.type).is_(None), erp_posting.c.kind == bindparam("of_kind")),
    )
    .order_by(erp_posting.c.sequence)
    .limit(bindparam("at_most"))
)
_PAGE_IN = _PAGE.where(erp_posting.c.state.in_(bindparam("in_states", expanding=True)))
_NEWEST = (
    select(erp_posting)
    .where(
        *_of_account(erp_posting),
        erp_posting.c.sequence < bindparam("before"),
        or_(bindparam("of_kind", type_=erp_posting.c.kind.type).is_(None), erp_posting.c.kind == bindparam("of_kind")),
        erp_posting.c.state.in_(bindparam("in_states", expanding=True)),
    )
    .order_by(erp_posting.c.sequence.desc())
    .limit(bindparam("at_most"))
)
_NO_SEQUENCE = 2**62
"""Behind every sequence."""
_COUNTS = (
    select(erp_posting.c.state, erp_posting.c.kind, func.count().label("number"))
    .where(*_of_account(erp_posting))
    .group_by(erp_posting.c.state, erp_posting.c.kind)
)
_DUE = (
    select(erp_posting)
    .where(*_of_account(erp_posting), text(IN_WORK_SQL), erp_posting.c.due_at <= bindparam("now"))
    .order_by(erp_posting.c.due_at, erp_posting.c.sequence)
    .limit(bindparam("at_most"))
)
_ACKNOWLEDGE = (
    update(erp_posting)
    .where(*_ONE, erp_posting.c.acknowledged_at.is_(None))
    .values(
        acknowledged_at=bindparam("at"),
        erp_id=bindparam("new_erp_id"),
        number=bindparam("new_number"),
    )
)
_CHANGED = ("state", "attempts", "due_at", "erp_id", "number", "version", "code", "detail", "changed_at")
_MOVE = (
    update(erp_posting)
    .where(*_ONE, erp_posting.c.state == bindparam("former"))
    .values({name: bindparam(f"new_{name}") for name in _CHANGED})
)
_FENCED = _MOVE.where(
    select(literal_column("1"))
    .where(*_of_account(erp_account), erp_account.c.epoch == bindparam("fence"))
    .correlate(None)
    .exists()
)
_EVENTS_OF = (*_of_account(erp_posting_event), erp_posting_event.c.key == bindparam("of_key"))
_EVENTS = select(erp_posting_event).where(*_EVENTS_OF).order_by(erp_posting_event.c.number)
_LAST = (
    select(*(erp_posting_event.c[name] for name in ("number", "state", "code", "detail")))
    .where(*_EVENTS_OF)
    .order_by(erp_posting_event.c.number.desc())
    .limit(1)
    .subquery("last")
)
_TOLD = ("state", "code", "detail")
_SAME = and_(*(_LAST.c[name] == _as(name, name) for name in _TOLD))
# Unless the last one says the same: an ERP may be away for days.
_ADD_EVENT = insert(erp_posting_event).from_select(
    ["tenant_id", "store_id", "account", "key", "number", "at", "actor", *_TOLD],
    select(
        _as("tenant", "tenant_id"),
        _as("store", "store_id"),
        _as("of_account", "account"),
        _as("of_key", "key"),
        func.coalesce(_LAST.c.number, 0) + 1,
        _as("at", "at"),
        _as("actor", "actor"),
        *(_as(name, name) for name in _TOLD),
    )
    .select_from(select(literal_column("1").label("one")).subquery("once").outerjoin(_LAST, true()))
    .where(or_(_LAST.c.number.is_(None), not_(_SAME))),
)
_MOVES, _FENCED_MOVES, _ADDS_EVENT = DriverChange(_MOVE), DriverChange(_FENCED), DriverChange(_ADD_EVENT)
_ADD = insert(erp_posting)
_TEXTS = ("erp_id", "number", "version", "code", "detail")


class SqlErpStore:
    """Postings; see ``ErpStore``."""

    __slots__ = ("_statements",)

    def __init__(self, statements: Statements) -> None:
        self._statements = statements

    def add(self, place: Place, posting: Posting, actor: str) -> bool:
        """Store a new posting and allot its sequence; False, and nothing stored, when its key is there."""
        key = _key(place, posting.account)
        account = {"tenant_id": place[0], "store_id": place[1], "account": posting.account}
        empty = {"last_sequence": 0, "epoch": 0, "failures": 0}
        self._statements.change(_ENSURE[self._statements.postgresql], account | empty)
        given = self._statements.first(_NEXT, key)
        if given is None or self._statements.first(_LOAD, key | {"of_key": posting.key}) is not None:
            return False
        row = account | {"key": posting.key, "sequence": given.last_sequence, "kind": posting.kind.value}
        row |= {"document": dict(posting.document), "trace_id": storable(posting.trace_id)}
        row |= {"created_at": posting.created_at, "acknowledged_at": None} | _contents(posting)
        self._statements.change(_ADD, row)
        self._tell(place, None, posting, actor)
        return True

    def renumber(self, place: Place, account: str, key: str) -> None:
        """Give a posting the next sequence: a cursor that has passed it comes by again."""
        given = self._statements.first(_NEXT, _key(place, account))
        if given is not None:
            one = _key(place, account) | {"of_key": key}
            self._statements.change(_RENUMBER, one | {"new_sequence": given.last_sequence})

    def accounts(self, place: Place) -> tuple[str, ...]:
        """Return the accounts for which anything was ever stored, in their order."""
        rows = self._statements.rows(_ACCOUNTS, {"tenant": place[0], "store": place[1]})
        return tuple(row.account for row in rows)

    def load(self, place: Place, account: str, key: str) -> Posting | None:
        """Return one posting."""
        row = self._statements.first(_LOAD, _key(place, account) | {"of_key": key})
        return None if row is None else _posting_of(row)

    def page(
        self,
        place: Place,
        account: str,
        kind: DocumentKind | None,
        after_sequence: int,
        limit: int,
        states: Collection[PostingState] | None = None,
    ) -> tuple[Posting, ...]:
        """Return postings behind a sequence, in their order, of one kind or of all, in some states or in any."""
        wish: dict[str, Any] = {"after": after_sequence, "of_kind": None if kind is None else kind.value}
        wish |= _key(place, account) | {"at_most": limit}
        if states is None:
            return tuple(_posting_of(row) for row in self._statements.rows(_PAGE, wish))
        wish["in_states"] = sorted(one.value for one in states)
        return tuple(_posting_of(row) for row in self._statements.rows(_PAGE_IN, wish))

    def newest(
        self,
        place: Place,
        account: str,
        kind: DocumentKind | None,
        before_sequence: int | None,
        limit: int,
        states: Collection[PostingState],
    ) -> tuple[Posting, ...]:
        """Return postings in some states before a sequence, the newest first."""
        wish: dict[str, Any] = _key(place, account) | {"at_most": limit}
        wish["before"] = _NO_SEQUENCE if before_sequence is None else before_sequence
        wish["of_kind"] = None if kind is None else kind.value
        wish["in_states"] = sorted(one.value for one in states)
        return tuple(_posting_of(row) for row in self._statements.rows(_NEWEST, wish))

    def counts(self, place: Place, account: str) -> Mapping[tuple[PostingState, DocumentKind], int]:
        """Return how many postings of an account stand in each state, by kind."""
        rows = self._statements.rows(_COUNTS, _key(place, account))
        return {(PostingState(row.state), DocumentKind(row.kind)): row.number for row in rows}

    def acknowledge(self, place: Place, account: str, key: str, erp_id: str, number: str, at: datetime) -> bool:
        """Note that the ERP has fetched a document; the first word stays. False when there is no such posting."""
        one = _key(place, account) | {"of_key": key}
        told = {"at": at, "new_erp_id": storable(erp_id), "new_number": storable(number)}
        noted = self._statements.change(_ACKNOWLEDGE, one | told) == 1
        posting = self.load(place, account, key)
        if noted and posting is not None:
            SqlOutboxStore(self._statements).note(change_of_posting(place, posting, ACKNOWLEDGED, at=at))
        return posting is not None

    def acquire(self, place: Place, account: str, holder: str, lease_s: int) -> int | None:
        """Take or extend the lease of an account; return its epoch, None when another has it or nothing ever came."""
        wish = _key(place, account) | {"by": holder, "lease_s": lease_s}
        row = self._statements.first(_ACQUIRE[self._statements.postgresql], wish)
        return None if row is None else int(row.epoch)

    def release(self, place: Place, account: str, holder: str) -> None:
        """Give the lease back."""
        self._statements.change(_RELEASE, _key(place, account) | {"by": holder})

    def fares(self, place: Place, account: str) -> AccountState:
        """Return how an account fares."""
        row = self._statements.first(_FARES, _key(place, account))
        return AccountState(0, None) if row is None else AccountState(row.failures, row.paused_until)

    def fared(self, place: Place, account: str, state: AccountState) -> None:
        """Store how an account fares."""
        told = {"new_failures": state.failures, "new_paused_until": state.paused_until}
        self._statements.change(_FARED, _key(place, account) | told)

    def due(self, place: Place, account: str, now: datetime, limit: int) -> tuple[Posting, ...]:
        """Return postings in work whose time has come, the longest due first."""
        rows = self._statements.rows(_DUE, _key(place, account) | {"now": now, "at_most": limit})
        return tuple(_posting_of(row) for row in rows)

    def move(self, place: Place, posting: Posting, *, former: PostingState, epoch: int | None, actor: str) -> bool:
        """Store the new state of a posting and its event; False when it has moved on, or the epoch is another's."""
        wish: dict[str, Any] = _key(place, posting.account) | {"of_key": posting.key, "former": former.value}
        wish |= {f"new_{name}": value for name, value in _contents(posting).items()}
        change = _MOVES if epoch is None else _FENCED_MOVES
        if self._statements.change_driven(change, wish | ({} if epoch is None else {"fence": epoch})) != 1:
            return False
        self._tell(place, former, posting, actor)
        return True

    def events(self, place: Place, account: str, key: str) -> tuple[PostingEvent, ...]:
        """Return the journal of a posting, oldest first."""
        rows = self._statements.rows(_EVENTS, _key(place, account) | {"of_key": key})
        return tuple(
            PostingEvent(row.key, row.number, row.at, PostingState(row.state), row.code, row.detail, row.actor)
            for row in rows
        )

    def _tell(self, place: Place, former: PostingState | None, posting: Posting, actor: str) -> None:
        """Add an event, unless the last one says the same, and a change for who reads the feed."""
        told = {name: _contents(posting)[name] for name in _TOLD}
        told |= {"at": posting.changed_at, "actor": storable(actor), "of_key": posting.key}
        self._statements.change_driven(_ADDS_EVENT, _key(place, posting.account) | told)
        if is_told(former, posting.state):
            change = change_of_posting(place, posting, posting.state.value, at=posting.changed_at)
            SqlOutboxStore(self._statements).note(change)


def _key(place: Place, account: str) -> dict[str, Any]:
    return {"tenant": place[0], "store": place[1], "of_account": account}


def _contents(posting: Posting) -> dict[str, Any]:
    """Return what a step may change, by column."""
    told = {name: getattr(posting, name) for name in _CHANGED}
    return told | {name: storable(told[name]) for name in _TEXTS} | {"state": posting.state.value}


def _posting_of(row: AnyRow) -> Posting:
    return Posting(
        account=row.account,
        key=row.key,
        kind=DocumentKind(row.kind),
        document=row.document,
        trace_id=row.trace_id,
        created_at=row.created_at,
        due_at=row.due_at,
        changed_at=row.changed_at,
        state=PostingState(row.state),
        sequence=row.sequence,
        attempts=row.attempts,
        erp_id=row.erp_id,
        number=row.number,
        version=row.version,
        code=row.code,
        detail=row.detail,
        acknowledged_at=row.acknowledged_at,
    )
