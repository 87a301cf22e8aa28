"""Which axis of a sequence holds the steps, read from what the script does with it behind a layer, or made it of."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.evidence import Argument, Evidence, Operation
from shapecheck.reading.applied import applied_to, size_asked, written_axis
from shapecheck.reading.edits import call_of, expression, whole_number
from shapecheck.reading.failing import operand
from shapecheck.reading.origins import spans_of
from shapecheck.reading.recurrent.batch_first import says_batch_first
from shapecheck.reading.sources import (
    Source,
    home_around,
    items_of,
    last_name,
    names_in,
    node_at,
    statement_of,
    user_sources,
    walk,
)
from shapecheck.reading.ways_back import spans_behind

_REDUCTIONS = ("sum", "mean", "max", "amax", "min", "amin", "nansum", "logsumexp")
_READERS = (
    "LSTM",
    "GRU",
    "RNN",
    "MultiheadAttention",
    "Transformer",
    "TransformerEncoderLayer",
    "TransformerDecoderLayer",
)
_ASKED = "batch_first"


def batch_stands_first(evidence: Evidence) -> bool | None:
    """Whether all layers that can be told so are told that the batch stands first; None where that is not known."""
    calls = [call for source in user_sources(evidence) for call in _made_of_torch(source)]
    if any(each.arg is None for call in calls for each in call.keywords):
        # What is spread into a call may say anything.
        return None
    told = {says_batch_first(call) for call in calls}
    told |= {each for source in user_sources(evidence) for each in _told_to_own(source)}
    return told.pop() if len(told) == 1 else None


def _told_to_own(source: Source) -> Iterator[bool]:
    """What the classes of the script's own are told whose constructors ask whether the batch stands first."""
    for owner in (each for each in source.tree.body if isinstance(each, ast.ClassDef)):
        maker = next((each for each in owner.body if getattr(each, "name", "") == "__init__"), None)
        given = maker.args if isinstance(maker, ast.FunctionDef) else None
        names = [each.arg for each in (*given.args, *given.kwonlyargs)] if given is not None else []
        if given is None or _ASKED not in names:
            continue
        place, left = names.index(_ASKED) - 1, len(given.args) - len(given.defaults)
        usual = dict(zip(names[left:], [*given.defaults, *given.kw_defaults], strict=False)).get(_ASKED)
        for call in source.calls(owner.name):
            written = [each.value for each in call.keywords if each.arg == _ASKED] or call.args[place : place + 1]
            value = written[0] if written else usual
            if isinstance(value, ast.Constant) and isinstance(value.value, bool):
                yield value.value


def _made_of_torch(source: Source) -> Iterator[ast.Call]:
    """The layers of torch's that are made, none of a class of the script's own that is called like one."""
    own = {each.name for each in source.tree.body if isinstance(each, ast.ClassDef)}
    return (call for call in source.calls(*_READERS) if not (isinstance(call.func, ast.Name) and call.func.id in own))


def pads_batch_first(evidence: Evidence) -> bool | None:
    """Whether the script pads its sequences with the batch first; None where it pads none, or in both ways."""
    told = {says_batch_first(call) for source in user_sources(evidence) for call in source.calls("pad_sequence")}
    return told.pop() if len(told) == 1 else None


def steps_lead(evidence: Evidence, operation: Operation, mask: Argument) -> bool | None:
    """Whether axis 0 of what a layer was given holds the steps, and not the samples.

    Args:
        evidence: The problem.
        operation: The layer's call.
        mask: Its padding mask, of the same axes as what it was given.

    Returns:
        None where nothing in the script tells.
    """
    node = node_at(operation.span)
    # What is padded, and what is made of the output, say it of this very sequence; the rest only how the script is
    # wont to do it.
    reduced = _reduced(node) if node is not None else ()
    turned = set(_turned(evidence, operation))
    for told in (turned, set(_padded(evidence, mask)), set(reduced), set(_made(evidence))):
        if len(told) == 1:
            return told.pop()
    return None


def positions_lead(evidence: Evidence, item: Argument | None) -> bool | None:
    """Whether a table of positions is added along the first axis, ``x + table[: x.size(0)]``; None where unsaid."""
    told = set[bool]()
    for span in spans_behind(evidence, item.span if item is not None else None):
        sums = [each for each in walk(expression(span.text)) if isinstance(each, ast.BinOp)]
        added = [side for each in sums for side in (each.left, each.right)]
        for each in added:
            parts = items_of(each.slice) if isinstance(each, ast.Subscript) else []
            asked = [size_asked(part.upper) for part in parts if isinstance(part, ast.Slice) and part.lower is None]
            told |= {found[1] == 0 for found in asked if found is not None}
    return told.pop() if len(told) == 1 else None


