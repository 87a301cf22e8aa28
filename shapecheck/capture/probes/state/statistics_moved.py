"""Running statistics that a part of a model keeps, and that go on with what it is evaluated on."""

from __future__ import annotations

import ast
import linecache
from collections.abc import Iterator

from torch import Tensor, nn

from shapecheck.capture.instruments.trials.sighting import Sighting, sighted
from shapecheck.capture.probe import Probe
from shapecheck.capture.recording.replay import ancestors, refs_above
from shapecheck.capture.recording.step import Step, has_parameters
from shapecheck.capture.recording.tape import Node, Root
from shapecheck.capture.recording.user_code import Spot
from shapecheck.capture.recording.vocabulary import SPREADS, TOTALS
from shapecheck.findings import Edit, Fix
from shapecheck.reading.sources import function_of_line, last_name, source_of, walk

_COUNTS = TOTALS | SPREADS


def statistics_moved(step: Step) -> Iterator[Sighting]:
    """A tensor of a module, made anew in evaluation of the mean of what the model is given, as it is in training.

    The model reads it with the next batch: what is measured of one depends on those before, and the statistics of what
    was held out are those that training goes on with. What a module only counts for a report is read by no layer. Who
    asks for the mode, and lets something else decide as well, has thought of evaluation.
    """
    asked = [root for root in step.roots if _is_evaluated(root)]
    for model in {id(root.module): root.module for root in asked}.values():
        for part, name, value in _kept(model):
            ref = step.tape.known(value)
            last = step.tape.nodes[ref.node] if ref is not None else None
            if last is None or last.function is None or not step.tape.dtype(last.ref).is_floating_point:
                continue
            for made in (node for node in step.recorded if node.repeats(last)):
                calls = [root for root in asked if root.module is model and made.index < root.last]
                is_read = any(_is_read(step, root, made) for root in calls)
                is_meant = _asks_for_mode(made.spot)
                if is_read and not is_meant and _is_moved(step, made, calls) and _was_so_in_training(step, made):
                    yield _told(part, name, made)
                    return


def _is_evaluated(root: Root) -> bool:
    return not root.training and not root.graded and root.last >= 0 and has_parameters(root.module)


def _kept(module: nn.Module) -> Iterator[tuple[nn.Module, str, Tensor]]:
    """What modules that a script wrote keep of several numbers, and do not learn."""
    for part in module.modules():
        if type(part).__module__.startswith("torch."):
            continue
        for name, value in (vars(part) | part._buffers).items():
            if isinstance(value, Tensor) and not isinstance(value, nn.Parameter) and value.numel() > 1:
                yield part, name, value


def _is_moved(step: Step, made: Node, calls: list[Root]) -> bool:
    """Whether a tensor was made of itself as it was, and of a mean of what a model is given."""
    tape = step.tape
    way = ancestors(tape, [made.ref], step.first)
    read = {parent for index in way for parent in tape.nodes[index].parents}
    if not any(tape.shape(one) == made.shapes[0] and _is_older(tape.nodes[one.node], made) for one in read):
        return False
    given = {one for root in calls for each in root.inputs for one in refs_above(tape, each, step.first)}
    counts = (tape.nodes[index] for index in way if tape.nodes[index].name in _COUNTS)
    return any(given & refs_above(tape, node.parents[0], step.first) for node in counts if node.parents)


def _is_older(node: Node, made: Node) -> bool:
    """Whether a tensor was made by the same instruction before, or while nobody listened."""
    return node.repeats(made) or (node.function is None and node.kind == "data" and not node.collated)


def _was_so_in_training(step: Step, made: Node) -> bool:
    """Whether the same was done of what a model was trained on."""
    for node in step.tape.nodes[: step.first]:
        if node.repeats(made):
            calls = (root for root in step.tape.roots if root.last > node.index and has_parameters(root.module))
            root = next(calls, None)
            return root is not None and root.trains and root.first < step.first
    return False


def _asks_for_mode(spot: Spot | None) -> bool:
    """Whether it stands under a condition that reads the mode: it is on in evaluation by another part of that."""
    function = function_of_line(source_of(spot.code.co_filename), spot.line) if spot is not None else None
    asked = [item for item in walk(function) if isinstance(item, ast.If)]
    around = [item for item in asked if spot is not None and item.lineno < spot.line <= (item.end_lineno or 0)]
    return any(last_name(part) == "training" for item in around for part in ast.walk(item.test))


def _is_read(step: Step, root: Root, made: Node) -> bool:
    """Whether what a call returns is made of a tensor."""
    tape = step.tape
    return any(made.ref in tape.nodes[index].parents for index in ancestors(tape, root.outputs, made.index))


def _told(module: nn.Module, name: str, made: Node) -> Sighting:
    kind = type(module).__name__
    text = (
        f"`{name}` of {kind} goes on here with the mean of what the model is evaluated on, in evaluation mode, as it "
        "does in training; the model reads it: what is said of a batch depends on those that were evaluated "
        "before it, and so does what training goes on with"
    )
    fix = Fix("if not self.training: return, in front of it", _left_early(made.spot), "no")
    return sighted("statistics_moved", made, text, (fix,))


def _left_early(spot: Spot | None) -> tuple[Edit, ...]:
    """The edit that leaves a method early that does nothing else, and gives nothing back."""
    function = function_of_line(source_of(spot.code.co_filename), spot.line) if spot is not None else None
    if spot is None or function is None or function.name == "forward":
        return ()
    if not function.args.args or any(isinstance(item, ast.Return) and item.value for item in ast.walk(function)):
        return ()
    first = function.body[0]
    if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and len(function.body) > 1:
        first = function.body[1]
    row = linecache.getline(spot.code.co_filename, first.lineno)
    space = row[: first.col_offset]
    if space.strip() or not row.isascii():
        return ()
    owner = function.args.args[0].arg
    new = f"{space}if not {owner}.training:\n{space}    return\n{row}"
    return (Edit(spot.code.co_filename, first.lineno, first.lineno, new),)


PROBE = Probe(
    "no statistics of a model go on with what it is evaluated on",
    lambda look: statistics_moved(look.step),
    needs_no_run=True,
    in_evaluation=True,
    of_followed=True,
)
