"""Models that are measured on other data while they are in training mode still, in a script that knows of modes."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm

from shapecheck.capture.instruments.rows.batches import batch_of
from shapecheck.capture.instruments.trials.sighting import Sighting
from shapecheck.capture.probe import Probe
from shapecheck.capture.recording.evaluated import is_measured
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Root
from shapecheck.capture.recording.user_code import tree_of
from shapecheck.findings import Fix
from shapecheck.reading.sources import walk

_DROPS = (nn.Dropout, nn.Dropout1d, nn.Dropout2d, nn.Dropout3d, nn.AlphaDropout)


def measured_while_training(step: Step) -> Iterator[Sighting]:
    """``model.train()`` in front of each round, and no ``eval()`` anywhere: dropout and batch norms go on as they did.

    Who calls a model many times with the same input means what is drawn; and who never says ``train()`` may know that
    nothing in the model asks for it. Batches of the training itself may be measured as they are trained.
    """
    # Of a first batch that was drawn before anybody listened it is not known what it was drawn of.
    asked = (one for one in step.roots if batch_of(step.tape, one) is not None)
    root = next(asked, None)
    if root is None or root.graded or not root.training or root.spot is None or not _says_train_alone(root):
        return
    if not is_measured(step.tape, step.first, step.roots) or not _is_other_data(step, root):
        return
    again = [one for one in step.tape.roots if one is not root and one.module is root.module]
    if any(set(one.inputs) & set(root.inputs) for one in again):
        return
    layers = {step.node(index).module for index in range(root.first, root.last)} - {None}
    drops = [layer for layer in layers if isinstance(layer, _DROPS) and layer.training and layer.p > 0]
    norms = [layer for layer in layers if isinstance(layer, _BatchNorm) and layer.training]
    if not drops and not norms:
        return
    said = [f"dropout zeroes a share of {drops[0].p:g}"] if drops else []
    said += ["batch norm scales by this batch, and keeps a share of it for later"] if norms else []
    text = (
        f"gradients are off, the data are others than those that were trained on, and the model is in training mode: "
        f"{' and '.join(said)}. The script says train(), and nowhere eval()"
    )
    yield Sighting("measured_while_training", root.spot.span, text, "", (Fix("model.eval() in front of it", (), "no"),))


def _says_train_alone(root: Root) -> bool:
    """Whether the file of a call puts a model into training mode, and none out of it."""
    tree = tree_of(root.spot.code.co_filename) if root.spot is not None else None
    calls = [item for item in walk(tree) if isinstance(item, ast.Call)]
    asked = [call for call in calls if isinstance(call.func, ast.Attribute)]
    names = [(call.func.attr, call) for call in asked if isinstance(call.func, ast.Attribute)]
    trains = [call for name, call in names if name == "train"]
    is_plain = all(not call.args and not call.keywords for call in trains)
    return bool(trains) and is_plain and all(name != "eval" for name, _ in names)


def _is_other_data(step: Step, root: Root) -> bool:
    """Whether nothing in the batch was trained on: rows of another data set, or of another tensor."""
    trained = [one for one in step.tape.roots if one.module is root.module and one.graded]
    own = batch_of(step.tape, root)
    if own is None or not trained:
        return False
    known = [batch_of(step.tape, one) for one in trained]
    return all(one is not None and one.data != own.data for one in known)


PROBE = Probe(
    "a model that is measured is out of training mode where the script says so at all",
    lambda look: measured_while_training(look.step),
    needs_no_run=True,
    in_evaluation=True,
    of_followed=True,
)
