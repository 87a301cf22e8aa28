"""Where a script lets a state begin anew: what blanks an attribute, in a loop, in front of it, or on a condition."""

from __future__ import annotations

import ast
import linecache
from collections.abc import Iterator
from dataclasses import dataclass

from shapecheck.capture.recording.user_code import Spot, statement_at, tree_of
from shapecheck.capture.recording.vocabulary import ZEROS
from shapecheck.findings import Edit
from shapecheck.reading.sources import Loop, function_of_line, items_of, loops_of_line, names_in, source_of, walk

_TRAINS = frozenset(["backward", "step"])
_DEPTH = 3


@dataclass(frozen=True, slots=True, eq=False)
class Reset:
    """A statement that lets a state begin anew, within a branch of a loop.

    Args:
        file: The file.
        statement: The statement.
        branch: The ``if`` that it stands in.
    """

    file: str
    statement: ast.stmt
    branch: ast.If

    def outside(self) -> tuple[Edit, ...]:
        """The edit that takes it out of the branch, where it is the last one there and not the only one."""
        body = self.branch.body
        if body[-1] is not self.statement or len(body) < 2 or self.branch.orelse:
            return ()
        first, last = self.statement.lineno, self.statement.end_lineno or self.statement.lineno
        rows = [linecache.getline(self.file, number) for number in range(first, last + 1)]
        deeper = self.statement.col_offset - self.branch.col_offset
        if not all(row.isascii() and not row[:deeper].strip() for row in rows):
            return ()
        return (Edit(self.file, first, last, "".join(row[deeper:] for row in rows)),)


def loop_around(spot: Spot) -> tuple[ast.AST, Loop] | None:
    """The innermost loop around an instruction, and the function that it stands in, or the file."""
    source = source_of(spot.code.co_filename)
    loops = loops_of_line(source, spot.line)
    if source is None or not loops:
        return None
    return function_of_line(source, loops[0].lineno) or source.tree, loops[0]


def resets_in_front(spot: Spot, attribute: str) -> bool:
    """Whether a state begins anew in front of the innermost loop around an instruction, in the same function."""
    found = loop_around(spot)
    resets = resetters(spot.code.co_filename, attribute)
    if found is None:
        return False
    around, loop = found
    return any(
        _is_reset(item, resets, attribute)
        for item in ast.walk(around)
        if isinstance(item, ast.stmt) and not holds_below(loop, item.lineno) and _is_beside(around, loop, item)
    )


def reset_in_a_branch(spot: Spot, attribute: str) -> Reset | None:
    """The one statement in a branch of the innermost loop around an instruction by which a state begins anew."""
    found = loop_around(spot)
    if found is None:
        return None
    file = spot.code.co_filename
    resets = resetters(file, attribute)
    branches = [item for item in ast.walk(found[1]) if isinstance(item, ast.If)]
    known = [
        Reset(file, item, branch) for branch in branches for item in branch.body if _is_reset(item, resets, attribute)
    ]
    return known[0] if len(known) == 1 else None


def reset_in_loop(spot: Spot, attribute: str) -> ast.stmt | None:
    """The first statement of the innermost loop around an instruction by which a state begins anew in each round."""
    found = loop_around(spot)
    resets = resetters(spot.code.co_filename, attribute)
    return next((item for item in found[1].body if _is_reset(item, resets, attribute)), None) if found else None


def attribute_kept(spot: Spot | None) -> str | None:
    """The attribute that a module keeps a state in: ``self.v = ...``, or ``self.v = v`` behind ``v = ...``."""
    statement = statement_at(spot.code.co_filename, spot.line) if spot is not None else None
    if spot is None or not isinstance(statement, ast.Assign):
        return None
    parts = [part for target in statement.targets for part in items_of(target)]
    found = [part.attr for part in parts if isinstance(part, ast.Attribute)]
    names = {part.id for part in parts if isinstance(part, ast.Name)}
    if not found and names:
        function = function_of_line(source_of(spot.code.co_filename), spot.line)
        given = (item for item in walk(function) if isinstance(item, ast.Assign) and _gives(item, names))
        found = list({target.attr for item in given for target in item.targets if isinstance(target, ast.Attribute)})
    return found[0] if len(found) == 1 else None


