"""Steps that packing left out, put back where it is unpacked: ``total_length``."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate
from shapecheck.evidence import Evidence
from shapecheck.reading.edits import with_keyword
from shapecheck.reading.failing import Shape, axis_told, failed, tensors
from shapecheck.reading.joined.joined_lists import joined_list
from shapecheck.reading.mismatches import JOINS, sizes_of
from shapecheck.reading.origins import spans_of
from shapecheck.reading.recurrent.batch_first import says_batch_first
from shapecheck.reading.sources import Source, class_around, function_around, user_sources, walk
from shapecheck.reading.steps.unpacked import plain_name, unpacked_shorter

CAUSE = "unpacked_to_longest"
_COST = 0.05
_OWN_LENGTHS = "the parts may have been padded to lengths of their own before they were packed"


def candidates(evidence: Evidence) -> list[Candidate]:
    """The length of what was packed, asked for where it is unpacked."""
    found = unpacked_shorter(evidence)
    text = f"{found.name}.size({found.axis})" if found is not None else ""
    change = with_keyword(found.call, "total_length", text) if found is not None else None
    before = [Candidate(f"total_length={text}", (change,), (), _COST)] if change is not None else []
    return [*before, *_parts(evidence)]


def _parts(evidence: Evidence) -> Iterator[Candidate]:
    """The same for parts of a batch, each of which came back as long as its own longest sequence."""
    axis, shapes = _differing(evidence)
    found = [each for source in user_sources(evidence) for each in _unpackings(source)] if shapes else []
    if len(found) != 1:
        return
    source, pack, call = found[0]
    # Both are read where the parts are joined: along the axis of the steps they would stand one behind the other.
    if says_batch_first(pack) is not says_batch_first(call) or axis != int(says_batch_first(call)):
        return
    text = f"{plain_name(pack.args[0])}.size({axis})"
    change = with_keyword(source.span(call), "total_length", text)
    length, parts = _length(evidence, call, axis), [sizes[axis] for sizes in shapes]
    if change is None or (length is not None and length < max(parts)):
        return
    # The last part is the one that was seen: it had steps that did not come back.
    is_seen = length is not None and parts[-1] < length
    is_sure = is_seen or _are_cut(evidence, source, call)
    yield Candidate(f"total_length={text}", (change,), (), _COST, "" if is_sure else _OWN_LENGTHS)


def _differing(evidence: Evidence) -> tuple[int, tuple[Shape, ...]]:
    """The one axis along which parts differ that are joined along another one, and their shapes; none otherwise."""
    operation = failed(evidence, *JOINS)
    listed = joined_list(evidence)
    shapes = listed.shapes if listed is not None else tuple(map(sizes_of, tensors(operation)))
    counts = {len(sizes) for sizes in shapes}
    along = axis_told(operation)
    if len(counts) != 1 or not (count := counts.pop()) > 2:
        return 0, ()
    different = [axis for axis in range(count) if len({sizes[axis] for sizes in shapes}) > 1]
    return (different[0], shapes) if len(different) == 1 and different[0] != along % count else (0, ())


def _unpackings(source: Source) -> Iterator[tuple[Source, ast.Call, ast.Call]]:
    """The calls that unpack and ask for no length, each with the one of its function that packed."""
    for call in source.calls("pad_packed_sequence"):
        home = function_around(call)
        packs = [
            each
            for each in source.calls("pack_padded_sequence")
            if each.args and each.lineno <= call.lineno and function_around(each) is home
        ]
        if packs and not any(each.arg in ("total_length", None) for each in call.keywords):
            yield source, packs[-1], call


def _length(evidence: Evidence, call: ast.Call, axis: int) -> int | None:
    """How many steps the last part had before it was packed, as far as it was seen."""
    owner = class_around(call)
    seen = [entry.call for entry in evidence.trace or () if owner is not None and entry.call.type == owner.name]
    given = [next((each.shape for each in one.inputs if len(each.shape) > 1), ()) for one in seen]
    lengths = {sizes[axis] for sizes in given if len(sizes) > axis}
    return lengths.pop() if len(lengths) == 1 else None


def _are_cut(evidence: Evidence, source: Source, call: ast.Call) -> bool:
    """Whether what unpacks is a function that is only called with parts of one padded tensor."""
    home = function_around(call)
    calls = list(source.calls(home.name)) if home is not None else []
    return bool(calls) and all(_is_cut(evidence, source, each) for each in calls)


def _is_cut(evidence: Evidence, source: Source, call: ast.Call) -> bool:
    """Whether a function is given a part of a batch that a loop cuts: ``for part in x.chunk(2)``."""
    loops = [up for up in _around(call) if isinstance(up, ast.For | ast.comprehension)]
    given = call.args[0] if call.args else None
    if not isinstance(given, ast.Name):
        return False
    for loop in loops:
        if any(isinstance(each, ast.Name) and each.id == given.id for each in walk(loop.target)):
            spans = [source.span(loop.iter), *spans_of(evidence, source.span(loop.iter))]
            return any(".chunk(" in each.text or ".split(" in each.text for each in spans)
    return False


def _around(node: ast.AST) -> Iterator[ast.AST]:
    up = getattr(node, "parent", None)
    while up is not None:
        if isinstance(up, ast.ListComp | ast.GeneratorExp):
            yield from up.generators
        yield up
        up = getattr(up, "parent", None)
