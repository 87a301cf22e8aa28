"""The user's source as a syntax tree: read once, without running it, with spans for its pieces."""

from __future__ import annotations

import ast
import linecache
from functools import cached_property
from pathlib import Path

from shapecheck.evidence import Span
from shapecheck.reading.sources import characters, connect, parents, walk

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
# A generated file of a megabyte holds nobody's mistake, and its tree would cost seconds.
MAX_CHARACTERS = 2_000_000

_cache: dict[str, tuple[list[str], SourceFile]] = {}


class SourceFile:
    """One file's text and tree; both are empty if it cannot be read or does not parse.

    Args:
        name: Its name, as a code object has it: a path, or ``"<ipython-input-3>"``.
        lines: Its lines with their ends.
    """

    def __init__(self, name: str, lines: list[str]) -> None:
        self.name, self.lines = name, lines

    @cached_property
    def tree(self) -> ast.Module:
        """The syntax tree; every node has a ``parent``."""
        try:
            tree = ast.parse("".join(self.lines))
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            tree = ast.Module([], [])
        connect(tree)
        return tree

    def span(self, node: ast.AST) -> Span:
        """Where a node stands."""
        line, column, end_line, end_column = position(node) or (1, 0, 1, 0)
        return self.between(line, column, end_line, end_column)

    def between(self, line: int, column: int, end_line: int, end_column: int) -> Span:
        """The span between two positions; columns come in bytes, as Python counts them."""
        first, last = self._characters(line, column), self._characters(end_line, end_column)
        rows = [row.rstrip("\r\n") for row in self.lines[line - 1 : end_line]]
        if rows:
            rows[-1] = rows[-1][:last]
            rows[0] = rows[0][first:]
        return Span(self.name, line, first, end_line, last, "\n".join(rows))

    def header(self, node: ast.stmt) -> Span:
        """A statement without the block below it: ``for x, y in loader:``."""
        body = getattr(node, "body", None)
        if not isinstance(body, list) or not body:
            return self.span(node)
        inner = [child for child in ast.iter_child_nodes(node) if isinstance(child, ast.expr) or _is_item(child)]
        ends = [(child.end_lineno or child.lineno, child.end_col_offset or 0) for child in map(_expression, inner)]
        # What follows the block (`orelse`) holds statements, never expressions, so the last end is the header's.
        end_line, end_column = max(ends, default=(node.lineno, node.col_offset))
        text = self.lines[end_line - 1] if end_line <= len(self.lines) else ""
        colon = text.find(":", self._characters(end_line, end_column))
        span = self.between(node.lineno, node.col_offset, end_line, end_column)
        if colon < 0:
            return span
        piece = text[span.end_column : colon + 1]
        return Span(span.file, span.line, span.column, span.end_line, colon + 1, span.text + piece)

    def at(self, line: int, column: int, end_line: int, end_column: int) -> ast.AST | None:
        """The outermost node with exactly this position, in bytes."""
        wanted = (line, column, end_line, end_column)
        for node in walk(self.tree):
            if not isinstance(node, ast.Expr) and position(node) == wanted:
                return node
        return None

    def statement_at(self, line: int) -> ast.stmt | None:
        """The innermost statement that begins or stands on this line."""
        found: ast.stmt | None = None
        for node in walk(self.tree):
            if (
                isinstance(node, ast.stmt)
                and node.lineno <= line <= (node.end_lineno or node.lineno)
                and (found is None or _narrowness(node) >= _narrowness(found))
            ):
                found = node
        return found

    def function_at(self, line: int, name: str) -> FunctionNode | None:
        """The function whose code object has this first line and name; decorators count to it."""
        for node in walk(self.tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name == name:
                first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
                if first == line or node.lineno == line:
                    return node
            elif isinstance(node, ast.Lambda) and name == "<lambda>" and node.lineno == line:
                return node
        return None

    def _characters(self, line: int, column: int) -> int:
        if not 1 <= line <= len(self.lines):
            return column
        return characters(self.lines[line - 1], column)


def source_file(name: str) -> SourceFile:
    """The file of a code object, by its name; read through `linecache`, which knows notebook cells too."""
    lines = linecache.getlines(name)
    if not lines and Path(name).suffix == ".py":
        linecache.checkcache(name)
        lines = linecache.getlines(name)
    before, known = _cache.get(name, (None, None))
    # As long as the lines are the same ones, the file is: a notebook's cells and a script under repair change.
    if known is not None and before is lines:
        return known
    found = SourceFile(name, lines if sum(map(len, lines)) <= MAX_CHARACTERS else [])
    if lines:
        _cache[name] = lines, found
    return found


def function_around(node: ast.AST) -> FunctionNode | None:
    """The innermost function that a node stands in; comprehensions count to the function around them."""
    found = (up for up in parents(node) if isinstance(up, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda))
    return next(found, None)


def position(node: ast.AST) -> tuple[int, int, int, int] | None:
    """Line, column, last line and last column, in bytes; None for what has no place."""
    line = getattr(node, "lineno", None)
    if line is None:
        return None
    return line, node.col_offset, node.end_lineno, node.end_col_offset  # type: ignore[attr-defined]


def _narrowness(statement: ast.stmt) -> tuple[int, int]:
    return statement.lineno, -(statement.end_lineno or 0)


def _is_item(node: ast.AST) -> bool:
    return isinstance(node, ast.withitem | ast.arguments)


def _expression(node: ast.AST) -> ast.expr:
    if isinstance(node, ast.expr):
        return node
    inner = [child for child in ast.walk(node) if isinstance(child, ast.expr | ast.arg)]
    last = max(inner, key=lambda child: (child.end_lineno or 0, child.end_col_offset or 0), default=None)
    return last if last is not None else ast.Constant(0, lineno=1, col_offset=0, end_lineno=1, end_col_offset=0)  # type: ignore[return-value]
