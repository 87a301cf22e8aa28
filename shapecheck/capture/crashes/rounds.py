"""Which loops had gone round before when it crashed, and what their round before left under a name."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from shapecheck.capture.crashes.source import FunctionNode
from shapecheck.capture.crashes.values import Evaluator
from shapecheck.reading.sources import parents

Loop = ast.For | ast.AsyncFor | ast.While


@dataclass(frozen=True)
class Round:
    """How far a loop was that did not end.

    Args:
        loop: The loop.
        is_first: Whether it was its first round; otherwise that is over.
    """

    loop: Loop
    is_first: bool


def rounds_of(statement: ast.AST, held: Mapping[str, Any], names: Evaluator) -> tuple[Round, ...]:
    """The loops around a statement that did not end, where the values of its names tell which round it was.

    A loop that counts tells it by its counter. Any loop tells it by a name that has a value already, or has none,
    although the statement that fails, or one behind it, is the first to give it one.

    Args:
        statement: The statement that failed, or from which what failed was called.
        held: The names of its own frame that have a value.
        names: Gives the values of expressions there.
    """
    found: list[Round] = []
    loops = list(loops_around(statement))
    for at, loop in enumerate(loops):
        is_first = _counts_first(loop, held, names)
        # A name may come from the last time that the loop around this one went round.
        if is_first is None and at == len(loops) - 1:
            is_first = _lacks_names(loop, statement, held)
        if is_first is not None:
            found.append(Round(loop, is_first))
    return tuple(found)


def loops_around(node: ast.AST) -> Iterator[Loop]:
    """The loops of its own function whose body an expression or statement stands in, the innermost first."""
    below = node
    for up in parents(node):
        if isinstance(up, FunctionNode | ast.ClassDef):
            return
        if isinstance(up, Loop) and any(below is item for item in up.body):
            yield up
        below = up


def comes_each_round(statement: ast.AST, loop: Loop, chosen: Callable[[ast.expr], bool | None]) -> bool:
    """Whether every round of a loop that is gone through runs a statement.

    Args:
        statement: The statement.
        loop: The loop around it.
        chosen: Says of a condition what it is in every round, or that this is not known.
    """
    below = statement
    for up in parents(statement):
        if up is loop:
            return not any(isinstance(node, ast.Continue | ast.Break) for node in _before(statement, loop))
        if isinstance(up, Loop | FunctionNode | ast.ClassDef | ast.ExceptHandler | ast.Match):
            return False
        if isinstance(up, ast.If) and chosen(up.test) is not any(below is item for item in up.body):
            return False
        below = up
    return False


def _before(statement: ast.AST, loop: Loop) -> Iterator[ast.AST]:
    """What stands in the body of a loop in front of a statement."""
    line = getattr(statement, "lineno", 0)
    for node in ast.walk(loop):
        if getattr(node, "lineno", line) < line:
            yield node


def _counts_first(loop: Loop, held: Mapping[str, Any], names: Evaluator) -> bool | None:
    """Whether the counter of ``for t in range(n)``, or of enumerate, has its first value; None if nothing counts."""
    if not isinstance(loop, ast.For) or not isinstance(loop.iter, ast.Call):
        return None
    called, given = getattr(loop.iter.func, "id", ""), loop.iter.args
    counter: ast.AST | None = None
    first: Any = 0
    if called == "range" and given:
        counter, first = loop.target, names.get(given[0]) if len(given) > 1 else 0
    elif called == "enumerate" and len(given) == 1 and not loop.iter.keywords and isinstance(loop.target, ast.Tuple):
        counter = loop.target.elts[0]
    if not isinstance(counter, ast.Name) or _is_stored(counter.id, loop):
        return None
    value = held.get(counter.id)
    return value == first if type(value) is int and type(first) is int else None


def _is_stored(name: str, loop: ast.For) -> bool:
    return any(name == each.id for item in loop.body for each in _stored(item))


def _lacks_names(loop: Loop, statement: ast.AST, held: Mapping[str, Any]) -> bool | None:
    """Whether the names that only what has not been run yet in this round gives a value have none."""
    root = next((up for up in parents(loop) if isinstance(up, FunctionNode | ast.Module)), None)
    if root is None:
        return None
    line = getattr(statement, "lineno", 0)
    late, sure, others = set[str](), set[str](), set[str]()
    for node in ast.walk(root):
        if isinstance(node, ast.arg):
            others.add(node.arg)
        elif isinstance(node, ast.alias):
            others.add(node.asname or node.name)
        elif isinstance(node, ast.Global | ast.Nonlocal):
            others.update(node.names)
    for each in _stored(root):
        around = list(parents(each))
        is_own = isinstance(each.ctx, ast.Store) and not any(isinstance(up, ast.comprehension) for up in around)
        is_late = is_own and each.lineno >= line and any(up is loop for up in around)
        (late if is_late else others).add(each.id)
        if is_late and comes_each_round(each, loop, lambda _: None):
            sure.add(each.id)
    if any(name in held for name in late - others):
        return False
    return True if sure - others else None


def _stored(root: ast.AST) -> Iterator[ast.Name]:
    for node in ast.walk(root):
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            yield node
