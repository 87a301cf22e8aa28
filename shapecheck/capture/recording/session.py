"""Listens to a running script: cuts the tape into training steps, has each judged, and then steps out of the way."""

from __future__ import annotations

import sys
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.modules import module as hooks

from shapecheck.capture.recording import recorder as recording
from shapecheck.capture.recording.between import measured_between
from shapecheck.capture.recording.evaluation import Evaluation, Judge
from shapecheck.capture.recording.fast_path import when_left
from shapecheck.capture.recording.keywords import keywords
from shapecheck.capture.recording.later import Later
from shapecheck.capture.recording.listener import Listener
from shapecheck.capture.recording.loop_items import flags_around, may_end_early, sizes_around
from shapecheck.capture.recording.rare_turns import RareTurns
from shapecheck.capture.recording.recorder import Recorder
from shapecheck.capture.recording.step import Step, has_parameters
from shapecheck.capture.recording.tape import Ref, Root, Tape, tensors_in
from shapecheck.capture.recording.updates import Updates
from shapecheck.capture.recording.user_code import user_spot

# A model that has learned for a step or two behaves as it will; more would only cost time.
MAX_STEPS = 3


class Session:
    """One audit of a running script.

    Args:
        judge: Is given every step once it is complete.
        judge_evaluation: Is given what is called for the first batch of an evaluation, with what was measured of it.
        judge_followed: Is given all calls of that evaluation, as far as they were heard.
        judge_collected: Is given an empty step behind an evaluation, once all of it is on the tape.
    """

    def __init__(self, *, judge: Judge, judge_evaluation: Judge, judge_followed: Judge, judge_collected: Judge) -> None:
        self.judge, self._judge_evaluation = judge, judge_evaluation
        self.tape = Tape()
        self.recorder = Recorder(self.tape, self._on_backward, self._on_parameter)
        self._listener = Listener(self.recorder, self._hooks, self._on_compile)
        self._evaluation = Evaluation(
            self._listener, judge_evaluation, judge_followed, judge_collected, call=self._enter
        )
        self._later = Later(self._again, RareTurns(MAX_STEPS), self._listener.guarded)
        self._updates = Updates(self._listener, self._later)
        self._pending: tuple[int, Ref, int] | None = None
        self._enough = MAX_STEPS
        self.seen = 0
        self.ended_by_compile = self.has_called = self.is_called_elsewhere = self.has_only_asked = False

    @property
    def failures(self) -> list[BaseException]:
        """Mistakes of ours, which have ended it."""
        return self._listener.failures

    def start(self) -> None:
        """Begin to listen."""
        self.tape.loaders.start()
        self.tape.trained.made.start()
        self._listener.start()

    def stop(self) -> None:
        """Judge what is still open, and leave nothing behind."""
        self._close()
        self._evaluation.close_at_end()
        if not self.seen and not self.ended_by_compile and self.has_called:
            self.has_only_asked = self._evaluation.close_untrained()
        self._listener.end()
        self._listener.step_aside()
        self._evaluation.waiting.forget()
        self._later.forget()
        self._listener.forget()

    def _hooks(self) -> list[Any]:
        guarded = self._listener.guarded
        enter = hooks.register_module_forward_pre_hook(guarded(self._enter))
        return [enter, when_left(guarded(self._leave)), *self._updates.hooks()]

    def _on_compile(self) -> None:
        self.ended_by_compile = True
        self._close()
        self._listener.end()
        self._listener.step_aside()

    def _enter(self, module: nn.Module, inputs: Any) -> None:
        recorder, listener, evaluation = self.recorder, self._listener, self._evaluation
        was_over = listener.is_over
        if not recorder.modules and self._pending is not None and listener.hears:
            self._close()
        if not was_over and listener.is_over and evaluation.waiting.is_unannounced(module, sys._getframe()):
            evaluation.begin(is_announced=False)
        if not recorder.modules:
            if evaluation.begins_with(module, was_over=was_over, seen=self.seen):
                evaluation.begin()
            frame = sys._getframe()
            evaluation.hears_call(
                module, lambda: (inputs, [tensor for _, tensor in keywords(frame)]), lambda: user_spot(frame)
            )
        if not listener.hears:
            self.is_called_elsewhere |= not recorder.is_own_thread and has_parameters(module)
            return
        if not recorder.modules:
            self._begins_root(module, inputs)
        listener.enters(module)

    def _begins_root(self, module: nn.Module, inputs: Any) -> None:
        """A module is called by the script, and by no other module."""
        recorder, listener, is_model = self.recorder, self._listener, has_parameters(module)
        if is_model and recorder.on_parameter is not None:
            # What was read beside a model, such as a prompt or a disturbance, is no model of its own.
            recorder.on_parameter, listener.first, listener.has_begun = None, None, False
            self.tape.bare.clear()
        if listener.first is None:
            # What a script did before its first model call is no part of a step.
            listener.first = self.tape.start = len(self.tape.nodes)
        elif is_model and not listener.has_begun:
            listener.first, self.tape.is_between = self.tape.start, False
        listener.has_begun |= is_model
        self.has_called |= is_model
        frame = sys._getframe(1)
        # What is given comes onto the tape in front of what is done with it.
        given = tuple(self.tape.ref(tensor) for tensor in tensors_in(inputs))
        named = {name: self.tape.ref(tensor) for name, tensor in keywords(frame)}
        is_measured = is_model and not torch.is_grad_enabled()
        root = Root(
            module,
            first=len(self.tape.nodes),
            inputs=given,
            named=named,
            training=module.training,
            spot=user_spot(frame),
            graded=torch.is_grad_enabled(),
            flags=flags_around(frame) if is_measured else {},
            sizes=sizes_around(frame) if is_measured else None,
            may_end_early=is_model and may_end_early(frame),
        )
        self.tape.roots.append(root)
        recorder.is_deaf = is_model and self._evaluation.is_collected

    def _on_parameter(self) -> None:
        """A script that calls no model reads what it learns: a step begins here."""
        listener = self._listener
        if listener.has_begun or not listener.is_own_process:
            return
        if self._pending is not None:
            self._close()
        if listener.is_over:
            return
        if listener.first is None:
            self.tape.start = len(self.tape.nodes)
        listener.first, listener.has_begun, self.tape.is_between = self.tape.start, True, False

    def _leave(self, module: nn.Module, inputs: Any, *rest: Any) -> None:
        is_outermost = self._listener.leaves(module, inputs, *rest)
        if is_outermost and self.tape.roots and not self.recorder.is_paused:
            root = self.tape.roots[-1]
            root.last = len(self.tape.nodes)
            root.outputs = tuple(self.tape.ref(tensor) for tensor in tensors_in(rest[-1]))

    def _on_backward(self, loss: Tensor) -> None:
        listener = self._listener
        if listener.first is None or loss.numel() != 1 or loss.grad_fn is None:
            return
        if self._evaluation.is_heard:
            self._evaluation.close()
            return
        if self._pending is not None:
            if self._pending[1] == self.tape.ref(loss):
                # Its gradients are taken twice, to look at them or by one part of the model after another.
                return
            self._close()
        if self.tape.losses:
            was_paused = self.recorder.is_paused
            with listener.looking():
                self.tape.notes_gradients(self.tape.losses[-1][0])
            self.recorder.is_paused = was_paused
        self._pending = (listener.first, self.tape.ref(loss), len(self.tape.roots))
        self.tape.losses.append((self._pending[1], user_spot(sys._getframe())))
        listener.first = self.tape.start = len(self.tape.nodes)
        listener.has_begun, self.tape.is_between = False, True

    def _close(self) -> None:
        """The step is complete when the next one begins: what was measured after the backward belongs to it."""
        if self._pending is None:
            return
        first, loss, roots = self._pending
        self._pending = None
        was_paused = self.recorder.is_paused
        with self._listener.looking():
            begun = [root for root in self.tape.roots[:roots] if root.last > first or root.first >= first]
            step = Step(self.tape, first, len(self.tape.nodes), loss, tuple(begun))
            self.judge(step)
            between = measured_between(step)
            step.forget()
            if between is not None:
                self._judge_evaluation(between)
                between.forget()
        self.recorder.is_paused = was_paused
        self.seen += 1
        if self.seen >= self._enough:
            self._listener.end()
            self._listener.step_aside()
            if not self.failures and not self.ended_by_compile:
                self._evaluation.waiting.begin()
                self._later.start()

    def _again(self, steps: int | None) -> bool:
        """There is something new to hear: listen to so many of the next steps, unless others listen already."""
        if self._listener.is_over:
            # What ended in the midst of an operation lies there still.
            self._listener.step_aside()
        if not self._listener.is_over or not self._listener.can_start:
            return False
        if self.failures or len(self.tape.nodes) > recording.MAX_NODES // 2:
            self._later.forget()
            return False
        self._evaluation.is_open = False
        self._enough = self.seen + (MAX_STEPS if steps is None else steps)
        self._updates.was_paused = False
        self._listener.start_again()
        return True
