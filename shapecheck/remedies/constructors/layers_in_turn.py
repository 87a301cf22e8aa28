"""Layers that a loop makes one behind the other, each of which must take what the one before gives."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence, Operation
from shapecheck.reading.arithmetic import worked_out
from shapecheck.reading.assignments import stored_in
from shapecheck.reading.edits import argument, bracketed, statement_behind
from shapecheck.reading.failing import failed, kind, number, shape
from shapecheck.reading.layers.layer_arguments import GIVEN, TAKEN
from shapecheck.reading.reckoning import CannotReckonError, Reckoner, bound
from shapecheck.reading.sources import (
    Source,
    function_around,
    is_named,
    known_at,
    last_name,
    names_in,
    parents,
    source_of,
    user_sources,
    walk,
)
from shapecheck.remedies.moves import exchanged

_COST = 0.0
_BACKWARDS = "something is walked backwards here, which the layers may be as well"
_GATHERS = "something is gathered in the loop over the layers, which may stand beside one another"
_READ_BEHIND = "the name is read behind the loop as well, where it was to be the width of before"
_OTHER_WAY = "another loop makes such layers in this order, and these may be walked from the last to the first"
_COMPREHENSIONS = ast.ListComp | ast.GeneratorExp


@dataclass(frozen=True, slots=True)
class Made:
    """A call in a loop that makes a layer a round.

    Args:
        source: The file.
        loop: The loop, or the part of a comprehension that walks.
        call: The call.
        taken: What it is told for the width that it takes.
        given: What it is told for the width that it gives.
    """

    source: Source
    loop: ast.For | ast.comprehension
    call: ast.Call
    taken: ast.expr
    given: ast.expr

    def text(self, node: ast.expr) -> str:
        """What is written there."""
        return self.source.span(node).text


def candidates(evidence: Evidence) -> list[Candidate]:
    """The width of the round before, where each round's layer takes what the first one takes."""
    operation = failed(evidence, *TAKEN)
    sizes = shape(operation, "input")
    if operation is None or sizes is None or len(sizes) < 2:
        return []
    taken, given = TAKEN[kind(operation)], GIVEN[kind(operation)]
    have, came = number(operation, taken.name), sizes[taken.axis]
    is_beside, gathers = _walked(evidence)
    if have == came or is_beside:
        return []
    own = number(operation, given.name) * (2 if number(operation, "bidirectional") else 1)
    found: list[Candidate] = []
    for made in layers_made(evidence, operation):
        known = worked_out(evidence, made.source.span(made.taken))
        is_other = type(known) is int and known != have and not _grows_alike(evidence, made, operation, came - have)
        if is_other or names_in(made.taken) & _stored(made.loop):
            continue
        if _comes_of_round(evidence, made, operation, came):
            found += _by_index(made) or _by_lists(made) or _by_unread(evidence, made) or _by_item_before(made)
            found += [] if found else _handed_on(made) or _behind_first(made, came == own)
    return [each.doubted(gathers) for each in found]


def _walked(evidence: Evidence) -> tuple[bool, str]:
    """Whether all the layers of the loop that failed get the same, and the doubt where it does more than hand on."""
    frames = [each for each in reversed(evidence.frames) if each.is_user]
    for frame in frames:
        source = source_of(frame.span.file)
        # Otherwise it is one of several in what the loop walks.
        is_itself = frame is frames[0] and evidence.inner is None
        node = source.node_at(frame.span) if source is not None else None
        for up in parents(node) if isinstance(node, ast.Call) else ():
            if isinstance(up, ast.FunctionDef | ast.Lambda):
                break
            if not isinstance(node, ast.Call) or _makes(source, node.func):
                # What is called was made in this very round: the rounds are of models, not of layers.
                continue
            parts = up.generators if isinstance(up, _COMPREHENSIONS) else [up] if isinstance(up, ast.For) else []
            if not any(names_in(node.func) & names_in(each.target) for each in parts):
                continue
            if not isinstance(up, ast.For):
                return is_itself, _GATHERS
            handed = names_in(*node.args)
            if handed and "self" not in handed and not handed & stored_in(up):
                return is_itself, _GATHERS
            states = {ast.unparse(each) for each in node.args}
            return False, _GATHERS if any(_gathers(each, handed, states) for each in walk(up)) else ""
    return False, ""


