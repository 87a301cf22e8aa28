"""What a script goes on to ask of a model in evaluation: the next batches, or one token after the other."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import nn

from shapecheck.capture.recording.replay import ancestors
from shapecheck.capture.recording.step import Step, has_parameters
from shapecheck.capture.recording.tape import Tape, tensors_in
from shapecheck.capture.recording.user_code import Spot

# So much is listened to: a few batches, or a short sentence.
MAX_FOLLOWED = 2_500


class Following:
    """All calls of an evaluation, as far as they are heard.

    Args:
        tape: The tape.
    """

    def __init__(self, tape: Tape) -> None:
        self.tape = tape
        self._first = self._to = -1
        self._was_between = self._is_in_training = False

    @property
    def is_open(self) -> bool:
        """Whether it has begun and not ended."""
        return self._to >= 0

    def begin(self, first: int, *, is_in_training: bool) -> None:
        """Go on behind an evaluation's first call.

        Args:
            first: The node at which the evaluation has begun.
            is_in_training: Whether something was measured of a model that is in training still.
        """
        self._is_in_training = is_in_training
        self._first, self._to = first, len(self.tape.nodes) + MAX_FOLLOWED
        # What is picked from now on is part of it.
        self._was_between, self.tape.is_between = self.tape.is_between, False

    def is_over(self, module: nn.Module, given: Callable[[], Any], spot: Callable[[], Spot | None]) -> bool:
        """Whether it ends with a call that begins: one of training, or one that comes when enough was heard.

        A script that never says ``eval()`` evaluates what is in training still, and records no gradients. Where
        nothing was measured of the first batch, such a call may begin the evaluation, if it is not given what came of
        the calls before: whoever writes a sequence step by step measures it when all of it is written. What calls from
        the same place again writes the next sequence. A method that writes may call the parts of its model by
        themselves, and each of them for the first time with what is new.

        Args:
            module: What is called.
            given: Says with what, also by name.
            spot: Says where.
        """
        if not self.is_open:
            return False
        is_trained = module.training and has_parameters(module)
        if is_trained and not torch.is_grad_enabled():
            goes_on = self._goes_on(given()) or self._is_again(spot()) or self._is_another_part(module)
            is_trained = not self._is_in_training and not goes_on
        return is_trained or len(self.tape.nodes) > self._to

    def _is_another_part(self, module: nn.Module) -> bool:
        """Whether a call is the first one of a part of a trained model, of which other parts were asked already."""
        asked = [root.module for root in self.tape.roots if root.first >= self._first]
        trained = {id(root.module): root.module for root in self.tape.roots if root.trains and root.first < self._first}
        if any(part is module for part in asked):
            return False
        wholes = [[part for part in whole.modules() if part is not whole] for whole in trained.values()]
        return any(
            any(part is module for part in parts) and any(part is one for part in parts for one in asked)
            for parts in wholes
        )

    def _goes_on(self, given: Any) -> bool:
        made = {ref.node for root in self.tape.roots if root.first >= self._first for ref in root.outputs}
        return not made.isdisjoint(ancestors(self.tape, map(self.tape.ref, tensors_in(given)), self._first))

    def _is_again(self, spot: Spot | None) -> bool:
        called = [root.spot for root in self.tape.roots if root.first >= self._first and root.spot is not None]
        return spot is not None and any(spot.place == one.place for one in called)

    def end(self) -> Step | None:
        """All of it, as a step without a loss; None if nothing was called."""
        self._to, self.tape.is_between = -1, self._was_between
        roots = tuple(root for root in self.tape.roots if root.first >= self._first and root.last >= 0)
        if not roots or not roots[-1].outputs:
            return None
        return Step(self.tape, self._first, len(self.tape.nodes), roots[-1].outputs[0], roots)
