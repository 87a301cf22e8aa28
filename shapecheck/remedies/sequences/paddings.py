"""What the script fills up with: the number that its loss leaves out, or that its embedding knows as padding."""

from __future__ import annotations

import re
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence, Operation, Value
from shapecheck.reading.edits import call_of, piece
from shapecheck.reading.failing import value
from shapecheck.reading.joined.joined_lists import joined_list
from shapecheck.reading.samples.answers import are_answers, are_classes, are_whole_numbers
from shapecheck.reading.sources import user_sources
from shapecheck.reading.steps.fillings import fillings
from shapecheck.remedies.samples.windows import windows_of

SEVERAL = "the loss and the embedding are told different numbers for what was filled up"
NOT_SEEN = "nothing shows that the loss which leaves the number out is given what was filled up"
A_CLASS = "the number is a class among the labels, and no loss was told to leave it out"
_BATCHES = "only the last one is shorter: they may be batches of samples, which go one behind the other"
_WINDOWS = "windows are cut of a longer sequence, which are of one length where they end before it does"
_STEPS = "a layer goes along steps, and the rows may be those: joined they would be one sequence"
_ALONG_STEPS = ("RNN", "LSTM", "GRU", "Conv1d", "MultiheadAttention", "TransformerEncoderLayer", "Transformer")


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
