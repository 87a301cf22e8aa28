"""The frames of a traceback: whose code each is, and which expression it was evaluating."""

from __future__ import annotations

import ast
import dis
import sys
from collections import ChainMap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import islice
from pathlib import Path
from types import FrameType, TracebackType

from executing import Source

from shapecheck.capture.crashes.assertions import compared_shapes
from shapecheck.capture.crashes.flight import Entry
from shapecheck.capture.crashes.source import SourceFile, position, source_file
from shapecheck.capture.crashes.values import Evaluator
from shapecheck.capture.libraries import is_of_library, is_ours
from shapecheck.evidence import Span
from shapecheck.reading.sources import statement_of

# A RecursionError has a thousand frames that all say the same; both ends are kept.
MAX_FRAMES = 60
# torch's large files take half a second to read.
MAX_LIBRARY_LINES = 1000
_DISPATCH = ("__torch_function__", "__torch_dispatch__")


@dataclass(frozen=True)
class LiveFrame:
    """One frame of a traceback, with its variables.

    Args:
        frame: The frame.
        line: The line that it had reached.
        source: Its file.
        node: The expression (or statement) that was being evaluated; None if it cannot be told.
        is_user: Whether it is the user's code, not a library's.
        instruction: Name of the instruction that raised: it tells the loop from the call that it loops over.
        trace: The entry of the traceback.
        entries: What the flight recorder has of the calls of modules before.
        handed: What the caller wrote for the arguments that the call at its node spreads: ``layer(*args)``.
        handed_named: The same of those that have names: ``layer(**kwargs)``.
    """

    frame: FrameType
    line: int
    source: SourceFile
    node: ast.AST | None
    is_user: bool
    instruction: str = ""
    trace: TracebackType | None = None
    entries: Sequence[Entry] = ()
    handed: tuple[ast.expr, ...] = ()
    handed_named: Mapping[str, ast.expr] = field(default_factory=dict)

    @property
    def is_comprehension(self) -> bool:
        """Whether it runs a comprehension, which has a frame of its own but belongs to the function around it."""
        return self.function in ("<genexpr>", "<listcomp>", "<setcomp>", "<dictcomp>")

    @property
    def function(self) -> str:
        """Name of the function."""
        return self.frame.f_code.co_name

    @property
    def statement(self) -> ast.stmt | None:
        """The statement that was being executed."""
        if self.node is not None:
            return statement_of(self.node)
        # The trees of torch's large files cost half a second; nobody asks which statement of theirs it was.
        return self.source.statement_at(self.line) if self.is_user else None

    @cached_property
    def evaluator(self) -> Evaluator:
        """Gives the values of expressions in this frame, where that has no side effects."""
        frame = self.frame
        return Evaluator(ChainMap(dict(frame.f_locals), frame.f_globals, frame.f_builtins))

    @property
    def span(self) -> Span:
        """Where the expression stands; the whole line where it cannot be told."""
        return self.source.span(self.node) if isinstance(self.node, ast.expr) else self.statement_span

    @property
    def statement_span(self) -> Span:
        """Where the statement stands, without a block below it."""
        statement = self.statement
        if statement is not None:
            return self.source.header(statement)
        text = self.source.lines[self.line - 1] if 0 < self.line <= len(self.source.lines) else ""
        indent = len(text) - len(text.lstrip())
        return Span(self.source.name, self.line, indent, self.line, len(text.rstrip()), text.strip())


def live_frames(traceback: TracebackType | None) -> list[LiveFrame]:
    """The frames of a traceback, outermost first, those of shapecheck itself left out."""
    chain = []
    while traceback is not None:
        chain.append(traceback)
        traceback = traceback.tb_next
    if len(chain) > MAX_FRAMES:
        chain = [*chain[: MAX_FRAMES // 2], *chain[-MAX_FRAMES // 2 :]]
    return [_live(item) for item in chain if not is_ours(item.tb_frame.f_code.co_filename)]


def is_user_file(name: str, module: str = "") -> bool:
    """Whether a file is the user's own, by where it lies; for text without a file, by the module that it runs in."""
    if name.startswith("<") and not Path(name).exists():
        return _is_user_text(name, module)
    return not is_of_library(name)


def _is_user_text(name: str, module: str) -> bool:
    if name.startswith(("<frozen", "<attrs", "<eval_with_key", "<torch")):
        return False
    # An example is its reader's own, in whichever module it stands.
    if module in ("", "__main__") or name.startswith("<doctest"):
        return True
    file = getattr(sys.modules.get(module), "__file__", None)
    return file is None or is_user_file(file)


def _live(item: TracebackType) -> LiveFrame:
    frame = item.tb_frame
    source = source_file(frame.f_code.co_filename)
    is_user = is_user_file(frame.f_code.co_filename, str(frame.f_globals.get("__name__", "")))
    node = _node(item, source) if is_user else None
    is_user = is_user and not _passes_on(frame, node)
    instruction = dis.opname[frame.f_code.co_code[item.tb_lasti]] if is_user and item.tb_lasti >= 0 else ""
    if instruction == "RAISE_VARARGS":
        # What the script refuses by itself is what it has compared.
        node = compared_shapes(node) or node
    return LiveFrame(frame, item.tb_lineno, source, node, is_user, instruction, item)


def _passes_on(frame: FrameType, node: ast.AST | None) -> bool:
    """Whether a subclass of Tensor, or a mode, was only handing on what torch asked of it: the caller's line counts."""
    code = frame.f_code
    if code.co_name not in _DISPATCH or not isinstance(node, ast.Call):
        return False
    if isinstance(node.func, ast.Attribute):
        return node.func.attr in _DISPATCH
    # func(*args, **kwargs), under whichever name it came in, behind the class or the mode itself.
    return isinstance(node.func, ast.Name) and node.func.id == (*code.co_varnames, "", "")[1]


def looked_into(frame: LiveFrame) -> LiveFrame:
    """A library's frame with the expression that it was evaluating, unless its file is too large to read for that."""
    if frame.is_user or frame.trace is None or len(frame.source.lines) > MAX_LIBRARY_LINES:
        return frame
    return replace(frame, node=_node(frame.trace, frame.source))


def _node(item: TracebackType, source: SourceFile) -> ast.AST | None:
    """The node of our own tree for the instruction that raised."""
    found: ast.AST | None = None
    code = item.tb_frame.f_code
    unknown = (None, None, None, None)
    line, end_line, column, end_column = next(islice(code.co_positions(), item.tb_lasti // 2, None), unknown)
    if line and end_line and column is not None and end_column is not None:
        found = source.at(line, column, end_line, end_column)
    if found is None:
        # Its positions are those of no single node: a comprehension inlined, an assert rewritten by pytest.
        try:
            node = Source.executing(item).node
        except Exception:
            node = None
        place = position(node) if node is not None else None
        found = source.at(*place) if place else None
    return found
