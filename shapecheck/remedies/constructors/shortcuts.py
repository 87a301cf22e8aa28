"""A shortcut past layers that give another width, behind a condition that asks for something else: ``stride == 1``."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Argument, Evidence
from shapecheck.reading.assignments import values_given
from shapecheck.reading.definitions import method_of
from shapecheck.reading.edits import call_of
from shapecheck.reading.failing import failed
from shapecheck.reading.mismatches import pair, sizes_of, written
from shapecheck.reading.sources import class_around, names_in, node_at, parents, source_of, walk

_COST = 0.02
_LAYERS = ("Linear", "Conv1d", "Conv2d", "Conv3d")
_ROWS = ("Sequential", "ModuleList")


def candidates(evidence: Evidence) -> list[Candidate]:
    """Both widths compared as well, where the class of the layers is told them."""
    operands = pair(failed(evidence, "add"))
    if operands is None or len(sizes_of(operands[0])) != len(sizes_of(operands[1])):
        return []
    one, other = map(sizes_of, operands)
    if [at for at in range(len(one)) if one[at] != other[at]] not in ([1], [len(one) - 1]):
        return []
    return [
        *(found for item in operands for found in _conditions(evidence, item)),
        *(found for item in operands for found in _chosen(evidence, item)),
    ]


def _chosen(evidence: Evidence, item: Argument) -> Iterator[Candidate]:
    """Both widths compared as well, where a constructor chooses between a layer of both and none at all."""
    source = source_of(item.span.file) if item.span is not None else None
    made = method_of(class_around(node_at(item.span)), "__init__")
    call = call_of(item.span) if item.span is not None else None
    held = evidence.held.get(ast.unparse(call.func)) if call is not None else None
    if source is None or made is None or (held is not None and held.type in _LAYERS):
        # Where it is a layer that was chosen, the choice changes nothing.
        return
    found = []
    for node in walk(made):
        if not isinstance(node, ast.If | ast.IfExp):
            continue
        taken, left = (_layer_chosen(each) for each in (node.body, node.orelse))
        layer, is_else = (taken, False) if left is None else (left, True) if taken is None else (None, False)
        widths = [ast.unparse(each) for each in layer.args[:2]] if layer is not None else []
        is_told = len(set(widths)) == 2 and not any(text.isdecimal() for text in widths)
        if is_told and names_in(node.test).isdisjoint({*names_in(*(layer.args[:2] if layer is not None else ()))}):
            sign, joined = ("==", "and") if is_else else ("!=", "or")
            found.append((node.test, f"{joined} {widths[0]} {sign} {widths[1]}"))
    for test, more in found if len(found) == 1 else ():
        span = source.span(test)
        text = f"({span.text})" if isinstance(test, ast.BoolOp | ast.IfExp | ast.Lambda) else span.text
        yield Candidate(f"{text} {more}", (Change(span, f"{text} {more}"),), (), _COST)


def _layer_chosen(branch: ast.expr | list[ast.stmt]) -> ast.Call | None:
    """The first layer that one of two branches makes; None where it makes none."""
    parts = branch if isinstance(branch, list) else [branch]
    calls = [each for part in parts for each in walk(part) if isinstance(each, ast.Call)]
    return next((each for each in calls if _called(each) in _LAYERS and len(each.args) > 1), None)


def _conditions(evidence: Evidence, item: Argument) -> Iterator[Candidate]:
    source = source_of(item.span.file) if item.span is not None else None
    node = node_at(item.span)
    made, name = method_of(class_around(node), "__init__"), _layers_behind(evidence, item)
    if source is None or made is None or node is None or not name:
        return
    parameters = {each.arg for each in (*made.args.args, *made.args.kwonlyargs)}
    widths = [each for each in _ends(made, name) if each in parameters]
    flags = {ast.unparse(up.test) for up in parents(node) if isinstance(up, ast.IfExp | ast.If)}
    for each in walk(made):
        for target, value in values_given(each):
            read = names_in(value)
            is_asked = isinstance(value, ast.Compare) and ast.unparse(target) in flags
            if is_asked and len(set(widths)) == 2 and not read & set(widths):
                more = f"{source.span(value).text} and {widths[0]} == {widths[1]}"
                yield Candidate(more, (Change(source.span(value), more),), (), _COST)


def _layers_behind(evidence: Evidence, item: Argument) -> str:
    """The layers of the class that gave an operand: ``self.body``."""
    for origin in written(evidence, item):
        call = call_of(origin.span)
        if call is not None and ast.unparse(call.func).startswith("self."):
            return ast.unparse(call.func)
    return ""


def _ends(made: ast.FunctionDef, name: str) -> list[str]:
    """What the first layer of a row is told for what it takes, and the last for what it gives."""
    for each in walk(made):
        for target, value in values_given(each):
            if ast.unparse(target) == name and isinstance(value, ast.Call):
                layers = [part for part in _in_order(value) if _called(part) in _LAYERS]
                if layers and len(layers[0].args) > 1 and len(layers[-1].args) > 1:
                    return [ast.unparse(layers[0].args[0]), ast.unparse(layers[-1].args[1])]
    return []


def _in_order(call: ast.Call) -> Iterator[ast.Call]:
    """A layer, or those of a row in their order."""
    if _called(call) not in _ROWS:
        yield call
        return
    for part in call.args:
        for each in part.elts if isinstance(part, ast.List) else [part]:
            if isinstance(each, ast.Call):
                yield from _in_order(each)


def _called(call: ast.Call) -> str:
    return ast.unparse(call.func).rpartition(".")[2]
