"""Whose line an operation stands on: the first frame outside torch, the standard library and this package."""

from __future__ import annotations

import ast
import linecache
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from itertools import islice
from types import CodeType, FrameType
from typing import TypeVar

from shapecheck.capture.libraries import is_of_library
from shapecheck.evidence import Span
from shapecheck.reading.sources import source_of, walk

_DEPTH = 60
_LOOPS = frozenset(["<genexpr>", "<listcomp>", "<dictcomp>", "<setcomp>"])
_given: set[CodeType] = set()
_deputies: set[CodeType] = set()
_Function = TypeVar("_Function", bound=Callable[..., object])


@dataclass(frozen=True, slots=True, eq=False)
class Spot:
    """An instruction of the user's code.

    Args:
        code: The code object.
        instruction: Offset of the instruction in it.
        line: The line that it stands on.
        caller: The user's frame around it, if there is one.
        is_call: Whether it calls what is recorded there itself; ``audit(model, loss, batch)`` has the loss called.
    """

    code: CodeType
    instruction: int
    line: int
    caller: Spot | None = None
    is_call: bool = True

    @property
    def place(self) -> tuple[CodeType, int]:
        """What two instructions have in common that are the same one."""
        return self.code, self.instruction

    @property
    def places(self) -> tuple[tuple[CodeType, int], ...]:
        """Its place and those of all that call it, as far as they are known."""
        return tuple(each.place for each in self.with_callers())

    def with_callers(self) -> Iterator[Spot]:
        """The instruction and all that call it, as far as they are known, from the inside out."""
        yield self
        if self.caller is not None:
            yield from self.caller.with_callers()

    @property
    def is_in_autograd_function(self) -> bool:
        """Whether it stands in what a ``torch.autograd.Function`` does in place of torch, or in what that calls."""
        return any(
            each.code.co_name == "forward" and each.code.co_varnames[:1] == ("ctx",) for each in self.with_callers()
        )

    @property
    def function(self) -> str:
        """Qualified name of the function."""
        return self.code.co_qualname

    @property
    def span(self) -> Span:
        """The expression, or the whole line where Python does not know better."""
        found = next(islice(self.code.co_positions(), self.instruction // 2, None), (None,) * 4)
        line, end_line, column, end_column = found
        file = self.code.co_filename
        if line is None or end_line is None or column is None or end_column is None:
            text = linecache.getline(file, self.line).rstrip("\n")
            return Span(file, self.line, len(text) - len(text.lstrip()), self.line, len(text), text.strip())
        rows = [linecache.getline(file, number).rstrip("\n").encode() for number in range(line, end_line + 1)]
        if not any(rows):
            return Span(file, line, column, end_line, end_column)
        rows[-1] = rows[-1][:end_column]
        last = len(rows[-1].decode(errors="replace"))
        first = len(rows[0][:column].decode(errors="replace"))
        rows[0] = rows[0][column:]
        return Span(file, line, first, end_line, last, b"\n".join(rows).decode(errors="replace"))

    @property
    def in_function(self) -> Spot:
        """The instruction of the function that it belongs to: a loop in brackets is a frame of its own in it."""
        spot = self
        while spot.code.co_name in _LOOPS and spot.caller is not None:
            spot = spot.caller
        return spot

    @property
    def statement(self) -> str:
        """The text of the whole statement; empty if the source is not there."""
        node = statement_at(self.code.co_filename, self.line)
        return "" if node is None else ast.unparse(node)


def user_spot(frame: FrameType | None, callers: int = 1) -> Spot | None:
    """The innermost instruction of the user's in a stack, with up to ``callers`` frames of the user's around it."""
    found: list[tuple[CodeType, int, int]] = []
    is_call = True
    for _ in range(_DEPTH):
        if frame is None or len(found) > callers:
            break
        is_call &= bool(found) or frame.f_code not in _deputies
        if is_users(frame.f_code):
            found.append((frame.f_code, frame.f_lasti, frame.f_lineno or 0))
        frame = frame.f_back
    spot: Spot | None = None
    for code, instruction, line in reversed(found):
        spot = Spot(code, instruction, line, spot)
    return spot if spot is None or is_call else replace(spot, is_call=False)


def user_frames(frame: FrameType | None, most: int) -> Iterator[FrameType]:
    """The user's frames of a stack, innermost first, so many at most."""
    for _ in range(_DEPTH):
        if frame is None or not most:
            return
        if is_users(frame.f_code):
            most -= 1
            yield frame
        frame = frame.f_back


def deputy(function: _Function) -> _Function:
    """Take a function of ours for one that calls the user's functions in the place of the user."""
    _deputies.add(function.__code__)
    return function


def is_users(code: CodeType) -> bool:
    """Whether code is the user's own: by where its file lies, or because it was given on the command line."""
    return is_user_file(code.co_filename) or code in _given


def read_as_users(text: str, name: str) -> None:
    """Take code for the user's that never stood in a file, and let its lines be read.

    Its name tells nothing: what ``dataclass`` and ``namedtuple`` make is called ``<string>`` as well.
    """
    linecache.cache[name] = (len(text), None, text.splitlines(keepends=True), name)
    found = [compile(text, name, "exec", dont_inherit=True)]
    for code in found:
        found += [inner for inner in code.co_consts if isinstance(inner, CodeType)]
    _given.update(found)


@cache
def is_user_file(name: str) -> bool:
    """Whether a file is the user's own, by where it lies."""
    if name.startswith("<") and name.endswith(">"):
        return not name.startswith(("<frozen", "<attrs", "<eval_with_key", "<torch", "<string"))
    return not is_of_library(name)


def statement_at(name: str, line: int, column: int | None = None) -> ast.stmt | None:
    """The innermost statement of a file on a line; of several on it the last, or the one around a column."""
    tree = tree_of(name)
    return _statement_in(tree, line, column) if tree is not None else None


# One instruction is asked for as often as a loop ran, and by many.
@lru_cache(maxsize=4096)
def _statement_in(tree: ast.Module, line: int, column: int | None) -> ast.stmt | None:
    found: ast.stmt | None = None
    for node in _statements(tree):
        if node.lineno <= line <= (node.end_lineno or node.lineno):
            if column is not None and not _is_around(node, line, column):
                continue
            found = node if found is None or node.lineno >= found.lineno else found
    return found


@lru_cache(maxsize=64)
def _statements(tree: ast.Module) -> tuple[ast.stmt, ...]:
    return tuple(node for node in walk(tree) if isinstance(node, ast.stmt))


def expression_at(spot: Spot, kind: type[ast.AST]) -> ast.AST | None:
    """The expression of a kind that an instruction is, in the user's source; None if something else calls for it."""
    if not spot.is_call:
        return None
    span = spot.span
    statement = statement_at(span.file, span.line, span.column)
    written = _written_as(statement, span.text) if statement is not None else ()
    return next((item for item in written if isinstance(item, kind)), None)


@lru_cache(maxsize=4096)
def _written_as(statement: ast.stmt, written: str) -> tuple[ast.AST, ...]:
    """The parts of a statement that Python would write as a text."""
    text = unparsed(written)
    parts = (item for item in ast.walk(statement) if isinstance(item, ast.expr | ast.stmt))
    return tuple(item for item in parts if ast.unparse(item) == text)


def expression_in(span: Span) -> ast.expr | None:
    """The expression that a piece of a file is."""
    tree = tree_of(span.file)
    place = (span.line, span.column, span.end_line, span.end_column)
    for item in walk(tree):
        if isinstance(item, ast.expr) and place == (
            item.lineno, item.col_offset, item.end_lineno, item.end_col_offset,
        ):  # fmt: skip
            return item
    return None


def span_of(file: str, node: ast.expr | ast.stmt, text: str | None = None) -> Span:
    """Where an expression or a statement of a file stands.

    Args:
        file: The file.
        node: The expression or statement.
        text: What is shown of it; None for how Python would write it.
    """
    end = node.end_lineno or node.lineno, node.end_col_offset or 0
    return Span(file, node.lineno, node.col_offset, *end, ast.unparse(node) if text is None else text)


def unparsed(text: str) -> str:
    """An expression as Python would write it, to be compared with others; what is none, as it is."""
    try:
        return ast.unparse(ast.parse(text.strip(), mode="eval"))
    except (SyntaxError, ValueError):
        return text


def _is_around(node: ast.stmt, line: int, column: int) -> bool:
    end = node.end_lineno or node.lineno, node.end_col_offset or 0
    return (node.lineno, node.col_offset) <= (line, column) <= end


def tree_of(name: str) -> ast.Module | None:
    """The syntax tree of a file; None if it cannot be had."""
    source = source_of(name)
    return source.tree if source is not None else None


def trees_around(spot: Spot | None) -> Iterator[ast.Module]:
    """The files that have a hand in an instruction."""
    files = {each.code.co_filename for each in spot.with_callers()} if spot is not None else set[str]()
    for file in sorted(files):
        tree = tree_of(file)
        if tree is not None:
            yield tree
