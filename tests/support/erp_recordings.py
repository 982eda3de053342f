"""Exchanges with an ERP as files, and a server on the loopback address that gives them again.

A file holds a connector with its mapping and the exchanges of one scenario. A request is known by method, path, query
and body; ``"*"`` stands for any text. Each exchange answers once, the first that fits; so the state goes on.

`python -m tests.support.erp_recordings` writes the files of the modelled ERPs anew.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import urlencode

from gateway.adapters.clock import SystemClock
from gateway.adapters.connector_registry import connector_factory, connectors_known
from gateway.ports.erp import ErpAccount, ErpConnector
from tests.support.erp_documents import bill
from tests.support.erp_model import SECRET, ErpModel, ModelReply, ModelRequest
from tests.support.erp_model_rigs import MODELS, ModelRig
from tests.support.netsuite_model import private_key
from tests.support.tryton_proxy import tryton_rig
from tests.support.tryton_server import running_tryton

FOLDER = Path(__file__).parents[1] / "recordings" / "erp"
_ANY = "*"
_ADDRESS = "http://erp.invalid"
"""Of the model, wherever a mapping names it beside its `url`."""
_SESSION = re.compile(r'"[0-9a-f]{64}"')
"""Of a login at Tryton."""
_FILES = {
    "business_central": "business_central/api_v2",
    "odoo over JSON-RPC": "odoo/json_rpc",
    "odoo over JSON-2": "odoo/json_2",
    "erpnext": "erpnext/rest",
    "dolibarr": "dolibarr/rest",
    "netsuite": "netsuite/rest",
    "s4hana": "s4hana/odata",
}
_SECRETS = {"netsuite": private_key()}
"""Of connectors that sign with theirs; of a model, and nowhere else."""


@dataclass
class Replay:
    """A running recording. ``surprises``: requests that no exchange was left for."""

    connector: ErpConnector
    vendor_id: str
    left: list[dict[str, Any]]
    surprises: list[str] = field(default_factory=list)


class _Server(ErpModel):
    """Answers by what was recorded."""

    replay: Replay

    def operation(self, request: ModelRequest) -> str:  # noqa: ARG002 - of the model
        return ""

    def answer(self, request: ModelRequest) -> ModelReply:
        asked = _request(request)
        for place, exchange in enumerate(self.replay.left):
            if _alike(exchange["request"], asked):
                del self.replay.left[place]
                told = exchange["answer"]
                body = b"" if told["body"] is None else told["body"]
                if isinstance(body, str) and body.startswith("<"):
                    body = body.encode()
                return ModelReply(told["status"], body, told.get("headers", {}))
        self.replay.surprises.append(json.dumps(asked))
        return ModelReply(501, {})


@contextmanager
def replayed(path: Path) -> Iterator[Replay]:
    """Run a recording."""
    with _Server() as server:
        told = json.loads(path.read_text(encoding="utf-8").replace(_ADDRESS, server.address))
        mapping = {**told["mapping"], "erp": {**told["mapping"]["erp"], "url": server.address}}
        account = ErpAccount("a-1", mapping, _SECRETS.get(told["connector"], SECRET), SystemClock())
        root = Path(__file__).parents[2]
        connector = connector_factory(told["connector"], connectors_known(root))(account)
        server.replay = Replay(connector, told["vendor"], told["exchanges"])
        yield server.replay
        connector.close()


def write_recording(path: Path, rig: ModelRig, about: str) -> None:
    """Write what a model heard, without the secret."""
    mapping = {**rig.usual, "erp": {name: value for name, value in rig.usual["erp"].items() if name != "url"}}
    head = {"about": about, "connector": path.parent.name, "mapping": mapping, "vendor": rig.vendor.erp_id}
    exchanges = [{"request": _request(request), "answer": _answer(reply)} for request, reply in rig.erp.heard]
    lines = ",\n".join(json.dumps(one, ensure_ascii=False, default=float) for one in exchanges)
    # One line for each exchange, so that a change can be read.
    text = f'{json.dumps(head, ensure_ascii=False)[:-1]}, "exchanges": [\n{lines}\n]}}\n'
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text.replace(SECRET, _ANY).replace(rig.erp.address, _ADDRESS), encoding="utf-8")


def _answer(reply: ModelReply) -> dict[str, Any]:
    sent = reply.sent()
    # An envelope is kept as a text.
    told = {"status": reply.status, "body": sent.decode() if sent[:1] == b"<" else json.loads(sent or b"null")}
    return {**told, "headers": reply.headers} if reply.headers else told


def _request(request: ModelRequest) -> dict[str, Any]:
    query = f"?{urlencode(request.query)}" if request.query else ""
    return {"method": request.method, "path": request.path + query, "body": request.body}


def _alike(recorded: Any, asked: Any) -> bool:
    match recorded:
        case str() if recorded == _ANY:
            return isinstance(asked, str)
        case dict():
            same = isinstance(asked, dict) and recorded.keys() == asked.keys()
            return same and all(_alike(recorded[name], asked[name]) for name in recorded)
        case list():
            same = isinstance(asked, list) and len(recorded) == len(asked)
            return same and all(_alike(one, other) for one, other in zip(recorded, asked, strict=True))
        case float():
            return float(asked) == recorded
        case _:
            return bool(recorded == asked)


def scenario(connector: ErpConnector, vendor_id: str) -> list[str]:
    """Check, bring a bill in, and bring it in again; return how it went, in words."""
    document = replace(bill(1), vendor=replace(bill(1).vendor, erp_id=vendor_id))
    report = connector.check()
    first, again = connector.put(document), connector.put(document)
    found = [f"{report.company} {report.currency}, {len(report.findings)} findings"]
    return found + [f"{one.state.value} {one.erp_id} {one.number}" for one in (first, again)]


def main(names: Sequence[str]) -> None:
    """Write the files of all models, or with the word ``tryton`` those of a live Tryton."""
    if "tryton" in names:
        with TemporaryDirectory() as folder, running_tryton(Path(folder)) as server, tryton_rig(server) as rig:
            scenario(rig.connector(), rig.vendor.erp_id)
            path = FOLDER / "tryton" / "json_rpc.json"
            write_recording(path, rig, "Exchanges with a live Tryton 8.2.")
            path.write_text(_SESSION.sub(f'"{_ANY}"', path.read_text(encoding="utf-8")), encoding="utf-8")
        return
    for name, place in _FILES.items():
        with MODELS[name]() as rig:
            scenario(rig.connector(), rig.vendor.erp_id)
            write_recording(FOLDER / f"{place}.json", rig, "Exchanges of our own model; written from documentation.")


if __name__ == "__main__":
    main(sys.argv[1:])
