"""An option that one constructor was given and its partner leaves to its default: ``Encoder(n, layers=2)``."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Step
from shapecheck.evidence import Evidence, Span
from shapecheck.reading.applied import given_as
from shapecheck.reading.arithmetic import worked_out
from shapecheck.reading.definitions import constructors, parameters_given
from shapecheck.reading.edits import with_keyword
from shapecheck.reading.origins import spans_of
from shapecheck.reading.sources import Source, defaults_of, found_at, function_around, last_name, walk


def given_beside(
    evidence: Evidence,
    given: Span,
    size: int,
    trial: tuple[Step, ...],
    *,
    cost: float,
    layers: tuple[str, ...] = (),
    doubt: str = "",
) -> Iterator[Candidate]:
    """The option for the call that left it out, as the call of another class beside it has it.

    Args:
        evidence: The problem.
        given: The argument of the layer, which a default came to.
        size: What it must be.
        trial: The same as a trial.
        cost: What it costs.
        layers: Layers of which the class beside it must make one; any class will do if there are none.
        doubt: What stands against it, where the two calls have no other option in common.
    """
    for span in spans_of(evidence, given, parts=True):
        source, node = found_at(span)
        up = getattr(node, "parent", None)
        function = getattr(up, "parent", None)
        owner = getattr(function, "parent", None)
        if source is None or not isinstance(up, ast.arguments) or not isinstance(function, ast.FunctionDef):
            continue
        if isinstance(owner, ast.ClassDef) and function.name != "__init__":
            # What a method leaves to its default is no option of the constructor.
            return
        name = next((each for each, value in defaults_of(up) if value is node), "")
        maker = owner.name if isinstance(owner, ast.ClassDef) else function.name
        for call in source.calls(maker) if name else ():
            for other, value in _beside(source, call, name):
                if not _makes(source, other, layers):
                    continue
                is_alike = _have_in_common(source, call, other)
                change = with_keyword(source.span(call), name, source.span(value).text)
                if worked_out(evidence, source.span(value)) == size and change is not None:
                    yield Candidate(
                        f"{name}={source.span(value).text}", (change,), trial, cost, "" if is_alike else doubt
                    )
                    return
        return


def _beside(source: Source, call: ast.Call, name: str) -> Iterator[tuple[ast.Call, ast.expr]]:
    """What other calls in the same function give for a parameter of this name, where this call gives nothing."""
    if _given(source, call, name) is not None:
        return
    home: ast.AST = function_around(call) or source.tree
    for other in walk(home):
        if isinstance(other, ast.Call) and other is not call and function_around(other) is function_around(call):
            value = _given(source, other, name)
            if value is not None:
                yield other, value


def _makes(source: Source, call: ast.Call, layers: tuple[str, ...]) -> bool:
    """Whether a call makes something of the script, and one of these layers in it."""
    made = next(
        (
            each
            for each in walk(source.tree)
            if isinstance(each, ast.ClassDef | ast.FunctionDef) and each.name == last_name(call.func)
        ),
        None,
    )
    if made is None or isinstance(getattr(made, "parent", None), ast.ClassDef):
        return False
    return not layers or any(isinstance(each, ast.Call) and last_name(each.func) in layers for each in walk(made))


def _have_in_common(source: Source, one: ast.Call, other: ast.Call) -> bool:
    """Whether two calls give the same for a parameter of the same name."""
    names = {
        each.arg
        for function in source.functions
        if function.name == "__init__"
        for each in (*function.args.args[1:], *function.args.kwonlyargs)
    }
    pairs = [(_given(source, one, name), _given(source, other, name)) for name in names]
    return any(left is not None and right is not None and ast.dump(left) == ast.dump(right) for left, right in pairs)


def _given(source: Source, call: ast.Call, name: str) -> ast.expr | None:
    """What a call gives for a parameter, by its name or by its place."""
    if any(each.arg is None for each in call.keywords):
        return None
    named = given_as(call, name)
    if named is not None:
        return named
    for function in constructors(source, last_name(call.func)):
        names = parameters_given(function)
        if name in names and names.index(name) < len(call.args):
            return call.args[names.index(name)]
    return None
