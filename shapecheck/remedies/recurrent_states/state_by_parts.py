"""A function for one state that was handed the pairs (h, c) of an LSTM: called for each of their parts."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from itertools import islice

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence, Span, Value
from shapecheck.reading.edits import call_of, changed, piece
from shapecheck.reading.failing import CELLS, RECURRENT, failed, kind
from shapecheck.reading.handed_in import handed_in
from shapecheck.reading.sources import function_around, last_name, names_in, node_at, parameters
from shapecheck.remedies.recurrent_states.tuples_of_callers import SEVERAL, takes_more

_LISTED = 0.1


def candidates(evidence: Evidence) -> list[Candidate]:
    """The call made for h and for c: of the function that failed on them, or of the layer itself."""
    operation = failed(evidence)
    frames = [frame for frame in evidence.frames if frame.is_user]
    if operation is None or not frames or not any(is_pair(item.value) for item in operation.arguments):
        return []
    if kind(operation) in (*RECURRENT, *CELLS):
        # A layer that takes states is no function for one of them.
        return []
    found: list[Candidate] = []
    given = {item.expression for item in operation.arguments if is_pair(item.value)}
    if len(frames) > 1 and given <= _parameters(frames[-1].span):
        by_parts = [*_by_parts(frames[-2].span, frames[-2].names, cost=0.05)]
        calls = (each for name in given for each in islice(handed_in(evidence, name), 1))
        found += [each.doubted(SEVERAL) for each in by_parts] if any(map(takes_more, calls)) else by_parts
    if operation.span is not None:
        held = {item.expression: item.value for item in operation.arguments}
        found += _by_parts(operation.span, held, cost=0.18)
    return found


def _by_parts(span: Span, held: Mapping[str, Value], *, cost: float) -> Iterator[Candidate]:
    call = call_of(span)
    given = [*call.args, *(each.value for each in call.keywords)] if call is not None else []
    pairs = [each for each in given if is_pair(held.get(ast.unparse(each)))]
    if not pairs or _is_unpacked(span):
        return
    texts = list(dict.fromkeys(ast.unparse(each) for each in pairs))
    used = names_in(call)
    names = dict(zip(texts, fresh(len(texts), used), strict=True))
    inner = _with(span, {piece(span, each): names[ast.unparse(each)] for each in pairs})
    source = f"zip({', '.join(texts)})" if len(texts) > 1 else texts[0]
    text = f"tuple({inner} for {', '.join(names.values())} in {source})"
    up = getattr(node_at(span), "parent", None)
    if not (isinstance(up, ast.Attribute) and up.attr not in ("count", "index")):
        # Nothing is asked of a tuple as of a tensor.
        is_kept = isinstance(up, ast.Call) and last_name(up.func) == "append"
        # What is put into a list by each round is no state that is handed on.
        yield Candidate(text, (Change(span, text),), (), cost + _LISTED * is_kept)
    if any(isinstance(each, ast.List | ast.Tuple) for each in pairs):
        # Nobody writes down a pair to take its first part.
        return
    # Where only h is wanted behind it, that runs, and the whole pair does not.
    first = tuple(Change(piece(span, each), f"{ast.unparse(each)}[0]") for each in pairs)
    yield Candidate(_with(span, {each.span: each.text for each in first}), first, (), cost + 0.03)


def _is_unpacked(span: Span) -> bool:
    """Whether what the call gives is taken apart: then it is no state for which a pair could stand."""
    node = node_at(span)
    up = getattr(node, "parent", None)
    return isinstance(up, ast.Assign) and any(isinstance(each, ast.Tuple | ast.List) for each in up.targets)


def _with(span: Span, texts: Mapping[Span, str]) -> str:
    before = "\n" * (span.line - 1) + " " * span.column
    new = changed(before + span.text, [Change(place, text) for place, text in texts.items()])
    return new[len(before) :]


def fresh(count: int, used: set[str]) -> list[str]:
    """So many names for parts, none of which is in use."""
    plain = ["part"] if count == 1 else ["a", "b", "c", "d"][:count]
    return [f"{name}_" if name in used else name for name in plain] + [f"part_{at}" for at in range(4, count)]


def is_pair(value: Value | None) -> bool:
    """Whether it is a tuple of tensors of one shape, as the two states of an LSTM are."""
    if value is None or value.kind != "tuple" or len(value.items) != 2:
        return False
    shapes = {each.record.shape for each in value.items if each.kind == "tensor" and each.record is not None}
    return len(shapes) == 1 and all(each.kind == "tensor" for each in value.items) and len(next(iter(shapes))) >= 2


def _parameters(span: Span) -> set[str]:
    """The parameters of the function around a place."""
    node = node_at(span)
    function = function_around(node)
    if function is None:
        return set()
    return set(parameters(function))
