"""The command ``decode``: explains frames given in hexadecimal, on the command line or one a line in a file."""

import argparse
import re
from collections.abc import Callable, Iterator
from pathlib import Path

from terminal_driver.errors import DriverError, RemoteProtocolError
from terminal_driver.protocols import ProtocolName
from terminal_driver.tools.console import DONE, REFUSED, Console
from terminal_driver.tools.explanation import Explanation, Layer, Question, Way, refused

LINE_CHARACTERS_MAX = 400_000
"""Longest line read: three characters for each byte of the largest block, and some."""

NAME_CHARACTERS_MAX = 255
"""Longest name a file can have; a frame may be longer."""

_DECORATION = re.compile(r"0x|[\s,:;-]", re.IGNORECASE)

Explainer = Callable[[bytes, Question], list[Explanation]]


def declare(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.description = (
        "Explain frames field by field. Exit status 0: all are valid; 1: one is not; 2: nothing to read. "
        "Words hide card data and passwords; --json repeats every byte unless --mask is given."
    )
    parser.add_argument("what", nargs="+", metavar="HEX|FILE", help="the bytes, or a file with a frame in each line")
    parser.add_argument("--protocol", choices=[str(name) for name in ProtocolName], default="zvt", help="default: zvt")
    layers = [str(layer) for layer in Layer]
    parser.add_argument("--layer", choices=layers, default="auto", help="what wraps the bytes (default: they tell)")
    ways = [str(way) for way in Way]
    parser.add_argument("--direction", choices=ways, default="either", help="who sent them (default: they tell)")
    parser.add_argument("--after", metavar="CONTROL", type=_control, help="ZVT: the command before it, such as 0501")
    parser.add_argument("--json", action="store_true", help="print one JSON object a line")
    parser.add_argument("--mask", action="store_true", help="hide card data and passwords in JSON, too")


def run(options: argparse.Namespace, console: Console) -> int:
    """Explain; returns the exit status.

    Raises:
        DriverError: ``unreadable_file``.
    """
    question = Question(Layer(options.layer), Way(options.direction), options.after, options.mask)
    explain = explainer(ProtocolName(options.protocol))
    all_valid = True
    for text in _lines(options.what):
        for explanation in _explained(text, explain, question):
            all_valid = all_valid and explanation.valid
            if options.json:
                console.result(explanation.record)
            else:
                console.print(explanation.text())
    return DONE if all_valid else REFUSED


def explainer(protocol: ProtocolName) -> Explainer:
    """Return the function that explains the frames of a protocol."""
    match protocol:
        case ProtocolName.ZVT:
            from terminal_driver.tools.explain_zvt import explain_zvt

            return explain_zvt
        case ProtocolName.CONCERT:
            from terminal_driver.tools.explain_french import explain_concert

            return explain_concert
        case ProtocolName.CAISSE_AP:
            from terminal_driver.tools.explain_french import explain_caisse_ap

            return explain_caisse_ap
        case ProtocolName.NEXO:
            from terminal_driver.tools.explain_nexo import explain_nexo

            return explain_nexo


def _explained(text: str, explain: Explainer, question: Question) -> list[Explanation]:
    try:
        data = bytes.fromhex(_DECORATION.sub("", text))
    except ValueError:
        return [refused(RemoteProtocolError("not_hexadecimal", "the line is no even number of hexadecimal digits"))]
    return explain(data, question)


def _lines(words: list[str]) -> Iterator[str]:
    """Yield the frames: the words themselves, or the lines of the one file they name; # begins a comment."""
    if len(words) > 1 or not _names_file(words[0]):
        yield "".join(words)
        return
    try:
        with Path(words[0]).open(encoding="utf-8", errors="replace") as file:
            while line := file.readline(LINE_CHARACTERS_MAX):
                if text := line.partition("#")[0].strip():
                    yield text
    except OSError as error:
        raise DriverError("unreadable_file", f"{words[0]} cannot be read: {error.strerror}") from error


def _names_file(word: str) -> bool:
    """Tell whether a word is a path; hexadecimal digits are one only where such a file is."""
    if len(word) > NAME_CHARACTERS_MAX:
        return False
    return not re.fullmatch(r"[0-9A-Fa-f]+", _DECORATION.sub("", word)) or Path(word).is_file()


def _control(text: str) -> int:
    value = int(text, 16)
    if not 0 <= value <= 0xFFFF:
        raise ValueError(text)
    return value
