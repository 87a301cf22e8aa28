"""The pair of states that an LSTM returns, used as if it were one tensor."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence

from shapecheck.candidate import Candidate, Change, Step
from shapecheck.evidence import Argument, Evidence
from shapecheck.reading.edits import suffixed
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.recurrent.whole_states import flat_states, layers_of_rows, whole_states
from shapecheck.reading.sources import Source, is_own, last_name, user_sources, walk

# So many items in front are likelier layers than samples.
FEW_LAYERS = 4


def candidates(evidence: Evidence) -> list[Candidate]:
    """The last layer, ``h[-1]``, where a state was made flat with all of them: ``h.view(-1, hidden)``."""
    if layers_of_rows(evidence) is None:
        return []
    return [_last_layer(source, call) for source in user_sources(evidence) for call in flat_states(source)]


def _last_layer(source: Source, call: ast.Call) -> Candidate:
    text = f"{ast.unparse(call.func.value)}[-1]" if isinstance(call.func, ast.Attribute) else ""
    return Candidate(text, (Change(source.span(call), text),), (), 0.04)


def pair_indexed(evidence: Evidence) -> Iterator[Candidate]:
    """``hidden[-1]`` where hidden is (h, c): that is the cell state of all layers, not the last layer of h."""
    for source in user_sources(evidence):
        pairs = _pairs(source)
        for node in walk(source.tree):
            if (
                not isinstance(node, ast.Subscript)
                or not isinstance(node.value, ast.Name)
                or node.value.id not in pairs
            ):
                continue
            if not isinstance(node.ctx, ast.Load) or ast.unparse(node.slice) != "-1":
                continue
            span = source.span(node)
            new = f"{node.value.id}[0][-1]"
            yield Candidate(new, (Change(span, new),), (), 0.08)


def whole_state(evidence: Evidence) -> Iterator[Candidate]:
    """A state handed on with its axis of layers, ``fc(h)``, where the last layer was meant, ``fc(h[-1])``."""
    for source in user_sources(evidence):
        for part in whole_states(source):
            span = source.span(part)
            yield Candidate(f"{part.id}[-1]", (Change(span, f"{part.id}[-1]"),), (), 0.06)


def states_beside_vectors(items: Sequence[Argument]) -> Iterator[Candidate]:
    """Several states, (layers, batch, hidden), that are joined with one vector a sample: the last layer of each."""
    shapes = [sizes_of(item) for item in items]
    vectors = {sizes[0] for sizes in shapes if len(sizes) == 2}
    states = [(item, sizes) for item, sizes in zip(items, shapes, strict=True) if len(sizes) == 3]
    if len(vectors) != 1 or len(states) < 2 or not all(item.span is not None for item, _ in states):
        return
    (rows,) = vectors
    if all(sizes[1] == rows and sizes[0] <= FEW_LAYERS and sizes[0] != rows for _, sizes in states):
        changes = tuple(suffixed(item.span, "[-1]") for item, _ in states if item.span is not None)
        steps = tuple(Step("item", item.role, (-1,)) for item, _ in states)
        yield Candidate(", ".join(change.text for change in changes), changes, steps, 0.1)


def repeated_without_axis(evidence: Evidence) -> Iterator[Candidate]:
    """``h[-1].repeat(1, steps, 1)``: a state (batch, hidden) needs its axis of time before it is repeated."""
    for source in user_sources(evidence):
        for call in source.calls("repeat", "expand"):
            if len(call.args) != 3 or not isinstance(call.func, ast.Attribute):
                continue
            base = source.span(call.func.value)
            # What the model holds itself, as a learned token, is no state.
            if re.search(r"unsqueeze|None|view|reshape", base.text) or is_own(call.func.value):
                continue
            yield Candidate(f"{base.text}.unsqueeze(1)", (Change(base, f"{base.text}.unsqueeze(1)"),), (), 0.2)


def _pairs(source: Source) -> set[str]:
    """Names that an LSTM's second result was given."""
    layers = {
        ast.unparse(node.targets[0])
        for node in walk(source.tree)
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call) and last_name(node.value.func) == "LSTM"
    }
    return {
        node.targets[0].elts[1].id
        for node in walk(source.tree)
        if isinstance(node, ast.Assign)
        and isinstance(node.targets[0], ast.Tuple)
        and len(node.targets[0].elts) == 2
        and isinstance(node.targets[0].elts[1], ast.Name)
        and isinstance(node.value, ast.Call)
        and ast.unparse(node.value.func) in layers
    }
