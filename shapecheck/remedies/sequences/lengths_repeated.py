"""The same length said once a step, or for as many as were written down: once for each sample of the prediction."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Argument, Evidence, Span
from shapecheck.reading.arithmetic import worked_out
from shapecheck.reading.edits import expression, piece, place_behind
from shapecheck.reading.failing import Shape
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.origins import spans_of, trace
from shapecheck.reading.sources import (
    found_at,
    function_around,
    function_at,
    is_named,
    last_name,
    names_in,
    parents,
    source_of,
    walk,
)
from shapecheck.reading.steps.lengths_held import lengths_counted
from shapecheck.reading.ways_back import way_of
from shapecheck.remedies.sequences.lengths_made import size_and_number

OTHER_VALUE = "the lengths are not those of the steps that the prediction has"


def once_a_sample(
    evidence: Evidence, lengths: Argument, others: tuple[Argument, ...], given: Argument, *, cost: float
) -> Iterator[Candidate]:
    """As many lengths as the prediction has samples: ``[p.size(0)] * p.size(1)`` for ``[p.size(0)] * p.size(0)``.

    Args:
        evidence: The problem.
        lengths: The lengths, of which there are too many or too few.
        others: What else has one row a sample: the other lengths, and targets of two axes.
        given: The prediction, ``(steps, samples, classes)``.
        cost: What it costs.
    """
    sizes = sizes_of(given)
    have = rows_of(lengths)
    if lengths.span is None or have in (None, sizes[1]) or sizes[1] not in [rows_of(each) for each in others]:
        return
    for span in way_of(evidence, lengths.span):
        node = expression(span.text)
        for each in _parts(node, lengths.role) if node is not None else ():
            if isinstance(each, ast.List) and len(each.elts) == have == 1:
                yield _for_all(evidence, lengths, given, piece(span, each), piece(span, each.elts[0]), cost)
                return
            pair = _repeated(each)
            if pair is None:
                continue
            number, size = (piece(span, part) for part in pair)
            value = _value(evidence, lengths, size)
            if lengths.role == "input_lengths" and have == sizes[0] and value == sizes[1]:
                # The two were exchanged.
                return
            counted = _Counted(evidence, sizes, have or 0, are_both=have in [rows_of(each) for each in others])
            is_sure = lengths.role == "target_lengths" or value in (None, sizes[0])
            for changes in counted.changes(number, is_iterated=_is_iterated(each)):
                new = changes[0].text
                yield Candidate(new, changes, (), cost, "" if is_sure else OTHER_VALUE)
                return
            return


def _for_all(evidence: Evidence, lengths: Argument, given: Argument, one: Span, number: Span, cost: float) -> Candidate:
    """A list of one length, said for each sample: ``[p.size(0)] * p.size(1)``."""
    sizes = sizes_of(given)
    is_sure = lengths.role == "input_lengths" and _value(evidence, lengths, number) in (None, sizes[0])
    is_here = given.expression.isidentifier() and function_at(one) is function_at(lengths.span or one)
    new = f" * {given.expression}.size(1)" if is_here else f" * {sizes[1]}"
    return Candidate(f"{one.text}{new}", (Change(place_behind(one), new),), (), cost, "" if is_sure else OTHER_VALUE)


def rows_of(item: Argument | None) -> int | None:
    """How many lengths there are, or how many rows targets of two axes have; None where nothing tells."""
    if item is None or item.role != "targets":
        return lengths_counted(item)
    return sizes_of(item)[0] if len(sizes_of(item)) == 2 else None


def _parts(node: ast.expr, role: str) -> Iterator[ast.AST]:
    """An expression's parts; of what a function returns in a row, the part that these lengths are."""
    if isinstance(node, ast.Tuple) and len(node.elts) == 2:
        node = node.elts[role == "target_lengths"]
    yield from walk(node)


def _repeated(node: ast.AST) -> tuple[ast.expr, ast.expr] | None:
    """How often the same length is said, and the length; what is walked over, where it is once for each item of it."""
    given = node.args if isinstance(node, ast.Call) and last_name(node.func) in ("repeat", "expand") else []
    if len(given) == 1 and isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        return None if isinstance(given[0], ast.Tuple | ast.List) else (given[0], node.func.value)
    if isinstance(node, ast.ListComp | ast.GeneratorExp) and len(node.generators) == 1 and _is_iterated(node):
        targets = names_in(node.generators[0].target)
        read = names_in(node.elt)
        return None if targets & read or node.generators[0].ifs else (node.generators[0].iter, node.elt)
    return size_and_number(node)


def _value(evidence: Evidence, lengths: Argument, size: Span) -> int | None:
    """The one number that all lengths are, where they are all the same."""
    facts = lengths.value.facts
    if "max" in facts:
        return int(facts["max"]) if facts["max"] == facts.get("min") else -1
    return worked_out(evidence, size)


def _is_iterated(node: ast.AST) -> bool:
    """Whether the number is how many items something has that is walked over."""
    around = node.generators[0].iter if isinstance(node, ast.ListComp | ast.GeneratorExp) else None
    return around is not None and not (isinstance(around, ast.Call) and last_name(around.func) == "range")


