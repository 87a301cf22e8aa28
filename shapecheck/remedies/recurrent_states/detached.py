"""A graph that was used up: the state that is carried from one step to the next is cut off from the steps before."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate
from shapecheck.evidence import Evidence, Span
from shapecheck.reading.edits import line_after, replaced, suffixed
from shapecheck.reading.failing import failed, says
from shapecheck.reading.origins import trace
from shapecheck.reading.sources import is_named, parents, user_sources, walk

CAUSE = "state_not_detached"
_STATES = {"LSTM": "tuple", "GRU": "tensor", "RNN": "tensor"}


def candidates(evidence: Evidence) -> list[Candidate]:
    """The state, detached behind the step that made it, or where it is kept."""
    if failed(evidence, "backward") is None or not says(evidence, r"second time"):
        return []
    return list(_detached(evidence))


def _detached(evidence: Evidence) -> Iterator[Candidate]:
    """A state that is carried from one step to the next, cut off from the steps before."""
    for source in user_sources(evidence):
        for node in walk(source.tree):
            if not isinstance(node, ast.Assign) or not isinstance(node.value, ast.Call):
                continue
            target = node.targets[0]
            if not isinstance(target, ast.Tuple) or len(target.elts) != 2:
                continue
            given = {ast.unparse(part) for part in [*node.value.args, *(each.value for each in node.value.keywords)]}
            state = target.elts[1]
            names = [ast.unparse(part) for part in getattr(state, "elts", [state])]
            whole = ast.unparse(state)
            statement = source.span(node)
            if whole in given or f"({', '.join(names)})" in given:
                yield from _detach_lines(evidence, source.span(node.value.func), whole, names, statement)
        for node in walk(source.tree):
            if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Attribute):
                text = ast.unparse(node.targets[0])
                loaded = [
                    each
                    for each in walk(source.tree)
                    if isinstance(each, ast.Attribute) and isinstance(each.ctx, ast.Load) and ast.unparse(each) == text
                ]
                in_init = any(isinstance(up, ast.FunctionDef) and up.name == "__init__" for up in parents(node))
                if loaded and not in_init and not isinstance(node.value, ast.Constant):
                    span = source.span(node.value)
                    known = _kind_of(evidence, text) or _kind_of(evidence, span.text)
                    if known != "tuple":
                        yield Candidate(f"{text} = {span.text}.detach()", (suffixed(span, ".detach()"),), (), 0.4)
                    if known != "tensor":
                        pair = f"tuple(each.detach() for each in {span.text})"
                        yield Candidate(pair, (replaced(span, pair),), (), 0.45)
            if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and _in_loop(node):
                name = node.targets[0].id
                if any(is_named(each, name) and isinstance(each.ctx, ast.Load) for each in walk(node.value)):
                    span = source.span(node.value)
                    yield Candidate(f"{name} = {span.text}.detach()", (suffixed(span, ".detach()"),), (), 0.7)


def _detach_lines(
    evidence: Evidence, callee: Span, whole: str, names: list[str], statement: Span
) -> Iterator[Candidate]:
    if len(names) > 1:
        text = f"{', '.join(names)} = {', '.join(f'{name}.detach()' for name in names)}"
        yield Candidate(text, (line_after(statement, text),), (), 0.1)
        return
    known = _kind_of(evidence, whole) or _state_of(evidence, callee)
    single = f"{whole} = {whole}.detach()"
    both = f"{whole} = tuple(each.detach() for each in {whole})"
    if known != "tuple":
        yield Candidate(single, (line_after(statement, single),), (), 0.1)
    if known != "tensor":
        yield Candidate(both, (line_after(statement, both),), (), 0.12)


def _kind_of(evidence: Evidence, name: str) -> str:
    """What a name of the user's frames still holds: a tensor, a tuple; nothing if it is not known."""
    held = (frame.names.get(name) for frame in reversed(evidence.frames) if frame.is_user)
    return next((each.kind for each in held if each is not None and each.kind in ("tensor", "tuple")), "")


def _state_of(evidence: Evidence, callee: Span) -> str:
    """What the state of a layer is, by the class that it was made of."""
    texts = [found.span.text.partition("(")[0].rpartition(".")[2] for found in trace(evidence, callee)]
    return next((_STATES[text] for text in texts if text in _STATES), "")


def _in_loop(node: ast.AST) -> bool:
    return any(isinstance(up, ast.For | ast.While) for up in parents(node))
