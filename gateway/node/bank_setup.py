"""Builds statements, the matching of their lines, and what both stand on."""

from collections.abc import Callable

from gateway.adapters.statement_files import ReadStatementFiles
from gateway.configuration.settings import Settings
from gateway.domain.ids import StoreId, TenantId
from gateway.domain.money import Currency
from gateway.domain.outbox import OutboxMessage
from gateway.ports.announcer import Announcer
from gateway.ports.clock import Clock
from gateway.ports.unit_of_work import Storage
from gateway.services.bank.certain_matches import CertainMatches
from gateway.services.bank.decide_matches import DecideMatches
from gateway.services.bank.hand_in_items import HandInItems
from gateway.services.bank.import_statements import ImportStatements, OwnIban
from gateway.services.bank.item_effects import ItemEffects
from gateway.services.bank.keep_learned import KeepLearned
from gateway.services.bank.learn_rules import LearnRules
from gateway.services.bank.match_lines import MatchLines, MatchTerms
from gateway.services.bank.matching_runs import MatchingRuns
from gateway.services.bank.month_close import MonthClose
from gateway.services.bank.read_lines import ReadLines
from gateway.services.bank.settle_payouts import SettlePayouts
from gateway.services.bank.write_offs import WriteOffs
from gateway.services.credit.manage_transfers import ManageTransfers
from gateway.services.erp.enqueue_bills import EnqueueBills
from gateway.services.payables.advise_remittance import AdviseRemittance
from gateway.web.bank.line_services import LineServices

_SHOWN = 4


def make_imports(settings: Settings, storage: Storage, clock: Clock) -> ImportStatements:
    """Return the way in for statements; it knows the shop's own accounts."""
    accounts = [
        OwnIban(one.id, "".join((one.iban or one.other_id).split()).upper(), Currency.of(one.currency))
        for one in settings.payables.accounts
    ]
    return ImportStatements(storage=storage, clock=clock, files=ReadStatementFiles(), accounts=accounts)


def make_line_services(
    settings: Settings,
    storage: Storage,
    clock: Clock,
    announcer: Announcer,
    *,
    payouts: SettlePayouts,
    transfers: ManageTransfers,
    wake: Callable[[tuple[OutboxMessage, ...]], None],
    bills: EnqueueBills,
) -> LineServices:
    """Return the use cases of statements and of matching.

    Args:
        settings: of the node.
        storage: the database.
        clock: the present.
        announcer: tells the outside what became of payments.
        payouts: settlement with acquirers, whose payouts lines bring.
        transfers: bank transfers customers were asked for, which lines bring.
        wake: for messages that a match stores.
        bills: tells ERPs of payments that a line shows.
    """
    advise = AdviseRemittance(clock=clock, shop=settings.shop.name, set_up=bool(settings.mail.host))
    effects = ItemEffects(
        payouts=payouts, transfers=transfers, announcer=announcer, paid=advise.note_in, wake=wake, bills=bills
    )
    terms = settings.payables.statements
    limit = terms.limit(settings.shop.currency)
    decide = DecideMatches(storage=storage, clock=clock, effects=effects, write_off_max=limit)
    match = MatchLines(storage=storage, clock=clock, effects=effects, terms=MatchTerms(terms.automatic))
    return LineServices(
        read=ReadLines(storage=storage),
        imports=make_imports(settings, storage, clock),
        match=match,
        runs=MatchingRuns(
            storage=storage,
            clock=clock,
            match=match,
            tenant_id=TenantId(settings.shop.tenant),
            store_id=StoreId(settings.shop.store),
        ),
        decide=decide,
        write_offs=WriteOffs(storage=storage, clock=clock, effects=effects, write_off_max=limit),
        certain=CertainMatches(storage=storage, decide=decide, write_off_max=limit),
        learn=LearnRules(storage=storage, clock=clock),
        learned=KeepLearned(storage=storage, clock=clock),
        items=HandInItems(storage=storage, clock=clock),
        months=MonthClose(storage=storage, currency=Currency.of(settings.shop.currency)),
        account_names={one.id: _called(one.name, one.iban or one.other_id) for one in settings.payables.accounts},
    )


def _called(name: str, number: str) -> str:
    """Return what people call an account: its name, and of its number only the end."""
    return f"{name} … {number[-_SHOWN:]}" if number else name
