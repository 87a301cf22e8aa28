"""What the script fills up with: the number that its loss leaves out, or that its embedding knows as padding."""

from __future__ import annotations

import ast
import re
from collections.abc import Container, Iterator, Sequence

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence, Operation, Span, Value
from shapecheck.reading.arithmetic import worked_out
from shapecheck.reading.assignments import stored_in
from shapecheck.reading.definitions import values_returned
from shapecheck.reading.edits import call_of, expression, piece, whole_number
from shapecheck.reading.failing import value
from shapecheck.reading.joined.joined_lists import joined_list
from shapecheck.reading.origins import trace
from shapecheck.reading.sources import (
    Source,
    found_at,
    function_around,
    last_name,
    names_in,
    statement_of,
    user_sources,
    walk,
)
from shapecheck.remedies.samples.windows import windows_of

SEVERAL = "the loss and the embedding are told different numbers for what was filled up"
NOT_SEEN = "nothing shows that the loss which leaves the number out is given what was filled up"
A_CLASS = "the number is a class among the labels, and no loss was told to leave it out"
_BATCHES = "only the last one is shorter: they may be batches of samples, which go one behind the other"
_WINDOWS = "windows are cut of a longer sequence, which are of one length where they end before it does"
_STEPS = "a layer goes along steps, and the rows may be those: joined they would be one sequence"
_ALONG_STEPS = ("RNN", "LSTM", "GRU", "Conv1d", "MultiheadAttention", "TransformerEncoderLayer", "Transformer")
_TOLD = ("ignore_index", "padding_idx")
_LOSSES, _TABLES = ("CrossEntropyLoss", "NLLLoss", "cross_entropy", "nll_loss"), ("Embedding",)


def padded_stack(evidence: Evidence, operation: Operation, name: str) -> Iterator[Candidate]:
    """``pad_sequence`` for a stack of tensors that differ in their first axis alone, by what the exception says."""
    found = re.findall(r"\[([\d, ]*)\] at entry", evidence.crash.message) if evidence.crash is not None else []
    shapes = [[int(size) for size in each.split(",") if size.strip()] for each in found]
    call = call_of(operation.span) if operation.span is not None else None
    if name != "stack" or call is None or not call.args or len(shapes) != 2 or operation.span is None:
        return
    if not shapes[0] or shapes[0][1:] != shapes[1][1:]:
        return
    dim = value(operation, "dim", "axis")
    order = {"": "True", "0": "True", "1": "False"}.get(dim.text if dim is not None else "")
    if order is not None:
        given = piece(operation.span, call.args[0]).text
        padded = f"torch.nn.utils.rnn.pad_sequence({given}, batch_first={order})"
        values = _stacked(evidence)
        is_answer = are_answers(evidence, operation)
        told = fillings(evidence, of_answers=is_answer) if are_whole_numbers(values) else {}
        of_tables = fillings(evidence, losses=()) if told else {}
        for number, text in told.items() if set(told) != {0} else ():
            filled = f"{padded[:-1]}, padding_value={text})" if number else padded
            # What a loss leaves out says nothing of what it is not given.
            is_known = is_answer or number in of_tables
            doubt = SEVERAL if len(told) > 1 else "" if is_known else NOT_SEEN
            yield Candidate(filled, (Change(operation.span, filled),), (), 0.28, doubt)
        doubt = SEVERAL if len(told) > 1 or set(of_tables) - {0} else NOT_SEEN if set(told) - {0} else ""
        doubt = A_CLASS if is_answer and are_classes(values, told) else doubt
        listed = joined_list(evidence)
        if listed is not None and listed.looks_short and len(listed.shapes) > 2:
            doubt = doubt or _BATCHES
        if windows_of(evidence, operation.span):
            doubt = doubt or _WINDOWS
        yield Candidate(padded, (Change(operation.span, padded),), (), 0.3, doubt)
        if order == "True" and len(shapes[0]) > 1:
            # The rows of each may be samples: the lines behind tell, which then read them one behind the other.
            text = f"torch.cat({given})"
            along = any(True for source in user_sources(evidence) for _ in source.calls(*_ALONG_STEPS))
            are_steps = len(shapes[0]) == 2 and along
            yield Candidate(text, (Change(operation.span, text),), (), 0.5, doubt or (_STEPS if are_steps else ""))


def fillings(
    evidence: Evidence, *, of_answers: bool = False, losses: tuple[str, ...] = (*_LOSSES, "partial")
) -> dict[int, str]:
    """The numbers that the script is told to leave out, and how each is written where every function can read it.

    Args:
        evidence: The problem.
        of_answers: Whether only what a loss leaves out counts.
        losses: What makes a loss.
    """
    found: dict[int, str] = {}
    for source in user_sources(evidence):
        for call in source.calls(*losses, *(() if of_answers else _TABLES)):
            for each in call.keywords:
                span = source.span(each.value)
                number = _number(evidence, span) if each.arg in _TOLD else None
                if number is not None:
                    texts = (span.text, *(origin.span.text for origin in trace(evidence, span, parts=True)))
                    found.setdefault(number, next((text for text in texts if _is_global(source, text)), str(number)))
    return found


