"""The operands of one frame's expression: their live values where a name holds them, else their shapes."""

from __future__ import annotations

import ast
from dataclasses import replace
from typing import Any

import torch

from shapecheck.capture.crashes.frames import LiveFrame
from shapecheck.capture.crashes.read_through import ShapesThrough
from shapecheck.capture.crashes.shapes import UNKNOWN
from shapecheck.capture.crashes.source import function_around
from shapecheck.capture.crashes.values import Evaluator, value_of
from shapecheck.evidence import Argument, Span, Value
from shapecheck.reading.sources import is_named


class Operands:
    """Looks operands up in one frame.

    Args:
        frame: The frame; None for a call that has no text in the user's source.
    """

    def __init__(self, frame: LiveFrame | None) -> None:
        self.frame = frame
        self.evaluator = frame.evaluator if frame else Evaluator({})
        self.shapes = ShapesThrough(self.evaluator, frame.entries if frame else ())

    def live(self, node: ast.AST | None) -> Any:
        """The value that a name holds, or UNKNOWN."""
        return self.evaluator.get(node, UNKNOWN)

    def span(self, node: ast.AST | None) -> Span | None:
        """Where an expression stands."""
        return self.frame.source.span(node) if self.frame and node is not None else None

    def items(self, node: ast.AST | None) -> list[ast.expr]:
        """The expressions of a list's items: written there, or where the list got its name and nothing more."""
        if isinstance(node, ast.Tuple | ast.List):
            return node.elts
        if not isinstance(node, ast.Name):
            return []
        around = function_around(node)
        uses = [each for each in ast.walk(around) if _names(each, node.id)] if around is not None else []
        given = [each.value for each in uses if isinstance(each, ast.Assign)]
        is_plain = len(given) == 1 and all(isinstance(each, ast.Assign) for each in uses)
        return given[0].elts if is_plain and isinstance(given[0], ast.Tuple | ast.List) else []

    def argument(self, role: str, node: ast.AST | None, value: Any, keyword: str) -> Argument:
        """An operand as plain data."""
        if value is not UNKNOWN:
            found = value_of(value, role)
        elif node is not None:
            found = self.inferred(role, node)
        else:
            found = Value("other")
        return Argument(role, found, self.span(node), keyword)

    def inferred(self, role: str, node: ast.AST) -> Value:
        """What an expression must have been, worked out on meta tensors; a Value without a type if it cannot be."""
        value = self.shapes.of(node)
        if value is UNKNOWN or value is None:
            return Value("other")
        return self._on_device(value_of(value, role), value)

    def method(self, node: ast.Attribute) -> Any:
        """The method of Tensor that an attribute of a tensor names; None if it is none."""
        found = getattr(torch.Tensor, node.attr, None)
        if not callable(found):
            return None
        value = self.live(node.value)
        if value is UNKNOWN:
            value = self.shapes.of(node.value)
            if value is UNKNOWN:
                # Nobody knows what it was; but hardly anything else has a method of such a name.
                return found if node.attr in _ONLY_TENSORS else None
        return found if isinstance(value, torch.Tensor) else None

    def _on_device(self, found: Value, value: Any) -> Value:
        items = tuple(
            self._on_device(item, value[at]) if isinstance(value, tuple) and at < len(value) else item
            for at, item in enumerate(found.items)
        )
        facts = dict(found.facts)
        if isinstance(value, torch.Tensor):
            facts["contiguous"] = float(value.is_contiguous())
        seen = found.record
        if seen is not None and seen.device == "meta":
            seen = replace(seen, device=self._device)
        return replace(found, items=items, facts=facts, record=seen, inferred=True)

    @property
    def _device(self) -> str:
        """The device of the frame's tensors; an operand without a name was there too."""
        held = self.frame.frame.f_locals.values() if self.frame else ()
        return next((str(value.device) for value in held if isinstance(value, torch.Tensor)), "cpu")


_ONLY_TENSORS = frozenset(
    [
        "view",
        "reshape",
        "permute",
        "transpose",
        "squeeze",
        "unsqueeze",
        "flatten",
        "expand",
        "expand_as",
        "view_as",
        "matmul",
        "mm",
        "bmm",
        "backward",
        "contiguous",
        "masked_fill",
        "softmax",
        "log_softmax",
        "sigmoid",
        "tanh",
        "relu",
        "detach",
        "size",
    ]
)


def _names(node: ast.AST, name: str) -> bool:
    """Whether a name is given a value there, or asked for something that may change it: ``parts.append``."""
    if isinstance(node, ast.Assign | ast.AugAssign | ast.For):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        return any(is_named(each, name) for target in targets for each in ast.walk(target))
    base = node.value if isinstance(node, ast.Attribute | ast.Subscript) else None
    return is_named(base, name)
