"""Service descriptions (WSDL), read from files only and shared by all threads.

What a description imports must lie beside it, be one of the well-known schemas that come with us, or be named by the
operator; nothing is fetched. An operation that the library would leave out with a warning is an error, unless the
connector says that it can do without.
"""

from __future__ import annotations

import threading
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlparse

from lxml import etree
from zeep import Settings, Transport
from zeep.exceptions import Error as ZeepError
from zeep.wsdl import Document
from zeep.wsdl.bindings import Soap11Binding, Soap12Binding

from connectors.soap.failure import FailureCode, SoapFailure

DOCUMENT_BYTES_MAX = 32 * 1024 * 1024
_SCHEMAS = Path(__file__).parent / "schemas"
WELL_KNOWN: Mapping[str, Path] = {
    "http://schemas.xmlsoap.org/soap/encoding/": _SCHEMAS / "soap-encoding.xsd",
}
"""Schemas that descriptions name by their namespace alone."""

_loading = threading.Lock()
"""Warnings are caught for the whole process: one description at a time."""


@dataclass(frozen=True, slots=True)
class SoapOperation:
    """One operation of a port. ``version``: of SOAP, ``1.1`` or ``1.2``; ``one_way``: there is never an answer.

    ``takes``: its parameters as the description has them; ``address``: where the description says it is, which may
    be another than the one that is configured.
    """

    service: str
    port: str
    name: str
    version: str
    one_way: bool
    takes: str
    address: str


@dataclass(frozen=True, slots=True)
class SoapDescription:
    """A description that was read. ``dropped``: what it declares and the library could not take, in words."""

    path: Path
    document: Document
    operations: tuple[SoapOperation, ...]
    dropped: tuple[str, ...] = ()

    def binding_of(self, port: str) -> Any:  # noqa: ANN401 - the library is hardly typed
        """Return the binding of a port, which sends and reads messages.

        Raises:
            SoapFailure: ``unknown_operation``.
        """
        for service in self.document.services.values():
            for name, found in service.ports.items():
                if name == port:
                    return found.binding
        known = ", ".join(sorted({one.port for one in self.operations}))
        raise SoapFailure(
            FailureCode.UNKNOWN_OPERATION, f"The description has no port {port}.", f"It has: {known or 'none'}."
        )


@dataclass
class Descriptions:
    """Descriptions by file, each parsed once. ``elsewhere``: files for addresses that descriptions import."""

    elsewhere: Mapping[str, Path] = field(default_factory=dict)
    _known: dict[tuple[Path, bool, int], SoapDescription] = field(default_factory=dict)

    def load(self, path: Path, *, strict: bool = True) -> SoapDescription:
        """Return a description; the same file again is not parsed again until it changes.

        Args:
            path: of the WSDL.
            strict: whether a part that cannot be taken is an error; else it is told in ``dropped``.

        Raises:
            SoapFailure: ``description_unreadable``, ``description_reaches_out``, ``description_incomplete``.
        """
        resolved = path.resolve()
        try:
            key = (resolved, strict, resolved.stat().st_mtime_ns)
        except OSError as error:
            raise _unreadable(path, "It is not there, or may not be read.") from error
        with _loading:
            if key not in self._known:
                self._known[key] = _read(resolved, self.elsewhere, strict=strict)
            return self._known[key]


class _FilesOnly(Transport):
    """Gives zeep the documents it asks for, from files."""

    def __init__(self, root: Path, elsewhere: Mapping[str, Path]) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # of zeep
        self._root = root
        self._elsewhere = {**WELL_KNOWN, **elsewhere}

    def load(self, url: str) -> bytes:
        """Return the document behind an address."""
        address = str(url)
        if address in self._elsewhere:
            return _content(self._elsewhere[address])
        parsed = urlparse(address)
        if parsed.scheme not in ("", "file"):
            raise SoapFailure(
                FailureCode.DESCRIPTION_REACHES_OUT,
                f"The description imports {address}; nothing is fetched from a network.",
                "Put that document beside the description and name it for this address.",
            )
        path = Path(unquote(parsed.path) if parsed.scheme else address).resolve()
        if not path.is_relative_to(self._root):
            raise SoapFailure(
                FailureCode.DESCRIPTION_REACHES_OUT,
                "The description imports a file outside of its folder.",
                "Put what it imports into its folder.",
            )
        return _content(path)


def _read(path: Path, elsewhere: Mapping[str, Path], *, strict: bool) -> SoapDescription:
    settings = Settings(forbid_dtd=True, forbid_entities=True, strict=True, force_https=False)
    transport: Any = _FilesOnly(path.parent, elsewhere)
    try:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            document = Document(str(path), transport, settings=settings)
    except SoapFailure:
        raise
    except (
        ZeepError,
        etree.LxmlError,
        LookupError,
        ValueError,
        TypeError,
        AttributeError,
        RuntimeError,
    ) as error:
        # What a broken description makes of the library is not only its own errors.
        raise _unreadable(path, f"It is no service description that can be used ({type(error).__name__}).") from error
    finally:
        transport.session.close()
    if not document.services:
        raise _unreadable(path, "It describes no service.")
    dropped = tuple(dict.fromkeys(str(one.message) for one in caught if issubclass(one.category, UserWarning)))
    if dropped and strict:
        raise SoapFailure(
            FailureCode.DESCRIPTION_INCOMPLETE,
            f"Parts of {path.name} cannot be used: {'; '.join(dropped)}",
            "Ask the vendor for a description that is whole, or load it without the strict mode and do without these.",
        )
    return SoapDescription(path, document, tuple(_operations(document)), dropped)


def _operations(document: Document) -> list[SoapOperation]:
    found = []
    for service_name, service in document.services.items():
        for port_name, port in service.ports.items():
            if not isinstance(port.binding, Soap11Binding | Soap12Binding):
                continue
            version = "1.2" if isinstance(port.binding, Soap12Binding) else "1.1"
            address = str((port.binding_options or {}).get("address") or "")
            operations: dict[str, Any] = port.binding.all()  # type: ignore[no-untyped-call]  # of zeep
            for name, operation in sorted(operations.items()):
                one_way = operation.abstract.output_message is None
                takes = _signature(operation)
                found.append(SoapOperation(service_name, port_name, name, version, one_way, takes, address))
    return found


def _signature(operation: Any) -> str:  # noqa: ANN401 - the library is untyped
    try:
        return str(operation.input.signature(as_output=False))
    except (AttributeError, TypeError):  # messages of several parts have none
        return ""


def _content(path: Path) -> bytes:
    try:
        if path.stat().st_size > DOCUMENT_BYTES_MAX:
            raise _unreadable(path, "It is larger than any description.")
        return path.read_bytes()
    except OSError as error:
        raise _unreadable(path, "It is not there, or may not be read.") from error


def _unreadable(path: Path, why: str) -> SoapFailure:
    return SoapFailure(FailureCode.DESCRIPTION_UNREADABLE, f"{path.name} cannot be read. {why}", "Look at the file.")
