"""A store with an outward side over real storage, a real sender and receivers on this machine."""

from __future__ import annotations

import base64
import hashlib
import hmac
import threading
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC
from pathlib import Path
from typing import Any

from gateway.adapters.clock import SystemClock
from gateway.adapters.db.unit_of_work import SqlStorage
from gateway.adapters.device_hints import NodeHints
from gateway.adapters.http_sender import SenderLimits, StandardHttpSender
from gateway.adapters.printer import PaperRenderer
from gateway.configuration.settings import Settings
from gateway.domain.access import ROLE_PERMISSIONS, Caller, Role
from gateway.domain.cards.card_receipt import ShopFace
from gateway.domain.ids import OutboxId, StoreId, TenantId
from gateway.domain.outbox import OutboxMessage, OutboxState
from gateway.domain.telling.webhook import Endpoint, EndpointId
from gateway.node.outward_setup import OutwardSide
from gateway.node.shop_plan import ShopPlan
from gateway.ports.announcer import Announcement
from gateway.ports.mail_sender import MailSender
from gateway.services.paper.print_receipt import ReceiptWriter
from terminal_driver.printer.profile import PrinterProfile
from tests.support.http_receiver import PATIENCE_S, Received
from tests.support.migrated import migrate
from tests.support.small_shop import small_shop
from tests.support.still_parts import MovingClock
from tests.support.storage_rows import new_id

TENANT = TenantId("main")
STORE = StoreId("store-1")
ADMINISTRATOR = Caller(
    TENANT, STORE, uuid.UUID(int=7), "chef", ROLE_PERMISSIONS[Role.ADMINISTRATOR] | ROLE_PERMISSIONS[Role.MANAGER]
)
POLL_S = 1.0


@dataclass(frozen=True)
class Name:
    """A process, and the one before it."""

    holder: str
    former: str | None = None


class OutwardRig:
    """One node's outward side. ``timeout_s``: of one try to send."""

    def __init__(
        self,
        url: str,
        folder: Path,
        *,
        timeout_s: float = 5.0,
        name: Name = Name("node-1"),
        clock: MovingClock | None = None,
        mail: MailSender | None = None,
        allowed: frozenset[str] = frozenset({"127.0.0.1"}),
        **sections: Any,
    ) -> None:
        self.clock = clock or MovingClock()
        migrate(url)
        self.storage = SqlStorage(url, self.clock)
        self.hints = NodeHints()
        self._name = name
        self._renderer = PaperRenderer(PrinterProfile(), folder)
        self.settings: Settings = small_shop(TENANT, STORE, (), server={"data_dir": folder}, **sections)
        writer = ReceiptWriter(shop=ShopFace("Corner Shop", (), None, "en"), registers={"till-1": "Till 1"}, zone=UTC)
        sender = StandardHttpSender(
            SystemClock(), SenderLimits(timeout_s=timeout_s, connect_s=timeout_s, allowed_hosts=allowed)
        )
        self.side = OutwardSide(
            self.settings, self.storage, self.clock, self.hints, writer, ShopPlan(self.settings), http=sender, mail=mail
        )
        self.webhooks = self.side.services.webhooks

    def start(self) -> None:
        """Begin to deliver."""
        self.side.start(self._name, self.hints, self._renderer, POLL_S)

    def stop(self) -> None:
        """Stop delivering and close the database."""
        self.side.stop(lambda: PATIENCE_S)
        self.storage.close()

    def endpoint(self, url: str, *events: str) -> tuple[Endpoint, str]:
        """Add an endpoint; return it with its secret."""
        return self.webhooks.add(ADMINISTRATOR, EndpointId(new_id()), url=url, description="", events=events or ("*",))

    def announce(self, kind: str = "payment.approved", **data: str) -> tuple[OutboxMessage, ...]:
        """Store a fact with its messages."""
        told = Announcement(TENANT, STORE, kind, new_id(), "/v1/payments/x", data, self.clock.now())
        messages = self.side.announcer.messages(told)
        with self.storage.write() as unit:
            for message in messages:
                assert unit.outbox.add(message)
        for message in messages:
            self.hints.outbox_filled(message.target)
        return messages

    def message(self, message_id: OutboxId) -> OutboxMessage:
        """Return a message as it is stored now."""
        with self.storage.read() as unit:
            found = unit.outbox.get(TENANT, STORE, message_id)
        assert found is not None
        return found

    def until(self, condition: Callable[[], bool]) -> None:
        """Wait until a condition holds; looks again and again, and nudges the lane."""
        waited = threading.Event()
        for _ in range(int(PATIENCE_S / 0.02)):
            if condition():
                return
            self.hints.outbox_filled("")
            waited.wait(0.02)
        raise AssertionError("the condition did not come to hold in time")

    def until_state(self, message: OutboxMessage, state: OutboxState, *, tries: int | None = None) -> OutboxMessage:
        """Wait until a message is in this state, after so many tries."""
        self.until(
            lambda: (
                self.message(message.id).state is state and (tries is None or self.message(message.id).tries == tries)
            )
        )
        return self.message(message.id)


def is_signed(request: Received, secret: str) -> bool:
    """Check a request as a receiver does, by the words of the specification."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = f"{request.headers['webhook-id']}.{request.headers['webhook-timestamp']}.".encode() + request.body
    wanted = "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    return wanted in request.headers["webhook-signature"].split(" ")
