"""Tells whether an operand is a table of the model: a parameter, a buffer, or what only its constructor assigns."""

from __future__ import annotations

import ast
import re

from shapecheck.evidence import Argument, Evidence
from shapecheck.reading.origins import trace
from shapecheck.reading.sources import parents, user_sources, walk


def is_table(evidence: Evidence, item: Argument) -> bool:
    """Whether it is a parameter or a buffer, not something that was computed of the data."""
    if item.value.type == "Parameter":
        # Of all parameters of a model each is weights as well, which nothing is looked up in.
        made = trace(evidence, item.span, parts=True)
        return not any(".parameters()" in each.span.text for each in made)
    texts = [item.expression]
    if item.span is not None:
        texts += [found.span.text for found in trace(evidence, item.span)]
    names = {match.group(1) for text in texts if (match := re.fullmatch(r"self\.(\w+)(\[.*\])?", text))}
    # What is assigned outside the constructor is a state, not a table.
    return any(not _is_assigned_later(evidence, name) for name in names)


def _is_assigned_later(evidence: Evidence, name: str) -> bool:
    for source in user_sources(evidence):
        for node in walk(source.tree):
            targets = node.targets if isinstance(node, ast.Assign) else []
            if not any(isinstance(each, ast.Attribute) and each.attr == name for each in targets):
                continue
            if not any(isinstance(up, ast.FunctionDef) and up.name == "__init__" for up in parents(node)):
                return True
    return False
