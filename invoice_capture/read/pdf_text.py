"""Words of a PDF's text layer with their boxes, as they stand on the page after it is turned upright."""

from __future__ import annotations

import ctypes
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pypdfium2.raw as pdfium

from invoice_capture.model import Box, Word

_WORD_GAP = 0.28
"""Gap between letters that parts words, in heights of a letter: a blank is about 0.25 em of advance."""
_GUESSED_BLANK_GAP = 0.16
"""Gap, in heights, below which a blank that the library guessed is only wide kerning ("Ver käufer")."""
_OTHER_LINE = 0.5
_BROKEN_LETTERS = frozenset({"\ufffd", "\u0000"})
_BROKEN_SHARE = 0.2
_PRIVATE_USE = range(0xE000, 0xF900)
_HYPHENS = frozenset({"\u0002", "\ufffe", "\u00ad"})
"""What the library gives for a hyphen at the end of a line."""


@dataclass(frozen=True, slots=True)
class TextLayer:
    """Words of a page. ``turned``: degrees clockwise that the page was turned besides its own rotation."""

    words: tuple[Word, ...]
    turned: int
    broken: bool
    """Most of its letters are unknown to the font: what it shows can only be read from the picture."""


@dataclass(frozen=True, slots=True)
class _Letter:
    text: str
    box: Box
    angle: int
    blank_guessed: bool = False
    """The library guesses a blank after it."""


@dataclass(frozen=True, slots=True)
class Frame:
    """How the page's own units lie on the upright page. ``turn``: 0, 90, 180 or 270 degrees clockwise."""

    left: float
    bottom: float
    right: float
    top: float
    turn: int

    @property
    def size(self) -> tuple[float, float]:
        """Width and height of the upright page, in points."""
        width, height = self.right - self.left, self.top - self.bottom
        return (height, width) if self.turn in {90, 270} else (width, height)

    def box(self, left: float, bottom: float, right: float, top: float) -> Box:
        """Return a rectangle of the page's own units on the upright page."""
        match self.turn:
            case 90:
                return Box(bottom - self.bottom, left - self.left, top - self.bottom, right - self.left)
            case 180:
                return Box(self.right - right, bottom - self.bottom, self.right - left, top - self.bottom)
            case 270:
                return Box(self.top - top, self.right - right, self.top - bottom, self.right - left)
            case _:
                return Box(left - self.left, self.top - top, right - self.left, self.top - bottom)


def text_layer(page: Any, frame: Frame, *, letters_max: int) -> TextLayer:  # noqa: ANN401 - the library is untyped
    """Return the words of a page of pypdfium2.

    Args:
        page: an open page.
        frame: of the page, with its own rotation.
        letters_max: letters beyond are left out: nobody reads a page of a million letters.
    """
    textpage = page.get_textpage()
    try:
        letters = _letters(textpage.raw, min(textpage.count_chars(), letters_max))
    finally:
        textpage.close()
    visible = [one for one in letters if one is not None]
    if not visible:
        return TextLayer((), 0, broken=False)
    unknown = sum(1 for one in visible if _is_unknown(one.text))
    angle = Counter(one.angle for one in visible).most_common(1)[0][0]
    # The library counts against the clock from where the text runs, whatever rotation the page has: text that runs
    # upwards has 270 degrees and is upright after a turn of 90 clockwise.
    turn = -angle % 360
    upright = Frame(frame.left, frame.bottom, frame.right, frame.top, turn)
    words = _words([_placed(one, upright, angle) for one in letters])
    return TextLayer(tuple(words), (turn - frame.turn) % 360, unknown > _BROKEN_SHARE * len(visible))


def _letters(textpage: Any, count: int) -> list[_Letter | None]:  # noqa: ANN401 - a handle of the library
    """Return the letters in the library's order; None parts words."""
    found: list[_Letter | None] = []
    left, right, bottom, top = (ctypes.c_double() for _ in range(4))
    loose = pdfium.FS_RECTF()
    for index in range(count):
        code = pdfium.FPDFText_GetUnicode(textpage, index)
        text = chr(code) if 0 < code < 0x110000 and not 0xD800 <= code < 0xE000 else "\ufffd"
        if text in _HYPHENS:
            text = "-"
        if text.isspace() or ord(text) < 0x20:
            # A blank of the library's own is left to the gap between the letters, an end of line never is.
            if not (text == " " and pdfium.FPDFText_IsGenerated(textpage, index) == 1 and found):
                found.append(None)
            elif found[-1] is not None:
                guessed = found[-1]
                found[-1] = _Letter(guessed.text, guessed.box, guessed.angle, blank_guessed=True)
            continue
        if not pdfium.FPDFText_GetCharBox(textpage, index, left, right, bottom, top):
            continue
        pdfium.FPDFText_GetLooseCharBox(textpage, index, loose)
        angle = round(pdfium.FPDFText_GetCharAngle(textpage, index) / 1.5707963) * 90 % 360
        box = Box(left.value, bottom.value, right.value, top.value)
        found.append(_Letter(text, _around(box, loose), angle))
    return found


def _around(tight: Box, loose: Any) -> Box:  # noqa: ANN401 - a structure of the library
    """Return the extent of the font around a letter: letters of a line agree, and a 1 is as wide as its advance.

    Boxes here have the page's own direction: y grows upwards.
    """
    left, right = min(loose.left, tight.x0), max(loose.right, tight.x1)
    low, high = min(loose.bottom, tight.y0), max(loose.top, tight.y1)
    return Box(left, low, right, high)


def _is_unknown(text: str) -> bool:
    return text in _BROKEN_LETTERS or ord(text) in _PRIVATE_USE


def _placed(letter: _Letter | None, frame: Frame, angle: int) -> _Letter | None:
    if letter is None:
        return None
    box = letter.box
    placed = frame.box(box.x0, box.y0, box.x1, box.y1)
    return _Letter(letter.text, placed, (letter.angle - angle) % 360, letter.blank_guessed)


def _words(letters: Sequence[_Letter | None]) -> list[Word]:
    words: list[Word] = []
    current: list[_Letter] = []
    for letter in letters:
        if letter is None or (current and _parts(current[-1], letter)):
            _close(current, words)
            current = []
        if letter is not None and not (current and _is_same(current[-1], letter)):
            current.append(letter)
    _close(current, words)
    return words


def _parts(before: _Letter, letter: _Letter) -> bool:
    """Whether a new word begins, though no blank was printed."""
    if before.angle != letter.angle:
        return True
    if letter.angle:
        return before.blank_guessed
    height = max(before.box.height, letter.box.height)
    middle = (letter.box.y0 + letter.box.y1) / 2
    gap = letter.box.x0 - before.box.x1
    return (
        abs(middle - (before.box.y0 + before.box.y1) / 2) > _OTHER_LINE * height
        or gap > (_GUESSED_BLANK_GAP if before.blank_guessed else _WORD_GAP) * height
        or gap < -2 * height
    )


def _is_same(before: _Letter, letter: _Letter) -> bool:
    """Whether a letter is printed twice in nearly one place, to look bold."""
    near = 0.1 * max(letter.box.height, 0.1)
    # Exactly one place for two letters is a ligature: the library gives its box to each of them.
    return (
        before.text == letter.text
        and before.box != letter.box
        and abs(before.box.x0 - letter.box.x0) < near
        and abs(before.box.y0 - letter.box.y0) < near
    )


def _close(letters: Sequence[_Letter], words: list[Word]) -> None:
    if not letters:
        return
    box = letters[0].box
    for letter in letters[1:]:
        box = box.union(letter.box)
    words.append(Word("".join(letter.text for letter in letters), box))
