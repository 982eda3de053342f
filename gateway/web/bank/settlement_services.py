"""The use cases of settlement with acquirers and of the cash view that the routes need."""

from dataclasses import dataclass

from gateway.services.bank.cash_view import LookAtCash
from gateway.services.bank.keep_contracts import KeepContracts
from gateway.services.bank.settle_payouts import SettlePayouts
from gateway.services.bank.track_chargebacks import TrackChargebacks


@dataclass(frozen=True, slots=True)
class SettlementServices:
    """One field for each use case."""

    contracts: KeepContracts
    settle: SettlePayouts
    chargebacks: TrackChargebacks
    cash: LookAtCash
