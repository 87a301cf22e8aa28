"""Masks of what comes later, made for the new steps alone, where the keys begin with those of the steps before."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change, Step
from shapecheck.evidence import Argument, Evidence, Span
from shapecheck.reading.applied import applied_to, given_as, is_of_torch
from shapecheck.reading.edits import bracketed, expression, piece
from shapecheck.reading.failing import failed
from shapecheck.reading.mismatches import both_ways, sizes_of
from shapecheck.reading.origins import trace
from shapecheck.reading.running import held_around
from shapecheck.reading.sources import found_at, function_around, known_at, last_name, names_in, parameters, walk
from shapecheck.reading.vocabulary import FILLED, MASKINGS
from shapecheck.reading.ways_back import spans_behind
from shapecheck.reading.where_made import made_or_written

_COST = 0.05
_OTHER_KEYS = "the keys may be those of another sequence, for which this mask was not made"
_KEPT = re.compile(r"\b(cat|concat|concatenate)\(|cache|past")


def candidates(evidence: Evidence) -> list[Candidate]:
    """The mask filled up in front for the keys that were there before, all of which each new step may see."""
    for mask, scores in both_ways(failed(evidence, *MASKINGS)):
        sizes, wanted = sizes_of(mask), sizes_of(scores)
        is_square = len(sizes) >= 2 and sizes[-1] == sizes[-2] > 1
        if is_square and len(wanted) >= 3 and wanted[-2] == sizes[-2] and wanted[-1] > sizes[-1]:
            cut = list(_cut_later(evidence, mask, scores))
            return cut or list(_filled(evidence, mask, scores, wanted[-1] - sizes[-1]))
    return []


def _filled(evidence: Evidence, mask: Argument, scores: Argument, before: int) -> Iterator[Candidate]:
    found = [
        (piece(span, part), last_name(part.func))
        for span in _makers(evidence, mask)
        for part in walk(expression(span.text))
        if isinstance(part, ast.Call) and last_name(part.func) in ("triu", "tril")
    ]
    if not found:
        return
    place, kind = found[0]
    count = _counted(evidence, place, before)
    moved = _diagonal(place)
    told = count if moved is not None and count in names_in(moved) else _moved_by(evidence, moved, place, before)
    if told:
        # The diagonal leaves room for the earlier keys, which the table itself lacks.
        yield from _made_wider(evidence, place, told, scores)
        return
    filler = "" if kind == "triu" else ", value=1"
    name = "torch.nn.functional.pad"
    if count:
        text = f"{name}({place.text}, ({count}, 0){filler})"
        yield Candidate(text, (Change(place, text),), (), _COST)
    elif mask.span is not None and kind == "triu" and "(" not in mask.expression + scores.expression:
        missing = f"{scores.expression}.size(-1) - {mask.expression}.size(-1)"
        text = f"{name}({mask.expression}, ({missing}, 0))"
        sizes = (*sizes_of(mask)[:-1], sizes_of(scores)[-1])
        step = Step("stand_in", mask.role, sizes)
        doubt = "" if _is_kept(evidence, scores) else _OTHER_KEYS
        yield Candidate(text, (Change(mask.span, text),), (step,), _COST + 0.05, doubt)


def _diagonal(place: Span) -> ast.expr | None:
    """Which diagonal a ``triu`` or ``tril`` begins at, as it is written."""
    call = expression(place.text)
    if not isinstance(call, ast.Call):
        return None
    return given_as(call, "diagonal", 1 if is_of_torch(call) else 0)


def _moved_by(evidence: Evidence, moved: ast.expr | None, place: Span, before: int) -> str:
    """The one name by which a diagonal is moved, unless it is known to be another number than there are keys more."""
    names = names_in(moved)
    held = held_around(evidence, *found_at(place))
    known = {name: held[name].text for name in names if name in held and held[name].kind == "number"}
    return names.pop() if len(names) == 1 and set(known.values()) <= {str(before)} else ""


def _made_wider(evidence: Evidence, place: Span, count: str, scores: Argument) -> Iterator[Candidate]:
    """The table as wide as all keys are, ``(new, before + new)``, where it was made square."""
    source, node = found_at(place)
    inner = applied_to(node) if isinstance(node, ast.Call) else None
    if source is None or inner is None:
        return
    for span in (source.span(inner), *(each.span for each in trace(evidence, source.span(inner)))):
        call = expression(span.text)
        if not isinstance(call, ast.Call) or last_name(call.func) not in FILLED:
            continue
        listed = call.args[:1] and isinstance(call.args[0], ast.Tuple | ast.List)
        sizes = getattr(call.args[0], "elts", []) if listed else call.args
        if len(sizes) > 1 and ast.unparse(sizes[-1]) == ast.unparse(sizes[-2]):
            text = f"{count} + {bracketed(ast.unparse(sizes[-1]))}"
            doubt = "" if _is_kept(evidence, scores) else _OTHER_KEYS
            yield Candidate(text, (Change(piece(span, sizes[-1]), text),), (), _COST, doubt)
            return


def _makers(evidence: Evidence, mask: Argument) -> Iterator[Span]:
    """What made a mask, or what it is read from where it stands: ``mask == 0``, ``~mask``."""
    yield from (origin.span for origin in made_or_written(evidence, mask))
    for place, chain in evidence.chains.items():
        if mask.span is not None and mask.span.holds(place):
            yield from (origin.span for origin in chain)
    for span in spans_behind(evidence, mask.span):
        # What a function returns is made of its own names.
        source, node = found_at(span)
        for each in walk(node):
            if source is not None and isinstance(each, ast.Name):
                yield from (origin.span for origin in trace(evidence, source.span(each)))


def _cut_later(evidence: Evidence, mask: Argument, scores: Argument) -> Iterator[Candidate]:
    """The rows of the new steps out of a table of all, ``table[n - t : n, :n]``, where its first ones were taken."""
    node = expression(mask.expression)
    if node is None or mask.span is None or not scores.expression.isidentifier():
        return
    for part in walk(node):
        index = part.slice.elts if isinstance(part, ast.Subscript) and isinstance(part.slice, ast.Tuple) else []
        ends = [each.upper for each in index[-2:] if isinstance(each, ast.Slice) and each.lower is None]
        texts = {ast.unparse(each) for each in ends if each is not None}
        if len(ends) == 2 and len(texts) == 1 and isinstance(part, ast.Subscript):
            new, keys = texts.pop(), f"{scores.expression}.size(-1)"
            before = "".join(f"{ast.unparse(each)}, " for each in index[:-2])
            text = f"{ast.unparse(part.value)}[{before}{keys} - {new} : {keys}, :{keys}]"
            place = piece(mask.span, part)
            doubt = "" if _is_kept(evidence, scores) else _OTHER_KEYS
            yield Candidate(text, (Change(place, text),), (), _COST, doubt)


def _counted(evidence: Evidence, place: Span, before: int) -> str:
    """The name in the function that makes a mask which says how many steps there were before."""
    source, node = found_at(place)
    function = function_around(node)
    if node is None or function is None:
        return ""
    given, held = parameters(function), held_around(evidence, source, node)
    fits = [name for name, each in held.items() if (each.kind, each.text) == ("number", str(before))]
    named = [name for name in given if name in fits] or [name for name in fits if name in known_at(node)]
    return named[0] if len(named) == 1 and named[0].isidentifier() else ""


def _is_kept(evidence: Evidence, scores: Argument) -> bool:
    """Whether the keys behind the scores were put together of earlier ones, or are held by the layer."""
    history = evidence.origins.get(scores.expression, ())
    return any(_KEPT.search(each.span.text) for each in history)
