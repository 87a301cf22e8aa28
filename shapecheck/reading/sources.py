"""Reads the user's source as text: its tree, the node at a place, and what stands around a node."""

from __future__ import annotations

import ast
import builtins
import linecache
from collections.abc import Container, Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TypeGuard, overload

from shapecheck.evidence import Evidence, Span

_DEFINED = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
Loop = ast.For | ast.While
_COMPREHENDED = ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp


@dataclass(frozen=True)
class Source:
    """One file's text and tree."""

    file: str
    lines: tuple[str, ...]
    tree: ast.Module

    def span(self, node: ast.AST) -> Span:
        """Where a node stands, columns in characters."""
        line, end_line = node.lineno, node.end_lineno or node.lineno  # type: ignore[attr-defined]
        begin = characters(self.lines[line - 1], node.col_offset)  # type: ignore[attr-defined]
        end = characters(self.lines[end_line - 1], node.end_col_offset)  # type: ignore[attr-defined]
        rows = [row.rstrip("\r\n") for row in self.lines[line - 1 : end_line]]
        rows[-1] = rows[-1][:end]
        rows[0] = rows[0][begin:]
        return Span(self.file, line, begin, end_line, end, "\n".join(rows))

    def node_at(self, span: Span) -> ast.expr | None:
        """The outermost expression that stands exactly there."""
        place = (span.line, span.column, span.end_line, span.end_column)
        if place not in self._asked:
            self._asked[place] = self._outermost(span)
        return self._asked[place]

    def _outermost(self, span: Span) -> ast.expr | None:
        for node in self._expressions.get((span.line, span.end_line), ()):
            found = self.span(node)
            if (found.column, found.end_column) == (span.column, span.end_column):
                return node
        return None

    @cached_property
    def _asked(self) -> dict[tuple[int, int, int, int], ast.expr | None]:
        """What was found at the places that were asked for: each of them is by many."""
        return {}

    def calls(self, *names: str) -> Iterator[ast.Call]:
        """Every call of something whose last name is one of these."""
        for node in walk(self.tree):
            if isinstance(node, ast.Call) and last_name(node.func) in names:
                yield node

    @cached_property
    def functions(self) -> tuple[ast.FunctionDef, ...]:
        """Every function, those of classes and of other functions too."""
        return tuple(each for each in walk(self.tree) if isinstance(each, ast.FunctionDef))

    @cached_property
    def classes(self) -> tuple[ast.ClassDef, ...]:
        """Every class."""
        return tuple(each for each in walk(self.tree) if isinstance(each, ast.ClassDef))

    @cached_property
    def loops(self) -> tuple[Loop, ...]:
        """Every loop over something or on a condition."""
        return tuple(each for each in walk(self.tree) if isinstance(each, Loop))

    @cached_property
    def _expressions(self) -> dict[tuple[int, int | None], list[ast.expr]]:
        """Every expression, by its first and its last line; what stands around another comes before it."""
        found: dict[tuple[int, int | None], list[ast.expr]] = {}
        for node in walk(self.tree):
            if isinstance(node, ast.expr):
                found.setdefault((node.lineno, node.end_lineno), []).append(node)
        return found


def characters(text: str, column: int) -> int:
    """How many characters of a line stand in front of a column, which Python counts in bytes."""
    return column if text.isascii() else len(text.encode()[:column].decode(errors="replace"))


@lru_cache(maxsize=8192)
def walk(node: ast.AST | None) -> tuple[ast.AST, ...]:
    """What `ast.walk` gives, of None nothing; what was walked lately is remembered, since no tree ever changes."""
    return tuple(ast.walk(node)) if node is not None else ()


def loops_of(node: ast.AST) -> list[ast.For | ast.comprehension]:
    """The loops that a node is itself, or that it has: a ``for``, and those of a comprehension."""
    return [node] if isinstance(node, ast.For) else getattr(node, "generators", [])


