"""A real SFTP server on the loopback address, with a folder of its own; it can lose the line at a rename."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine
from pathlib import Path
from typing import TypeVar

import asyncssh

T = TypeVar("T")


class LineLoss:
    """Which rename ends the line. ``before``, ``after``: that many times without the rename, or right behind it."""

    def __init__(self) -> None:
        self.before = 0
        self.after = 0


class SftpServer:
    """Runs until closed; ``port``: chosen by the system; ``host_key``: in OpenSSH form."""

    def __init__(self, root: Path, authorized: str) -> None:
        self.loss = LineLoss()
        key = asyncssh.generate_private_key("ssh-ed25519")
        self.host_key = key.export_public_key().decode().strip()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        loss = self.loss

        class Folder(asyncssh.SFTPServer):
            def __init__(self, chan: asyncssh.SSHServerChannel[bytes]) -> None:
                super().__init__(chan, chroot=str(root).encode())
                self._line = chan.get_connection()

            def rename(self, oldpath: bytes, newpath: bytes) -> None:
                if loss.before:
                    loss.before -= 1
                    self._line.abort()
                    return
                super().rename(oldpath, newpath)
                if loss.after:
                    loss.after -= 1
                    self._line.abort()

        async def listen() -> asyncssh.SSHAcceptor:
            return await asyncssh.listen(
                "127.0.0.1",
                0,
                server_host_keys=[key],
                authorized_client_keys=asyncssh.import_authorized_keys(authorized),
                sftp_factory=Folder,
            )

        self._acceptor = self._wait(listen())
        self.port: int = self._acceptor.get_port()

    def close(self) -> None:
        """End it."""

        async def end() -> None:
            self._acceptor.close()
            await self._acceptor.wait_closed()
            mine = asyncio.current_task()
            others = [task for task in asyncio.all_tasks() if task is not mine]
            for task in others:
                task.cancel()
            await asyncio.gather(*others, return_exceptions=True)

        self._wait(end())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(timeout=10)
        self._loop.close()

    def _wait(self, work: Coroutine[object, object, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(timeout=20)
