"""A sampler that the script makes and gives to no loader, whose batches are what the rest was written for."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Evidence
from shapecheck.reading.assignments import names_read
from shapecheck.reading.edits import changed, with_keyword, without_keyword
from shapecheck.reading.failing import failed
from shapecheck.reading.sources import Source, function_around, last_name, statement_of, user_sources, walk

_OWN = {"batch_sampler": ("batch_size", "shuffle", "sampler", "drop_last"), "sampler": ("shuffle",)}
_LISTS = ("sample", "choices", "sorted", "list", "tolist")


def candidates(evidence: Evidence) -> list[Candidate]:
    """The idle sampler given to the loader that is made after it."""
    if failed(evidence) is None:
        return []
    return [each for source in user_sources(evidence) for each in _given(source)]


def _given(source: Source) -> Iterator[Candidate]:
    for name, made in _idle(source):
        home = _home(source, made)
        batches = _gives_batches(source, made)
        for call in source.calls("DataLoader"):
            taken = {each.arg for each in call.keywords}
            if _home(source, call) is not home or call.lineno <= made.lineno or taken & {"sampler", "batch_sampler"}:
                continue
            likely = "batch_sampler" if batches else "sampler"
            change = _with(source, call, likely, name)
            if change is not None:
                yield Candidate(f"{likely}={name}", (change,), (), 0.05)
            # What other loaders take is their own affair.
            break


def _with(source: Source, call: ast.Call, keyword: str, name: str) -> Change | None:
    """The loader's call with the sampler, and without what the loader then must not be told."""
    span = source.span(call)
    drops = [gone for each in _OWN[keyword] if (gone := without_keyword(span, each)) is not None]
    change = with_keyword(span, keyword, name)
    if change is None or len(call.args) > 1:
        return None
    before = "\n" * (span.line - 1) + " " * span.column
    try:
        text = changed(before + span.text, [*drops, change])[len(before) :]
    except ValueError:
        return None
    return Change(span, text)


def _idle(source: Source) -> Iterator[tuple[str, ast.Call]]:
    """The names that are given a sampler and never read."""
    reads = names_read(source.tree)
    for node in walk(source.tree):
        target = node.targets[0] if isinstance(node, ast.Assign) and len(node.targets) == 1 else None
        value = node.value if isinstance(node, ast.Assign) else None
        if not isinstance(target, ast.Name) or not isinstance(value, ast.Call) or target.id in reads:
            continue
        if _is_sampler(source, last_name(value.func)):
            yield target.id, value


def _is_sampler(source: Source, name: str) -> bool:
    owner = _owner(source, name)
    return name.endswith("Sampler") or (
        owner is not None and any(last_name(base).endswith("Sampler") for base in owner.bases)
    )


def _owner(source: Source, name: str) -> ast.ClassDef | None:
    return next((node for node in source.classes if node.name == name), None)


def _gives_batches(source: Source, made: ast.Call) -> bool:
    """Whether a sampler gives lists of places, not one place after another."""
    name = last_name(made.func)
    owner = _owner(source, name)
    if owner is None:
        return "Batch" in name
    lists = {
        target.id
        for node in walk(owner)
        if isinstance(node, ast.Assign) and _is_list(node.value)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    yields = [node.value for node in walk(owner) if isinstance(node, ast.Yield)]
    return any(_is_list(each) or (isinstance(each, ast.Name) and each.id in lists) for each in yields)


def _is_list(node: ast.expr | None) -> bool:
    if isinstance(node, ast.BinOp):
        return _is_list(node.left) or _is_list(node.right)
    is_made = isinstance(node, ast.Call) and last_name(node.func) in _LISTS
    is_cut = isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Slice)
    return isinstance(node, ast.List | ast.ListComp) or is_made or is_cut


def _home(source: Source, node: ast.AST) -> ast.AST:
    statement = statement_of(node) or node
    return function_around(statement) or source.tree