def source_of(file: str) -> Source | None:
    """The file, None if it cannot be read or does not parse."""
    return _parsed(file, tuple(linecache.getlines(file)))


def node_at(span: Span | None) -> ast.expr | None:
    """The outermost expression at a place of a file, None where there is none or the file cannot be read."""
    return found_at(span)[1]


def found_at(span: Span | None) -> tuple[Source | None, ast.expr | None]:
    """The file of a place, and the outermost expression that stands there; None for what there is none of."""
    source = source_of(span.file) if span is not None else None
    return source, source.node_at(span) if source is not None and span is not None else None


@lru_cache(maxsize=64)
def _parsed(file: str, lines: tuple[str, ...]) -> Source | None:
    try:
        tree = ast.parse("".join(lines))
    except (SyntaxError, ValueError, RecursionError):
        return None
    connect(tree)
    return Source(file, lines, tree) if lines else None


def connect(tree: ast.AST) -> None:
    """Give every node but the first its ``parent``."""
    for node in ast.walk(tree):
        for child in ast.iter_child_nodes(node):
            child.parent = node  # type: ignore[attr-defined]


def user_sources(evidence: Evidence) -> list[Source]:
    """The files of the user's frames, innermost first, and those that made what these have, as cells may."""
    files = dict.fromkeys(frame.span.file for frame in reversed(evidence.frames) if frame.is_user)
    made = (step.span.file for steps in (*evidence.origins.values(), *evidence.chains.values()) for step in steps)
    files |= dict.fromkeys(made)
    return [found for file in files if (found := source_of(file)) is not None]


def home_of_crash(evidence: Evidence) -> tuple[Source | None, ast.FunctionDef | None]:
    """The file and the function of the innermost line of the user's."""
    frame = evidence.user_frame
    source = source_of(frame.span.file) if frame is not None else None
    return source, function_of_line(source, frame.span.line) if frame is not None else None


def last_name(node: ast.AST | None) -> str:
    """``"DataLoader"`` for ``torch.utils.data.DataLoader``."""
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def begin_of(node: ast.expr | ast.stmt) -> tuple[int, int]:
    """Where a node begins, its line and its column: what stands in front of another one begins before it."""
    return node.lineno, node.col_offset


def is_named(node: ast.AST | None, name: str) -> TypeGuard[ast.Name]:
    """Whether a node is just this name."""
    return isinstance(node, ast.Name) and node.id == name


def is_own(node: ast.AST | None) -> TypeGuard[ast.Attribute]:
    """Whether a node is an attribute of the object itself: ``self.fc``."""
    return isinstance(node, ast.Attribute) and is_named(node.value, "self")


def items_of(node: ast.expr | None) -> list[ast.expr]:
    """The items of a row that is written out, ``a, b``, as those of an index; what is none is the only one."""
    return node.elts if isinstance(node, ast.Tuple) else [node] if node is not None else []


@overload
def under_methods(node: ast.expr, methods: Container[str]) -> ast.expr: ...
@overload
def under_methods(node: None, methods: Container[str]) -> None: ...
def under_methods(node: ast.expr | None, methods: Container[str]) -> ast.expr | None:
    """What methods of these names are called on, one behind the other: ``x`` of ``x.cpu().numpy()``."""
    while isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in methods:
        node = node.func.value
    return node


def receivers(node: ast.expr) -> Iterator[ast.expr]:
    """An expression, then what its methods and indices are of: ``torch.tensor(a)`` in ``torch.tensor(a)[:, None]``."""
    inner: ast.expr | None = node
    while inner is not None:
        yield inner
        if isinstance(inner, ast.Subscript):
            inner = inner.value
        else:
            inner = inner.func.value if isinstance(inner, ast.Call) and isinstance(inner.func, ast.Attribute) else None


def parents(node: ast.AST | None) -> Iterator[ast.AST]:
    """The nodes around a node, from the inside out."""
    up = getattr(node, "parent", None)
    while up is not None:
        yield up
        up = getattr(up, "parent", None)


