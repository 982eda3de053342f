"""The use cases of matching that the routes need."""

from dataclasses import dataclass

from gateway.services.payables.decide_match import DecideMatch
from gateway.services.payables.manage_contracts import ManageContracts


@dataclass(frozen=True, slots=True)
class MatchServices:
    """``decide``: matches and what people decide on them; ``contracts``: contracts and coding rules."""

    decide: DecideMatch
    contracts: ManageContracts
