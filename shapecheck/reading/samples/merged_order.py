"""In which order the rows of a prediction were merged: step by step or sample by sample."""

from __future__ import annotations

import ast
from operator import eq

from shapecheck.evidence import Argument, Evidence, Span
from shapecheck.reading.applied import applied_to, told_to
from shapecheck.reading.edits import argument, expression, piece
from shapecheck.reading.failing import Shape
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.origins import kind_of, spans_of, trace
from shapecheck.reading.sources import home_around, last_name, node_at, user_sources
from shapecheck.reading.vocabulary import EXCHANGES, RESHAPES

UNKNOWN_ORDER = "in which order the steps of the samples were merged is not known, and that order is to be kept"
_EXCHANGES = {
    **dict.fromkeys(EXCHANGES, (["0", "1"], ["1", "0"])),
    "permute": (["1", "0", "2"], ["(1, 0, 2)"]),
    "t": ([],),
}
# What leaves each number in its place.
_KEEPS = (
    "contiguous",
    "clone",
    "detach",
    "float",
    "double",
    "long",
    "to",
    "relu",
    "tanh",
    "sigmoid",
    "gelu",
    "dropout",
)
# How many calls and names may lie between a layer and where its axes are merged.
_MOST = 12


def merged_order(evidence: Evidence, merged: Argument) -> Shape | None:
    """The sizes of the two axes that were merged to the rows of a tensor, the outer one first.

    The last layer that gave a tensor of two such axes tells them; where these were exchanged just before they were
    merged, they lie the other way round.

    Args:
        evidence: The problem.
        merged: A tensor whose first axis holds a row for each step.

    Returns:
        None where nothing tells.
    """
    rows = sizes_of(merged)[:1]
    laid = [
        record.shape[:2]
        for entry in (evidence.trace or ())
        for record in entry.call.outputs
        if len(record.shape) > 2 and (record.shape[0] * record.shape[1],) == rows and 1 not in record.shape[:2]
    ]
    orders = {_is_exchanged(evidence, base) for base in _merged(evidence, merged)}
    if not laid or len(orders) != 1 or None in orders:
        return None
    return laid[-1][::-1] if orders.pop() else laid[-1]


def may_be_turned(evidence: Evidence, sizes: Shape, merged: Argument) -> bool:
    """Whether a layer gave, or the script lays, two such axes in the other order."""
    given = (record.shape[:2] for entry in (evidence.trace or ()) for record in entry.call.outputs)
    if sizes[::-1] in given:
        return True
    sources = user_sources(evidence)
    turned = (call for source in sources for call in source.calls(*_EXCHANGES) if _exchanges(call))
    if not all(_is_factor(call) for call in turned):
        return True
    padded = [source.span(call) for source in sources for call in source.calls("pad_packed_sequence")]
    packed = [call for source in sources for call in source.calls("pack_padded_sequence", "pack_sequence")]
    # What is not padded again lies step by step.
    if any(argument(call, "batch_first", 1) is None for call in padded) or (packed and not padded):
        return True
    bases = _merged(evidence, merged)
    return any(_stacks_steps(each) for base in bases for each in spans_of(evidence, base))


def _is_factor(node: ast.AST) -> bool:
    """Whether it is turned to be multiplied with: ``x @ table.weight.t()``."""
    up = getattr(node, "parent", None)
    if isinstance(up, ast.Call):
        return last_name(up.func) in ("matmul", "mm", "bmm", "linear")
    return isinstance(up, ast.BinOp) and isinstance(up.op, ast.MatMult)


def _stacks_steps(span: Span) -> bool:
    """Whether a new first axis is made of what a loop has collected: ``torch.stack(outs)``."""
    node = expression(span.text)
    if not isinstance(node, ast.Call) or last_name(node.func) != "stack":
        return False
    axis = argument(span, "dim", 1)
    return axis is None or axis.text == "0"


