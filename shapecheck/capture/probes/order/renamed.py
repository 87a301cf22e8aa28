"""A reshape that says by its names which axis goes where, and takes other numbers there."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from math import prod

from shapecheck.capture.instruments.axes.named_sizes import (
    Axis,
    axes_by_name,
    axis_spelt,
    shape_by_name,
    stores_between,
    whole_shape,
)
from shapecheck.capture.instruments.rows.crossed_sizes import crossed
from shapecheck.capture.instruments.rows.recuts import RESHAPES, lies_within, permuted
from shapecheck.capture.instruments.tensors.backwards import origin
from shapecheck.capture.instruments.trials.sighting import Sighting, call_at, sighted, turned_before
from shapecheck.capture.probe import Probe, Turn
from shapecheck.capture.recording.replay import descendants
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node
from shapecheck.capture.recording.vocabulary import NOISE, VIEWS, VIEWS_AS
from shapecheck.findings import Fix
from shapecheck.reading.applied import one_by_one
from shapecheck.reading.edits import factors

# What hands on the same axes.
_PASSES = frozenset(["contiguous", "clone", "detach", "float"])
_CUTS = VIEWS | VIEWS_AS
_FILLS = frozenset(["pad", "constant_pad_nd", "cat", "concat"])
_NOISE = NOISE | {"randint"}


@dataclass(frozen=True, slots=True)
class _Named:
    """A size of a reshape, or a factor of one, that says which axis of the tensor it is.

    Args:
        text: As it stands there.
        at: The axis of the tensor.
        place: The axis of what comes out.
    """

    text: str
    at: int
    place: int


def renamed(step: Step) -> Iterator[Sighting]:
    """``u.view(b, h * w, c)`` of a tensor of which the line above says ``b, c, h, w = u.shape``.

    A reshape keeps all numbers in their order: an axis can keep its name only where as many numbers lie in front of it
    as before, and one of several that become one axis only where it lies within that. That the tensor still has the
    axes which the names say is known where it goes by the same name, which got no other value in between, or where no
    other axis has that size. Of a tensor with other axes, such as ``(b, h * w, c)``, the sizes say it,
    where there is no way of putting them together that leaves the axes in their order. Noise has no axes yet where it
    is drawn.
    """
    told: set[int] = set()
    for node in step.of_loss:
        if node.name not in _CUTS or node.spot is None:
            continue
        if node.spot.line in told or len(step.tape.shape(node.parents[0])) < 2 or _is_noise(step, node):
            continue
        if _is_skewed(step, node):
            continue
        moved = _moved(step, node) or _crossed(step, node)
        if moved is not None:
            told.add(node.spot.line)
            name, order = moved
            shape = step.tape.shape(node.parents[0])
            text = (
                f"{name.text} is axis {name.at} of {shape}, and with {node.name} to {node.shapes[0]} other numbers "
                "come to stand under that name: the order of the numbers stays as it was, so pieces of one axis come "
                "to lie in another"
            )
            yield sighted("axes_renamed", node, text, (_fix(step, node, order),))


def _is_noise(step: Step, node: Node) -> bool:
    """Whether it cuts what was drawn on the spot, of nothing: in the same call of a model, or on the same line."""
    _, made = origin(step.tape, node.parents[0], _PASSES)
    is_whole = not made.parents or made.name.endswith(("_", "_like"))
    if made.name not in _NOISE or not is_whole or made.spot is None or node.spot is None:
        return False
    is_same_line = made.spot.code is node.spot.code and made.spot.line == node.spot.line
    return made.root == node.root >= 0 or is_same_line


def _is_skewed(step: Step, node: Node) -> bool:
    """Whether it cuts what got one place more just before, and a reshape behind it gives back the shape of before.

    So each row is shifted by one more than the row above it, as scores of distances are: ``pad(s, (1, 0))``, cut to
    rows of another length, without the first of them, and cut back where that is needed.
    """
    # Scores may be scaled before they are shifted.
    _, made = origin(step.tape, node.parents[0], _PASSES | RESHAPES | {"__getitem__", "mul", "div"}, is_alone=True)
    if made.name not in _FILLS:
        return False
    grown, given = made.shapes[0], (step.tape.shape(each) for each in made.parents)
    shapes = {each for each in given if len(each) == len(grown) and sum(grown) - sum(each) == 1}
    behind = descendants(step.tape, {made.ref}, (at for at in step.order if at in step.to_loss))
    cut = [step.node(at) for at in behind if step.node(at).name in RESHAPES | _CUTS | {"__getitem__"}]
    return any(each.shapes[0] in shapes and each.index >= node.index for each in cut)


def _fix(step: Step, node: Node, order: tuple[int, ...]) -> Fix:
    if not order:
        return Fix("transpose or permute before the reshape", (), "no")
    title = f"permute({', '.join(map(str, order))}) before the reshape"
    shape = step.tape.shape(node.parents[0])
    behind = descendants(step.tape, {node.ref}, (at for at in step.order if at in step.to_loss))
    if any(step.node(at).name in RESHAPES and step.node(at).shapes[0] == shape for at in behind):
        return Fix(f"{title}, and back behind the one that undoes it", (), "no")
    try:
        step.run_with({node.index: permuted(order, node.shapes[0])})
    except Exception:
        return Fix(title, (), "no")
    return Fix(title, turned_before(node, order), "call", "each axis keeps its numbers")


def _moved(step: Step, node: Node) -> tuple[_Named, tuple[int, ...]] | None:
    """A size whose axis does not come to stand where it says, and the order of the axes that the sizes ask for."""
    assert node.spot is not None
    sizes = _sizes(node)
    shape, out = step.tape.shape(node.parents[0]), node.shapes[0]
    if sizes is None or len(sizes[1]) != len(out):
        return None
    receiver, given = sizes
    file, tensor = node.spot.code.co_filename, _plain(receiver)
    known = axes_by_name(file, node.spot.line)
    spoken = [[_axis(part, known) for part in factors(item)] for item in given]
    axes = [axis for item in spoken for axis in item if axis is not None]
    ndims = {axis.ndim for axis in axes} - {0}
    if len({axis.tensor for axis in axes}) != 1 or (ndims and ndims != {len(shape)}):
        return None
    if any(not -len(shape) <= axis.at < len(shape) for axis in axes):
        return None
    is_same = tensor == axes[0].tensor and _is_kept(tensor, axes, file, node.spot.line)
    is_whole = all(axis is not None for item in spoken for axis in item)
    singles = [item for item in spoken if len(item) == 1 and item[0] is not None]
    if not is_same and (not ndims or not (is_whole or len(singles) > 1)):
        return None
    numbers = [[axis.at % len(shape) for axis in item if axis is not None] for item in spoken]
    whole = [place for place, item in enumerate(spoken) if None not in item]
    if any(out[place] != prod(shape[at] for at in numbers[place]) for place in whole):
        return None
    names = [
        _Named(ast.unparse(part), at, place)
        for place in whole
        for part, at in zip(factors(given[place]), numbers[place], strict=True)
    ]
    mentioned = [at for item in numbers for at in item]
    for name in names:
        if shape[name.at] < 2 or not (is_same or shape.count(shape[name.at]) == 1):
            continue
        if not lies_within(shape, name.at, out, name.place) and not _stands_for_another(name, shape, out, mentioned):
            return name, _order(numbers, len(shape))
    return None


def _crossed(step: Step, node: Node) -> tuple[_Named, tuple[int, ...]] | None:
    """The same of a tensor with other axes than the one whose sizes are named: ``rows.view(b, c, h, w)``."""
    assert node.spot is not None
    shape, out = step.tape.shape(node.parents[0]), node.shapes[0]
    file, line = node.spot.code.co_filename, node.spot.line
    spoken = _spoken(node, axes_by_name(file, line), len(out))
    found = crossed(shape, out) if spoken is not None else None
    if spoken is None or found is None:
        return None
    for place, (text, at) in enumerate(zip(spoken, found.axes, strict=True)):
        if text and at is not None:
            return _Named(text, at, place), found.order
    return None


def _spoken(node: Node, known: dict[str, Axis], ndim: int) -> list[str] | None:
    """The sizes that are named for axes of one tensor, at least two of them, and nothing for those that are not."""
    like = _like(node)
    if like is not None:
        return [f"axis {at} of {like}" for at in range(ndim)]
    sizes = _sizes(node)
    if sizes is None or len(sizes[1]) != ndim:
        return None
    tensors: set[str] = set()
    found = []
    for item in sizes[1]:
        parts = [_axis(part, known) for part in factors(item)]
        axes = [axis for axis in parts if axis is not None]
        tensors |= {axis.tensor for axis in axes}
        if len(axes) < len(parts) and any(isinstance(part, ast.Name) and part.id in known for part in ast.walk(item)):
            # ``c // 2`` is no axis, but a part of one, and of the rest nothing is known then.
            return None
        found.append(ast.unparse(item) if len(axes) == len(parts) else "")
    return found if len(tensors) == 1 and sum(map(bool, found)) > 1 else None


def _like(node: Node) -> str | None:
    """The tensor whose shape is asked for as it is: ``view_as(x)``, ``reshape(x.shape)``, ``view(*x.size())``.

    A name that holds that shape is as good.
    """
    call = call_at(node)
    given = call.args[-1] if call is not None and len(call.args) == 1 else None
    if given is None:
        return None
    if node.name in VIEWS_AS:
        return ast.unparse(given)
    given = given.value if isinstance(given, ast.Starred) else given
    if isinstance(given, ast.Name) and node.spot is not None:
        return shape_by_name(node.spot.code.co_filename, node.spot.line, given.id)
    return whole_shape(given)


def _sizes(node: Node) -> tuple[ast.expr, list[ast.expr]] | None:
    """What is cut anew, and the sizes that it is given."""
    call = call_at(node)
    if call is None or not isinstance(call.func, ast.Attribute):
        return None
    receiver, given = call.func.value, call.args
    if ast.unparse(receiver) == "torch" and given:
        receiver, given = given[0], given[1:]
    return receiver, one_by_one(given)


def _stands_for_another(name: _Named, shape: tuple[int, ...], out: tuple[int, ...], mentioned: list[int]) -> bool:
    """Whether the name may as well be read for another axis of the same size, which comes to stand there whole.

    ``b, n, _ = scores.shape`` of square tables has one name for both of their axes. An axis that is spoken of by a
    name of its own in the same reshape has no need of another's.
    """
    return any(
        size == shape[name.at] and other not in mentioned and lies_within(shape, other, out, name.place)
        for other, size in enumerate(shape)
        if other != name.at
    )


def _plain(receiver: ast.expr) -> str:
    """What a tensor is called that is only copied before."""
    while isinstance(receiver, ast.Call) and isinstance(receiver.func, ast.Attribute) and not receiver.args:
        if receiver.func.attr not in _PASSES:
            break
        receiver = receiver.func.value
    return ast.unparse(receiver)


def _axis(item: ast.expr, known: dict[str, Axis]) -> Axis | None:
    if isinstance(item, ast.Name):
        return known.get(item.id)
    spelt = axis_spelt(item)
    return None if spelt is None else Axis(*spelt, 0, 0)


def _is_kept(receiver: str, named: list[Axis], file: str, line: int) -> bool:
    first = min((axis.line for axis in named if axis.line), default=line)
    return receiver.isidentifier() and not stores_between(file, first, line, receiver)


def _order(numbers: list[list[int]], ndim: int) -> tuple[int, ...]:
    """The order of the old axes that the sizes ask for; empty where they do not say it wholly."""
    rest = [at for at in range(ndim) if not any(at in item for item in numbers)]
    if not numbers[-1] and len(rest) == 1:
        numbers = [*numbers[:-1], rest]
    # Several that become one axis keep the order that they have.
    order = tuple(at for item in numbers for at in sorted(item))
    return order if sorted(order) == list(range(ndim)) else ()


PROBE = Probe(
    "a reshape takes each axis where its names say",
    lambda look: renamed(look.step),
    turn=Turn.LAST,
)
