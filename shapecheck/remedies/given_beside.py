"""An option that one constructor was given and its partner leaves to its default: ``Encoder(n, layers=2)``."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Step
from shapecheck.evidence import Evidence, Span
from shapecheck.reading.edits import with_keyword
from shapecheck.reading.sources import Source, function_around, last_name, source_of, trace
from shapecheck.remedies.arithmetic import worked_out


def given_beside(
    evidence: Evidence, given: Span, size: int, trial: tuple[Step, ...], *, cost: float
) -> Iterator[Candidate]:
    """The option for the call that left it out, as the call of another class beside it has it.

    Args:
        evidence: The problem.
        given: The argument of the layer, which a default came to.
        size: What it must be.
        trial: The same as a trial.
        cost: What it costs.
    """
    for span in (given, *(origin.span for origin in trace(evidence, given, parts=True))):
        source = source_of(span.file)
        node = source.node_at(span) if source is not None else None
        up = getattr(node, "parent", None)
        function = getattr(up, "parent", None)
        owner = getattr(function, "parent", None)
        if source is None or not isinstance(up, ast.arguments) or not isinstance(function, ast.FunctionDef):
            continue
        name = _name_of(up, node)
        maker = owner.name if isinstance(owner, ast.ClassDef) else function.name
        for call in source.calls(maker) if name else ():
            for value in _beside(source, call, name):
                change = with_keyword(source.span(call), name, source.span(value).text)
                if worked_out(evidence, source.span(value)) == size and change is not None:
                    yield Candidate(f"{name}={source.span(value).text}", (change,), trial, cost)
                    return
        return


def _name_of(arguments: ast.arguments, default: ast.expr | None) -> str:
    """The parameter that a default belongs to."""
    named = [*arguments.posonlyargs, *arguments.args][-len(arguments.defaults) :] if arguments.defaults else []
    pairs = [
        *zip(named, arguments.defaults, strict=True),
        *zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True),
    ]
    return next((each.arg for each, value in pairs if value is default), "")


def _beside(source: Source, call: ast.Call, name: str) -> Iterator[ast.expr]:
    """What other calls in the same function give for a parameter of this name, where this call gives nothing."""
    if _given(source, call, name) is not None:
        return
    home: ast.AST = function_around(call) or source.tree
    for other in ast.walk(home):
        if isinstance(other, ast.Call) and other is not call and function_around(other) is function_around(call):
            value = _given(source, other, name)
            if value is not None:
                yield value


def _given(source: Source, call: ast.Call, name: str) -> ast.expr | None:
    """What a call gives for a parameter, by its name or by its place."""
    if any(each.arg is None for each in call.keywords):
        return None
    named = next((each.value for each in call.keywords if each.arg == name), None)
    if named is not None:
        return named
    for function in (each for each in ast.walk(source.tree) if isinstance(each, ast.FunctionDef)):
        owner = getattr(function, "parent", None)
        is_made = isinstance(owner, ast.ClassDef) and function.name == "__init__" and owner.name == last_name(call.func)
        names = [each.arg for each in function.args.args][1:] if is_made else []
        if name in names and names.index(name) < len(call.args):
            return call.args[names.index(name)]
    return None
