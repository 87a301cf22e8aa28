"""Where a parameter is kept and was made: by the module that has it, and by the line that gives it its name."""

from __future__ import annotations

import ast

from torch import nn

from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Ref
from shapecheck.capture.recording.user_code import span_of, tree_of
from shapecheck.evidence import Span
from shapecheck.reading.sources import walk


def owner_of(step: Step, ref: Ref) -> tuple[nn.Module, str] | None:
    """The module that keeps a parameter, and its name there; None for one that no module of the step has."""
    for root in step.roots:
        for module in root.module.modules():
            for name, parameter in module._parameters.items():
                if parameter is not None and step.tape.known(parameter) == ref:
                    return module, name
    return None


def named_at(module: nn.Module, name: str) -> Span | None:
    """The one assignment in the class of a module that gives an attribute this name."""
    for kind in type(module).__mro__:
        if kind.__module__.startswith("torch.") or kind is object:
            return None
        file = _file_of(kind)
        found = _assignments(tree_of(file), kind.__name__, name) if file else []
        if file is not None and len(found) == 1:
            at = found[0]
            return span_of(file, at, "")
    return None


def _file_of(kind: type) -> str | None:
    """The file of a class by one of its methods."""
    codes = (getattr(method, "__code__", None) for method in vars(kind).values())
    return next((code.co_filename for code in codes if code is not None), None)


def _assignments(tree: ast.AST | None, kind: str, name: str) -> list[ast.expr]:
    classes = [item for item in walk(tree) if isinstance(item, ast.ClassDef) and item.name == kind]
    found: list[ast.expr] = []
    for item in ast.walk(classes[0]) if len(classes) == 1 else ():
        if isinstance(item, ast.Assign | ast.AnnAssign) and item.value is not None:
            targets = item.targets if isinstance(item, ast.Assign) else [item.target]
            is_named = any(isinstance(target, ast.Attribute) and target.attr == name for target in targets)
            found += [item.value] * is_named
        if isinstance(item, ast.Call) and _registers(item, name):
            found.append(item)
    return found


def _registers(call: ast.Call, name: str) -> bool:
    is_method = isinstance(call.func, ast.Attribute) and call.func.attr == "register_parameter"
    first = call.args[0] if call.args else None
    return is_method and isinstance(first, ast.Constant) and first.value == name
