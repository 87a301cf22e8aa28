"""Arguments that a call left out: what bears their names, what nobody reads, what was handed over as one row."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import replace

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence
from shapecheck.reading.calls import all_given
from shapecheck.reading.calls_refused import RefusedCall, refused_call
from shapecheck.reading.edits import place_before, place_behind, with_keyword
from shapecheck.reading.givers import part_name, same_name
from shapecheck.reading.parts_matched import in_order
from shapecheck.reading.sources import home_around, is_named, last_name, statement_of, walk
from shapecheck.reading.values_named import value_named
from shapecheck.remedies.names.missing_arguments import OTHERS, is_of_another_call

_COLUMNS = "it holds rows of as many parts, and a column of them may be meant for each parameter: *zip(*rows)"
_COST = -0.3
_BESIDE = "another call is given it beside the same, and its name is another one"
_LEFT_OVER = "what nobody reads may be what was left over of a call, and not what is missing"
_GIVEN_ALREADY = "one of the numbers that are given is this one already, and another may be missing"
_HOW_FAR = "how far the gradients may go is not said"
# What torch's own functions need and no name of a script stands for: something to begin with.
_OF_ROWS = ("stack", "cat", "concat", "pad_sequence", "zip", "enumerate", "len", "sum", "map")
_BEGUN = {("clip_grad_norm_", "max_norm"): ("1.0", _HOW_FAR), ("clip_grad_value_", "clip_value"): ("1.0", _HOW_FAR)}


def candidates(evidence: Evidence) -> list[Candidate]:
    """``Net(width, classes)`` for ``Net(width)``, and ``mix(mean, std)`` for ``mix((mean, std))``."""
    refused = refused_call(evidence)
    if refused is None or not refused.missing or refused.is_spread:
        return []
    found = [*_unpacked(refused), *_unread(evidence, refused), *_named(evidence, refused), *_begun(refused)]
    return [replace(each, cause=refused.cause) for each in found]


def _unpacked(refused: RefusedCall) -> Iterator[Candidate]:
    """One row for several parameters, taken apart."""
    args, needed = refused.call.args, 1 + len(refused.missing)
    if len(args) != 1 or refused.call.keywords or _takes_row(refused):
        return
    given, span = refused.operation.arguments, refused.source.span(args[0])
    if isinstance(args[0], ast.Tuple | ast.List):
        if len(args[0].elts) == needed and span.text[:1] in ("(", "["):
            yield Candidate(f"{span.text[1:-1]}", (Change(span, span.text[1:-1]),), (), _COST - 0.1)
    elif given and given[0].value.kind in ("tuple", "list") and len(given[0].value.items) == needed:
        rows = given[0].value.items
        doubt = _COLUMNS if all(each.kind in ("tuple", "list") and len(each.items) == needed for each in rows) else ""
        yield Candidate(f"*{span.text}", (Change(place_before(span), "*"),), (), _COST - 0.1, doubt)


def _takes_row(refused: RefusedCall) -> bool:
    """Whether the function goes over the first thing that it takes, or joins its parts."""
    first, function = next(iter(refused.takes), ""), refused.function
    for each in walk(function) if function is not None else ():
        if isinstance(each, ast.For | ast.comprehension) and is_named(each.iter, first):
            return True
        is_of_row = isinstance(each, ast.Call) and last_name(each.func) in _OF_ROWS
        if is_of_row and isinstance(each, ast.Call) and each.args and is_named(each.args[0], first):
            return True
    return False


def _named(evidence: Evidence, refused: RefusedCall) -> Iterator[Candidate]:
    """What stands in the script under the names of the parameters, at their places."""
    if _unread_alike(evidence, refused):
        return
    takes, args = refused.takes, refused.call.args
    named = [each.arg or "" for each in refused.call.keywords]
    free = [each for each in takes if each not in named]
    own = [part_name(each) for each in args]
    # By their names the ones that are given may be for other parameters than those of their places.
    needed = [each for each in free if each in refused.needs] if refused.needs else list(refused.missing)
    ways = in_order(own, needed) if len(needed) == len(args) + len(refused.missing) else []
    if len(ways) == 1 and args:
        left = [at for at in range(len(needed)) if at not in ways[0]]
        texts = [value_named(refused.source, refused.call, needed[at]) for at in left]
        if all(texts) and not set(texts) & set(own):
            doubt = _doubt(evidence, refused, texts)
            yield _put_in(refused, list(zip(left, texts, strict=True)), ways[0]).doubted(doubt)
        if {*left} != {*range(len(args), len(needed))}:
            return
    texts = [value_named(refused.source, refused.call, each) for each in refused.missing]
    if all(texts) and not _given(refused) & set(texts):
        doubt = _doubt(evidence, refused, texts)
        yield _behind(refused, dict(zip(refused.missing, texts, strict=True))).doubted(doubt)


def _given(refused: RefusedCall) -> set[str]:
    return {ast.unparse(each) for each in all_given(refused.call)}


def _doubt(evidence: Evidence, refused: RefusedCall, texts: Sequence[str]) -> str:
    """What stands against giving what bears the names: it belongs to another call, or is given already."""
    if any(is_of_another_call(refused.call, each) for each in texts):
        return OTHERS
    return _GIVEN_ALREADY if any(_is_given_as_number(evidence, refused, each) for each in texts) else ""


def _is_given_as_number(evidence: Evidence, refused: RefusedCall, text: str) -> bool:
    """Whether what goes by a name is given already, written as a number."""
    held = evidence.held.get(text)
    given = [each for each in refused.call.args if isinstance(each, ast.Constant)]
    return held is not None and held.kind == "number" and held.text in map(ast.unparse, given)


def _put_in(refused: RefusedCall, new: Sequence[tuple[int, str]], way: Sequence[int]) -> Candidate:
    """The arguments with others between them."""
    args = refused.call.args
    texts = {at: refused.source.span(each).text for at, each in zip(way, args, strict=True)} | dict(new)
    first, last = refused.source.span(args[0]), refused.source.span(args[-1])
    changes = []
    for at, text in new:
        behind = next((each for each in sorted(way) if each > at), None)
        if behind is not None:
            span = refused.source.span(args[list(way).index(behind)])
            changes.append(Change(place_before(span), f"{text}, "))
    tail = [text for at, text in new if at > max(way)]
    if tail:
        changes.append(Change(place_behind(last), "".join(f", {text}" for text in tail)))
    assert first.line <= last.line
    title = ", ".join(texts[at] for at in sorted(texts))
    merged = _merged(changes)
    return Candidate(title, tuple(merged), (), _COST)


def _merged(changes: Sequence[Change]) -> list[Change]:
    """What is put in at one place as one change."""
    found: dict[object, Change] = {}
    for each in changes:
        before = found.get(each.span)
        found[each.span] = Change(each.span, (before.text if before else "") + each.text)
    return list(found.values())


def _behind(refused: RefusedCall, texts: dict[str, str]) -> Candidate:
    """The call with more arguments at its end; by name where that is not their place."""
    takes, count = list(refused.takes), len(refused.call.args)
    names = list(texts)
    is_next = takes[count : count + len(names)] == names and not refused.call.keywords
    words = [texts[each] if is_next else f"{each}={texts[each]}" for each in names]
    change = with_keyword(refused.source.span(refused.call), "_", "_")
    assert change is not None
    text = ", ".join(words)
    change = Change(change.span, f", {text}" if change.text.startswith(",") else text)
    return Candidate(text, (change,), (), _COST)


def _unread(evidence: Evidence, refused: RefusedCall) -> Iterator[Candidate]:
    """The one tensor that is made in front of the call and that nobody reads, or that is given beside the same."""
    home = home_around(refused.call)
    is_last = refused.takes[len(refused.call.args) :] in ((), refused.missing)
    if (
        home is None
        or not is_last
        or len(refused.missing) != 1
        or refused.operation.parameters
        or not refused.call.args
    ):
        return
    alike, unread = _unread_alike(evidence, refused), _unread_names(evidence, refused)
    if not alike and value_named(refused.source, refused.call, refused.missing[0]):
        return
    if alike or len(unread) == 1:
        name = alike or unread[0]
        is_part = _is_left_over(home, name) and not (alike or same_name(name, refused.missing[0]))
        yield _last(refused, name, _LEFT_OVER if is_part else "")
    elif not unread and (beside := _given_beside(refused, home)):
        yield _last(refused, beside, _BESIDE)


def _unread_names(evidence: Evidence, refused: RefusedCall) -> list[str]:
    """The tensors that are made in front of the call and that nobody reads."""
    home, here = home_around(refused.call), statement_of(refused.call)
    names = [each for each in walk(home) if isinstance(each, ast.Name)]
    stored = {each.id for each in names if isinstance(each.ctx, ast.Store) and here and each.lineno < here.lineno}
    stored -= {each.id for each in names if isinstance(each.ctx, ast.Load)}
    return [name for name, each in evidence.held.items() if each.kind == "tensor" and name in stored - {"_"}]


def _is_left_over(home: ast.AST, name: str) -> bool:
    """Whether a name only takes one of several parts that a call gave, of which others are read."""
    rows = (each for each in walk(home) if isinstance(each, ast.Tuple) and isinstance(each.ctx, ast.Store))
    made = [each for each in rows if any(is_named(part, name) for part in each.elts)]
    ups = (getattr(each, "parent", None) for each in made)
    return any(isinstance(up, ast.Assign) and isinstance(up.value, ast.Call) for up in ups)


def _unread_alike(evidence: Evidence, refused: RefusedCall) -> str:
    """The one of them that has the shape of all that is given, where what bears the parameter's name has another."""
    shapes = {each.value.record.shape for each in refused.operation.arguments if each.value.record is not None}
    held = evidence.held.get(refused.missing[0])
    is_other = held is None or held.record is None or held.record.shape not in shapes
    found = [
        name
        for name in _unread_names(evidence, refused)
        if (record := evidence.held[name].record) is not None and {record.shape} == shapes
    ]
    return found[0] if len(found) == 1 == len(refused.missing) and is_other else ""


def _given_beside(refused: RefusedCall, home: ast.AST) -> str:
    """What another call is given behind the very arguments of this one."""
    args = [ast.unparse(each) for each in refused.call.args]
    rows = [
        [ast.unparse(each) for each in other.args]
        for other in walk(home)
        if isinstance(other, ast.Call) and other is not refused.call
    ]
    found = {row[len(args)] for row in rows if args and row[: len(args)] == args and len(row) == len(args) + 1}
    return found.pop() if len(found) == 1 else ""


def _last(refused: RefusedCall, text: str, doubt: str) -> Candidate:
    change = Change(place_behind(refused.source.span(refused.call.args[-1])), f", {text}")
    return Candidate(text, (change,), (), _COST, doubt)


def _begun(refused: RefusedCall) -> Iterator[Candidate]:
    """A number to begin with, for what torch's own function needs."""
    if len(refused.missing) == 1 and (refused.name, refused.missing[0]) in _BEGUN and refused.call.args:
        text, doubt = _BEGUN[refused.name, refused.missing[0]]
        yield _last(refused, f"{refused.missing[0]}={text}", doubt)
