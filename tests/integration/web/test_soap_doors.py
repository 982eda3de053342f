"""The SOAP side of what ERPs call, with zeep as an independent client, in both versions."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests
import zeep
import zeep.exceptions
from lxml import etree
from requests.auth import HTTPBasicAuth
from zeep.transports import Transport
from zeep.wsse.username import UsernameToken
from zeep.wsse.utils import WSU

from gateway.configuration.server_settings import ServerSettings
from gateway.domain.access import Permission, Role
from gateway.domain.erp.canonical import as_json
from gateway.domain.erp.posting import Posting
from gateway.domain.payables.payable import PayableState
from gateway.node.server import WebServer
from gateway.services.payables.approval_digest import digests_in
from gateway.web.erp.erp_api import BATCH_BYTES_MAX
from tests.support.erp_documents import bill, entry, handed_in, key_of, payment, sales_day
from tests.support.payable_rows import payable_row, stored_supplier
from tests.support.web_shop import ERP, ERP_APPROVER, STORE, TENANT, Shop, build_shop

# Without types of their own.
token_of: Any = UsernameToken
client_of: Any = zeep.Client
transport_of: Any = Transport
NS = "urn:tillbridge:erp:1"
SPACES = {
    "Erp11": ("http://schemas.xmlsoap.org/soap/envelope/", "text/xml"),
    "Erp12": ("http://www.w3.org/2003/05/soap-envelope", "application/soap+xml"),
}
VENDOR = {
    "erp_id": "V-1",
    "version": "a",
    "revision": 1,
    "number": "70001",
    "name": "Hafen Kaffee & Söhne",
    "vat_ids": ["DE123456788", "ATU12345678"],
    "terms": {"net_days": 30, "discounts": [{"days": 10, "percent": "2"}]},
    "blocked": False,
}
ORDER = {
    "erp_id": "O-1",
    "version": "a",
    "revision": 1,
    "number": "4711",
    "vendor_erp_id": "V-1",
    "ordered_on": "2026-03-01",
    "currency": "EUR",
    "lines": [{"line_no": 10, "text": "Coffee", "quantity": "4", "price": "2.50"}],
}
RECEIPT = {
    "erp_id": "R-1",
    "version": "a",
    "revision": 1,
    "number": "LS-1",
    "received_on": "2026-03-02",
    "lines": [{"order_erp_id": "O-1", "line_no": 10, "quantity": "4"}],
}


@dataclass(frozen=True)
class Side:
    """A shop that answers on loopback, and a key with both scopes."""

    shop: Shop
    address: str
    user: str
    key: str

    def client(self, port: str, *, key: str = "", wsse: Any = None) -> Any:
        """Return a service of zeep; ``wsse``: in place of Basic."""
        session = requests.Session()
        # Who is done hangs up: the server keeps few connections.
        session.headers["Connection"] = "close"
        if wsse is None:
            session.auth = HTTPBasicAuth(self.user, key or self.key)
        client = client_of(f"{self.address}/soap/erp?wsdl", transport=transport_of(session=session), wsse=wsse)
        return client.bind("TillbridgeErp", port)

    def post(self, port: str, body: bytes | str, **headers: str) -> requests.Response:
        """Send these bytes."""
        data = body.encode() if isinstance(body, str) else body
        return requests.post(
            f"{self.address}/soap/erp",
            data=data,
            headers={"Content-Type": SPACES[port][1]} | headers,
            auth=(self.user, self.key),
            timeout=30,
        )


def _account(port: str, what: str = "records") -> str:
    """Return the ERP of one test: they share a shop."""
    return f"{what}-{port.lower()}"


ERPS = [
    {"id": ERP, "approver": ERP_APPROVER},
    *({"id": _account(port, what)} for port in SPACES for what in ("records", "docs", "told", "stale", "wsse")),
]


@pytest.fixture(scope="module")
def side(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Side]:
    folder: Path = tmp_path_factory.mktemp("soap")
    shop = build_shop(f"sqlite:///{folder / 'shop.db'}", folder, parts={"erp": ERPS})
    _, header = shop.key(Permission.ERP_MASTER, Permission.ERP_DOCUMENTS, Permission.ERP_APPROVALS)
    key = header["Authorization"].removeprefix("Bearer ")
    shop.add_person(Role.APPROVER, login=ERP_APPROVER)
    server = WebServer(shop.app, ServerSettings(port=0, threads=4))
    server.start()
    yield Side(shop, server.address, key.split("_")[1], key)
    server.stop()
    shop.storage.close()


both = pytest.mark.parametrize("port", sorted(SPACES))


@both
def test_every_operation_when_zeep_calls_then_the_same_as_over_rest(side: Side, port: str) -> None:
    service = side.client(port)

    first = [
        service.PutVendor(_account(port), VENDOR | {"number": f"7-{port}"}),
        service.PutOrder(_account(port), ORDER | {"number": f"4711-{port}"}),
        service.PutReceipt(_account(port), RECEIPT | {"number": f"LS-{port}"}),
    ]
    again = service.PutOrder(_account(port), ORDER | {"number": f"4711-{port}"})
    wrong = VENDOR | {"erp_id": "V-2", "number": f"8-{port}", "currency": "XXQ"}
    vendors = service.PutVendors(_account(port), [VENDOR | {"erp_id": "V-3", "number": f"9-{port}"}, wrong])
    orders = service.PutOrders(_account(port), [ORDER | {"number": f"4711-{port}"}])
    receipts = service.PutReceipts(_account(port), [RECEIPT | {"number": f"LS-{port}"}])

    assert [(one.kind, one.erp_id, one.revision) for one in first] == [
        ("vendor", "V-1", 1),
        ("order", "O-1", 1),
        ("receipt", "R-1", 1),
    ]
    assert again.id == first[1].id
    assert [one.problem and one.problem.code for one in vendors] == [None, "unknown_currency"]
    assert [one.record.id for one in (*orders, *receipts)] == [first[1].id, first[2].id]
    with side.shop.storage.read() as unit:
        supplier = unit.suppliers.by_number(TENANT, STORE, f"7-{port}")
    assert supplier is not None
    assert (supplier.name, supplier.vat_ids) == (VENDOR["name"], ("DE123456788", "ATU12345678"))
    assert [step.days for step in supplier.terms.discounts] == [10]


@both
def test_documents_when_zeep_fetches_then_typed_and_acknowledged(side: Side, port: str) -> None:
    made = (bill(1), payment(2), entry(3), sales_day(4))
    pdf = made[0].attachments[0]
    with side.shop.storage.write() as unit:
        unit.documents.add(handed_in((TENANT, STORE), pdf, side.shop.clock.now()), [pdf.content])
        now = side.shop.clock.now()
        for one in made:
            # In another order, as a database may give them back.
            document = dict(reversed(as_json(one).items()))
            posting = Posting(_account(port, "docs"), one.key, one.kind, document, "trace-1", now, now, now)
            unit.erp.add((TENANT, STORE), posting, "runner")
    service = side.client(port)

    page = service.FetchDocuments(_account(port, "docs"), limit=3)
    rest = service.FetchDocuments(_account(port, "docs"), after=page.next)
    bills = service.FetchDocuments(_account(port, "docs"), kind="vendor_bill")
    file = service.FetchFile(_account(port, "docs"), key_of(1), pdf.sha256)
    with pytest.raises(zeep.exceptions.Fault) as elsewhere:
        service.FetchFile(_account(port, "docs"), key_of(2), pdf.sha256)
    known = service.AcknowledgeDocument(_account(port, "docs"), key_of(1), "77", "RE-77")

    assert (file.name, file.content) == (pdf.name, pdf.content)
    assert _told(elsewhere.value)["code"] == "erp_file_not_found"
    assert (page.has_more, rest.has_more) == (True, False)
    assert [one.key for one in (*page.data, *rest.data)] == [one.key for one in made]
    first = bills.data[0].vendor_bill
    assert (first.gross_minor, first.due_on, first.currency) == (made[0].gross_minor, made[0].due_on, "EUR")
    assert [line.quantity for line in first.lines] == [line.quantity for line in made[0].lines]
    assert [one.sha256 for one in first.attachments] == [one.sha256 for one in made[0].attachments]
    assert rest.data[0].sales_day.tenders[0].amount_minor == made[3].tenders[0].amount_minor
    assert (known.erp_id, known.acknowledged_at is None) == ("77", False)


@both
def test_changes_when_zeep_reads_them_then_in_order_and_gone_is_a_typed_fault(side: Side, port: str) -> None:
    one, now = entry(30 if port == "Erp11" else 31), side.shop.clock.now()
    with side.shop.storage.write() as unit:
        posting = Posting(_account(port, "told"), one.key, one.kind, as_json(one), "trace-1", now, now, now)
        unit.erp.add((TENANT, STORE), posting, "runner")
    service = side.client(port)

    page = service.FetchChanges(limit=500)
    rest = service.FetchChanges(after=page.next)
    with pytest.raises(zeep.exceptions.Fault) as gone:
        service.FetchChanges(after=page.next + 1)

    assert [change.sequence for change in page.data] == list(range(1, page.next + 1))
    mine = [change for change in page.data if one.key in change.subject]
    assert [(change.kind, change.trace_id, change.at) for change in mine] == [
        ("erp_document.waiting", "trace-1", now),
    ]
    assert (rest.data, rest.next, rest.has_more) == ([], page.next, False)
    assert _told(gone.value)["code"] == "changes_gone"


@both
def test_approval_when_zeep_tells_it_then_it_counts_and_a_refusal_is_typed(side: Side, port: str) -> None:
    number = {"Erp11": "71111", "Erp12": "71212"}[port]
    payable = payable_row(stored_supplier(side.shop.storage, number).id, f"RE-{port}", state=PayableState.MATCHED)
    with side.shop.storage.write() as unit:
        unit.payables.add(payable)
    service, told = side.client(port), {"verdict": "rejected", "user": "MEYER", "payable_id": str(payable.id)}
    with side.shop.storage.read() as unit:
        told["digest"] = digests_in(unit, (payable,))[payable.id]
    with pytest.raises(zeep.exceptions.Fault) as wordless:
        service.PutApproval(ERP, told | {"id": f"WF-1-{port}"})
    answers = [service.PutApproval(ERP, told | {"id": f"WF-2-{port}", "reason": "Not ours."}) for _ in range(2)]

    assert _told(wordless.value)["code"] == "reason_needed"
    assert [(one.payable_id, one.state, one.counted, one.missing) for one in answers] == [
        (str(payable.id), "rejected", True, 0)
    ] * 2


@both
def test_fault_when_a_rule_says_no_then_typed(side: Side, port: str) -> None:
    service = side.client(port)
    service.PutVendor(_account(port, "stale"), VENDOR | {"number": f"s-{port}", "revision": 5})

    with pytest.raises(zeep.exceptions.Fault) as stale:
        service.PutVendor(_account(port, "stale"), VENDOR | {"number": f"s-{port}", "revision": 4})
    with pytest.raises(zeep.exceptions.Fault) as shape:
        service.PutVendor("not an account", VENDOR)
    with pytest.raises(zeep.exceptions.Fault) as unknown:
        service.AcknowledgeDocument(ERP, "no-such-key", "1")

    assert stale.value.code.rpartition(":")[2] == {"Erp11": "Client", "Erp12": "Sender"}[port]
    assert _told(stale.value) | {"code": "record_stale", "stored_revision": "5"} == _told(stale.value)
    assert (_told(shape.value)["code"], _told(shape.value)["pointer"]) == ("invalid_request", "/account")
    assert _told(unknown.value)["code"] == "erp_document_not_found"


@both
def test_sender_when_not_to_be_believed_then_refused_with_a_fault(side: Side, port: str) -> None:
    good = token_of(side.user, side.key, timestamp_token=None)
    plain = side.client(port, wsse=good).PutVendor(_account(port, "wsse"), VENDOR | {"number": f"w-{port}"})
    stale = WSU.Timestamp(WSU.Created("2020-01-01T00:00:00Z"))
    refused = [
        side.client(port, key=side.key[:-1] + "_"),
        side.client(port, wsse=token_of(side.user, "tb_wrong")),
        side.client(port, wsse=token_of("other", side.key)),
        side.client(port, wsse=token_of(side.user, side.key, use_digest=True)),
        side.client(port, wsse=token_of(side.user, side.key, timestamp_token=stale)),
    ]
    codes = []
    for service in refused:
        with pytest.raises(zeep.exceptions.Fault) as fault:
            service.FetchDocuments(ERP)
        codes.append(_told(fault.value)["code"])
    _, header = side.shop.key(Permission.PAYABLES_WORK)
    other = header["Authorization"].removeprefix("Bearer ")
    narrow = side.client(port, wsse=token_of(other.split("_")[1], other))
    with pytest.raises(zeep.exceptions.Fault) as narrowed:
        narrow.FetchDocuments(ERP)

    assert plain.kind == "vendor"
    assert codes == ["not_signed_in"] * len(refused)
    assert _told(narrowed.value)["code"] == "not_permitted"


@both
def test_sender_when_a_message_is_sent_again_by_another_then_refused(side: Side, port: str) -> None:
    created = side.shop.clock.now().isoformat()
    wsse = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss"
    header = (
        f'<o:Security xmlns:o="{wsse}-wssecurity-secext-1.0.xsd" xmlns:u="{wsse}-wssecurity-utility-1.0.xsd">'
        f"<o:UsernameToken><o:Username>{side.user}</o:Username><o:Password>{side.key}</o:Password>"
        f"<o:Nonce>once-{port}</o:Nonce><u:Created>{created}</u:Created></o:UsernameToken></o:Security>"
    )
    content = _message(port, f'<FetchDocuments xmlns="{NS}"><account>books</account></FetchDocuments>', header)
    sent = [
        requests.post(f"{side.address}/soap/erp", data=content, headers={"Content-Type": SPACES[port][1]}, timeout=30)
        for _ in range(2)
    ]

    assert [answer.status_code for answer in sent] == [200, 401]
    assert side.key not in sent[1].text


@both
def test_message_when_hostile_or_broken_then_a_fault_and_no_word_of_the_file(side: Side, port: str) -> None:
    call = f'<FetchDocuments xmlns="{NS}"><account>books</account></FetchDocuments>'
    good = _message(port, call)
    lol = "".join(f'<!ENTITY l{number} "{f"&l{number - 1};" * 10}">' for number in range(1, 9))
    hostile = {
        "entity of a file": '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>' + good.replace("docs", "&e;"),
        "entities of entities": f'<!DOCTYPE x [<!ENTITY l0 "lol">{lol}]>' + good.replace("docs", "&l8;"),
        "outer definition": '<!DOCTYPE x SYSTEM "http://127.0.0.1:9/x.dtd">' + good,
        "deep": _message(port, "<a>" * 5000 + "</a>" * 5000),
        "cut off": good[:-20],
        "no message": "<html/>",
        "other version": good.replace(SPACES[port][0], "urn:other"),
        "two bodies": _message(port, call + call),
        "unknown element": _message(port, f'<Drop xmlns="{NS}"/>'),
        "an answer": _message(port, f'<erp_fault xmlns="{NS}"><code/><message/><hint/></erp_fault>'),
        "unknown member": _message(port, call.replace("<account>", "<more/><account>")),
        "must understand": _message(port, call, f'<x xmlns="urn:x" xmlns:s="{SPACES[port][0]}" s:mustUnderstand="1"/>'),
    }

    answers = {name: side.post(port, content) for name, content in hostile.items()}
    large = side.post(port, good + " " * BATCH_BYTES_MAX)

    assert side.post(port, good).status_code == 200
    for name, answer in answers.items():
        assert answer.status_code in (400, 500), name
        assert _fault_of(answer) is not None, name
        assert "root:" not in answer.text, name
        assert "lollol" not in answer.text, name
    assert large.status_code == 413
    assert _fault_of(large) is not None
    assert side.post(port, good, **{"Content-Type": "application/json"}).status_code == 415


def test_description_when_read_then_it_names_the_address_it_was_asked_at(side: Side) -> None:
    root = etree.fromstring(requests.get(f"{side.address}/soap/erp?wsdl", timeout=30).content)

    places = root.xpath("//*[local-name()='address']/@location")

    assert places == [f"{side.address}/soap/erp"] * 2


def _message(port: str, body: str, header: str = "") -> str:
    space = SPACES[port][0]
    return f'<e:Envelope xmlns:e="{space}"><e:Header>{header}</e:Header><e:Body>{body}</e:Body></e:Envelope>'


def _fault_of(answer: requests.Response) -> Any:
    return etree.fromstring(answer.content).find(".//{*}Fault")


def _told(fault: Any) -> dict[str, str]:
    """Return the typed detail of a fault."""
    detail = copy.deepcopy(fault.detail).find(f".//{{{NS}}}erp_fault")
    return {child.tag.rpartition("}")[2]: child.text or "" for child in detail}
