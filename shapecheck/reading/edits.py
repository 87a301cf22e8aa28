"""Edits of source text from spans: wrap an expression, change an argument of a call, insert a line.

Formatting and comments stay, since only the pieces in question are replaced.
"""

from __future__ import annotations

import ast
import difflib
import linecache
import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import lru_cache
from keyword import iskeyword

from shapecheck.candidate import Change
from shapecheck.evidence import Span
from shapecheck.findings import Edit
from shapecheck.reading.sources import Source

# What binds as tightly as a name: a method call may follow without brackets.
_ATOMS = (
    ast.Name,
    ast.Attribute,
    ast.Call,
    ast.Subscript,
    ast.List,
    ast.Tuple,
    ast.Dict,
    ast.ListComp,
    ast.JoinedStr,
)
_CAST = re.compile(r"\.(long|int|float|double|half)\(\)")
_TO_FLOATS = re.compile(r"\.((float|double)\(|to\(torch\.float(32|64)?|type\(torch\.FloatTensor)\)$")


def replaced(span: Span, text: str) -> Change:
    """The whole piece replaced."""
    return Change(span, text)


def suffixed(span: Span, suffix: str) -> Change:
    """A method call or an index put behind an expression, with brackets where they are needed.

    A cast takes the place of one to floats that stands there: nothing would be left of that but its rounding.

    >>> suffixed(Span("t.py", 1, 0, 1, 5, "a + b"), ".long()").text
    '(a + b).long()'
    >>> suffixed(Span("t.py", 1, 0, 1, 17, "load(path).float()"), ".long()").text
    'load(path).long()'
    """
    cast = _TO_FLOATS.search(span.text) if _CAST.match(suffix) else None
    if cast is not None and isinstance(expression(span.text), ast.Call):
        return Change(span, f"{span.text[: cast.start()]}{suffix}")
    text = bracketed(span.text)
    whole = _own_brackets(span) if text != span.text else None
    return Change(whole, f"{whole.text}{suffix}") if whole is not None else Change(span, f"{text}{suffix}")


def _own_brackets(span: Span) -> Span | None:
    """The expression with brackets that stand round it already, and are not those of a call."""
    line = linecache.getline(span.file, span.line) if span.line == span.end_line else ""
    before, behind = line[: span.column], line[span.end_column :]
    if not before.endswith("(") or not behind.startswith(")"):
        return None
    called = re.search(r"(\w+|[\])])\s*$", before[:-1])
    if called is not None and not iskeyword(called.group(1)):
        return None
    return replace(span, column=span.column - 1, end_column=span.end_column + 1, text=f"({span.text})")


def wrapped(span: Span, before: str, after: str) -> Change:
    """An expression put between two texts: ``torch.stack(`` and ``)``."""
    return Change(span, f"{before}{span.text}{after}")


def bracketed(text: str) -> str:
    """The expression as something that a dot may follow.

    >>> bracketed("x[0]"), bracketed("-x"), bracketed("a, b")
    ('x[0]', '(-x)', '(a, b)')
    """
    node = expression(text)
    if isinstance(node, _ATOMS) and not (isinstance(node, ast.Tuple) and not text.lstrip().startswith("(")):
        return text
    if text.startswith("(") and node is not None and (node.lineno, node.col_offset) > (1, 1):
        # Its own brackets are no part of a node's position, so what begins behind one stands in them.
        return text
    return f"({text})"


@lru_cache(maxsize=4096)
def expression(text: str) -> ast.expr | None:
    """The text read as one expression, None if it is none; a tree for all who ask, to be changed by nobody."""
    try:
        return ast.parse(f"({text}\n)", mode="eval").body
    except (SyntaxError, ValueError):
        return None


def is_number(text: str) -> bool:
    """Whether a text is a whole number as written in source.

    >>> is_number("1_024"), is_number("2 * n")
    (True, False)
    """
    node = expression(text)
    return isinstance(node, ast.Constant) and type(node.value) is int


def whole_number(node: ast.AST | None) -> int | None:
    """The whole number that is written there, ``-1`` too; None if it is none, or nothing is there."""
    try:
        value = ast.literal_eval(node) if node is not None else None
    except (ValueError, TypeError):
        return None
    return value if type(value) is int else None


def call_of(span: Span) -> ast.Call | None:
    """The call that the piece is, None if it is none."""
    node = expression(span.text)
    return node if isinstance(node, ast.Call) else None


