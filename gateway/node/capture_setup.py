"""Builds what reads supplier documents: use cases, the reading lane, watched folder and mailbox."""

from collections.abc import Callable, Sequence
from typing import Protocol

from gateway.adapters.capture import CaptureReader
from gateway.adapters.field_rules import LibraryLearning, LibraryRules
from gateway.adapters.mailbox import ImapMailbox, MailboxAccess
from gateway.configuration.capture_settings import CaptureSettings
from gateway.configuration.settings import Settings
from gateway.domain.documents.document import DocumentState
from gateway.domain.ids import StoreId, TenantId
from gateway.jobs.capture_lane import CaptureLane, CaptureParts
from gateway.jobs.document_intake import DocumentIntake, Source, WatchedFolder, WatchedMailbox
from gateway.node.demo_documents import seed_demo_documents
from gateway.ports.announcer import Announcer
from gateway.ports.capture import DocumentReader
from gateway.ports.clock import Clock
from gateway.ports.payable_intake import NobodyTakes, PayableIntake
from gateway.ports.unit_of_work import Storage
from gateway.services.documents.find_documents import FindDocuments
from gateway.services.documents.read_documents import ReadDocuments
from gateway.services.documents.receive_documents import ReceiveDocuments
from gateway.services.documents.remembered_suppliers import RememberedSuppliers
from gateway.services.documents.review_invoices import ReviewInvoices
from gateway.web.documents.document_services import DocumentServices
from invoice_capture.errors import CaptureError
from invoice_capture.intake.limits import Limits
from invoice_capture.intake.sniff import kind_of
from invoice_capture.intake.unpacking import documents_in
from invoice_capture.ocr.engine import OcrChoice

LEASE_S = 60
"""Kept alive while a document is read: so long after the death of a node another one takes its document."""
POLL_LEAST_S = 1.0
"""Hints tell of what is received here; what other nodes receive can wait for so long."""
_MB = 1024 * 1024


class Holder(Protocol):
    """Who holds leases. ``former``: the process that ran here before and is known to be dead, None at first."""

    @property
    def holder(self) -> str:
        """This start of this process."""

    @property
    def former(self) -> str | None:
        """The one before."""


class CaptureSide:
    """Everything of one node that reads documents. Nothing runs before ``start``."""

    def __init__(
        self,
        settings: Settings,
        storage: Storage,
        clock: Clock,
        announcer: Announcer,
        *,
        reader: DocumentReader | None = None,
        drawer: DocumentReader | None = None,
        intake: PayableIntake | None = None,
    ) -> None:
        """Build the use cases.

        Args:
            settings: of the node.
            storage: the database.
            clock: for journals.
            announcer: tells the outside.
            reader: instead of the process that reads documents.
            drawer: instead of the process that draws their pages.
            intake: where accepted invoices go on; None: nowhere.
        """
        self._settings = settings.capture
        self._demo = settings.demo.enabled
        self._storage = storage
        self._clock = clock
        self._tenant_id = TenantId(settings.shop.tenant)
        self._store_id = StoreId(settings.shop.store)
        limits, choice = _limits(settings.capture), _choice(settings.capture)
        self._limits = limits
        self._reader = reader or CaptureReader(limits, choice)
        pictures = drawer or CaptureReader(limits, choice)
        self._lane: CaptureLane | None = None
        self._intake: DocumentIntake | None = None
        receive = ReceiveDocuments(
            storage=storage,
            clock=clock,
            tenant_id=self._tenant_id,
            store_id=self._store_id,
            bytes_max=settings.capture.document_mb_max * _MB,
            wake=self._wake,
        )
        memory = RememberedSuppliers(storage=storage, clock=clock, learning=LibraryLearning())
        self.services = DocumentServices(
            receive=receive,
            read=ReadDocuments(
                storage=storage,
                clock=clock,
                tenant_id=self._tenant_id,
                store_id=self._store_id,
                receive=receive,
                announcer=announcer,
            ),
            find=FindDocuments(storage=storage, reader=pictures),
            review=ReviewInvoices(
                storage=storage,
                clock=clock,
                rules=LibraryRules(),
                memory=memory,
                announcer=announcer,
                intake=intake or NobodyTakes(),
            ),
            memory=memory,
            lacking=self._reader.lacking,
        )

    def start(self, holder: Holder, poll_s: float) -> None:
        """Begin to read and to look for documents.

        Args:
            holder: this start of this process, and the one before.
            poll_s: seconds between two looks without a hint, > 0.
        """
        if self._demo:
            self._seed()
        if not self._settings.enabled:
            return
        self._lane = CaptureLane(
            CaptureParts(
                documents=self.services.read,
                reader=self._reader,
                holder=holder.holder,
                former=holder.former,
                lease_s=LEASE_S,
                poll_s=max(poll_s, POLL_LEAST_S),
            )
        )
        self._lane.start()
        self._intake = DocumentIntake(self.sources())
        self._intake.start()

    def stop(self, left_s: Callable[[], float]) -> None:
        """Stop; what is being read goes back and is read again later."""
        if self._lane is not None:
            self._lane.stop(left_s)
        if self._intake is not None:
            self._intake.stop(left_s)
        self.services.find.close()
        self._reader.stop()

    def _seed(self) -> None:
        """Fill the inbox of the demo, once."""
        with self._storage.read() as unit:
            known = unit.documents.list(
                self._tenant_id, self._store_id, states=tuple(DocumentState), before=None, limit=1
            )
        if not known:
            seed_demo_documents(self.services.receive, self._clock.now().date())

    def _wake(self) -> None:
        if self._lane is not None:
            self._lane.wake()

    def sources(self) -> Sequence[Source]:
        """Return where documents come from by themselves, as the settings say."""
        settings, receive = self._settings, self.services.receive
        found: list[Source] = []
        if settings.folder is not None:
            found.append(WatchedFolder(settings.folder, receive, _refusal, every_s=settings.folder_every_s))
        if settings.mailbox.host:
            mailbox = ImapMailbox(_access(settings))
            found.append(WatchedMailbox(mailbox, receive, self._attachments, every_s=settings.mailbox.every_s))
        return found

    def _attachments(self, data: bytes) -> Sequence[tuple[str, bytes]]:
        try:
            return [(part.name, part.data) for part in documents_in(data, "letter", self._limits)]
        except CaptureError as error:
            raise ValueError(error.code) from error


def _refusal(data: bytes) -> str:
    try:
        kind_of(data)
    except CaptureError as error:
        return f"{error.message}. {error.hint}".strip()
    return ""


def _limits(settings: CaptureSettings) -> Limits:
    return Limits(
        bytes_max=settings.document_mb_max * _MB,
        pages_max=settings.pages_max,
        seconds_max=float(settings.seconds_max),
        memory_bytes_max=settings.memory_mb_max * 1_000_000,
    )


def _choice(settings: CaptureSettings) -> OcrChoice:
    return OcrChoice(engine=settings.ocr, threads=settings.ocr_threads, languages=settings.ocr_languages)


def _access(settings: CaptureSettings) -> MailboxAccess:
    mailbox = settings.mailbox
    return MailboxAccess(
        host=mailbox.host,
        port=mailbox.port,
        security=mailbox.security,
        user=mailbox.user,
        password="" if mailbox.password is None else mailbox.password.get_secret_value(),
        folder=mailbox.folder,
        done_folder=mailbox.done_folder,
        # A letter writes its attachments a third larger.
        bytes_max=settings.document_mb_max * _MB * 3 // 2,
        timeout_s=mailbox.timeout_s,
    )
