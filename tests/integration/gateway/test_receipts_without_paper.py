"""The receipt of a till sale without paper, over a whole node as it is composed: as a code, and by mail."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from gateway.domain.access import Permission
from gateway.domain.outbox import OutboxState
from gateway.domain.telling.outward import MAIL
from tests.support.mail_receiver import MailReceiver
from tests.support.running_node import EVERYTHING, REGISTER, STORE, TENANT, RunningNode, running_node
from tests.support.web_shop import new_id

ADDRESS = "anna.kunde@customer.example"
PRICE = {"amount": "3.00", "currency": "EUR"}


@pytest.fixture
def receiver() -> Iterator[MailReceiver]:
    """A mail server."""
    with MailReceiver() as made:
        yield made


@pytest.fixture
def node(tmp_path: Path, receiver: MailReceiver) -> Iterator[RunningNode]:
    """A node that may mail."""
    mail = {"host": "127.0.0.1", "port": receiver.port, "security": "none", "sender": "receipts@shop.example"}
    settings: dict[str, object] = {f"mail.{name}": value for name, value in mail.items()}
    with running_node(tmp_path, f"sqlite:///{tmp_path / 'shop.sqlite3'}", None, **settings) as running:
        yield running


@pytest.fixture
def key(node: RunningNode) -> dict[str, str]:
    """The header of a till's key."""
    scopes = frozenset({Permission.PAYMENTS_CREATE, Permission.PAYMENTS_READ, Permission.RECEIPTS_PRINT})
    _, token = node.services.api_keys.add(EVERYTHING, name="till", scopes=scopes, terminals=None, days=1)
    return {"Authorization": f"Bearer {token}"}


def _client(node: RunningNode) -> FlaskClient:
    return node.node.app.test_client()


def _sold(node: RunningNode, key: dict[str, str]) -> str:
    """Sell a tea for cash; return the id of the sale."""
    line = {"kind": "goods", "text": "Tea", "quantity": "1", "unit_price": PRICE, "amount": PRICE, "tax_rate": "19"}
    sale = {"id": str(new_id()), "register_id": REGISTER, "pricing": "gross", "lines": [line]}
    tender = {"id": str(new_id()), "kind": "cash", "amount": PRICE}
    for path, body in (("/v1/sales", sale), (f"/v1/sales/{sale['id']}/tenders", tender)):
        answer = _client(node).post(path, json=body, headers=key)
        assert answer.status_code == 201, answer.get_json()
    return str(sale["id"])


def _wish(sale_id: str, **more: str) -> dict[str, Any]:
    return {"id": str(new_id()), "subject": "sale", "subject_id": sale_id, **more}


def test_code_when_of_a_till_sale_then_it_opens_the_receipt(node: RunningNode, key: dict[str, str]) -> None:
    made = _client(node).post("/v1/receipt-links", json=_wish(_sold(node, key)), headers=key)

    assert made.status_code == 201, made.get_json()
    assert made.get_json()["qr_svg"].startswith("<svg")
    path = made.get_json()["url"].removeprefix("http://localhost")
    assert "Tea" in _client(node).get(path).get_data(as_text=True)
    assert _client(node).get(f"{path}/receipt.pdf").data.startswith(b"%PDF-1.4")


def test_code_when_there_is_no_such_sale_then_not_found(node: RunningNode, key: dict[str, str]) -> None:
    answer = _client(node).post("/v1/receipt-links", json=_wish(str(new_id())), headers=key)

    assert (answer.status_code, answer.get_json()["code"]) == (404, "sale_not_found")


def test_letter_when_of_a_till_sale_then_it_arrives_and_the_address_is_forgotten(
    node: RunningNode, key: dict[str, str], receiver: MailReceiver
) -> None:
    wish = _wish(_sold(node, key), mail_to=ADDRESS)

    asked = _client(node).post("/v1/receipt-letters", json=wish, headers=key)

    assert asked.status_code == 202, asked.get_json()
    (mailed,) = receiver.wait_for(1)
    assert mailed.to == ADDRESS
    assert "Tea" in mailed.letter.get_body(("plain",)).get_content()  # type: ignore[union-attr]  # it has a text

    def address_is_gone() -> bool:
        with node.node.storage.read() as unit:
            letters = unit.outward.messages(TENANT, STORE, MAIL, state=None, before=None, limit=10)
        return [one.state for one in letters] == [OutboxState.DONE] and "to" not in letters[0].payload

    node.until(address_is_gone, "the letter is gone and its address with it")
