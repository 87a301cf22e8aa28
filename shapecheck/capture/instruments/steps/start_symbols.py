"""Symbols that stand at the start of each sequence a model was trained on, and nowhere else in it."""

from __future__ import annotations

from torch import Tensor

from shapecheck.capture.recording.step import Step, has_parameters
from shapecheck.capture.recording.tape import Root

# A model, by its identity -> the symbol, and of how many sequences it was the start; none where one began otherwise.
KnownStarts = dict[int, tuple[int, int]]
# So many make sure that it is no letter with which some words happen to begin.
_FEWEST = 3


def with_starts(known: KnownStarts, step: Step) -> KnownStarts:
    """What is known of models, with what a step of training adds to it."""
    found = dict(known)
    for root in step.roots:
        if not root.training or not root.inputs or not has_parameters(root.module):
            continue
        symbol, count = _start(step, root)
        before, counted = found.get(id(root.module), (symbol, 0))
        is_kept = count > 0 and counted >= 0 and symbol == before
        found[id(root.module)] = (symbol, counted + count) if is_kept else (symbol, -1)
    return found


def start_symbol(known: KnownStarts, root: Root) -> int | None:
    """The symbol with which all sequences have begun that a model was trained on; None if there is none."""
    symbol, count = known.get(id(root.module), (0, 0))
    return symbol if count >= _FEWEST else None


def symbols_read(step: Step, root: Root) -> Tensor | None:
    """The numbers of the symbols that a model was called with, one sequence or several; None if it was no symbols."""
    value = step.value_of_input(root.inputs[0]) if root.inputs else None
    if value is None or value.is_floating_point() or value.is_complex() or value.ndim not in (1, 2) or not len(value):
        return None
    return value


def sequences_begun(value: Tensor, symbol: int) -> int:
    """How many sequences there are if each begins with a symbol and has it nowhere else; 0 if one does not.

    They lie side by side, or one under the other.
    """
    rows = value.reshape(-1, value.shape[-1]) == symbol
    for each in (rows, rows.t()):
        if bool(each[:, 0].all()) and not bool(each[:, 1:].any()):
            return len(each)
    return 0


def _start(step: Step, root: Root) -> tuple[int, int]:
    value = symbols_read(step, root)
    if value is None or value.numel() < 2:
        return 0, 0
    symbol = int(value.flatten()[0])
    count = sequences_begun(value, symbol)
    return symbol, count if count < value.numel() else 0
