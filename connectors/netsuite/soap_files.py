"""Files over SOAP, for accounts that take no script: a file is added, then attached. NetSuite ends SOAP with 2028.2.

The two messages are written here: the whole description has thousands of types, which nobody else needs. Source:
the service description of 2017.1 (platform.messages, platform.core, documents.fileCabinet); online help, TokenPassport.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from lxml import etree

from connectors.erp_http.client import ErpHttp, FixedAccess, HttpAnswer, told_on
from connectors.erp_mapping.described import Refused
from connectors.erp_mapping.mapping_file import MappingFile, wrong
from connectors.netsuite.access import token_secrets
from connectors.soap.safe_xml import parse_safely
from gateway.domain.erp.failure import Effect, ErpFailure, FailureCode
from gateway.ports.clock import Clock
from gateway.ports.erp import ErpAccount

_ENVELOPE = "http://schemas.xmlsoap.org/soap/envelope/"
_TYPE = "{http://www.w3.org/2001/XMLSchema-instance}type"
_FAULTED = frozenset({500})
"""Of faults, which say why."""
_FAULTS: Mapping[str, FailureCode] = {
    "invalidcredentialsfault": FailureCode.NOT_AUTHORISED,
    "invalidsessionfault": FailureCode.NOT_AUTHORISED,
    "insufficientpermissionfault": FailureCode.NOT_ALLOWED,
    "exceededconcurrentrequestlimitfault": FailureCode.TOO_MANY_CALLS,
    "exceededrequestlimitfault": FailureCode.TOO_MANY_CALLS,
}
_FILE_TYPES: Mapping[str, str] = {"application/pdf": "_PDF", "image/jpeg": "_JPGIMAGE", "image/png": "_PNGIMAGE"}


class SoapFiles:
    """Files of one account. Safe for several threads."""

    def __init__(self, account: ErpAccount, mapping: MappingFile) -> None:
        """Read the mapping.

        Raises:
            ErpFailure: ``mapping_wrong``.
        """
        version = mapping.text("soap", "version", "2025_2")
        if not version.replace("_", "").isdecimal():
            raise wrong("soap.version", "It is a year, an underscore and a number, such as 2025_2.")
        self._path = f"services/NetSuitePort_{version}"
        self._messages = f"urn:messages_{version}.platform.webservices.netsuite.com"
        self._core = f"urn:core_{version}.platform.webservices.netsuite.com"
        self._cabinet = f"urn:filecabinet_{version}.documents.webservices.netsuite.com"
        self._folder = mapping.text("soap", "folder")
        self._passport = [mapping.text("soap", name) for name in ("account", "consumer_key", "token")]
        self._secret = account.secret
        self._clock: Clock = account.clock
        self._http = ErpHttp(account, mapping.text("erp", "url"), FixedAccess({}))

    def answers(self) -> bool:
        """Whether the service is there and knows us."""
        asked = etree.Element(f"{{{self._messages}}}getServerTime")
        return self._call("script", "getServerTime", asked, Effect.NONE) is not None

    def attach(self, operation: str, values: Mapping[str, str]) -> None:
        """Store a file and put it to a record; the same name again is the same file."""
        stored = self._call(operation, "add", self._added(values), Effect.UNKNOWN)
        references = [one.get("internalId") for one in stored.iter(f"{{{self._messages}}}baseRef")]
        if not references or not references[0]:
            raise ErpFailure(FailureCode.ANSWER_NOT_UNDERSTOOD, "The answer names no file.")
        self._call(operation, "attach", self._attached(values, references[0]), Effect.UNKNOWN)

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def _added(self, values: Mapping[str, str]) -> Any:  # noqa: ANN401 - elements of lxml are untyped
        add = etree.Element(f"{{{self._messages}}}add", nsmap={"m": self._messages, "d": self._cabinet})
        file = etree.SubElement(add, f"{{{self._messages}}}record", {_TYPE: "d:File"})
        told = {
            "name": values["name"],
            "attachFrom": "_computer",
            # Anything else is kept as it came: texts would be stored in another encoding.
            "fileType": _FILE_TYPES.get(values["media_type"], "_MISCBINARY"),
            "content": values["content"],
        }
        for name, text in told.items():
            etree.SubElement(file, f"{{{self._cabinet}}}{name}").text = text
        etree.SubElement(file, f"{{{self._cabinet}}}folder", {"internalId": self._folder})
        return add

    def _attached(self, values: Mapping[str, str], file: str) -> Any:  # noqa: ANN401 - see above
        attach = etree.Element(f"{{{self._messages}}}attach", nsmap={"m": self._messages, "c": self._core})
        told = {_TYPE: "c:AttachBasicReference"}
        reference = etree.SubElement(attach, f"{{{self._messages}}}attachReference", told)
        for name, kind, id_ in (("attachTo", values["record"], values["id"]), ("attachedRecord", "file", file)):
            named = {_TYPE: "c:RecordRef", "internalId": id_, "type": kind}
            etree.SubElement(reference, f"{{{self._core}}}{name}", named)
        return attach

    def _call(self, operation: str, action: str, asked: Any, effect: Effect) -> Any:  # noqa: ANN401 - see above
        """Call once and return the body of the answer.

        Raises:
            ErpFailure: with ``effect`` where nobody knows.
            Refused: NetSuite said no.
        """
        names = {"s": _ENVELOPE, "m": self._messages, "c": self._core}
        envelope = etree.Element(f"{{{_ENVELOPE}}}Envelope", nsmap=names)
        etree.SubElement(envelope, f"{{{_ENVELOPE}}}Header").append(self._signed())
        etree.SubElement(envelope, f"{{{_ENVELOPE}}}Body").append(asked)
        headers = {"Content-Type": "text/xml; charset=utf-8", "Accept": "text/xml", "SOAPAction": f'"{action}"'}
        sent = etree.tostring(envelope, xml_declaration=True, encoding="utf-8")
        answer = self._http.call(operation, "POST", self._path, sent, headers, effect=effect, expected=_FAULTED)
        return self._told(answer)

    def _told(self, answer: HttpAnswer) -> Any:  # noqa: ANN401 - see above
        faulted = answer.status in _FAULTED
        try:
            root = parse_safely(answer.content)
        except ValueError as error:
            code = FailureCode.SERVER_ERROR if faulted else FailureCode.ANSWER_NOT_UNDERSTOOD
            raise ErpFailure(code, "The answer is no XML.", effect=answer.effect) from error
        if faulted:
            named = {etree.QName(one).localname.lower() for one in root.iterfind(".//detail/*")}
            code = next((_FAULTS[name] for name in sorted(named) if name in _FAULTS), FailureCode.SERVER_ERROR)
            raise ErpFailure(code, effect=answer.effect if code is FailureCode.SERVER_ERROR else None)
        status = root.find(f".//{{{self._core}}}status")
        if status is None:
            raise ErpFailure(FailureCode.ANSWER_NOT_UNDERSTOOD, "The answer has no status.", effect=answer.effect)
        if status.get("isSuccess") != "true":
            said = (status.findtext(f".//{{{self._core}}}{name}", "") for name in ("code", "message"))
            raise Refused("refused", told_on(" ".join(said)))
        return root

    def _signed(self) -> Any:  # noqa: ANN401 - see above
        nonce, moment = secrets.token_hex(16), str(int(self._clock.now().timestamp()))
        passport = etree.Element(f"{{{self._messages}}}tokenPassport", nsmap={"m": self._messages, "c": self._core})
        told = [*self._passport, nonce, moment]
        for name, text in zip(("account", "consumerKey", "token", "nonce", "timestamp"), told, strict=True):
            etree.SubElement(passport, f"{{{self._core}}}{name}").text = text
        signature = etree.SubElement(passport, f"{{{self._core}}}signature", {"algorithm": "HMAC-SHA256"})
        signature.text = passport_signature(told, token_secrets(self._secret))
        return passport


def passport_signature(told: list[str], keys: tuple[str, str]) -> str:
    """Return the signature of a call. ``told``: account, consumer key, token, nonce, time; ``keys``: both secrets."""
    text, key = ("&".join(quote(part, safe="") for part in parts) for parts in (told, keys))
    return base64.b64encode(hmac.new(key.encode(), text.encode(), hashlib.sha256).digest()).decode()