def function_around(node: ast.AST | None) -> ast.FunctionDef | None:
    """The innermost function that a node stands in."""
    return next((up for up in parents(node) if isinstance(up, ast.FunctionDef)), None)


def home_around(node: ast.AST | None) -> ast.FunctionDef | ast.Module | None:
    """The innermost function that a node stands in, or the file if it stands in none."""
    return next((up for up in parents(node) if isinstance(up, ast.FunctionDef | ast.Module)), None)


def loop_around(node: ast.AST | None) -> ast.For | None:
    """The innermost loop over something that a node stands in."""
    return next((up for up in parents(node) if isinstance(up, ast.For)), None)


def rounds_around(node: ast.AST | None) -> Iterator[Loop]:
    """The loops over something or on a condition that a node stands in, innermost first."""
    return (up for up in parents(node) if isinstance(up, Loop))


def class_around(node: ast.AST | None) -> ast.ClassDef | None:
    """The innermost class that a node stands in."""
    return next((up for up in parents(node) if isinstance(up, ast.ClassDef)), None)


def function_at(span: Span) -> ast.FunctionDef | None:
    """The innermost function around the expression at a place."""
    return function_around(node_at(span))


def function_of_line(source: Source | None, line: int) -> ast.FunctionDef | None:
    """The innermost function that a line of a file belongs to, whether an expression begins there or not."""
    functions = source.functions if source is not None else ()
    around = (each for each in functions if each.lineno <= line <= (each.end_lineno or each.lineno))
    return max(around, key=lambda each: each.lineno, default=None)


def loops_of_line(source: Source | None, line: int) -> list[Loop]:
    """The loops of a file in whose body a line stands, innermost first."""
    loops = source.loops if source is not None else ()
    around = [each for each in loops if each.body[0].lineno <= line <= (each.body[-1].end_lineno or 0)]
    return sorted(around, key=lambda each: -each.lineno)


def names_in(*nodes: ast.AST | None) -> set[str]:
    """The names in some expressions or statements, read or bound."""
    return {each.id for node in nodes if node is not None for each in walk(node) if isinstance(each, ast.Name)}


def learns(*nodes: ast.AST) -> bool:
    """Whether pieces of a script ask for ``backward``."""
    return any(isinstance(each, ast.Attribute) and each.attr == "backward" for node in nodes for each in walk(node))


def imported(tree: ast.AST) -> set[str]:
    """The names under which something is imported."""
    found = (each for each in walk(tree) if isinstance(each, ast.Import | ast.ImportFrom))
    return {(alias.asname or alias.name).partition(".")[0] for each in found for alias in each.names}


def written_as(tree: ast.AST, dotted: str) -> str:
    """How a file writes a module or a function that it imports: ``"np"`` for ``"numpy"``; nothing if it does not."""
    home, _, leaf = dotted.rpartition(".")
    for node in walk(tree):
        wanted = dotted if isinstance(node, ast.Import) else leaf
        if isinstance(node, ast.Import) or (isinstance(node, ast.ImportFrom) and node.module == home):
            for alias in node.names:
                if alias.name == wanted:
                    return alias.asname or alias.name
    return ""


def known_at(node: ast.AST) -> set[str]:
    """The names that have a meaning at a place: of Python, of the file, and of the functions around it.

    Of the function, or of the file if there is none, only what stands in front of the place.
    """
    known, line = set(dir(builtins)), node.lineno  # type: ignore[attr-defined]
    around = [up for up in parents(node) if isinstance(up, ast.FunctionDef | ast.Module)]
    for at, home in enumerate(around):
        if isinstance(home, ast.FunctionDef):
            known.update(every_parameter(home))
        for each in _inside(home):
            if at == 0 and each.lineno >= line:  # type: ignore[attr-defined]
                continue
            if isinstance(each, ast.Import | ast.ImportFrom):
                known |= imported(each)
            else:
                known.add(each.id if isinstance(each, ast.Name) else each.name)  # type: ignore[attr-defined]
    return known


