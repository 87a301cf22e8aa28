"""Both states of an LSTM in one tensor, one behind the other along a new first axis: as the pair that it takes."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate
from shapecheck.evidence import Evidence, Span
from shapecheck.reading.edits import expression, wrapped
from shapecheck.reading.failing import failed, operand
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.origins import trace
from shapecheck.reading.recurrent.recurrent_calls import state_sizes
from shapecheck.reading.sources import found_at, home_around, is_named, last_name, loops_of, parents, target_of, walk

CAUSE = "one_state_for_lstm"
# Below a second state beside it, which would be made of both.
_COST = 0.02
_STACKS = ("stack", "cat", "concat", "concatenate")
_OTHER = "what lies along the first axis may be something else than a state and the cell beside it"


def candidates(evidence: Evidence) -> list[Candidate]:
    """``tuple(torch.zeros(2, layers, batch, hidden))`` where it is made, else where the layer is given it."""
    operation = failed(evidence, "LSTM")
    item = operand(operation, "(h_0, c_0)") if operation is not None else None
    if operation is None or item is None or item.span is None or item.value.kind != "tensor":
        return []
    sizes, wanted = sizes_of(item), state_sizes(operation, "h_0")
    is_pair = len(sizes) == 4 and sizes[0] == 2 and all(x in (None, y) for x, y in zip(wanted, sizes[1:], strict=True))
    if not is_pair:
        return []
    places = [item.span, *_places(evidence, item.span)]
    change = wrapped(places[-1], "tuple(", ")")
    doubt = "" if _is_made_as_pair(evidence, item.span) and not _is_gone_over(item.span) else _OTHER
    return [Candidate(change.text, (change,), (), _COST, doubt)]


def _places(evidence: Evidence, given: Span) -> Iterator[Span]:
    """Where the one tensor is made, as far as all that read it there only hand it on."""
    for origin in trace(evidence, given):
        _, node = found_at(origin.span)
        target = target_of(node)
        if not isinstance(node, ast.Call) or not origin.is_whole:
            continue
        reads = [each for each in walk(home_around(node)) if isinstance(target, ast.Name) and is_named(each, target.id)]
        if isinstance(target, ast.Name) and not all(each is target or _is_handed_on(each) for each in reads):
            return
        if isinstance(target, ast.Name) or isinstance(getattr(node, "parent", None), ast.Return):
            yield origin.span


def _is_made_as_pair(evidence: Evidence, given: Span) -> bool:
    """Whether nothing else has put it together, as a stack does with the states of two layers."""
    made = [expression(each.text) for each in (given, *(origin.span for origin in trace(evidence, given)))]
    return not any(
        last_name(call.func) in _STACKS for node in made for call in walk(node) if isinstance(call, ast.Call)
    )


def _is_gone_over(given: Span) -> bool:
    """Whether rounds around its reader take what lies along its first axis one by one."""
    _, node = found_at(given)
    return any(ast.unparse(loop.iter) == given.text for up in parents(node) for loop in loops_of(up))


def _is_handed_on(read: ast.AST) -> bool:
    return isinstance(getattr(read, "parent", None), ast.Call | ast.keyword | ast.Return | ast.Tuple)
