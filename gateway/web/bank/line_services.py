"""The use cases of statements and the matching desk that the routes need."""

from collections.abc import Mapping
from dataclasses import dataclass

from gateway.services.bank.certain_matches import CertainMatches
from gateway.services.bank.decide_matches import DecideMatches
from gateway.services.bank.hand_in_items import HandInItems
from gateway.services.bank.import_statements import ImportStatements
from gateway.services.bank.keep_learned import KeepLearned
from gateway.services.bank.learn_rules import LearnRules
from gateway.services.bank.match_lines import MatchLines
from gateway.services.bank.matching_runs import MatchingRuns
from gateway.services.bank.month_close import MonthClose
from gateway.services.bank.read_lines import ReadLines
from gateway.services.bank.write_offs import WriteOffs


@dataclass(frozen=True, slots=True)
class LineServices:
    """One field for each use case; ``account_names``: what people call the shop's own accounts, by id."""

    read: ReadLines
    imports: ImportStatements
    match: MatchLines
    runs: MatchingRuns
    decide: DecideMatches
    write_offs: WriteOffs
    certain: CertainMatches
    learn: LearnRules
    learned: KeepLearned
    items: HandInItems
    months: MonthClose
    account_names: Mapping[str, str]
