"""Contracts with acquirers: versions with the day they begin, never edited."""

import re
from dataclasses import dataclass
from datetime import date

from gateway.domain.access import Caller, Permission
from gateway.domain.bank.acquirer_contract import AcquirerContract, AcquirerTerms, check_terms
from gateway.domain.errors import InputError, NotFound, RuleError
from gateway.ports.clock import Clock
from gateway.ports.unit_of_work import Storage, UnitOfWork

_KEY = re.compile(r"^[a-z][a-z0-9-]{0,31}$")


@dataclass(frozen=True, slots=True)
class ContractWish:
    """A new version. ``after``: the version it replaces, 0 for the first one of an acquirer."""

    acquirer: str
    after: int
    valid_from: date
    terms: AcquirerTerms


class KeepContracts:
    """The contracts of one store."""

    def __init__(self, *, storage: Storage, clock: Clock) -> None:
        self._storage = storage
        self._clock = clock

    def list(self, caller: Caller) -> tuple[AcquirerContract, ...]:
        """Return every version of every contract, by acquirer, the newest version first."""
        caller.require(Permission.STATEMENTS_READ)
        with self._storage.read() as unit:
            return unit.settlement.contracts(caller.tenant_id, caller.store_id)

    def get(self, caller: Caller, acquirer: str) -> tuple[AcquirerContract, ...]:
        """Return the versions of one contract, the newest first.

        Raises:
            NotFound: ``contract_not_found``.
        """
        found = tuple(one for one in self.list(caller) if one.acquirer == acquirer)
        if not found:
            raise NotFound("contract_not_found", "There is no contract with this acquirer.", "Look into the list.")
        return found

    def put(self, caller: Caller, wish: ContractWish) -> AcquirerContract:
        """Store a new version; the same version with the same content again changes nothing.

        Raises:
            InputError: ``invalid_acquirer``, ``fee_twice``, ``fee_out_of_range``, ``deadline_twice``.
            RuleError: ``changed_meanwhile`` when another version came after ``wish.after``.
        """
        caller.require(Permission.STATEMENTS_WORK)
        if not _KEY.match(wish.acquirer):
            hint = "Small letters, digits and hyphens, such as north-pay; it begins with a letter."
            raise InputError("invalid_acquirer", "This is no key of an acquirer.", hint, "/acquirer")
        check_terms(wish.terms)
        return self._storage.write_retrying(lambda unit: self._put_in(unit, caller, wish))

    def _put_in(self, unit: UnitOfWork, caller: Caller, wish: ContractWish) -> AcquirerContract:
        place = (caller.tenant_id, caller.store_id)
        known = [one for one in unit.settlement.contracts(*place) if one.acquirer == wish.acquirer]
        last = known[0].version if known else 0
        if known and last == wish.after + 1:
            newest = known[0]
            if (newest.valid_from, newest.terms) == (wish.valid_from, wish.terms):
                return newest
        made = AcquirerContract(
            wish.acquirer, wish.after + 1, wish.valid_from, wish.terms, caller.name, self._clock.now()
        )
        if last != wish.after or not unit.settlement.add_contract(*place, made):
            raise RuleError("changed_meanwhile", "Somebody else was faster.", "Look at it again.")
        return made
