"""How quickly statements are read and in how much memory, beside a plain parse of the same file in the same run.

The files are invented: entries with one payment each, its parties, references and text, as banks write them today.
"""

import argparse
import importlib.util
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TextIO

from bench.figures import CannotRun, Figure, Goal, Report
from bench.machine import tell

ENTRIES = 100_000
ROUNDS = 2
GOAL_PER_S = 15_000
GOAL_GROWTH = 1.25
_ROOT = Path(__file__).resolve().parent.parent
_IBAN, _PAYER = "DE02120300000000202051", "NL91ABNA0417164300"
_CODE = "<BkTxCd><Domn><Cd>PMNT</Cd><Fmly><Cd>RCDT</Cd><SubFmlyCd>ESCT</SubFmlyCd></Fmly></Domn></BkTxCd>"


def add_options(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--entries", type=int, default=ENTRIES, help=f"of the largest file (default {ENTRIES})")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help=f"of each file, the best counts (default {ROUNDS})")


def run(options: argparse.Namespace) -> Report:
    """Measure each format.

    Raises:
        CannotRun: a process of the bench failed.
    """
    figures: list[Figure] = []
    details: dict[str, Any] = {}
    with tempfile.TemporaryDirectory(prefix="tillbridge-bench-") as name:
        for form, write in (("camt", _camt), ("mt940", _mt940), ("csv", _csv)):
            tell(f"statements: {form}")
            few, many = Path(name) / f"few.{form}", Path(name) / f"many.{form}"
            for path, entries in ((few, options.entries // 5), (many, options.entries)):
                with path.open("w", encoding="utf-8") as out:
                    write(out, entries)
            small, large = _best(few, "ours", 1), _best(many, "ours", options.rounds)
            details[form] = {"few": small, "many": large, "bytes": many.stat().st_size}
            figures += _figures(form, small, large)
            if form == "camt":
                figures.append(_beside_lxml(many, large, options.rounds, details))
    return Report("statements", tuple(figures), details)


def _figures(form: str, small: dict[str, float], large: dict[str, float]) -> Iterator[Figure]:
    entries = f"{large['entries']:,.0f}"
    speed = large["entries"] / large["seconds"]
    goal = Goal.least(GOAL_PER_S) if form == "camt" else None
    yield Figure(f"{form}_per_s", f"{form}: entries read in a second of CPU, {entries} of them", speed, "/s", goal)
    growth = large["peak_mib"] / small["peak_mib"]
    yield Figure(f"{form}_peak_mib", f"{form}: peak memory of the process, {entries} entries", large["peak_mib"], "MiB")
    yield Figure(
        f"{form}_growth",
        f"{form}: peak memory, times that of a fifth of the entries",
        growth,
        goal=Goal.most(GOAL_GROWTH) if form != "csv" else None,
        remark="tables are read as a whole" if form == "csv" else "",
    )


def _beside_lxml(path: Path, ours: dict[str, float], rounds: int, details: dict[str, Any]) -> Figure:
    words = "camt: CPU, times that of a plain parse into a tree"
    if importlib.util.find_spec("lxml") is None:
        return Figure("camt_beside_lxml", words, None, remark="lxml is not installed: the test packages bring it")
    plain = details["lxml"] = _best(path, "lxml", rounds)
    said = f"lxml: {plain['entries'] / plain['seconds']:,.0f} /s, {plain['peak_mib']:.0f} MiB, no value read"
    return Figure("camt_beside_lxml", words, ours["seconds"] / plain["seconds"], baseline=said)


def _best(path: Path, how: str, rounds: int) -> dict[str, float]:
    found: list[dict[str, float]] = []
    for _ in range(rounds):
        command = [sys.executable, "-m", "bench.statements_child", str(path), how]
        done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=_ROOT)
        if done.returncode:
            raise CannotRun(f"a file was not read: {done.stderr.strip().splitlines()[-1:]}")
        found.append(json.loads(done.stdout))
    return min(found, key=lambda one: one["seconds"])


def _minor(number: int) -> int:
    return (number * 7919) % 100_000 + 1


def _decimal(minor: int, mark: str = ".") -> str:
    return f"{minor // 100}{mark}{minor % 100:02}"


def _camt(out: TextIO, entries: int) -> None:
    total = sum(_minor(number) for number in range(entries))
    out.write(
        '<?xml version="1.0" encoding="UTF-8"?>\n<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08">'
    )
    out.write("<BkToCstmrStmt><GrpHdr><MsgId>M</MsgId></GrpHdr><Stmt><Id>S</Id>")
    out.write(f"<Acct><Id><IBAN>{_IBAN}</IBAN></Id><Ccy>EUR</Ccy></Acct>")
    for kind, amount in (("OPBD", "0.00"), ("CLBD", _decimal(total))):
        out.write(f'<Bal><Tp><CdOrPrtry><Cd>{kind}</Cd></CdOrPrtry></Tp><Amt Ccy="EUR">{amount}</Amt>')
        out.write("<CdtDbtInd>CRDT</CdtDbtInd><Dt><Dt>2026-03-01</Dt></Dt></Bal>")
    for number in range(entries):
        amount = f'<Amt Ccy="EUR">{_decimal(_minor(number))}</Amt><CdtDbtInd>CRDT</CdtDbtInd>'
        day = f"<Dt>2026-03-{number % 28 + 1:02}</Dt>"
        out.write(
            f"<Ntry><NtryRef>{number}</NtryRef>{amount}<Sts><Cd>BOOK</Cd></Sts><BookgDt>{day}</BookgDt>"
            f"<ValDt>{day}</ValDt><AcctSvcrRef>B{number:010}</AcctSvcrRef>{_CODE}<NtryDtls><TxDtls><Refs>"
            f"<AcctSvcrRef>B{number:010}</AcctSvcrRef><EndToEndId>ORDER-{number}</EndToEndId></Refs>{amount}{_CODE}"
            f"<RltdPties><Dbtr><Pty><Nm>Payer {number}</Nm></Pty></Dbtr><DbtrAcct><Id><IBAN>{_PAYER}</IBAN></Id>"
            "</DbtrAcct><Cdtr><Pty><Nm>Shop</Nm></Pty></Cdtr></RltdPties><RltdAgts><DbtrAgt><FinInstnId><BICFI>ABNANL2A</BICFI>"
            f"</FinInstnId></DbtrAgt></RltdAgts><RmtInf><Ustrd>Invoice {number} of March</Ustrd></RmtInf></TxDtls>"
            "</NtryDtls></Ntry>\n"
        )
    out.write("</Stmt></BkToCstmrStmt></Document>\n")


def _mt940(out: TextIO, entries: int) -> None:
    """Write statements of a thousand entries each: a bank sends one for each day."""
    balance = 0
    for start in range(0, entries, 1_000):
        out.write(
            f":20:S{start}\r\n:25:{_IBAN}\r\n:28C:{start // 1_000 + 1}/1\r\n:60F:C260302EUR{_decimal(balance, ',')}\r\n"
        )
        for number in range(start, min(start + 1_000, entries)):
            balance += _minor(number)
            out.write(
                f":61:2603020302C{_decimal(_minor(number), ',')}NTRFNONREF//B{number:010}\r\n:86:166?00CREDIT?20"
                f"EREF+ORDER-{number}?21SVWZ+Invoice {number}?22of March?30ABNANL2A?31{_PAYER}?32Payer {number}\r\n"
            )
        out.write(f":62F:C260302EUR{_decimal(balance, ',')}\r\n-\r\n")


def _csv(out: TextIO, entries: int) -> None:
    balance = 0
    out.write("Booking day;Value day;Name;IBAN;Purpose;Amount;Balance;Currency\n")
    for number in range(entries):
        balance += _minor(number)
        out.write(
            f"02.03.2026;02.03.2026;Payer {number};{_PAYER};Invoice {number} of March;{_decimal(_minor(number), ',')};"
            f"{_decimal(balance, ',')};EUR\n"
        )