def index_parts(span: Span) -> list[tuple[ast.expr, Span]]:
    """What stands between the brackets of an index, part by part: ``:``, ``-1``, ``mask``.

    >>> [part.text for _, part in index_parts(Span("t.py", 1, 2, 1, 10, ":, -1, :"))]
    [':', '-1', ':']
    """
    try:
        whole = ast.parse(f"_[{span.text}\n]", mode="eval").body
    except (SyntaxError, ValueError):
        return []
    inside = whole.slice if isinstance(whole, ast.Subscript) else whole
    parts = inside.elts if isinstance(inside, ast.Tuple) and not span.text.startswith("(") else [inside]
    return [(part, piece(span, part, before=2)) for part in parts]


def takes_all(part: ast.AST | None) -> bool:
    """Whether a part of an index takes all positions of its axis: ``:``."""
    return isinstance(part, ast.Slice) and not (part.lower or part.upper or part.step)


def operands_of(node: ast.AST | None, *operators: type[ast.operator]) -> list[ast.expr]:
    """What a chain of such operations is written of, from left to right; what is none is all there is of it."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, operators):
        return [*operands_of(node.left, *operators), *operands_of(node.right, *operators)]
    return [node] if isinstance(node, ast.expr) else []


def summands(node: ast.AST | None) -> list[ast.expr]:
    """What a sum is made of, also one of lists."""
    return operands_of(node, ast.Add)


def factors(node: ast.AST | None) -> list[ast.expr]:
    """What a product is made of."""
    return operands_of(node, ast.Mult)


def piece(span: Span, node: ast.AST, *, before: int = 1) -> Span:
    """The span of a node that was read from a span's text.

    Args:
        span: The whole.
        node: The node.
        before: How many characters stood before the text when it was read: the bracket of `expression`.
    """
    lines = span.text.split("\n")
    first, begin = _position(lines, node.lineno, node.col_offset, before)  # type: ignore[attr-defined]
    last, end = _position(lines, node.end_lineno, node.end_col_offset, before)  # type: ignore[attr-defined]
    inside = lines[first : last + 1]
    inside[-1] = inside[-1][:end]
    inside[0] = inside[0][begin:]
    shift = span.column
    return Span(
        span.file,
        span.line + first,
        begin + (shift if first == 0 else 0),
        span.line + last,
        end + (shift if last == 0 else 0),
        "\n".join(inside),
    )


def argument(call: Span, name: str, position: int | None = None) -> Span | None:
    """The text that a call gives for a parameter, by its keyword or its position."""
    node = call_of(call)
    if node is None:
        return None
    for keyword in node.keywords:
        if keyword.arg == name:
            return piece(call, keyword.value)
    if position is None or position >= len(node.args) or any(isinstance(item, ast.Starred) for item in node.args):
        return None
    return piece(call, node.args[position])


def with_keyword(call: Span, name: str, value: str) -> Change | None:
    """The call with a keyword added, or with another value for it if it is there; None if it is no call.

    >>> with_keyword(Span("t.py", 1, 0, 1, 14, "nn.LSTM(1, 16)"), "batch_first", "True").text
    ', batch_first=True'
    """
    node = call_of(call)
    if node is None:
        return None
    for keyword in node.keywords:
        if keyword.arg == name:
            return Change(piece(call, keyword.value), value)
    given = [*node.args, *(keyword.value for keyword in node.keywords)]
    if not given:
        return Change(place_behind(_before_end(call)), f"{name}={value}")
    last = max((piece(call, item) for item in given), key=lambda found: (found.end_line, found.end_column))
    return Change(place_behind(last), f", {name}={value}")


def without_keyword(call: Span, name: str) -> Change | None:
    """The call without a keyword and the comma before it; None if it has none of this name."""
    node = call_of(call)
    if node is None:
        return None
    for keyword in node.keywords:
        if keyword.arg != name:
            continue
        gone = piece(call, keyword)
        others = [*node.args, *(item.value for item in node.keywords if item is not keyword)]
        before = [found for found in (piece(call, item) for item in others) if _end(found) <= _start(gone)]
        after = [found for found in (piece(call, item) for item in node.keywords) if _start(found) >= _end(gone)]
        if before:
            last = max(before, key=_end)
            return Change(Span(gone.file, *_end(last), *_end(gone)), "")
        if after:
            return Change(Span(gone.file, *_start(gone), *_start(min(after, key=_start))), "")
        return Change(gone, "")
    return None


def as_whole(call: Span, change: Change) -> Change:
    """A change inside a call as a change of the call, so that the lines that it names are all of the call's.

    >>> as_whole(Span("t.py", 3, 4, 3, 11, "f(1, 2)"), Change(Span("t.py", 3, 9, 3, 10, "2"), "5")).text
    'f(1, 5)'
    """
    before = "\n" * (call.line - 1) + " " * call.column
    return Change(call, changed(before + call.text, [change])[len(before) :])


def line_after(statement: Span, text: str) -> Change:
    """A statement of its own behind another one, with the same indentation."""
    return Change(place_behind(statement), f"\n{' ' * statement.column}{text}")


def statement_behind(source: Source, last: ast.stmt, line: str) -> Change:
    """A statement behind another one, on its line where that begins with the head of a block."""
    place = source.span(last)
    is_inline = source.lines[last.lineno - 1].encode()[: last.col_offset].strip() != b""
    return Change(place_behind(place), f"; {line}") if is_inline else line_after(place, line)


def whole_lines(source: Source, line: ast.stmt) -> Span:
    """The lines of a statement, with the end of the last one."""
    return Span(source.file, line.lineno, 0, (line.end_lineno or line.lineno) + 1, 0, "")


def changed(text: str, changes: Iterable[Change]) -> str:
    """The source of one file with the changes made.

    Raises:
        ValueError: Two changes overlap, or one stands outside the text.
    """
    starts = _line_starts(text)
    spots = sorted(
        ((_offset(starts, text, *_start(change.span)), _offset(starts, text, *_end(change.span)), change.text))
        for change in dict.fromkeys(changes)
    )
    done, at = [], 0
    for begin, end, new in spots:
        if begin < at or end < begin:
            raise ValueError("the changes overlap")
        done += [text[at:begin], new]
        at = end
    return "".join([*done, text[at:]])


def edits_of(text: str, changes: Iterable[Change]) -> tuple[Edit, ...]:
    """The changes of one file as edits of whole lines.

    Raises:
        ValueError: Two changes overlap, or one stands outside the text.
    """
    asked = list(changes)
    return tuple(line_edits(asked[0].span.file, text, changed(text, asked))) if asked else ()


def line_edits(file: str, old: str, new: str) -> Iterator[Edit]:
    """What turns one text into another, as edits of whole lines.

    An insertion takes a neighbouring line along, and so does a single empty line, since nothing to put in a line's
    place means that it is deleted.
    """
    left, right = old.split("\n"), new.split("\n")
    found: list[list[int]] = []
    for tag, begin, end, first, last in difflib.SequenceMatcher(None, left, right, autojunk=False).get_opcodes():
        if tag == "equal":
            continue
        if tag == "insert" or right[first:last] == [""]:
            if begin > 0:
                begin, first = begin - 1, first - 1
            else:
                end, last = end + 1, last + 1
        if found and begin < found[-1][1]:
            found[-1][1], found[-1][3] = end, last
        else:
            found.append([begin, end, first, last])
    for begin, end, first, last in found:
        yield Edit(file, begin + 1, end, "\n".join(right[first:last]))


def edited(text: str, edits: Iterable[Edit]) -> str:
    """The source of one file with edits of whole lines made."""
    lines = text.split("\n")
    # The edits were made of text with plain line ends; the file's own stay.
    end = "\r" if "\r\n" in text else ""
    for edit in sorted(edits, key=lambda item: item.line, reverse=True):
        new = [f"{line}{end}" for line in edit.replacement.split("\n")] if edit.replacement else []
        lines[edit.line - 1 : edit.end_line] = new
    return "\n".join(lines)


def unified_diff(file: str, old: str, new: str) -> str:
    """The difference of two texts of one file, as ``diff -u`` writes it."""
    return "".join(
        line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"
        for line in difflib.unified_diff(old.splitlines(keepends=True), new.splitlines(keepends=True), file, file)
    )


def _position(lines: list[str], line: int, offset: int, before: int) -> tuple[int, int]:
    # ast counts bytes, and what was put before the text stands on the first line.
    at = line - 1
    if at >= len(lines):
        return len(lines) - 1, len(lines[-1])
    content = lines[at].encode()
    return at, len(content[: offset - (before if at == 0 else 0)].decode(errors="ignore"))


def _start(span: Span) -> tuple[int, int]:
    return span.line, span.column


def _end(span: Span) -> tuple[int, int]:
    return span.end_line, span.end_column


def place_behind(span: Span) -> Span:
    """The place behind a piece."""
    return Span(span.file, span.end_line, span.end_column, span.end_line, span.end_column)


def place_before(span: Span) -> Span:
    """The place in front of a piece."""
    return Span(span.file, span.line, span.column, span.line, span.column)


def _before_end(call: Span) -> Span:
    """The place before the closing bracket, as an empty piece."""
    return Span(call.file, call.end_line, call.end_column - 1, call.end_line, call.end_column - 1)


def _line_starts(text: str) -> list[int]:
    starts = [0]
    for line in text.split("\n"):
        starts.append(starts[-1] + len(line) + 1)
    return starts


def _offset(starts: list[int], text: str, line: int, column: int) -> int:
    if not 1 <= line < len(starts):
        raise ValueError(f"there is no line {line}")
    found = starts[line - 1] + column
    if found > len(text):
        raise ValueError(f"line {line} has no column {column}")
    return found
