"""Serves the web application with waitress, in one process with many threads."""

import socket
import threading
from typing import Any

from flask import Flask
from waitress.server import create_server

from gateway.configuration.server_settings import ServerSettings
from gateway.node.behind_proxy import behind_proxy

CHANNEL_TIMEOUT_S = 60
"""Idle connections of browsers and tills are closed after this time; event streams send a heartbeat far earlier."""

BACKLOG = 256
STOP_LIMIT_S = 1
"""For requests in work; an event stream never ends by itself, and its reader comes back by itself."""

SOCKETS_LIMIT_S = 0.5
REQUEST_BYTES_MAX = 110 * 1024 * 1024
"""Kept on disk before anybody is asked who sends it: the largest document that settings allow, and no more."""


class WebServer:
    """A bound server that runs in a thread of its own until it is stopped."""

    def __init__(self, app: Flask, settings: ServerSettings) -> None:
        """Bind the address; requests are answered from ``start`` on.

        Raises:
            OSError: the address cannot be bound.
        """
        family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
        listener = socket.create_server((settings.host, settings.port), family=family, backlog=BACKLOG)
        host = f"[{settings.host}]" if family == socket.AF_INET6 else settings.host
        self.address = f"http://{host}:{listener.getsockname()[1]}"
        # The stubs of waitress call its trigger a number.
        self._server: Any = create_server(
            behind_proxy(app, trusted_proxy=settings.trusted_proxy, certificates=settings.client_certificates),
            sockets=[listener],
            threads=settings.threads,
            connection_limit=settings.threads * 4,
            channel_timeout=CHANNEL_TIMEOUT_S,
            max_request_body_size=REQUEST_BYTES_MAX,
            ident=None,
            # Done by `behind_proxy`, which knows the proxy's address before it is written over.
            clear_untrusted_proxy_headers=False,
        )
        self._thread = threading.Thread(target=self._server.run, name="web", daemon=True)

    def start(self) -> None:
        """Begin to answer."""
        self._thread.start()

    def stop(self) -> None:
        """Answer no more; requests in work are given a moment, then the sockets close."""
        self._server.task_dispatcher.shutdown(timeout=STOP_LIMIT_S)
        if not self._thread.is_alive():
            self._server.close()
            return
        # In the thread that waits for the sockets: one that closes under its wait would break it.
        self._server.trigger.pull_trigger(self._close_all)
        self._thread.join(timeout=SOCKETS_LIMIT_S)

    def _close_all(self) -> None:
        for channel in list(self._server.active_channels.values()):
            channel.handle_close()
        self._server.close()
