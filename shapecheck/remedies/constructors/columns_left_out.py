"""Data that is read by more names than a layer was made for, where a list of as many names stands in the script."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence, Span
from shapecheck.reading.assignments import names_outside, only_value
from shapecheck.reading.sources import Source, begin_of, is_named, last_name, names_in, user_sources, walk

# How many lists may be made one of another.
_MAX_DEPTH = 6
# A single name may be of anything.
_FEWEST = 2
_LISTS = (ast.Name, ast.List, ast.Subscript, ast.BinOp)
_WRITTEN = (ast.List, ast.Tuple, ast.ListComp)


@dataclass(frozen=True, slots=True)
class _Columns:
    """A list of names that columns are read or filled by.

    Args:
        span: Where the list stands: ``COLUMNS[3:]`` of ``for name in COLUMNS[3:]``.
        count: How many names it holds.
        is_everywhere: Whether it can be read anywhere in the file: all its names are set outside of functions.
        parts: The lists that it is a sum of, where they have names.
    """

    span: Span
    count: int
    is_everywhere: bool
    parts: frozenset[str] = frozenset()


COLUMNS = "the script names as many columns as the layer was made for, and the data may have too many"
_READ_BY_ALL = "the layer may have been made before there were so many columns"


def with_columns_left_out(
    evidence: Evidence, have: object, size: int, found: Iterable[Candidate]
) -> Iterator[Candidate]:
    """Changes of a width to that of the data, with what stands against them, and the data read by fewer names.

    Args:
        evidence: The problem.
        have: The width.
        size: What the data has.
        found: The changes of the width.
    """
    columns = _named_columns(evidence) if type(have) is int and 1 < have < size else []
    many = [each for each in columns if each.count == size]
    # What the longer list is a sum of is read with it by intent.
    together = frozenset[str]().union(*(each.parts for each in many))
    fewer = [each for each in columns if each.count == have and each.span.text not in together]
    for each in found:
        is_number = all(change.text.isdecimal() for change in each.changes)
        yield replace(each, doubt=COLUMNS) if fewer and is_number and not each.doubt else each
    yield from _read_by_fewer(many, fewer)


def _read_by_fewer(many: list[_Columns], fewer: list[_Columns]) -> Iterator[Candidate]:
    """The shorter list where the longer one is walked over, where there is one such place and one such list."""
    texts = {each.span.text for each in fewer if each.is_everywhere}
    if len(many) != 1 or len(texts) != 1:
        return
    for text in texts:
        # What else the shorter one is read for, such as the targets, is not asked.
        yield Candidate(text, (Change(many[0].span, text),), (), 0.05, _READ_BY_ALL)


def _named_columns(evidence: Evidence) -> list[_Columns]:
    """The lists of names that index something, each place once, in the order of the text."""
    return [found for source in user_sources(evidence) for found in _of_file(source)]


def _of_file(source: Source) -> Iterator[_Columns]:
    everywhere = names_outside(source)
    places: dict[int, ast.expr] = {}
    for node in walk(source.tree):
        if isinstance(node, ast.For | ast.comprehension):
            whole = getattr(node, "parent", None) if isinstance(node, ast.comprehension) else node
            listed, target = _walked_over(node.iter, node.target)
            if isinstance(target, ast.Name) and whole is not None and _is_index(source, whole, target.id):
                places[id(listed)] = listed
        elif (
            isinstance(node, ast.Subscript) and isinstance(node.slice, _LISTS) and not isinstance(node.value, _WRITTEN)
        ):
            # A table's columns: frame[COLUMNS].
            places[id(node.slice)] = node.slice
    for listed in sorted(places.values(), key=begin_of):
        count = _count(source, listed)
        if count is not None and count >= _FEWEST and _are_names(source, listed):
            names = names_in(listed)
            yield _Columns(source.span(listed), count, bool(names) and names <= everywhere, _parts(source, listed))


def _parts(source: Source, listed: ast.expr) -> frozenset[str]:
    """The names of the lists that are put together to one: ``NUMBERS + KINDS``, ``[*NUMBERS, *KINDS]``."""
    made = _made(source, listed) or listed
    if not isinstance(made, ast.BinOp | ast.List | ast.Tuple):
        return frozenset()
    return frozenset(each.id for each in walk(made) if isinstance(each, ast.Name))


def _walked_over(around: ast.expr, target: ast.expr) -> tuple[ast.expr, ast.expr]:
    """The list and the name of its item: also of ``enumerate``."""
    is_counted = isinstance(around, ast.Call) and last_name(around.func) == "enumerate" and around.args
    if is_counted and isinstance(around, ast.Call) and isinstance(target, ast.Tuple) and len(target.elts) == 2:
        return around.args[0], target.elts[1]
    return around, target


def _is_index(source: Source, whole: ast.AST, name: str, depth: int = 0) -> bool:
    """Whether an item of what is walked over is the index of something: ``row[name]``.

    What is kept of the items in a list of its own, ``names = [c for c in COLUMNS if c in row]``, is walked over later.
    """
    for node in walk(whole):
        if isinstance(node, ast.Subscript) and is_named(node.slice, name):
            return True
    line = getattr(whole, "parent", None)
    is_kept = isinstance(whole, ast.ListComp) and is_named(whole.elt, name)
    target = line.targets[0] if isinstance(line, ast.Assign) else None
    if not is_kept or not isinstance(target, ast.Name) or depth > 1:
        return False
    for node in walk(source.tree):
        if isinstance(node, ast.For | ast.comprehension) and node.iter is not whole:
            outer = getattr(node, "parent", node) if isinstance(node, ast.comprehension) else node
            listed, item = _walked_over(node.iter, node.target)
            is_it = is_named(listed, target.id) and isinstance(item, ast.Name)
            if is_it and isinstance(item, ast.Name) and _is_index(source, outer, item.id, depth + 1):
                return True
    return False


def _count(source: Source, node: ast.expr, depth: int = 0) -> int | None:
    """How many items a list has; None where it is not written out."""
    if depth > _MAX_DEPTH:
        return None
    if isinstance(node, ast.List | ast.Tuple):
        return None if any(isinstance(each, ast.Starred) for each in node.elts) else len(node.elts)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        left, right = (_count(source, each, depth + 1) for each in (node.left, node.right))
        return None if left is None or right is None else left + right
    if isinstance(node, ast.ListComp) and len(node.generators) == 1 and not node.generators[0].ifs:
        return _count(source, node.generators[0].iter, depth + 1)
    if isinstance(node, ast.Call) and last_name(node.func) in ("list", "tuple", "sorted", "enumerate") and node.args:
        return _count(source, node.args[0], depth + 1)
    if isinstance(node, ast.Call) and last_name(node.func) == "range":
        numbers = [each.value for each in node.args if isinstance(each, ast.Constant) and type(each.value) is int]
        return len(range(*numbers)) if numbers and len(numbers) == len(node.args) else None
    if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Slice):
        whole, cut = _count(source, node.value, depth + 1), _cut(node.slice)
        return None if whole is None or cut is None else len(range(whole)[cut])
    made = _made(source, node)
    return _count(source, made, depth + 1) if made is not None else None


def _cut(node: ast.Slice) -> slice | None:
    parts = []
    for each in (node.lower, node.upper, node.step):
        try:
            parts.append(None if each is None else ast.literal_eval(each))
        except (ValueError, TypeError):
            return None
    return slice(*parts) if all(each is None or type(each) is int for each in parts) else None


def _are_names(source: Source, node: ast.expr, depth: int = 0) -> bool:
    """Whether the items of a list are texts."""
    if depth > _MAX_DEPTH:
        return False
    if isinstance(node, ast.List | ast.Tuple):
        return bool(node.elts) and all(_is_text(each) for each in node.elts)
    if isinstance(node, ast.ListComp):
        kept = isinstance(node.elt, ast.Name) and ast.unparse(node.generators[0].target) == node.elt.id
        return _is_text(node.elt) or (kept and _are_names(source, node.generators[0].iter, depth + 1))
    if isinstance(node, ast.BinOp):
        return all(_are_names(source, each, depth + 1) for each in (node.left, node.right))
    if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Slice):
        return _are_names(source, node.value, depth + 1)
    if isinstance(node, ast.Call) and last_name(node.func) in ("list", "tuple", "sorted") and node.args:
        return _are_names(source, node.args[0], depth + 1)
    made = _made(source, node)
    return made is not None and _are_names(source, made, depth + 1)


def _is_text(node: ast.expr) -> bool:
    if isinstance(node, ast.BinOp):
        return _is_text(node.left)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "format":
        return _is_text(node.func.value)
    return isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and isinstance(node.value, str))


def _made(source: Source, node: ast.expr) -> ast.expr | None:
    """What a name is set to, where it is set once in the file."""
    return only_value(source.tree, node.id) if isinstance(node, ast.Name) else None
