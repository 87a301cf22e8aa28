"""A number taken out of its tensor, where Python wants a plain one, or where numpy is to read a list of losses."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from math import prod

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Argument, Evidence, Operation, Span, Value
from shapecheck.reading.edits import argument, expression, piece, replaced, suffixed, with_keyword
from shapecheck.reading.failing import says
from shapecheck.reading.sources import class_around, last_name, node_at, source_of, walk
from shapecheck.reading.where_made import made

_WANTS_NUMBER = (r"doesn't define __round__", r"passed to Tensor\.__format__", r"Tensor is not JSON serializable")
_WANTS_NO_GRAPH = (r"requires grad.*numpy", r"detach\(\)\.numpy")
_REDUCED = {"sum": "sum", "mean": "mean", "prod": "prod", "max": "amax", "min": "amin"}
_JOINED = {"concatenate": "cat", "stack": "stack"}
_MEAN = "it holds many numbers, and which one of them is to stand for all is not said"


def candidates(evidence: Evidence) -> list[Candidate]:
    """``item()`` behind what holds one number; ``detach()`` or ``item()`` for what a list was filled with."""
    operation = evidence.operation if evidence.crash is not None else None
    if operation is None:
        return []
    if says(evidence, *_WANTS_NUMBER):
        found = [each for item in operation.arguments for each in _number(evidence, item)]
        return found or list(_in_depth(operation))
    if says(evidence, *_WANTS_NO_GRAPH):
        listed = [each for item in operation.arguments for each in _of_list(evidence, item)]
        return [*_by_torch(operation), *listed]
    return []


def _by_torch(operation: Operation) -> Iterator[Candidate]:
    """Torch's function for numpy's of a list of tensors inside a module, where gradients are to go on."""
    node, item = node_at(operation.span), next(iter(operation.arguments), None)
    owner = class_around(node)
    name = last_name(node.func) if isinstance(node, ast.Call) else ""
    is_module = owner is not None and any(last_name(each) == "Module" for each in owner.bases)
    if not is_module or not isinstance(node, ast.Call) or item is None or item.span is None or operation.span is None:
        return
    axis = argument(operation.span, "axis", 1)
    where = axis.text if axis is not None else ""
    if name in _JOINED:
        text = f"torch.{_JOINED[name]}({item.span.text}, dim={where or 0})"
    elif name in _REDUCED and len(node.args) + len(node.keywords) == 1 + bool(where):
        listed = item.span.text if item.value.kind in ("list", "tuple") else f"list({item.span.text})"
        text = f"torch.stack({listed}).{_REDUCED[name]}({where})"
    else:
        return
    yield Candidate(text, (replaced(operation.span, text),), (), 0.02)


def _number(evidence: Evidence, item: Argument) -> Iterator[Candidate]:
    if item.value.kind == "tensor" and item.value.record is not None and item.span is not None:
        if prod(item.value.record.shape) == 1:
            change = suffixed(item.span, ".item()")
            yield Candidate(change.text, (change,), (), 0.05)
        else:
            change = suffixed(item.span, ".mean().item()")
            yield Candidate(change.text, (change,), (), 0.2, _MEAN)
            if says(evidence, _WANTS_NUMBER[0]) and (call := _round_of(evidence, item)) is not None:
                yield Candidate(call.text, (call,), (), 0.1, _MEAN)
    elif item.value.kind in ("dict", "list", "tuple") and item.span is not None:
        yield from _in_literal(evidence, item.span, item.value)


def _round_of(evidence: Evidence, item: Argument) -> Change | None:
    """Torch's own function for all numbers of a tensor."""
    operation = evidence.operation
    span = operation.span if operation is not None else None
    node = expression(span.text) if span is not None else None
    if span is None or item.span is None or not isinstance(node, ast.Call) or not 1 <= len(node.args) <= 2:
        return None
    digits = f", decimals={piece(span, node.args[1]).text}" if len(node.args) == 2 else ""
    return replaced(span, f"torch.round({item.span.text}{digits})")


def _in_literal(evidence: Evidence, span: Span, value: Value) -> Iterator[Candidate]:
    """The tensors among the entries of a literal that is written there: ``{"loss": loss}``."""
    for place in (span, *(each.span for each in made(evidence, Argument("obj", value, span)))):
        node = expression(place.text)
        parts = (
            node.values if isinstance(node, ast.Dict) else node.elts if isinstance(node, ast.List | ast.Tuple) else []
        )
        if len(parts) != len(value.items):
            continue
        changes = []
        for part, held in zip(parts, value.items, strict=True):
            if held.kind == "tensor" and held.record is not None:
                text = ".item()" if prod(held.record.shape) == 1 else ".tolist()"
                changes.append(suffixed(piece(place, part), text))
        if changes:
            yield Candidate(", ".join(each.text for each in changes), tuple(changes), (), 0.05)


def _in_depth(operation: Operation) -> Iterator[Candidate]:
    """What ``json`` asks of anything that it does not know, where the tensors lie deeper than a literal shows."""
    span, name = operation.span, operation.name.rpartition(".")[2]
    if span is None or name not in ("dump", "dumps") or argument(span, "default", None) is not None:
        return
    change = with_keyword(span, "default", "lambda tensor: tensor.tolist()")
    if change is not None:
        yield Candidate(change.text.removeprefix(", "), (change,), (), 0.1)


def _of_list(evidence: Evidence, item: Argument) -> Iterator[Candidate]:
    """Where a list that numpy cannot read is filled: with the number of a loss, with tensors without their graph."""
    held = [each for each in item.value.items if each.kind == "tensor" and each.record is not None]
    if item.value.kind not in ("list", "tuple") or not held or item.span is None:
        return
    is_number = all(each.record is not None and prod(each.record.shape) == 1 for each in held)
    suffix = ".item()" if is_number else ".detach()"
    # What else reads the list may want its tensors as they are, to sum them for backward.
    far = 0.5 if _is_read_twice(item.span) else 0.0
    for place in _fillers(evidence, item.span):
        change = suffixed(place, suffix)
        yield Candidate(change.text, (change,), (), 0.05 + far)
    text = f"[each{suffix} for each in {item.span.text}]"
    yield Candidate(text, (replaced(item.span, text),), (), 0.3)


def _is_read_twice(span: Span) -> bool:
    """Whether a list is read by anything else than what fills and counts it."""
    source, reads, name = source_of(span.file), 0, span.text.rpartition(".")[2]
    for node in walk(source.tree) if source is not None else ():
        if isinstance(node, ast.Name | ast.Attribute) and isinstance(node.ctx, ast.Load):
            up = getattr(node, "parent", None)
            is_filled = isinstance(up, ast.Attribute) and up.attr in ("append", "extend", "clear")
            is_counted = isinstance(up, ast.Call) and last_name(up.func) in ("len", "print")
            # By its last name, since a model calls self what others have another name for.
            reads += last_name(node) == name and not is_filled and not is_counted
    return reads > 1


def _fillers(evidence: Evidence, span: Span) -> Iterator[Span]:
    """What is appended to a list, or stands in the comprehension that it is."""
    source = source_of(span.file)
    spans = (span, *(each.span for each in made(evidence, Argument("list", Value("list"), span))))
    for place in spans:
        node = expression(place.text)
        if isinstance(node, ast.ListComp | ast.GeneratorExp):
            yield piece(place, node.elt)
    for call in source.calls("append") if source is not None else ():
        base = call.func.value if isinstance(call.func, ast.Attribute) else call.func
        if len(call.args) == 1 and source is not None and ast.unparse(base) in {each.text for each in spans}:
            yield source.span(call.args[0])
