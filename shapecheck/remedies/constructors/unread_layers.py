"""A layer that its module makes and never calls: in place of its like, or beside it, where what was written fails."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence
from shapecheck.reading.assignments import values_given
from shapecheck.reading.definitions import method_of
from shapecheck.reading.failing import NORMS, failed
from shapecheck.reading.layers.layer_arguments import TAKEN
from shapecheck.reading.mismatches import pair, sizes_of
from shapecheck.reading.sources import (
    class_around,
    function_around,
    is_own,
    last_name,
    node_at,
    source_of,
    user_sources,
    walk,
)

_LAYERS = (*TAKEN, *NORMS)


def candidates(evidence: Evidence) -> list[Candidate]:
    """The one layer of the same kind that nobody calls: ``self.norm`` where ``self.norm1`` was written twice."""
    return [*_called_twice(evidence), *_left_out(evidence)]


def _left_out(evidence: Evidence) -> list[Candidate]:
    """``q(x) @ self.k(y).transpose(-2, -1)`` for ``q(x) @ y``, where nobody calls what was made like ``q``."""
    operands = pair(failed(evidence, "matmul", "bmm"))
    if operands is None or any(each.span is None for each in operands):
        return []
    (left, right), nodes = operands, [node_at(each.span) for each in operands]
    owner = class_around(nodes[0])
    made = (
        each for part in walk(nodes[0]) if isinstance(part, ast.Call) and (each := _attribute_of(part.func)) is not None
    )
    called, given = next(made, None), nodes[1]
    home = function_around(given)
    if owner is None or called is None or home is None or not isinstance(given, ast.Name) or right.span is None:
        return []
    layers = dict(_made_as(owner))
    others = [
        name
        for name, text in layers.items()
        if text == layers.get(called.attr) and name != called.attr and not _is_read(evidence, owner, name)
    ]
    sizes, wide = sizes_of(right), sizes_of(left)[-1:]
    is_given = given.id in {each.arg for each in home.args.args}
    if len(others) != 1 or not is_given or len(sizes) < 2 or sizes[-1:] != wide:
        return []
    text = f"self.{others[0]}({given.id}).transpose(-2, -1)"
    return [Candidate(text, (Change(right.span, text),), (), 0.1)]


def _made_as(owner: ast.ClassDef) -> Iterator[tuple[str, str]]:
    """The attributes of a module, each with the text of the call that makes it; ``a, b = nn.Linear(3, 4), ...`` too."""
    for each in walk(owner):
        for target, value in values_given(each):
            if isinstance(target, ast.Attribute) and isinstance(value, ast.Call):
                yield target.attr, ast.unparse(value)


def _called_twice(evidence: Evidence) -> list[Candidate]:
    operation, outer = failed(evidence, *_LAYERS), evidence.operation
    node = node_at(outer.span) if outer is not None else None
    called = _attribute_of(node.func) if isinstance(node, ast.Call) else None
    source = source_of(outer.span.file) if outer is not None and outer.span is not None else None
    owner = class_around(called)
    if operation is None or called is None or source is None or owner is None:
        return []
    if _reads(owner, called.attr) < 2:
        # What is called here alone was not written for another one.
        return []
    made = dict(_made_layers(owner))
    others = [
        name
        for name, kinds in made.items()
        if name != called.attr and kinds == made.get(called.attr) and not _is_read(evidence, owner, name)
    ]
    if len(others) != 1:
        return []
    text = f"self.{others[0]}"
    return [Candidate(text, (Change(source.span(called), text),), (), 0.02)]


def _attribute_of(node: ast.expr) -> ast.Attribute | None:
    """The attribute of the module that is called, or that the layer is an item of."""
    node = node.value if isinstance(node, ast.Subscript) else node
    return node if is_own(node) else None


def _made_layers(owner: ast.ClassDef) -> Iterator[tuple[str, list[str]]]:
    """The attributes that the constructor gives layers to, each with the classes that are called for it."""
    for each in walk(method_of(owner, "__init__")):
        target = each.targets[0] if isinstance(each, ast.Assign) and len(each.targets) == 1 else None
        if isinstance(each, ast.Assign) and isinstance(target, ast.Attribute):
            calls = [last_name(call.func) for call in walk(each.value) if isinstance(call, ast.Call)]
            yield target.attr, [name for name in calls if name[:1].isupper()]


def _is_read(evidence: Evidence, owner: ast.ClassDef, name: str) -> bool:
    """Whether anything reads an attribute of this name, or might by another way."""
    return any(_reads(source.tree, name) for source in user_sources(evidence)) or any(
        isinstance(each, ast.Call) and last_name(each.func) in ("getattr", "children", "named_children", "modules")
        for each in walk(owner)
    )


def _reads(tree: ast.AST, name: str) -> int:
    """How often an attribute of this name is read."""
    return sum(
        isinstance(each, ast.Attribute) and each.attr == name and isinstance(each.ctx, ast.Load) for each in walk(tree)
    )
