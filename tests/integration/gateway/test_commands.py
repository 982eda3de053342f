"""The commands as processes: they start, they stop within their time, and what was under way is settled afterwards."""

from __future__ import annotations

import http.client
import os
import socket
import subprocess
import sys
import threading
import urllib.request
from pathlib import Path

from tests.support.served_gateway import ROOT, ServedGateway

STOP_LIMIT_S = 20.0
"""Far below the 90 s a service manager grants; at rest it takes well under one, but a test machine may be busy."""


def test_sigterm_at_rest_then_exit_code_zero_in_time(tmp_path: Path) -> None:
    with ServedGateway(tmp_path, f"sqlite:///{tmp_path}/shop.sqlite3") as gateway:
        gateway.start()
        with urllib.request.urlopen(f"{gateway.address}/healthz", timeout=20) as answer:
            assert answer.status == 200

        code, seconds = gateway.terminate()

    assert code == 0
    assert seconds < STOP_LIMIT_S
    assert "Traceback" not in (tmp_path / "gateway.log").read_text(encoding="utf-8")


def test_sigterm_while_a_sale_is_under_way_and_somebody_watches_it(database_url: str, tmp_path: Path) -> None:
    """The card is awaited for minutes; the stop does not wait for it, and the next start settles it."""
    with ServedGateway(tmp_path, database_url) as gateway:
        gateway.start(pace=1000)
        payment_id = gateway.begin("8.00")
        watching = threading.Thread(target=_watch, args=(gateway, payment_id), daemon=True)
        watching.start()
        gateway.until(
            lambda: any(event["kind"] == "sent" for event in gateway.payment(payment_id)["events"]), "the sale"
        )

        code, seconds = gateway.terminate()

        assert code == 0
        assert seconds < STOP_LIMIT_S
        assert "Traceback" not in (tmp_path / "gateway.log").read_text(encoding="utf-8")
        gateway.start()
        gateway.until_state(payment_id, "not_charged")


def _watch(gateway: ServedGateway, payment_id: str) -> None:
    try:
        gateway.call("GET", f"/v1/payments/{payment_id}/events")
    except (OSError, ValueError, http.client.HTTPException):
        return  # the stream ends with the gateway


def test_port_in_use_then_one_line_that_says_so(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        settings = [f"server.data_dir={tmp_path}", f"database.url=sqlite:///{tmp_path}/shop.sqlite3"]

        ended = _run("serve", "--port", str(port), *(word for pair in settings for word in ("--set", pair)))

    assert ended.returncode == 1
    assert f"127.0.0.1:{port} cannot be used" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_serve_without_its_database_then_one_line_that_says_so(tmp_path: Path) -> None:
    settings = [f"server.data_dir={tmp_path}", "database.url=postgresql://nobody@127.0.0.1:1/none"]

    ended = _run("serve", *(word for pair in settings for word in ("--set", pair)))

    assert ended.returncode == 1
    assert "database" in ended.stderr.lower()
    assert "Traceback" not in ended.stderr


def test_second_gateway_over_the_same_data_then_refused(tmp_path: Path) -> None:
    with ServedGateway(tmp_path, f"sqlite:///{tmp_path}/shop.sqlite3") as gateway:
        gateway.start()

        ended = _run("serve", "--config", str(gateway.config))

    assert ended.returncode == 1
    assert "Another gateway is running" in ended.stderr
    assert "Traceback" not in ended.stderr


def _run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "gateway.cli", *arguments],
        cwd=ROOT,
        env={name: value for name, value in os.environ.items() if not name.startswith("TILLBRIDGE_")},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
