"""A small service description in both versions of SOAP, and answers as such a service would give them."""

from __future__ import annotations

NAMESPACE = "urn:example:ledger"
_BINDING = """
  <wsdl:binding name="{name}" type="tns:Ledger">
    <soap{n}:binding style="document" transport="http://schemas.xmlsoap.org/soap/http"/>
    <wsdl:operation name="Post"><soap{n}:operation soapAction="urn:example:ledger/Post"/>
      <wsdl:input><soap{n}:body use="literal"/></wsdl:input>
      <wsdl:output><soap{n}:body use="literal"/></wsdl:output>
    </wsdl:operation>
    <wsdl:operation name="Tell"><soap{n}:operation soapAction="urn:example:ledger/Tell"/>
      <wsdl:input><soap{n}:body use="literal"/></wsdl:input>
    </wsdl:operation>
  </wsdl:binding>"""
WSDL = f"""<?xml version="1.0"?>
<wsdl:definitions xmlns:wsdl="http://schemas.xmlsoap.org/wsdl/" xmlns:xs="http://www.w3.org/2001/XMLSchema"
    xmlns:soap="http://schemas.xmlsoap.org/wsdl/soap/" xmlns:soap12="http://schemas.xmlsoap.org/wsdl/soap12/"
    xmlns:tns="{NAMESPACE}" targetNamespace="{NAMESPACE}">
  <wsdl:types><xs:schema targetNamespace="{NAMESPACE}" elementFormDefault="qualified"><!--IMPORT-->
    <xs:element name="Post"><xs:complexType><xs:sequence>
      <xs:element name="number" type="xs:string"/>
      <xs:element name="amount" type="xs:decimal"/>
      <xs:element name="iban" type="xs:string" minOccurs="0"/>
      <xs:element name="password" type="xs:string" minOccurs="0"/>
    </xs:sequence></xs:complexType></xs:element>
    <xs:element name="PostResult"><xs:complexType><xs:sequence>
      <xs:element name="id" type="xs:int"/>
    </xs:sequence></xs:complexType></xs:element>
    <xs:element name="Tell"><xs:complexType><xs:sequence>
      <xs:element name="words" type="xs:string"/>
    </xs:sequence></xs:complexType></xs:element>
  </xs:schema></wsdl:types>
  <wsdl:message name="PostIn"><wsdl:part name="parameters" element="tns:Post"/></wsdl:message>
  <wsdl:message name="PostOut"><wsdl:part name="parameters" element="tns:PostResult"/></wsdl:message>
  <wsdl:message name="TellIn"><wsdl:part name="parameters" element="tns:Tell"/></wsdl:message>
  <wsdl:portType name="Ledger">
    <wsdl:operation name="Post"><wsdl:input message="tns:PostIn"/><wsdl:output message="tns:PostOut"/></wsdl:operation>
    <wsdl:operation name="Tell"><wsdl:input message="tns:TellIn"/></wsdl:operation>
  </wsdl:portType>{_BINDING.format(name="Ledger11", n="")}{_BINDING.format(name="Ledger12", n="12")}
  <wsdl:service name="LedgerService">
    <wsdl:port name="Port11" binding="tns:Ledger11"><soap:address location="http://erp.invalid/soap"/></wsdl:port>
    <wsdl:port name="Port12" binding="tns:Ledger12"><soap12:address location="http://erp.invalid/soap"/></wsdl:port>
  </wsdl:service>
</wsdl:definitions>
"""
_SPACES = {
    "Port11": "http://schemas.xmlsoap.org/soap/envelope/",
    "Port12": "http://www.w3.org/2003/05/soap-envelope",
}


def answer(port: str, body: str, *, status: str = "200 OK", before: str = "") -> bytes:
    """Return a raw answer of HTTP with an envelope around ``body``; ``before``: what stands above the envelope."""
    envelope = f'{before}<e:Envelope xmlns:e="{_SPACES[port]}"><e:Body>{body}</e:Body></e:Envelope>'
    return raw(status, envelope)


def raw(status: str, body: str, *more: str) -> bytes:
    """Return a raw answer of HTTP; ``more``: further headers."""
    content = body.encode()
    head = [f"HTTP/1.1 {status}", "Content-Type: text/xml; charset=utf-8", f"Content-Length: {len(content)}", *more]
    return "\r\n".join([*head, "Connection: close", "", ""]).encode() + content


def result(port: str, number: int) -> bytes:
    """Return the answer to a posting that was done."""
    return answer(port, f'<PostResult xmlns="{NAMESPACE}"><id>{number}</id></PostResult>')


def fault(port: str, *, ours: bool, words: str = "The period is closed.") -> bytes:
    """Return a fault; ``ours``: the service says that the sender was wrong."""
    if port == "Port11":
        code = "e:Client" if ours else "e:Server"
        detail = f'<detail><x xmlns="{NAMESPACE}"><period>2026-10</period></x></detail>'
        body = f"<e:Fault><faultcode>{code}</faultcode><faultstring>{words}</faultstring>{detail}</e:Fault>"
    else:
        code = "e:Sender" if ours else "e:Receiver"
        detail = f'<e:Detail><x xmlns="{NAMESPACE}"><period>2026-10</period></x></e:Detail>'
        reason = f'<e:Reason><e:Text xml:lang="en">{words}</e:Text></e:Reason>'
        body = f"<e:Fault><e:Code><e:Value>{code}</e:Value></e:Code>{reason}{detail}</e:Fault>"
    return answer(port, body, status="500 Internal Server Error")
