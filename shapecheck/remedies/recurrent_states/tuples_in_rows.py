"""A recurrent layer in a row of layers hands its whole tuple on: the next one takes the output alone."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from itertools import pairwise

from shapecheck.candidate import Candidate, Change, Step
from shapecheck.evidence import Evidence, Span
from shapecheck.reading.edits import place_behind, suffixed
from shapecheck.reading.failing import RECURRENT
from shapecheck.reading.recurrent.tuples_given import is_output
from shapecheck.reading.sources import Source, last_name, targets_of, user_sources, walk
from shapecheck.remedies.constructors.rows_of_layers import is_taker, recurrent_added, with_output_alone
from shapecheck.remedies.recurrent_states.tuples import gives_tuple, returns

_COST = 0.2
_NUMBERED = "layers of the row are asked for by their numbers, and those behind it would have other ones"
_OUTPUT = """class _Output(nn.Module):
    def __init__(self, layer):
        super().__init__()
        self.layer = layer

    def forward(self, x):
        return self.layer(x)[0]


"""


def candidates(evidence: Evidence) -> Iterator[Candidate]:
    """The output alone of the layer in front: by a module of the script that takes it, or by one round the layer."""
    inner = evidence.inner
    item = next((each for each in inner.arguments if is_output(each)), None) if inner is not None else None
    if inner is None or item is None:
        return
    step = Step("item", item.role, (0,))
    for source in user_sources(evidence):
        yield from _of_child_before(evidence, source, inner.callee)
        yield from with_output_alone(source, cost=0.1)
        for call in source.calls("Sequential"):
            yield from _in_row(source, call, inner.callee, step)


def _in_row(source: Source, call: ast.Call, callee: str, step: Step) -> Iterator[Candidate]:
    row = list(_row(call))
    takers = [owner.name for owner in source.classes if is_taker(owner)]
    layers = [_layer(part) for part, _ in row]
    givers = [
        at
        for at, (layer, following) in enumerate(pairwise(layers))
        if last_name(getattr(layer, "func", None)) in RECURRENT and not _is_of(following, takers)
    ]
    # Of several the one in front of the layer that failed.
    at = next((each for each in givers if _is_called(callee, each + 1, row[each + 1][1])), next(iter(givers), None))
    made = next((layer for layer in layers if _is_of(layer, takers)), None)
    if at is not None and made is not None:
        part, name = row[at]
        taken = source.span(made).text
        text = f'("{name}_output", {taken})' if name else taken
        # Put in behind it: another module of its kind is made, and none is called twice.
        doubt = _NUMBERED if _is_numbered(source, call) else ""
        yield Candidate(text, (Change(place_behind(source.span(part)), f", {text}"),), (step,), _COST, doubt)
    elif at is not None:
        yield _wrapped(source, source.span(layers[at]), step)
    spread = any(isinstance(layer, ast.Starred) for layer in layers)
    added = next(recurrent_added(source), None) if spread and at is None else None
    if added is not None:
        yield _wrapped(source, source.span(added), step)


def _is_numbered(source: Source, call: ast.Call) -> bool:
    """Whether layers of the row are asked for by their numbers, which would be other ones: ``net[4]``."""
    names = {ast.unparse(each) for each in targets_of(call)}
    return any(isinstance(each, ast.Subscript) and ast.unparse(each.value) in names for each in walk(source.tree))


def _row(call: ast.Call) -> Iterator[tuple[ast.expr, str]]:
    """What a row of layers is given, with the name of each where it has one."""
    given = call.args[0] if len(call.args) == 1 else None
    named = given.args[0] if isinstance(given, ast.Call) and last_name(given.func) == "OrderedDict" else None
    for part in named.elts if isinstance(named, ast.List | ast.Tuple) else call.args:
        key = part.elts[0] if isinstance(part, ast.Tuple) and len(part.elts) == 2 else None
        yield part, str(key.value) if isinstance(key, ast.Constant) else ""


def _layer(part: ast.expr) -> ast.expr:
    return part.elts[1] if isinstance(part, ast.Tuple) and len(part.elts) == 2 else part


def _is_of(node: ast.expr | None, names: list[str]) -> bool:
    return isinstance(node, ast.Call) and last_name(node.func) in names


def _is_called(callee: str, at: int, name: str) -> bool:
    """Whether the layer that failed is this one of the row, or in it."""
    return f"[{at}]" in callee or (name != "" and name in callee.split("."))


def _wrapped(source: Source, part: Span, step: Step) -> Candidate:
    """A layer inside a module that hands on its output alone."""
    text = f"_Output({part.text})"
    top = next(
        node
        for node in source.tree.body
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.Assign | ast.Expr) and not _is_doc(node)
    )
    place = source.span(top)
    spot = Span(place.file, place.line, 0, place.line, 0)
    known = any(isinstance(node, ast.ClassDef) and node.name == "_Output" for node in source.tree.body)
    return Candidate(text, (*(() if known else (Change(spot, _OUTPUT),)), Change(part, text)), (step,), _COST)


def _is_doc(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _of_child_before(evidence: Evidence, source: Source, callee: str) -> Iterator[Candidate]:
    """The output alone, where a module of the user's hands the next one of nn.Sequential all that its layer gave."""
    at = re.search(r"\[(\d+)\]$", callee)
    before = int(at.group(1)) - 1 if at is not None else -1
    for call in source.calls("Sequential") if before >= 0 else ():
        part = call.args[before] if before < len(call.args) else None
        for given in returns(source, last_name(part.func)) if isinstance(part, ast.Call) else ():
            if isinstance(given.value, ast.Tuple) and given.value.elts:
                text = source.span(given.value.elts[0]).text
                yield Candidate(f"return {text}", (Change(source.span(given.value), text),), (), 0.05)
            elif given.value is not None and gives_tuple(evidence, source, given.value):
                change = suffixed(source.span(given.value), "[0]")
                yield Candidate(f"return {change.text}", (change,), (), 0.05)
