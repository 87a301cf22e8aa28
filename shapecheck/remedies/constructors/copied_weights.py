"""Weights that are copied into a layer that was made for others: its sizes asked of what is copied."""

from __future__ import annotations

import re
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence, Origin, Span
from shapecheck.reading.edits import expression, is_number
from shapecheck.reading.failing import Shape, failed, operand
from shapecheck.reading.layers.layer_arguments import told_for
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.sizes.numbers_behind import numbers_behind
from shapecheck.reading.sources import function_around, last_name, names_in, node_at

_COST = 0.05
_EITHER = "the layer may be made rightly, and the weights be others than were meant"
# Which argument of a layer makes which axis of its weight.
_AXES = {"Embedding": ("num_embeddings", "embedding_dim"), "Linear": ("out_features", "in_features")}


def candidates(evidence: Evidence) -> list[Candidate]:
    """``weights.shape[0]`` for the size of a layer that a matrix is copied into."""
    operation = failed(evidence, "copy_")
    own = operand(operation, "self")
    given = operand(operation, "src", "other", "args[0]")
    layer = re.fullmatch(r"([\w.\[\]]+)\.weight(\.data)?", own.expression) if own is not None else None
    if own is None or given is None or given.span is None or layer is None:
        return []
    sizes, wanted = sizes_of(own), sizes_of(given)
    made = next((each for each in evidence.origins.get(layer.group(1), ()) if "(" in each.span.text), None)
    if made is None or len(sizes) != 2 or len(wanted) != 2:
        return []
    return list(_asked(evidence, made, given.span, sizes, wanted)) or list(_written(evidence, made, sizes, wanted))


def _asked(evidence: Evidence, made: Origin, given: Span, sizes: Shape, wanted: Shape) -> Iterator[Candidate]:
    axes = [axis for axis in (0, 1) if sizes[axis] != wanted[axis]]
    call = expression(made.span.text)
    names = _AXES.get(last_name(getattr(call, "func", None)), ())
    matrix = _matrix(evidence, made.span, given)
    places = [told_for(made, name) for name in names]
    if not names or not matrix or any(each is None for each in places):
        return
    changes = [Change(each, f"{matrix}.shape[{axis}]") for axis, each in enumerate(places) if each and axis in axes]
    kept = [each.text for axis, each in enumerate(places) if each and axis not in axes]
    # What asks the weights for one of its sizes is to be made as they are.
    is_asked = any(re.search(rf"\b{re.escape(matrix)}\.(shape|size)|len\({re.escape(matrix)}\)", each) for each in kept)
    title = ", ".join(change.text for change in changes)
    # One that is as wide as the weights are long may lie the other way round.
    is_turned = any(sizes[axis] == wanted[1 - axis] for axis in axes)
    yield Candidate(title, tuple(changes), (), _COST, "" if is_asked and not is_turned else _EITHER)


def _written(evidence: Evidence, made: Origin, sizes: Shape, wanted: Shape) -> Iterator[Candidate]:
    """Another number where the one size was written that the weights do not have, as in the settings of a model."""
    axes = [axis for axis in (0, 1) if sizes[axis] != wanted[axis]]
    names = _AXES.get(last_name(getattr(expression(made.span.text), "func", None)), ())
    if len(axes) != 1 or not names or sizes[axes[0]] == wanted[1 - axes[0]]:
        return
    told = told_for(made, names[axes[0]])
    for number, size in numbers_behind(evidence, told, sizes[axes[0]], wanted[axes[0]]) if told is not None else ():
        if is_number(number.text) and int(number.text) == sizes[axes[0]]:
            yield Candidate(f"{number.text} -> {size}", (Change(number, str(size)),), (), _COST, _EITHER)
            return


def _matrix(evidence: Evidence, made: Span, given: Span) -> str:
    """The name, known where the layer is made, of the weights as they are copied."""
    home, node = function_around(node_at(made)), node_at(given)
    if node is None or function_around(node) is not home:
        return ""
    told = {each.arg for each in home.args.args} if home is not None else names_in(node)
    held = [name for name in sorted(names_in(node) & told) if name in evidence.held and evidence.held[name].record]
    return held[0] if len(held) == 1 else ""
