"""The width of what was joined, as a sum of names: where a layer was told that of one part alone, or of another."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations

from shapecheck.candidate import Candidate, Change, Step
from shapecheck.evidence import Evidence, Operation, Span
from shapecheck.reading.arithmetic import worked_out
from shapecheck.reading.assignments import values_given
from shapecheck.reading.definitions import is_told_to_several
from shapecheck.reading.edits import bracketed, expression, piece, summands, whole_number
from shapecheck.reading.failing import STATES, operand
from shapecheck.reading.joined.joins import Join, joins, place_of_input
from shapecheck.reading.origins import spans_of, trace
from shapecheck.reading.sizes.part_widths import width_of_part
from shapecheck.reading.sources import class_around, found_at, function_around, node_at, source_of, targets_of, walk
from shapecheck.reading.ways_back import spans_behind

# More tensors are joined in a loop, and no sum of so many widths is written out.
MAX_PARTS = 6
_OF_ALL = "other layers are made in the same place, and would be told it as well"
_BY_CHANCE = "the name may be of this size by chance: what was joined is not made with it"
_WRONG_TERM = "one term of the sum is the width of nothing that is joined: another may be meant there"
_ANOTHER_PART = "what has the width of that term is made beside the join: it may have been meant to be joined"
_BY_A_NUMBER = "a part may have been meant to have the width that is named"
_NAMED = ast.Name | ast.Attribute | ast.Subscript
_Read = tuple[ast.FunctionDef | None, str]


def summed(
    evidence: Evidence,
    operation: Operation,
    name: str,
    given: Span,
    have: object,
    size: int,
    trial: tuple[Step, ...],
    *,
    cost: float,
) -> Iterator[Candidate]:
    """The sum of the widths of all that was joined, where a layer was told that of one part, or a wrong part.

    Args:
        evidence: The problem.
        operation: The call of the layer.
        name: The argument of the layer; of a recurrent one, its hidden_size goes with its state.
        given: The argument's text.
        have: What it is.
        size: What it must be.
        trial: The same as a trial.
        cost: What it costs where the names are those that the parts were made with; else a little more.
    """
    if not isinstance(have, int) or have == size:
        return
    for join, widths in _joined(evidence, operation, name):
        if 2 <= len(widths) <= MAX_PARTS and set(widths) == {have} and sum(each or 0 for each in widths) == size:
            is_of_call = is_told_to_several(given) and not _joins_in_each(join, given)
            handed = trace(evidence, given, parts=True) if is_of_call else ()
            at = next((each.span for each in handed), given)
            text = f"{len(widths)} * {bracketed(at.text)}"
            if not at.text.isdecimal():
                yield _told(text, at, text, trial, cost)
            return
        behind = set(_names_behind(evidence, join))
        for at, text, names in _ways(evidence, given, widths, behind, have, size):
            is_theirs = all(_names(each) <= {text for _, text in behind} for each in names)
            doubt = "" if is_theirs else _BY_CHANCE
            if not text.startswith(at.text) and _is_made_beside(evidence, join, at):
                doubt = doubt or _ANOTHER_PART
            # In a function that makes several layers the others would be told it as well.
            is_of_all = at == given and is_told_to_several(given)
            is_of_all = is_of_all and not _joins_in_each(join, given)
            far = 0.1 * (not is_theirs) + 0.8 * is_of_all
            yield _told(text, at, text, trial, cost + far, doubt or (_OF_ALL if is_of_all else ""))
            return
        others = _others(widths, have, size)
        if others and (name == "hidden_size" or _are_written(evidence, join, given, others)):
            # A part is made with a number that may have no name, such as a state by hand.
            text = f"{given.text} + {sum(others)}"
            yield _told(text, given, text, trial, cost)
        if others:
            return


def _are_written(evidence: Evidence, join: Join, given: Span, widths: Sequence[int]) -> bool:
    """Whether layers of the class of a layer that was told a name made parts of a join with these very numbers."""
    owner = class_around(node_at(given))
    made = [node for span in spans_behind(evidence, *join.parts) if class_around(node := node_at(span)) is owner]
    calls = [each for node in made for each in walk(node) if isinstance(each, ast.Call)]
    numbers = {whole_number(each) for call in calls for each in (*call.args, *(key.value for key in call.keywords))}
    return owner is not None and isinstance(expression(given.text), _NAMED) and numbers.issuperset(widths)


def _told(title: str, at: Span, text: str, trial: tuple[Step, ...], cost: float, doubt: str = "") -> Candidate:
    return Candidate(title, (Change(at, text),), trial, cost, doubt, cause="joined_width_not_counted")


def with_right_terms_kept(
    evidence: Evidence, operation: Operation, name: str, given: Span, size: int, found: Iterable[Candidate]
) -> Iterator[Candidate]:
    """Changes of a width, with what stands against those that change terms of a sum which are parts of what was joined.

    Args:
        evidence: The problem.
        operation: The call of the layer.
        name: The argument of the layer.
        given: The argument's text.
        size: What it must be.
        found: The changes.
    """
    joined = list(_joined(evidence, operation, name))
    ways = (_wrong_terms(evidence, given, widths, size) for _, widths in joined)
    wrong = [term for term, _ in next(filter(None, map(list, ways)), [])]
    known = {width for _, widths in joined for width in widths}
    for each in found:
        is_kept = all(way.span == given or any(term.holds(way.span) for term in wrong) for way in each.changes)
        doubt = _WRONG_TERM if wrong and not is_kept else ""
        if joined and any(_is_by_a_number(way, known, bool(wrong)) for way in each.changes):
            doubt = doubt or _BY_A_NUMBER
        yield each.doubted(doubt)


def _is_by_a_number(change: Change, known: set[int | None], is_wrong: bool) -> bool:
    """Whether a number that is the width of no part is added to names of a sum, or taken off, or put in their place."""
    node, whole = expression(change.text), node_at(change.span)
    up = getattr(whole, "parent", None)
    if whole is None or node is None or not any(isinstance(each, _NAMED) for each in walk(whole)):
        return False
    is_in_sum = any(isinstance(each, ast.BinOp) and isinstance(each.op, ast.Add) for each in (whole, up))
    if whole_number(node) is not None:
        return is_wrong or (is_in_sum and whole_number(node) not in known)
    if not isinstance(node, ast.BinOp) or not isinstance(node.op, ast.Add | ast.Sub):
        return False
    more = whole_number(node.right)
    is_part = isinstance(node.op, ast.Add) and more in known
    return is_in_sum and more is not None and ast.unparse(node.left) == ast.unparse(whole) and not is_part


def _is_made_beside(evidence: Evidence, join: Join, term: Span) -> bool:
    """Whether what a layer of the width of a term gives is made in front of a join, and is no part of it."""
    source, node, call = source_of(join.span.file), node_at(term), node_at(join.span)
    home = function_around(call)
    if source is None or node is None or home is None:
        return False
    layers = {
        ast.unparse(target)
        for each in walk(class_around(call) or source.tree)
        if isinstance(each, ast.Call) and not source.span(each).holds(term)
        for given in (*each.args[1:], *(way.value for way in each.keywords if not (way.arg or "").startswith("in")))
        if _plain(node) in {_plain(part) for part in walk(given) if isinstance(part, _NAMED)}
        for target in targets_of(each)
    }
    behind = list(spans_behind(evidence, *join.parts))
    calls = [each for each in walk(home) if isinstance(each, ast.Call) and ast.unparse(each.func) in layers]
    spans = [source.span(each) for each in calls if each.lineno <= join.span.line]
    return any(not each.holds(join.span) and not any(one.holds(each) for one in behind) for each in spans)


def _joined(evidence: Evidence, operation: Operation, name: str) -> Iterator[tuple[Join, list[int | None]]]:
    """The joins that a layer was given, or its state, with the widths of their parts."""
    state = operand(operation, *STATES) if name == "hidden_size" else None
    place = state.span if state is not None else place_of_input(evidence, operation)
    for join in joins(evidence, place) if place is not None else ():
        yield join, [width_of_part(evidence, part, join.axis) for part in join.parts]


def _joins_in_each(join: Join, given: Span) -> bool:
    """Whether the class of a layer joins the parts itself, in all that are made of it, and none is told a product."""
    source, owner = source_of(given.file), class_around(node_at(given))
    if source is None or owner is None or any(class_around(node_at(part)) is not owner for part in join.parts):
        return False
    told = (each for call in source.calls(owner.name) for each in call.args)
    return not any(isinstance(each, ast.BinOp) and isinstance(each.op, ast.Mult) for each in told)


def _ways(
    evidence: Evidence, given: Span, widths: Sequence[int | None], behind: set[_Read], have: int, size: int
) -> Iterator[tuple[Span, str, list[str]]]:
    """What to change, the new text, and the widths that are new in it."""
    known = {text for _, text in behind}
    others = _others(widths, have, size) if have < size else []
    for at in _handed(evidence, given, behind) if others else ():
        names = {each: _best(found, known) for each in others if (found := _of_size(evidence, at, each))}
        if set(names) == set(others):
            terms = (
                name if others.count(each) == 1 else f"{others.count(each)} * {name}" for each, name in names.items()
            )
            yield at, " + ".join([at.text, *terms]), list(names.values())
    for term, want in _wrong_terms(evidence, given, widths, size) if not others else ():
        found = _of_size(evidence, term, want)
        if found:
            yield term, _best(found, known), [_best(found, known)]


def _wrong_terms(
    evidence: Evidence, given: Span, widths: Sequence[int | None], size: int
) -> Iterator[tuple[Span, int]]:
    """The one term of a sum that is the width of no part of a join, and that of the one part which no term is."""
    if not 2 <= len(widths) <= MAX_PARTS or widths.count(None) > 1:
        return
    left = size - sum(each for each in widths if each is not None)
    parts = [left if each is None else each for each in widths]
    for span in spans_of(evidence, given, parts=True):
        terms = [piece(span, each) for each in summands(expression(span.text))]
        sizes = [worked_out(evidence, each) for each in terms]
        wrong, missing = _apart(sizes, parts), _apart(parts, sizes)
        if len(terms) == len(parts) and sum(parts) == size and len(wrong) == len(missing) == 1 and left >= 0:
            fitting = [at for at, each in enumerate(sizes) if each == wrong[0]]
            # Sums are written in the order of the parts.
            for at in sorted(fitting, key=lambda at: parts[at] != missing[0]):
                yield terms[at], missing[0]


def _apart(some: Sequence[object], others: Sequence[object]) -> list[int]:
    """The numbers that some have more often than others."""
    counted = Counter(each for each in some if type(each) is int)
    return list((counted - Counter(each for each in others if type(each) is int)).elements())


def _settings(evidence: Evidence, given: Span, size: int) -> set[str]:
    source, node = source_of(given.file), expression(given.text)
    if source is None or not isinstance(node, ast.Attribute | ast.Subscript) or not isinstance(node.value, ast.Name):
        return set()
    base = piece(given, node.value)
    known = {base.text, *(each.span.text for each in trace(evidence, base, parts=True))}
    return {
        base.text + source.span(each).text.removeprefix(source.span(each.value).text)
        for each in walk(source.tree)
        if isinstance(each, type(node))
        and _plain(each.value) in known
        and worked_out(evidence, source.span(each)) == size
    }


def _others(parts: Sequence[int | None], have: int, size: int) -> list[int]:
    """The widths that a sum lacks, in their order; nothing where the parts do not tell, or in several ways."""
    if not 2 <= len(parts) <= MAX_PARTS:
        return []
    unknown, sure = parts.count(None), sum(each for each in parts if each is not None)
    if unknown > 1 or (not unknown and sure != size) or (unknown and sure >= size):
        return []
    filled = [size - sure if each is None else each for each in parts]
    ways: dict[tuple[int, ...], list[int]] = {}
    for count in range(1, len(filled)):
        for kept in combinations(range(len(filled)), count):
            left = [each for at, each in enumerate(filled) if at not in kept]
            if sum(filled[at] for at in kept) == have:
                ways.setdefault(tuple(sorted(left)), left)
    return next(iter(ways.values())) if len(ways) == 1 else []


def _handed(evidence: Evidence, given: Span, behind: set[_Read]) -> Iterator[Span]:
    """The places where a width is handed to a call, from the layer outwards, until a part of the join gets it too."""
    for span in dict.fromkeys(spans_of(evidence, given, parts=True)):
        node = node_at(span)
        up = getattr(node, "parent", None)
        is_theirs = node is not None and (function_around(node), _plain(node)) in behind
        is_handed = isinstance(up, ast.Call | ast.keyword) and (is_theirs or not _is_set_for_others(node))
        if isinstance(node, _NAMED | ast.BinOp) and (is_handed or isinstance(up, ast.Assign)):
            yield span
        if is_theirs:
            return


def _is_set_for_others(node: ast.expr | None) -> bool:
    """Whether a name was set in the same function for more than one reader: it is right or wrong for all of them."""
    text, home = ast.unparse(node) if node is not None else "", function_around(node)
    named = [each for each in walk(home) if isinstance(each, ast.Name | ast.Attribute)]
    alike = [type(each.ctx) for each in named if ast.unparse(each) == text]
    return ast.Store in alike and alike.count(ast.Load) > 1


def _of_size(evidence: Evidence, at: Span, size: int) -> list[str]:
    """The names and products that can be read at a place and are this number, but for those that stand there."""
    source, node = found_at(at)
    if source is None or node is None:
        return []
    inside = {source.span(each).text for each in walk(node) if isinstance(each, _NAMED)}
    home: ast.AST = function_around(node) or source.tree
    found = {
        source.span(each).text
        for each in walk(home)
        if _is_size(each)
        and all(
            _can_be_read(home, part, at.line) for part in walk(each) if isinstance(part, ast.expr) and _is_read(part)
        )
        and worked_out(evidence, source.span(each)) == size
    }
    return sorted((found | _settings(evidence, at, size)) - inside, key=lambda each: ("*" in each, each))


def _is_size(node: ast.AST) -> bool:
    return _is_read(node) or (isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult))


def _is_read(node: ast.AST) -> bool:
    """Whether a node is a name that is read, as a whole."""
    is_whole = not isinstance(getattr(node, "parent", None), ast.Attribute)
    return isinstance(node, _NAMED) and isinstance(node.ctx, ast.Load) and is_whole


def _can_be_read(home: ast.AST, node: ast.AST, line: int) -> bool:
    """Whether a name of a function has its value before a line; one of the file, or a parameter, always has."""
    base = node
    while isinstance(base, ast.Attribute | ast.Subscript):
        base = base.value
    if not isinstance(base, ast.Name) or (isinstance(node, ast.Subscript) and not isinstance(node.slice, ast.Constant)):
        return False
    whole = node if isinstance(node, ast.Attribute) and base.id == "self" else base
    text = ast.unparse(whole)
    stored = [
        each.lineno
        for each in walk(home)
        if isinstance(each, ast.Name | ast.Attribute) and isinstance(each.ctx, ast.Store) and ast.unparse(each) == text
    ]
    return not stored or min(stored) < line


def _best(texts: list[str], known: set[str]) -> str:
    return next((each for each in texts if _names(each) <= known), texts[0])


def _names(text: str) -> set[str]:
    node = expression(text)
    return {_plain(each) for each in walk(node) if _is_read(each)} if node is not None else set()


def _plain(node: ast.AST) -> str:
    """A name without the object whose method reads it."""
    return ast.unparse(node).removeprefix("self.")


def _names_behind(evidence: Evidence, join: Join) -> Iterator[_Read]:
    """The names that the parts of a join were made with, and where these come from, each with the function around."""
    for one in spans_behind(evidence, *join.parts):
        root = node_at(one)
        for each in walk(root):
            if isinstance(each, _NAMED):
                yield function_around(each), _plain(each)
    for part in join.parts:
        yield from _names_of_makers(part)


def _names_of_makers(part: Span) -> Iterator[_Read]:
    """The names by which the layers were made that give a part its value in other rounds of a loop."""
    source, node = found_at(part)
    home, owner = function_around(node), class_around(node)
    if source is None or home is None or owner is None or not isinstance(node, ast.Name):
        return
    given = [value for each in walk(home) for name, value in values_given(each) if ast.unparse(name) == node.id]
    layers = {ast.unparse(each.func) for value in given for each in walk(value) if isinstance(each, ast.Call)}
    for made in walk(owner):
        if isinstance(made, ast.Call) and {ast.unparse(target) for target in targets_of(made)} & layers:
            for each in (each for told in made.args for each in walk(told) if isinstance(each, _NAMED)):
                yield function_around(each), _plain(each)