def _gives(item: ast.Assign, names: set[str]) -> bool:
    """Whether a statement gives one of some names as it is, or a pair with it."""
    return any(isinstance(part, ast.Name) and part.id in names for part in items_of(item.value))


def is_begun_anew(file: str, attribute: str) -> bool:
    """Whether anything in a file lets a state begin anew, other than the module itself as it is made and called."""
    tree, resets = tree_of(file), resetters(file, attribute)
    own = {"__init__", "forward", *resets}
    return tree is not None and any(_resets_in(tree, own, resets, attribute))


def may_begin_anew(file: str, attribute: str) -> bool:
    """Whether anything blanks a state but the constructor, and what looks whether there is one yet."""
    tree, resets = tree_of(file), resetters(file, attribute)
    if tree is None:
        return True
    first = [item for item in walk(tree) if isinstance(item, ast.FunctionDef) and item.name == "__init__"]
    first += [item for item in walk(tree) if isinstance(item, ast.If) and _asks_for_none(item.test, attribute)]  # type: ignore[misc]
    own = {id(item) for each in first for item in ast.walk(each)}
    found = (item for item in walk(tree) if isinstance(item, ast.stmt) and _is_reset(item, resets, attribute))
    return any(id(item) not in own for item in found)


def _asks_for_none(test: ast.expr, attribute: str) -> bool:
    is_none = isinstance(test, ast.Compare) and isinstance(test.ops[0], ast.Is) and len(test.ops) == 1
    return is_none and isinstance(test.left, ast.Attribute) and test.left.attr == attribute  # type: ignore[attr-defined]


def unasked_reset(spot: Spot) -> str:
    """The method of a class that blanks rows of its state by an argument, and that nobody calls with one; or nothing.

    Args:
        spot: Where a method of that class hands the state on.
    """
    tree = tree_of(spot.code.co_filename)
    found = walk(tree)
    classes = [item for item in found if isinstance(item, ast.ClassDef) and holds_below(item, spot.line)]
    if tree is None or not classes:
        return ""
    methods = [item for item in classes[-1].body if isinstance(item, ast.FunctionDef)]
    kept = {text for method in methods if holds_below(method, spot.line) for text in _attributes_given(method)}
    for method in methods:
        named = {argument.arg for argument in (*method.args.args[1:], *method.args.kwonlyargs)}
        if kept.intersection(_blanked_by(method, named)):
            calls = [item for item in walk(tree) if isinstance(item, ast.Call) and _called(item) == method.name]
            return "" if any(call.args or call.keywords for call in calls) else method.name
    return ""


def _attributes_given(method: ast.FunctionDef) -> set[str]:
    stored = (item for item in ast.walk(method) if isinstance(item, ast.Attribute))
    return {ast.unparse(item) for item in stored if isinstance(item.ctx, ast.Store)}


def _blanked_by(method: ast.FunctionDef, named: set[str]) -> Iterator[str]:
    """The attributes of which rows are blanked that an argument says: ``self.h[:, done] = 0``, ``self.h *= ~done``."""
    for item in ast.walk(method):
        if isinstance(item, ast.Assign):
            target, value = item.targets[0], item.value
            if isinstance(target, ast.Subscript) and is_blank(value) and named & names_in(target.slice):
                yield ast.unparse(target.value).partition("[")[0]
            is_product = isinstance(value, ast.BinOp) and isinstance(value.op, ast.Mult)
            if is_product and named & names_in(value) and ast.unparse(target) in ast.unparse(value):
                yield ast.unparse(target)
        elif isinstance(item, ast.AugAssign) and isinstance(item.op, ast.Mult) and named & names_in(item.value):
            yield ast.unparse(item.target)


