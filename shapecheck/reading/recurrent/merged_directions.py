"""How a script makes one of the two directions that a recurrent layer gives at each step: their sum, or their mean."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.evidence import Evidence, Span
from shapecheck.reading.applied import applied_to, told_to, written_axis
from shapecheck.reading.edits import whole_number
from shapecheck.reading.failing import RECURRENT
from shapecheck.reading.sources import (
    Source,
    class_around,
    function_around,
    last_name,
    parents,
    targets_of,
    user_sources,
    walk,
)
from shapecheck.reading.vocabulary import SPLITS

_APART = ("view", "reshape", "unflatten")
# The samples, the steps, the directions and what each of these has.
_AXES = 4
_Outputs = set[tuple[ast.AST | None, str]]
_Halves = set[tuple[ast.AST | None, str, str]]


def merged_directions(evidence: Evidence, giver: Span | None) -> str:
    """``"sum"`` or ``"mean"`` where the script merges the halves of what a layer gives both ways like that; or nothing.

    Args:
        evidence: The problem.
        giver: Where the layer was made; any layer that goes both ways where that is not known.
    """
    ways = set()
    for source in user_sources(evidence):
        outputs = set(_outputs_of_both(source, giver))
        halves = set(_named_halves(source, outputs))
        for node in walk(source.tree):
            way = _merge(node, outputs, halves)
            if way:
                way = "mean" if way == "sum" and _is_halved(node) else way
                ways.add("" if _is_in_branch(node) else way)
    return ways.pop() if len(ways) == 1 else ""


def _is_in_branch(node: ast.AST) -> bool:
    """Whether something stands where it is not always run; whether a layer goes both ways is no question here."""
    home, inner = function_around(node), node
    for up in parents(node):
        if up is home:
            return False
        if isinstance(up, ast.If | ast.IfExp) and inner is not up.test:
            then = up.body if isinstance(up.body, list) else [up.body]
            if last_name(up.test) != "bidirectional" or inner not in then:
                return True
        inner = up
    return False


def _merge(node: ast.AST, outputs: _Outputs, halves: _Halves) -> str:
    """How an expression merges the halves of an output, if it does."""
    home = function_around(node)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        one, two = _half(node.left), _half(node.right)
        cut = one is not None and two is not None and one[:2] == (two[0], None) and one[2] == two[1] and two[2] is None
        if one is not None and cut:
            return "sum" if (home, one[0]) in outputs else ""
        return "sum" if (home, ast.unparse(node.left), ast.unparse(node.right)) in halves else ""
    if not isinstance(node, ast.Call):
        return ""
    name = last_name(node.func)
    if isinstance(node.func, ast.Name):
        return "sum" if name == "sum" and node.args and (home, _cut_in_two(node.args[0])) in outputs else ""
    if name not in ("sum", "mean") or not isinstance(node.func, ast.Attribute):
        return ""
    inner, told = applied_to(node), written_axis(node)
    axis = whole_number(told)
    is_both = inner is not None and axis is not None and (home, _taken_apart(inner, axis)) in outputs
    return name if is_both else ""


def _cut_in_two(node: ast.expr) -> str:
    """What is cut into its two halves: ``out.chunk(2, dim=-1)``."""
    if not isinstance(node, ast.Call) or last_name(node.func) not in SPLITS or not isinstance(node.func, ast.Attribute):
        return ""
    base, given = applied_to(node), told_to(node)
    is_two = last_name(node.func) == "split" or (bool(given) and whole_number(given[0]) == 2)
    return ast.unparse(base) if base is not None and is_two and (len(given) > 1 or node.keywords) else ""


def _taken_apart(node: ast.expr, axis: int) -> str:
    """What has its two directions along an axis of their own: ``out.view(n, m, 2, -1)``, a stack of the halves."""
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
        return ""
    name = node.func.attr
    if name == "stack" and node.args:
        return _cut_in_two(node.args[0])
    sizes = node.args
    if len(sizes) == 1 and isinstance(sizes[0], ast.Tuple):
        sizes = sizes[0].elts
    if name == "unflatten" and len(node.args) == 2 and isinstance(node.args[1], ast.Tuple):
        sizes = node.args[1].elts
        # Of the last axis two are made.
        axis = axis if axis < 0 else axis - 2
    if axis >= 0:
        # With what is spread into the call there are the axes of samples and steps, and these two.
        axis -= _AXES if any(isinstance(each, ast.Starred) for each in sizes) else len(sizes)
    is_two = name in _APART and -len(sizes) <= axis < 0 and whole_number(sizes[axis]) == 2
    return ast.unparse(node.func.value) if is_two else ""


def _named_halves(source: Source, outputs: _Outputs) -> Iterator[tuple[ast.AST | None, str, str]]:
    """The pairs of names that the two halves of an output are given, in either order, with their functions."""
    for node in walk(source.tree):
        target = node.targets[0] if isinstance(node, ast.Assign) else None
        if not isinstance(node, ast.Assign) or not isinstance(target, ast.Tuple) or len(target.elts) != 2:
            continue
        home, names = function_around(node), [ast.unparse(each) for each in target.elts]
        parts = node.value.elts if isinstance(node.value, ast.Tuple) else []
        cut = [_half(each) for each in parts]
        bases = {each[0] for each in cut if each is not None} if None not in cut else set()
        base = bases.pop() if len(bases) == 1 else _cut_in_two(node.value)
        if (home, base) in outputs:
            yield home, names[0], names[1]
            yield home, names[1], names[0]


def _is_halved(node: ast.AST) -> bool:
    """Whether a sum is divided by two."""
    up = getattr(node, "parent", None)
    if not isinstance(up, ast.BinOp):
        return False
    other = up.right if up.left is node else up.left
    number = other.value if isinstance(other, ast.Constant) else None
    return (isinstance(up.op, ast.Div) and up.left is node and number == 2) or (
        isinstance(up.op, ast.Mult) and number == 0.5
    )


def _outputs_of_both(source: Source, giver: Span | None) -> Iterator[tuple[ast.AST | None, str]]:
    """The names that the steps of layers are given which go both ways, with their functions."""
    made = [
        call
        for call in source.calls(*RECURRENT)
        if any(each.arg == "bidirectional" and ast.unparse(each.value) != "False" for each in call.keywords)
    ]
    if giver is None and len(made) > 1:
        return
    layers = {
        (class_around(call) if isinstance(target, ast.Attribute) else None, ast.unparse(target))
        for call in made
        if giver is None or giver == source.span(call)
        for target in targets_of(call)
    }
    for node in walk(source.tree):
        func = node.value.func if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call) else None
        if not isinstance(node, ast.Assign) or func is None:
            continue
        if (class_around(node) if isinstance(func, ast.Attribute) else None, ast.unparse(func)) in layers:
            for target in node.targets:
                if isinstance(target, ast.Tuple) and target.elts:
                    yield function_around(node), ast.unparse(target.elts[0])


def _half(node: ast.expr) -> tuple[str, str | None, str | None] | None:
    """What is cut along its last axis, where the half begins, and where it ends."""
    if not isinstance(node, ast.Subscript):
        return None
    last = node.slice.elts[-1] if isinstance(node.slice, ast.Tuple) and node.slice.elts else None
    if not isinstance(last, ast.Slice) or (last.lower is None) is (last.upper is None):
        return None
    begin, end = (ast.unparse(each) if each is not None else None for each in (last.lower, last.upper))
    return ast.unparse(node.value), begin, end