class _Counted:
    """How often a length is said, in terms of the prediction's samples."""

    def __init__(self, evidence: Evidence, sizes: Shape, have: int, *, are_both: bool) -> None:
        self.evidence, self.sizes, self.have, self.are_both = evidence, sizes, have, are_both

    def changes(self, number: Span, *, is_iterated: bool) -> Iterator[tuple[Change, ...]]:
        """What the number becomes, or what it was asked of; the likeliest first."""
        if is_iterated:
            asked = self._another_axis(number, number.text)
            yield from [(Change(number, f"range({asked})"),)] if asked else []
            return
        own = self._asked(number)
        if own:
            yield (Change(number, own),)
            return
        for origin in trace(self.evidence, number, parts=True) if number.text.isidentifier() else ():
            text = self._of_several(number, origin.span, origin.statement) or self._asked(origin.span)
            if text and function_at(origin.span) is function_at(number):
                yield (Change(origin.span if self._is_meant_here(number, origin.span) else number, text),)
                return
        text = self._by_prediction(number)
        if text:
            yield (Change(number, text),)

    def _asked(self, question: Span) -> str:
        """The size of the samples' axis, asked of the same tensor: ``p.size(1)`` for ``p.size(0)`` and ``len(p)``."""
        node = expression(question.text)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "size":
            return self._another_axis(piece(question, node.func.value), ast.unparse(node.func.value), ".size({})")
        if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Attribute) and node.value.attr == "shape":
            base = node.value.value
            return self._another_axis(piece(question, base), ast.unparse(base), ".shape[{}]")
        if isinstance(node, ast.Call) and last_name(node.func) == "len" and len(node.args) == 1:
            return self._another_axis(piece(question, node.args[0]), ast.unparse(node.args[0]))
        return ""

    def _another_axis(self, tensor: Span, name: str, form: str = ".size({})") -> str:
        shape = self._shape(tensor)
        if self.have not in shape or not name.isidentifier():
            return ""
        axis = self._axis(shape)
        return "" if axis is None else name + form.format(axis)

    def _axis(self, shape: Shape) -> int | None:
        """The axis of the samples: the second of what has the prediction's steps and samples, else the only one."""
        batch = self.sizes[1]
        if shape[:2] == self.sizes[:2]:
            return 1
        return shape.index(batch) if shape.count(batch) == 1 else None

    def _shape(self, tensor: Span) -> Shape:
        """The shape of a tensor, by what the failing function holds under the name that it came from."""
        frame = self.evidence.user_frame
        for span in spans_of(self.evidence, tensor, parts=True):
            is_here = (
                frame is not None and span.file == frame.span.file and function_at(span) is function_at(frame.span)
            )
            held = frame.names.get(span.text) if frame is not None and is_here else None
            if held is not None and held.record is not None:
                return held.record.shape
        return ()

    def _of_several(self, number: Span, made: Span, statement: Span) -> str:
        """The name beside it, where all sizes were read at once: ``T, N, C = p.shape``."""
        node = expression(made.text)
        is_method = isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and not node.args
        attribute = node.func if isinstance(node, ast.Call) and is_method else node
        if not isinstance(attribute, ast.Attribute) or attribute.attr not in ("shape", "size"):
            return ""
        source = source_of(statement.file)
        lines = source.tree if source is not None else ast.Module([], [])
        assigned = [each for each in walk(lines) if isinstance(each, ast.Assign) and each.lineno == statement.line]
        target = assigned[0].targets[0] if assigned else None
        axis = self._axis(self._shape(piece(made, attribute.value)))
        if not isinstance(target, ast.Tuple) or axis is None or axis >= len(target.elts):
            return ""
        names = [ast.unparse(each) for each in target.elts]
        return names[axis] if names[axis] not in ("_", number.text) else f"{ast.unparse(attribute.value)}.size({axis})"

    def _is_meant_here(self, number: Span, made: Span) -> bool:
        """Whether what a name was made of is wrong, not the use of it: all that read the name count lengths by it."""
        source, node = found_at(number)
        function = function_at(number) or (source.tree if source is not None else None)
        reads = [each for each in walk(function) if is_named(each, number.text) and isinstance(each.ctx, ast.Load)]
        counting = [each for each in reads if each is node or (self.are_both and _is_number(each))]
        return function_at(made) is function_at(number) and len(counting) == len(reads)

    def _by_prediction(self, number: Span) -> str:
        """How many samples there are, asked of the prediction where it can be read at that place."""
        source, function = source_of(number.file), function_at(number)
        for each in walk(function or source.tree) if source is not None else ():
            name = each.id if isinstance(each, ast.Name) else ""
            if not name or each.lineno > number.end_line or function_around(each) is not function:  # type: ignore[attr-defined]
                continue
            if self._shape(source.span(each))[:2] == self.sizes[:2]:  # type: ignore[union-attr]
                return f"{name}.size(1)"
        return ""


def _is_number(node: ast.AST) -> bool:
    """Whether an expression says how often a length is repeated."""
    pairs = (_repeated(up) for up in parents(node) if not isinstance(up, ast.stmt))
    return any(pair is not None and pair[0] is node for pair in pairs)
