"""A data set that counts windows whose target lies behind the end: ``len(self.series) - self.window`` of them."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence
from shapecheck.reading.assignments import stored_in, values_given
from shapecheck.reading.definitions import method_of, values_returned
from shapecheck.reading.edits import expression
from shapecheck.reading.failing import says
from shapecheck.reading.sources import (
    Source,
    class_around,
    found_at,
    function_around,
    is_named,
    names_in,
    node_at,
    user_sources,
    walk,
)
from shapecheck.reading.sums import Sum, added_up, together

_COST = 0.02
_FILLED_UP = "what puts the samples together is the script's own, and may be meant to fill up the short ones"
_UNEQUAL = r"equal size|different shapes|inconsistent"


def candidates(evidence: Evidence) -> list[Candidate]:
    """As many windows as have all that ``__getitem__`` reads of them."""
    if says(evidence, _UNEQUAL):
        sources = user_sources(evidence)
        told = (each.arg for source in sources for call in source.calls("DataLoader") for each in call.keywords)
        doubt = _FILLED_UP if "collate_fn" in told else ""
        return [replace(each, doubt=doubt) for source in sources for each in _cut_short(source)]
    return _beyond(evidence)


def _beyond(evidence: Evidence) -> list[Candidate]:
    """The length without what is read behind the number of a sample, where one position of it is not there."""
    operation = evidence.operation
    source, node = found_at(operation.span) if operation is not None else (None, None)
    getter, owner = function_around(node), class_around(node)
    if source is None or owner is None or getter is None or getter.name != "__getitem__":
        return []
    if not isinstance(node, ast.Subscript) or not says(evidence, r"out of (bounds|range)"):
        return []
    short = [each for each in _cut_short(source) if class_around(node_at(each.changes[0].span)) is owner]
    index = node.slice.elts[0] if isinstance(node.slice, ast.Tuple) and node.slice.elts else node.slice
    behind = _behind(index, getter.args.args[1].arg) if len(getter.args.args) == 2 else None
    if behind is None or names_in(behind) & stored_in(getter):
        return short
    whole = f"len({ast.unparse(node.value)})"
    more = source.span(behind).text
    text = f"{whole} - {f'({more})' if isinstance(behind, ast.BinOp) else more}"
    found = [
        Candidate(text, (Change(source.span(given), text),), (), 0.1)
        for given in values_returned(method_of(owner, "__len__"))
        if whole in ast.unparse(given) and ast.unparse(given) != text
    ]
    return short if any(_sum_of(each.title) != _sum_of(text) for each in short) else found


def _sum_of(text: str) -> Sum:
    node = expression(text)
    return added_up(node) if node is not None else Counter()


def _cut_short(source: Source) -> Iterator[Candidate]:
    """The length without all that the last window has behind its beginning, where windows were cut short at the end."""
    for owner in source.classes:
        getter = next((each for each in owner.body if getattr(each, "name", "") == "__getitem__"), None)
        counts = values_returned(method_of(owner, "__len__"))
        if not isinstance(getter, ast.FunctionDef) or len(getter.args.args) != 2 or len(counts) != 1:
            continue
        ends: dict[str, list[Sum | None]] = {}
        for base, end in _ends(getter):
            ends.setdefault(base, []).append(end)
        for base, found in ends.items():
            behind = [each for each in found if each is not None and None not in found]
            last = next((each for each in behind if all(_is_more(each, other) for other in behind)), None)
            if last is None or not _runs_beyond(
                together(added_up(counts[0]), last, Counter({"": -1, f"len({base})": -1}))
            ):
                continue
            less = "".join(f" - {name}" if many == 1 else f" - {many} * {name}" for name, many in last.items() if name)
            more = 1 - last[""]
            text = f"len({base}){less}" + (f" {'+' if more > 0 else '-'} {abs(more)}" if more else "")
            yield Candidate(text, (Change(source.span(counts[0]), text),), (), _COST)


def _runs_beyond(excess: Sum) -> bool:
    """Whether a sum of names, each of which is one at least, may be more than nothing, and is never less."""
    if not excess:
        return False
    named = [many for name, many in excess.items() if name]
    return all(many > 0 for many in named) and sum(named) + excess[""] >= (0 if named else 1)


def _ends(getter: ast.FunctionDef) -> Iterator[tuple[str, Sum | None]]:
    """What windows and single items are taken of, and how far behind the number of the sample it ends, if told."""
    name, stored, given = getter.args.args[1].arg, stored_in(getter), _given_once(getter)
    for node in walk(getter):
        index = node.slice if isinstance(node, ast.Subscript) else None
        first = index.elts[0] if isinstance(index, ast.Tuple) and index.elts else index
        is_cut = isinstance(first, ast.Slice)
        upper = first.upper if isinstance(first, ast.Slice) and first.lower is not None else first
        if not isinstance(node, ast.Subscript) or upper is None or isinstance(upper, ast.Slice):
            continue
        end = together(added_up(upper, lambda each: given.get(each.id)), Counter({"": int(not is_cut)}))
        is_known = not any(names_in(expression(each)) & stored for each in end if each)
        if end[name] == 1 and is_known:
            yield ast.unparse(node.value), together(end, Counter({name: -1}))
        elif is_cut and not is_known:
            yield ast.unparse(node.value), None


def _given_once(getter: ast.FunctionDef) -> dict[str, ast.expr]:
    """What the names stand for that a method gives a value once, at the top: ``i + n`` of ``end = i + n``."""
    stores = [each.id for each in walk(getter) if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store)]
    given = {ast.unparse(target): value for line in getter.body for target, value in values_given(line)}
    return {name: value for name, value in given.items() if stores.count(name) == 1}


def _is_more(end: Sum, other: Sum) -> bool:
    """Whether one window ends where another one does, or behind that."""
    return all(end[name] >= other[name] for name in {*end, *other})


def _behind(index: ast.expr, name: str) -> ast.expr | None:
    """How far behind the number of the sample it is read: ``self.window`` of ``i + self.window``."""
    if not isinstance(index, ast.BinOp) or not isinstance(index.op, ast.Add):
        return None
    for one, other in ((index.left, index.right), (index.right, index.left)):
        if is_named(one, name) and name not in names_in(other):
            return other
    return None