def _makes(source: Source | None, callee: ast.expr) -> bool:
    """Whether what is called is made there: ``Net(width)(x)``, or by a function that makes layers."""
    name = last_name(callee.func) if isinstance(callee, ast.Call) else ""
    functions = walk(source.tree) if source is not None and name else ()
    inside = [
        node for each in functions if isinstance(each, ast.FunctionDef) and each.name == name for node in each.body
    ]
    calls = [each for node in inside for each in walk(node) if isinstance(each, ast.Call)]
    return name[:1].isupper() or any(last_name(each.func)[:1].isupper() for each in calls)


def _gathers(node: ast.AST, handed: set[str], states: set[str]) -> bool:
    """Whether something is put aside: in a list, at an index, in a sum, or as what is returned.

    A state that goes back to where the layer got it from is not.
    """
    if isinstance(node, ast.Return | ast.Yield | ast.AugAssign):
        return True
    if isinstance(node, ast.Call):
        return last_name(node.func) in ("append", "extend", "insert")
    if not isinstance(node, ast.Assign):
        return False
    own = names_in(*(each for each in node.targets if isinstance(each, ast.Name)))
    is_at_index = any(isinstance(each, ast.Subscript) and ast.unparse(each) not in states for each in node.targets)
    return is_at_index or bool((own & names_in(node.value)) - handed)


def _stored(loop: ast.For | ast.comprehension) -> set[str]:
    """The names that each round gives anew, but those that the loop itself counts by."""
    return stored_in(loop) - names_in(loop.target)


def _comes_of_round(evidence: Evidence, made: Made, operation: Operation, came: int) -> bool:
    """Whether the width that came may be that of the round before; False where all are known and none gives it."""
    given = GIVEN[kind(operation)].name
    is_of_list = any(isinstance(each, ast.Subscript) for each in walk(made.given))
    widths = _widths(evidence, made) if not is_of_list else None
    if widths is None:
        return True
    if last_name(made.call.func) != kind(operation):
        return came in widths
    both = 2 if number(operation, "bidirectional") else 1
    pairs = pairwise(widths)
    return any((both * before, now) == (came, number(operation, given)) for before, now in pairs)


def _grows_alike(evidence: Evidence, made: Made, operation: Operation, more: int) -> bool:
    """Whether a class of the script's own, made for the width of the round before, would take as much more."""
    known = worked_out(evidence, made.source.span(made.taken))
    if last_name(made.call.func) == kind(operation) or type(known) is not int:
        return False
    return more in [each - known for each in (_widths(evidence, made) or ())[:-1]]


def _widths(evidence: Evidence, made: Made) -> list[Any] | None:
    """The width that each round gives, where the loop counts by one name and all can be reckoned; else None."""
    target, reckoner = made.loop.target, Reckoner(evidence)
    if not isinstance(target, ast.Name):
        return None
    try:
        items = reckoner.value(made.source, made.loop.iter)
        return [reckoner.value(made.source, made.given, {target.id: item}) for item in items]
    except (CannotReckonError, TypeError):
        return None


def layers_made(evidence: Evidence, operation: Operation) -> Iterator[Made]:
    """The calls in loops that make such a layer, or something of the script's own that may hold one."""
    names = [each[kind(operation)].name for each in (TAKEN, GIVEN)]
    for source in user_sources(evidence):
        own = {each.name for each in source.classes if _is_module(each)}
        for call in source.calls(kind(operation), *own):
            loop = _loop(call)
            spans = (argument(source.span(call), name, at) for at, name in enumerate(names))
            told = [source.node_at(span) if span is not None else None for span in spans]
            if loop is not None and told[0] is not None and told[1] is not None:
                yield Made(source, loop, call, told[0], told[1])


def _is_module(owner: ast.ClassDef) -> bool:
    return any(isinstance(each, ast.FunctionDef) and each.name == "forward" for each in owner.body)


def _loop(call: ast.Call) -> ast.For | ast.comprehension | None:
    for up in parents(call):
        if isinstance(up, ast.For):
            return up if call not in walk(up.iter) else None
        if isinstance(up, _COMPREHENSIONS):
            return up.generators[0] if len(up.generators) == 1 and call not in walk(up.generators[0].iter) else None
        if isinstance(up, ast.FunctionDef | ast.Lambda):
            return None
    return None


