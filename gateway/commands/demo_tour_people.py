"""People of the tour: each signs in as at a screen, and does over HTTP what their role may do."""

import http.cookiejar
import json
import re
import urllib.error
import urllib.parse
import urllib.request
from typing import Any

from gateway.commands.demo_tour_failures import Refused, TourFailed

LIMIT_S = 45.0
_TOKEN = re.compile(r'name="csrf[-_]token" (?:content|value)="([^"]+)"')


class PersonAtDesk:
    """Somebody with a session of their own. ``login``: as they signed in."""

    def __init__(self, address: str, login: str, password: str) -> None:
        """Sign in.

        Args:
            address: of the gateway.
            login: of the person.
            password: of the person.

        Raises:
            TourFailed: when they are not let in.
        """
        self.login = login
        self._address = address
        cookies = http.cookiejar.CookieJar()
        self._opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(cookies))
        self._send_form("/sign-in", {"login": login, "password": password})
        if not len(cookies):
            raise TourFailed(f"{login} could not sign in")
        self._token = self._page_token("/change-password")

    def choose_password(self, old: str, new: str) -> None:
        """Choose a password instead of the one-time password."""
        form = {"csrf_token": self._token, "old_password": old, "new_password": new, "new_password_again": new}
        self._send_form("/change-password", form)
        self._token = self._page_token("/change-password")

    def call(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        """Make one request of the API with JSON in and out; an HTTP error is a failure of the tour."""
        data = None if body is None else json.dumps(body).encode()
        return self.send(method, path, data, "application/json")

    def send(self, method: str, path: str, data: bytes | None, content_type: str) -> dict[str, Any]:
        """Make one request of the API with any content; as :meth:`call`."""
        headers = {"X-CSRF-Token": self._token, "Content-Type": content_type}
        request = urllib.request.Request(self._address + path, data=data, method=method, headers=headers)  # noqa: S310 - our own loopback address
        try:
            with self._opener.open(request, timeout=LIMIT_S) as answer:
                found: dict[str, Any] = json.load(answer)
        except urllib.error.HTTPError as error:
            words = f"{self.login}: {method} {path}: {error.code} {error.read().decode(errors='replace')}"
            raise Refused(words, error.code) from error
        return found

    def _send_form(self, path: str, form: dict[str, str]) -> None:
        self._page(path, urllib.parse.urlencode(form).encode())

    def _page_token(self, path: str) -> str:
        found = _TOKEN.search(self._page(path))
        if found is None:
            raise TourFailed(f"the page {path} does not open for {self.login}")
        return found[1]

    def _page(self, path: str, data: bytes | None = None) -> str:
        try:
            with self._opener.open(self._address + path, data, timeout=LIMIT_S) as answer:
                text: str = answer.read().decode()
        except urllib.error.HTTPError as error:
            raise Refused(f"{self.login}: {path}: {error.code}", error.code) from error
        return text
