"""Lists and groups of parameters that a script has gathered for an optimizer and not given to it."""

from __future__ import annotations

import ast

from torch import nn

from shapecheck.capture.instruments.trials.edits import replaced_text
from shapecheck.capture.recording.optimizers import Made
from shapecheck.capture.recording.user_code import Spot, statement_at, tree_of
from shapecheck.findings import Fix
from shapecheck.reading.sources import is_named, parents, statement_of, walk

_FILLS = frozenset(["append", "extend"])


def forgotten(made: Made, idle: list[nn.Parameter]) -> str | None:
    """The name under which parameters that no optimizer holds were gathered, and which nobody reads again."""
    for name, gathered in made.gathered:
        each = [one() for one in gathered]
        if each and all(any(one is other for other in idle) for one in each) and _is_only_filled(made.spot, name):
            return name
    return None


def given_too(made: Made, name: str) -> Fix:
    """The change that gives an optimizer what was gathered, too."""
    file = made.spot.code.co_filename
    statement = statement_at(file, made.spot.line)
    is_group = any(_is_item(item, name) for item in walk(tree_of(file)))
    calls = [item for item in ast.walk(statement) if isinstance(item, ast.Call)] if statement is not None else []
    given = next((call.args[0] for call in calls if call.args and not isinstance(call.args[0], ast.Starred)), None)
    if given is None:
        return Fix(f"{name}, too", (), "no")
    has_groups = is_group or (isinstance(given, ast.List) and any(isinstance(one, ast.Dict) for one in given.elts))
    more = name if is_group else f'{{"params": {name}}}' if has_groups else f"*{name}"
    new = f"[*{ast.unparse(given)}, {more}]"
    if isinstance(given, ast.List):
        new = f"[{ast.unparse(given)[1:-1]}, {more}]"
    return Fix(new, replaced_text(file, given, new), "no")


def _is_only_filled(spot: Spot, name: str) -> bool:
    """Whether behind the last time that a name is given in front of a line all readers of it only put something in."""
    tree = tree_of(spot.code.co_filename)
    home = next(
        (
            item
            for item in walk(tree)
            if isinstance(item, ast.FunctionDef)
            and item.name == spot.code.co_name
            and item.lineno <= spot.line <= (item.end_lineno or 0)
        ),
        tree,
    )
    named = [item for item in walk(home) if is_named(item, name)]
    given = [item.lineno for item in named if isinstance(item.ctx, ast.Store) and item.lineno <= spot.line]
    read = [item for item in named if isinstance(item.ctx, ast.Load) and item.lineno >= max(given, default=0)]
    return bool(given) and all(_fills(item) for item in read)


def _fills(item: ast.expr) -> bool:
    """``group["params"].append(one)``, ``rest.append(one)`` and ``rest += [one]``."""
    above = [*parents(item)]
    if above and isinstance(above[0], ast.Subscript) and above[0].value is item:
        item, above = above[0], above[1:]
    is_call = len(above) > 1 and isinstance(above[0], ast.Attribute) and isinstance(above[1], ast.Call)
    if is_call and isinstance(above[0], ast.Attribute):
        return above[0].attr in _FILLS and isinstance(statement_of(item), ast.Expr)
    return bool(above) and isinstance(above[0], ast.AugAssign) and above[0].target is item


def _is_item(item: ast.AST, name: str) -> bool:
    return isinstance(item, ast.Subscript) and is_named(item.value, name)
