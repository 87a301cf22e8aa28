"""The user's functions and classes as syntax trees, found from the live objects; and which argument goes where."""

from __future__ import annotations

import ast
import sys
from collections import ChainMap
from collections.abc import Iterator, Mapping
from functools import lru_cache
from types import FunctionType, MethodType
from typing import Any, TypeGuard

import torch
from torch import nn

from shapecheck.capture.bound import bind_nodes
from shapecheck.capture.crashes.frames import is_user_file
from shapecheck.capture.crashes.scopes import Scope, own_nodes
from shapecheck.capture.crashes.shapes import UNKNOWN
from shapecheck.capture.crashes.source import FunctionNode, SourceFile, source_file
from shapecheck.capture.crashes.values import Evaluator
from shapecheck.evidence import Span
from shapecheck.reading.sources import class_around, last_name, parameters, walk


def user_function(target: Any) -> FunctionType | None:
    """The Python function behind a callable of the user's: a function, a method, a module's forward, ``__call__``."""
    if isinstance(target, nn.Module):
        target = type(target).forward
    elif not isinstance(target, FunctionType | MethodType | type) and callable(target):
        target = vars(type(target)).get("__call__", target)
    target = getattr(target, "__wrapped__", target)
    function = target.__func__ if isinstance(target, MethodType) else target
    if not isinstance(function, FunctionType):
        return None
    code = function.__code__
    return function if is_user_file(code.co_filename, function.__module__ or "") else None


def scope_of(function: FunctionType, call: tuple[ast.Call, Scope] | None, owner: Any = None) -> Scope | None:
    """The scope at the end of a function that is not running any more."""
    code = function.__code__
    source = source_file(code.co_filename)
    node = source.function_at(code.co_firstlineno, code.co_name)
    if node is None:
        return None
    return scope_in(source, node, function.__globals__, call, owner)


def scope_in(
    source: SourceFile,
    node: FunctionNode,
    names: Mapping[str, Any],
    call: tuple[ast.Call, Scope] | None,
    owner: Any = None,
) -> Scope:
    """The scope at the end of a function, by its node; ``owner`` is what its first parameter stands for."""
    own: dict[str, Any] = {}
    if owner is not None and parameters(node)[:1]:
        own[parameters(node)[0]] = owner
    evaluator = Evaluator(ChainMap(own, _without(names, _own_names(node)), vars(sys.modules["builtins"])))
    return Scope(source, node, evaluator, (node.end_lineno or node.lineno) + 1, call=call)


def class_nodes(kind: type) -> Iterator[tuple[SourceFile, ast.ClassDef, Mapping[str, Any]]]:
    """The definitions of a class and of those of its bases that are the user's."""
    for one in kind.__mro__:
        method = next((value for value in vars(one).values() if _is_written(value)), None)
        module = sys.modules.get(one.__module__)
        file = method.__code__.co_filename if method is not None else getattr(module, "__file__", None)
        if not file or not is_user_file(file, one.__module__):
            continue
        source = source_file(file)
        for node in walk(source.tree):
            if isinstance(node, ast.ClassDef) and node.name == one.__name__:
                yield source, node, method.__globals__ if method is not None else vars(module)
                break


def methods(node: ast.ClassDef) -> list[FunctionNode]:
    """The methods of a class, in order."""
    return [item for item in node.body if isinstance(item, ast.FunctionDef | ast.AsyncFunctionDef)]


def argument_for(name: str, function: FunctionNode, call: ast.Call) -> ast.expr | None:
    """What a call gives for a parameter of a function; None if nothing, or if it cannot be told."""
    for keyword in call.keywords:
        if keyword.arg == name:
            return keyword.value
    names = parameters(function)
    if class_around(function) is not None and names[:1] in (["self"], ["cls"]):
        names = names[1:]
    if name not in names:
        return None
    at = names.index(name)
    if any(isinstance(item, ast.Starred) for item in call.args[: at + 1]) or at >= len(call.args):
        return None
    return call.args[at]


def spread_for(name: str, function: FunctionNode, call: ast.Call) -> tuple[ast.expr, str | int] | None:
    """What a call spreads out and a parameter is an item of, with its key: ``f(x, *pair)``, ``Model(**settings)``."""
    names = _told_by_place(function)
    stars = [at for at, item in enumerate(call.args) if isinstance(item, ast.Starred)]
    if len(stars) == 1 and name in names[stars[0] :]:
        held = call.args[stars[0]]
        # Whatever stands behind the star is counted from an end that nobody knows.
        is_last = stars[0] == len(call.args) - 1
        return (held.value, names.index(name) - stars[0]) if is_last and isinstance(held, ast.Starred) else None
    spread = [item.value for item in call.keywords if item.arg is None]
    # Of two, nobody knows which one has it.
    return (spread[0], name) if len(spread) == 1 and name not in names[: len(call.args)] else None


