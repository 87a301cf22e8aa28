"""Masks of booleans: made for as many rows as the tensor has that they pick from."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import replace
from math import prod

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Argument, Evidence
from shapecheck.reading.applied import applied_to, told_to
from shapecheck.reading.edits import expression, suffixed
from shapecheck.reading.failing import failed, operand, says
from shapecheck.reading.mismatches import dtype_of, sizes_of
from shapecheck.reading.origins import trace
from shapecheck.reading.sizes.size_texts import size_texts
from shapecheck.reading.sizes.written_sizes import written_sizes
from shapecheck.reading.sources import last_name, source_of, walk
from shapecheck.reading.where_made import made_or_written
from shapecheck.remedies.moves import put_behind
from shapecheck.remedies.names.handed_size import handed_size

_TURNED = "it may be the mask that lies the other way"
_OTHER_ORDER = "the mask may run over its items in another order"
_TURNS = re.compile(r"\.(t|T|mT|transpose|permute|swapaxes|movedim)\b|rearrange")
_ELSEWHERE = "rows may have been dropped, or kept, that should not have been"


def candidates(evidence: Evidence) -> list[Candidate]:
    """Another size for the mask, where it was made or in the call that told how many rows there are; or its shape."""
    return [*_made_for_others(evidence), *_in_the_shape_of(evidence), *_laid_flat(evidence), *_turned(evidence)]


def _mask_and_picked(evidence: Evidence) -> tuple[Argument | None, Argument | None]:
    """A mask of booleans, and what it was to pick from or to write to."""
    operation = failed(evidence, "__getitem__", "__setitem__")
    mask, picked = (operand(operation, role) for role in ("index", "self"))
    record = mask.value.record if mask is not None else None
    return (mask, picked) if record is not None and record.dtype == "bool" else (None, None)


def _laid_flat(evidence: Evidence) -> Iterator[Candidate]:
    """A mask of all steps of all samples, laid flat as the rows are that it picks from."""
    mask, picked = _mask_and_picked(evidence)
    if mask is None or picked is None or mask.span is None:
        return
    have, want = sizes_of(mask), sizes_of(picked)
    if len(have) > 1 and want[:1] == (prod(have),):
        change = suffixed(mask.span, ".flatten()")
        yield Candidate(change.text, (change,), (), 0.05, "" if _was_laid_so(evidence, picked, have) else _OTHER_ORDER)


def _turned(evidence: Evidence) -> Iterator[Candidate]:
    """What is picked from turned, where the mask has its first two axes in the other order."""
    mask, picked = _mask_and_picked(evidence)
    if mask is None or picked is None or mask.span is None:
        return
    have, want = sizes_of(mask), sizes_of(picked)
    if len(have) != 2 or have[0] == have[1] or want[:2] != have[::-1]:
        return
    source = source_of(mask.span.file)
    tree = source.tree if source is not None else ast.Module([], [])
    picks = [
        each for each in walk(tree) if isinstance(each, ast.Subscript) and mask.span.text == ast.unparse(each.slice)
    ]
    is_theirs = len({ast.unparse(each.value) for each in picks}) > 1
    doubt = "" if is_theirs else _TURNED
    for each in put_behind(evidence, picked, ".transpose(0, 1)", [], cost=0.05, prefer="origin"):
        yield replace(each, doubt=doubt)


def _was_laid_so(evidence: Evidence, rows: Argument, axes: tuple[int, ...]) -> bool:
    """Whether rows are known to be those of a tensor that begins with these axes, one behind the other."""
    held = {name: value.record for frame in evidence.frames if frame.is_user for name, value in frame.names.items()}
    laid = (held.get(name) for text in _texts(evidence, rows) for name in _flattened(text))
    is_so = any(each is not None and each.shape[: len(axes)] == axes for each in laid)
    return is_so and not any(_TURNS.search(text) for text in _texts(evidence, rows))


def _in_the_shape_of(evidence: Evidence) -> Iterator[Candidate]:
    """A mask that is as long as the tensor has items, in the tensor's shape."""
    mask, picked = _mask_and_picked(evidence)
    if mask is None or picked is None or mask.span is None or picked.span is None:
        return
    have, want = sizes_of(mask), sizes_of(picked)
    if len(have) != 1 or len(want) < 2 or have[0] != prod(want) or "(" in picked.expression:
        return
    if have[0] != want[0]:
        change = suffixed(mask.span, f".view_as({picked.expression})")
        doubt = "" if _lies_alike(evidence, mask, picked) else _OTHER_ORDER
        yield Candidate(change.text, (change,), (), 0.05, doubt)


def _lies_alike(evidence: Evidence, mask: Argument, picked: Argument) -> bool:
    """Whether a flat mask is known to run over its items as the tensor does.

    It does where it was made of that very tensor. Where no name tells what it was made of, one sample's tensor is
    taken to lie as it was laid, unless something has turned it.
    """
    flat = [each for text in _texts(evidence, mask) for each in _flattened(text)]
    if flat:
        return all(each == picked.expression for each in flat)
    return sizes_of(picked)[0] == 1 and not any(_TURNS.search(text) for text in _texts(evidence, picked))


def _texts(evidence: Evidence, item: Argument) -> list[str]:
    """An operand's text, and those of what made it."""
    span = item.span
    return [span.text, *(origin.span.text for origin in trace(evidence, span, through=True))] if span else []


def _flattened(text: str) -> Iterator[str]:
    """What is flattened in an expression."""
    node = expression(text)
    for part in walk(node):
        base = applied_to(part) if isinstance(part, ast.Call) else None
        if isinstance(part, ast.Call) and base is not None:
            name, rest = last_name(part.func), [ast.unparse(each) for each in told_to(part)]
            if name in ("flatten", "ravel") or (name in ("view", "reshape") and rest[:1] == ["-1"]):
                yield ast.unparse(base)


def _made_for_others(evidence: Evidence) -> Iterator[Candidate]:
    operation = failed(evidence, "__getitem__", "__setitem__")
    mask = operand(operation, "index", "index[0]")
    told = says(evidence, r"indexed tensor \[(\d+)")
    if mask is None or told is None or dtype_of(mask) != "bool":
        return
    # What is picked from may be the result of a call, which no name holds; the exception tells its rows.
    have, rows = sizes_of(mask), int(told.group(1))
    if len(have) != 1 or have[0] == rows:
        return
    for origin in made_or_written(evidence, mask):
        written = written_sizes(origin.span, evidence)
        if written is None or len(written) != 1:
            continue
        yield from handed_size(evidence, written[0], rows, (), cost=0.05)
        text = next(size_texts(evidence, written[0], rows), "")
        if text:
            yield Candidate(f"{written[0].text} -> {text}", (Change(written[0], text),), (), 0.1)
        else:
            yield Candidate(f"{written[0].text} -> {rows}", (Change(written[0], str(rows)),), (), 0.6, _ELSEWHERE)
