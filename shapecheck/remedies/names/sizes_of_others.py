"""A size that was asked of another tensor than the one that it must go with: ``src.size(0)`` in a mask of ``tgt``."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence, Origin, Span, Value
from shapecheck.reading.edits import expression, piece
from shapecheck.reading.mismatches import FEW, sizes_of
from shapecheck.reading.origins import trace
from shapecheck.reading.running import held_around
from shapecheck.reading.sizes.asked_sizes import ASKED
from shapecheck.reading.sizes.sizes_apart import Apart, sizes_apart
from shapecheck.reading.sources import (
    found_at,
    function_around,
    home_around,
    names_in,
    node_at,
    parameters,
    source_of,
    statement_of,
    walk,
)
from shapecheck.reading.ways_back import spans_behind
from shapecheck.reading.where_made import made_or_written

CAUSE = "size_of_another_tensor"

_COST, _FAR = 0.04, 0.25
# Of so many names in an expression it is looked where they come from.
_NAMES = 8
_MADE_OF_IT = "what it must go with was made of the tensor that is asked, and may have lost its size on the way"

_ONLY_ASKED = "nothing but its size is read of the tensor that is asked, which may be what was meant on the other side"


def candidates(evidence: Evidence) -> list[Candidate]:
    """The same question to what an operand must go with, or the number that stands for its size there."""
    return [each for apart in sizes_apart(evidence) for each in _of_other(evidence, apart)]


def _of_other(evidence: Evidence, apart: Apart) -> Iterator[Candidate]:
    behind = _names_behind(evidence, apart)
    for origin in _ingredients(evidence, apart):
        held = held_around(evidence, *found_at(origin.span))
        for places, name, text in _ways(evidence, apart, origin, held):
            was = places[0].text
            beside = {other for other, _ in _names_of(apart, held)}
            if any(_counts_shifted(place, beside) for place in places):
                continue
            is_near = abs(apart.have - apart.want) <= FEW
            doubt = _MADE_OF_IT if name in behind else _ONLY_ASKED if _is_only_asked(places[0], name) else ""
            if doubt == _MADE_OF_IT and is_near:
                # It was cut, and what made this one is to be cut alike.
                continue
            changes = tuple(Change(place, text) for place in places)
            yield Candidate(f"{was} -> {text}", changes, (), _FAR if doubt else _COST, doubt)


def _ingredients(evidence: Evidence, apart: Apart) -> Iterator[Origin]:
    """What made an operand, and what the names in that were made by, each once."""
    seen = set[Span]()
    for origin in made_or_written(evidence, apart.item):
        names = [each for each in walk(expression(origin.span.text)) if isinstance(each, ast.Name)][:_NAMES]
        behind = (each for name in names for each in trace(evidence, piece(origin.span, name))[:1])
        for each in (origin, *behind):
            if each.span not in seen:
                seen.add(each.span)
                yield each


def _ways(
    evidence: Evidence, apart: Apart, origin: Origin, held: dict[str, Value]
) -> Iterator[tuple[list[Span], str, str]]:
    """The places of a wrong size in what made an operand, the name of the tensor that was asked, and the new text."""
    tree = expression(origin.span.text)
    asked: dict[str, list[ast.expr]] = {}
    for node in walk(tree):
        is_size = isinstance(node, ast.Call | ast.Subscript | ast.Name) and isinstance(
            getattr(node, "ctx", ast.Load()), ast.Load
        )
        if is_size and isinstance(node, ast.expr):
            asked.setdefault(ast.unparse(node), []).append(node)
    for text, nodes in asked.items():
        places = [piece(origin.span, node) for node in nodes]
        found = ASKED.fullmatch(text)
        value = held.get(text)
        if found is not None:
            name = found.group(1) or found.group(4)
            new = _asked_of(apart, held, text, name)
            if new:
                yield places, name, new
        elif value is not None and value.kind == "number" and value.text == str(apart.have):
            yield from _by_name(evidence, apart, held, places)
        elif value is not None and value.kind == "tensor" and apart.is_square:
            new = _handed(apart, held, origin.span, nodes[0], text)
            if new:
                yield places, text, new


def _asked_of(apart: Apart, held: dict[str, Value], text: str, name: str) -> str:
    """The question to the other operand, where the tensor that was asked has the size nowhere; else nothing."""
    found = ASKED.fullmatch(text)
    sizes = sizes_of(held.get(name))
    axis = int(found.group(2) or found.group(3) or 0) if found is not None else 0
    if not -len(sizes) <= axis < len(sizes) or sizes[axis] != apart.have or apart.want in sizes:
        return ""
    for other, own in _names_of(apart, held):
        theirs = sizes_of(own)
        if other in (name, text):
            continue
        if -len(theirs) <= axis < len(theirs) and theirs[axis] == apart.want:
            return re.sub(rf"\b{re.escape(name)}\b", other, text, count=1)
        if theirs.count(apart.want) == 1:
            return f"{other}.size({theirs.index(apart.want)})"
    return ""


def _names_of(apart: Apart, held: dict[str, Value]) -> list[tuple[str, Value]]:
    """The tensors that the text of the other operand names, itself first."""
    node = expression(apart.other.span.text) if apart.other.span is not None else None
    names = [each.id for each in walk(node) if isinstance(each, ast.Name)] if node is not None else []
    # The innermost is what the rest is made of.
    return [(name, held[name]) for name in names if name in held and held[name].kind == "tensor"]


def _asked_once(apart: Apart, held: dict[str, Value]) -> Iterator[tuple[str, int]]:
    """The tensors named in the other operand that have the size that is wanted once, and where."""
    for other, own in _names_of(apart, held):
        sizes = sizes_of(own)
        if sizes.count(apart.want) == 1:
            yield other, sizes.index(apart.want)


def _by_name(
    evidence: Evidence, apart: Apart, held: dict[str, Value], places: list[Span]
) -> Iterator[tuple[list[Span], str, str]]:
    """Another name that holds the size, where exactly one does; else the question where the name was given its size."""
    name = places[0].text
    known = names_in(home_around(node_at(places[0])))
    others = [
        each
        for each, value in held.items()
        if each != name and each in known and value.kind == "number" and value.text == str(apart.want)
    ]
    made = next(iter(trace(evidence, places[0], parts=True)), None)
    source = _asked_name(made)
    if not source:
        # A number that the script writes down is none of a tensor.
        return
    if len(others) == 1:
        yield places, source, others[0]
        return
    if others or made is None:
        return
    if not made.is_whole:
        # It is one of the sizes that were taken apart there.
        new = next((f"{other}.size({axis})" for other, axis in _asked_once(apart, held)), "")
        if new:
            yield places, source, new
        return
    new = _asked_of(apart, held, made.span.text, source)
    if new:
        yield ([made.span] if _is_read_here_alone(places[0], name) else places), source, new


def _asked_name(made: Origin | None) -> str:
    """The tensor that a name's size was asked of: ``src`` of ``n = src.size(1)`` and of ``batch, n = src.shape``."""
    found = (
        re.fullmatch(r"(\w+)(\.size\(.*\)|\.shape(\[.*\])?)|len\((\w+)\)", made.span.text) if made is not None else None
    )
    return (found.group(1) or found.group(4)) if found is not None else ""


