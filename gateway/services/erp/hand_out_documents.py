"""Hands documents out to ERPs that fetch them, in the order they were made, and notes that they have arrived."""

from dataclasses import dataclass

from gateway.domain.access import Caller, Permission
from gateway.domain.erp.documents import DocumentKind
from gateway.domain.erp.posting import Posting, PostingState
from gateway.domain.errors import NotFound, RuleError
from gateway.ports.clock import Clock
from gateway.ports.unit_of_work import Storage, UnitOfWork
from gateway.services.erp.known_accounts import KnownAccounts

_HANDED_OUT = frozenset(PostingState) - {PostingState.REFUSED, PostingState.GIVEN_UP}


@dataclass(frozen=True, slots=True)
class HandedFile:
    """A file that belongs to a document."""

    name: str
    media_type: str
    content: bytes


class HandOutDocuments:
    """Documents of the accounts of the caller's store."""

    def __init__(self, *, storage: Storage, clock: Clock, known: KnownAccounts) -> None:
        self._storage = storage
        self._known = known
        self._clock = clock

    def page(
        self, caller: Caller, account: str, *, kind: DocumentKind | None = None, after: int = 0, limit: int = 100
    ) -> tuple[Posting, ...]:
        """Return documents behind a sequence, of one kind or of all; ``limit``: 1 to 500.

        What is stored later has a higher sequence: who goes on from the last one misses nothing. What a person has to
        look at first, and what was given up, is left out.

        Raises:
            NotPermitted: without ``erp:documents``.
            NotFound: ``unknown_erp_account``.
        """
        caller.require(Permission.ERP_DOCUMENTS)
        self._known.require(account)
        with self._storage.read() as unit:
            return unit.erp.page((caller.tenant_id, caller.store_id), account, kind, after, limit, states=_HANDED_OUT)

    def acknowledge(self, caller: Caller, account: str, key: str, *, erp_id: str, number: str) -> Posting:
        """Note that the ERP has a document, as what; the same again changes nothing.

        Raises:
            NotPermitted: without ``erp:documents``.
            NotFound: ``unknown_erp_account``, ``erp_document_not_found``.
            RuleError: ``acknowledged_otherwise``; ``document_given_up`` where it was fetched before and is no longer
                right: that the ERP has it is noted all the same.
        """
        caller.require(Permission.ERP_DOCUMENTS)
        self._known.require(account)
        place, now = (caller.tenant_id, caller.store_id), self._clock.now()

        def work(unit: UnitOfWork) -> Posting | None:
            unit.erp.acknowledge(place, account, key, erp_id, number, now)
            return unit.erp.load(place, account, key)

        found = self._storage.write_retrying(work)
        if found is None:
            raise _not_found()
        if (found.erp_id, found.number) != (erp_id, number):
            message = f"This document was acknowledged as {found.erp_id!r}, number {found.number!r}."
            raise RuleError("acknowledged_otherwise", message, "Look whether the ERP has it twice.")
        if found.state is PostingState.GIVEN_UP:
            message = f"This document was given up after it was fetched: {found.detail}"
            raise RuleError("document_given_up", message, "Take it out of the ERP again.")
        return found

    def file(self, caller: Caller, account: str, key: str, sha256: str) -> HandedFile:
        """Return a file of a document, byte for byte as it was handed in.

        Raises:
            NotPermitted: without ``erp:documents``.
            NotFound: ``unknown_erp_account``, ``erp_document_not_found``, ``erp_file_not_found``.
        """
        caller.require(Permission.ERP_DOCUMENTS)
        self._known.require(account)
        place = (caller.tenant_id, caller.store_id)
        with self._storage.read() as unit:
            posting = unit.erp.load(place, account, key)
            if posting is None:
                raise _not_found()
            named = {one["sha256"]: one for one in posting.document.get("attachments", ())}
            stored = unit.documents.with_content(*place, sha256) if sha256 in named else None
            if stored is None:
                raise NotFound("erp_file_not_found", "This document has no such file.", "Check the hash.")
            content = unit.documents.content(*place, stored.id)
        return HandedFile(named[sha256]["name"], named[sha256]["media_type"], content)


def _not_found() -> NotFound:
    return NotFound("erp_document_not_found", "There is no such document for this account.", "Check the key.")
