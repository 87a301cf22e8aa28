"""Windows of ``unfold``, whose steps lie on a new last axis, behind the features: turned where they are made."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Step
from shapecheck.evidence import Evidence, Span
from shapecheck.reading.edits import expression, piece, suffixed, whole_number
from shapecheck.reading.failing import RECURRENT, failed, features_taken, operand, shape
from shapecheck.reading.sources import last_name, walk
from shapecheck.reading.ways_back import spans_behind

# Less than a turn in front of the layer: what its output is compared with are windows as well.
_COST = 0.03
_TURNS = ("transpose", "permute", "swapaxes", "movedim", "moveaxis", "mT", "rearrange", "einsum")


def candidates(evidence: Evidence) -> list[Candidate]:
    """``.transpose(-2, -1)`` behind the windows, or behind what they are made of next."""
    operation = failed(evidence, *RECURRENT, "Linear")
    item = operand(operation, "input")
    sizes = shape(operation, "input")
    if operation is None or item is None or item.span is None or sizes is None or len(sizes) < 3:
        return []
    want = features_taken(operation)
    if sizes[-2] != want or sizes[-1] == want:
        return []
    ways = list(spans_behind(evidence, item.span))
    trees = [tree for span in ways if (tree := expression(span.text)) is not None]
    if any(last_name(getattr(node, "func", node)) in _TURNS for tree in trees for node in walk(tree)):
        # They were turned already, to lie as they do.
        return []
    places = list(dict.fromkeys(place for span in ways for place in _windows(span)))
    later = [span for span in ways for place in places if _reads(evidence, span, place)]
    step = Step("transpose", item.role, (-2, -1))
    found = []
    # Sizes that are written out are those of windows as they were.
    is_sized = any(name in span.text for span in later for name in (".view(", ".reshape("))
    for far, place in enumerate((*(() if is_sized else places[:1]), *later[-1:])):
        change = suffixed(place, ".transpose(-2, -1)")
        found.append(Candidate(change.text, (change,), (step,), _COST + 0.01 * far))
    return found


def _windows(span: Span) -> Iterator[Span]:
    """The calls ``series.unfold(1, size, step)`` in an expression; those of pictures are functions."""
    tree = expression(span.text)
    for node in walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "unfold":
            given = [*node.args, *(each.value for each in node.keywords if each.arg == "dimension")]
            if len(node.args) + len(node.keywords) == 3 and any(whole_number(each) is not None for each in given):
                yield piece(span, node)


def _reads(evidence: Evidence, span: Span, windows: Span) -> bool:
    """Whether an expression is a name with methods behind it, and the name that of the windows."""
    node, place = expression(span.text), span
    while isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        place = piece(place, node.func.value)
        node = expression(place.text)
    chain = evidence.chains.get(place, ()) if isinstance(node, ast.Name) and place != span else ()
    return any(origin.span.holds(windows) for origin in chain[:1])
