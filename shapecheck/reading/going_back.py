"""The backward() that failed: the round that it ends, and of what the round makes its loss."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from shapecheck.candidate import Change
from shapecheck.evidence import Evidence
from shapecheck.reading.assignments import stored_in
from shapecheck.reading.edits import place_before, whole_lines
from shapecheck.reading.failing import failed
from shapecheck.reading.sources import Loop, Source, found_at, home_around, last_name, parents, statement_of, walk

_ASSIGNMENTS = ast.Assign | ast.AnnAssign | ast.AugAssign
_CUTTING = ("detach", "data", "item", "tolist", "argmax", "shape", "size", "device", "dtype")
Round = ast.For | ast.While | ast.FunctionDef | ast.Module


@dataclass(frozen=True, slots=True)
class GoingBack:
    """A call of backward().

    Args:
        source: Its file.
        call: The call.
        loss: What it is called of.
        rounds: The innermost loop, function or file around it.
    """

    source: Source
    call: ast.Call
    loss: ast.expr
    rounds: Round

    @property
    def statement(self) -> ast.stmt:
        """The statement that it stands in."""
        found = statement_of(self.call)
        assert found is not None
        return found

    def earlier(self) -> Iterator[GoingBack]:
        """The other calls in the same round, in front of this one and not in another branch."""
        for each in walk(self.rounds):
            other = _of_call(self.source, each)
            if other is None or other.rounds is not self.rounds or other.call.lineno >= self.call.lineno:
                continue
            if not _are_apart(other.call, self.call):
                yield other

    def gone_through(self) -> GoingBack | None:
        """An earlier call of the same value in the same round, which had no other value in between."""
        if not isinstance(self.loss, ast.Name):
            return None
        name = self.loss.id
        stores = [each.lineno for each in walk(self.rounds) if isinstance(each, ast.Name) and _is_store(each, name)]
        for other in self.earlier():
            is_same = isinstance(other.loss, ast.Name) and other.loss.id == name
            is_kept = any(each.arg == "retain_graph" for each in other.call.keywords)
            if is_same and not is_kept and not any(other.call.lineno < line < self.call.lineno for line in stores):
                return other
        return None

    def is_given_once(self, name: str) -> bool:
        """Whether one line of the round alone gives a name its value, so that each round begins with the last one's."""
        names = (each for each in walk(self.rounds) if isinstance(each, ast.Name) and each.id == name)
        return sum(isinstance(each.ctx, ast.Store) for each in names) == 1

    def made_of(self) -> dict[str, ast.stmt]:
        """The names of the round that its loss is made of, each with the statement that gives it its value."""
        found: dict[str, ast.stmt] = {}
        ways = [(name, self.statement) for name in set(_led_back_to(self.loss))]
        while ways:
            name, line = ways.pop()
            made = self._giving(name, line)
            if name in found or made is None:
                continue
            found[name] = made
            again = {name} if isinstance(made, ast.AugAssign) else set()
            ways += [(each, made) for each in set(_led_back_to(getattr(made, "value", None))) - again]
        return found

    def in_each_round(self, line: ast.Assign | ast.Expr) -> tuple[Change, ...]:
        """A statement in front of the loop put where each round begins; nothing where that cannot be written."""
        rounds, gone = self.rounds, self.source.span(line)
        if not isinstance(rounds, Loop) or line.col_offset != rounds.col_offset or "\n" in gone.text:
            return ()
        if line.lineno > rounds.lineno or rounds.body[0].lineno == rounds.lineno:
            return ()
        first = self.source.span(rounds.body[0])
        new = Change(place_before(first), f"{gone.text}\n{' ' * first.column}")
        between = (each for each in walk(home_around(line)) if isinstance(each, ast.Name))
        is_read = any(each.id in stored_in(line) and gone.end_line < each.lineno < rounds.lineno for each in between)
        return (new,) if is_read else (new, Change(whole_lines(self.source, line), ""))

    def _giving(self, name: str, reader: ast.stmt) -> ast.stmt | None:
        """The last statement of the round in front of another one that gives a name a value."""
        home = home_around(self.call)
        before = [
            each
            for each in walk(self.rounds)
            if isinstance(each, _ASSIGNMENTS)
            and each.lineno < reader.lineno
            and home_around(each) is home
            and name in stored_in(each)
        ]
        return max(before, key=lambda each: each.lineno, default=None)


def _are_apart(one: ast.AST, other: ast.AST) -> bool:
    """Whether two calls stand in two branches of one ``if``, of which only one is run."""
    around = [up for up in parents(one) if isinstance(up, ast.If)]
    for each in around:
        first = {part for line in each.body for part in walk(line)}
        second = {part for line in each.orelse for part in walk(line)}
        if (one in first and other in second) or (one in second and other in first):
            return True
    return False


def _is_store(node: ast.Name, name: str) -> bool:
    return node.id == name and isinstance(node.ctx, ast.Store)


def _led_back_to(node: ast.AST | None) -> Iterator[str]:
    """The names in an expression through which gradients go back: not what is cut off, or only asked."""
    if isinstance(node, ast.Attribute) and node.attr in _CUTTING:
        return
    if isinstance(node, ast.Name):
        yield node.id
    for each in ast.iter_child_nodes(node) if node is not None else ():
        yield from _led_back_to(each)


def going_back(evidence: Evidence) -> GoingBack | None:
    """The backward() that failed; None where another call did, or its line cannot be read."""
    failing = failed(evidence, "backward")
    source, node = found_at(failing.span if failing is not None else None)
    return _of_call(source, node) if source is not None else None


def _of_call(source: Source, node: ast.AST | None) -> GoingBack | None:
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute) or last_name(node.func) != "backward":
        return None
    rounds = next(up for up in parents(node) if isinstance(up, Round))
    return GoingBack(source, node, node.func.value, rounds)
