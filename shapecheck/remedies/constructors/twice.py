"""A layer under a name that has been taken: the second assignment has replaced the first."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence
from shapecheck.reading.layers.replaced_layers import replaced_layer
from shapecheck.reading.sources import Source, begin_of, is_own, walk

CAUSE = "layer_replaced"
_DOUBT = "the layer that is left out may be meant for another place"


def candidates(evidence: Evidence) -> list[Candidate]:
    """Another name for the layer that came second."""
    found = replaced_layer(evidence)
    return list(_renamed(*found)) if found is not None else []


def _renamed(source: Source, owner: ast.ClassDef, assigned: list[ast.Attribute]) -> Iterator[Candidate]:
    target = assigned[-1]
    whole, name = source.span(target), target.attr
    for missing in _read_and_never_made(owner):
        yield Candidate(f"self.{missing}", (Change(whole, f"self.{missing}"),), (), 0.05)
    reads = [
        node
        for node in walk(owner)
        if isinstance(node, ast.Attribute) and node.attr == name and isinstance(node.ctx, ast.Load)
    ]
    reads.sort(key=begin_of)
    if len(reads) == len(assigned) == 2:
        new = f"self.{name}_second"
        # One inside the other's brackets stands behind it and is called before it.
        for far, read in enumerate(reversed(reads)):
            changes = (Change(whole, new), Change(source.span(read), new))
            yield Candidate(f"{new} for the second", changes, (), 0.1 + 0.1 * far)
    second = getattr(target, "parent", None)
    if len(reads) == 1 and isinstance(second, ast.Assign) and len(second.targets) == 1:
        yield Candidate("without the second", (Change(source.span(second), "pass"),), (), 0.4, _DOUBT)


def _read_and_never_made(owner: ast.ClassDef) -> list[str]:
    """Attributes that the class reads, or asks for by their name, and never assigns."""
    read: dict[str, None] = {}
    made = {node.name for node in walk(owner) if isinstance(node, ast.FunctionDef)}
    for node in walk(owner):
        if is_own(node):
            if isinstance(node.ctx, ast.Store):
                made.add(node.attr)
            elif isinstance(getattr(node, "parent", None), ast.Call):
                read[node.attr] = None
    own = ("training", "parameters", "named_parameters", "modules", "register_buffer", "register_parameter", "apply")
    names = [each for each in read if each not in made and each not in own and not hasattr(object, each)]
    return names if not owner.bases or len(names) <= 2 else []
