"""What the layers of a script are told to take and to give, in the order in which they stand there."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from shapecheck.evidence import Argument, Evidence, Span
from shapecheck.reading.arithmetic import worked_out
from shapecheck.reading.edits import expression, piece
from shapecheck.reading.failing import RECURRENT
from shapecheck.reading.layers.layer_arguments import GIVEN, KEPT, TAKEN, told_for
from shapecheck.reading.origins import trace
from shapecheck.reading.sources import Source, begin_of, function_around, home_around, last_name, parameters, walk
from shapecheck.reading.where_made import made_or_written

_KINDS = (*GIVEN, *KEPT)


@dataclass(frozen=True, slots=True)
class Told:
    """A layer of the script with the widths that it was told.

    Args:
        call: The call that makes it.
        taken: What is written for the width that it takes; None where it takes none.
        given: The same of the width that it gives.
        takes: What the first comes to; None where the script does not tell.
        gives: What the second comes to.
    """

    call: ast.Call
    taken: Span | None
    given: Span | None
    takes: int | None
    gives: int | None

    def reads(self, one: Span, size: int, other: Span, other_size: int) -> bool | None:
        """Whether it takes the first of two widths; not where it takes the second, None where neither or both.

        Args:
            one: The text of the first.
            size: What that comes to.
            other: The text of the second.
            other_size: What that comes to.
        """
        if self.taken is None:
            return None
        parts = parts_of(self.taken.text)
        first, second = (
            number == self.takes or text in parts or (number > 1 and str(number) in parts)
            for number, text in ((size, one.text), (other_size, other.text))
        )
        if first == second and any(not part.isdecimal() for part in parts):
            # The channels of a map that is viewed so.
            first, second = (parts <= parts_of(each.text) for each in (one, other))
        return first if first != second else None


def layers_told(evidence: Evidence, source: Source) -> Iterator[Told]:
    """The layers that a file makes, as they stand there from the top."""
    calls = [each for each in walk(source.tree) if isinstance(each, ast.Call) and last_name(each.func) in _KINDS]
    for call in sorted(calls, key=begin_of):
        kind, span = last_name(call.func), source.span(call)
        if kind in KEPT:
            taken = given = told_for(span, KEPT[kind].name)
        else:
            taken = told_for(span, TAKEN[kind].name) if kind in TAKEN else None
            given = told_for(span, GIVEN[kind].name)
        takes, gives = (_number(evidence, each) for each in (taken, given))
        both = kind in RECURRENT and any(each.arg == "bidirectional" for each in call.keywords)
        yield Told(call, taken, given, takes, None if both else gives)


def told_to_givers(evidence: Evidence, item: Argument) -> Iterator[tuple[str, Span]]:
    """The kind of each layer that an operand may have come from, with what it was told for the width that it gives."""
    for each in (*made_or_written(evidence, item), *trace(evidence, item.span, parts=True)):
        node = expression(each.span.text)
        while isinstance(node, ast.Subscript):
            node = node.value
        for made in trace(evidence, piece(each.span, node.func)) if isinstance(node, ast.Call) else ():
            call = expression(made.span.text)
            kind = last_name(call.func) if isinstance(call, ast.Call) else ""
            given = told_for(made, GIVEN[kind].name) if kind in GIVEN else None
            if given is not None:
                yield kind, given


def parts_of(text: str) -> set[str]:
    """What a sum or a product is written of, itself included.

    >>> sorted(parts_of("2 * (n + 1)"))
    ['1', '2', '2 * (n + 1)', 'n', 'n + 1']
    """
    queue, found = [expression(text)], set[str]()
    while queue:
        node = queue.pop()
        if node is not None:
            found.add(ast.unparse(node))
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Mult):
            queue += [node.left, node.right]
    return found


def order_of(call: ast.Call, first: str, second: str) -> Literal["", "declared", "reversed"]:
    """In which order the function around a call has two names, if both are its parameters."""
    function = function_around(call)
    names = parameters(function) if function is not None else []
    if first not in names or second not in names:
        return ""
    return "declared" if names.index(first) < names.index(second) else "reversed"


def _number(evidence: Evidence, span: Span | None) -> int | None:
    found = worked_out(evidence, span) if span is not None else None
    return found if type(found) is int else None


def is_behind(call: ast.Call, other: ast.Call) -> bool:
    """Whether a call stands behind another in the same function, or in the file outside of all functions."""
    return begin_of(call) > begin_of(other) and home_around(call) is home_around(other)
