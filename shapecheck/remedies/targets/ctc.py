"""CTC: scores in another layout, lengths of other steps or as many as there are not samples."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace

from shapecheck.candidate import Candidate, Step
from shapecheck.evidence import Argument, Evidence, Operation
from shapecheck.reading.edits import expression
from shapecheck.reading.failing import failed, operand, says, shape
from shapecheck.reading.origins import spans_of
from shapecheck.reading.sources import walk
from shapecheck.reading.steps.lengths_held import lengths_counted
from shapecheck.remedies.moves import exchanged, put_behind
from shapecheck.remedies.names.written_sizes import sizes_replaced
from shapecheck.remedies.sequences.lengths_made import counted_of_other, size_and_number_exchanged
from shapecheck.remedies.sequences.lengths_of_layers import fewer_steps
from shapecheck.remedies.sequences.lengths_repeated import once_a_sample

_CAUSE = "arguments_in_other_order"


def candidates(evidence: Evidence) -> list[Candidate]:
    """Changes for CTC, which wants log-probabilities with time first, and one length for each sample on both sides."""
    operation = failed(evidence, "CTCLoss", "ctc_loss")
    return list(_of_ctc(evidence, operation)) if operation is not None else []


def _of_ctc(evidence: Evidence, operation: Operation) -> Iterator[Candidate]:
    given = operand(operation, "log_probs", "input")
    steps, counts = operand(operation, "input_lengths"), operand(operation, "target_lengths")
    if given is None or given.value.record is None or steps is None:
        return
    sizes, batch = given.value.record.shape, lengths_counted(counts) or lengths_counted(steps)
    if counts is not None and sizes and _are_exchanged(operation, steps, counts, sizes[0]):
        yield replace(exchanged(*(each for item in (steps, counts) if (each := item.span)), cost=0.005), cause=_CAUSE)
    if len(sizes) == 3 and batch is not None and sizes[1] != batch and sizes[0] == batch:
        step = Step("transpose", given.role, (0, 1))
        # Lengths that were counted by the scores are other ones when these are turned: the script alone can tell.
        letters = shape(operation, "targets", "target")
        is_padded = letters is not None and len(letters) == 2 and letters[0] == batch
        is_right = letters is not None and len(letters) == 2 and letters[0] == sizes[1]
        if (lengths_counted(steps) == sizes[1] and is_padded) or (not is_right and _asks(evidence, steps, given)):
            yield from put_behind(evidence, given, ".transpose(0, 1)", cost=0.01, prefer="origin")
        else:
            yield from put_behind(evidence, given, ".transpose(0, 1)", [step], cost=0.1)
    elif len(sizes) == 3 and batch is not None and sizes[2] == batch:
        step = Step("permute", given.role, (1, 2, 0))
        yield from put_behind(evidence, given, ".permute(1, 2, 0)", [step], cost=0.4)
    elif len(sizes) == 3:
        step = Step("transpose", given.role, (0, 1))
        yield from put_behind(evidence, given, ".transpose(0, 1)", [step], cost=0.5)
    turned = list(size_and_number_exchanged(evidence, steps, sizes[0], sizes[1], cost=0.02)) if len(sizes) == 3 else []
    yield from turned
    if counts is not None and counts.span is not None and says(evidence, r"argument #2 'targets'"):
        yield from counted_of_other(evidence, counts.span, cost=0.05)
    targets = operand(operation, "targets", "target")
    for item in (steps, counts) if len(sizes) == 3 else ():
        if item is not None:
            others = tuple(each for each in (steps, counts, targets) if each is not None and each is not item)
            yield from once_a_sample(evidence, item, others, given, cost=0.02)
    rows = lengths_counted(counts), lengths_counted(steps)
    for item, have in ((steps, rows[1]), (counts, rows[0])):
        if item is not None and len(sizes) == 3 and have not in (None, sizes[1]) and sizes[1] in rows:
            # With the two sizes exchanged both are right; with another count alone each length would be too short.
            far = 0.6 if turned and item is steps else 0.0
            yield from sizes_replaced(evidence, item, {0: str(sizes[1])}, [], cost=0.05 + far)
    for item, size in ((steps, sizes[0] if sizes else 0), (counts, None)):
        if item is None or item.span is None or item.value.record is None:
            continue
        record = item.value.record
        if record.dtype.startswith("float"):
            yield from put_behind(evidence, item, ".long()", [Step("to", item.role, ("int64",))], cost=0.2)
        if len(record.shape) == 2 and 1 in record.shape:
            axis = record.shape.index(1)
            yield from put_behind(evidence, item, f".squeeze({axis})", [Step("squeeze", item.role, (axis,))], cost=0.2)
        if item is steps and size:
            yield from fewer_steps(evidence, item, size, cost=0.05)


def _asks(evidence: Evidence, steps: Argument, given: Argument) -> bool:
    """Whether the lengths were made by how long the first axis of the scores is."""
    asked = [f"{given.expression}{text}" for text in (".size(0)", ".shape[0]")] + [f"len({given.expression})"]
    nodes = (each for span in spans_of(evidence, steps.span) for each in walk(expression(span.text)))
    return any(isinstance(each, ast.Call | ast.Subscript) and ast.unparse(each) in asked for each in nodes)


def _are_exchanged(operation: Operation, steps: Argument, counts: Argument, longest: int) -> bool:
    """Whether the lengths of the scores are just those of the targets, and those of the targets are not."""
    targets = shape(operation, "targets", "target") or ()
    (many, most), (letters, longer) = (
        (each.value.facts.get("sum"), each.value.facts.get("max")) for each in (steps, counts)
    )
    if None in (many, most, letters, longer) or steps.span is None or counts.span is None:
        return False
    if longer is None or longer > longest:
        return False
    if len(targets) == 1:
        return many == targets[0] != letters
    return len(targets) == 2 and most is not None and most <= targets[1] < longer