@lru_cache(maxsize=1024)
def _inside(home: ast.AST) -> tuple[ast.AST, ...]:
    """What binds a name in a function or a file itself, in none of what is defined or comprehended in it."""
    return tuple(_binding(home))


def _binding(around: ast.AST) -> Iterator[ast.AST]:
    for each in ast.iter_child_nodes(around):
        is_stored = isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store)
        if is_stored or isinstance(each, ast.Import | ast.ImportFrom | _DEFINED):
            yield each
        if not isinstance(each, _DEFINED | ast.Lambda | _COMPREHENDED):
            yield from _binding(each)


def parameters(function: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) -> list[str]:
    """The names of the parameters, in order."""
    given = function.args
    return [each.arg for each in (*given.posonlyargs, *given.args, *given.kwonlyargs)]


def every_parameter(function: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) -> list[str]:
    """The same, then those that take the rest: ``*args`` and ``**kwargs``."""
    more = (function.args.vararg, function.args.kwarg)
    return [*parameters(function), *(each.arg for each in more if each is not None)]


def defaults_of(arguments: ast.arguments) -> list[tuple[str, ast.expr | None]]:
    """The parameters that have a default or must be named, each with its default."""
    named = [*arguments.posonlyargs, *arguments.args][-len(arguments.defaults) :] if arguments.defaults else []
    pairs = [
        *zip(named, arguments.defaults, strict=True),
        *zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True),
    ]
    return [(item.arg, default) for item, default in pairs]


def statement_of(node: ast.AST | None) -> ast.stmt | None:
    """The statement that a node belongs to."""
    return next((up for up in (node, *parents(node)) if isinstance(up, ast.stmt)), None)


def call_around(node: ast.AST | None) -> ast.Call | None:
    """The call that an expression is an argument of."""
    up = getattr(node, "parent", None)
    up = getattr(up, "parent", None) if isinstance(up, ast.keyword) else up
    return up if isinstance(up, ast.Call) and up.func is not node else None


def targets_of(node: ast.AST) -> Iterator[ast.expr]:
    """What an expression is assigned to, as a whole or as an item of a tuple: ``self.b`` for ``y`` in ``.. = x, y``."""
    up = getattr(node, "parent", None)
    if isinstance(up, ast.Assign):
        yield from up.targets
    around = getattr(up, "parent", None)
    for target in around.targets if isinstance(up, ast.Tuple) and isinstance(around, ast.Assign) else ():
        if isinstance(up, ast.Tuple) and isinstance(target, ast.Tuple) and len(target.elts) == len(up.elts):
            yield from (one for one, each in zip(target.elts, up.elts, strict=True) if each is node)


def target_of(node: ast.AST | None) -> ast.expr | None:
    """What a line gives the value of an expression to that is the whole of its right side: ``y`` in ``y = f(x)``."""
    line = getattr(node, "parent", None)
    return line.targets[0] if isinstance(line, ast.Assign) and line.value is node else None


def unused_names(span: Span) -> frozenset[str]:
    """Names that the function around a place assigns and nobody reads."""
    source = source_of(span.file)
    function = function_of_line(source, span.line)
    names = [node for node in walk(function) if isinstance(node, ast.Name)] if function is not None else []
    read = {node.id for node in names if isinstance(node.ctx, ast.Load)}
    return frozenset(node.id for node in names if isinstance(node.ctx, ast.Store) and node.id not in read)


def unread_parameters(span: Span) -> frozenset[str]:
    """The parameters that the function around a place never reads."""
    source = source_of(span.file)
    function = function_of_line(source, span.line)
    if function is None:
        return frozenset()
    return frozenset({*parameters(function)} - {"self", "cls"} - names_in(*function.body))
