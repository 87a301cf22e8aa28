"""The width of a flattened sample by a formula of its own, where a method of the module reckons what layers leave."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

from shapecheck.candidate import Candidate, Change, Step
from shapecheck.evidence import Evidence, Span
from shapecheck.reading.failing import failed, maker
from shapecheck.reading.layers.layer_arguments import told_for
from shapecheck.reading.reckoning import CannotReckonError, Names, Reckoner
from shapecheck.reading.recurrent.state_functions import stores_between
from shapecheck.reading.sizes.refused_widths import flat_width
from shapecheck.reading.sources import (
    Source,
    class_around,
    found_at,
    function_around,
    is_named,
    last_name,
    names_in,
    walk,
)

_CONVOLUTION = ("in_channels", "out_channels", "kernel_size", "stride", "padding", "dilation")
_POOLING = ("kernel_size", "stride", "padding")
# How many axes each of them goes along.
_CONVOLUTIONS = {"Conv1d": 1, "Conv2d": 2, "Conv3d": 3}
_POOLINGS = ("MaxPool1d", "MaxPool2d", "AvgPool1d", "AvgPool2d")
_LISTS = ("ModuleList", "Sequential")


class _Layer(dict[str, Any]):
    """The settings of a layer, by the names of its attributes."""


class _LayerReckoner(Reckoner):
    """A reckoner that knows what a convolution and a pooling were made with."""

    def _value(self, source: Source, node: ast.expr, names: Names, depth: int) -> Any:
        if isinstance(node, ast.Attribute) and not (is_named(node.value, "self")):
            held = self.known(source, node.value, names, depth)
            if isinstance(held, _Layer):
                return held[node.attr]
        return super()._value(source, node, names, depth)

    def _call(self, source: Source, node: ast.Call, names: Names, depth: int) -> Any:
        name = last_name(node.func)
        if name in _LISTS:
            # One list of layers, or the layers themselves.
            given = [self.value(source, each, names, depth) for each in node.args]
            return given[0] if len(given) == 1 and isinstance(given[0], list) else given
        if name not in (*_CONVOLUTIONS, *_POOLINGS):
            return super()._call(source, node, names, depth)
        order = _CONVOLUTION if name in _CONVOLUTIONS else _POOLING
        told: Names = {"stride": 1, "padding": 0, "dilation": 1} if name in _CONVOLUTIONS else {"padding": 0}
        told |= {key: self.value(source, each, names, depth) for key, each in zip(order, node.args, strict=False)}
        told |= {str(each.arg): self.value(source, each.value, names, depth) for each in node.keywords}
        if name in _POOLINGS:
            return _Layer({"stride": told["kernel_size"], **told})
        axes = _CONVOLUTIONS[name]
        for key in ("kernel_size", "stride", "padding", "dilation"):
            told[key] = told[key] if isinstance(told[key], list) else [told[key]] * axes
        return _Layer(told)


CAUSE = "flat_width_written_down"
FORGOTTEN = "a layer is made and never called, and the formula may count it"


def candidates(evidence: Evidence) -> list[Candidate]:
    """The method called in the place of the formula, or of its part that is about one side of what is flattened."""
    operation, want = failed(evidence, "Linear"), flat_width(evidence)
    origin = maker(evidence, operation)
    given = told_for(origin, "in_features")
    source, node = found_at(given)
    home, owner = function_around(node), class_around(node)
    if want is None or source is None or node is None or home is None or owner is None or home.name != "__init__":
        return []
    trial = (Step("configure", "", ("in_features", want)),)
    found = []
    for method in owner.body:
        if not isinstance(method, ast.FunctionDef) or method is home:
            continue
        for text, parts in _calls(evidence, source, home, node, method, want):
            if all(_has_layers(owner, home, method, each) for each in parts):
                changes = tuple(Change(_with_brackets(source, each), text) for each in parts)
                found.append(Candidate(text, changes, trial, 0.05, FORGOTTEN if _is_left_out(owner) else ""))
    return found


def _calls(
    evidence: Evidence, source: Source, home: ast.FunctionDef, given: ast.expr, method: ast.FunctionDef, want: int
) -> Iterator[tuple[str, list[ast.BinOp]]]:
    """How to call a method, and the parts of the formula in whose place the width is right then."""
    needed = [each.arg for each in method.args.args][: len(method.args.args) - len(method.args.defaults)]
    if len(needed) != 2 or needed[0] != "self" or method.args.vararg or method.args.kwonlyargs:
        return
    parts = [each for each in _formula(home, given) if isinstance(each, ast.BinOp)]
    for text in dict.fromkeys(ast.unparse(each) for each in parts):
        same = [each for each in parts if ast.unparse(each) == text]
        names = names_in(same[0])
        asked = [each for each in walk(same[0]) if isinstance(each, ast.Name)]
        if len(names) != 1 or asked[0].id not in {each.arg for each in home.args.args}:
            continue
        try:
            side = _LayerReckoner(evidence).value(source, asked[0])
            left = _LayerReckoner(evidence).called(source, method, [side])
            put = {id(each): lambda _, left=left: left for each in same}
            is_right = type(left) is int and _LayerReckoner(evidence, put).value(source, given) == want
        except (CannotReckonError, TypeError, ValueError, ArithmeticError, LookupError):
            continue
        if is_right:
            yield f"self.{method.name}({asked[0].id})", same


def _formula(home: ast.FunctionDef, given: ast.expr) -> Iterator[ast.expr]:
    """The parts of an expression, and of what its names were given in the same function."""
    for each in walk(given):
        if isinstance(each, ast.expr):
            yield each
        if isinstance(each, ast.Name):
            stores = list(stores_between(home, each.id, (0, 0), (given.lineno, given.col_offset)))
            made = getattr(stores[0], "parent", None) if len(stores) == 1 else None
            if isinstance(made, ast.Assign) and made.targets == stores:
                yield from (part for part in walk(made.value) if isinstance(part, ast.expr))


def _is_left_out(owner: ast.ClassDef) -> bool:
    """Whether an attribute that is given what a class makes is read by nothing."""
    made = {
        target.attr
        for each in walk(owner)
        if isinstance(each, ast.Assign) and isinstance(each.value, ast.Call)
        for target in each.targets
        if isinstance(target, ast.Attribute)
    }
    return not made <= _own_attributes(owner, ast.Load)


def _has_layers(owner: ast.ClassDef, home: ast.FunctionDef, method: ast.FunctionDef, place: ast.expr) -> bool:
    """Whether a method asks layers, all of which are there already where a width is worked out."""
    methods = {each.name for each in owner.body if isinstance(each, ast.FunctionDef)}
    read = {each for each in _own_attributes(method, ast.Load) if each not in methods}
    made = {name for each in home.body if each.lineno < place.lineno for name in _own_attributes(each, ast.Store)}
    return bool(read) and read <= made


def _own_attributes(node: ast.AST, context: type[ast.expr_context]) -> set[str]:
    return {
        each.attr
        for each in walk(node)
        if isinstance(each, ast.Attribute) and isinstance(each.ctx, context) and ast.unparse(each.value) == "self"
    }


def _with_brackets(source: Source, node: ast.expr) -> Span:
    """A part of a formula with the brackets that stand round it alone."""
    span = source.span(node)
    line = source.lines[span.line - 1]
    is_one = span.line == span.end_line and isinstance(getattr(node, "parent", None), ast.BinOp)
    if is_one and line[: span.column].endswith("(") and line[span.end_column :].startswith(")"):
        return Span(span.file, span.line, span.column - 1, span.line, span.end_column + 1, f"({span.text})")
    return span
