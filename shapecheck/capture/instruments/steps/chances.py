"""Where a script lets chance decide what is read: ``truth if random.random() < ratio else prediction``."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from functools import lru_cache

from shapecheck.capture.instruments.tensors.names import function_around
from shapecheck.capture.recording.user_code import Spot
from shapecheck.reading.sources import Loop, last_name, names_in

_DRAWS = frozenset(["random", "rand", "uniform", "bernoulli", "binomial", "rand_like", "random_sample"])


@dataclass(frozen=True, slots=True)
class Chance:
    """A choice that is left to chance.

    Args:
        test: What decides.
        line: The line that it stands on.
        is_if_true: Whether what was read is read where the test holds.
        function: The function around it.
        other: What is read otherwise.
    """

    test: ast.expr
    line: int
    is_if_true: bool
    function: ast.FunctionDef
    other: tuple[ast.AST, ...]

    @property
    def is_made_in_a_loop(self) -> bool:
        """Whether what is read otherwise is worked out anew in each round, as a prediction is, and is no constant."""
        made: set[str] = set()
        for loop in ast.walk(self.function):
            if isinstance(loop, Loop):
                given = [node for node in ast.walk(loop) if isinstance(node, ast.Assign) and _calls(node.value)]
                made |= {name for node in given for target in node.targets for name in names_in(target)}
                made |= {name for node in ast.walk(loop) for name in _put_into(node, made)}
        return any(names_in(part) & made for part in self.other)

    @property
    def never(self) -> tuple[str, str] | None:
        """The parameter, and its number, with which this is never read; None where no parameter decides alone."""
        test = self.test
        for each in ast.walk(self.function) if isinstance(test, ast.Name) else ():
            if isinstance(each, ast.Assign) and any(ast.unparse(one) == ast.unparse(test) for one in each.targets):
                test = each.value
        if not isinstance(test, ast.Compare) or len(test.ops) != 1:
            return None
        sides, is_less = [test.left, test.comparators[0]], isinstance(test.ops[0], ast.Lt | ast.LtE)
        if not isinstance(test.ops[0], ast.Lt | ast.LtE | ast.Gt | ast.GtE):
            return None
        if isinstance(sides[0], ast.Name):
            sides, is_less = sides[::-1], not is_less
        given = (*self.function.args.args, *self.function.args.kwonlyargs)
        if not isinstance(sides[1], ast.Name) or sides[1].id not in {each.arg for each in given}:
            return None
        return sides[1].id, "0.0" if is_less == self.is_if_true else "1.0"


def chance_of(spot: Spot) -> Chance | None:
    """The nearest choice around an instruction that chance decides; None if there is none in its function."""
    function, span = function_around(spot), spot.span
    return _chance_in(function, span.line, span.column) if function is not None else None


@lru_cache(maxsize=4096)
def _chance_in(function: ast.FunctionDef, line: int, column: int) -> Chance | None:
    found: Chance | None = None
    for node in ast.walk(function):
        if not isinstance(node, ast.If | ast.IfExp):
            continue
        body, other = ([*each] if isinstance(each, list) else [each] for each in (node.body, node.orelse))
        for parts, others, is_if_true in ((body, other, True), (other, body, False)):
            if any(_is_around(part, line, column) for part in parts) and _is_drawn(node.test, function):
                found = Chance(node.test, node.lineno, is_if_true, function, (*others, *_before(node, function)))
    return found


def _before(node: ast.If | ast.IfExp, function: ast.FunctionDef) -> list[ast.AST]:
    """What a name holds that an ``if`` without ``else`` gives anew: ``step = prediction`` in front of it."""
    if isinstance(node, ast.IfExp) or node.orelse:
        return []
    given = {ast.unparse(target) for each in node.body if isinstance(each, ast.Assign) for target in each.targets}
    return [
        each.value
        for each in ast.walk(function)
        if isinstance(each, ast.Assign)
        and each.lineno < node.lineno
        and any(ast.unparse(target) in given for target in each.targets)
    ]


def _is_drawn(test: ast.expr, function: ast.FunctionDef) -> bool:
    """Whether a test asks for a random number, or a name that was made of one."""
    if _draws(test):
        return True
    asked = names_in(test)
    return any(
        isinstance(each, ast.Assign) and _draws(each.value) and any(names_in(target) & asked for target in each.targets)
        for each in ast.walk(function)
    )


def _put_into(node: ast.AST, made: set[str]) -> list[str]:
    """The list that a call puts something made into: ``outputs.append(head(out))``."""
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute) or node.func.attr != "append":
        return []
    is_made = any(_calls(given) or names_in(given) & made for given in node.args)
    return [node.func.value.id] if is_made and isinstance(node.func.value, ast.Name) else []


def _calls(node: ast.AST) -> bool:
    return any(isinstance(each, ast.Call) for each in ast.walk(node))


def _draws(node: ast.AST) -> bool:
    return any(isinstance(each, ast.Call) and last_name(each.func) in _DRAWS for each in ast.walk(node))


def _is_around(node: ast.AST, line: int, column: int) -> bool:
    start = (getattr(node, "lineno", 0), getattr(node, "col_offset", 0))
    end = (getattr(node, "end_lineno", 0) or 0, getattr(node, "end_col_offset", 0) or 0)
    return start <= (line, column) < end
