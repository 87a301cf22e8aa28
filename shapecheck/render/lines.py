"""Lines made of pieces, each with the name of its style: laid out here, coloured, if at all, at the very end."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence

from rich.cells import cell_len
from rich.text import Text

Piece = tuple[str, str]
Line = tuple[Piece, ...]

# A last line of fewer characters looks lost.
_LEAST = 14
STYLES = {
    "plain": "",
    "headline": "bold red",
    "title": "bold",
    "arrow": "cyan",
    "label": "bold",
    "right": "green",
    "wrong": "bold red",
    "note": "dim",
    "dim": "cyan",
    "size": "bold",
    "change": "magenta",
}


def plain(lines: Iterable[Line]) -> str:
    """The lines as text without colour."""
    return "\n".join("".join(text for text, _ in line).rstrip() for line in lines)


def coloured(lines: Iterable[Line]) -> Text:
    """The lines for a terminal. Nothing in them is read as markup, so that a name like ``[red]`` stays one."""
    rows = (Text.assemble(*((text, STYLES[style]) for text, style in line)) for line in lines)
    return Text("\n").join(rows)


def width_of(line: Line) -> int:
    """How many columns of a terminal the line takes."""
    return sum(cell_len(text) for text, _ in line)


def wrap(words: Sequence[Line], width: int, *, indent: int = 0) -> list[Line]:
    """Fill lines with words that are never broken.

    Args:
        words: The words, each with the blank behind it.
        width: Columns of a line; a longer word has a line to itself.
        indent: Blanks before every line but the first.
    """
    lines: list[Line] = []
    line: Line = ()
    for word in words:
        # The blank behind the last word of a line may hang over.
        text_width = width_of(word) - (1 if word and word[-1][0].endswith(" ") else 0)
        if line and width_of(line) + text_width > width:
            lines.append(line)
            line = ((" " * indent, "plain"),) if indent else ()
        line = (*line, *word)
    return [*lines, line] if line else lines


def fill(text: str, width: int, *, indent: str = "", hang: str = "") -> list[str]:
    """A paragraph in lines, the last of which is not a word alone where the others can give it some.

    >>> fill("no tensor has any part in the expression that raised it", 52)
    ['no tensor has any part in the expression', 'that raised it']
    """

    def wrapped(columns: int) -> list[str]:
        return textwrap.wrap(text, columns, initial_indent=indent, subsequent_indent=hang, break_on_hyphens=False)

    lines = wrapped(width)
    for narrower in range(width - 1, width * 2 // 3, -1):
        if len(lines) < 2 or len(lines[-1].strip()) >= _LEAST:
            break
        tried = wrapped(narrower)
        if len(tried) > len(wrapped(width)):
            break
        lines = tried
    return lines


def words_of(text: str, style: str = "plain") -> list[Line]:
    """The words of a text, each with a blank behind it, ready for `wrap`."""
    words = text.split()
    return [((word if at == len(words) - 1 else f"{word} ", style),) for at, word in enumerate(words)]


def beside(left: Sequence[Line], right: Sequence[Line], column: int) -> list[Line]:
    """Two blocks side by side, the right one from ``column`` on; a left line that is too wide stands alone."""
    found: list[Line] = []
    rest = list(right)
    for line in left:
        if rest and width_of(line) < column:
            line = (*line, (" " * (column - width_of(line)), "plain"), *rest.pop(0))
        found.append(line)
    return [*found, *(((" " * column, "plain"), *line) for line in rest)]
