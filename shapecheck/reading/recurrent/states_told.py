"""What a call gives back, unpacked into the names of the states that it was given: ``h, c = cell(x, (h, c))``."""

from __future__ import annotations

import ast

from shapecheck.evidence import Evidence, Value
from shapecheck.reading.calls import calls_in
from shapecheck.reading.definitions import method_of, values_returned
from shapecheck.reading.failing import CELLS, RECURRENT
from shapecheck.reading.origins import kind_of
from shapecheck.reading.sources import Loop, Source, function_around, last_name, parents, user_sources, walk

NOT_CARRIED = "the state that it gives back is thrown away, and the next round gets the first one again"
# What hands a state on as it is.
_KEEPS = ("detach", "contiguous", "clone")
_WORDS = ("hx", "h", "hc", "state", "states", "hidden")


def names_for_all(evidence: Evidence, source: Source, assigned: ast.Assign, items: tuple[Value, ...]) -> str:
    """The names to unpack into, where those of the states are read afterwards; empty where they are not.

    Args:
        evidence: The problem.
        source: The file.
        assigned: ``h = cell(x, (h, c))``.
        items: What the call gave.
    """
    parts, target = _states(evidence, source, assigned), assigned.targets[0]
    if not parts or not isinstance(target, ast.Name) or len(items) != 2:
        return ""
    names = [_name_of(each) for each in parts]
    if not all(names) or not any(_is_read_afterwards(assigned, name) for name in names if name != target.id):
        return ""
    if len(names) == 1:
        return f"{target.id}, {names[0]}" if names[0] != target.id else ""
    if items[1].kind == "tuple":
        return f"{target.id}, ({', '.join(names)})" if target.id not in names else ""
    return ", ".join(names) if target.id == names[0] else ""


def is_thrown_away(evidence: Evidence, source: Source, assigned: ast.Assign) -> bool:
    """Whether the states that a call was given are read afterwards, and what became of them is not kept."""
    names = [_name_of(each) for each in _states(evidence, source, assigned)]
    return any(name and _is_read_afterwards(assigned, name) for name in names)


def _is_read_afterwards(statement: ast.stmt, name: str) -> bool:
    """Whether a name keeps its value until it is read below a statement, or by the next round of a loop around it."""
    function = function_around(statement)
    home: ast.AST | None = function
    if home is None:
        *_, home = parents(statement)
    end = statement.end_lineno or statement.lineno
    below = [(at, stores) for at, stores in _uses(home, name) if at > end]
    if below and not min(below)[1]:
        return True
    for up in parents(statement):
        if up is function:
            break
        if isinstance(up, Loop):
            others = [pair for pair in _uses(up, name) if not statement.lineno <= pair[0] <= end]
            # What a round makes of the name itself first, as where it is detached, is what the round before left.
            return not any(stores for _, stores in others) or not min(others)[1]
    return False


def _uses(home: ast.AST, name: str) -> list[tuple[int, bool]]:
    """The lines that read a name, or store it."""
    return [
        (each.lineno, isinstance(each.ctx, ast.Store))
        for each in walk(home)
        if isinstance(each, ast.Name | ast.Attribute) and ast.unparse(each) == name
    ]


def _states(evidence: Evidence, source: Source, assigned: ast.Assign) -> list[ast.expr]:
    """The states that a call was given behind its input."""
    call = assigned.value
    if not isinstance(call, ast.Call) or not call.args or not _gives_states_back(evidence, source, call):
        return []
    words = [each.value for each in call.keywords if each.arg in _WORDS]
    given = words[0] if len(words) == 1 else call.args[1] if len(call.args) == 2 else None
    if given is None:
        return []
    return list(given.elts) if isinstance(given, ast.Tuple) else [given]


def _gives_states_back(evidence: Evidence, source: Source, call: ast.Call) -> bool:
    """Whether what is called is a recurrent layer, or a class of the user's that returns what it is given second."""
    kind = kind_of(evidence, source.span(call.func))
    if kind in RECURRENT or kind in CELLS:
        return True
    classes = [each for file in user_sources(evidence) for each in file.tree.body if isinstance(each, ast.ClassDef)]
    for owner in (each for each in classes if each.name == kind and _has_recurrent_layer(each)):
        forward = method_of(owner, "forward")
        names = [each.arg for each in forward.args.args] if forward is not None else []
        for given in values_returned(forward) if len(names) == 3 else ():
            if isinstance(given, ast.Tuple):
                return ast.unparse(given.elts[-1]) == names[2]
    return False


def _has_recurrent_layer(owner: ast.ClassDef) -> bool:
    calls = calls_in(owner)
    return any(last_name(each.func) in (*RECURRENT, *CELLS) for each in calls)


def _name_of(node: ast.expr) -> str:
    """The name that a state, or the part of it that is still asked for, has."""
    while isinstance(node, ast.Subscript | ast.Call):
        if isinstance(node, ast.Subscript):
            if not isinstance(node.slice, ast.Slice):
                return ""
            node = node.value
        elif isinstance(node.func, ast.Attribute) and node.func.attr in _KEEPS and not node.args:
            node = node.func.value
        else:
            return ""
    return ast.unparse(node) if isinstance(node, ast.Name | ast.Attribute) else ""
