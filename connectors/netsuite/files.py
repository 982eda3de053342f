"""Files of vendor bills: REST stores none, so a script of ours does, or SOAP while it lives."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol
from urllib.parse import urlencode

from connectors.erp_http.client import Access, ErpHttp
from connectors.erp_mapping.mapping_file import MappingFile, wrong
from connectors.erp_mapping.programmed import Operation
from connectors.netsuite.books import BILL
from connectors.netsuite.soap_files import SoapFiles
from connectors.netsuite.suitetalk import SPOKEN, written
from gateway.domain.erp.failure import Effect, ErpFailure, FailureCode
from gateway.ports.erp import ErpAccount

_PATH = "app/site/hosting/restlet.nl"


class FileStore(Protocol):
    """Where files go."""

    def answers(self) -> bool:
        """Whether it is there and set up."""

    def attach(self, operation: str, values: Mapping[str, str]) -> None:
        """Store a file and put it to a record; the same name again is the same file.

        Args:
            operation: as it is kept.
            values: ``record`` and its ``id``; ``name``, ``media_type`` and ``content`` (base64) of the file.

        Raises:
            ErpFailure, Refused: as of every write.
        """

    def close(self) -> None:
        """Close the connections."""


def files_of(account: ErpAccount, mapping: MappingFile, access: Access) -> FileStore | None:
    """Return where files go, by ``erp.files``; None where bills go without.

    Raises:
        ErpFailure: ``mapping_wrong``.
    """
    match kind := mapping.text("erp", "files", "script"):
        case "script":
            return ScriptFiles(account, mapping, access)
        case "soap":
            return SoapFiles(account, mapping)
        case "none":
            return None
        case _:
            raise wrong("erp.files", f"“{kind}” is none of script, soap, none.")


def attaching(files: FileStore) -> Operation:
    """Return the operation that puts a file to a bill."""

    def attach(values: Mapping[str, Any], _effect: Effect) -> object:
        file = {"record": BILL, "id": values["id"], "name": values["kept_name"]}
        told = {**file, "media_type": values["media_type"], "content": values["content"]}
        files.attach("attach_vendor_bill", told)
        return {}

    return attach


class ScriptFiles:
    """Files by the script of this folder. Safe for several threads."""

    def __init__(self, account: ErpAccount, mapping: MappingFile, access: Access) -> None:
        """Read the mapping.

        Raises:
            ErpFailure: ``mapping_wrong``.
        """
        # Scripts answer under a name of their own.
        url = mapping.text("erp", "url").replace(".suitetalk.api.", ".restlets.api.")
        self._http = ErpHttp(account, url, access)
        script = mapping.text("erp", "files_script", "customscript_tillbridge_files")
        deploy = mapping.text("erp", "files_deploy", "customdeploy_tillbridge_files")
        self._path = f"{_PATH}?{urlencode({'script': script, 'deploy': deploy})}"

    def answers(self) -> bool:
        """Whether the script is there and has a folder."""
        answer = self._http.read("script", self._path, expected=SPOKEN)
        return answer.status not in SPOKEN and bool(answer.json()["ready"])

    def attach(self, operation: str, values: Mapping[str, str]) -> None:
        """Store a file and put it to a record."""
        told = written(self._http, operation, "POST", self._path, values)
        if not isinstance(told, Mapping) or not told.get("file"):
            raise ErpFailure(FailureCode.ANSWER_NOT_UNDERSTOOD, "The script names no file.")

    def close(self) -> None:
        """Close the connections."""
        self._http.close()
