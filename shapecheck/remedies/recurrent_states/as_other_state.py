"""One state of an LSTM that goes another way than the one beside it: made as that one is, of its own layers."""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Argument, Evidence, Operation, Span
from shapecheck.reading.assignments import values_given
from shapecheck.reading.failing import RECURRENT, STATES, failed, kind, tensors
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.recurrent.recurrent_calls import state_sizes
from shapecheck.reading.sources import (
    class_around,
    found_at,
    home_around,
    is_named,
    is_own,
    last_name,
    names_in,
    statement_of,
    walk,
)
from shapecheck.reading.ways_back import spans_behind

_COST = 0.005
# What gives a state other axes, or joins its layers, and what it holds stays.
_LAYS = frozenset({"unsqueeze", "squeeze", "cat", "concat", "view", "reshape", "flatten", "transpose", "permute"})
_OTHERS = "of the other state other layers are taken, which may not be meant for both"
_MORE = "more is done to the other state than that, which may not be meant for both"
_Home = ast.FunctionDef | ast.Module


def candidates(evidence: Evidence) -> list[Candidate]:
    """``tanh(to_c(join(c))).unsqueeze(0)``, where ``tanh(to_h(join(h))).unsqueeze(0)`` stands above."""
    operation = failed(evidence)
    if operation is None:
        return []
    is_layer = kind(operation) in RECURRENT
    places = [each.span for each in tensors(operation) if each.span is not None and not _fits(operation, each)]
    made = {
        span: (change, doubt)
        for place in spans_behind(evidence, *places)
        for span, change, doubt in _as_beside(place, is_layer)
    }
    return [Candidate(change.text, (change,), (), _COST, doubt) for change, doubt in made.values()]


def _fits(operation: Operation, item: Argument) -> bool:
    """Whether it is a state that the layer takes as it is."""
    is_state = kind(operation) in RECURRENT and item.role in STATES
    return is_state and sizes_of(item) == state_sizes(operation, item.role)


def _as_beside(place: Span, is_layer: bool) -> Iterator[tuple[Span, Change, str]]:
    """What is made of a state on the way to an operand, made as what the other state is made into.

    Args:
        place: Where it stands.
        is_layer: Whether it is a recurrent layer that refused it, which asks for no more than axes.

    Yields:
        What is made of the state, the change, and what speaks against it.
    """
    source, node = found_at(place)
    ours, home = statement_of(node), home_around(node)
    if source is None or home is None or not isinstance(ours, ast.Assign):
        return
    for one, other in _pairs(home):
        mine, its = (one, other) if one in names_in(ours.value) else (other, one)
        if mine not in names_in(ours.value) or its in names_in(ours.value):
            continue
        beside = [each for each in _made_of(home, its) if mine not in names_in(each)]
        text = _renamed(beside[0], ours.value, {its: mine}) if len(beside) == 1 else None
        if text is not None:
            made, span = ast.parse(text, mode="eval").body, source.span(ours.value)
            more = _worked(made) - _worked(ours.value)
            # A layer that refused the width decides which function joins the states.
            own = set() if is_layer else _layers(made)
            is_other = is_layer and bool(_taken(ours.value)) and _taken(ours.value) != _taken(made)
            yield span, Change(span, text), _MORE if more - _LAYS - own else _OTHERS if is_other else ""


def _pairs(home: _Home) -> Iterator[tuple[str, str]]:
    """The names of two states that a call gave together: ``_, (h, c) = lstm(x)``."""
    for node in walk(home):
        target = node.targets[0] if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call) else None
        for part in target.elts if isinstance(target, ast.Tuple) else ():
            names = [each.id for each in part.elts if isinstance(each, ast.Name)] if isinstance(part, ast.Tuple) else []
            if len(names) == 2:
                yield names[0], names[1]


def _made_of(home: _Home, name: str) -> list[ast.expr]:
    lines = (each for each in walk(home) if isinstance(each, ast.Assign))
    return [each.value for each in lines if name in names_in(each.value)]


def _renamed(shown: ast.expr, ours: ast.expr, names: dict[str, str]) -> str | None:
    """An expression with the names of another one; None where that does something else."""
    own, its = (_layers(each) for each in (ours, shown))
    twins = {each: _twins(ours, each, its - own) for each in own - its}
    if any(len(each) != 1 for each in twins.values()):
        return None
    layers = {there[0]: each for each, there in twins.items()}
    renamed = _Renamed(names, layers).visit(copy.deepcopy(shown))
    # Something was forgotten, and it is what has more done to it that shows what.
    has_more = len(list(walk(renamed))) > len(list(walk(ours)))
    called = _called(ours)
    return ast.unparse(renamed) if has_more and called and called <= _called(renamed) else None


def _layers(node: ast.expr) -> set[str]:
    """What is called of the class itself: ``to_h`` of ``self.to_h(x)``."""
    found = (each.func for each in walk(node) if isinstance(each, ast.Call))
    return {each.attr for each in found if is_own(each)}


def _twins(node: ast.expr, name: str, others: set[str]) -> list[str]:
    """Which of other layers of the class were made as a layer was."""
    owner = class_around(node)
    lines = (each for each in walk(owner) if isinstance(each, ast.Assign)) if owner is not None else ()
    made = {ast.unparse(target): ast.unparse(value) for line in lines for target, value in values_given(line)}
    return [each for each in others if made.get(f"self.{each}", each) == made.get(f"self.{name}")]


def _called(node: ast.expr) -> set[str]:
    return {last_name(each.func) for each in walk(node) if isinstance(each, ast.Call)}


def _worked(node: ast.expr) -> set[str]:
    """What is called, and which operators stand, in an expression."""
    operators = {type(each.op).__name__ for each in walk(node) if isinstance(each, ast.BinOp)}
    return _called(node) | operators


def _taken(node: ast.expr) -> set[str]:
    """Which layers an expression takes: ``-1`` for ``h[-1]`` and for ``h[-1:]``."""
    items = (ast.unparse(each.slice) for each in walk(node) if isinstance(each, ast.Subscript))
    return {each.removesuffix(":") for each in items} - {"None"}


class _Renamed(ast.NodeTransformer):
    def __init__(self, names: dict[str, str], layers: dict[str, str]) -> None:
        self.names, self.layers = names, layers

    def visit_Name(self, node: ast.Name) -> ast.Name:
        return ast.Name(self.names.get(node.id, node.id), node.ctx)

    def visit_Attribute(self, node: ast.Attribute) -> ast.Attribute:
        self.generic_visit(node)
        is_own = is_named(node.value, "self")
        return ast.Attribute(node.value, self.layers.get(node.attr, node.attr) if is_own else node.attr, node.ctx)
