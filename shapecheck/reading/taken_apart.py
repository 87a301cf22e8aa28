"""What is taken apart into names by an assignment or a loop, and could not be: the names, and what gives the parts."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from shapecheck.evidence import Evidence
from shapecheck.reading.failing import failed, says
from shapecheck.reading.sources import Loop, Source, found_at, home_around, last_name, parents, statement_of, walk

_Line = ast.Assign | ast.For | ast.comprehension


@dataclass(frozen=True)
class TakenApart:
    """Names that a value was to be taken apart into.

    Args:
        source: The file.
        target: The names.
        value: What gives the parts.
        line: The assignment, the loop, or the one in a comprehension.
        is_each: Whether it is each item of the value that is taken apart, as by a loop.
    """

    source: Source
    target: ast.Tuple | ast.List
    value: ast.expr
    line: _Line
    is_each: bool

    @property
    def names(self) -> list[str]:
        """The names, as they are written."""
        return [ast.unparse(each) for each in self.target.elts]

    @property
    def is_plain(self) -> bool:
        """Whether each part goes to a name of its own."""
        return all(isinstance(each, ast.Name | ast.Attribute) for each in self.target.elts)


def taken_apart(evidence: Evidence) -> TakenApart | None:
    """The names that were too many or too few, and what they are of; None where something else failed."""
    operation = failed(evidence, "unpack", "unpack_item")
    is_said = says(evidence, r"values to unpack", r"cannot unpack", r"iteration over a 0-d tensor")
    source, node = found_at(operation.span) if operation is not None else (None, None)
    if not is_said or source is None or not isinstance(node, ast.Tuple | ast.List):
        return None
    up = getattr(node, "parent", None)
    is_inside = isinstance(up, ast.Tuple) and isinstance(getattr(up, "parent", None), ast.For | ast.comprehension)
    # The number of a loop that does not count may have taken the first part of a batch.
    return taken_by(source, node) or (taken_by(source, up) if is_inside and isinstance(up, ast.Tuple) else None)


def taken_by(source: Source, target: ast.Tuple | ast.List) -> TakenApart | None:
    """The same of names in a file, whether they were refused or not."""
    up = getattr(target, "parent", None)
    if isinstance(up, ast.Assign) and target in up.targets:
        return TakenApart(source, target, up.value, up, is_each=False)
    if isinstance(up, ast.For | ast.comprehension) and up.target is target:
        return TakenApart(source, target, up.iter, up, is_each=True)
    around = getattr(up, "parent", None)
    if not isinstance(up, ast.Tuple) or not isinstance(around, ast.For | ast.comprehension):
        return None
    call = around.iter
    if around.target is up and isinstance(call, ast.Call):
        # ``for i, (x, y) in enumerate(loader)``: each item of what is counted.
        at = up.elts.index(target) - (last_name(call.func) == "enumerate")
        if last_name(call.func) in ("enumerate", "zip") and 0 <= at < len(call.args):
            return TakenApart(source, target, call.args[at], around, is_each=True)
    return None


def is_read_behind(taken: TakenApart, name: str) -> bool:
    """Whether a name is read after it was given a value there: below, or anywhere in a loop around."""
    line = statement_of(taken.line)
    home = home_around(taken.line) or taken.source.tree
    if line is None or not name.isidentifier():
        return True
    rounds = [up for up in (line, *parents(line)) if isinstance(up, Loop) and home_around(up) is home]
    reads = [each for each in walk(home) if isinstance(each, ast.Name) and each.id == name and _is_read(each)]
    end = taken.target.end_lineno or taken.target.lineno
    is_asked = any(each.lineno > end or any(each in walk(up) for up in rounds) for each in reads)
    inside = isinstance(taken.line, ast.comprehension) and any(each in walk(line) for each in reads)
    return is_asked or inside


def _is_read(name: ast.Name) -> bool:
    return isinstance(name.ctx, ast.Load) or isinstance(getattr(name, "parent", None), ast.AugAssign)
