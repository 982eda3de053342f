"""Calls the operations of a description over REST, see ``connectors.erp_mapping.described`` and README.md."""

from __future__ import annotations

from pathlib import Path

from connectors.erp_mapping.described import DescribedConnector, read_description
from connectors.erp_mapping.mapping_file import MappingFile
from connectors.erp_mapping.rest_caller import RestCaller
from gateway.ports.erp import ErpAccount, ErpConnector

_SHIPPED = Path(__file__).parent / "descriptions"


def connect(account: ErpAccount) -> ErpConnector:
    """Return the connector of an account.

    Raises:
        ErpFailure: ``mapping_wrong``.
    """
    mapping = MappingFile(account.mapping)
    description = read_description(mapping.text("erp", "description"), account.folder, _SHIPPED)
    return DescribedConnector(mapping, description, RestCaller(account, mapping, description))
