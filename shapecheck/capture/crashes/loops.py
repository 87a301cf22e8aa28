"""Where the items of a loop come from: loaders, data sets, collate functions, enumerate, zip, lists and generators."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from torch import nn
from torch.utils.data import DataLoader, Subset, TensorDataset

from shapecheck.capture.crashes.functions import argument_nodes, user_function
from shapecheck.capture.crashes.history import Step, picked
from shapecheck.capture.crashes.scopes import Path, Scope
from shapecheck.reading.applied import given_as
from shapecheck.reading.sources import last_name, statement_of

if TYPE_CHECKING:
    from shapecheck.capture.crashes.follower import Follower

# What gives back the items of its first argument.
_THROUGH = ("tqdm", "trange", "iter", "list", "tuple", "reversed", "sorted", "islice", "cycle", "next", "chain", "set")
_CONTAINERS = (nn.ModuleList, nn.ModuleDict, nn.ParameterList)


def items(follower: Follower, node: ast.AST, scope: Scope, path: Path, depth: int) -> Iterator[Step]:
    """The steps before the items of what is looped over; ``path`` says which item of each of them is meant."""
    if depth > 16:
        return
    go = depth + 1
    if isinstance(node, ast.Call):
        yield from _of_call(follower, node, scope, path, go)
    elif isinstance(node, ast.ListComp | ast.GeneratorExp | ast.SetComp):
        yield from follower.back(node.elt, scope, path, go)
    elif isinstance(node, ast.List | ast.Tuple):
        for item in node.elts[:2]:
            yield from follower.back(item, scope, path, go)
    elif isinstance(node, ast.BinOp):
        yield from items(follower, node.left, scope, path, go)
    elif isinstance(node, ast.Subscript):
        yield from _of_part(follower, node, scope, path, go)
    else:
        for step in follower.back(node, scope, (), go):
            yield replace(step, is_whole=False)
            if isinstance(step.node, ast.List) and not step.node.elts:
                yield from _appended(follower, step, path, go)
                return
            if not isinstance(step.node, ast.Name | ast.Attribute):
                yield from items(follower, step.node, step.scope, path, go)
                return


def _of_part(follower: Follower, node: ast.Subscript, scope: Scope, path: Path, depth: int) -> Iterator[Step]:
    """The items of what a dict holds under a key: of the loader for one part of the data; else of what is cut."""
    key = scope.names.get(node.slice)
    for step in follower.back(node.value, scope, (), depth) if isinstance(key, str) else ():
        yield replace(step, is_whole=False)
        held = step.node.value if isinstance(step.node, ast.DictComp) else picked(step.node, (key,))
        if held is not None:
            yield from items(follower, held, step.scope, path, depth)
            return
    if not isinstance(key, str):
        yield from items(follower, node.value, scope, path, depth)


def _appended(follower: Follower, step: Step, path: Path, depth: int) -> Iterator[Step]:
    """What a list that was begun empty is filled with, one after the other."""
    home = step.scope.function if step.scope.function is not None else step.scope.source.tree
    for call in ast.walk(home) if home is not None else ():
        is_append = isinstance(call, ast.Call) and last_name(call.func) == "append" and len(call.args) == 1
        if not isinstance(call, ast.Call) or not is_append or not isinstance(call.func, ast.Attribute):
            continue
        if ast.unparse(call.func.value) != step.expression:
            continue
        scope, value = step.scope.at(call), picked(call.args[0], path)
        if value is not None and path:
            yield Step(ast.unparse(call.func), value, statement_of(call) or call, scope, is_whole=False)
        yield from follower.back(value or call.args[0], scope, () if value is not None else path, depth)
        return


def contents(node: ast.Call, target: Any, path: Path) -> tuple[ast.AST, Path] | None:
    """What a container was made of, where a path leads into it: the child of a Sequential, an entry of a dict."""
    name = last_name(node.func)
    if target is nn.Sequential or (target is None and name == "Sequential"):
        at = path[0] if path else None
        if isinstance(at, int) and not any(isinstance(item, ast.Starred) for item in node.args):
            return (node.args[at], path[1:]) if -len(node.args) <= at < len(node.args) else None
        return (node.args[0], path) if node.args and path else None
    if target in _CONTAINERS and node.args and path:
        return node.args[0], path
    if path and isinstance(path[0], str):
        given = given_as(node, path[0])
        return (given, path[1:]) if given is not None else None
    return (node.args[0], path) if target in (list, tuple, dict) and node.args else None


def taken_from(call: ast.Call) -> ast.expr | None:
    """What items are taken from: one by ``next(batches)``, of each the first part and so on by ``zip(*rows)``."""
    name, given = getattr(call.func, "id", ""), call.args[0] if len(call.args) == 1 else None
    if name == "zip":
        return given.value if isinstance(given, ast.Starred) else None
    return given if name == "next" else None


def _of_call(follower: Follower, node: ast.Call, scope: Scope, path: Path, depth: int) -> Iterator[Step]:
    name, target = last_name(node.func), scope.names.get(node.func)
    if name == "enumerate" and path[:1] == (1,) and node.args:
        yield from items(follower, node.args[0], scope, path[1:], depth)
    elif name == "zip" and path and isinstance(path[0], int) and path[0] < len(node.args):
        yield from items(follower, node.args[path[0]], scope, path[1:], depth)
    elif name in _THROUGH and node.args:
        yield from items(follower, node.args[0], scope, path, depth)
    elif name == "DataLoader" or (isinstance(target, type) and issubclass(target, DataLoader)):
        yield from _of_loader(follower, node, scope, path, depth)
    elif inspect.isgeneratorfunction(user_function(target)):
        yield from follower.returned(target, (node, scope), path, depth, ast.unparse(node))
    elif user_function(target) is not None and not isinstance(target, type):
        for step in follower.returned(target, (node, scope), (), depth, ast.unparse(node)):
            yield replace(step, is_whole=False)
            yield from items(follower, step.node, step.scope, path, depth)
            return
    else:
        yield from _of_dataset(follower, node, scope, path, depth)


def _of_loader(follower: Follower, node: ast.Call, scope: Scope, path: Path, depth: int) -> Iterator[Step]:
    given = argument_nodes(node, DataLoader)
    collate = given.get("collate_fn")
    if collate is not None:
        target = scope.names.get(collate)
        if isinstance(collate, ast.Lambda):
            yield from follower.back(collate.body, scope, path, depth)
        elif user_function(target) is not None:
            yield from follower.returned(target, None, path, depth, ast.unparse(collate))
    dataset = given.get("dataset")
    if dataset is not None:
        yield from _of_dataset(follower, dataset, scope, path, depth)


def _of_dataset(follower: Follower, node: ast.AST, scope: Scope, path: Path, depth: int) -> Iterator[Step]:
    if not isinstance(node, ast.Call):
        for step in follower.back(node, scope, (), depth):
            yield replace(step, is_whole=False)
            if isinstance(step.node, ast.Call):
                yield from _of_dataset(follower, step.node, step.scope, path, depth + 1)
                return
            if isinstance(step.node, ast.ListComp | ast.List | ast.Tuple):
                yield from items(follower, step.node, step.scope, path, depth + 1)
                return
        return
    target, name = scope.names.get(node.func), last_name(node.func)
    if target is TensorDataset or name == "TensorDataset":
        at = path[0] if path and isinstance(path[0], int) else 0
        if at < len(node.args) and not any(isinstance(item, ast.Starred) for item in node.args):
            yield from _argument(follower, node, node.args[at], scope, path[1:], depth)
    elif target is Subset or name in ("Subset", "random_split", "ConcatDataset", "zip", "list"):
        if name == "zip" and path and isinstance(path[0], int) and path[0] < len(node.args):
            yield from items(follower, node.args[path[0]], scope, path[1:], depth)
        elif node.args:
            yield from _of_dataset(follower, node.args[0], scope, path, depth + 1)
    elif isinstance(target, type):
        for method in ("__getitem__", "__iter__", "__next__"):
            function = inspect.getattr_static(target, method, None)
            if user_function(function) is not None:
                # What one sample is becomes an item of the batch: another shape.
                for step in follower.returned(function, (node, scope), path, depth, f"{name}.{method}"):
                    yield replace(step, is_whole=False)
                return
    else:
        for step in follower.back(node, scope, (), depth):
            yield replace(step, is_whole=False)


def _argument(
    follower: Follower, call: ast.Call, node: ast.AST, scope: Scope, path: Path, depth: int
) -> Iterator[Step]:
    yield Step(ast.unparse(node), node, statement_of(call) or call, scope)
    yield from follower.back(node, scope, path, depth)
