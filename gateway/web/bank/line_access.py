"""How routes reach the use cases of statements."""

from gateway.domain.access import Caller
from gateway.web.bank.line_services import LineServices
from gateway.web.container import current

_SHOWN = 4


def lines() -> LineServices:
    """Return the use cases of this gateway."""
    return current().till.lines


def account_name(account: str) -> str:
    """Return what people call an account: as set up, else the end of its number."""
    end = account if len(account) <= _SHOWN else f"… {account[-_SHOWN:]}"
    return lines().account_names.get(account, end)


def account_choices(who: Caller) -> list[tuple[str, str]]:
    """Return the accounts that have statements, each with its name, in the order of names."""
    found = {account: account_name(account) for account, _ in lines().read.accounts(who)}
    return sorted(found.items(), key=lambda one: one[1])
