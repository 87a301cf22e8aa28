"""Arguments that a function does not take: one call for each, a parameter that its body reads, or none of them."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace
from difflib import get_close_matches

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence, Span
from shapecheck.reading.assignments import own_names
from shapecheck.reading.calls_refused import RefusedCall, refused_call
from shapecheck.reading.definitions import values_returned
from shapecheck.reading.edits import place_before, place_behind, without_keyword
from shapecheck.reading.givers import part_name, same_name
from shapecheck.reading.parts_matched import in_order, place_of
from shapecheck.reading.sources import home_around, is_named, known_at, names_in, parameters, statement_of, walk

_COST, _OF_LAYER = -0.3, 0.6
_WHICH = "the function may be meant to take it, and to do something with it"


def candidates(evidence: Evidence) -> list[Candidate]:
    """``a, b = net(x), net(y)`` for ``a, b = net(x, y)``, and ``model(x)`` for ``model(x, mask)``."""
    refused = refused_call(evidence)
    if refused is None or refused.is_spread or refused.lacks_self:
        return []
    found: list[Candidate] = []
    if refused.unknown:
        found += [*_taken_in(refused, [refused.unknown]), *_renamed(refused)]
    elif refused.spare > 0 and not refused.call.keywords and not _is_of_torch(refused):
        texts = [ast.unparse(each) for each in refused.call.args]
        found += [*_one_by_one(refused), *_taken_in(refused, texts), *_dropped(refused, texts)]
    # What a layer of torch's does with what it takes is known by others: states are a pair.
    more = _OF_LAYER if refused.function is None else 0.0
    return [replace(each, cause=refused.cause, cost=each.cost + more) for each in found]


def _is_of_torch(refused: RefusedCall) -> bool:
    """Whether a function of torch's said no, which counts a tensor in the place of a size as one too many."""
    return refused.function is None and refused.name not in ("forward", "__init__")


def _one_by_one(refused: RefusedCall) -> Iterator[Candidate]:
    """A call for each of several arguments, where what comes out is taken apart into as many names."""
    line, args = statement_of(refused.call), refused.call.args
    row = line.targets[0] if isinstance(line, ast.Assign) and line.value is refused.call else None
    values = [each.value for each in refused.operation.arguments]
    shapes = {each.record.shape if each.kind == "tensor" and each.record is not None else () for each in values}
    rows = values_returned(refused.function)
    is_one = (
        len(args) == refused.spare + 1 and len(shapes) == 1 and not any(isinstance(each, ast.Tuple) for each in rows)
    )
    is_one = is_one and not any(_is_carried(refused, ast.unparse(each)) for each in args)
    if isinstance(row, ast.Tuple) and len(row.elts) == len(args) and is_one:
        called = refused.source.span(refused.call.func).text
        text = ", ".join(f"{called}({refused.source.span(each).text})" for each in args)
        yield Candidate(text, (Change(refused.source.span(refused.call), text),), (), _COST - 0.1)


def _taken_in(refused: RefusedCall, given: list[str]) -> Iterator[Candidate]:
    """A parameter for what the body of the function reads and is given nowhere, or has from outside by that name."""
    function, where = refused.function, refused.where
    if function is None or where is None or function.args.vararg is not None:
        return
    unread = [each for each in _read_before_set(function) if each not in parameters(function)]
    known = known_at(function.body[-1]) - own_names(function)
    asked = [each for each in unread if each not in known or each in given]
    count = refused.spare or 1
    if len(asked) != count or (refused.unknown and asked != [refused.unknown]):
        return
    last = function.args.args[-1] if function.args.args and not function.args.defaults else None
    if last is None or function.args.kwonlyargs:
        return
    title = f"def {function.name}(..., {', '.join(asked)})"
    at = given.index(asked[0]) if count == 1 and asked[0] in given and not refused.unknown else len(refused.takes)
    if at < len(refused.takes):
        # It is given between others, so that it stands between them there as well.
        follows = next(each for each in function.args.args if each.arg == refused.takes[at])
        place = place_before(where.span(follows))
        yield Candidate(title, (Change(place, f"{asked[0]}, "),), (), _COST - 0.1)
    elif refused.unknown or all(place_of(each, given) in (None, at) for at, each in enumerate(refused.takes)):
        change = Change(place_behind(where.span(last)), "".join(f", {each}" for each in asked))
        yield Candidate(title, (change,), (), _COST - 0.1)


