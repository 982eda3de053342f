"""Connectors by name: entry points of the group ``tillbridge.connectors``, of this product and of others."""

import configparser
from collections.abc import Mapping
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path

from gateway.domain.errors import ConfigurationError
from gateway.ports.erp import ConnectorFactory

GROUP = "tillbridge.connectors"


def connectors_known(checkout: Path | None = None) -> Mapping[str, EntryPoint]:
    """Return what is installed, and what the ``setup.cfg`` of a checkout names that may not be."""
    found = {}
    if checkout is not None:
        parser = configparser.ConfigParser()
        parser.read(checkout / "setup.cfg", encoding="utf-8")
        told = parser.get("options.entry_points", GROUP, fallback="")
        for line in told.splitlines():
            name, separator, value = (part.strip() for part in line.partition("="))
            if separator:
                found[name] = EntryPoint(name, value, GROUP)
    return {**found, **{one.name: one for one in entry_points(group=GROUP)}}


def connector_factory(name: str, known: Mapping[str, EntryPoint]) -> ConnectorFactory:
    """Return what makes a connector.

    Raises:
        ConfigurationError: ``connector_unknown``, ``connector_unusable``.
    """
    if name not in known:
        there = ", ".join(sorted(known)) or "none"
        raise ConfigurationError("connector_unknown", f"There is no connector “{name}”.", f"There are: {there}.")
    try:
        factory: ConnectorFactory = known[name].load()
    except (ImportError, AttributeError) as error:
        raise ConfigurationError(
            "connector_unusable", f"The connector “{name}” cannot be loaded: {error}.", "Install what it needs: erp."
        ) from error
    return factory