def _resets_in(block: ast.AST, own: set[str], resets: set[str], attribute: str) -> Iterator[ast.stmt]:
    for item in ast.iter_child_nodes(block):
        if isinstance(item, ast.stmt) and _is_reset(item, resets, attribute):
            yield item
        if not isinstance(item, ast.FunctionDef) or item.name not in own:
            yield from _resets_in(item, own, resets, attribute)


def holds_below(item: ast.stmt, line: int) -> bool:
    """Whether a line stands in a statement, below its first one."""
    return item.lineno < line <= (item.end_lineno or item.lineno)


def _is_beside(around: ast.AST, loop: Loop, item: ast.stmt) -> bool:
    """Whether a statement stands in front of a loop in one of the blocks around that."""
    for block in ast.walk(around):
        for body in (getattr(block, "body", None), getattr(block, "orelse", None)):
            if isinstance(body, list) and any(one is item for one in body):
                places = [at for at, one in enumerate(body) if one is loop or holds_below(one, loop.lineno)]
                return bool(places) and next(at for at, one in enumerate(body) if one is item) < places[0]
    return False


def _is_reset(item: ast.stmt, resets: set[str], attribute: str) -> bool:
    if isinstance(item, ast.Assign):
        return any(_is_named(target, attribute) for target in item.targets) and is_blank(item.value)
    call = item.value if isinstance(item, ast.Expr) else None
    return isinstance(call, ast.Call) and _called(call) in resets


def resetters(file: str, attribute: str) -> set[str]:
    """The functions and methods that blank an attribute, or call one that does, and do little else."""
    tree = tree_of(file)
    functions = [
        item
        for item in walk(tree)
        if isinstance(item, ast.FunctionDef) and item.name not in ("__init__", "forward") and not _trains(item)
    ]
    found: set[str] = set()
    for _ in range(_DEPTH):
        found |= {
            function.name
            for function in functions
            if any(_is_reset(item, found, attribute) for item in ast.walk(function) if isinstance(item, ast.stmt))
        }
    return found


def resetters_of_parts(file: str, attribute: str) -> list[ast.For | ast.comprehension]:
    """The loops over the parts of something that let an attribute of each part begin anew."""
    resets = resetters(file, attribute)
    found: list[ast.For | ast.comprehension] = []
    for item in walk(tree_of(file)):
        if isinstance(item, ast.For) and any(_is_reset_of(each, item, resets, attribute) for each in ast.walk(item)):
            found.append(item)
        elif isinstance(item, ast.ListComp) and _is_reset_of(ast.Expr(item.elt), item.generators[0], resets, attribute):
            found.append(item.generators[0])
    return found


def _is_reset_of(item: ast.AST, loop: ast.For | ast.comprehension, resets: set[str], attribute: str) -> bool:
    """Whether a statement resets what a loop is at."""
    if not isinstance(item, ast.Assign | ast.Expr) or not _is_reset(item, resets, attribute):
        return False
    target = item.targets[0] if isinstance(item, ast.Assign) else getattr(item.value, "func", item.value)
    return isinstance(target, ast.Attribute) and bool(names_in(target.value) & names_in(loop.target))


def _trains(function: ast.FunctionDef) -> bool:
    return any(isinstance(item, ast.Call) and _called(item) in _TRAINS for item in ast.walk(function))


def _called(call: ast.Call) -> str:
    return ast.unparse(call.func).rsplit(".", 1)[-1]


def _is_named(target: ast.expr, attribute: str) -> bool:
    parts: Iterator[ast.expr] = iter(items_of(target))
    return any(isinstance(part, ast.Attribute) and part.attr == attribute for part in parts)


def is_blank(value: ast.expr) -> bool:
    """Whether something begins with nothing: zeros, or None, and each of several."""
    if isinstance(value, ast.Tuple):
        return all(is_blank(part) for part in value.elts)
    if isinstance(value, ast.Call):
        return _called(value) in ZEROS
    return isinstance(value, ast.Constant) and value.value in (None, 0, 0.0)
