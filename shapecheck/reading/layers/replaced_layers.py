"""Layers of which one came second under the name of another: ``self.fc`` that is made twice."""

from __future__ import annotations

import ast
import re

from shapecheck.evidence import Evidence
from shapecheck.reading.definitions import method_of
from shapecheck.reading.failing import (
    failed,
)
from shapecheck.reading.sources import Source, user_sources


def replaced_layer(evidence: Evidence) -> tuple[Source, ast.ClassDef, list[ast.Assign]] | None:
    """The assignments of one attribute in one constructor, where the layer that failed came second under its name."""
    operation = failed(evidence)
    callee = operation.callee if operation is not None else ""
    if not re.fullmatch(r"self\.\w+", callee):
        return None
    for source in user_sources(evidence):
        for owner in source.classes:
            maker = method_of(owner, "__init__")
            made = [
                line
                for line in (maker.body if maker is not None else ())
                if isinstance(line, ast.Assign) and isinstance(line.value, ast.Call) and _is_named(line, callee)
            ]
            if len(made) > 1 and not any(_reads_itself(line, callee) for line in made):
                return source, owner, made
    return None


def _is_named(line: ast.Assign, callee: str) -> bool:
    return len(line.targets) == 1 and ast.unparse(line.targets[0]) == callee


def _reads_itself(line: ast.Assign, callee: str) -> bool:
    """Whether a layer is wrapped in another one: ``self.conv = weight_norm(self.conv)``."""
    return callee in ast.unparse(line.value)
