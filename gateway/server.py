"""Serves the web application with waitress, in one process with many threads."""

import logging
import threading

from flask import Flask
from waitress.server import BaseWSGIServer, MultiSocketServer, create_server

from gateway.settings import ServerSettings

log = logging.getLogger(__name__)

CHANNEL_TIMEOUT_S = 60
"""Idle connections of browsers and tills are closed after this time; event streams send a heartbeat far earlier."""


class WebServer:
    """A bound server that runs in a thread of its own until it is stopped."""

    def __init__(self, app: Flask, settings: ServerSettings) -> None:
        """Bind the address; requests are answered from ``start`` on.

        Raises:
            OSError: the address cannot be bound.
        """
        self._server: MultiSocketServer | BaseWSGIServer = create_server(
            app,
            host=settings.host,
            port=settings.port,
            threads=settings.threads,
            connection_limit=settings.threads * 4,
            channel_timeout=CHANNEL_TIMEOUT_S,
            ident=None,
            clear_untrusted_proxy_headers=True,
        )
        self._thread = threading.Thread(target=self._server.run, name="web", daemon=True)
        self._host = settings.host

    @property
    def address(self) -> str:
        """Where a browser finds the gateway."""
        host = f"[{self._host}]" if ":" in self._host else self._host
        return f"http://{host}:{self._server.effective_port}"

    def start(self) -> None:
        """Begin to answer."""
        self._thread.start()

    def stop(self) -> None:
        """Close the sockets; requests in work are given a moment."""
        self._server.close()
        self._thread.join(timeout=2)
