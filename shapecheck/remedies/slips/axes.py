"""Another axis for what was summed, joined, merged or repeated on the way to an operand that does not fit."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence
from shapecheck.reading.applied import applied_to, is_of_torch, size_asked, told_to, written_axis
from shapecheck.reading.edits import whole_number
from shapecheck.reading.failing import says
from shapecheck.reading.sources import last_name
from shapecheck.reading.written_behind import Written, slips_behind

# The place of the axis among what is told beside what the call is of.
_AXIS_AT = {
    **dict.fromkeys(
        ("sum", "mean", "std", "var", "amax", "amin", "max", "min", "argmax", "argmin", "median", "mode", "prod"), 0
    ),
    **dict.fromkeys(("logsumexp", "all", "any", "unbind", "cumsum", "argsort", "unsqueeze", "squeeze"), 0),
    **dict.fromkeys(("repeat_interleave", "chunk", "split", "kthvalue", "topk"), 1),
    **dict.fromkeys(("index_select", "select", "narrow", "gather", "stack", "cat", "concat", "concatenate"), 0),
}
# What is told two or more of them.
_SEVERAL = ("flatten", "transpose", "swapaxes")
# What makes the axis, so that one more is there than in what it is of.
_MAKE_AXIS = ("unsqueeze", "stack")
_ENDS = 2
# Whose functions are given first what they are of, as torch's are.
_ARRAYS = ("np", "numpy")


def candidates(evidence: Evidence) -> list[Candidate]:
    """The calls with a written axis, nearest first, each along another one."""
    # Of the call that has no such axis those that there are are known.
    is_known = says(evidence, r"Dimension out of range") is not None
    return slips_behind(evidence, lambda written: iter(()) if is_known and written.is_refused else _others(written))


def _others(written: Written) -> Iterator[tuple[Change, ...]]:
    for axis, of, known in _axes(written.node):
        place = written.place(axis)
        for new in _instead(place.text, None if of is None else written.count_axes(of)):
            if new not in known and not _ends_before(written.node, axis, new):
                yield (Change(place, str(new)),)


def _axes(node: ast.AST) -> Iterator[tuple[ast.expr, ast.expr | None, tuple[int, ...]]]:
    """The axes that are written in a call, each with what it is one of, if it has them now, and those it cannot be."""
    asked = size_asked(node)
    if asked is not None:
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            yield node.args[0], asked[0], ()
        elif isinstance(node, ast.Subscript):
            yield node.slice, asked[0], ()
        return
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
        return
    of = applied_to(node) if node.func.attr not in _MAKE_AXIS else None
    if node.func.attr in _SEVERAL:
        told = [each for each in (*told_to(node), *(one.value for one in node.keywords)) if _is_number(each)]
        for each in told:
            yield each, of, tuple(whole_number(one) or 0 for one in told if one is not each)
    elif node.func.attr in _AXIS_AT:
        is_array = not is_of_torch(node) and ast.unparse(node.func.value) in _ARRAYS
        axis = written_axis(node, _AXIS_AT[node.func.attr] + is_array)
        if axis is not None and _is_number(axis):
            yield axis, of, ()


def _ends_before(node: ast.AST, axis: ast.expr, new: int) -> bool:
    """Whether what is merged would end before it begins."""
    if not isinstance(node, ast.Call) or last_name(node.func) != "flatten" or len(told_to(node)) != _ENDS:
        return False
    first, last = (new if each is axis else whole_number(each) or 0 for each in told_to(node))
    return first == -1 or (first > last and (first < 0) == (last < 0))


def _is_number(node: ast.expr) -> bool:
    return whole_number(node) is not None


def _instead(axis: str, count: int | None) -> list[int]:
    """The other axes to try, each once where it is known how many there are; counted from the same end first."""
    written = int(axis)
    if count is None:
        return [each for each in ((-1, -2, 0, 1) if written < 0 else (0, 1, 2, -1)) if each != written]
    is_there = -count <= written < count
    return [
        each
        for each in (range(-1, -count - 1, -1) if written < 0 else range(count))
        if not is_there or each % count != written % count
    ]
