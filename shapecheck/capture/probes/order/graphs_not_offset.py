"""Graphs that were put into one batch by hand, and whose edges point at the nodes of the first ones."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations

import torch
from torch import Tensor

from shapecheck.capture.instruments.steps.carried_sums import place_of
from shapecheck.capture.instruments.tensors.backwards import origin
from shapecheck.capture.instruments.tensors.names import assigned
from shapecheck.capture.instruments.tensors.truths import are_truths
from shapecheck.capture.instruments.trials.sighting import Sighting, sighted
from shapecheck.capture.probe import Probe
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Ref
from shapecheck.capture.recording.user_code import expression_at
from shapecheck.capture.recording.vocabulary import HANDS_ON, SCATTERS, TAKES_ROWS
from shapecheck.evidence import Span
from shapecheck.findings import Fix
from shapecheck.reading.sources import Source, loops_of_line, source_of, walk

# Of fewer graphs it may be chance that most have no edge.
_FEWEST = 4
_PASSES = HANDS_ON | frozenset(["expand", "expand_as", "repeat", "unbind", "select"])


def not_offset(step: Step) -> Iterator[Sighting]:
    """Edges between the nodes of the first graphs, also from one graph to another, and none in most of the graphs.

    The numbers of the graphs, one a node, say which nodes lie together. Where graphs lie beside each other, all edges
    stay in their own. Other groups of nodes, such as types and clusters, have edges between them, and all have some.
    """
    numbers = _numbers(step)
    for graphs in _groups(numbers):
        count = len(graphs)
        ends = {ref: one for ref, (one, rows) in numbers.items() if rows == count and len(one) != count}
        for (ref, one), (_, other) in combinations(ends.items(), 2):
            if one.shape == other.shape and not torch.equal(one, other) and _are_in_the_first(graphs, one, other):
                yield _told(step, ref, graphs, torch.cat([one, other]))
                return


def _numbers(step: Step) -> dict[Ref, tuple[Tensor, int]]:
    """Whole numbers by which rows are taken or added up, and the number of rows that they are numbers of."""
    found: dict[Ref, tuple[Tensor, int]] = {}
    for node in step.all_of_loss:
        ref, rows = None, 0
        if node.name in TAKES_ROWS and len(node.parents) == 2 and node.args[-1] == node.parents[1]:
            ref, rows = node.parents[1], (*step.tape.shape(node.parents[0]), 0)[0]
        elif node.name in SCATTERS and len(node.args) > SCATTERS[node.name] and node.args[1] == 0:
            given = node.args[SCATTERS[node.name]]
            ref, rows = given if isinstance(given, Ref) else None, (*node.shapes[0], 0)[0]
        if ref is None or step.tape.dtype(ref) not in (torch.int64, torch.int32) or not step.tape.shape(ref):
            continue
        value = step.value(ref)
        if value.ndim > 1 and bool((value == value[(slice(None), *[slice(0, 1)] * (value.ndim - 1))]).all()):
            value = value.flatten(1)[:, 0]
        if value.ndim == 1 and len(value):
            found.setdefault(ref, (value, rows))
    return found


def _groups(numbers: dict[Ref, tuple[Tensor, int]]) -> Iterator[Tensor]:
    """Numbers of graphs, one for each row that is added up, in order, none left out."""
    for value, rows in numbers.values():
        steps = value[1:] - value[:-1]
        last = int(value[-1])
        if value[0] == 0 and are_truths(steps) and _FEWEST <= last + 1 <= rows < len(value):
            yield value


def _are_in_the_first(graphs: Tensor, one: Tensor, other: Tensor) -> bool:
    """Whether edges run from graph to graph, and less than half of the graphs, the first ones, have any."""
    if int(torch.cat([one, other]).max()) >= len(graphs) or int(torch.cat([one, other]).min()) < 0:
        return False
    starts, ends = graphs[one], graphs[other]
    last = int(torch.cat([starts, ends]).max())
    return bool((starts != ends).any()) and 2 * (last + 1) < int(graphs[-1]) + 1 <= len(one)


def _told(step: Step, ref: Ref, graphs: Tensor, ends: Tensor) -> Sighting:
    text = (
        f"the batch holds {int(graphs[-1]) + 1} graphs of {len(graphs)} nodes, and no edge points behind node "
        f"{int(ends.max())}: edges run from one graph to another, and the graphs behind number "
        f"{int(graphs[ends].max())} have none at all. The nodes of a graph are numbered on behind those of "
        "all graphs before it"
    )
    fix = Fix("add the number of nodes of all graphs before: the running total", (), "no")
    leaf, made = origin(step.tape, ref, _PASSES)
    seen = sighted("edges_not_offset", made if made.spot is not None else step.node(_reader(step, ref)), text, (fix,))
    span = _put_together(step, leaf)
    return replace(seen, span=span) if span is not None else seen


def _reader(step: Step, ref: Ref) -> int:
    return next(node.index for node in step.all_of_loss if ref in node.parents)


def _put_together(step: Step, ref: Ref) -> Span | None:
    """The statement by which a function of the script's made what a model was given; None where that is not seen.

    The name at the call is one that a loop takes apart, and what stands at its place in what the function returns is
    the same.
    """
    for root in step.roots:
        if ref not in root.inputs or root.spot is None:
            continue
        call, source = expression_at(root.spot, ast.Call), source_of(root.spot.code.co_filename)
        if source is None or not isinstance(call, ast.Call) or len(call.args) != len(root.inputs):
            return None
        given = call.args[root.inputs.index(ref)]
        place = _place(source, root.spot.line, given.id) if isinstance(given, ast.Name) else None
        made = _made(source.tree, *place) if place is not None else None
        return place_of(root.spot, made) if made is not None else None
    return None


def _place(source: Source, line: int, name: str) -> tuple[int, int] | None:
    """At which place of how many the innermost loop around a line gives a name to what it takes apart."""
    for loop in (item for item in loops_of_line(source, line) if isinstance(item, ast.For)):
        for item in ast.walk(loop.target):
            parts = item.elts if isinstance(item, ast.Tuple) else []
            names = [part.id if isinstance(part, ast.Name) else "" for part in parts]
            if name in names:
                return names.index(name), len(names)
    return None


def _made(tree: ast.Module, at: int, count: int) -> ast.stmt | None:
    """What makes the item at a place of what the function that collates returns."""
    given = {
        item.value.id
        for item in walk(tree)
        if isinstance(item, ast.keyword) and item.arg == "collate_fn" and isinstance(item.value, ast.Name)
    }
    functions = [item for item in walk(tree) if isinstance(item, ast.FunctionDef) and item.name in given]
    if len(functions) != 1:
        return None
    returns = [item for item in ast.walk(functions[0]) if isinstance(item, ast.Return)]
    value = returns[0].value if len(returns) == 1 else None
    if not isinstance(value, ast.Tuple) or len(value.elts) != count:
        return None
    item = value.elts[at]
    while isinstance(item, ast.Call) and len(item.args) == 1:
        item = item.args[0]
    names = [item.id] if isinstance(item, ast.Name) else []
    found = [one for one in ast.walk(functions[0]) if isinstance(one, ast.Assign) and assigned(one) == names != []]
    return found[0] if len(found) == 1 else returns[0]


PROBE = Probe(
    "the edges of graphs that lie in one batch stay in their own graph",
    lambda look: not_offset(look.step),
)