def item_gathered(function: FunctionNode, call: ast.Call, at: int) -> tuple[ast.expr | None, ast.expr | None, int]:
    """What a call gives for an item of ``*args``, or what it spreads out and that is an item of, and which one."""
    at += len(_told_by_place(function))
    stars = [place for place, item in enumerate(call.args) if isinstance(item, ast.Starred)]
    if at < min([*stars, len(call.args)]):
        return call.args[at], None, at
    last = call.args[-1] if len(stars) == 1 else None
    return None, last.value if isinstance(last, ast.Starred) else None, at - stars[0] if stars else at


def _told_by_place(function: FunctionNode) -> list[str]:
    """The parameters that a call fills by their place, without what a method is called of."""
    names = [item.arg for item in (*function.args.posonlyargs, *function.args.args)]
    return names[1:] if class_around(function) is not None and names[:1] in (["self"], ["cls"]) else names


def argument_nodes(call: ast.Call, target: Any) -> dict[str, ast.expr]:
    """Parameter -> what is written for it, in a call of a class or a function."""
    if any(isinstance(item, ast.Starred) for item in call.args):
        return {str(item.arg): item.value for item in call.keywords if item.arg}
    given: list[tuple[ast.expr | None, Any]] = [(item, UNKNOWN) for item in call.args]
    method = getattr(torch.Tensor, call.func.attr, None) if isinstance(call.func, ast.Attribute) else None
    is_method = target is None and method is not None
    if is_method:
        # What nobody knows the class of, but has such a method, is a tensor more often than not.
        target, given = method, [(None, UNKNOWN), *given]
    keywords: dict[str, tuple[ast.expr | None, Any]] = {
        item.arg: (item.value, UNKNOWN) for item in call.keywords if item.arg
    }
    try:
        bound = bind_nodes(target, given, keywords, is_method=is_method)
    except Exception:
        return {}
    return {_role(item.role): item.node for item in bound if item.node is not None}


def arguments_of(call: ast.Call, target: Any, source: SourceFile) -> dict[str, Span]:
    """The same as spans."""
    return {name: source.span(node) for name, node in argument_nodes(call, target).items()}


def calls_named(name: str, source: SourceFile) -> Iterator[ast.Call]:
    """Every call of something of this name in a file."""
    for node in walk(source.tree):
        if isinstance(node, ast.Call):
            called = last_name(node.func)
            if called == name:
                yield node


def gathers(function: Any, name: str) -> bool:
    """Whether a name is the parameter that gathers the arguments, or the keywords, which nobody else takes."""
    gathering = (function.args.vararg, function.args.kwarg) if function is not None else ()
    return any(each is not None and each.arg == name for each in gathering)


def is_first(name: str, function: Any) -> bool:
    """Whether a name is the first parameter of a method."""
    names = [item.arg for item in function.args.args[:1]]
    return names == [name] and class_around(function) is not None


def is_module_class(target: Any) -> TypeGuard[type[nn.Module]]:
    """Whether it is a class of modules, not a module."""
    return isinstance(target, type) and issubclass(target, nn.Module)


def _role(role: str | tuple[str, ...]) -> str:
    return role if isinstance(role, str) else f"({', '.join(role)})"


def _is_written(value: Any) -> bool:
    """Whether it is a method that the user has written; those of dataclasses are made up."""
    if not isinstance(value, FunctionType) or value.__code__.co_filename.startswith("<string"):
        return False
    return is_user_file(value.__code__.co_filename, value.__module__ or "")


@lru_cache(maxsize=256)
def _own_names(node: FunctionNode) -> frozenset[str]:
    """The names that a function binds itself: a global one of the same name is another thing."""
    stored = (each for each in own_nodes(node) if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store))
    shared = {name for each in own_nodes(node) if isinstance(each, ast.Global) for name in each.names}
    return frozenset({*parameters(node), *(each.id for each in stored)} - shared)


def _without(names: Mapping[str, Any], hidden: frozenset[str]) -> dict[str, Any]:
    """The names of a module that those of a function do not hide."""
    return {name: value for name, value in names.items() if name not in hidden}
