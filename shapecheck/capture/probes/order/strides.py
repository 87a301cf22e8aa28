"""Numbers of rows of a flattened tensor that are counted with the size of the wrong axis."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace
from math import prod
from typing import Any

from torch import Tensor

from shapecheck.capture.instruments.axes.samples_axis import is_random
from shapecheck.capture.instruments.rows.rows_numbered import rows_read
from shapecheck.capture.instruments.trials.edits import replaced_text
from shapecheck.capture.instruments.trials.sighting import Sighting, call_at, node_at, sighted
from shapecheck.capture.probe import Probe
from shapecheck.capture.recording.replay import Run
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.findings import Edit, Fix

_PASSES = frozenset(
    ["long", "to", "int", "view", "reshape", "flatten", "unsqueeze", "squeeze", "expand", "contiguous", "clone",
     "expand_as", "repeat", "__getitem__"]
)  # fmt: skip
_HOPS = 8


def strides(step: Step) -> Iterator[Sighting]:
    """``flat = x.view(b * n, c); flat[sample * b + node]``: the rows of a sample begin at every n-th row.

    It counts only where numbers of the inner axis reach the size that was taken: two different places then have the
    same number, which is meant by nobody who names places by numbers.
    """
    found: list[Sighting] = []
    for node in step.of_loss:
        read = rows_read(step, node)
        seen = _judged(step, *read) if read is not None else None
        if seen is not None and all(seen.span != other.span for other in found):
            found.append(seen)
    alike = [seen for seen in found if seen.text == found[0].text]
    if alike:
        # What counts the same rows once more, such as those at the other end of each edge, is mended with the first.
        edits = tuple(edit for seen in alike for edit in seen.fixes[0].edits)
        is_apart = all(seen.fixes[0].edits for seen in alike) and len({edit.line for edit in edits}) == len(edits)
        fix = replace(alike[0].fixes[0], edits=edits if is_apart else ())
        yield replace(alike[0], fixes=(fix,))


def rows_of_longer_ones(step: Step) -> Iterator[Sighting]:
    """``masks.view(-1, n)[rows]`` beside ``seen[:, :-1].view(-1, m)[rows]``: the masks have one step more in each row.

    Numbers that were drawn for all rows of the one name rows of the other as well, and those of another sample from the
    second one on. With time in front the step that is left over stands behind all rows, and nothing is displaced.
    """
    near = {ref.node for node in step.nodes for ref in node.parents} | set(step.order)
    found = [read for node in map(step.node, sorted(near)) if (read := rows_read(step, node)) is not None]
    for cut, sizes, numbers in found:
        shorter = (*sizes[:-1], sizes[-1] - 1)
        if len(sizes) != 2 or min(shorter) < 2 or not is_random(step.tape, numbers, "randperm"):
            continue
        beside = next((other for other, taken, same in found if same == numbers and taken == shorter), None)
        if beside is None:
            continue
        line = f" (line {beside.spot.line})" if beside.spot is not None else ""
        text = (
            f"{cut.name} makes {prod(sizes)} rows of {sizes}, and the same numbers pick rows of these and of the "
            f"{prod(shorter)} that were made of {shorter}{line}: with one step more in each of the {sizes[0]} rows, "
            "from the second one on the same number is another step of another sample"
        )
        fix = Fix(f"as many steps before it is flattened, such as [:, :{shorter[-1]}]", (), "no")
        yield sighted("stride_of_other_axis", cut, text, (fix,))
        return


def _judged(step: Step, cut: Node, sizes: tuple[int, ...], numbers: Ref) -> Sighting | None:
    terms = _terms(step, numbers)
    right = [prod(sizes[at + 1 :]) for at in range(len(sizes))]
    if len(terms) != len(sizes):
        return None
    taken = [size for _, _, size in terms]
    wrong = [term for term in terms if term[2] not in right]
    missing = [size for size in right if size not in taken]
    if len(wrong) != 1 or len(missing) != 1 or len(set(taken)) != len(taken):
        return None
    (product, _, size), stride = wrong[0], missing[0]
    if product is None or size not in sizes or not _collides(step, terms, size, stride, right, sizes):
        return None
    try:
        step.run_with({product.index: _with_stride(product, size, stride)})
    except Exception:
        # It does not fit, so it was not meant.
        return None
    text = (
        f"{cut.name} put axes of {' and '.join(map(str, sizes))} items into one of {prod(sizes)}: there the next item "
        f"of the axis of {sizes[right.index(stride)]} comes {stride} rows later. {size} is the size of another axis, "
        "and several places have the same number"
    )
    fix = Fix(f"times {stride}", _edits(product, cut), "call", "each place has a number of its own")
    return sighted("stride_of_other_axis", product, text, (fix,))


Term = tuple[Node | None, Ref, int]
"""What multiplies a number, the number, and with what."""


def _terms(step: Step, ref: Ref) -> list[Term]:
    """What is added up to the number of a row."""
    counted = ref
    for _ in range(_HOPS):
        node = step.node(ref.node)
        if node.function is None or node.index < step.first:
            break
        if node.name == "arange" and node.args[:1] == (0,) and len(node.args) == 3 and node.args[2] > 1:
            return [(node, ref, node.args[2])]
        if not node.parents:
            break
        if node.name == "add" and len(node.parents) == 2:
            return [term for parent in node.parents for term in _terms(step, parent)]
        size = _factor(node)
        if size is not None:
            return [(node, node.parents[0], size)]
        if node.name not in _PASSES or (node.name == "__getitem__" and node.parents[0] == ref):
            break
        ref = node.parents[0]
    return [(None, counted, 1)]


def _factor(node: Node) -> int | None:
    """The whole number that a tensor is multiplied by."""
    if node.name != "mul" or len(node.parents) != 1:
        return None
    given = [value for value in node.args if isinstance(value, int) and not isinstance(value, bool)]
    return given[0] if len(given) == 1 and given[0] > 1 else None


def _collides(step: Step, terms: list[Term], size: int, stride: int, right: list[int], sizes: tuple[int, ...]) -> bool:
    """Whether all numbers lie in their axes, and those of the axes behind reach the next item."""
    behind = 0
    for product, ref, own in terms:
        value = step.value(ref) // own if product is not None and product.name == "arange" else step.value(ref)
        meant = stride if own == size and product is not None else own
        if not value.numel() or int(value.min()) < 0 or int(value.max()) >= sizes[right.index(meant)]:
            return False
        behind += int(value.max()) * own if meant < stride else 0
    return behind >= size


def _with_stride(product: Node, size: int, stride: int) -> Run:
    def run(*args: Any, **kwargs: Any) -> Any:
        if product.name == "arange":
            return product.function(*args, **kwargs) // size * stride  # type: ignore[misc]
        return next(item for item in args if isinstance(item, Tensor)) * stride

    return run


def _edits(product: Node, cut: Node) -> tuple[Edit, ...]:
    """The other size in the place of the one that stands there, where the reshape spells both of them."""
    found, call = node_at(product, ast.BinOp), call_at(cut)
    if not isinstance(found, ast.BinOp) or call is None or product.spot is None or cut.spot is None:
        return ()
    if product.spot.code is not cut.spot.code:
        return ()
    old = next((side for side in (found.right, found.left) if isinstance(side, ast.Name | ast.Attribute)), None)
    for size in call.args:
        if old is not None and isinstance(size, ast.BinOp) and isinstance(size.op, ast.Mult):
            outer, inner = ast.unparse(size.left), ast.unparse(size.right)
            if outer == ast.unparse(old):
                return replaced_text(product.spot.code.co_filename, old, inner)
    return ()


def _seen(step: Step) -> Iterator[Sighting]:
    yield from strides(step)
    yield from rows_of_longer_ones(step)


PROBE = Probe("rows of a flattened tensor are counted by the size of its inner axis", lambda look: _seen(look.step))
