"""How one kind of tender takes and gives back: what every way promises, so that a sale knows nothing of kinds."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from gateway.domain.access import Caller
from gateway.domain.ids import RegisterId, SaleId
from gateway.domain.ledger import Transfer
from gateway.domain.money import Money
from gateway.domain.outbox import OutboxMessage
from gateway.domain.sales.tender import GiveBack, Tender, TenderKind, TenderState
from gateway.ports.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class TenderWish:
    """What a caller asks for, before anything is looked up. Fields as in ``Tender``."""

    sale_id: SaleId
    register_id: RegisterId
    kind: TenderKind
    amount: Money
    given: Money | None = None
    customer_id: str | None = None
    code: str = ""


@dataclass(frozen=True, slots=True)
class Booked:
    """What a way made of a tender or of what is given back.

    Attributes:
        state: of the tender from now on; of a give-back always ``taken``.
        transfers: ledger entries, stored by the caller in the same unit, in this order.
        detail: replaces the tender's: shown on screens and receipts.
        messages: put into the outbox in the same unit.
    """

    state: TenderState
    transfers: tuple[Transfer, ...]
    detail: Mapping[str, str] = field(default_factory=dict)
    messages: tuple[OutboxMessage, ...] = ()


class TenderWay(Protocol):
    """One kind of tender; everything happens in the caller's unit of work, after the sale's row was locked.

    An error raised in a unit undoes all of it. A unit may be run again, so a way keeps nothing in memory.
    """

    @property
    def kind(self) -> TenderKind:
        """Which kind this is."""

    def check(self, caller: Caller, wish: TenderWish) -> None:
        """Refuse what cannot be, before a unit is opened: raises ``InputError``, ``RuleError`` or ``NotPermitted``."""

    def take(self, unit: UnitOfWork, tender: Tender) -> Booked:
        """Take it: write own rows, if any; raise ``RuleError`` when it cannot.

        ``tender.state`` is ``open`` and its detail empty; the tender itself is stored by the caller afterwards, with
        what is returned. It is at most what is due, so the sums of the sale need no look.
        """

    def give_back(self, unit: UnitOfWork, back: GiveBack) -> Booked:
        """Give back: write own rows, if any; raise ``RuleError`` when it cannot.

        ``back.tender_id`` names the tender it is of, if any (see ``SaleStore.kept_tender``).
        """

    def settle(self, unit: UnitOfWork, tender: Tender, *, arrived: bool, actor: str) -> Booked:
        """End an open tender: it has arrived, or will not. Only kinds that begin ``open`` are asked.

        Raises:
            RuleError: ``tender_not_open`` by those that never are.
        """