def _number(evidence: Evidence, span: Span) -> int | None:
    """The number that an expression is, one below zero too."""
    for text in (span.text, *(origin.span.text for origin in trace(evidence, span, parts=True))):
        node = expression(text)
        written = whole_number(node) if node is not None else None
        if written is not None:
            return written
    found = worked_out(evidence, span)
    return None if found is None else int(found)


def are_answers(evidence: Evidence, operation: Operation) -> bool:
    """Whether what is put together becomes the labels of a loss: there, or by its place among what is returned."""
    source, node = found_at(operation.span)
    function, statement = function_around(node), statement_of(node)
    if source is None or node is None:
        return False
    is_named = isinstance(statement, ast.Assign) and statement.value is node
    name = ast.unparse(statement.targets[0]) if isinstance(statement, ast.Assign) else ast.unparse(node)
    if is_named and _is_given_to_loss(source, function or source.tree, {name}):
        return True
    if function is None:
        return False
    given = values_returned(function)
    places = {
        (at, len(each.elts))
        for each in given
        if isinstance(each, ast.Tuple)
        for at, part in enumerate(each.elts)
        if ast.unparse(part) == name
    }
    return any(become_answers(evidence, *place) for place in places)


def become_answers(evidence: Evidence, at: int, count: int) -> bool:
    """Whether an item of a batch is what a loss in a loop is given as its labels.

    Args:
        evidence: The problem.
        at: Its place.
        count: How many items a batch has.
    """
    sources = user_sources(evidence)
    loops = ((source, node) for source in sources for node in walk(source.tree) if isinstance(node, ast.For))
    return any(_is_answer(source, loop, at, count) for source, loop in loops)


def _is_answer(source: Source, loop: ast.For, at: int, count: int) -> bool:
    """Whether an item of what a loop is given is the second operand of a loss in it."""
    targets = [each for each in ast.walk(loop.target) if isinstance(each, ast.Tuple) and len(each.elts) == count]
    return _is_given_to_loss(source, loop, {ast.unparse(each.elts[at]) for each in targets})


def _is_given_to_loss(source: Source, around: ast.AST, names: set[str]) -> bool:
    """Whether a loss in a piece of source is given one of some names as its labels."""
    made = {
        last_name(target)
        for call in source.calls(*_LOSSES)
        for target in getattr(getattr(call, "parent", None), "targets", ())
    }
    calls = (each for each in ast.walk(around) if isinstance(each, ast.Call))
    given = (
        [*call.args[1:2], *(each.value for each in call.keywords if each.arg == "target")]
        for call in calls
        if last_name(call.func) in {*_LOSSES, *made}
    )
    return any(names & names_in(*each) for each in given)


def are_whole_numbers(values: Sequence[Value]) -> bool:
    """Whether all that is known of some tensors holds whole numbers."""
    kinds = {str(each.record.dtype) for each in values if each.record is not None}
    return bool(kinds) and all(kind.startswith(("int", "uint8")) for kind in kinds)


def are_classes(values: Sequence[Value], told: Container[int]) -> bool:
    """Whether zero is one of the labels, as far as these are known, and no loss leaves it out."""
    least = [each.facts.get("min", 0.0) for each in values]
    return 0 not in told and are_whole_numbers(values) and min(least, default=0) <= 0


def _stacked(evidence: Evidence) -> list[Value]:
    """What was to be stacked, by the shapes that the exception names."""
    said = re.findall(r"\[([\d, ]*)\] at entry (\d+)", evidence.crash.message if evidence.crash is not None else "")
    wanted = [(tuple(int(size) for size in sizes.split(",") if size.strip()), int(at)) for sizes, at in said]
    fitting = [column for column in _columns(evidence) if wanted and all(_has(column, *each) for each in wanted)]
    return [each for column in fitting for each in column]


def _columns(evidence: Evidence) -> Iterator[list[Value]]:
    """The lists that a frame holds, and the fields of the samples in them."""
    for frame in evidence.frames:
        for held in frame.names.values():
            if held.kind not in ("list", "tuple") or not held.items:
                continue
            yield list(held.items)
            rows = [each.items for each in held.items if each.kind in ("tuple", "list", "dict")]
            if len(rows) == len(held.items):
                yield from (list(column) for column in zip(*rows, strict=False))


def _has(column: list[Value], sizes: tuple[int, ...], at: int) -> bool:
    record = column[at].record if at < len(column) else None
    # Of a long list only the first few are known.
    return at >= len(column) or (record is not None and record.shape == sizes)


def _is_global(source: Source, text: str) -> bool:
    """Whether all names of a text are the file's own, so that any of its functions can read them."""
    node = expression(text)
    names = names_in(node) if node is not None else {""}
    stored = {
        name for line in source.tree.body if isinstance(line, ast.Assign | ast.AnnAssign) for name in stored_in(line)
    }
    return names <= stored