def _by_index(made: Made) -> list[Candidate]:
    """``sizes[i]`` and ``sizes[i + 1]`` for two items of one list that a loop counts up to its last but one."""
    pair, loop = (made.taken, made.given), made.loop
    if not all(isinstance(each, ast.Subscript) for each in pair) or not isinstance(loop.target, ast.Name):
        return []
    lists = {ast.unparse(each.value) for each in pair if isinstance(each, ast.Subscript)}
    counted = ast.unparse(loop.iter) == f"range(len({next(iter(lists))}) - 1)"
    if len(lists) != 1 or not counted:
        return []
    name, at = next(iter(lists)), loop.target.id
    right = (f"{name}[{at}]", f"{name}[{at} + 1]")
    changes = [
        Change(made.source.span(node), text)
        for node, text in zip(pair, right, strict=True)
        if ast.unparse(node) != text
    ]
    title = f"{last_name(made.call.func)}({', '.join(right)})"
    is_backwards = any("[::-1]" in line or "reversed(" in line for line in made.source.lines)
    home = function_around(made.call)
    others = [each for each in walk(home) if isinstance(each, ast.Call)] if home is not None else []
    is_made = any(each is not made.call and tuple(map(ast.unparse, each.args[:2])) == right for each in others)
    doubt = (_BACKWARDS if is_backwards else _OTHER_WAY if is_made else "") if len(changes) > 1 else ""
    return [Candidate(title, tuple(changes), (), _COST, doubt)] if changes else []


def _by_lists(made: Made) -> list[Candidate]:
    """``zip(sizes[:-1], sizes[1:])`` for the two the other way round, where each layer takes from the first of them."""
    walked, target = made.loop.iter, made.loop.target
    while isinstance(walked, ast.Call) and last_name(walked.func) in ("list", "tuple", "enumerate") and walked.args:
        walked = walked.args[0]
        is_counted = isinstance(target, ast.Tuple) and len(target.elts) == 2 and isinstance(target.elts[1], ast.Tuple)
        target = target.elts[1] if is_counted and isinstance(target, ast.Tuple) else target
    if not isinstance(walked, ast.Call) or last_name(walked.func) != "zip" or len(walked.args) != 2:
        return []
    names = [ast.unparse(each) for each in target.elts] if isinstance(target, ast.Tuple) else []
    pair = [ast.unparse(made.taken), ast.unparse(made.given)]
    ways = [ast.unparse(each) for each in walked.args]
    lists = ways if names == pair else ways[::-1] if names == pair[::-1] else []
    base = lists[0].removesuffix("[1:]") if lists else ""
    if not base or lists != [f"{base}[1:]", f"{base}[:-1]"]:
        return []
    one, other = map(made.source.span, walked.args)
    is_backwards = any("[::-1]" in line or "reversed(" in line for line in made.source.lines)
    return [exchanged(one, other, cost=_COST, doubt=_BACKWARDS if is_backwards else "")]


def _by_unread(evidence: Evidence, made: Made) -> list[Candidate]:
    """The one name of the loop that nobody reads: ``GRU(a, b)`` for ``GRU(sizes[0], b)`` where ``a`` is given."""
    names = names_in(made.loop.target)
    home = made.loop if isinstance(made.loop, ast.For) else getattr(made.loop, "parent", None)
    reads = (
        [each for each in walk(home) if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Load)] if home else []
    )
    unread = [each for each in names - {each.id for each in reads} if each.strip("_")]
    if len(unread) != 1 or len(names) < 2 or names_in(made.taken) & names:
        return []
    hands_on = _hands_on(evidence, made, unread[0])
    if hands_on is False or (hands_on is None and _handed_on(made)):
        return []
    return [Candidate(unread[0], (Change(made.source.span(made.taken), unread[0]),), (), _COST)]


