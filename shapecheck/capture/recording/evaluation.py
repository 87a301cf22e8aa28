"""Hears the evaluation of a trained model: its first batch, what follows that, and what is collected of the rest."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import nn

from shapecheck.capture.recording.evaluated import (
    added_up,
    ends_unannounced,
    goes_on_with,
    is_measured,
    is_part_of,
)
from shapecheck.capture.recording.following import Following
from shapecheck.capture.recording.listener import Listener
from shapecheck.capture.recording.step import Step, has_parameters
from shapecheck.capture.recording.tape import Ref
from shapecheck.capture.recording.untrained import all_batches, first_batch
from shapecheck.capture.recording.user_code import Spot
from shapecheck.capture.recording.waiting import Waiting

# So much is listened to of an evaluation, without a model's own work: a second at most.
MAX_COLLECTED = 8_000

Judge = Callable[[Step], None]


class Evaluation:
    """One evaluation, in the midst of training or behind it.

    Args:
        listener: Hears the script.
        judge: Is given what is called for the first batch, with what was measured of it.
        judge_followed: Is given all calls, as far as they were heard.
        judge_collected: Is given an empty step behind it, once all of it is on the tape.
        call: Told of a call with which an evaluation has begun that nobody announced.
    """

    def __init__(
        self,
        listener: Listener,
        judge: Judge,
        judge_followed: Judge,
        judge_collected: Judge,
        call: Callable[[nn.Module, Any], None],
    ) -> None:
        self._listener, self._recorder, self._tape = listener, listener.recorder, listener.tape
        self._judge, self._judge_followed, self._judge_collected = judge, judge_followed, judge_collected
        self._call = call
        self.waiting = Waiting(self._tape, self.begin, listener.guarded(self._unannounced))
        self.is_open = self.was_heard = False
        self._is_announced, self._goes_on_training = True, False
        self._following = Following(self._tape)
        self._collects_to = -1

    @property
    def is_heard(self) -> bool:
        """Whether it has begun, and not ended."""
        return self.is_open or self._following.is_open or self.is_collected

    @property
    def is_collected(self) -> bool:
        """Whether enough is known of it but what becomes of the rest."""
        return self._collects_to >= 0

    def begin(self, *, is_announced: bool = True) -> None:
        """A trained model is evaluated for the first time: listen to one call of it, unless others listen already."""
        self._goes_on_training = not self._listener.is_over
        if not self._goes_on_training and not self._listener.can_start:
            return
        self.is_open, self._is_announced, self._listener.first = True, is_announced, None
        self.was_heard |= is_announced
        self._tape.evaluated_from, self._tape.left.is_open = len(self._tape.nodes), True
        if not self._goes_on_training:
            self.waiting.forget()
            self._listener.start_again()

    def begins_with(self, module: nn.Module, *, was_over: bool, seen: int) -> bool:
        """Whether a call evaluates a model whose last step was complete only with it, or before there were enough.

        Its ``eval()`` was called before anybody waited for that.

        Args:
            module: What is called.
            was_over: Whether nobody listened when it was called.
            seen: How many steps were looked at.
        """
        if self._listener.failures or self.is_open or module.training or not seen:
            return False
        if not has_parameters(module) or not any(is_part_of(module, root) for root in self._tape.roots):
            return False
        if self._listener.is_over:
            return not was_over and self.waiting.has_begun
        return self._listener.hears and not self.was_heard and not torch.is_grad_enabled()

    def hears_call(self, module: nn.Module, given: Callable[[], Any], spot: Callable[[], Spot | None]) -> None:
        """A module is called: the next batch may begin with it, or training go on, or enough was heard.

        Args:
            module: What is called.
            given: Says with what, also by name.
            spot: Says where.
        """
        first = self._listener.first
        if self.is_open and first is not None and not goes_on_with(self._tape, first, module, given()):
            self._close_first(goes_on=True)
        if self._listener.hears and self._following.is_over(module, given, spot):
            self._close_followed()
        if self.is_collected and self._listener.hears:
            is_trained = module.training and has_parameters(module)
            if is_trained or len(self._tape.nodes) > self._collects_to:
                self._close_collected()

    def close(self) -> None:
        """It is over, however much of it was heard."""
        self._close_first()
        self._close_followed()
        self._close_collected()

    def close_at_end(self) -> None:
        """The script ends; behind few steps nobody has begun to wait, and it may have been one without a word."""
        first = self._listener.first
        if not (self._listener.is_over or self.was_heard or self._following.is_open or self.is_collected):
            is_unannounced = first is not None and ends_unannounced(self._tape, first)
            self.is_open, self._is_announced = self.is_open or is_unannounced, False
            for root in self._tape.roots:
                root.graded &= not is_unannounced or root.first < (first or 0)
        self.close()

    def close_untrained(self) -> bool:
        """The script ends and has trained nothing: all that it asked of its models was an evaluation."""
        first = self._listener.first
        if first is None or self._listener.failures:
            return False
        with self._listener.looking():
            for found, judge in ((first_batch, self._judge), (all_batches, self._judge_followed)):
                step = found(self._tape, first)
                if step is None:
                    return False
                judge(step)
                step.forget()
        return True

    def _unannounced(self, module: nn.Module, inputs: Any) -> None:
        if self._listener.is_over:
            self.begin(is_announced=False)
        if self.is_open and not self._is_announced:
            self._call(module, inputs)

    def _close_first(self, *, goes_on: bool = False) -> None:
        """The next batch begins, or the script ends: what was measured of the first one is complete."""
        if not self.is_open:
            return
        self.is_open = is_told = False
        with self._listener.looking():
            first = len(self._tape.nodes) if self._listener.first is None else self._listener.first
            roots = tuple(root for root in self._tape.roots if root.first >= first)
            self._tape.escaped.update(added_up(self._tape, first))
            is_told = self._is_announced or is_measured(self._tape, first, roots)
            if roots and roots[0].outputs and is_told:
                step = Step(self._tape, first, len(self._tape.nodes), roots[0].outputs[0], roots)
                self._judge(step)
                step.forget()
        self._following.begin(self._tape.evaluated_from, is_in_training=is_told and not self._is_announced)
        if self._listener.failures or not goes_on:
            self._close_followed()
        else:
            self._recorder.is_paused = False

    def _close_followed(self) -> None:
        """Enough was heard of what follows the first batch, or it is over."""
        if not self._following.is_open:
            return
        with self._listener.looking():
            step = self._following.end()
            if step is not None and not self._listener.failures:
                self._judge_followed(step)
                step.forget()
        if self._listener.failures:
            self._leave()
        elif self._goes_on_training:
            self._tape.left.forget()
            self._listener.first, self._listener.has_begun, self._recorder.is_paused = None, False, False
        else:
            self._tape.held.clear()
            self._tape.keeps = self._recorder.is_paused = False
            self._collects_to = len(self._tape.nodes) + MAX_COLLECTED

    def _close_collected(self) -> None:
        """It is over, or was long enough: what was collected of it may have met something else by now."""
        if not self.is_collected:
            return
        self._collects_to, self._recorder.is_deaf = -1, False
        with self._listener.looking():
            end = len(self._tape.nodes)
            self._judge_collected(Step(self._tape, end, end, Ref(end - 1), ()))
        self._tape.keeps = True
        self._leave()

    def _leave(self) -> None:
        self._tape.left.forget()
        self._listener.end()
        self._listener.step_aside()
        if not self._is_announced and not self._listener.failures:
            self.waiting.begin()
