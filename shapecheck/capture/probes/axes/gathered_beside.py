"""Numbers, one for each row, that pick scores or mark classes: along another axis, or for all rows at once."""

from __future__ import annotations

import ast
from collections.abc import Container, Iterator

import torch
from torch import Tensor

from shapecheck.capture.instruments.tensors.backwards import origin
from shapecheck.capture.instruments.tensors.graphs import graph_of
from shapecheck.capture.instruments.tensors.likelihoods import may_be_normalised
from shapecheck.capture.instruments.tensors.makers import ELEMENTWISE
from shapecheck.capture.instruments.trials.edits import replaced_text
from shapecheck.capture.instruments.trials.sighting import Sighting, node_at, other_axis, sighted
from shapecheck.capture.probe import Probe
from shapecheck.capture.recording.replay import Values
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Node, Ref
from shapecheck.capture.recording.vocabulary import DISTANCES, GATHERS, HANDS_ON, IMAGES, JOINS, TOTALS
from shapecheck.findings import Edit, Fix

_MEETS = DISTANCES | {"sub", "rsub", "mul"}
_OF_EACH = _MEETS | {"neg", "abs", "square", "pow", "div"}
_SCALES = frozenset(["neg", "mul", "div", "to", "contiguous"])
_CHOOSES = frozenset(["multinomial", "argmax", "where"])
_FEWEST = 4


def gathered_beside(step: Step) -> Iterator[Sighting]:
    """``net(states).gather(0, actions.unsqueeze(1))``: the first score of another sample, for each sample.

    The numbers have one place along the axis of the choices, and as many as there are scores along all others. Along
    one of these they pick among the samples, or the steps, and nothing but the first choice is ever read.
    """
    for node, axis, along in _beside(step, GATHERS):
        if node.parents[0] not in step.learned:
            continue
        shape, picked = (step.tape.shape(ref) for ref in node.parents)
        text = (
            f"{node.name} picks along axis {along} of {shape} by numbers {picked}, which are all below {shape[axis]}: "
            f"of the {shape[axis]} scores along axis {axis} it reads the first, of another item of axis {along} each"
        )
        edits = () if node.name == "take_along_dim" else other_axis(node, axis)
        yield sighted("item_of_wrong_axis", node, text, (Fix(f"dim={axis}", edits, "no"),))
        return


def gathered_from_one(step: Step) -> Iterator[Sighting]:
    """``prob.gather(1, labels.unsqueeze(0))``: the numbers of all rows pick from the first row, or mark classes in it.

    Likewise ``values.gather(2, a.view(-1, 1, 1))`` of several values of each choice, of which only the first is read.
    """
    for node in step.nodes:
        if node.name not in GATHERS | {"scatter"} or node.index not in step.to_loss or len(node.parents) != 2:
            continue
        scores, numbers = node.parents
        shape, picked = step.tape.shape(scores), step.tape.shape(numbers)
        along = _axis(node, len(shape))
        one = _read_first_alone(shape, picked, along)
        is_learned = scores in step.learned and step.node(scores.node).name not in IMAGES
        if one is None or along is None or (node.name in GATHERS) is not is_learned:
            continue
        if node.name == "take_along_dim" or not _are_choices(step, numbers, shape[along], 1 + max(shape)):
            continue
        does, others = ("picks", "read") if node.name in GATHERS else ("writes", "written")
        text = (
            f"{node.name} {does} along axis {along} of {shape} by numbers {picked}, which have one place for the "
            f"{shape[one]} items of axis {one}: all of them go to the first of these, and the others are never {others}"
        )
        yield sighted("item_of_wrong_axis", node, text, (_spread(step, node, one, along),))
        return


def _read_first_alone(shape: tuple[int, ...], picked: tuple[int, ...], along: int | None) -> int | None:
    """The axis of which nothing but the first item is reached: as many numbers stand beside it, or none anywhere."""
    if len(shape) != len(picked) or along is None or len(shape) < 2:
        return None
    short = [axis for axis, pair in enumerate(zip(shape, picked, strict=True)) if axis != along and pair[0] != pair[1]]
    if len(short) != 1 or picked[short[0]] != 1:
        return None
    # With as many choices as items beside them, the axis itself may be the wrong one.
    is_beside = picked[along] == shape[short[0]] > 1 and (short[0] == 0 or shape[short[0]] != shape[along])
    return short[0] if is_beside or (short[0] > 0 and picked[along] == 1 and len(shape) > 2) else None