def _read_before_set(function: ast.FunctionDef) -> list[str]:
    """The names that a function reads on no later line than the one where it gives them a value first."""
    names = [each for line in function.body for each in walk(line) if isinstance(each, ast.Name)]
    inside = {each for line in function.body for up in walk(line) if isinstance(up, ast.comprehension)
              for each in names_in(up.target)}  # fmt: skip
    first: dict[str, ast.Name] = {}
    for each in sorted(names, key=lambda one: (one.lineno, isinstance(one.ctx, ast.Store))):
        first.setdefault(each.id, each)
    called = {ast.unparse(each.func) for line in function.body for each in walk(line) if isinstance(each, ast.Call)}
    read = [name for name, each in first.items() if isinstance(each.ctx, ast.Load)]
    return [each for each in read if each not in inside | called]


def _dropped(refused: RefusedCall, texts: list[str]) -> Iterator[Candidate]:
    """The arguments that by their names are for no parameter, or the last ones, left out."""
    args, takes = refused.call.args, refused.takes
    keep = len(args) - refused.spare
    if keep < 0:
        return
    own = [part_name(each) for each in args]
    ways = in_order(list(takes[:keep]), own) if len(takes) >= keep else []
    is_told = (
        len(ways) == 1 and keep > 0 and any(same_name(a, b) for a, b in zip(takes, _of(own, ways[0]), strict=False))
    )
    way = ways[0] if is_told else tuple(range(keep))
    gone = [texts[at] for at in range(len(args)) if at not in way]
    is_meant = any(_is_carried(refused, each) or _is_made_for_it(refused, each) for each in gone)
    doubt = "" if is_told and not is_meant else _WHICH
    kept = ", ".join(refused.source.span(args[at]).text for at in way)
    span = _all(refused)
    yield Candidate(f"without {', '.join(gone)}", (Change(span, kept),), (), _COST, doubt)


def _of(names: list[str], way: tuple[int, ...]) -> list[str]:
    return [names[at] for at in way]


def _is_carried(refused: RefusedCall, text: str) -> bool:
    """Whether the line gives an argument a new value, so that it goes round."""
    line = statement_of(refused.call)
    targets = line.targets if isinstance(line, ast.Assign) else []
    return any(is_named(each, text) for target in targets for each in walk(target))


def _is_made_for_it(refused: RefusedCall, text: str) -> bool:
    """Whether an argument is a part that another call gave, and read nowhere but here: ``_, state = encoder(x)``."""
    home = home_around(refused.call)
    names = [each for each in walk(home) if is_named(each, text)] if home is not None else []
    rows = (getattr(each, "parent", None) for each in names if isinstance(getattr(each, "ctx", None), ast.Store))
    lines = (getattr(each, "parent", None) for each in rows if isinstance(each, ast.Tuple))
    is_part = any(isinstance(each, ast.Assign) and isinstance(each.value, ast.Call) for each in lines)
    return is_part and sum(isinstance(getattr(each, "ctx", None), ast.Load) for each in names) == 1


def _all(refused: RefusedCall) -> Span:
    """All that a call is given."""
    first, last = (refused.source.span(each) for each in (refused.call.args[0], refused.call.args[-1]))
    span = refused.source.span(refused.call)
    lines = span.text.split("\n")
    begin = first.column - (span.column if first.line == span.line else 0)
    end = last.end_column - (span.column if last.end_line == span.line else 0)
    inside = lines[first.line - span.line : last.end_line - span.line + 1]
    inside[-1] = inside[-1][:end]
    inside[0] = inside[0][begin:]
    return Span(span.file, first.line, first.column, last.end_line, last.end_column, "\n".join(inside))


def _renamed(refused: RefusedCall) -> Iterator[Candidate]:
    """The keyword under the name that the function has for it."""
    word = next((each for each in refused.call.keywords if each.arg == refused.unknown), None)
    if word is None or refused.operation.parameters:
        return
    span = refused.source.span(word)
    named = {each.arg for each in refused.call.keywords}
    free = [each for each in refused.takes[len(refused.call.args) :] if each not in named]
    needed = [each for each in free if each in refused.needs]
    near = [each for each in free if same_name(each, refused.unknown)]
    near = near or get_close_matches(refused.unknown, free, 1)
    new = needed if len(needed) == 1 else near if len(near) == 1 and not needed else []
    if new:
        text = f"{new[0]}={refused.source.span(word.value).text}"
        is_alike = near or same_name(part_name(word.value), new[0])
        yield Candidate(text, (Change(span, text),), (), _COST, "" if is_alike else _WHICH)
        return
    change = without_keyword(refused.source.span(refused.call), refused.unknown)
    if change is not None and not needed:
        yield Candidate(f"without {refused.unknown}", (change,), (), _COST + 0.1, _WHICH)
