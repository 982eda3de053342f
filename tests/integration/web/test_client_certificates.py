"""Mutual TLS at the addresses for ERPs: a real proxy verifies the certificate, the gateway knows whose it is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import requests
import zeep
import zeep.exceptions
from zeep.transports import Transport
from zeep.wsse.username import UsernameToken

from gateway.configuration.server_settings import ServerSettings
from gateway.domain.access import ROLE_PERMISSIONS, Caller, Permission, Role
from gateway.node.server import WebServer
from tests.support.tls_proxy import Authority, Certificate, tls_proxy
from tests.support.web_shop import ERP, STORE, TENANT, Shop, build_shop

client_of: Any = zeep.Client
transport_of: Any = Transport
token_of: Any = UsernameToken
VENDOR = {"erp_id": "V-1", "version": "a", "revision": 1, "number": "70001", "name": "Hafen Kaffee GmbH"}


@dataclass(frozen=True)
class Side:
    """A shop behind a proxy; certificates of the ERP whose owner is known, and of another."""

    shop: Shop
    plain: str
    address: str
    authority: Path
    known: Certificate
    other: Certificate
    key: str

    def session(self, certificate: Certificate | None) -> requests.Session:
        """Return a client that shows this certificate."""
        session = requests.Session()
        session.trust_env = False
        session.verify = str(self.authority)
        session.cert = str(certificate.path) if certificate else None
        session.headers["Connection"] = "close"
        return session

    def service(self, port: str, certificate: Certificate | None, wsse: Any = None) -> Any:
        """Return a service of zeep over TLS."""
        transport = transport_of(session=self.session(certificate))
        client = client_of(f"{self.address}/soap/erp?wsdl", transport=transport, wsse=wsse)
        return client.bind("TillbridgeErp", port)


@pytest.fixture(scope="module")
def side(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Side]:
    folder = tmp_path_factory.mktemp("certificates")
    shop = build_shop(f"sqlite:///{folder / 'shop.db'}", folder)
    _, header = shop.key(Permission.ERP_MASTER, Permission.ERP_DOCUMENTS)
    key = header["Authorization"].removeprefix("Bearer ")
    authority = Authority(folder, "authority")
    known, other = authority.sign("erp"), authority.sign("other")
    settings = ServerSettings(
        port=0, threads=8, trusted_proxy="127.0.0.1", client_certificates={known.sha256: key.split("_")[1]}
    )
    server = WebServer(shop.app, settings)
    server.start()
    with tls_proxy(server.address, authority.sign("proxy"), authority) as address:
        yield Side(shop, server.address, address, authority.path, known, other, key)
    server.stop()
    shop.storage.close()


@pytest.mark.parametrize("port", ["Erp11", "Erp12"])
def test_known_certificate_then_every_verb_is_open_without_a_key(side: Side, port: str) -> None:
    service = side.service(port, side.known)

    put = service.PutVendor(ERP, VENDOR | {"erp_id": f"V-{port}", "number": f"7-{port}"})
    over_rest = side.session(side.known).get(f"{side.address}/erp/v1/documents?account={ERP}", timeout=30)

    assert put.kind == "vendor"
    assert (service.FetchDocuments(ERP).data, over_rest.json()["data"]) == ([], [])


@pytest.mark.parametrize("port", ["Erp11", "Erp12"])
def test_no_certificate_or_a_strange_one_then_nobody(side: Side, port: str) -> None:
    codes = []
    for service in (
        side.service(port, None),
        side.service(port, side.other),
        # Who shows a key is judged by the key.
        side.service(port, side.known, token_of(side.key.split("_")[1], "tb_wrong")),
    ):
        with pytest.raises(zeep.exceptions.Fault) as fault:
            service.FetchDocuments(ERP)
        codes.append(fault.value.detail.findtext(".//{*}code"))

    assert codes == ["not_signed_in"] * 3


def test_certificate_of_another_authority_then_the_proxy_hangs_up(side: Side, tmp_path: Path) -> None:
    foreign = Authority(tmp_path, "foreign").sign("stranger")

    with pytest.raises(requests.ConnectionError):
        side.session(foreign).get(f"{side.address}/erp/v1/documents?account={ERP}", timeout=30)


def test_elsewhere_then_a_certificate_opens_nothing(side: Side) -> None:
    session = side.session(side.known)

    found = [
        session.get(f"{side.address}{path}", timeout=30).status_code for path in ("/v1/payments", "/v1/erp/accounts")
    ]

    assert found == [401, 401]


def test_header_of_a_client_then_the_proxy_says_who_it_is(side: Side) -> None:
    pem = side.known.path.read_text(encoding="ascii")
    shown = quote(pem[pem.index("-----BEGIN CERTIFICATE") :].strip())
    forged = {"Client-Cert": shown}

    over_tls = side.session(None).get(f"{side.address}/erp/v1/documents?account={ERP}", headers=forged, timeout=30)
    by_proxy = requests.get(f"{side.plain}/erp/v1/documents?account={ERP}", headers=forged, timeout=30)

    assert over_tls.status_code == 401
    # The same header from the proxy's own address, in the form of other proxies.
    assert by_proxy.status_code == 200


def test_key_revoked_then_its_certificate_opens_nothing_any_more(side: Side, tmp_path: Path) -> None:
    key, _ = side.shop.key(Permission.ERP_DOCUMENTS)
    authority = Authority(tmp_path, "authority")
    mine = authority.sign("mine")
    settings = ServerSettings(
        port=0, threads=4, trusted_proxy="127.0.0.1", client_certificates={mine.sha256: key.prefix}
    )
    server = WebServer(side.shop.app, settings)
    server.start()
    administrator = side.shop.add_person(Role.ADMINISTRATOR)
    caller = Caller(TENANT, STORE, administrator.id, administrator.login, ROLE_PERMISSIONS[Role.ADMINISTRATOR])
    with tls_proxy(server.address, authority.sign("front"), authority) as address:
        session = side.session(mine)
        session.verify = str(authority.path)
        place = f"{address}/erp/v1/documents?account={ERP}"
        before = session.get(place, timeout=30).status_code
        not_carried = session.put(f"{address}/erp/v1/vendors/V-9?account={ERP}", json=VENDOR, timeout=30).status_code
        side.shop.container.api_keys.revoke(caller, key.id)
        after = session.get(place, timeout=30).status_code
    server.stop()

    assert (before, not_carried, after) == (200, 403, 401)
