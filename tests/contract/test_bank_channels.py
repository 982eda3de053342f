"""Ways to a bank: a folder, and a real SFTP server on the loopback address, keep the same rules."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import asyncssh
import pytest

from gateway.adapters.bank_folder import BankFolders, FolderChannel
from gateway.adapters.bank_sftp import SftpChannel, SftpPlace
from gateway.domain.errors import ConfigurationError, OperationalError
from gateway.ports.bank_channel import BankChannel, HandOverVerdict
from tests.support.sftp_server import SftpServer

NAME, CONTENT = "RUN-7-1.xml", b"<Document>\x00\xff</Document>"


@dataclass(frozen=True)
class Way:
    """A channel and the folder of the bank behind it."""

    channel: BankChannel
    bank: Path


@pytest.fixture
def bank(tmp_path: Path) -> Path:
    for name in ("out", "in", "taken"):
        (tmp_path / "bank" / name).mkdir(parents=True)
    return tmp_path / "bank"


@pytest.fixture
def own_key(tmp_path: Path) -> asyncssh.SSHKey:
    key = asyncssh.generate_private_key("ssh-ed25519")
    key.write_private_key(str(tmp_path / "key"))
    return key


@pytest.fixture
def server(bank: Path, own_key: asyncssh.SSHKey) -> Iterator[SftpServer]:
    running = SftpServer(bank, own_key.export_public_key().decode())
    yield running
    running.close()


@pytest.fixture
def place(server: SftpServer, tmp_path: Path) -> SftpPlace:
    return SftpPlace(
        host="127.0.0.1",
        port=server.port,
        user="shop",
        key_file=tmp_path / "key",
        host_keys=(server.host_key,),
        outgoing="/out",
        incoming="/in",
        aside="/aside",
        taken="/taken",
        timeout_s=20,
    )


@pytest.fixture(params=["folder", "sftp"])
def way(request: pytest.FixtureRequest, bank: Path) -> Way:
    if request.param == "sftp":
        return Way(SftpChannel(request.getfixturevalue("place")), bank)
    return Way(FolderChannel(BankFolders(bank / "out", bank / "in", bank / "aside", bank / "taken")), bank)


def test_file_when_handed_over_then_it_is_there_whole_and_nothing_else(way: Way) -> None:
    done = way.channel.hand_over(NAME, CONTENT)

    assert done.verdict is HandOverVerdict.DONE
    assert (way.bank / "out" / NAME).read_bytes() == CONTENT
    assert [path.name for path in (way.bank / "out").iterdir()] == [NAME]
    assert way.channel.look(NAME, CONTENT).verdict is HandOverVerdict.DONE


def test_file_when_handed_over_again_then_it_is_done_and_not_written(way: Way) -> None:
    way.channel.hand_over(NAME, CONTENT)
    written = (way.bank / "out" / NAME).stat().st_mtime_ns

    assert way.channel.hand_over(NAME, CONTENT).verdict is HandOverVerdict.DONE
    assert (way.bank / "out" / NAME).stat().st_mtime_ns == written


def test_file_when_the_name_has_other_content_then_it_is_refused_and_left(way: Way) -> None:
    (way.bank / "out" / NAME).write_bytes(b"other")

    assert way.channel.hand_over(NAME, CONTENT).verdict is HandOverVerdict.REFUSED
    assert way.channel.look(NAME, CONTENT).verdict is HandOverVerdict.REFUSED
    assert (way.bank / "out" / NAME).read_bytes() == b"other"


def test_file_when_the_bank_has_taken_it_then_it_is_done(way: Way) -> None:
    way.channel.hand_over(NAME, CONTENT)
    (way.bank / "out" / NAME).rename(way.bank / "taken" / NAME)

    assert way.channel.look(NAME, CONTENT).verdict is HandOverVerdict.DONE
    assert way.channel.hand_over(NAME, CONTENT).verdict is HandOverVerdict.DONE
    assert list((way.bank / "out").iterdir()) == []


def test_file_when_only_its_temporary_file_is_there_then_it_surely_is_not_with_the_bank(way: Way) -> None:
    (way.bank / "out" / f".{NAME}.part").write_bytes(CONTENT[:3])

    assert way.channel.look(NAME, CONTENT).verdict is HandOverVerdict.REFUSED
    assert way.channel.hand_over(NAME, CONTENT).verdict is HandOverVerdict.DONE
    assert (way.bank / "out" / NAME).read_bytes() == CONTENT


def test_messages_then_come_by_name_and_unfinished_ones_are_left(way: Way) -> None:
    for name in ("b.xml", "a.xml", ".c.xml", "d.xml.part"):
        (way.bank / "in" / name).write_bytes(name.encode())

    found = list(way.channel.messages())

    assert found == [("a.xml", b"a.xml"), ("b.xml", b"b.xml")]


def test_message_when_put_aside_twice_then_both_are_kept(way: Way) -> None:
    for content in (b"first", b"second"):
        (way.bank / "in" / "a.xml").write_bytes(content)
        way.channel.put_aside("a.xml")
    way.channel.put_aside("a.xml")

    kept = sorted(path.read_bytes() for path in (way.bank / "aside").iterdir())
    assert kept == [b"first", b"second"]
    assert list(way.channel.messages()) == []


def test_folder_when_nobody_keeps_taken_files_then_an_absent_one_is_in_doubt(bank: Path) -> None:
    channel = FolderChannel(BankFolders(bank / "out", bank / "in", bank / "aside"))

    assert channel.look(NAME, CONTENT).verdict is HandOverVerdict.UNSURE
    (bank / "out" / f".{NAME}.part").write_bytes(b"")
    assert channel.look(NAME, CONTENT).verdict is HandOverVerdict.REFUSED


def test_folder_when_it_cannot_be_read_then_the_reason_is_told(bank: Path) -> None:
    channel = FolderChannel(BankFolders(bank / "out", bank / "nowhere", bank / "aside"))

    with pytest.raises(OperationalError) as caught:
        list(channel.messages())

    assert caught.value.code == "bank_channel_unavailable"


@pytest.mark.parametrize(("before", "after", "looked"), [(1, 0, "refused"), (0, 1, "done")])
def test_sftp_when_the_line_is_lost_at_the_rename_then_it_is_in_doubt_until_looked_at(
    server: SftpServer, place: SftpPlace, before: int, after: int, looked: str
) -> None:
    channel = SftpChannel(place)
    server.loss.before, server.loss.after = before, after

    assert channel.hand_over(NAME, CONTENT).verdict is HandOverVerdict.UNSURE
    assert channel.look(NAME, CONTENT).verdict == looked
    assert channel.hand_over(NAME, CONTENT).verdict is HandOverVerdict.DONE


def test_sftp_when_the_server_shows_another_key_then_nothing_is_sent(place: SftpPlace, bank: Path) -> None:
    other = asyncssh.generate_private_key("ssh-ed25519").export_public_key().decode().strip()
    channel = SftpChannel(replace(place, host_keys=(other,)))

    refused = channel.hand_over(NAME, CONTENT)

    assert refused.verdict is HandOverVerdict.REFUSED
    assert "another key" in refused.note
    assert list((bank / "out").iterdir()) == []


def test_sftp_when_our_key_is_not_known_there_then_it_is_refused(place: SftpPlace, tmp_path: Path) -> None:
    asyncssh.generate_private_key("ssh-ed25519").write_private_key(str(tmp_path / "other"))

    refused = SftpChannel(replace(place, key_file=tmp_path / "other")).hand_over(NAME, CONTENT)

    assert refused.verdict is HandOverVerdict.REFUSED
    assert "does not let us in" in refused.note


def test_sftp_when_its_keys_are_unreadable_then_the_operator_is_told(place: SftpPlace) -> None:
    channel = SftpChannel(replace(place, host_keys=("not a key",)))

    with pytest.raises(ConfigurationError) as caught:
        channel.look(NAME, CONTENT)

    assert caught.value.code == "bank_keys_unreadable"


def test_sftp_without_its_library_then_says_what_to_install(place: SftpPlace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "asyncssh", None)

    with pytest.raises(ConfigurationError) as caught:
        SftpChannel(place).look(NAME, CONTENT)

    assert caught.value.code == "bank_channel_not_installed"


def test_name_that_leaves_the_folder_then_is_a_fault_of_ours(way: Way) -> None:
    with pytest.raises(ValueError, match="plain name"):
        way.channel.hand_over("../evil.xml", CONTENT)
