"""Evidence about the other side of a line: account, customer number, name, and what was learned."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter

from gateway.reconciliation.clues import Clues
from gateway.reconciliation.explanations import Reason, ReasonCode
from gateway.reconciliation.memory import Memory, name_key
from gateway.reconciliation.parties import PartyBook
from gateway.reconciliation.records import PartyId

PARTY_LEAST = 2.4
PARTIES_MAX = 4
IBAN_WEIGHT, CUSTOMER_WEIGHT = 7.5, 6.5
SECOND_SHARE = 0.3
"""Account and name of one payer come together: the weaker of them adds only this share."""


@dataclass(frozen=True, slots=True)
class PartyWeigher:
    """Weighs parties for lines."""

    parties: PartyBook
    memory: Memory
    aliases: Mapping[str, PartyId]

    def likely(self, clues: Clues, owing: Callable[[Clues], set[PartyId]]) -> dict[PartyId, tuple[Reason, ...]]:
        """Return the parties that the line may come from, with the evidence, likeliest first.

        ``owing``: tells who owes exactly this amount, where that leaves nobody else to be sought.
        """
        line = clues.line
        near = set(clues.owners)
        customer = clues.customer
        if customer is not None:
            near.add(customer)
        alias = self._alias(line.name)
        if alias is not None:
            near.add(alias)
        told = {hit.item.party for hit in clues.hits if hit.item.party is not None and not hit.loose}
        sure = {party for party in told if weight_unrejected(self.evidence(clues, party)) >= PARTY_LEAST}
        near |= sure
        if len(clues.owners) != 1 and not sure:
            # Who is told by a number and by name, or by amount and name, is not looked for among all names.
            near.update(owing(clues) or self.parties.of_name(line.name))
        weighed = []
        for party in near:
            reasons = self.evidence(clues, party)
            weight = weight_unrejected(reasons)
            if weight >= PARTY_LEAST:
                weighed.append((-weight, party, reasons))
        weighed.sort()
        return {party: reasons for _, party, reasons in weighed[:PARTIES_MAX]}

    def _alias(self, name: str) -> PartyId | None:
        return self.aliases.get(name_key(name)) if self.aliases and name else None

    def evidence(self, clues: Clues, party: PartyId | None) -> tuple[Reason, ...]:
        """Return what speaks for and against this party."""
        if party is None:
            return ()
        known = clues.weighed.get(party)
        if known is None:
            known = clues.weighed[party] = self._weigh(clues, party)
        return known

    def _weigh(self, clues: Clues, party: PartyId) -> tuple[Reason, ...]:
        line = clues.line
        reasons: list[Reason] = []
        owners = clues.owners
        if party in owners:
            reasons.append(Reason(ReasonCode.IBAN, IBAN_WEIGHT - (2.0 if len(owners) > 1 else 0.0)))
        elif owners:
            reasons.append(Reason(ReasonCode.OTHER_IBAN, -4.0))
        if clues.customer == party:
            reasons.append(Reason(ReasonCode.CUSTOMER, CUSTOMER_WEIGHT))
        if line.name:
            if self._alias(line.name) == party:
                reasons.append(Reason(ReasonCode.ALIAS, 6.0, (("name", line.name),)))
            else:
                reasons.append(self.parties.alike(line.name, party) or Reason(ReasonCode.NAME_DIFFERS, -4.0))
            rejected = self.memory.rejection_weight(line.name, party, line.booked)
            if rejected:
                reasons.append(Reason(ReasonCode.REJECTED, -rejected))
        return tuple(_joined(reasons))


def _joined(reasons: list[Reason]) -> list[Reason]:
    """Let only the strongest evidence for the party count fully."""
    if len(reasons) < 2:
        return reasons
    reasons.sort(key=attrgetter("weight"), reverse=True)
    return [
        reason if at == 0 or reason.weight < 0 else Reason(reason.code, reason.weight * SECOND_SHARE, reason.figures)
        for at, reason in enumerate(reasons)
    ]


def weight_unrejected(reasons: Sequence[Reason]) -> float:
    """Return the sum of some evidence as if nobody had ever rejected the pair, nats.

    Whoever rejects one party does not vouch for another: a rejected explanation stays a rival of full weight.
    """
    return sum([reason.weight for reason in reasons if reason.code is not ReasonCode.REJECTED])


def weight_of(reasons: Sequence[Reason]) -> float:
    """Return the sum of some evidence, nats."""
    return sum([reason.weight for reason in reasons])
