"""Opens the connector of an account by its mapping file."""

import os
import time
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from gateway.adapters.connector_registry import connector_factory, connectors_known
from gateway.adapters.table_files import TableFiles
from gateway.domain.erp.call_budget import BURST, CallBudget
from gateway.domain.erp.failure import ErpFailure
from gateway.domain.errors import ConfigurationError
from gateway.ports.clock import Clock
from gateway.ports.erp import ErpAccount, ErpConnector, ErpExchange

CALLS_PER_S_MAX = 10_000
_ROOT = Path(__file__).resolve().parent.parent.parent


def checkout() -> Path | None:
    """Return the folder of the source where this runs from a checkout, whose connectors need not be installed."""
    return _ROOT if (_ROOT / "setup.cfg").is_file() else None


def open_connector(
    path: Path, account_id: str, clock: Clock, keep: Callable[[ErpExchange], None] | None = None
) -> ErpConnector:
    """Return the connector of a mapping file; calls nobody yet.

    Args:
        path: of the mapping file; what it names is beside it.
        account_id: ours.
        clock: the present.
        keep: told every exchange.

    Raises:
        ConfigurationError: ``mapping_unreadable``, ``mapping_wrong``, ``secret_unreadable``, ``connector_unknown``,
            ``connector_unusable``.
    """
    try:
        mapping = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ConfigurationError("mapping_unreadable", f"{path} cannot be read: {error}.") from error
    erp = mapping.get("erp", {})
    told: Mapping[str, Any] = erp if isinstance(erp, dict) else {}
    factory = connector_factory(str(told.get("connector", "")), connectors_known(checkout()))
    kept = {} if keep is None else {"keep": keep}
    account = ErpAccount(
        account_id,
        mapping,
        _secret(told, path.parent),
        clock,
        wait=_waits(told, path, clock),
        folder=str(path.parent),
        tables=TableFiles(),
        **kept,
    )
    try:
        return factory(account)
    except ErpFailure as failure:
        where = f"{failure.field}: " if failure.field else ""
        words = f"{path}: {where}{failure.words}"
        raise ConfigurationError("mapping_wrong", words, "Correct the mapping.") from failure


def _waits(erp: Mapping[str, Any], path: Path, clock: Clock) -> Callable[[], None]:
    """Return what a call waits for: ``calls_per_s`` of the mapping, ``burst`` of them at once after a rest."""
    per_s, burst = erp.get("calls_per_s", 0), erp.get("burst", BURST)
    fits = isinstance(per_s, int | float) and not isinstance(per_s, bool) and 0 <= per_s <= CALLS_PER_S_MAX
    if not fits or not isinstance(burst, int) or isinstance(burst, bool) or not 1 <= burst <= CALLS_PER_S_MAX:
        words = f"{path}: erp.calls_per_s is a number up to {CALLS_PER_S_MAX}, erp.burst a whole number from 1 on."
        raise ConfigurationError("mapping_wrong", words, "Correct the mapping.")
    return CallBudget(per_s, burst, clock.monotonic_s, time.sleep).wait if per_s else lambda: None


def _secret(erp: Mapping[str, Any], folder: Path) -> str:
    """Return the secret from the file or the environment that the mapping names; it never stands in the mapping."""
    named, variable = erp.get("secret_file", ""), erp.get("secret_environment", "")
    if named:
        try:
            return (folder / str(named)).read_text(encoding="utf-8").strip()
        except OSError as error:
            raise ConfigurationError("secret_unreadable", f"{named} cannot be read: {error.strerror}.") from error
    return os.environ.get(str(variable), "") if variable else ""
