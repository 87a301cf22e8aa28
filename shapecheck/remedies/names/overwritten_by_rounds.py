"""A name that a loop sets to itself with one axis more, so that every round adds one: a name of its own in the loop."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterator, Sequence

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence, Origin
from shapecheck.reading.edits import expression
from shapecheck.reading.failing import failed
from shapecheck.reading.sources import (
    Source,
    found_at,
    home_around,
    imported,
    is_named,
    items_of,
    known_at,
    last_name,
    loop_around,
    names_in,
    node_at,
    parents,
    receivers,
    statement_of,
    walk,
)

_COST = 0.01
_HANDED_ON = "what a layer gives in one round may be meant to be handed to the next"
# What gives as many axes as it is told, or fewer, whatever it was given.
_AS_TOLD = ("view", "reshape", "flatten", "squeeze", "argmax", "sum", "mean", "view_as", "expand", "unflatten")


def candidates(evidence: Evidence) -> list[Candidate]:
    """``label_k = one_hot(label)`` in a loop over k for ``label = one_hot(label)``, which is read in the next round."""
    operation = failed(evidence)
    if operation is None:
        return []
    place = evidence.operation.span if evidence.operation is not None else operation.span
    line = statement_of(node_at(place))
    found = dict.fromkeys(
        each
        for read, chain in evidence.chains.items()
        if read.text.isidentifier() and chain
        for each in _renamed(*found_at(read), chain, line)
    )
    return list(found)


def _renamed(
    source: Source | None, read: ast.expr | None, chain: Sequence[Origin], line: ast.stmt | None
) -> Iterator[Candidate]:
    """The name in the loop, where a round reads what the round before set; and the line that failed."""
    statement = statement_of(read)
    loop = loop_around(read)
    if source is None or not isinstance(read, ast.Name) or not isinstance(statement, ast.Assign) or loop is None:
        return
    # What it holds there came of this very statement: in the round before.
    if statement_of(node_at(chain[0].span)) is not statement:
        return
    # Where the statement itself is refused, what it had of the first round was taken as it was told.
    if not any(_adds_axis(each, is_told=line is statement) for each in chain):
        return
    name, home = read.id, home_around(loop)
    every = [each for each in walk(home) if is_named(each, name)]
    inside = [each for each in every if loop in parents(each)]
    stored = [each for each in inside if isinstance(each.ctx, ast.Store)]
    behind = [each for each in every if each.lineno > (loop.end_lineno or 0)]
    if len(stored) != 1 or statement_of(stored[0]) is not statement or name not in known_at(loop) or behind:
        return
    step = loop.target.id if isinstance(loop.target, ast.Name) and loop.target.id != "_" else "here"
    new = f"{name}_{step}"
    later = [each for each in inside if each.lineno > (statement.end_lineno or 0)]
    if new in names_in(home) or not later:
        return
    changes = tuple(Change(source.span(each), new) for each in (*stored, *later))
    doubt = _HANDED_ON if any(_is_layer(source, each) for each in walk(statement.value)) else ""
    yield Candidate(f"{new} for {name}", changes, (), _COST, doubt)


def _is_layer(source: Source, node: ast.AST) -> bool:
    """Whether something is called that is no function of the script or of a library, and no method of a value."""
    if not isinstance(node, ast.Call):
        return False
    if not isinstance(node.func, ast.Attribute):
        known = {*dir(builtins), *imported(source.tree), *(each.name for each in source.functions)}
        return last_name(node.func) not in known
    is_own = is_named(node.func.value, "self")
    return is_own and node.func.attr not in {each.name for each in source.functions}


def _adds_axis(origin: Origin, *, is_told: bool) -> bool:
    """Whether what an expression gives has an axis more than what it was given, or than what that was made into."""
    node = expression(origin.span.text)
    for each in receivers(node) if node is not None else ():
        name = last_name(each.func) if isinstance(each, ast.Call) else ""
        if name in _AS_TOLD:
            return False
        index = items_of(each.slice) if isinstance(each, ast.Subscript) else []
        if name in ("one_hot", "unsqueeze") or any(ast.unparse(part) == "None" for part in index):
            inner = [part for part in walk(each) if isinstance(part, ast.Call) and part is not each]
            return is_told or not any(last_name(part.func) in _AS_TOLD for part in inner)
    return False
