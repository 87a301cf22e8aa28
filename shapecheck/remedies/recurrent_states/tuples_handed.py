"""What a recurrent layer gave, kept or handed on whole: taken apart where it was made, into the part that is read."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change, Step
from shapecheck.evidence import Argument, Evidence, Span, Value
from shapecheck.reading.recurrent.tuples_given import takes_part, tuple_given
from shapecheck.reading.sources import (
    found_at,
    function_at,
    home_around,
    is_named,
    loop_around,
    node_at,
    source_of,
    walk,
)
from shapecheck.reading.where_made import made

CAUSE = "tuple_not_unpacked"


def candidates(evidence: Evidence) -> list[Candidate]:
    """``out, _ = rnn(x)`` in the function that called the failing one; ``_, state = rnn(x)`` for the other part."""
    item = tuple_given(evidence)
    if item is None or item.span is None or len(item.value.items) != 2:
        return []
    origins = made(evidence, item)[:1]
    carried = [each for origin in origins for each in _carried(evidence, item, origin.span)]
    if carried:
        return carried
    return [each for origin in origins for each in _ways(item, item.span, origin.span)]


def _carried(evidence: Evidence, item: Argument, made_at: Span) -> Iterator[Candidate]:
    """``x, states[n] = cell(x, states[n])``: what came back second is built as the state that the call was given.

    Only a tuple is told so: a tensor of the same sizes may be a mask that was given and weights that came back.
    """
    (source, node), target, state = found_at(made_at), _name_given(made_at), item.value.items[1]
    given = node.args[-1] if isinstance(node, ast.Call) and len(node.args) > 1 else None
    if source is None or target is None or not isinstance(given, ast.Name | ast.Subscript):
        return
    name = ast.unparse(given.value if isinstance(given, ast.Subscript) else given)
    frames = [each for each in evidence.user_frames if function_at(each.span) is function_at(made_at)]
    held = next((each.names[name] for each in reversed(frames) if name in each.names), None)
    before = held.items[0] if held is not None and isinstance(given, ast.Subscript) and held.items else held
    if before is not None and _tensors_in(before) and _tensors_in(before) == _tensors_in(state) and loop_around(node):
        text = f"{target.id}, {ast.unparse(given)}"
        trial = (Step("item", item.role, (0,)),)
        yield Candidate(f"{text} = {made_at.text}", (Change(source.span(target), text),), trial, -0.1)


def _name_given(made_at: Span) -> ast.Name | None:
    """The one name that all of what is made at a place is given to."""
    statement = getattr(node_at(made_at), "parent", None)
    target = statement.targets[0] if isinstance(statement, ast.Assign) and len(statement.targets) == 1 else None
    return target if isinstance(target, ast.Name) else None


def _tensors_in(value: Value) -> int:
    """Of how many tensors a tuple is made; 0 where it is none."""
    is_tuple = value.kind == "tuple" and all(each.kind == "tensor" for each in value.items)
    return len(value.items) if is_tuple else 0


def _ways(item: Argument, use: Span, made_at: Span) -> Iterator[Candidate]:
    source, target = source_of(made_at.file), _name_given(made_at)
    if source is None or target is None or isinstance(node_at(made_at), ast.Tuple):
        # Nobody writes down a tuple to take one of its parts.
        return
    if any(takes_part(each) for each in walk(home_around(target)) if is_named(each, target.id)):
        return
    place, first, second = source.span(target), f"{target.id}, _", f"_, {target.id}"
    if function_at(made_at) is not function_at(use):
        trial = (Step("item", item.role, (0,)),)
        yield Candidate(f"{first} = {made_at.text}", (Change(place, first),), trial, 0.1)
    if item.value.items[1].kind == "tensor":
        trial = (Step("item", item.role, (1,)),)
        yield Candidate(f"{second} = {made_at.text}", (Change(place, second),), trial, 0.4)
