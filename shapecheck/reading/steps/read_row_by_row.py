"""Tells where a script reads the numbers of a packed sequence as they lie: ``packed.data``, ``packed[0]``."""

from __future__ import annotations

import ast

from shapecheck.evidence import Evidence
from shapecheck.reading.edits import whole_number
from shapecheck.reading.sources import last_name, user_sources, walk

_PACKS = ("pack_padded_sequence", "pack_sequence")


def packs(node: ast.AST) -> bool:
    """Whether an expression is a call that packs."""
    return isinstance(node, ast.Call) and last_name(node.func) in _PACKS


def bases_of_rows(home: ast.AST) -> tuple[str, ...]:
    """What the numbers are taken of in a function; ``""`` stands for what was packed there."""
    packed = {
        ast.unparse(target)
        for each in walk(home)
        if isinstance(each, ast.Assign) and packs(each.value)
        for target in each.targets
    }
    found = []
    for node in walk(home):
        is_data = isinstance(node, ast.Attribute) and node.attr == "data"
        base = node.value if isinstance(node, ast.Attribute | ast.Subscript) else None
        is_first = isinstance(node, ast.Subscript) and whole_number(node.slice) == 0
        is_packed = base is not None and (packs(base) or ast.unparse(base) in packed)
        if base is not None and ((is_data and not is_packed) or (is_packed and (is_data or is_first))):
            found.append("" if is_packed else ast.unparse(base))
    return tuple(found)


def is_never_unpacked(evidence: Evidence) -> bool:
    """Whether the script takes the numbers of something packed as they lie, and unpacks nothing."""
    sources = user_sources(evidence)
    is_read = any("" in bases_of_rows(source.tree) for source in sources)
    return is_read and not any(list(source.calls("pad_packed_sequence")) for source in sources)
