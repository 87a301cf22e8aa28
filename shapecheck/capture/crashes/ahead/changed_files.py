"""What a change makes of the files of a script: which statements are others, and where each node then stands."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from functools import cached_property, lru_cache

from shapecheck.candidate import Change
from shapecheck.capture.crashes.ahead.lines import header
from shapecheck.capture.crashes.ahead.names import LostError
from shapecheck.capture.crashes.frames import LiveFrame
from shapecheck.capture.crashes.source import SourceFile, source_file
from shapecheck.reading.assignments import values_given
from shapecheck.reading.edits import changed
from shapecheck.reading.sources import (
    class_around,
    connect,
    function_around,
    home_around,
    is_named,
    last_name,
    parameters,
    parents,
    walk,
)


class ChangedFiles:
    """The files of a script, with changes made.

    Args:
        changes: The changes; of none the files are what they were.
    """

    def __init__(self, changes: Sequence[Change]) -> None:
        self.trees: dict[str, ast.Module] = {}
        for file in dict.fromkeys(change.span.file for change in changes):
            text = "".join(source_file(file).lines)
            tree = ast.parse(changed(text, [each for each in changes if each.span.file == file]))
            connect(tree)
            self.trees[file] = tree

    @cached_property
    def statements(self) -> tuple[tuple[SourceFile, ast.stmt], ...]:
        """The statements that a change is in, as they were, each with its file."""
        found: list[tuple[SourceFile, ast.stmt]] = []
        for file, tree in self.trees.items():
            source = source_file(file)
            before, after = _statements(source.tree), _statements(tree)
            if len(before) != len(after):
                raise LostError
            found += [(source, old) for old, new in zip(before, after, strict=True) if _dump(old) != _dump(new)]
        return tuple(found)

    @cached_property
    def names(self) -> frozenset[str]:
        """The names of the functions that a change is in, of those that call them, and of what is made by them."""
        names: set[str] = set()
        for _, line in self.statements:
            names |= set(_called_as(_changed_function(line)))
            names |= {found[0]} if (found := field_of(line)) is not None else set()
        for file in self.trees:
            functions = [each for each in walk(source_file(file).tree) if isinstance(each, ast.FunctionDef)]
            given = self._given_to_files(file)
            touched = [one for one in functions if self.reads_fields(one) or _reads(one, given)]
            names |= {name for one in touched for name in _called_as(one)}
            before = -1
            while len(names) > before:
                before = len(names)
                names |= {name for one in functions if calls(one, names) for name in _called_as(one)}
        return frozenset(names)

    def _given_to_files(self, file: str) -> set[str]:
        """The names of a file, outside of its functions, that a change gives another value, or that follow from one."""
        tree = source_file(file).tree
        own = [line for line in own_statements(tree) if not isinstance(line, ast.FunctionDef | ast.ClassDef)]
        lines = {line: self.now(source, line) for source, line in self.statements}
        given: set[str] = set()
        for line in own:
            names = [each for part in header(line) for each in walk(part) if isinstance(each, ast.Name)]
            if line in lines or any(each.id in given for each in names if isinstance(each.ctx, ast.Load)):
                kept = _told_the_same(line, lines[line]) if line in lines else set()
                given |= {each.id for each in names if isinstance(each.ctx, ast.Store)} - kept
        return given

    @property
    def has_new_makers(self) -> bool:
        """Whether a change is in what makes a model: the layers that stand ready are those of before."""
        return any(
            isinstance(up, ast.FunctionDef) and up.name == "__init__"
            for _, line in self.statements
            for up in (line, *parents(line))
        )

    @cached_property
    def fields(self) -> frozenset[str]:
        """The names that a class gives another value, such as those of the fields of a dataclass."""
        return frozenset(found[1] for _, line in self.statements if (found := field_of(line)) is not None)

    def reads_fields(self, node: ast.AST) -> bool:
        """Whether one of these is read in it."""
        return bool(self.fields) and any(
            isinstance(each, ast.Attribute) and each.attr in self.fields for each in walk(node)
        )

    def now(self, source: SourceFile, node: ast.AST | None) -> ast.AST | None:
        """The node that stands where one of the file as it was stood; None where that is not known."""
        tree = self.trees.get(source.name)
        if tree is None or node is None:
            return node
        found: ast.AST | None = tree
        for name, at in reversed(list(_path(source.tree, node))):
            value = getattr(found, name, None)
            found = value if at < 0 else value[at] if isinstance(value, list) and at < len(value) else None
        return found if isinstance(found, ast.AST) else None


def home_of(frame: LiveFrame) -> ast.FunctionDef | ast.Module:
    """The function that a frame runs, or the file."""
    return home_around(frame.statement) or frame.source.tree


def is_touched(frame: LiveFrame, files: ChangedFiles) -> bool:
    """Whether a change is in what a frame has read so far, or is called there; the call under way is read anyhow."""
    home = home_of(frame)
    if any(line is home for _, line in files.statements):
        return True
    last = frame.statement.lineno if frame.statement is not None else frame.line
    changed = {line for _, line in files.statements}
    return any(
        line in changed
        or any(
            files.reads_fields(each)
            or (isinstance(each, ast.Call) and each is not frame.node and last_name(each.func) in files.names)
            for part in header(line)
            for each in walk(part)
        )
        for line in own_statements(home)
        if line.lineno <= last
    )


def calls(node: ast.AST, names: frozenset[str] | set[str]) -> bool:
    """Whether something of a name is called in it."""
    return any(isinstance(each, ast.Call) and last_name(each.func) in names for each in walk(node))


def own_statements(home: ast.AST) -> list[ast.stmt]:
    """The statements of a function or a file, in their order, without those of what is defined in it."""
    found: list[ast.stmt] = []
    for name in ("body", "orelse", "finalbody", "handlers"):
        for line in getattr(home, name, ()):
            if isinstance(line, ast.ExceptHandler):
                found += own_statements(line)
                continue
            found.append(line)
            if not isinstance(line, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                found += own_statements(line)
    return found


def field_of(line: ast.stmt) -> tuple[str, str] | None:
    """The class, and the name in it, to which a statement gives a value, such as the default of a field."""
    targets = line.targets if isinstance(line, ast.Assign) else [line.target] if isinstance(line, ast.AnnAssign) else []
    owner = getattr(line, "parent", None)
    if not isinstance(owner, ast.ClassDef) or len(targets) != 1 or not isinstance(targets[0], ast.Name):
        return None
    return owner.name, targets[0].id


def _called_as(function: ast.FunctionDef | None) -> Iterator[str]:
    """The names by which a function is called: of a constructor that of its class, of a forward those of its models."""
    if function is None:
        return
    owner = class_around(function)
    yield owner.name if owner is not None and function.name == "__init__" else function.name
    if owner is not None and function.name in ("forward", "__call__"):
        yield from _models_of(owner)


def _models_of(owner: ast.ClassDef) -> Iterator[str]:
    *_, file = parents(owner)
    for line in walk(file):
        made = walk(line.value) if isinstance(line, ast.Assign) else ()
        if isinstance(line, ast.Assign) and any(is_named(each, owner.name) for each in made):
            yield from (last_name(each) for target in line.targets for each in (target, *getattr(target, "elts", ())))


def _changed_function(line: ast.stmt) -> ast.FunctionDef | None:
    """The function that a statement is in, or that it defines where what is changed are defaults."""
    return line if isinstance(line, ast.FunctionDef) else function_around(line)


def _reads(function: ast.FunctionDef, given: set[str]) -> bool:
    """Whether a function reads one of some names of its file, and none of its own that is called so."""
    names = [each for each in walk(function) if isinstance(each, ast.Name)] if given else []
    own = {*parameters(function), *(each.id for each in names if not isinstance(each.ctx, ast.Load))}
    return any(each.id in given - own for each in names)


def _told_the_same(old: ast.AST, new: ast.AST | None) -> set[str]:
    """The names that one of two statements gives what the other does: ``n`` of ``n, width = 3, 8`` and ``= 3, 16``."""
    if not isinstance(old, ast.Assign) or not isinstance(new, ast.Assign):
        return set()
    pairs = zip(values_given(old), values_given(new), strict=False)
    return {
        one.id
        for (one, before), (other, now) in pairs
        if isinstance(one, ast.Name) and ast.dump(one) == ast.dump(other) and ast.dump(before) == ast.dump(now)
    }


# What a statement was is asked for with each change.
@lru_cache(maxsize=4096)
def _dump(line: ast.stmt) -> tuple[str, ...]:
    own = [line.args] if isinstance(line, ast.FunctionDef | ast.AsyncFunctionDef) else []
    # What stands in the body of a class are statements of their own.
    within = {id(each) for one in getattr(line, "body", ()) for each in ast.walk(one)}
    return tuple(ast.dump(each) for each in (*header(line), *own) if id(each) not in within)


def _statements(tree: ast.AST) -> list[ast.stmt]:
    return [each for each in walk(tree) if isinstance(each, ast.stmt)]


def _path(tree: ast.Module, node: ast.AST) -> Iterator[tuple[str, int]]:
    """The fields, from a node up to the file, and the place in each of them that is a list."""
    while node is not tree:
        up: ast.AST | None = getattr(node, "parent", None)
        step = _step(up, node) if up is not None else None
        if up is None or step is None:
            raise LostError
        yield step
        node = up


def _step(up: ast.AST, node: ast.AST) -> tuple[str, int] | None:
    for name, value in ast.iter_fields(up):
        if value is node:
            return name, -1
        if isinstance(value, list):
            for at, each in enumerate(value):
                if each is node:
                    return name, at
    return None
