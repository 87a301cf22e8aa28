"""A mask of tokens that is spread to the sizes of these and others, which they were joined with: filled up for them."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate
from shapecheck.evidence import Argument, Evidence, Span
from shapecheck.reading.edits import expression, piece, wrapped
from shapecheck.reading.failing import failed, operand
from shapecheck.reading.joined.joins import joins
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.sources import home_around, names_in, node_at, parents, statement_of, walk
from shapecheck.remedies.masking.masks_of_joined import PADDED, is_given, read_for_numbers

CAUSE = "mask_does_not_fit"
_COST = 0.03


def candidates(evidence: Evidence) -> list[Candidate]:
    """``F.pad(mask, (n, 0), value=1).unsqueeze(-1).expand(x.size())`` where n tokens were put in front of ``x``."""
    operation = failed(evidence, "expand", "expand_as")
    item, asked = operand(operation, "self"), operand(operation, "size", "size[0]", "other")
    mask, tokens = _named(item, ("unsqueeze",)), _named(asked, ("size", "shape", ""))
    if mask is None or tokens is None:
        return []
    have, sizes = (sizes_of(evidence.held.get(each.text)) for each in (mask, tokens))
    if len(have) != 2 or len(sizes) != 3 or have[0] != sizes[0] or have[1] >= sizes[1]:
        return []
    return list(_filled_up(evidence, mask, tokens, sizes[1] - have[1])) if _multiplies(mask) else []


def _named(item: Argument | None, called: tuple[str, ...]) -> Span | None:
    """The name that an operand is made of by one method, or an attribute, of it."""
    node = expression(item.span.text) if item is not None and item.span is not None else None
    if item is None or item.span is None or node is None:
        return None
    method = node.func if isinstance(node, ast.Call) else node
    name = method.attr if isinstance(method, ast.Attribute) else ""
    base = method.value if isinstance(method, ast.Attribute) else method
    return piece(item.span, base) if name in called and isinstance(base, ast.Name) else None


def _filled_up(evidence: Evidence, mask: Span, tokens: Span, count: int) -> Iterator[Candidate]:
    made_of = _names_behind(evidence, mask)
    for join in joins(evidence, tokens):
        theirs = [at for at, part in enumerate(join.parts) if _names_behind(evidence, part) & made_of]
        if join.axis != 1 or len(join.parts) != 2 or len(theirs) != 1:
            continue
        more = f"{tokens.text}.size(1) - {mask.text}.size(1)"
        ends = f"{more}, 0" if theirs[0] == 1 else f"0, {more}"
        change = wrapped(mask, "torch.nn.functional.pad(", f", ({ends}), value=1)")
        doubt = PADDED if count > 1 and is_given(join.parts[1 - theirs[0]]) else ""
        yield Candidate(change.text, (change,), (), _COST, doubt)
        return


def _names_behind(evidence: Evidence, span: Span) -> set[str]:
    """The tensors whose numbers an expression is made of."""
    held = {name for frame in evidence.frames for name, each in frame.names.items() if each.kind == "tensor"}
    found = set[str]()
    following = [span]
    for one in following:
        names = read_for_numbers(one)
        found |= names
        for key, chain in evidence.chains.items():
            if key.text in names and one.holds(key):
                following += [each.span for each in chain if each.span not in following]
    return found & held


def _multiplies(mask: Span) -> bool:
    """Whether what is spread is multiplied with something: its ones stand for what counts."""
    node = node_at(mask)
    if any(isinstance(up, ast.BinOp) and isinstance(up.op, ast.Mult) for up in parents(node)):
        return True
    statement = statement_of(node)
    names = names_in(*statement.targets) if isinstance(statement, ast.Assign) else set()
    products = (
        each for each in walk(home_around(node)) if isinstance(each, ast.BinOp) and isinstance(each.op, ast.Mult)
    )
    return any(isinstance(side, ast.Name) and side.id in names for each in products for side in (each.left, each.right))