def _hands_on(evidence: Evidence, made: Made, name: str) -> bool | None:
    """Whether a name of a loop holds what the round before gives, and in the first round what all of them take.

    None where that cannot be told.
    """
    reckoner = Reckoner(evidence)
    try:
        rounds = [bound(made.loop.target, item) for item in reckoner.value(made.source, made.loop.iter)]
        given = [reckoner.value(made.source, made.given, names) for names in rounds]
        first = reckoner.value(made.source, made.taken)
    except (CannotReckonError, TypeError, ValueError):
        return None
    return [names.get(name) for names in rounds] == [first, *given[:-1]]


def _by_item_before(made: Made) -> list[Candidate]:
    """``first if i == 0 else sizes[i - 1]`` where each layer gives ``sizes[i]``, and all take the first width."""
    given, target = made.given, made.loop.target
    is_item = isinstance(given, ast.Subscript) and isinstance(target, ast.Name)
    if not is_item or not isinstance(given, ast.Subscript) or ast.unparse(given.slice) != ast.unparse(target):
        return []
    sizes, at = made.text(given.value), ast.unparse(target)
    counts = isinstance(made.loop.iter, ast.Call) and last_name(made.loop.iter.func) == "range"
    if not counts or not isinstance(made.loop.iter, ast.Call) or len(made.loop.iter.args) != 1:
        return []
    if at in names_in(made.taken) or sizes in {ast.unparse(each) for each in walk(made.taken)}:
        return []
    text = f"{made.text(made.taken)} if {at} == 0 else {sizes}[{at} - 1]"
    return [Candidate(text, (Change(made.source.span(made.taken), text),), (), _COST)]


def _handed_on(made: Made) -> list[Candidate]:
    """``width = size`` at the end of each round, where nothing gives the name of the width anew."""
    loop, name = made.loop, made.taken
    if not isinstance(loop, ast.For) or not isinstance(name, ast.Name):
        return []
    if not names_in(loop.target) & names_in(made.given) or name.id in names_in(loop.target):
        # What the loop itself gives anew each round is not handed on.
        return []
    line = f"{name.id} = {_width(made)}"
    home, last = function_around(made.call), _block(loop, made.call)[-1]
    behind = [each for each in walk(home or made.source.tree) if is_named(each, name.id)]
    end_line = loop.body[-1].end_lineno or 0
    is_read = any(isinstance(each.ctx, ast.Load) and each.lineno > end_line for each in behind)
    doubt = _READ_BEHIND if is_read else ""
    return [Candidate(line, (statement_behind(made.source, last, line),), (), _COST, doubt)]


def _block(loop: ast.For, call: ast.Call) -> list[ast.stmt]:
    """The statements that are run with the one that makes the layer, where other rounds may make another one."""
    for up in parents(call):
        for block in (getattr(up, "body", None), getattr(up, "orelse", None)) if isinstance(up, ast.If) else ():
            if isinstance(block, list) and any(call in walk(each) for each in block):
                return block
        if up is loop:
            break
    return loop.body


def _behind_first(made: Made, is_own_width: bool) -> list[Candidate]:
    """``size if i == 0 else hidden``, where all rounds make the same layer, which gets what it gives itself."""
    loop, target = made.loop, made.loop.target
    is_counted = isinstance(loop.iter, ast.Call) and last_name(loop.iter.func) == "range" and len(loop.iter.args) == 1
    told = names_in(made.taken, made.given)
    if isinstance(made.given, ast.BinOp) and names_in(made.taken) <= names_in(made.given):
        # A width that is reckoned from the one before goes on so from round to round.
        return []
    if not is_own_width or not is_counted or not isinstance(target, ast.Name) or target.id in told:
        return []
    is_named = target.id.strip("_") != ""
    taken = names_in(function_around(made.call) or made.source.tree) | known_at(made.call)
    free = next((each for each in ("i", "at", "layer", "number") if each not in taken), "")
    at = target.id if is_named else free
    if not at:
        return []
    text = f"{made.text(made.taken)} if {at} == 0 else {_width(made)}"
    changes = [Change(made.source.span(made.taken), text)]
    if not is_named:
        changes.append(Change(made.source.span(target), at))
    return [Candidate(text, tuple(changes), (), _COST)]


def _width(made: Made) -> str:
    """What a layer gives: twice as much in two directions."""
    text = made.text(made.given)
    both = any(each.arg == "bidirectional" and ast.unparse(each.value) == "True" for each in made.call.keywords)
    return f"2 * {bracketed(text)}" if both else text
