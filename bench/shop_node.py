"""A gateway in a process of its own: ``python -m bench.shop_node CONFIG``; and the benchmark's side of it.

It is the real node with the real web server. It tells its address and an API key on one line of JSON and ends when its
standard input is closed.
"""

import json
import subprocess
import sys
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from gateway.bootstrap import Node
from gateway.configuration.server_settings import ServerSettings
from gateway.configuration.settings import SPARE_THREADS, Settings, load_settings
from gateway.domain.access import API_KEY_SCOPES, ROLE_PERMISSIONS, Caller, Role
from gateway.domain.ids import StoreId, TenantId
from gateway.logs.observability import configure_logging
from gateway.node.server import WebServer

ROOT = Path(__file__).resolve().parent.parent
STOP_LIMIT_S = 30.0


@dataclass(frozen=True, slots=True)
class ShopAddress:
    """Where a shop answers, and with which key."""

    host: str
    port: int
    token: str


@contextmanager
def running_shop(folder: Path, *, waiting: int) -> Iterator[ShopAddress]:
    """Run a gateway on SQLite in ``folder``.

    Args:
        folder: empty.
        waiting: terminals ``slow-0``, ``slow-1`` ... whose cardholder never comes; beside them ``quick`` approves at
            once.
    """
    config = folder / "shop.toml"
    config.write_text(_config(folder, waiting), encoding="utf-8")
    command = [sys.executable, "-m", "bench.shop_node", str(config)]
    process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        line = process.stdout.readline() if process.stdout is not None else ""
        if not line:
            raise RuntimeError("the gateway of the benchmark did not start")
        yield ShopAddress(**json.loads(line))
    finally:
        if process.stdin is not None:
            process.stdin.close()
        try:
            process.wait(STOP_LIMIT_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if process.stdout is not None:
            process.stdout.close()


def _config(folder: Path, waiting: int) -> str:
    usual = ServerSettings()
    threads, streams = max(usual.threads, waiting + 1 + SPARE_THREADS), max(usual.event_streams_max, waiting)
    lines = ["[server]", "port = 0", f"threads = {threads}", f"event_streams_max = {streams}"]
    lines += [f'data_dir = "{folder / "data"}"', "secure_cookies = false"]
    lines += ["[database]", f'url = "sqlite:///{folder / "shop.sqlite3"}"']
    # The benchmark asks more often than any till would; its rate is not what is to be measured.
    lines += ["[security]", "requests_per_minute_and_key = 1000000", "requests_per_minute_and_address = 1000000"]
    scenarios = [(f"slow-{number}", "scenario=slow_cardholder") for number in range(waiting)]
    for terminal, options in [*scenarios, ("quick", "scenario=approve_contactless&pace=0")]:
        lines += ["[[terminals]]", f'id = "{terminal}"', f'name = "{terminal}"']
        lines += [f'transport = "virtual:memory?{options}"']
    return "\n".join(lines)


def _token(node: Node, settings: Settings) -> str:
    caller = Caller(
        TenantId(settings.shop.tenant),
        StoreId(settings.shop.store),
        uuid.UUID(int=0),
        "bench",
        ROLE_PERMISSIONS[Role.ADMINISTRATOR],
    )
    return node.container.api_keys.add(caller, name="bench", scopes=frozenset(API_KEY_SCOPES), terminals=None, days=1)[
        1
    ]


def main(arguments: Sequence[str]) -> int:
    """Serve until standard input is closed."""
    settings = load_settings(Path(arguments[0]), {}, {})
    configure_logging(level="error", log_format="console")
    node = Node(settings)
    web = WebServer(node.app, settings.server)
    web.start()
    node.start()
    try:
        host, _, port = web.address.removeprefix("http://").rpartition(":")
        print(json.dumps({"host": host, "port": int(port), "token": _token(node, settings)}), flush=True)
        sys.stdin.read()
    finally:
        web.stop()
        node.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
