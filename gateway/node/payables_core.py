"""Builds the life of payables: how they come in, go on by themselves, are held or changed, and are shown."""

from typing import Protocol

from gateway.configuration.settings import Settings
from gateway.ports.announcer import Announcer
from gateway.ports.clock import Clock
from gateway.ports.unit_of_work import Storage
from gateway.services.payables.advance_payable import AdvancePayable, Approves, LooksForSigns, Matches
from gateway.services.payables.hold_payable import HoldPayable, Releases
from gateway.services.payables.pay_outside import PayOutside
from gateway.services.payables.read_payables import ReadPayables
from gateway.services.payables.receive_payable import ReceivePayable
from gateway.web.payables.payable_services import PayableCore


class Matching(Matches, Releases, Protocol):
    """Matches payables, and gives back what they took."""


def make_payable_core(
    settings: Settings,
    storage: Storage,
    clock: Clock,
    announcer: Announcer,
    *,
    signs: LooksForSigns,
    match: Matching,
    approve: Approves,
) -> PayableCore:
    """Return the use cases every other part of payables goes through."""
    zone = settings.shop.zone()
    advance = AdvancePayable(signs=signs, match=match, approve=approve)
    read = ReadPayables(storage=storage, clock=clock, zone=zone)
    return PayableCore(
        read=read,
        receive=ReceivePayable(
            storage=storage, clock=clock, zone=zone, announcer=announcer, advance=advance, read=read
        ),
        hold=HoldPayable(storage=storage, clock=clock, read=read, advance=advance, matched=match),
        advance=advance,
        outside=PayOutside(storage=storage, clock=clock, read=read),
    )
