"""Builds matching: of payables with orders and receipts, and what people decide on it."""

from gateway.configuration.settings import Settings
from gateway.ports.clock import Clock
from gateway.ports.unit_of_work import Storage
from gateway.services.payables.advance_payable import AdvancePayable
from gateway.services.payables.decide_match import DecideMatch
from gateway.services.payables.manage_contracts import ManageContracts
from gateway.services.payables.match_payable import MatchPayable
from gateway.services.payables.rematch_payables import RematchPayables
from gateway.web.payables.match_services import MatchServices


def make_match(settings: Settings) -> MatchPayable:
    """Return what compares payables, with the tolerances of the settings."""
    return MatchPayable(settings.payables.matching.tolerances())


def make_match_services(
    storage: Storage, clock: Clock, *, advance: AdvancePayable, rematch: RematchPayables
) -> MatchServices:
    """Return the use cases of people. ``advance``: what goes on after a decision."""
    return MatchServices(
        decide=DecideMatch(storage=storage, clock=clock, advance=advance),
        contracts=ManageContracts(storage=storage, clock=clock, rematch=rematch),
    )
