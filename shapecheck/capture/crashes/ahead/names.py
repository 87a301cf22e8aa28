"""What names stand for while lines are read that have not run, and how such a reading ends."""

from __future__ import annotations

import ast
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import nn

from shapecheck.capture.crashes.shapes import UNKNOWN
from shapecheck.reading.sources import last_name, walk

MOST_ITEMS = 64
GROWING = ("append", "extend", "insert", "add", "update", "pop")
# Methods by which a list, a set or a dict holds something else than it did.
CHANGING = (
    *(*GROWING, "clear", "remove", "discard", "popitem", "popleft", "appendleft", "extendleft", "setdefault"),
    *("sort", "reverse"),
)
_HOLDERS = (list, tuple, dict, set, deque)
_PLAIN = (int, float, bool, str)


class RefusedError(Exception):
    """Torch would refuse a call with these sizes."""


class LostError(Exception):
    """What follows is not known."""


@dataclass
class Lost:
    """What a reading could not follow.

    Args:
        count: How often something could not be worked out.
        attributes: The attributes of which it is not known what they stand for since.
        names: The names of scopes farther out of which it is not known.
        has_changed_given: Whether the function that was read last has put something into what it was given.
    """

    count: int = 0
    attributes: set[str] = field(default_factory=set)
    names: set[str] = field(default_factory=set)
    has_changed_given: bool = False

    def is_in(self, node: ast.AST) -> bool:
        """Whether something in an expression is another thing since."""
        return bool(self.attributes or self.names) and any(
            (isinstance(each, ast.Attribute) and each.attr in self.attributes)
            or (isinstance(each, ast.Name) and each.id in self.names)
            for each in walk(node)
        )


class Names(Mapping[str, Any]):
    """What names stand for: what was read on this way first; a name of which that is not known is not there.

    Args:
        own: What was read; UNKNOWN hides what a name stood for before.
        outer: What they stood for before.
    """

    def __init__(self, own: dict[str, Any], *outer: Mapping[str, Any]) -> None:
        self.own, self.outer = own, outer

    def __getitem__(self, name: str) -> Any:
        for each in (self.own, *self.outer):
            if name in each:
                value = each[name]
                if value is UNKNOWN:
                    break
                return value
        raise KeyError(name)

    def __iter__(self) -> Iterator[str]:
        return iter({*self.own, *(name for each in self.outer for name in each)})

    def __len__(self) -> int:
        return len(set(iter(self)))

    def store(self, target: ast.expr, value: Any) -> bool:
        """Give a name, or each of several, its value; False where that is something else than names."""
        if isinstance(target, ast.Name):
            self.own[target.id] = value
            return True
        if not isinstance(target, ast.Tuple | ast.List):
            return False
        parts = items_of(value) if value is not UNKNOWN else None
        starred = any(isinstance(each, ast.Starred) for each in target.elts)
        if parts is not None and not starred and len(parts) != len(target.elts):
            raise RefusedError("unpack")
        if starred:
            self.forget(target)
            return True
        stored = [self.store(each, parts[at] if parts else UNKNOWN) for at, each in enumerate(target.elts)]
        return all(stored)

    def is_as_before(self, name: str) -> bool:
        """Whether a number or a text that was read for a name is the one that it stood for before."""
        value = self.own.get(name, UNKNOWN)
        ready = next((each[name] for each in self.outer if name in each), UNKNOWN)
        return type(value) is type(ready) and type(value) in _PLAIN and bool(value == ready)

    def forget(self, *nodes: ast.AST) -> None:
        """Take for unknown all that is given a name in some statements, or grows there."""
        for node in (each for one in nodes for each in walk(one)):
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                self.own[node.id] = UNKNOWN
            held = changed_by(node)
            if held is not None:
                self.lose(held)

    def lose(self, held: ast.AST) -> bool:
        """Take for unknown what a name holds that is no tensor, with all its names; False where there is nothing."""
        value = self.get(held.id) if isinstance(held, ast.Name) else None
        if not isinstance(held, ast.Name) or not isinstance(value, _HOLDERS):
            return False
        alike = [name for name in self if self.get(name) is value] if value else []
        self.own.update(dict.fromkeys((*alike, held.id), UNKNOWN))
        return True


def changed_by(node: ast.AST) -> ast.expr | None:
    """What an expression gives something else to hold: ``rows`` of ``rows.clear()``, and of ``rows[0] = x``."""
    held: ast.expr | None = None
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in CHANGING:
        held = node.func.value
    if isinstance(node, ast.Subscript) and not isinstance(node.ctx, ast.Load):
        held = node.value
    while isinstance(held, ast.Subscript):
        held = held.value
    return held


def holds_names(held: ast.expr | None) -> bool:
    """Whether it holds what names or attributes stand for: ``globals()``, ``self.__dict__``."""
    called = last_name(held.func) if isinstance(held, ast.Call) else ""
    return called in ("globals", "locals", "vars", "getattr") or (
        isinstance(held, ast.Attribute) and held.attr == "__dict__"
    )


def items_of(value: Any) -> list[Any] | None:
    """What a value gives one after the other; None where it is no short list."""
    if isinstance(value, torch.Tensor):
        return list(value.unbind(0)) if value.ndim and len(value) <= MOST_ITEMS else None
    if isinstance(value, nn.ModuleList | nn.Sequential):
        return list(value._modules.values())
    # What torch returns several tensors in is a tuple with names.
    is_plain = isinstance(value, tuple) or type(value) in (list, range, str, dict)
    return list(value) if is_plain and len(value) <= MOST_ITEMS else None
