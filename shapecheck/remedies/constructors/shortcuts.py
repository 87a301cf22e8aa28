"""A shortcut past layers that give another width, behind a condition that only asks for the stride: ``stride == 1``."""

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
from shapecheck.reading.sources import class_around, node_at, parents, source_of

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
    return [found for item in operands for found in _conditions(evidence, item)]


def _conditions(evidence: Evidence, item: Argument) -> Iterator[Candidate]:
    source = source_of(item.span.file) if item.span is not None else None
    node = node_at(item.span)
    made, name = method_of(class_around(node), "__init__"), _layers_behind(evidence, item)
    if source is None or made is None or node is None or not name:
        return
    parameters = {each.arg for each in (*made.args.args, *made.args.kwonlyargs)}
    widths = [each for each in _ends(made, name) if each in parameters]
    flags = {ast.unparse(up.test) for up in parents(node) if isinstance(up, ast.IfExp | ast.If)}
    for each in ast.walk(made):
        for target, value in values_given(each):
            read = {part.id for part in ast.walk(value) if isinstance(part, ast.Name)}
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
    for each in ast.walk(made):
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
