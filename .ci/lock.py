"""Makes requirements.lock: one resolution over all groups of setup.cfg, pinned, hashed, wheels only, all platforms.

Needs the program `uv` (taken from the module `uv` of the running Python, or from the PATH). Run it from anywhere:
`python .ci/lock.py` keeps what the present lock holds where it still fits; `python .ci/lock.py --upgrade` does not.
"""

from __future__ import annotations

import argparse
import configparser
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCK = ROOT / "requirements.lock"
OLDEST_PYTHON = "3.11"
HEADER = """\
# Made by .ci/lock.py from setup.cfg: do not edit by hand.
# One resolution for all groups and platforms. Each package says which groups of setup.cfg want it;
# run.py installs the packages of the groups that a command needs, wheels only, each checked against its hashes.
"""
_ENTRY = re.compile(r"^([a-z0-9][a-z0-9._-]*)(?:\[[a-z0-9,._-]+\])?==")
_GROUP_FILE = re.compile(r"-r (?:.*/)?([a-z]+)\.in$")


def read_groups() -> dict[str, list[str]]:
    """Requirements by group, as setup.cfg has them; the group of `install_requires` is `base`."""
    parser = configparser.ConfigParser()
    parser.read(ROOT / "setup.cfg", encoding="utf-8")
    groups = {"base": parser["options"]["install_requires"].split("\n")}
    groups |= {name: text.split("\n") for name, text in parser["options.extras_require"].items()}
    return {name: [line.strip() for line in lines if line.strip()] for name, lines in groups.items()}


def resolve(groups: dict[str, list[str]], *, arguments: list[str]) -> str:
    """Text of a hashed requirements file with `# via` notes, without comments of the tool at the top."""
    uv = shutil.which("uv", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}")
    if uv is None:
        raise SystemExit("The program uv is needed: install the package uv into this Python.")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for group, lines in groups.items():
            (folder / f"{group}.in").write_text("\n".join(lines) + "\n", encoding="utf-8")
        output = folder / "all.txt"
        if LOCK.exists():
            shutil.copy(LOCK, output)
        command = [uv, "pip", "compile", "--quiet", "--universal", "--generate-hashes", "--only-binary", ":all:"]
        command += ["--python-version", OLDEST_PYTHON, "--no-header", "--no-emit-index-url", "--no-emit-find-links"]
        command += ["--annotation-style", "split", "--emit-build-options", *arguments, "--output-file", str(output)]
        subprocess.run([*command, *(f"{group}.in" for group in groups)], check=True, cwd=folder)
        return output.read_text(encoding="utf-8")


def split_entries(text: str) -> dict[str, list[list[str]]]:
    """Blocks of lines by package name; a package has several where versions differ by platform or Python."""
    blocks: dict[str, list[list[str]]] = defaultdict(list)
    current: list[str] | None = None
    for line in text.splitlines():
        if found := _ENTRY.match(line):
            current = [line]
            blocks[found[1]].append(current)
        elif current is not None and line.startswith("    "):
            current.append(line)
    return blocks


def groups_of_packages(blocks: dict[str, list[list[str]]]) -> dict[str, set[str]]:
    """Groups each package belongs to: its own, and those of every package that needs it."""
    parents: dict[str, set[str]] = {name: set() for name in blocks}
    wanted: dict[str, set[str]] = {name: set() for name in blocks}
    for name, entries in blocks.items():
        for line in (line for entry in entries for line in entry):
            note = re.sub(r"^\s*#\s*(via\s*)?", "", line) if line.lstrip().startswith("#") else ""
            if found := _GROUP_FILE.search(note):
                wanted[name].add(found[1])
            elif note in blocks:
                parents[name].add(note)
    changed = True
    while changed:
        changed = False
        for name, above in parents.items():
            reached = wanted[name].union(*(wanted[parent] for parent in above))
            changed |= reached != wanted[name]
            wanted[name] = reached
    return wanted


def main() -> int:
    """Write the lock; exit code 0."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--upgrade", action="store_true", help="take the newest versions that fit")
    arguments = ["--upgrade"] if parser.parse_args().upgrade else []
    blocks = split_entries(resolve(read_groups(), arguments=arguments))
    wanted = groups_of_packages(blocks)
    parts = [HEADER]
    for name in sorted(blocks):
        for entry in blocks[name]:
            lines = [line for line in entry if not line.lstrip().startswith("#")]
            lines[-1] = lines[-1].removesuffix(" \\")
            parts.append(f"# groups: {' '.join(sorted(wanted[name]))}\n" + "\n".join(lines) + "\n")
    LOCK.write_text("\n".join(parts), encoding="utf-8")
    print(f"{LOCK.name}: {sum(map(len, blocks.values()))} packages")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