def samples_lead(evidence: Evidence, merged: Argument, sizes: Shape) -> bool | None:
    """Whether what was merged has the first of two sizes along its first axis, and not the second.

    Args:
        evidence: The problem.
        merged: A tensor with a row for each step.
        sizes: The sizes of the two axes, as they lie in another tensor.

    Returns:
        None where nothing that still is there tells.
    """
    base = next(iter(_merged(evidence, merged)), None)
    frame = evidence.user_frame
    if base is None or frame is None or sizes[0] == sizes[1] or _home(base) is not _home(frame.span):
        return None
    node, is_exchanged, is_cut = expression(base.text), False, False
    while isinstance(node, ast.Subscript | ast.Call):
        if isinstance(node, ast.Call):
            if not isinstance(node.func, ast.Attribute) or not _exchanges(node):
                return None
            is_exchanged, node = not is_exchanged, applied_to(node)
        else:
            is_cut, node = True, node.value
    held = frame.names.get(ast.unparse(node)) if isinstance(node, ast.Name) else None
    shape = held.record.shape[:2] if held is not None and held.record is not None else ()
    # What is a part of it is as long along the other axis.
    leads, trails = (any(map(eq, shape, each)) for each in (sizes, sizes[::-1]))
    if leads == trails or (is_cut and len(shape) < 2):
        return None
    return leads is not is_exchanged


def _home(span: Span) -> ast.AST | None:
    return home_around(node_at(span))


def _merged(evidence: Evidence, merged: Argument) -> list[Span]:
    """What was merged: on the way to a tensor, else wherever the script merges two first axes."""
    if merged.span is not None:
        spans = spans_of(evidence, merged.span)
        found = [base for span in spans if (base := _base(span)) is not None]
        if found:
            return found[:1]
    calls = (source.span(call) for source in user_sources(evidence) for call in source.calls(*RESHAPES))
    return [base for span in calls if (base := _base(span)) is not None]


def _base(span: Span) -> Span | None:
    """``x`` of ``x.view(-1, n)``, ``x.reshape(b * t, n)``, ``x.flatten()``, also where methods follow."""
    node = expression(span.text)
    while isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        if _is_merge(node.func.attr, [ast.unparse(each) for each in node.args]):
            return piece(span, node.func.value)
        node = node.func.value
    return None


def _is_merge(method: str, sizes: list[str]) -> bool:
    if method == "flatten":
        return sizes in ([], ["0", "1"])
    return method in RESHAPES and len(sizes) in (1, 2) and (sizes[0] == "-1" or "*" in sizes[0])


def _is_exchanged(evidence: Evidence, base: Span) -> bool | None:
    """Whether the two first axes were exchanged between the last layer and where they are merged; None if unknown."""
    is_exchanged, span = False, base
    for _ in range(_MOST):
        node = expression(span.text)
        if isinstance(node, ast.Name):
            origins = trace(evidence, span, parts=True)
            if not origins:
                return None
            span = origins[0].span
        elif isinstance(node, ast.Subscript) and isinstance(node.value, ast.Call):
            span = piece(span, node.value)
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            home = ast.unparse(node.func.value)
            given = node.args[0] if home in ("torch", "F") and node.args else None
            if _exchanges(node):
                is_exchanged = not is_exchanged
            elif node.func.attr not in _KEEPS:
                break
            span = piece(span, given if given is not None else node.func.value)
        else:
            break
    node = expression(span.text)
    is_layer = isinstance(node, ast.Call) and kind_of(evidence, piece(span, node.func)) != ""
    return is_exchanged if is_layer else None


def _exchanges(call: ast.Call) -> bool:
    """Whether it exchanges the two first axes: ``x.transpose(0, 1)``, ``torch.transpose(x, 0, 1)``."""
    if not isinstance(call.func, ast.Attribute):
        return False
    given = told_to(call)
    return [ast.unparse(each) for each in given] in _EXCHANGES.get(call.func.attr, ())
