"""Statements that change a tensor in place, read in the source, and the same without it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from shapecheck.candidate import Change
from shapecheck.evidence import Evidence, Span
from shapecheck.reading.edits import bracketed, without_keyword
from shapecheck.reading.failing import says
from shapecheck.reading.parts_written import parts_written
from shapecheck.reading.sources import Source, home_around, last_name, parents, statement_of, user_sources, walk

_OPERATORS: dict[type[ast.operator], str] = {
    ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.Pow: "**", ast.MatMult: "@",
}  # fmt: skip
_WORDS: dict[type[ast.operator], str] = {ast.Add: "add", ast.Sub: "sub", ast.Mult: "mul", ast.Div: "div"}
_METHODS = frozenset(
    [
        "abs_", "add_", "addcdiv_", "addcmul_", "clamp_", "clip_", "div_", "elu_", "exp_", "index_add_", "leaky_relu_",
        "log_", "masked_fill_", "mul_", "neg_", "pow_", "relu_", "rsqrt_", "scatter_", "sigmoid_", "sqrt_", "sub_",
        "tanh_",
    ]
)  # fmt: skip
# What gave the tensor, in the words of the exception, and its sizes.
GAVE = r"\[\S+ \[([\d, ]*)\]\], which is output \d+ of (?:\w+::)*([A-Za-z]+?)(?:Backward\d*)?,"
# What it is told to have come from if parts of it were written, or it is a part of what was written.
_OF_PARTS = ("CopySlices", "AsStrided")
# How many names may stand for each other between what made a value and what changes it in place.
_HOPS = 4


@dataclass(frozen=True, slots=True)
class InPlace:
    """One change in place.

    Args:
        span: The statement, or the call that asks for it.
        changes: The edit that makes a new tensor instead.
        title: The same in a few words.
        fits: Whether what is changed was made by the operation that needs it in backward.
    """

    span: Span
    changes: tuple[Change, ...]
    title: str
    fits: bool


def changes_in_place(evidence: Evidence) -> list[InPlace]:
    """The changes in place that may have spoilt what backward needs; those alone that fit, where some do."""
    made = says(evidence, GAVE)
    if made is None or not says(evidence, r"modified by an inplace operation"):
        return []
    sources = user_sources(evidence)
    if made[2] in _OF_PARTS:
        # A part was written of what had been read as a whole, or had been read of what was written.
        counted = says(evidence, r"is at version (\d+); expected version (\d+)")
        version, since = (int(counted[1]), int(counted[1]) - int(counted[2])) if counted is not None else (0, 0)
        # What is written once each time it is made is never changed more often than lines write it.
        found_parts = (each for source in sources for each in parts_written(source))
        fitting = (each for each in found_parts if not (each.is_once and version > each.count))
        parts = sorted(fitting, key=lambda it: (it.count != since, not it.reads_other_name))
        return [InPlace(each.span, each.changes, each.title, fits=True) for each in parts]
    found = [each for source in sources for each in _all(source, made[2].lower())]
    return [each for each in found if each.fits] or found


def _all(source: Source, maker: str) -> Iterator[InPlace]:
    for node in walk(source.tree):
        if _is_without_gradient(node):
            continue
        if isinstance(node, ast.AugAssign) and type(node.op) in _OPERATORS:
            yield from _augmented(source, node, maker)
        elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Subscript):
            yield from _item_set(source, node, node.targets[0], maker)
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _METHODS:
            yield _method(source, node, node.func, maker)
        elif isinstance(node, ast.Call):
            yield from _asked_for(source, node, maker)


def _augmented(source: Source, node: ast.AugAssign, maker: str) -> Iterator[InPlace]:
    if isinstance(node.target, ast.Subscript):
        yield from _item_set(source, node, node.target, maker)
        return
    target = ast.unparse(node.target)
    value = _made(node.target, node)
    if isinstance(value, ast.Constant) or ".item()" in ast.unparse(node.value):
        # A count, or a sum of numbers.
        return
    span = source.span(node)
    text = f"{target} = {target} {_OPERATORS[type(node.op)]} {_operand(source, node.value)}"
    fits = _is_made_by(value, node, maker) or _WORDS.get(type(node.op)) == maker
    yield InPlace(span, (Change(span, text),), text, fits)


def _operand(source: Source, node: ast.expr) -> str:
    text = source.span(node).text
    return f"({text})" if isinstance(node, ast.BinOp | ast.BoolOp | ast.Compare | ast.IfExp | ast.Lambda) else text


def _item_set(source: Source, node: ast.stmt, target: ast.Subscript, maker: str) -> Iterator[InPlace]:
    base = target.value
    while isinstance(base, ast.Subscript):
        base = base.value
    value = _made(base, node)
    # A copy of what is written to there would take what is written with it, and nobody could read it.
    if value is base or not isinstance(value, ast.Call | ast.BinOp | ast.Name | ast.Subscript):
        return
    span = source.span(value)
    text = f"{bracketed(span.text)}.clone()"
    yield InPlace(source.span(node), (Change(span, text),), text, _is_made_by(value, node, maker))


def _method(source: Source, node: ast.Call, func: ast.Attribute, maker: str) -> InPlace:
    span, base = source.span(node), source.span(func.value).text
    text = f"{base}.{func.attr.removesuffix('_')}{span.text[len(base) + 1 + len(func.attr) :]}"
    if isinstance(getattr(node, "parent", None), ast.Expr):
        text = f"{base} = {text}"
    # What was put into an operation as it is, is told to have come from the last one that changed it.
    fits = _is_made_by(_made(func.value, node), node, maker) or func.attr.replace("_", "") == maker
    return InPlace(span, (Change(span, text),), text, fits)


def _asked_for(source: Source, node: ast.Call, maker: str) -> Iterator[InPlace]:
    asked = any(
        each.arg == "inplace" and isinstance(each.value, ast.Constant) and each.value.value for each in node.keywords
    )
    change = without_keyword(source.span(node), "inplace") if asked else None
    if change is None:
        return
    up = getattr(node, "parent", None)
    before: ast.AST | None = _made(node.args[0], node) if node.args else None
    if isinstance(up, ast.Call) and node in up.args and up.args.index(node):
        # In a Sequential, it changes what the layer in front of it gave.
        before = up.args[up.args.index(node) - 1]
    yield InPlace(source.span(node), (change,), "without inplace=True", _is_made_by(before, node, maker))


def _made(target: ast.AST, use: ast.AST) -> ast.expr | None:
    """What a name was last assigned above a statement, in the same function; an expression is made where it stands."""
    if not isinstance(target, ast.Name | ast.Attribute):
        return target if isinstance(target, ast.expr) else None
    around = home_around(use)
    text, line = ast.unparse(target), getattr(statement_of(use), "lineno", 0)
    found = [
        node
        for node in walk(around)
        if isinstance(node, ast.Assign) and node.lineno < line and any(ast.unparse(one) == text for one in node.targets)
    ]
    return max(found, key=lambda node: node.lineno).value if found else None


def _is_made_by(value: ast.AST | None, use: ast.AST, maker: str) -> bool:
    """Whether a value comes straight out of an operation, by whatever name it goes."""
    for _ in range(_HOPS):
        if isinstance(value, ast.Name | ast.Attribute):
            value = _made(value, use)
        elif isinstance(value, ast.Call):
            name = last_name(value.func).lower()
            return name.removesuffix("_") == maker
        elif isinstance(value, ast.Subscript):
            value = value.value
        else:
            return isinstance(value, ast.BinOp) and maker in ("mul", "div", "pow")
    return False


def _is_without_gradient(node: ast.AST) -> bool:
    return any(
        isinstance(up, ast.With) and any("no_grad" in ast.unparse(item.context_expr) for item in up.items)
        for up in parents(node)
    )
