"""A loop over layers of several kinds, some of which give back a tuple: its first part, and only there."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Argument, Evidence
from shapecheck.reading.edits import line_after
from shapecheck.reading.origins import trace
from shapecheck.reading.sources import (
    Source,
    found_at,
    last_name,
    names_in,
    node_at,
    parents,
    statement_of,
    target_of,
    walk,
)

_Loop = ast.For | ast.ListComp | ast.GeneratorExp
_PAIRS = ("RNN", "LSTM", "GRU", "MultiheadAttention")


def of_several_kinds(evidence: Evidence, item: Argument) -> Iterator[Candidate]:
    """The output alone of those layers that give back more, where a loop calls one layer after the other.

    Args:
        evidence: The problem.
        item: The operand that is a tuple.
    """
    source, node = found_at(item.span)
    if source is None or node is None:
        return
    for call in _calls(evidence, source, node):
        loop = _loop_of(call)
        if loop is None or _are_alike(evidence, source, loop):
            continue
        statement, target = statement_of(call), target_of(call)
        if isinstance(target, ast.Name) and statement is not None and _stands_alone(source, statement):
            indent = " " * (statement.col_offset + 4)
            text = f"if isinstance({target.id}, tuple):\n{indent}{target.id} = {target.id}[0]"
            change = line_after(source.span(statement), text)
            yield Candidate(f"{target.id}[0] where {target.id} is a tuple", (change,), (), -0.05)
        elif isinstance(call.func, ast.Name):
            span, layer = source.span(call), call.func.id
            text = f"({span.text}[0] if isinstance({layer}, {_home(source)}) else {span.text})"
            yield Candidate(text, (Change(span, text),), (), -0.05)
        return


def _calls(evidence: Evidence, source: Source, node: ast.expr) -> Iterator[ast.Call]:
    """The calls that gave the tuple: it stands there itself, or a name was given it."""
    if isinstance(node, ast.Call):
        yield node
    if not isinstance(node, ast.Name):
        return
    spans = [origin.span for origin in evidence.chains.get(source.span(node), ())]
    found = [source.node_at(span) for span in spans if span.file == source.file]
    here = next((up for up in parents(node) if isinstance(up, _Loop)), None)
    # What the round before has left under the same name.
    found += [
        each.value
        for each in walk(here)
        if isinstance(each, ast.Assign) and any(ast.unparse(target) == node.id for target in each.targets)
    ]
    yield from (each for each in found if isinstance(each, ast.Call))


def _loop_of(call: ast.Call) -> _Loop | None:
    """The loop that chooses what is called, by its name or by an index."""
    read = names_in(call.func)
    for up in parents(call):
        if isinstance(up, ast.FunctionDef | ast.Lambda):
            return None
        targets = [up.target] if isinstance(up, ast.For) else []
        targets += [each.target for each in getattr(up, "generators", ())]
        if isinstance(up, _Loop) and any(
            isinstance(each, ast.Name) and each.id in read for target in targets for each in walk(target)
        ):
            return up
    return None


def _are_alike(evidence: Evidence, source: Source, loop: _Loop) -> bool:
    """Whether all layers that a loop goes through are made by one call: each of them gives the same."""
    iterated = loop.iter if isinstance(loop, ast.For) else loop.generators[0].iter
    names = [each for each in walk(iterated) if isinstance(each, ast.Name | ast.Attribute)]
    for name in names:
        for origin in trace(evidence, source.span(name)):
            made = node_at(origin.span)
            calls = [each for each in walk(made) if isinstance(each, ast.Call)] if made is not None else []
            kinds = {last_name(each.func) for each in calls} - {"ModuleList", "range", "len", "zip", "enumerate"}
            if len(kinds) == 1 and kinds & set(_PAIRS):
                return True
    return False


def _stands_alone(source: Source, statement: ast.stmt) -> bool:
    """Whether nothing else stands on the last line of a statement."""
    span = source.span(statement)
    line = source.lines[span.end_line - 1][span.end_column :].strip()
    return not line or line.startswith("#")


def _home(source: Source) -> str:
    text = "".join(source.lines)
    return "nn.RNNBase" if "import torch.nn as nn" in text or "from torch import nn" in text else "torch.nn.RNNBase"
