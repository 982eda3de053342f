"""What a taken back approval means for the bills of a payable, in the unit that takes it back.

What surely is not in an ERP is given up at once, also for an ERP that fetches its documents; what is there, or may be,
stays, and says that a person has to look.
"""

from datetime import datetime

from gateway.domain.erp.failure import FailureCode
from gateway.domain.erp.posting import Posting, PostingState, moved, noted
from gateway.domain.ids import PayableId, derived_id
from gateway.domain.payables.payable import Payable
from gateway.ports.erp_store import Place
from gateway.ports.unit_of_work import UnitOfWork
from gateway.services.erp.enqueue import RUNNER

TAKEN_BACK = "The approval was taken back before this was sent."
TAKEN_BACK_THERE = "The approval was taken back after the ERP had it: correct or reverse it there."
_S = PostingState
_TOLD_THERE = frozenset({_S.DRAFT, _S.ACCEPTED, _S.POSTED, _S.DUPLICATE})


def bill_key(payable_id: PayableId, number: int) -> str:
    """Return the key of a bill of a payable. ``number``: from 1, for each ERP."""
    return str(derived_id(payable_id, f"erp bill {number}"))


def bills_in(unit: UnitOfWork, place: Place, account: str, payable_id: PayableId) -> list[Posting]:
    """Return the bills of a payable that were told to an ERP, the first approval first."""
    found: list[Posting] = []
    while (one := unit.erp.load(place, account, bill_key(payable_id, len(found) + 1))) is not None:
        found.append(one)
    return found


def may_be_there(posting: Posting) -> bool:
    """Return whether the ERP has a document, or may have it: a draft whose sums differ stays there, too."""
    if posting.acknowledged_at is not None or posting.erp_id:
        return True
    if posting.state is _S.REFUSED:
        return posting.code == FailureCode.SUM_DIFFERS
    return posting.state not in (_S.WAITING, _S.GIVEN_UP)


def give_up_in(unit: UnitOfWork, place: Place, posting: Posting, words: str, at: datetime) -> bool:
    """Give a document up that surely is not there; False, and nothing changed, where it is there, or may be."""
    if may_be_there(posting):
        return False
    given_up = moved(posting, _S.GIVEN_UP, at, code=posting.code, detail=words)
    # Where it goes out at this very moment it has moved on: then it may be there.
    return unit.erp.move(place, given_up, former=posting.state, epoch=None, actor=RUNNER)


def take_back_in(unit: UnitOfWork, payable: Payable, at: datetime) -> None:
    """Take the bills of a payable back from every ERP, as far as that can be done here.

    Args:
        unit: in which it loses its approval.
        payable: as it was.
        at: when.
    """
    place: Place = (payable.tenant_id, payable.store_id)
    for account in unit.erp.accounts(place):
        for bill in bills_in(unit, place, account, payable.id):
            if bill.state is not _S.GIVEN_UP and not give_up_in(unit, place, bill, TAKEN_BACK, at):
                _note(unit, place, bill, TAKEN_BACK_THERE, at)


def stands_again_in(unit: UnitOfWork, place: Place, bill: Posting, at: datetime) -> None:
    """Forget that an approval was taken back: the same content is approved again."""
    if bill.detail == TAKEN_BACK_THERE:
        _note(unit, place, bill, "", at)


def _note(unit: UnitOfWork, place: Place, bill: Posting, words: str, at: datetime) -> None:
    if bill.state in _TOLD_THERE and bill.detail != words:
        unit.erp.move(place, noted(bill, words, at), former=bill.state, epoch=None, actor=RUNNER)
