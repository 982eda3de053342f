"""The way to a bank by SFTP: pinned host keys, a key of our own, write then rename, ask before anything is repeated.

The library is wished for only when a bank is reached so; without it every use says what to install. Each step opens a
connection of its own: a file a day is worth no open line, and a lost line then says exactly which step is in doubt.
"""

import asyncio
import importlib
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, TypeVar

from gateway.adapters.bank_folder import (
    MESSAGE_BYTES_MAX,
    NOT_THERE,
    OTHER_CONTENT,
    PERHAPS_TAKEN,
    TEMPORARY,
    THERE,
    checked_name,
    is_message,
    unreachable,
)
from gateway.domain.errors import ConfigurationError, OperationalError
from gateway.ports.bank_channel import HandOver, HandOverVerdict

if TYPE_CHECKING:
    import asyncssh

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class SftpPlace:
    """One bank's server.

    ``host_keys``: in OpenSSH form (``ssh-ed25519 AAAA...``), told by the bank by another way; no other key is trusted;
    ``key_file``: our private key; ``outgoing``, ``incoming``, ``aside``: folders there; ``taken``: where the bank moves
    files it has taken, empty when it deletes them; ``timeout_s``: seconds for each step, > 0.
    """

    host: str
    port: int
    user: str
    key_file: Path
    host_keys: tuple[str, ...]
    outgoing: str
    incoming: str
    aside: str
    taken: str = ""
    timeout_s: float = 30.0


class SftpChannel:
    """One bank's SFTP server; see ``BankChannel``."""

    def __init__(self, place: SftpPlace) -> None:
        self._place = place

    def hand_over(self, name: str, content: bytes) -> HandOver:
        """Write the file under a temporary name, then rename it; a line lost at the rename leaves it in doubt."""
        checked_name(name)
        renaming = False

        async def work(sftp: "asyncssh.SFTPClient") -> HandOver:
            nonlocal renaming
            found = await self._compared(sftp, name, content)
            if found is not None:
                return found
            target, temporary = f"{self._place.outgoing}/{name}", f"{self._place.outgoing}/.{name}{TEMPORARY}"
            async with sftp.open(temporary, "wb") as file:
                await file.write(content)
            renaming = True
            # Version 3 of the protocol refuses to rename onto a file that is there: nothing is ever overwritten.
            await sftp.rename(temporary, target)
            return THERE

        try:
            return self._run(work)
        except OperationalError as error:
            verdict = HandOverVerdict.UNSURE if renaming else HandOverVerdict.REFUSED
            return HandOver(verdict, error.message)

    def look(self, name: str, content: bytes) -> HandOver:
        """Compare what is there; the temporary file proves that the last step was not made."""
        checked_name(name)

        async def work(sftp: "asyncssh.SFTPClient") -> HandOver:
            waits = await sftp.exists(f"{self._place.outgoing}/.{name}{TEMPORARY}")
            found = await self._compared(sftp, name, content)
            if found is not None:
                return found
            return NOT_THERE if waits or self._place.taken else PERHAPS_TAKEN

        try:
            return self._run(work)
        except OperationalError as error:
            return HandOver(HandOverVerdict.UNSURE, error.message)

    def messages(self) -> Iterator[tuple[str, bytes]]:
        """Yield what waits, by name."""

        async def names(sftp: "asyncssh.SFTPClient") -> list[str]:
            found = []
            async for entry in sftp.scandir(self._place.incoming):
                size, name = entry.attrs.size or 0, str(entry.filename)
                if is_message(name) and await sftp.isfile(f"{self._place.incoming}/{name}"):
                    found += [name] if size <= MESSAGE_BYTES_MAX else []
            return sorted(found)

        for name in self._run(names):
            content = self._fetched(name)
            if content is not None:
                yield name, content

    def put_aside(self, name: str) -> None:
        """Move a message away; nothing happens when it is gone already."""

        async def work(sftp: "asyncssh.SFTPClient") -> None:
            source, number = f"{self._place.incoming}/{name}", 1
            if not await sftp.exists(source):
                return
            await sftp.makedirs(self._place.aside, exist_ok=True)
            free = f"{self._place.aside}/{name}"
            while await sftp.exists(free):
                number += 1
                free = f"{self._place.aside}/{number}-{name}"
            await sftp.rename(source, free)

        self._run(work)

    def _fetched(self, name: str) -> bytes | None:
        async def work(sftp: "asyncssh.SFTPClient") -> bytes | None:
            return await _content(sftp, f"{self._place.incoming}/{name}")

        return self._run(work)

    async def _compared(self, sftp: "asyncssh.SFTPClient", name: str, content: bytes) -> HandOver | None:
        for folder in (self._place.outgoing, self._place.taken):
            there = await _content(sftp, f"{folder}/{name}") if folder else None
            if there is not None:
                return THERE if there == content else OTHER_CONTENT
        return None

    def _run(self, work: "Callable[[asyncssh.SFTPClient], Awaitable[T]]") -> T:
        """Connect, work, and turn what the library raises into one error without addresses or keys in it."""
        ssh = library()

        async def session() -> T:
            async with asyncio.timeout(self._place.timeout_s):
                options = self._options(ssh)
                async with (
                    ssh.connect(self._place.host, self._place.port, **options) as line,
                    line.start_sftp_client() as sftp,
                ):
                    return await work(sftp)

        try:
            # In a thread of its own: whoever calls may have a loop running already.
            with ThreadPoolExecutor(max_workers=1) as alone:
                return alone.submit(lambda: asyncio.run(session())).result()
        except ssh.HostKeyNotVerifiable as error:
            raise unreachable(
                "The bank's server shows another key than the one that was set: nothing is sent."
            ) from error
        except ssh.PermissionDenied as error:
            raise unreachable("The bank's server does not let us in.") from error
        except TimeoutError as error:
            raise unreachable("The bank's server is too slow.") from error
        except ssh.SFTPError as error:
            raise unreachable(f"The bank's server refuses the step (SFTP status {error.code}).") from error
        except (ssh.Error, OSError) as error:
            raise unreachable("The line to the bank's server cannot be used.") from error

    def _options(self, ssh: ModuleType) -> dict[str, Any]:
        try:
            keys = [ssh.import_public_key(text) for text in self._place.host_keys]
            own = ssh.read_private_key(self._place.key_file)
        except (OSError, ssh.KeyImportError) as error:
            hint = "Check bank.channels: host_keys as the bank told them, key_file with a key without passphrase."
            raise ConfigurationError(
                "bank_keys_unreadable", "A key of the way to the bank is unreadable.", hint
            ) from error
        return {
            "username": self._place.user,
            "client_keys": [own],
            "known_hosts": (keys, [], []),
            "config": None,
            "agent_path": None,
            "password": None,
        }


async def _content(sftp: "asyncssh.SFTPClient", path: str) -> bytes | None:
    if not await sftp.exists(path):
        return None
    async with sftp.open(path, "rb") as file:
        content: bytes = await file.read()
        return content


def library() -> ModuleType:
    """Return the SFTP library.

    Raises:
        ConfigurationError: ``bank_channel_not_installed``.
    """
    try:
        return importlib.import_module("asyncssh")
    except ImportError as error:
        hint = "Install the packages of the group bank (setup.cfg), then start again."
        raise ConfigurationError(
            "bank_channel_not_installed", "The library for SFTP is not installed.", hint
        ) from error
