"""A mask of padding that was taken of vectors, where tokens were meant: the name had been given anew before."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapecheck.candidate import Candidate, Change, Step
from shapecheck.evidence import Argument, Evidence, Span
from shapecheck.reading.assignments import stored_in
from shapecheck.reading.edits import expression, piece, place_before
from shapecheck.reading.failing import attention_called
from shapecheck.reading.mismatches import sizes_of
from shapecheck.reading.origins import kind_of, trace
from shapecheck.reading.sources import Source, found_at, last_name, names_in, statement_of, walk
from shapecheck.reading.ways_back import spans_behind

CAUSE = "mask_does_not_fit"
_COST = 0.02


def candidates(evidence: Evidence) -> list[Candidate]:
    """``mask = tokens == 0`` where the mask was taken of ``x = embed(tokens)``, or in front of ``x = embed(x)``."""
    operation = attention_called(evidence)
    masks = [each for each in operation.arguments if each.role.endswith("key_padding_mask")] if operation else []
    return [found for mask in masks if len(sizes_of(mask)) == 3 for found in _of_tokens(evidence, mask)]


def _of_tokens(evidence: Evidence, mask: Argument) -> Iterator[Candidate]:
    trial = (Step("stand_in", mask.role, sizes_of(mask)[:2]),)
    for span in spans_behind(evidence, mask.span):
        source, node = found_at(span)
        parts = [node.left, *node.comparators] if isinstance(node, ast.Compare) else []
        compared = next((each for each in parts if isinstance(each, ast.Name)), None)
        if source is None or compared is None:
            continue
        for origin in evidence.chains.get(source.span(compared), ()):
            tokens = _looked_up(evidence, origin.span)
            if tokens is None:
                continue
            if tokens != compared.id:
                change = Change(source.span(compared), tokens)
                yield Candidate(f"{tokens} for {compared.id}", (change,), trial, _COST)
            else:
                yield from _moved(source, statement_of(node), statement_of(source.node_at(origin.span)), trial)
            return


def _looked_up(evidence: Evidence, made: Span) -> str | None:
    """The tokens that an expression looks up in an embedding: ``src`` of ``self.embed(src) * scale``.

    Positions are counted, and looked up as well; of two that are not, nothing tells which were padded.
    """
    root, found = expression(made.text), dict[str, Span]()
    for call in walk(root):
        given = call.args[0] if isinstance(call, ast.Call) and len(call.args) == 1 else None
        if not isinstance(call, ast.Call) or not isinstance(given, ast.Name):
            continue
        if kind_of(evidence, piece(made, call.func)) == "Embedding":
            found[given.id] = piece(made, given)
    tokens = [name for name, place in found.items() if len(found) == 1 or not _is_counted(evidence, place)]
    return tokens[0] if len(tokens) == 1 else None


def _is_counted(evidence: Evidence, place: Span) -> bool:
    """Whether a name was given what is counted up: ``torch.arange(words.size(1))``."""
    roots = [expression(origin.span.text) for origin in trace(evidence, place)]
    calls = (each for root in roots if root is not None for each in walk(root) if isinstance(each, ast.Call))
    return any(last_name(each.func) == "arange" for each in calls)


def _moved(
    source: Source, late: ast.stmt | None, early: ast.stmt | None, trial: tuple[Step, ...]
) -> Iterator[Candidate]:
    """A statement moved in front of another of the same block, where nothing that it reads is made between."""
    block = getattr(getattr(late, "parent", None), "body", [])
    if late is None or early is None or late not in block or early not in block or late.lineno != late.end_lineno:
        return
    between = block[block.index(early) + 1 : block.index(late)]
    made = {name for each in between for name in stored_in(each)}
    if made & names_in(late) or early.lineno >= late.lineno:
        return
    text = source.span(late).text
    place = place_before(source.span(early))
    changes = (Change(place, f"{text}\n{' ' * early.col_offset}"), Change(source.span(late), ""))
    yield Candidate(f"{text} first", changes, trial, _COST)
