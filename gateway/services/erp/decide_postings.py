"""What a person sees and decides about documents on their way into ERPs."""

from collections.abc import Callable, Collection
from datetime import datetime

from gateway.domain.access import Caller, Permission
from gateway.domain.erp.documents import DocumentKind
from gateway.domain.erp.posting import Posting, PostingState, moved
from gateway.domain.errors import NotFound, RuleError
from gateway.ports.clock import Clock
from gateway.ports.erp_store import AccountState, PostingEvent
from gateway.ports.unit_of_work import Storage, UnitOfWork

TIED = "A person said which entry of the ERP it is."


class DecidePostings:
    """Documents for all ERPs of the caller's store."""

    def __init__(self, *, storage: Storage, clock: Clock) -> None:
        self._storage = storage
        self._clock = clock

    def page(
        self,
        caller: Caller,
        account: str,
        *,
        states: Collection[PostingState] | None = None,
        after: int = 0,
        limit: int = 100,
    ) -> tuple[Posting, ...]:
        """Return documents of an account behind a sequence, in some states or in any; ``limit``: 1 to 500.

        Raises:
            NotPermitted: without ``statements:read``.
        """
        caller.require(Permission.STATEMENTS_READ)
        place = (caller.tenant_id, caller.store_id)
        with self._storage.read() as unit:
            return unit.erp.page(place, account, None, after, limit, states=states)

    def newest(
        self,
        caller: Caller,
        account: str,
        states: Collection[PostingState],
        *,
        kind: DocumentKind | None = None,
        before: int | None = None,
        limit: int = 50,
    ) -> tuple[Posting, ...]:
        """Return documents in some states before a sequence, the newest first; ``limit``: > 0.

        Raises:
            NotPermitted: without ``statements:read``.
        """
        caller.require(Permission.STATEMENTS_READ)
        place = (caller.tenant_id, caller.store_id)
        with self._storage.read() as unit:
            return unit.erp.newest(place, account, kind, before, limit, states)

    def look(self, caller: Caller, account: str, key: str) -> tuple[Posting, tuple[PostingEvent, ...]]:
        """Return one document with everything that happened to it.

        Raises:
            NotPermitted: without ``statements:read``.
            NotFound: ``erp_document_not_found``.
        """
        caller.require(Permission.STATEMENTS_READ)
        with self._storage.read() as unit:
            return _whole(unit, caller, account, key)

    def retry(self, caller: Caller, account: str, key: str) -> tuple[Posting, tuple[PostingEvent, ...]]:
        """Let a refused document be tried again, looked up first as ever; one that waits is tried at once.

        An account that was left alone is called again: whoever asks has mended something.

        Raises:
            NotPermitted: without ``statements:work``.
            NotFound: ``erp_document_not_found``.
            RuleError: ``erp_document_under_way`` when it is neither refused nor waiting.
        """
        return self._decided(caller, account, key, _tried_again, calls_again=True)

    def give_up(self, caller: Caller, account: str, key: str, reason: str) -> tuple[Posting, tuple[PostingEvent, ...]]:
        """Let a refused document be: it was entered there, or is not to go there. The same again changes nothing.

        Raises:
            NotPermitted: without ``statements:work``.
            NotFound: ``erp_document_not_found``.
            RuleError: ``erp_document_under_way`` when it is not refused.
        """
        return self._decided(caller, account, key, lambda posting, now: _given_up(posting, now, reason))

    def tie(
        self, caller: Caller, account: str, key: str, erp_id: str, number: str
    ) -> tuple[Posting, tuple[PostingEvent, ...]]:
        """Say which entry of the ERP a refused document is; what waits for it goes on. The same again changes nothing.

        The person's word counts: what the ERP finds by itself is found by trying again.

        Raises:
            NotPermitted: without ``statements:work``.
            NotFound: ``erp_document_not_found``.
            RuleError: ``erp_document_under_way`` when it is not refused.
        """
        return self._decided(caller, account, key, lambda posting, now: _tied(posting, now, erp_id, number))

    def _decided(
        self,
        caller: Caller,
        account: str,
        key: str,
        decide: Callable[[Posting, datetime], Posting],
        *,
        calls_again: bool = False,
    ) -> tuple[Posting, tuple[PostingEvent, ...]]:
        caller.require(Permission.STATEMENTS_WORK)
        place = (caller.tenant_id, caller.store_id)

        def work(unit: UnitOfWork) -> tuple[Posting, tuple[PostingEvent, ...]]:
            posting, _ = _whole(unit, caller, account, key)
            after = decide(posting, self._clock.now())
            if calls_again and posting.state is PostingState.REFUSED:
                # An ERP that fetches was not handed it while it was refused, and its cursor is behind it.
                unit.erp.renumber(place, account, key)
            if after != posting and not unit.erp.move(
                place, after, former=posting.state, epoch=None, actor=caller.name
            ):
                raise _under_way(posting)
            if calls_again:
                unit.erp.fared(place, account, AccountState(0, None))
            return _whole(unit, caller, account, key)

        return self._storage.write_retrying(work)


def _tried_again(posting: Posting, now: datetime) -> Posting:
    if posting.state not in (PostingState.REFUSED, PostingState.WAITING):
        raise _under_way(posting)
    return moved(posting, PostingState.WAITING, now)


def _given_up(posting: Posting, now: datetime, reason: str) -> Posting:
    if posting.state is PostingState.GIVEN_UP:
        return posting
    if posting.state is not PostingState.REFUSED:
        raise _under_way(posting)
    return moved(posting, PostingState.GIVEN_UP, now, code=posting.code, detail=reason)


def _tied(posting: Posting, now: datetime, erp_id: str, number: str) -> Posting:
    if posting.state is PostingState.DUPLICATE and (posting.erp_id, posting.number) == (erp_id, number):
        return posting
    if posting.state is not PostingState.REFUSED:
        raise _under_way(posting)
    return moved(posting, PostingState.DUPLICATE, now, erp_id=erp_id, number=number, detail=TIED)


def _under_way(posting: Posting) -> RuleError:
    message = f"This document is {posting.state}: only what the ERP refused is for a person to decide."
    return RuleError("erp_document_under_way", message, "Load it again.")


def _whole(unit: UnitOfWork, caller: Caller, account: str, key: str) -> tuple[Posting, tuple[PostingEvent, ...]]:
    place = (caller.tenant_id, caller.store_id)
    posting = unit.erp.load(place, account, key)
    if posting is None:
        raise NotFound("erp_document_not_found", "There is no such document for this account.", "Check the key.")
    return posting, unit.erp.events(place, account, key)
