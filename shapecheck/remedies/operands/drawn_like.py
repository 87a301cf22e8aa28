"""Numbers drawn in the shape of another tensor than the one that they meet: ``std * torch.randn_like(h)``."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping

from shapecheck.candidate import Candidate, Change, Step
from shapecheck.evidence import Argument, Evidence
from shapecheck.reading.compared.noise_by_rows import ONE_A_ROW, is_counted_by, is_of_layer, noise_by_rows
from shapecheck.reading.edits import call_of, expression, piece
from shapecheck.reading.failing import failed, operand
from shapecheck.reading.mismatches import ELEMENTWISE, dtype_of, pair, sizes_of
from shapecheck.reading.sources import known_at, last_name, names_in, node_at
from shapecheck.reading.vocabulary import MADE_OF_SIZES
from shapecheck.reading.where_made import made_or_written
from shapecheck.records import TensorRecord

_COST = 0.05


def candidates(evidence: Evidence) -> list[Candidate]:
    """The name that stands in the other operand and has its shape, or its first axes where a mask picks from it."""
    mask = failed(evidence, "__getitem__", "__setitem__")
    if mask is not None:
        index, picked = operand(mask, "index"), operand(mask, "self")
        if index is None or picked is None or dtype_of(index) != "bool":
            return []
        return list(_drawn(evidence, index, picked))
    operands = pair(failed(evidence, *ELEMENTWISE))
    if operands is None:
        return []
    left, right = operands
    ways = [*_drawn(evidence, right, left), *_drawn(evidence, left, right)]
    return [*ways, *_by_rows(evidence, right, left), *_by_rows(evidence, left, right)]


def _by_rows(evidence: Evidence, item: Argument, other: Argument) -> Iterator[Candidate]:
    """A number for each number of a row, where one for the whole row was drawn."""
    drawn = noise_by_rows(evidence, item, other)
    call = call_of(drawn) if drawn is not None else None
    if drawn is None or call is None or other.span is None or not other.span.text.isidentifier():
        return
    name = other.span.text
    if is_counted_by(drawn, name):
        text = f"{ast.unparse(call.func)}_like({name})"
        trial = (Step("stand_in", item.role, sizes_of(other)),)
        doubt = "" if is_of_layer(evidence, other) else ONE_A_ROW
        yield Candidate(text, (Change(drawn, text),), trial, _COST, doubt)


def _drawn(evidence: Evidence, item: Argument, other: Argument) -> Iterator[Candidate]:
    whole = sizes_of(other)
    wanted = whole[: len(sizes_of(item))] if item.role == "index" else whole
    named = names_in(expression(other.span.text)) if other.span is not None else set()
    held = {name: value.record for name, value in evidence.held.items()}
    fitting = [name for name in sorted(named) if (record := held.get(name)) is not None and record.shape == whole]
    for origin in made_or_written(evidence, item) if len(fitting) == 1 else ():
        node, there = expression(origin.span.text), node_at(origin.span)
        # What is compared with one number keeps its shape.
        node = node.left if isinstance(node, ast.Compare) else node
        if not isinstance(node, ast.Call) or not node.args or there is None:
            continue
        if origin.span != item.span and fitting[0] not in known_at(there):
            continue
        name, given = last_name(node.func), node.args[0]
        like = fitting[0] if wanted == whole else ""
        shape = f"{fitting[0]}.shape" + ("" if wanted == whole else f"[:{len(wanted)}]")
        step = Step("stand_in", item.role, wanted)
        if name.endswith("_like") and like and not _is_one_a_row(wanted, sizes_of(item)):
            yield Candidate(f"{name}({like})", (Change(piece(origin.span, given), like),), (step,), _COST)
        elif name in MADE_OF_SIZES and len(node.args) == 1 and _is_shape_of(given, held, sizes_of(item)):
            yield Candidate(f"{name}({shape})", (Change(piece(origin.span, given), shape),), (step,), _COST)
        else:
            continue
        return


def _is_one_a_row(few: tuple[int, ...], drawn: tuple[int, ...]) -> bool:
    """Whether what was drawn has several numbers for each of the numbers that it meets, such as a strength."""
    return len(few) == 1 < len(drawn) and drawn[:1] == few


def _is_shape_of(node: ast.expr, held: Mapping[str, TensorRecord | None], sizes: tuple[int, ...]) -> bool:
    """Whether it is the whole shape of a tensor that has these sizes: ``x.shape``, ``x.size()``."""
    name = re.fullmatch(r"(\w+)\.(shape|size\(\))", ast.unparse(node))
    record = held.get(name.group(1)) if name is not None else None
    return record is not None and record.shape == sizes
