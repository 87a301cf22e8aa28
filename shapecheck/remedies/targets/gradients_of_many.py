"""The gradient of many numbers, one for each sample, by what it was given: asked of all of them at once."""

from __future__ import annotations

import ast
import re
from math import prod

from shapecheck.candidate import Candidate, Change
from shapecheck.evidence import Argument, Evidence, Value
from shapecheck.reading.edits import suffixed, with_keyword
from shapecheck.reading.failing import Shape, failed, operand, says
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.origins import spans_of, trace
from shapecheck.reading.sources import node_at, user_sources

_COST = 0.0
_WEIGHED = "the gradients that are asked for beside it are each given weights of their own"
_ONE_NUMBER = "the mean of the numbers may be meant, which were not made each of its own row of what is asked for"
_EACH = "the gradient of each number of a row may be meant, and not that of their sum"
_OF_LOSSES = re.compile(r"reduction\s*=")
_OF_WEIGHTS = re.compile(r"parameters\(|\.weight\b|\.bias\b")


def candidates(evidence: Evidence) -> list[Candidate]:
    """``grad(u, x, grad_outputs=torch.ones_like(u))`` where each row of ``u`` was made of the same row of ``x``."""
    operation = failed(evidence, "grad")
    many, given = (operand(operation, role) if operation is not None else None for role in ("outputs", "inputs"))
    if operation is None or many is None or many.span is None or given is None or operation.span is None:
        return []
    if not operation.name.startswith("torch.autograd") or not says(evidence, r"only for scalar outputs"):
        return []
    node = node_at(many.span)
    if operand(operation, "grad_outputs") is not None or node is None:
        return []
    if _are_weights(evidence, given):
        # Weights have no rows of their own: as in front of backward, it is one number that is asked for.
        change = suffixed(many.span, ".mean()")
        return [Candidate(change.text, (change,), (), _COST)] if not isinstance(node, ast.Tuple | ast.List) else []
    doubt = _doubt(evidence, many, given)
    if isinstance(node, ast.Tuple | ast.List):
        if len(node.elts) != 1 or not isinstance(node.elts[0], ast.Name | ast.Attribute):
            return []
        ones = f"[torch.ones_like({ast.unparse(node.elts[0])})]"
    elif isinstance(node, ast.Name | ast.Attribute):
        ones = f"torch.ones_like({many.span.text})"
    else:
        # What is called on the spot must not be called once more: the sum has the same gradients.
        change = Change(many.span, f"{many.span.text}.sum()")
        return [Candidate(change.text, (change,), (), _COST, doubt)] if isinstance(node, ast.Call) else []
    keyword = with_keyword(operation.span, "grad_outputs", ones)
    return [Candidate(f"grad_outputs={ones}", (keyword,), (), _COST, doubt)] if keyword is not None else []


def _shapes(value: Value) -> list[Shape]:
    """The shapes of a tensor, or of each of several."""
    return [sizes for each in (value, *value.items) if (sizes := sizes_of(each))]


def _are_weights(evidence: Evidence, given: Argument) -> bool:
    """Whether it is weights by which the gradient is asked for: of their losses a mean may be meant as well."""
    if given.span is None or given.value.type == "Parameter":
        return True
    texts = (given.span.text, *(each.span.text for each in trace(evidence, given.span, parts=True)))
    return any(map(_OF_WEIGHTS.search, texts)) or any(each.type == "Parameter" for each in given.value.items)


def _doubt(evidence: Evidence, many: Argument, given: Argument) -> str:
    """What stands against ones: other weights that are given elsewhere, a loss, several numbers to a row or no rows."""
    outputs = _shapes(many.value)
    if many.span is not None and any(_OF_LOSSES.search(each.text) for each in spans_of(evidence, many.span)):
        return _ONE_NUMBER
    if any(prod(sizes[1:]) > 1 for sizes in outputs):
        return _EACH
    if any(sizes[:1] != each[:1] for sizes in outputs for each in _shapes(given.value)):
        return _ONE_NUMBER
    for source in user_sources(evidence):
        for call in source.calls("grad"):
            for each in call.keywords:
                if each.arg == "grad_outputs":
                    span = source.span(each.value)
                    texts = (span.text, *(origin.span.text for origin in trace(evidence, span)))
                    if not any(re.search(r"\bones(_like)?\(", text) for text in texts):
                        return _WEIGHED
    return ""
