"""Lengths made wrongly: size and number exchanged, a step too few behind a window, counted of other things."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Set

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Argument, Evidence, Span
from shapecheck.reading.arithmetic import worked_out
from shapecheck.reading.edits import argument, expression, piece
from shapecheck.reading.origins import spans_of
from shapecheck.reading.sources import (
    Source,
    found_at,
    function_around,
    is_named,
    last_name,
    loop_around,
    names_in,
    parents,
    user_sources,
    walk,
)
from shapecheck.remedies.moves import exchanged

_WINDOWS = {"Conv1d": 2, "Conv2d": 2, "MaxPool1d": 0, "AvgPool1d": 0}


def size_and_number_exchanged(
    evidence: Evidence, lengths: Argument, steps: int, rows: int, *, cost: float
) -> Iterator[Candidate]:
    """As many lengths as there are steps, each as large as the batch: ``torch.full((x.size(0),), x.size(1))``.

    Args:
        evidence: The problem.
        lengths: The lengths.
        steps: How many steps there are.
        rows: How many samples there are.
        cost: What it costs.
    """
    facts, record = lengths.value.facts, lengths.value.record
    have = record.shape if record is not None else (facts.get("len"),)
    if have != (steps,) or steps == rows or lengths.span is None:
        return
    if "max" in facts and not facts.get("min") == facts["max"] == rows:
        return
    for span in spans_of(evidence, lengths.span):
        node = expression(span.text)
        for each in walk(node):
            pair = size_and_number(each)
            if pair is not None:
                size, number = (piece(span, part) for part in pair)
                yield exchanged(size, number, cost=cost)
                return


def size_and_number(node: ast.AST) -> tuple[ast.expr, ast.expr] | None:
    """How often, and what, where the same number is put into a tensor or a list many times."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult):
        for many, size in ((node.left, node.right), (node.right, node.left)):
            if isinstance(many, ast.List | ast.Tuple) and len(many.elts) == 1:
                return size, many.elts[0]
            if isinstance(many, ast.Call) and last_name(many.func) in ("ones", "new_ones") and many.args:
                return _only(many.args[0]), size
    if isinstance(node, ast.Call) and last_name(node.func) in ("full", "new_full"):
        given = dict(zip(("size", "fill_value"), node.args, strict=False))
        given |= {each.arg: each.value for each in node.keywords if each.arg}
        if "size" in given and "fill_value" in given:
            return _only(given["size"]), given["fill_value"]
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        for many, size in ((node.left, node.right), (node.right, node.left)):
            if isinstance(many, ast.Call) and last_name(many.func) in ("zeros", "new_zeros") and many.args:
                return _only(many.args[0]), size
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and len(node.args) == 1:
        of = node.func.value
        if node.func.attr == "fill_" and isinstance(of, ast.Call) and len(of.args) == 1:
            return _only(of.args[0]), node.args[0]
        one = of.args[0] if isinstance(of, ast.Call) and len(of.args) == 1 else None
        if node.func.attr in ("repeat", "expand") and isinstance(one, ast.List) and len(one.elts) == 1:
            return _only(node.args[0]), one.elts[0]
    if isinstance(node, ast.ListComp | ast.GeneratorExp) and len(node.generators) == 1:
        around = node.generators[0].iter
        if isinstance(around, ast.Call) and last_name(around.func) == "range" and len(around.args) == 1:
            return around.args[0], node.elt
    return None


def _only(node: ast.expr) -> ast.expr:
    return node.elts[0] if isinstance(node, ast.Tuple | ast.List) and len(node.elts) == 1 else node


def one_step_more(evidence: Evidence, lengths: Argument, steps: int, *, cost: float) -> Iterator[Candidate]:
    """The lengths that a window of so many steps leaves, one more each: ``n - k + 1``.

    Args:
        evidence: The problem.
        lengths: The lengths.
        steps: How many steps there are.
        cost: What it costs.
    """
    facts = lengths.value.facts
    if lengths.span is None or facts.get("max") != steps - 1 or facts.get("min") != 0:
        return
    windows = set(_windows(evidence)) - {1}
    for span in spans_of(evidence, lengths.span):
        node = expression(span.text)
        for each in walk(node):
            if isinstance(each, ast.BinOp) and _takes_off(evidence, span, each, windows):
                whole = piece(span, each)
                yield Candidate(f"{whole.text} + 1", (Change(whole, f"{whole.text} + 1"),), (), cost)
                return


def _takes_off(evidence: Evidence, span: Span, node: ast.BinOp, windows: Set[int]) -> bool:
    """Whether a calculation takes off the size of a window."""
    return any(
        isinstance(each, ast.BinOp)
        and isinstance(each.op, ast.Sub)
        and worked_out(evidence, piece(span, each.right)) in windows
        for each in walk(node)
    )


