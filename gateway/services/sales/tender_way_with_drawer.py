"""Cash opens the drawer: the wish is stored with the tender or the give-back, so it opens once for each of them."""

from collections.abc import MutableMapping
from dataclasses import replace

from gateway.domain.access import Caller
from gateway.domain.printing.drawer import DrawerCause
from gateway.domain.sales.tender import GiveBack, Tender, TenderKind
from gateway.ports.unit_of_work import UnitOfWork
from gateway.services.paper.open_drawer import DrawerWish, OpenDrawer
from gateway.services.sales.tender_ways import Booked, TenderWay, TenderWish

OF_DRAWER = (TenderKind.CASH, TenderKind.FOREIGN_CASH)
"""Kinds whose money lies in the drawer."""


class WithDrawer:
    """A kind of tender, with the drawer opened for each of them."""

    def __init__(self, inner: TenderWay, drawer: OpenDrawer) -> None:
        self.kind = inner.kind
        self._inner = inner
        self._drawer = drawer

    def check(self, caller: Caller, wish: TenderWish) -> None:
        """As the kind itself."""
        self._inner.check(caller, wish)

    def take(self, unit: UnitOfWork, tender: Tender) -> Booked:
        """Take it, and have the drawer opened."""
        booked = self._inner.take(unit, tender)
        words = f"{tender.amount.currency.code} {tender.amount.to_decimal()} taken in cash"
        return self._opening(unit, booked, DrawerCause.TENDER, tender, words)

    def give_back(self, unit: UnitOfWork, back: GiveBack) -> Booked:
        """Give it back, and have the drawer opened."""
        booked = self._inner.give_back(unit, back)
        words = f"{back.amount.currency.code} {back.amount.to_decimal()} given back in cash"
        return self._opening(unit, booked, DrawerCause.GIVE_BACK, back, words)

    def settle(self, unit: UnitOfWork, tender: Tender, *, arrived: bool, actor: str) -> Booked:
        """As the kind itself."""
        return self._inner.settle(unit, tender, arrived=arrived, actor=actor)

    def _opening(
        self, unit: UnitOfWork, booked: Booked, cause: DrawerCause, fact: Tender | GiveBack, words: str
    ) -> Booked:
        wish = DrawerWish(
            tenant_id=fact.tenant_id,
            store_id=fact.store_id,
            register_id=fact.register_id,
            cause=cause,
            cause_id=fact.id,
            reason=words,
            actor=fact.created_by,
            at=fact.created_at,
        )
        return replace(booked, messages=(*booked.messages, *self._drawer.for_fact(unit, wish)))


def open_for_cash(ways: MutableMapping[TenderKind, TenderWay], drawer: OpenDrawer) -> None:
    """Have the drawer opened for every kind of tender that lies in it."""
    for kind in OF_DRAWER:
        if kind in ways:
            ways[kind] = WithDrawer(ways[kind], drawer)