def _spread(step: Step, node: Node, one: int, along: int) -> Fix:
    numbers = node.parents[1]
    made, (shape, picked) = step.node(numbers.node), (step.tape.shape(ref) for ref in node.parents)
    if picked[along] == 1:
        sizes = ", ".join(str(shape[at]) if at == one else "-1" for at in range(len(shape)))
        return Fix(f"expand({sizes}) behind the numbers", (), "no")
    edits = other_axis(made, along) if made.name == "unsqueeze" and not step.is_leaf(numbers) else ()
    return Fix(f"labels.unsqueeze({along})", edits, "no")


def scattered_beside(step: Step) -> Iterator[Sighting]:
    """``torch.zeros(n, classes).scatter_(0, labels.unsqueeze(1), 1)``: only the first column is ever written.

    The numbers have one place along the axis of the classes, so along any other one they mark the first class of some
    rows, and nothing of all others.
    """
    for node, axis, along in _beside(step, frozenset(["scatter"])):
        if node.parents[0] in step.learned:
            continue
        shape, picked = (step.tape.shape(ref) for ref in node.parents)
        text = (
            f"{node.name} writes along axis {along} of {shape} by numbers {picked}, which are all below {shape[axis]}: "
            f"of the {shape[axis]} places along axis {axis} it writes the first alone, and of the {shape[along]} items "
            f"of axis {along} only those that have such a number"
        )
        yield sighted("item_of_wrong_axis", node, text, (Fix(f"dim={axis}", other_axis(node, axis), "no"),))
        return


def _beside(step: Step, names: Container[str]) -> Iterator[tuple[Node, int, int]]:
    """What goes by numbers with one place along the axis of the choices, that axis, and the other one told instead."""
    for node in step.nodes:
        if node.name not in names or node.index not in step.to_loss or len(node.parents) != 2:
            continue
        shape, picked = (step.tape.shape(ref) for ref in node.parents)
        beside = [axis for axis, pair in enumerate(zip(shape, picked, strict=False)) if pair[0] != pair[1]]
        along = _axis(node, len(shape))
        if len(shape) != len(picked) or len(beside) != 1 or along in (None, beside[0]) or picked[beside[0]] != 1:
            continue
        if along is not None and _are_choices(step, node.parents[1], shape[beside[0]], shape[along]):
            yield node, beside[0], along


def picked_for_all(step: Step) -> Iterator[Sighting]:
    """``net(states)[:, actions] - targets``: for each state the scores of what was chosen in all of them.

    Scores of all pairs are meant where something makes more of them than each number for itself: here they only meet
    numbers of which there is one for each row, and are added up all at once. What is learned as well, as the score of
    each column's own row, may be what the others are to stay below.
    """
    carries: dict[int, bool] = {}
    for node in _columns_of_all(step):
        if _meets_one_for_each(step, node, graph_of(step.tape, step.loss, carries)):
            yield _told_of_all(step, node)
            return


def averaged_for_all(step: Step) -> Iterator[Sighting]:
    """``-logp[:, labels].mean()``: for each row the logarithms of how likely the labels of all rows are.

    What is learned of it is how often each label occurs, whatever the row. Scores that are no logarithms of
    probabilities may be those of pairs.
    """
    found = [node for node in _columns_of_all(step) if _are_likelihoods(step, node) and _is_only_averaged(step, node)]
    if found and _fits(step, found) is not None:
        yield _told_of_all(step, found[0])


def _are_likelihoods(step: Step, node: Node) -> bool:
    scores = node.parents[0]
    return step.known(scores) is not None and may_be_normalised(step, scores, 1)


def _columns_of_all(step: Step) -> Iterator[Node]:
    """Columns that were picked by one number for each row, which says what was chosen in that row."""
    for node in step.nodes:
        if node.name != "__getitem__" or node.index not in step.to_loss or len(node.parents) != 2:
            continue
        scores, numbers = node.parents
        shape, by = step.tape.shape(scores), node.args[1]
        if len(shape) != 2 or by != (slice(None), numbers) or step.tape.shape(numbers) != shape[:1]:
            continue
        if scores in step.learned and _are_choices(step, numbers, shape[1], shape[0]):
            yield node


