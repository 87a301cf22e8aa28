"""Lists that a function makes tensors of side by side, of which one is cut: ``tags[:n]`` as ``words[:n]`` there."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate
from shapecheck.evidence import Evidence
from shapecheck.reading.arithmetic import worked_out
from shapecheck.reading.assignments import values_given
from shapecheck.reading.edits import suffixed
from shapecheck.reading.failing import INDEX_LOSSES, SAME_SHAPE_LOSSES, failed, tensors
from shapecheck.reading.mismatches import ELEMENTWISE, sizes_of
from shapecheck.reading.sources import (
    Source,
    home_around,
    last_name,
    names_in,
    parents,
    targets_of,
    user_sources,
    walk,
)
from shapecheck.reading.vocabulary import ARRAYS, TENSORS

CAUSE = "cut_on_one_side_only"
_COST = 0.03
_MAKERS = (*TENSORS, *ARRAYS, "from_numpy")
_SEVERAL = "several lists are not cut beside the one that is, and not all of them may be as long as it"
_READ_ON = "what is made of the other list is cut farther down, and may have been left whole for that"


def candidates(evidence: Evidence) -> list[Candidate]:
    """The other list cut as well, where what came of the two meets, and the one is as long as was cut to."""
    items = tensors(failed(evidence, *INDEX_LOSSES, *SAME_SHAPE_LOSSES, *ELEMENTWISE))
    sizes = [sizes_of(each) for each in items]
    found = []
    for source in user_sources(evidence) if len(items) == 2 else ():
        for cut in _cuts(source):
            assert isinstance(cut.slice, ast.Slice)
            assert cut.slice.upper is not None
            most = source.span(cut.slice.upper)
            if not _is_longer(sizes, worked_out(evidence, most)):
                continue
            others = list(dict.fromkeys(_uncut_beside(cut)))
            changes = [suffixed(source.span(each), f"[:{most.text}]") for each in others]
            doubt = _SEVERAL if len(others) > 1 else _READ_ON if any(map(_is_cut_below, others)) else ""
            found += [Candidate(each.text, (each,), (), _COST, doubt) for each in changes]
    return found


def _cuts(source: Source) -> Iterator[ast.Subscript]:
    """What keeps the first so many items."""
    for node in walk(source.tree):
        part = node.slice if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Load) else None
        if isinstance(part, ast.Slice) and part.lower is None and part.step is None and part.upper is not None:
            yield node  # type: ignore[misc]


def _is_longer(sizes: list[tuple[int, ...]], most: object) -> bool:
    """Whether of two tensors one is as long as was cut to and the other one longer, step by step or in all rows."""
    if type(most) is not int or most < 2:
        return False
    for one, other in (sizes, sizes[::-1]):
        longest = max(other, default=0)
        if most in one[1:] and most not in other[1:] and one[:1] == other[:1] and max(other[1:], default=0) > most:
            return True
        rows, rest = divmod(one[0], most) if one else (0, 1)
        if rows and not rest and len(other) == 1 and longest > one[0] and longest % rows == 0:
            return True
    return False


def _uncut_beside(cut: ast.Subscript) -> Iterator[ast.expr]:
    """What is made a tensor of as it is, in the function that makes one of the list that is cut, by the same call."""
    home = home_around(cut)
    makers = [each for each in walk(home) if isinstance(each, ast.Call) and last_name(each.func) in _MAKERS]
    given = [(each, each.args[0]) for each in makers if each.args]
    names = {ast.unparse(target) for line in walk(home) for target, value in values_given(line) if value is cut}
    of_cut = {ast.unparse(call.func) for call, part in given if part is cut or ast.unparse(part) in names}
    are_cut = {ast.unparse(target) for line in walk(home) for target, value in values_given(line) if _is_slice(value)}
    # What it is cut of is no other list: of a row the next items may be what is to come.
    are_cut.add(ast.unparse(cut.value))
    for call, part in given:
        is_whole = isinstance(part, ast.Name | ast.Attribute | ast.Subscript) and not _is_slice(part)
        # One item of a list, where the cut is of a whole one.
        is_item = _is_in_rounds(part) and not _is_in_rounds(cut)
        if is_whole and not is_item and ast.unparse(call.func) in of_cut and ast.unparse(part) not in are_cut:
            yield part


def _is_cut_below(part: ast.expr) -> bool:
    """Whether what is made of a list is read from a later item on, by the name that it is given."""
    made = {ast.unparse(each) for up in parents(part) if isinstance(up, ast.Call) for each in targets_of(up)}
    cuts = [
        each
        for each in walk(home_around(part))
        if isinstance(each, ast.Subscript) and isinstance(each.slice, ast.Slice)
    ]
    return any(each.slice.lower is not None and ast.unparse(each.value) in made for each in cuts)  # type: ignore[attr-defined]


def _is_in_rounds(node: ast.expr) -> bool:
    """Whether a comprehension around gives the name its values."""
    rounds = [loop for up in parents(node) for loop in getattr(up, "generators", ())]
    return bool(names_in(node) & names_in(*(loop.target for loop in rounds)))


def _is_slice(node: ast.expr) -> bool:
    return isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Slice)
