"""Loops over layers in which each round begins with the same tensor, so that all rounds but the last are in vain."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace

from shapecheck.capture.instruments.tensors.names import function_around
from shapecheck.capture.instruments.trials.edits import replaced_texts
from shapecheck.capture.instruments.trials.sighting import Sighting
from shapecheck.capture.probe import Probe
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref, Root
from shapecheck.capture.recording.trained import Held
from shapecheck.capture.recording.user_code import Spot, span_of
from shapecheck.findings import Fix
from shapecheck.reading.assignments import stored_in
from shapecheck.reading.sources import loops_of_line, names_in, source_of

# Every part of a model should have had its turn by then.
_STEPS = 3
# What keeps what a round has made, beside names that the next round gives anew, or decides whether there is a round.
_KEEPS = (ast.Expr, ast.IfExp, ast.Return, ast.Break, ast.Continue, ast.Yield, ast.NamedExpr)


def only_last_round(step: Step) -> Iterator[Sighting]:
    """``for block in self.blocks: out = block(h)``: what a block has made is written over by the next one.

    An optimizer holds the layers of all rounds, and in no step did those of the earlier ones have a gradient; the loop
    keeps nothing of a round, and hands on nothing to the next.
    """
    tape = step.tape
    if len(tape.losses) < _STEPS:
        return
    idle = {tape.known(one): held for held in tape.trained.idle if (one := held.parameter()) is not None}
    for root in step.roots if idle else ():
        for loop, spot, nodes in _loops(step, root, set(idle)):
            first, last = _idle_in(nodes, idle), nodes[-1]
            if last.index not in step.to_loss or any(ref in idle for ref in last.parents):
                continue
            if not all(held.is_as_it_was and not held.is_given for held in first):
                continue
            seen = _told(loop, spot, last, len({node.index for node in nodes if _reads(node, idle)}))
            yield replace(seen, idle=tuple(held.number for held in first))
            return


def _loops(step: Step, root: Root, idle: set[Ref | None]) -> Iterator[tuple[ast.For, Spot, list[Node]]]:
    """The loops of a model's functions that carry nothing on, with the operations in them that read a parameter."""
    found: dict[int, tuple[ast.For, Spot, list[Node]]] = {}
    for index in range(root.first, root.last):
        node = step.node(index)
        if not step.tape.has_parameter(node):
            continue
        for loop, spot in _around(node):
            found.setdefault(id(loop), (loop, spot, []))[2].append(node)
    for loop, spot, nodes in found.values():
        if any(_reads(node, idle) for node in nodes) and _carries_nothing(loop):
            yield loop, spot, nodes


def _reads(node: Node, refs: set[Ref | None] | dict[Ref | None, Held]) -> bool:
    return any(ref in refs for ref in node.parents)


def _idle_in(nodes: list[Node], idle: dict[Ref | None, Held]) -> list[Held]:
    return list({idle[ref].number: idle[ref] for node in nodes for ref in node.parents if ref in idle}.values())


def _around(node: Node) -> Iterator[tuple[ast.For, Spot]]:
    """The innermost loops that an operation runs in, in the functions of the user's that are known."""
    spot = node.spot
    while spot is not None:
        around = loops_of_line(source_of(spot.code.co_filename), spot.line)
        loop = next((item for item in around if isinstance(item, ast.For)), None)
        if loop is not None and function_around(spot) is not None:
            yield loop, spot
        spot = spot.caller


def _carries_nothing(loop: ast.For) -> bool:
    """Whether each round only gives names, none of which it reads before it has given it."""
    parts = [item for statement in loop.body for item in ast.walk(statement)]
    if any(isinstance(item, _KEEPS) for item in parts) or loop.orelse:
        return False
    mine = {item.id for item in parts if isinstance(item, ast.Name) and isinstance(item.ctx, ast.Store)}
    given = {item.id for item in ast.walk(loop.target) if isinstance(item, ast.Name)}
    return _gives_anew(loop.body, mine, given)