def _told_of_all(step: Step, node: Node) -> Sighting:
    shape = step.tape.shape(node.parents[0])
    text = (
        f"the numbers {shape[:1]}, one for each row of {shape}, pick columns of all rows: {node.shapes[0]} scores, "
        "of which only those along the diagonal were chosen"
    )
    fix = Fix("[torch.arange(len(numbers)), numbers]", _by_pairs(node), "call", "one score of each row")
    return sighted("every_prediction_with_every_target", node, text, (fix,))


def _meets_one_for_each(step: Step, node: Node, graph: set[int]) -> bool:
    """Whether all that it meets has one number for each row, and does so when each row has one score as well."""
    rows = node.shapes[0][:1]
    beside = []
    for reader in step.readers(node, to_loss=True):
        others = [ref for ref in reader.parents if ref != node.ref]
        if reader.name not in _MEETS or not others or any(step.tape.shape(ref) != rows for ref in others):
            return False
        if any(ref.node in graph for ref in others) or not _is_added_up_at_once(step, reader):
            return False
        beside.append(reader)
    after = _fits(step, [node])
    return after is not None and bool(beside) and all(after[reader.ref].shape == rows for reader in beside)


def _fits(step: Step, nodes: list[Node]) -> Values | None:
    """What comes out where each row has its own score alone; None if that does not fit, so that it was not meant."""

    def run(values: Tensor, by: tuple[slice, Tensor], *_: object) -> Tensor:
        return values[torch.arange(len(values)), by[1]]

    try:
        return step.run_with(dict.fromkeys((node.index for node in nodes), run))
    except Exception:
        return None


def _is_only_averaged(step: Step, node: Node) -> bool:
    """Whether all that reads the table gives each number a sign or a scale, up to one mean or sum of all."""
    open_nodes, seen = [node], set[int]()
    while open_nodes:
        at = open_nodes.pop()
        if at.index in seen or at.shapes[0] == ():
            continue
        seen.add(at.index)
        readers = step.readers(at, to_loss=True)
        if not readers or any(not _scales(reader) for reader in readers):
            return False
        open_nodes += readers
    return True


def _scales(node: Node) -> bool:
    return node.name in JOINS | TOTALS or (node.name in _SCALES and len(node.parents) == 1)


def _is_added_up_at_once(step: Step, node: Node) -> bool:
    """Whether all that reads the table makes something of each number by itself, up to one mean or sum of all."""
    shape, open_nodes, seen = node.shapes[0], [node], set[int]()
    while open_nodes:
        at = open_nodes.pop()
        if at.index in seen or at.shapes[0] == ():
            continue
        seen.add(at.index)
        others = {step.tape.shape(ref) for ref in at.parents if ref.node not in seen}
        is_of_each = at is node or (at.name in ELEMENTWISE | _OF_EACH and others <= {(), shape[:1]})
        if at.shapes[0] != shape or not is_of_each:
            return False
        open_nodes += step.readers(at, to_loss=True)
    return True


def _by_pairs(node: Node) -> tuple[Edit, ...]:
    subscript = node_at(node, ast.Subscript)
    places = subscript.slice if isinstance(subscript, ast.Subscript) else None
    parts = places.elts if isinstance(places, ast.Tuple) else []
    if len(parts) != 2 or node.spot is None:
        return ()
    return replaced_text(node.spot.code.co_filename, parts[0], f"torch.arange(len({ast.unparse(parts[1])}))")


def _axis(node: Node, ndim: int) -> int | None:
    given = node.kwargs.get("dim", next((item for item in node.args[1:] if type(item) is int), None))
    return given % ndim if isinstance(given, int) and -ndim <= given < ndim else None


def _are_choices(step: Step, numbers: Ref, count: int, others: int) -> bool:
    """Whether numbers say which of some choices are picked, and hardly which of more items along another axis."""
    value = step.value(numbers)
    # What an agent has drawn, or thinks best, it was told by its parameters and has no gradient by them.
    is_chosen = origin(step.tape, numbers, HANDS_ON)[1].name in _CHOOSES
    if (numbers in step.learned and not is_chosen) or value.is_floating_point() or value.numel() < _FEWEST:
        return False
    is_below = count > 1 and int(value.max()) < count < others
    return is_below and len(value.unique()) > 1  # type: ignore[no-untyped-call]


PROBE = Probe(
    "scores are picked, and classes marked, along the choices",
    lambda look: (
        *gathered_beside(look.step),
        *gathered_from_one(look.step),
        *scattered_beside(look.step),
        *picked_for_all(look.step),
        *averaged_for_all(look.step),
    ),
)
