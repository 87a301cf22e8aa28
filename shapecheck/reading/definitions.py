"""What a script defines: the methods of its classes, what its functions give back, and what a call of a name runs."""

from __future__ import annotations

import ast

from shapecheck.evidence import Span
from shapecheck.reading.sources import (
    Source,
    class_around,
    function_around,
    last_name,
    node_at,
    parameters,
    source_of,
    targets_of,
    walk,
)


def method_of(owner: ast.ClassDef | None, name: str) -> ast.FunctionDef | None:
    """The method of a class that has a name."""
    body = owner.body if owner is not None else ()
    return next((each for each in body if isinstance(each, ast.FunctionDef) and each.name == name), None)


def constructors(source: Source, name: str) -> list[ast.FunctionDef]:
    """How the classes of a name are made, as far as they say it themselves."""
    made = (method_of(owner, "__init__") for owner in source.classes if owner.name == name)
    return [each for each in made if each is not None]


def called_as(function: ast.FunctionDef) -> str:
    """What is called to run a function: of a constructor the class."""
    owner = getattr(function, "parent", None)
    is_made = isinstance(owner, ast.ClassDef) and function.name == "__init__"
    return owner.name if is_made and isinstance(owner, ast.ClassDef) else function.name


def parameters_given(function: ast.FunctionDef) -> list[str]:
    """The names of the parameters that a call gives something for, which are all but the object of a method."""
    return [each for each in parameters(function) if each not in ("self", "cls")]


def parameters_taken(function: ast.FunctionDef | ast.AsyncFunctionDef) -> list[str]:
    """Those among them that a call may give without a name, in order."""
    names = [each.arg for each in (*function.args.posonlyargs, *function.args.args)]
    return names[1:] if names[:1] == ["self"] else names


def values_returned(function: ast.FunctionDef | None) -> list[ast.expr]:
    """What a function gives back, at each of its ways out."""
    return [each.value for each in walk(function) if isinstance(each, ast.Return) and each.value is not None]


def names_returned(source: Source, called: ast.expr, count: int) -> set[tuple[str, ...]]:
    """The names of so many values that what is called returns, once for each order; what has no name is empty.

    A way out that gives a number or None for what another one names is no order of its own.
    """
    orders = {
        tuple(map(last_name, each.elts))
        for function in _functions_behind(source, called)
        for each in values_returned(function)
        if isinstance(each, ast.Tuple) and len(each.elts) == count and function_around(each) is function
    }
    names = [{*each} - {""} for each in zip(*orders, strict=True)]
    return {tuple(next(iter(each), "") for each in names)} if names and max(map(len, names)) < 2 else orders


def _functions_behind(source: Source, called: ast.expr) -> list[ast.FunctionDef]:
    """The functions of a name, or the forward of the module that is called so."""
    name = last_name(called)
    owners = _classes_made(source, name) if not isinstance(called, ast.Call) else {last_name(called.func)}
    around = class_around(called) if name == "self" else None
    owners |= {around.name} if around is not None else set()
    return [
        each
        for each in source.functions
        if each.name == name
        or (each.name == "forward" and (owner := class_around(each)) is not None and owner.name in owners)
    ]


def _classes_made(source: Source, name: str) -> set[str]:
    """The classes that something of this name is made of."""
    made = (each for each in walk(source.tree) if isinstance(each, ast.Call))
    return {last_name(each.func) for each in made if any(last_name(target) == name for target in targets_of(each))}


def is_told_to_several(given: Span) -> bool:
    """Whether an argument is a parameter of a class, or of a function, by which the file makes several things."""
    function, source = maker_around(given), source_of(given.file)
    return (
        source is not None
        and function is not None
        and given.text in parameters_given(function)
        and sum(1 for _ in source.calls(called_as(function))) > 1
    )


def maker_around(given: Span) -> ast.FunctionDef | None:
    """The constructor that an argument stands in, or the function of the file that makes layers and gives them back."""
    function = function_around(node_at(given))
    is_maker = function is not None and (function.name == "__init__" or class_around(function) is None)
    return function if is_maker else None
