"""An argument that goes as it is into what gets it through a layer elsewhere: ``pe(tgt)`` beside ``pe(embed(src))``."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence, Span
from shapecheck.reading.arithmetic import worked_out
from shapecheck.reading.edits import call_of, piece, whole_number
from shapecheck.reading.failing import Shape, failed, tensors
from shapecheck.reading.layers.idle_layers import idle_layers
from shapecheck.reading.layers.layer_arguments import GIVEN, TAKEN, told_for
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.origins import trace
from shapecheck.reading.sources import Source, class_around, function_around, last_name, source_of, walk
from shapecheck.records import TensorRecord

# Callers farther out than this hand on whole batches and settings, and no operand.
MAX_FRAMES = 4
_TAKES = {name: TAKEN[name] for name in ("Linear", "Conv1d", "Conv2d")}
_OWN = "the class has another layer that takes such a tensor, and reads it elsewhere"
_TURNS = ("transpose", "permute", "unsqueeze", "squeeze", "flatten", "float", "long", "t", "mT", "reshape", "view")


def candidates(evidence: Evidence) -> list[Candidate]:
    """The argument through the layer that the other call of the same thing shows, where the sizes go together."""
    if failed(evidence) is None:
        return []
    found: list[Candidate] = []
    frames = [frame for frame in reversed(evidence.frames) if frame.is_user]
    for far, frame in enumerate(frames[:MAX_FRAMES]):
        call, source = call_of(frame.span), source_of(frame.span.file)
        if call is None or source is None or not isinstance(call.func, ast.Name | ast.Attribute):
            continue
        node = source.node_at(frame.span)
        for at, part in enumerate(call.args):
            held = frame.names.get(ast.unparse(part))
            if held is not None and held.record is not None and node is not None and _is_plain(part):
                given = piece(frame.span, part)
                for text, cost, doubt in _ways(evidence, source, node, at, given, held.record):
                    found.append(Candidate(text, (Change(given, text),), (), cost + 0.01 * far, doubt))
    return found


def _is_plain(node: ast.expr) -> bool:
    """Whether it is a name, or a part of what has one."""
    while isinstance(node, ast.Subscript | ast.Attribute):
        node = node.value
    return isinstance(node, ast.Name)


def _has_it_already(evidence: Evidence, calls: list[ast.Call], record: TensorRecord) -> bool:
    """Whether an axis is put into the tensor of the other call that this one has: it lacked one, and this does not."""
    put = calls[0].func if calls else None
    if not isinstance(put, ast.Attribute) or put.attr != "unsqueeze":
        return False
    base, missing = put.value, 0
    # Parts that are cut out of an axis leave it, and one item is taken out of it.
    while isinstance(base, ast.Subscript) and (
        isinstance(base.slice, ast.Slice) or whole_number(base.slice) is not None
    ):
        missing += not isinstance(base.slice, ast.Slice)
        base = base.value
    known = [frame.names[text] for frame in evidence.user_frames if (text := ast.unparse(base)) in frame.names]
    return bool(known) and 0 < len(sizes_of(known[-1])) - missing < len(record.shape)


def _ways(
    evidence: Evidence, source: Source, node: ast.expr, at: int, given: Span, record: TensorRecord
) -> Iterator[tuple[str, float, str]]:
    owner = class_around(node)
    for other in source.calls(last_name(node.func)) if isinstance(node, ast.Call) else ():
        is_same = isinstance(node, ast.Call) and ast.unparse(other.func) == ast.unparse(node.func)
        if other is node or not is_same or class_around(other) is not owner or at >= len(other.args):
            continue
        for shown in _shown(evidence, source, other.args[at]):
            text, layers = _through(source, shown, given.text)
            if text and text != given.text and not _has_it_already(evidence, layers, record):
                yield from _fitting(evidence, source, owner, (text, layers), given, record)


def _shown(evidence: Evidence, source: Source, node: ast.expr) -> Iterator[ast.expr]:
    """The argument of the other call, and what gave it its name."""
    yield node
    if isinstance(node, ast.Name):
        for origin in trace(evidence, source.span(node))[:1]:
            made = source.node_at(origin.span) if origin.span.file == source.file else None
            if made is not None:
                yield made


def _through(source: Source, node: ast.expr, text: str) -> tuple[str, list[ast.Call]]:
    """An expression of one tensor with another one in its place, and the calls around it from the inside out."""
    calls: list[ast.Call] = []
    inner = node
    while isinstance(inner, ast.Call):
        is_method = isinstance(inner.func, ast.Attribute) and inner.func.attr in _TURNS
        if not is_method and (len(inner.args) != 1 or inner.keywords):
            return "", []
        calls.insert(0, inner)
        inner = inner.func.value if is_method and isinstance(inner.func, ast.Attribute) else inner.args[0]
    if not calls or not _is_plain(inner):
        return "", []
    whole, part = source.span(node), source.span(inner)
    if whole.line != whole.end_line:
        return "", []
    begin, end = part.column - whole.column, part.end_column - whole.column
    return whole.text[:begin] + text + whole.text[end:], calls


def _fitting(
    evidence: Evidence,
    source: Source,
    owner: ast.ClassDef | None,
    shown: tuple[str, list[ast.Call]],
    given: Span,
    record: TensorRecord,
) -> Iterator[tuple[str, float, str]]:
    """The text, where what it calls first takes such a tensor; and a layer of its own that nobody calls."""
    text, calls = shown
    if isinstance(calls[0].func, ast.Attribute) and calls[0].func.attr in _TURNS:
        axes = [whole_number(each) for each in calls[0].args]
        is_view = calls[0].func.attr in ("view", "reshape")
        # No axis is turned that the tensor has not.
        is_one_more = calls[0].func.attr == "unsqueeze" and _has_all_axes(evidence, given, record)
        if is_view or (not is_one_more and all(axis is None or axis < len(record.shape) for axis in axes)):
            # Turned where it is read, what the other call gives would be turned a second time.
            is_turn = calls[0].func.attr in ("transpose", "permute") and len(calls) == 1
            yield text, 0.08 if is_turn else 0.12, ""
        return
    for made in trace(evidence, source.span(calls[0].func)):
        layer = call_of(made.span)
        if layer is None:
            continue
        name = last_name(layer.func)
        own = dict(_own(evidence, source, owner, made.span, given, record)) if owner is not None else {}
        yield from ((each, 0.03, doubt) for each, doubt in own.items())
        width = _TAKES.get(name)
        taken = told_for(made, width.name) if width is not None else None
        if name == "Embedding":
            fits = record.dtype in ("int64", "int32")
        else:
            size = _size(record.shape, width.axis) if width is not None else None
            fits = taken is not None and size == worked_out(evidence, taken)
        if fits:
            # A layer of its own is there for it.
            yield text, 0.3 if own else 0.04, _OWN if own else ""
        return


def _own(
    evidence: Evidence, source: Source, owner: ast.ClassDef, made: Span, given: Span, record: TensorRecord
) -> Iterator[tuple[str, str]]:
    """The argument through another layer as wide as the one which was shown, that this method does not call.

    With what stands against it: nothing where no method calls it, or one calls it with an argument of this name.
    """
    layer, node = call_of(made), source.node_at(given)
    kind = last_name(layer.func) if layer is not None else ""
    if kind not in ("Linear", "Embedding") or node is None:
        return
    told = told_for(made, GIVEN[kind].name)
    want = worked_out(evidence, told) if told is not None else None
    read = {ast.unparse(each.func) for each in walk(owner) if isinstance(each, ast.Call)}
    texts = {ast.unparse(each) for each in walk(owner) if isinstance(each, ast.Call)}
    for name, call in idle_layers(owner, kind, function_around(node)):
        sizes = [told_for(source.span(call), each) for each in ("in_features", GIVEN[kind].name)]
        takes, gives = (worked_out(evidence, each) if each is not None else None for each in sizes)
        fits = record.dtype in ("int64", "int32") if kind == "Embedding" else takes == _size(record.shape, -1)
        if fits and want is not None and gives == want and source.span(call) != made:
            text = f"self.{name}({given.text})"
            yield text, "" if f"self.{name}" not in read or text in texts else _OWN


def _has_all_axes(evidence: Evidence, given: Span, record: TensorRecord) -> bool:
    """Whether an operand has as many axes as the tensor that it is multiplied with: it lacks none."""
    items = tensors(failed(evidence, "matmul", "bmm"))
    others = [len(sizes_of(each)) for each in items if each.span != given]
    return len(others) == 1 < len(items) and len(record.shape) >= others[0]


def _size(shape: Shape, axis: int) -> int | None:
    return shape[axis] if -len(shape) <= axis < len(shape) else None
