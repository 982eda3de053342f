"""Documents that come by themselves: from a watched folder and from a mailbox, each once, none lost."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from gateway.adapters.mailbox import ImapMailbox, MailboxAccess
from gateway.domain.documents.document import DocumentSource
from gateway.domain.errors import OperationalError
from gateway.jobs.document_intake import DocumentIntake, Source
from tests.support.document_desk import DEADLINE_S, Desk, clerk, ubl
from tests.support.imap_server import PASSWORD, USER, ImapServer


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder people put files into."""
    found = tmp_path / "in"
    found.mkdir()
    return found


@pytest.fixture
def server() -> Iterator[ImapServer]:
    """A mail server."""
    with ImapServer() as running:
        yield running


def _sources(desk: Desk, **settings: Any) -> Source:
    side = Desk(desk.storage, **settings).side
    (source,) = side.sources()
    return source


def _watched(desk: Desk, folder: Path) -> Source:
    return _sources(desk, folder=str(folder), document_mb_max=1)


def _mailbox(desk: Desk, server: ImapServer, **changes: object) -> Source:
    mailbox = {"host": "127.0.0.1", "port": server.port, "security": "none", "user": USER, "password": PASSWORD}
    return _sources(desk, mailbox=mailbox | changes)


def _letter(*attachments: tuple[str, bytes], message_id: str = "<1@supplier.example>") -> bytes:
    letter = EmailMessage()
    letter["From"] = "Größe <bill@supplier.example>"
    letter["Subject"] = "Rechnung für März"
    letter["Message-ID"] = message_id
    letter.set_content("See the attachment.")
    for name, data in attachments:
        letter.add_attachment(data, maintype="application", subtype="octet-stream", filename=name)
    return letter.as_bytes()


def _names(desk: Desk) -> list[str]:
    return sorted(one.name for one in desk.services.find.list(clerk()))


def test_file_when_it_lies_still_then_taken_once_and_moved_to_done(desk: Desk, folder: Path) -> None:
    source = _watched(desk, folder)
    (folder / "a.xml").write_bytes(ubl())

    assert source.look() == 0
    assert source.look() == 1

    assert _names(desk) == ["a.xml"]
    assert [path.name for path in (folder / "done").iterdir()] == ["a.xml"]
    (document,) = desk.services.find.list(clerk())
    assert document.source is DocumentSource.FOLDER


def test_file_when_still_being_written_then_it_waits(desk: Desk, folder: Path) -> None:
    source = _watched(desk, folder)
    path = folder / "a.xml"
    path.write_bytes(ubl()[:100])
    source.look()
    path.write_bytes(ubl())

    assert source.look() == 0
    assert source.look() == 1
    assert desk.services.find.content(clerk(), desk.services.find.list(clerk())[0].id)[1] == ubl()


@pytest.mark.parametrize(
    ("data", "words"), [(b"", "empty"), (b"%PDF-1.4" + b"x" * 1024 * 1024, "too large"), (b"GIF89a....", "GIF")]
)
def test_file_when_it_is_no_document_then_refused_beside_a_text_that_says_why(
    desk: Desk, folder: Path, data: bytes, words: str
) -> None:
    source = _watched(desk, folder)
    (folder / "a.bin").write_bytes(data)
    source.look()
    source.look()

    assert words in (folder / "refused" / "a.bin.txt").read_text(encoding="utf-8")
    assert (folder / "refused" / "a.bin").exists()
    assert _names(desk) == []


def test_files_when_links_hidden_or_unfinished_then_left_alone(desk: Desk, folder: Path, tmp_path: Path) -> None:
    secret = tmp_path / "secret.xml"
    secret.write_bytes(ubl())
    (folder / "link.xml").symlink_to(secret)
    (folder / ".hidden.xml").write_bytes(ubl())
    (folder / "scan.part").write_bytes(ubl())
    source = _watched(desk, folder)

    assert source.look() + source.look() == 0
    assert _names(desk) == []


def test_file_when_it_could_not_be_moved_the_first_time_then_it_is_not_taken_twice(desk: Desk, folder: Path) -> None:
    (folder / "done").write_text("a file where the folder should be", encoding="utf-8")
    (folder / "a.xml").write_bytes(ubl())
    source = _watched(desk, folder)
    source.look()
    assert source.look() == 0
    (folder / "done").unlink()
    source.look()
    source.look()

    (document,) = desk.services.find.list(clerk())
    assert len(desk.services.find.get(clerk(), document.id).arrivals) == 1
    assert (folder / "done" / "a.xml").exists()