def _is_read_here_alone(place: Span, name: str) -> bool:
    """Whether no other statement of the function reads a name."""
    node = node_at(place)
    here, home = statement_of(node), home_around(node)
    reads = (each for each in walk(home) if isinstance(each, ast.Name) and each.id == name)
    return all(statement_of(each) is here for each in reads if isinstance(each.ctx, ast.Load))


def _counts_shifted(place: Span, beside: set[str]) -> bool:
    """Whether a size counts rounds that read such a tensor behind their own position: ``x[at + 1]`` has one fewer."""
    node = node_at(place)
    call = getattr(node, "parent", None)
    up = getattr(call, "parent", None)
    if not isinstance(call, ast.Call) or ast.unparse(call.func) != "range":
        return False
    if not isinstance(up, ast.For | ast.comprehension) or up.iter is not call or not isinstance(up.target, ast.Name):
        return False
    home, name = up if isinstance(up, ast.For) else getattr(up, "parent", None), up.target.id
    return any(
        isinstance(part, ast.BinOp) and isinstance(part.op, ast.Add) and name in names_in(part)
        for each in walk(home)
        if isinstance(each, ast.Subscript) and names_in(each.value) & beside
        for part in walk(each.slice)
    )


def _is_only_asked(place: Span, name: str) -> bool:
    """Whether a function reads a tensor only to ask for its sizes."""
    reads = [each for each in walk(home_around(node_at(place))) if isinstance(each, ast.Name) and each.id == name]
    ups = [getattr(each, "parent", None) for each in reads if isinstance(each.ctx, ast.Load)]
    return bool(ups) and all(
        (isinstance(up, ast.Attribute) and up.attr in ("size", "shape"))
        or (isinstance(up, ast.Call) and ast.unparse(up.func) == "len")
        for up in ups
    )


def _handed(apart: Apart, held: dict[str, Value], span: Span, node: ast.expr, name: str) -> str:
    """The tensor for a function that asks what it is handed for the size of a mask: ``future(memory)``."""
    source = source_of(span.file)
    whole = expression(span.text)
    call = next(
        (
            each
            for each in walk(whole)
            if isinstance(each, ast.Call) and isinstance(each.func, ast.Name) and node in each.args
        ),
        None,
    )
    functions = source.functions if source is not None else ()
    function = next((each for each in functions if call is not None and ast.unparse(call.func) == each.name), None)
    given = parameters(function) if function is not None else []
    if call is None or function is None or call.args.index(node) >= len(given):
        return ""
    parameter = given[call.args.index(node)]
    questions = {ast.unparse(each) for each in walk(function) if isinstance(each, ast.Call | ast.Subscript)}
    found = [match for each in questions if (match := ASKED.fullmatch(each)) is not None]
    axes = {
        int(match.group(2) or match.group(3) or 0) for match in found if parameter in (match.group(1), match.group(4))
    }
    sizes = sizes_of(held.get(name))
    for other, own in _names_of(apart, held):
        theirs = sizes_of(own)
        for axis in axes if other != name and len(axes) == 1 else ():
            if axis < min(len(sizes), len(theirs)) and (sizes[axis], theirs[axis]) == (apart.have, apart.want):
                return other
    return ""


def _names_behind(evidence: Evidence, apart: Apart) -> set[str]:
    """What the other operand was made of, by the names of the function in which it is used."""
    home = function_around(node_at(apart.other.span))
    spans = spans_behind(evidence, apart.other.span)
    return {name for each in spans if function_around(node_at(each)) is home for name in names_in(node_at(each))}