def _windows(evidence: Evidence) -> Iterator[int]:
    """The sizes of the windows of the script's layers."""
    for source in user_sources(evidence):
        for call in source.calls(*_WINDOWS):
            given = argument(source.span(call), "kernel_size", _WINDOWS[last_name(call.func)])
            size = worked_out(evidence, given) if given is not None else None
            if size is not None:
                yield int(size)


def counted_of_other(evidence: Evidence, lengths: Span, *, cost: float) -> Iterator[Candidate]:
    """The length of what was stored, where that of what it was made of is counted: ``len(row)`` for ``len(name)``.

    Args:
        evidence: The problem.
        lengths: The lengths.
        cost: What it costs.
    """
    known = (each.span for each in evidence.origins.get(lengths.text, ()))
    for span in dict.fromkeys((*spans_of(evidence, lengths, parts=True), *known)):
        source, node = found_at(span)
        if source is None or node is None:
            continue
        found = list(_others(source, node))
        if found:
            yield from (Candidate(f"{change.span.text} -> {change.text}", (change,), (), cost) for change in found[:2])
            return


def _others(source: Source, node: ast.expr) -> Iterator[Change]:
    names = names_in(node)
    for call in source.calls("len"):
        up = getattr(call, "parent", None)
        counted = call.args[0] if len(call.args) == 1 else None
        if not isinstance(counted, ast.Name):
            continue
        is_within = any(each is node for each in parents(call))
        is_put = isinstance(up, ast.Call) and last_name(up.func) == "append" and _owner(up) in names
        loop = loop_around(call)
        if is_put and loop is not None:
            for name in _made_and_put(loop, counted.id, _owner(up)):  # type: ignore[arg-type]
                yield Change(source.span(counted), name)
        if is_within and isinstance(up, ast.ListComp | ast.GeneratorExp) and up.elt is call:
            yield from _beside(source, up, counted)
        if is_within and isinstance(up, ast.List) and up.elts == [call]:
            yield from _of_one(source, up, counted)


def _made_and_put(loop: ast.For, name: str, lengths: str) -> Iterator[str]:
    """What a loop makes of a name, and puts into a list other than that of the lengths."""
    for each in walk(loop):
        if not isinstance(each, ast.Assign) or not isinstance(each.targets[0], ast.Name):
            continue
        made = each.targets[0].id
        if made == name or not _is_made_of(each.value, name):
            continue
        if any(
            isinstance(call, ast.Call)
            and last_name(call.func) in ("append", "extend")
            and _owner(call) != lengths
            and any(is_named(part, made) for part in walk(call))
            for call in walk(loop)
        ):
            yield made


def _beside(source: Source, counting: ast.ListComp | ast.GeneratorExp, counted: ast.Name) -> Iterator[Change]:
    """The rows that a comprehension beside it makes of the same items: ``[encode(t) for t in texts]``."""
    of = ast.unparse(counting.generators[0].iter)
    target = counting.generators[0].target
    if not isinstance(target, ast.Name) or target.id != counted.id or counting.generators[0].ifs:
        return
    function = function_around(counting) or source.tree
    for each in walk(function):
        if not isinstance(each, ast.Assign) or not isinstance(each.targets[0], ast.Name):
            continue
        made = each.value
        if isinstance(made, ast.ListComp) and made is not counting and ast.unparse(made.generators[0].iter) == of:
            own = made.generators[0].target
            if isinstance(own, ast.Name) and _is_made_of(made.elt, own.id) and each.lineno < counting.lineno:
                yield Change(source.span(counting.generators[0].iter), each.targets[0].id)


def _of_one(source: Source, counting: ast.List, counted: ast.Name) -> Iterator[Change]:
    """The one row made of the same item, ``[encode(text)]``; made later, it is counted where the lengths are read."""
    function = function_around(counting) or source.tree
    lengths = getattr(counting, "parent", None)
    for each in walk(function):
        made = each.value if isinstance(each, ast.Assign) and isinstance(each.targets[0], ast.Name) else None
        if not isinstance(each, ast.Assign) or not isinstance(made, ast.List) or len(made.elts) != 1:
            continue
        rows = ast.unparse(each.targets[0])
        if made is counting or not _is_made_of(made.elts[0], counted.id):
            continue
        if each.lineno < counting.lineno:
            yield Change(source.span(counted), f"{rows}[0]")
        elif isinstance(lengths, ast.Assign) and isinstance(lengths.targets[0], ast.Name):
            name = lengths.targets[0].id
            reads = [at for at in walk(function) if is_named(at, name)]
            later = [at for at in reads if isinstance(at.ctx, ast.Load) and at.lineno > each.lineno]
            yield from (Change(source.span(at), f"[len({rows}[0])]") for at in later)


def _is_made_of(node: ast.expr, name: str) -> bool:
    """Whether an expression is made of a name, and is not that name."""
    return not isinstance(node, ast.Name) and any(is_named(each, name) for each in walk(node))


def _owner(call: ast.Call) -> str:
    return ast.unparse(call.func.value) if isinstance(call.func, ast.Attribute) else ""
