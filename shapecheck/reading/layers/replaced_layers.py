"""Layers of which one came second under the name of another: ``self.fc`` that is made twice."""

from __future__ import annotations

import ast
import re

from shapecheck.evidence import Evidence
from shapecheck.reading.assignments import values_given
from shapecheck.reading.definitions import method_of
from shapecheck.reading.failing import failed
from shapecheck.reading.sources import Source, user_sources


def replaced_layer(evidence: Evidence) -> tuple[Source, ast.ClassDef, list[ast.Attribute]] | None:
    """Where one attribute is given layers in one constructor, where the one that failed came second under its name."""
    operation = failed(evidence)
    callee = operation.callee if operation is not None else ""
    if not re.fullmatch(r"self\.\w+", callee):
        return None
    for source in user_sources(evidence):
        for owner in source.classes:
            maker = method_of(owner, "__init__")
            made = [
                (target, value)
                for line in (maker.body if maker is not None else ())
                for target, value in values_given(line)
                if isinstance(target, ast.Attribute) and isinstance(value, ast.Call) and ast.unparse(target) == callee
            ]
            # A layer may be wrapped in another one: "self.conv = weight_norm(self.conv)".
            if len(made) > 1 and not any(callee in ast.unparse(value) for _, value in made):
                return source, owner, [target for target, _ in made]
    return None