def test_folder_when_it_is_not_there_then_told_as_such(desk: Desk, tmp_path: Path) -> None:
    with pytest.raises(OperationalError) as told:
        _watched(desk, tmp_path / "nowhere").look()

    assert told.value.code == "folder_unavailable"


def test_letter_when_it_has_attachments_then_each_is_a_document_and_it_is_seen(desk: Desk, server: ImapServer) -> None:
    uid = server.put(_letter(("a.xml", ubl("A-1")), ("b.xml", ubl("B-1")), ("notes.txt", b"hello")))

    assert _mailbox(desk, server).look() == 1

    assert _names(desk) == ["a.xml", "b.xml"]
    document = desk.services.find.list(clerk())[0]
    (arrival,) = desk.services.find.get(clerk(), document.id).arrivals
    assert (arrival.source, arrival.arrived_by) == (DocumentSource.MAIL, "mail")
    assert arrival.origin == "Größe <bill@supplier.example> · Rechnung für März"
    assert server.folders["INBOX"][uid].flags == {"\\Seen"}


def test_letter_when_it_was_not_marked_the_first_time_then_its_documents_are_not_taken_twice(
    desk: Desk, server: ImapServer
) -> None:
    uid = server.put(_letter(("a.xml", ubl())))
    source = _mailbox(desk, server)
    source.look()
    server.folders["INBOX"][uid].flags.clear()
    source.look()

    (document,) = desk.services.find.list(clerk())
    assert len(desk.services.find.get(clerk(), document.id).arrivals) == 1


def test_letter_when_a_folder_for_done_ones_is_set_then_moved_there(desk: Desk, server: ImapServer) -> None:
    server.put(_letter(("a.xml", ubl())))

    assert _mailbox(desk, server, done_folder="Done").look() == 1

    assert not server.folders["INBOX"]
    assert len(server.folders["Done"]) == 1


@pytest.mark.parametrize("data", [b"From: a\r\n\r\nno attachment", b"\x00\xff broken \xfe", _letter()])
def test_letter_when_it_holds_no_document_then_left_out_and_not_looked_at_again(
    desk: Desk, server: ImapServer, data: bytes
) -> None:
    server.put(data)
    source = _mailbox(desk, server)

    assert source.look() == 1
    assert source.look() == 0
    assert _names(desk) == []


def test_letter_when_the_database_is_away_then_it_stays_new(server: ImapServer) -> None:
    uid = server.put(_letter(("a.xml", ubl())))

    def away(_: object) -> None:
        raise OperationalError("database_unavailable", "Away.")

    access = MailboxAccess("127.0.0.1", server.port, "none", USER, PASSWORD, "INBOX", "", 1_000_000, 10)
    with pytest.raises(OperationalError):
        ImapMailbox(access).collect(away)

    assert server.folders["INBOX"][uid].flags == set()


def test_letter_when_too_large_then_left_aside_without_being_fetched(server: ImapServer) -> None:
    server.put(_letter(("a.xml", ubl())))
    taken: list[object] = []
    access = MailboxAccess("127.0.0.1", server.port, "none", USER, PASSWORD, "INBOX", "", 100, 10)

    ImapMailbox(access).collect(taken.append)

    assert taken == []
    assert not [command for command in server.commands if "BODY" in command]


def test_mailbox_when_the_password_is_wrong_then_told_without_it(desk: Desk, server: ImapServer) -> None:
    server.password = "changed"

    with pytest.raises(OperationalError) as told:
        _mailbox(desk, server).look()

    assert told.value.code == "mailbox_unavailable"
    assert PASSWORD not in f"{told.value.message} {told.value.hint}"


def test_intake_when_a_source_fails_then_the_others_go_on() -> None:
    looked = threading.Event()

    class Broken:
        every_s = 0.01

        def look(self) -> int:
            raise RuntimeError("broken")

    class Working:
        every_s = 0.01

        def look(self) -> int:
            looked.set()
            return 0

    intake = DocumentIntake([Broken(), Working()])
    intake.start()

    assert looked.wait(DEADLINE_S)
    intake.stop(lambda: 5.0)
