"""Puts a line of right-to-left or mixed text into the order its characters stand on paper, from left to right. Pure.

A receipt printer draws one character after the other and knows no scripts. This is the Unicode bidirectional algorithm
(UAX #9) for one line without embeddings, as their control characters never get here: rules P2-P3, W1-W7, N0 for equal
brackets, N1-N2, I1-I2, L1-L4. Marks stay on their letter.
"""

import unicodedata

from terminal_driver.printer.printable import clusters

_STRONG = {"L": "L", "R": "R", "AL": "R"}
_RIGHT_TO_LEFT = frozenset({"R", "AL", "AN"})
_SEPARATORS = frozenset({"ES", "CS", "ET"})
_NEUTRAL = frozenset({"B", "S", "WS", "ON"})
_BRACKETS = {"(": ")", "[": "]", "{": "}", "<": ">", "«": "»", "‹": "›"}
_PAIRED = frozenset("([{")  # those of rule N0; the others are only mirrored
_MIRRORED = _BRACKETS | {closing: opening for opening, closing in _BRACKETS.items()}
_BRACKETS_MAX = 63  # rule BD16


def has_right_to_left(text: str) -> bool:
    """Say whether any character of `text` is read from right to left."""
    return not text.isascii() and any(unicodedata.bidirectional(character) in _RIGHT_TO_LEFT for character in text)


def begins_right_to_left(text: str) -> bool:
    """Say whether a paragraph is read from right to left: its first letter of either kind decides (P2, P3)."""
    for character in text:
        kind = _STRONG.get(unicodedata.bidirectional(character))
        if kind is not None:
            return kind == "R"
    return False


def on_paper(text: str, *, right_to_left: bool) -> str:
    """Return the characters of one line in the order they are drawn.

    Args:
        text: one line, in the order it is read.
        right_to_left: direction of its paragraph, from `begins_right_to_left` of the whole.
    """
    if not right_to_left and not has_right_to_left(text):
        return text
    parts = clusters(text)
    direction = "R" if right_to_left else "L"
    kinds = [_kind(part) for part in parts]
    _resolve_arabic(kinds, direction)
    _resolve_separators(kinds)
    _resolve_numbers(kinds, direction)
    _resolve_brackets(parts, kinds, direction)
    _resolve_neutrals(kinds, direction)
    levels = [_level(kind, right_to_left=right_to_left) for kind in kinds]
    for place in range(len(parts) - 1, -1, -1):  # L1: blanks at the end stand where the line ends
        if not parts[place].isspace():
            break
        levels[place] = int(right_to_left)
    return "".join(_mirrored(parts[place], levels[place]) for place in _order(levels))


def _kind(part: str) -> str:
    kind = unicodedata.bidirectional(part[0])
    # A mark at the beginning of a line has no letter to follow; a code point without a kind is a letter.
    return "ON" if kind in ("NSM", "BN") else kind or "L"


def _resolve_arabic(kinds: list[str], direction: str) -> None:
    """Rules W2 and W3: digits after an Arabic letter are of its kind."""
    strong = direction
    for place, kind in enumerate(kinds):
        if kind in _STRONG:
            strong = kind
        elif kind == "EN" and strong == "AL":
            kinds[place] = "AN"
    kinds[:] = ["R" if kind == "AL" else kind for kind in kinds]


def _resolve_separators(kinds: list[str]) -> None:
    """Rules W4 to W6: a point between two digits, or a currency sign beside one, belongs to the number."""
    for place in range(1, len(kinds) - 1):
        around = {kinds[place - 1], kinds[place + 1]}
        if (kinds[place] in ("ES", "CS") and around == {"EN"}) or (kinds[place] == "CS" and around == {"AN"}):
            kinds[place] = kinds[place - 1]
    place = 0
    while place < len(kinds):
        end = place
        while end < len(kinds) and kinds[end] == "ET":
            end += 1
        if end > place and "EN" in (kinds[place - 1] if place else "", kinds[end] if end < len(kinds) else ""):
            kinds[place:end] = ["EN"] * (end - place)
        place = max(end, place + 1)
    kinds[:] = ["ON" if kind in _SEPARATORS else kind for kind in kinds]


def _resolve_numbers(kinds: list[str], direction: str) -> None:
    """Rule W7: a number after a Latin letter is read with it."""
    strong = direction
    for place, kind in enumerate(kinds):
        if kind in ("L", "R"):
            strong = kind
        elif kind == "EN" and strong == "L":
            kinds[place] = "L"


def _resolve_brackets(parts: list[str], kinds: list[str], direction: str) -> None:
    """Rule N0: a pair of brackets goes with what it encloses, or with what stands before it."""
    for opening, closing in _pairs(parts, kinds):
        inside = {_side(kind) for kind in kinds[opening + 1 : closing]} - {""}
        if not inside:
            continue
        side = direction
        if direction not in inside:
            before = next((found for kind in reversed(kinds[:opening]) if (found := _side(kind))), direction)
            side = before if before != direction else direction
        kinds[opening] = kinds[closing] = side


def _pairs(parts: list[str], kinds: list[str]) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    waiting: list[tuple[str, int]] = []
    for place, part in enumerate(parts):
        if kinds[place] != "ON":
            continue
        if part in _PAIRED:
            if len(waiting) == _BRACKETS_MAX:
                break
            waiting.append((_BRACKETS[part], place))
        elif any(part == closing for closing, _ in waiting):
            while waiting:
                closing, opened = waiting.pop()
                if closing == part:
                    found.append((opened, place))
                    break
    return sorted(found)


def _resolve_neutrals(kinds: list[str], direction: str) -> None:
    """Rules N1 and N2: what stands between two of one side belongs to it, else to the paragraph."""
    place = 0
    while place < len(kinds):
        end = place
        while end < len(kinds) and kinds[end] in _NEUTRAL:
            end += 1
        if end > place:
            before = _side(kinds[place - 1]) if place else direction
            after = _side(kinds[end]) if end < len(kinds) else direction
            kinds[place:end] = [before if before == after else direction] * (end - place)
        place = max(end, place + 1)


def _side(kind: str) -> str:
    """Return the side of a letter or number (N1 counts numbers as right); empty for a neutral one."""
    return {"L": "L", "R": "R", "EN": "R", "AN": "R"}.get(kind, "")


def _level(kind: str, *, right_to_left: bool) -> int:
    """Rules I1 and I2."""
    if right_to_left:
        return 1 if kind == "R" else 2
    return {"L": 0, "R": 1}.get(kind, 2)


def _order(levels: list[int]) -> list[int]:
    """Rule L2: turn round every run of a level and above, from the highest to the lowest odd one."""
    order = list(range(len(levels)))
    for level in range(max(levels, default=0), 0, -1):
        place = 0
        while place < len(order):
            end = place
            while end < len(order) and levels[order[end]] >= level:
                end += 1
            if end > place:
                order[place:end] = reversed(order[place:end])
            place = max(end, place + 1)
    return order


def _mirrored(part: str, level: int) -> str:
    return _MIRRORED.get(part, part) if level % 2 else part