def _gives_anew(statements: list[ast.stmt], mine: set[str], given: set[str]) -> bool:
    """Whether statements read none of the names of a round but those given in it; in a branch they give no new one."""
    for statement in statements:
        if isinstance(statement, ast.If):
            inside = [*statement.body, *statement.orelse]
            stored = {name for one in inside for name in stored_in(one)}
            if stored - given or names_in(statement.test) & mine - given or not _gives_anew(inside, mine, given):
                return False
            continue
        targets = _targets(statement)
        if targets is None or not isinstance(statement, ast.Assign | ast.AugAssign):
            return False
        read = names_in(statement.value) | (targets if isinstance(statement, ast.AugAssign) else set())
        if read & mine - given:
            return False
        given |= targets
    return True


def _targets(statement: ast.stmt) -> set[str] | None:
    """The names that a statement gives; None where it gives something else than names."""
    targets = statement.targets if isinstance(statement, ast.Assign) else [getattr(statement, "target", None)]
    parts = [item for target in targets if target is not None for item in ast.walk(target)]
    if not all(isinstance(item, ast.Name | ast.Tuple | ast.Store) for item in parts):
        return None
    return {item.id for item in parts if isinstance(item, ast.Name)}


def _told(loop: ast.For, spot: Spot, last: Node, rounds: int) -> Sighting:
    file = spot.code.co_filename
    source, result = _names(loop, spot)
    begins, made = f"`{source}`" if source else "the same tensor", f"`{result}`" if result else "what it makes"
    text = (
        f"each round of this loop begins with {begins}, and {made} of one round is written over by the next: "
        f"what the layers of the earlier rounds compute in {rounds} operations reaches no loss, and they had no "
        "gradient in the steps looked at"
    )
    fixes: tuple[Fix, ...] = ()
    if source and result:
        edits, title = _renamed(spot, loop, source, result), f"{source} = ... in the loop"
        if not edits:
            edits = _read_instead(spot, loop, source, result)
            title = f"{result} in the place of {source} in the loop"
        title = title if edits else f"{source} = {result} at the end of each round"
        fixes = (Fix(title, replaced_texts(file, edits), "no"),)
    statement = loop.body[0]
    span = span_of(file, statement)
    return Sighting("only_last_round", span, text, last.name, fixes)


def _names(loop: ast.For, spot: Spot) -> tuple[str, str]:
    """What each round begins with, and what it makes, where one name each is behind the other."""
    calls = [item for statement in loop.body for item in ast.walk(statement) if isinstance(item, ast.Call)]
    inside = {item.id for item in ast.walk(loop) if isinstance(item, ast.Name) and isinstance(item.ctx, ast.Store)}
    given = {one.id for call in calls for one in call.args if isinstance(one, ast.Name)} - inside
    function = function_around(spot)
    behind = _read_behind(function, loop) & inside if function is not None else set()
    return (given.pop(), behind.pop()) if len(given) == len(behind) == 1 else ("", "")


def _read_behind(function: ast.FunctionDef, loop: ast.For) -> set[str]:
    end = loop.end_lineno or loop.lineno
    return {item.id for item in ast.walk(function) if isinstance(item, ast.Name) and item.lineno > end}


def _renamed(spot: Spot, loop: ast.For, source: str, result: str) -> dict[ast.expr, str]:
    """The result under the name that each round begins with, where nobody asks for that name again."""
    function = function_around(spot)
    if function is None or source in _read_behind(function, loop):
        return {}
    named = [item for item in ast.walk(function) if isinstance(item, ast.Name) and item.id == result]
    return dict.fromkeys(named, source) if all(item.lineno > loop.lineno for item in named) else {}


def _read_instead(spot: Spot, loop: ast.For, source: str, result: str) -> dict[ast.expr, str]:
    """The result read in each round, where it is what each round begins with in front of the loop: ``out = x``."""
    function = function_around(spot)
    before = [item for item in ast.walk(function) if isinstance(item, ast.Assign)] if function is not None else []
    stored = [item for item in before if item.lineno < loop.lineno and result in (_targets(item) or ())]
    if not stored or ast.unparse(stored[-1].value) != source:
        return {}
    inside = [item for statement in loop.body for item in ast.walk(statement) if isinstance(item, ast.Name)]
    return dict.fromkeys([item for item in inside if item.id == source], result)


PROBE = Probe(
    "no layer of a loop is computed for nothing",
    lambda look: only_last_round(look.step),
    needs_no_run=True,
)
