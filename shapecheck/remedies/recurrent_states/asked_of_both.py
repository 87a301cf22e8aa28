"""A method of one tensor that was asked of the pair (h, c) of an LSTM: asked of each, or of the first for its sizes."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Argument, Evidence, Span
from shapecheck.reading.calls import all_given, calls_in
from shapecheck.reading.definitions import values_returned
from shapecheck.reading.edits import call_of, expression, piece, suffixed
from shapecheck.reading.failing import failed, operand, says
from shapecheck.reading.origins import kind_of, trace
from shapecheck.reading.sources import (
    Source,
    found_at,
    function_around,
    items_of,
    last_name,
    names_in,
    node_at,
    source_of,
    statement_of,
    user_sources,
)
from shapecheck.remedies.recurrent_states.state_by_parts import fresh, is_pair

# What makes a state of a state, and so is wanted of both.
_OF_EACH = (
    "detach", "detach_", "data", "to", "cuda", "cpu", "clone", "contiguous", "float", "double", "half", "type_as",
    "requires_grad_", "zero_", "mul_", "fill_", "index_select", "repeat", "repeat_interleave", "expand", "flip",
)  # fmt: skip
# What both answer alike.
_OF_ANY = ("size", "shape", "dim", "ndim", "device", "dtype", "new_zeros", "is_cuda", "requires_grad", "get_device")
_WRAPS = ("Variable",)
# These give a pair too, of which only one is a state.
_OF_ONE_STATE = ("GRU", "RNN", "MultiheadAttention")
_COST = -0.1


def candidates(evidence: Evidence) -> list[Candidate]:
    """The method behind each part of the pair, where the result is a state again; one part where it is a size."""
    operation = failed(evidence)
    item = operand(operation, "self") if operation is not None and operation.name == "builtins.getattr" else None
    said = says(evidence, r"'tuple' object has no attribute '(\w+)'")
    if item is None or item.span is None or said is None or not _is_state(evidence, item):
        return []
    source, node = found_at(item.span)
    if source is None or node is None:
        return []
    if said[1] in _OF_ANY:
        change = suffixed(item.span, "[0]")
        return [Candidate(change.text, (change,), (), _COST)] if _is_handed_on(source, item.span.text) else []
    if said[1] == "contiguous" and any(not isinstance(each, ast.Tuple) for each in _returned(item.span)):
        # For layers of another kind one tensor comes back, and this does nothing to what was just made.
        call = getattr(getattr(node, "parent", None), "parent", None)
        return [Candidate(item.span.text, (Change(source.span(call), item.span.text),), (), _COST)] if call else []
    return list(_of_each(source, node)) if said[1] in _OF_EACH else []


def _is_state(evidence: Evidence, item: Argument) -> bool:
    """Whether it is the two states of an LSTM: tensors of one shape, in a script that has one."""
    if item.span is None or not any("LSTM" in line for source in user_sources(evidence) for line in source.lines):
        return False
    origins = trace(evidence, item.span)
    if not item.value.items:
        # Nobody holds what a call gave, but what it returns may be written out.
        made = [expression(origins[0].span.text) if origins else None, *_returned(item.span)]
        return any(isinstance(each, ast.Tuple) and len(each.elts) == 2 for each in made)
    call = call_of(origins[0].span) if origins else None
    if call is not None and kind_of(evidence, piece(origins[0].span, call.func)) in _OF_ONE_STATE:
        return False
    records = [each.record for each in item.value.items]
    is_alike = len({each.dtype for each in records if each is not None}) == 1
    return item.value.type == "tuple" and is_alike and is_pair(item.value)


def _returned(span: Span) -> list[ast.expr]:
    """What the function of the script that an expression calls returns, way by way."""
    call, source = node_at(span), source_of(span.file)
    name = last_name(call.func) if isinstance(call, ast.Call) else ""
    alike = [each for each in source.functions if each.name == name] if source is not None and name else []
    return values_returned(alike[0]) if len(alike) == 1 else []


def _of_each(source: Source, node: ast.expr) -> Iterator[Candidate]:
    """``tuple(part.detach() for part in state)``, with what stands behind the method and what wraps it."""
    whole = _whole(node)
    span, base = source.span(whole), source.span(node)
    if span.line != span.end_line or not _becomes_state(source, node, whole):
        return
    (name,) = fresh(1, names_in(statement_of(node)))
    begin = base.column - span.column
    inner = f"{span.text[:begin]}{name}{span.text[begin + len(base.text) :]}"
    text = f"tuple({inner} for {name} in {base.text})"
    yield Candidate(text, (Change(span, text),), (), _COST)


def _whole(node: ast.expr) -> ast.expr:
    """The state with the methods behind it that keep it one, and what wraps it."""
    while True:
        up = getattr(node, "parent", None)
        call = getattr(up, "parent", None)
        if isinstance(up, ast.Attribute) and up.attr in _OF_EACH:
            node = call if isinstance(call, ast.Call) and call.func is up else up
        elif isinstance(up, ast.Call) and up.args[:1] == [node] and last_name(up.func) in _WRAPS:
            node = up
        else:
            return node


def _becomes_state(source: Source, node: ast.expr, whole: ast.expr) -> bool:
    """Whether what is made of it goes where a pair goes: to a name that is handed on, to a caller, or back."""
    statement, up = statement_of(node), getattr(whole, "parent", None)
    if up is not statement:
        # An argument: what the call gives back has the same name.
        return ast.unparse(node) in {ast.unparse(each) for each in _names_given(statement)}
    if isinstance(statement, ast.Return):
        function = function_around(node)
        return function is not None and len(function.body) == 1
    if isinstance(statement, ast.Expr):
        return _is_handed_on(source, ast.unparse(node))
    return any(_is_handed_on(source, ast.unparse(each)) for each in _names_given(statement))


def _names_given(statement: ast.stmt | None) -> Iterator[ast.expr]:
    """What a statement assigns, one by one."""
    for target in statement.targets if isinstance(statement, ast.Assign) else ():
        yield from items_of(target)


def _is_handed_on(source: Source, name: str) -> bool:
    """Whether a call is given it as it is."""
    calls = calls_in(source.tree)
    given = (all_given(each) for each in calls if last_name(each.func) != "print")
    return any(ast.unparse(part) == name for parts in given for part in parts if not isinstance(part, ast.Call))