def is_turned_for_steps(evidence: Evidence, operation: Operation) -> bool:
    """Whether a layer that takes the steps first was given something whose steps were brought to the front for it."""
    return not operation.config.get("batch_first") and any(_turned(evidence, operation))


def reads_steps_first(operation: Operation) -> bool | None:
    """Whether what reads the result of a call takes its first axis for the steps, as `out[-1]` does; None if unsaid."""
    node = node_at(operation.span)
    told = set(_reduced(node)) if node is not None else set()
    return told.pop() if len(told) == 1 else None


def _turned(evidence: Evidence, operation: Operation) -> Iterator[bool]:
    """That the steps were brought to the front on purpose, where what a layer was given was turned just for it."""
    item = operand(operation, "query", "src", "tgt", "input")
    spans = spans_of(evidence, item.span) if item and item.span else []
    for call in (found for span in spans if (found := call_of(span)) is not None):
        name, order = last_name(call.func), [whole_number(each) for each in call.args]
        is_turn = order[1:2] == [0] if name == "permute" else set(order) == {0, 1}
        if name in ("transpose", "swapaxes", "permute") and is_turn:
            yield True
            return


def _padded(evidence: Evidence, mask: Argument) -> Iterator[bool]:
    """Along which axis the padding lies at the end: in the mask, or in what the mask was made of just there."""
    node = expression(mask.expression)
    names = names_in(node)
    held = [value for name, value in evidence.held.items() if name in names]
    for value in (mask.value, *held):
        along, seen, wanted = value.facts.get("filled_along"), value.record, mask.value.record
        if along is not None and seen is not None and wanted is not None and seen.shape == wanted.shape:
            yield along == 0


def _reduced(node: ast.expr) -> Iterator[bool]:
    """For each axis along which the function reduces the output of a call, or takes one item: whether it is axis 0."""
    function = home_around(node)
    statement = statement_of(node)
    if function is None or statement is None:
        return
    names = _stored(statement)
    for line in sorted((each for each in walk(function) if isinstance(each, ast.stmt)), key=lambda s: s.lineno):
        if line.lineno <= (statement.end_lineno or 0) or isinstance(
            line, ast.FunctionDef | ast.For | ast.If | ast.With
        ):
            continue
        found = [told for part in walk(line) if (told := _axis_taken(part, names)) is not None]
        yield from (axis == 0 for axis in found if axis in (0, 1))
        if not found and _reads(line, names):
            names |= _stored(line)


def _axis_taken(node: ast.AST, names: set[str]) -> int | None:
    if isinstance(node, ast.Subscript) and _reads(node.value, names) and not isinstance(node.value, ast.Attribute):
        if isinstance(node.value, ast.Call) and len(node.value.args) > 1:
            # What another layer of several inputs returned, as attention does beside its weights.
            return None
        parts = items_of(node.slice)
        for axis, part in enumerate(parts):
            if not isinstance(part, ast.Slice):
                return axis if whole_number(part) is not None else None
    if not isinstance(node, ast.Call) or last_name(node.func) not in _REDUCTIONS:
        return None
    base, along = applied_to(node), written_axis(node)
    return whole_number(along) if base is not None and along is not None and _reads(base, names) else None


def _reads(node: ast.AST, names: set[str]) -> bool:
    return any(isinstance(part, ast.Name) and part.id in names for part in walk(node))


def _stored(statement: ast.stmt) -> set[str]:
    """The names that an assignment gives, of a pair the first: the weights or the state beside it are no sequence."""
    targets = statement.targets if isinstance(statement, ast.Assign) else []
    first = [target.elts[0] if isinstance(target, ast.Tuple) and target.elts else target for target in targets]
    return {target.id for target in first if isinstance(target, ast.Name)}


def _made(evidence: Evidence) -> Iterator[bool]:
    """How the script pads its sequences, makes its other layers, or has its batches stacked."""
    for source in user_sources(evidence):
        yield from (not says_batch_first(call) for call in source.calls("pad_sequence", "pad_packed_sequence"))
        yield from (False for call in source.calls(*_READERS) if says_batch_first(call))
        yield from (False for _ in _stacks(source))


def _stacks(source: Source) -> Iterator[ast.Call]:
    """Loaders that put samples together in their own way, which is along a new first axis."""
    for call in source.calls("DataLoader"):
        if not any(each.arg == "collate_fn" for each in call.keywords):
            yield call
