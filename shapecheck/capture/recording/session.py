"""Listens to a running script: cuts the tape into training steps, has each judged, and then steps out of the way."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.modules import module as hooks
from torch.overrides import _get_current_function_mode_stack, _pop_mode, _push_mode

from shapecheck.capture.recording import recorder as recording
from shapecheck.capture.recording.evaluated import added_up, ends_unannounced, goes_on_with, is_measured
from shapecheck.capture.recording.fast_path import add_as_one, is_fused, when_left
from shapecheck.capture.recording.following import Following
from shapecheck.capture.recording.keywords import keywords
from shapecheck.capture.recording.later import Later
from shapecheck.capture.recording.recorder import Recorder
from shapecheck.capture.recording.stack import NextGradient, is_on_stack, without
from shapecheck.capture.recording.step import Step, has_parameters
from shapecheck.capture.recording.tape import Ref, Root, Tape, tensors_in
from shapecheck.capture.recording.updates import Updates
from shapecheck.capture.recording.user_code import user_spot
from shapecheck.capture.recording.waiting import Waiting
from shapecheck.capture.recording.warned import Redirected

# A model that has learned for a step or two behaves as it will; more would only cost time.
MAX_STEPS = 3

# So much is listened to of an evaluation, without a model's own work: a second at most.
MAX_COLLECTED = 8_000


class Session:
    """One audit of a running script.

    Args:
        judge: Is given every step once it is complete.
        judge_evaluation: Is given what is called for the first batch of an evaluation, with what was measured of it.
        judge_followed: Is given all calls of that evaluation, as far as they were heard.
        judge_collected: Is given an empty step behind an evaluation, once all of it is on the tape.
    """

    def __init__(
        self,
        judge: Callable[[Step], None],
        judge_evaluation: Callable[[Step], None] | None = None,
        judge_collected: Callable[[Step], None] | None = None,
        judge_followed: Callable[[Step], None] | None = None,
    ) -> None:
        self.judge, self.judge_evaluation, self.judge_collected = judge, judge_evaluation, judge_collected
        self.judge_followed = judge_followed
        self.tape = Tape()
        self._following = Following(self.tape)
        self.seen = 0
        self.failures: list[BaseException] = []
        self.recorder = Recorder(self.tape, self._on_backward, self._on_parameter)
        self._first: int | None = None
        self._pending: tuple[int, Ref, int] | None = None
        self._warnings = Redirected(recording.__file__)
        self._has_begun = self._is_over = False
        self._fused: nn.Module | None = None
        self._handles: list[Any] = []
        self._process = os.getpid()
        self._waiting = Waiting(self.tape, self._evaluate, self._guarded(self._measure))
        self._is_announced = True
        self._later = Later(self._again)
        self._updates = Updates(self.recorder, self._later)
        self._next_gradient = NextGradient()
        self._is_aside = True
        self._enough = MAX_STEPS
        self._is_evaluation = self._has_evaluated = self._goes_on_training = False
        self._collects_to = -1
        self._compile: Callable[..., Any] | None = None
        self.ended_by_compile = self.has_called = self.is_called_elsewhere = False

    def start(self) -> None:
        """Begin to listen."""
        self.tape.loaders.start()
        self.tape.trained.made.start()
        self._listen()

    def _listen(self) -> None:
        self._is_over = self._updates.is_over = False
        self._handles = [
            hooks.register_module_forward_pre_hook(self._guarded(self._enter)),
            when_left(self._guarded(self._leave)),
            *self._updates.hooks(),
        ]
        self._compile, torch.compile = torch.compile, self._on_compile
        self._warnings.start()
        self._is_aside = False
        self.recorder.__enter__()  # type: ignore[no-untyped-call]

    def stop(self) -> None:
        """Judge what is still open, and leave nothing behind."""
        self._close()
        if not (self._is_over or self._has_evaluated or self._following.is_open) and self._collects_to < 0:
            # Behind so few steps nobody has begun to wait.
            is_open = self._is_evaluation or (self._first is not None and ends_unannounced(self.tape, self._first))
            self._is_evaluation, self._is_announced = is_open, False
        self._close_evaluation()
        self._close_followed()
        self._close_collected()
        self._end()
        self._step_aside()
        self._next_gradient.forget()
        self._waiting.forget()
        self._later.forget()
        self.tape.trained.forget()
        self.tape.loaders.forget()

    def _end(self) -> None:
        """No more of this: what was changed in torch is put back."""
        if self._is_over:
            return
        self._is_over = self._updates.is_over = True
        self.recorder.is_paused = True
        self._warnings.stop()
        if self._compile is not None:
            torch.compile, self._compile = self._compile, None
        for handle in self._handles:
            handle.remove()
        self._handles = []
        self.tape.held.clear()
        self.tape.trained.wait()

    def _on_compile(self, *args: Any, **kwargs: Any) -> Any:
        """Compiled code takes what listens into account, and would come out as another program: leave it alone."""
        original = self._compile or torch.compile
        self.ended_by_compile = True
        self._close()
        self._end()
        self._step_aside()
        return original(*args, **kwargs)

    def _guarded(self, hook: Callable[..., None]) -> Callable[..., None]:
        """A mistake of ours must not reach the script: it is kept, and this ends."""

        def guarded(*args: Any) -> None:
            try:
                hook(*args)
            except Exception as error:
                self.failures.append(error)
                self._end()

        return guarded

    def _enter(self, module: nn.Module, inputs: Any) -> None:
        recorder = self.recorder
        was_over = self._is_over
        if not recorder.modules and self._pending is not None and self._hears():
            self._close()
        if not was_over and self._is_over and self._waiting.is_unannounced(module, sys._getframe()):
            self._evaluate(is_announced=False)
        if not recorder.modules and self._begins_evaluation(module, was_over):
            self._evaluate()
        if not recorder.modules and self._is_evaluation and self._first is not None:
            given = inputs, [tensor for _, tensor in keywords(sys._getframe())]
            if not goes_on_with(self.tape, self._first, module, given):
                self._close_evaluation(goes_on=True)
        if not recorder.modules and self._hears() and self._following.is_over(module):
            self._close_followed()
        if not recorder.modules and self._collects_to >= 0 and self._hears():
            is_trained = module.training and has_parameters(module)
            if is_trained or len(self.tape.nodes) > self._collects_to:
                self._close_collected()
        if not self._hears():
            self.is_called_elsewhere |= not recorder.is_own_thread and has_parameters(module)
            return
        if not recorder.modules:
            is_model = has_parameters(module)
            if is_model and recorder.on_parameter is not None:
                # What was read beside a model, such as a prompt or a disturbance, is no model of its own.
                recorder.on_parameter, self._first, self._has_begun = None, None, False
                self.tape.bare.clear()
            if self._first is None:
                # What a script did before its first model call is no part of a step.
                self._first = self.tape.start = len(self.tape.nodes)
            elif is_model and not self._has_begun:
                self._first, self.tape.is_between = self.tape.start, False
            self._has_begun |= is_model
            self.has_called |= is_model
            refs = tuple(self.tape.ref(tensor) for tensor in tensors_in(inputs))
            spot = user_spot(sys._getframe())
            named = {name: self.tape.ref(tensor) for name, tensor in keywords(sys._getframe())}
            start = len(self.tape.nodes)
            is_graded = torch.is_grad_enabled()
            self.tape.roots.append(Root(module, start, -1, refs, named, (), module.training, spot, is_graded))
            recorder.is_deaf = is_model and self._collects_to >= 0
        recorder.modules.append(module)
        if is_fused(module) and _get_current_function_mode_stack()[-1] is recorder:  # type: ignore[no-untyped-call]
            self._fused = module
            _pop_mode()  # type: ignore[no-untyped-call]

    def _on_parameter(self) -> None:
        """A script that calls no model reads what it learns: a step begins here."""
        if self._has_begun or os.getpid() != self._process:
            return
        if self._pending is not None:
            self._close()
        if self._is_over:
            return
        if self._first is None:
            self.tape.start = len(self.tape.nodes)
        self._first, self._has_begun, self.tape.is_between = self.tape.start, True, False

    def _begins_evaluation(self, module: nn.Module, was_over: bool) -> bool:
        """Whether a model is evaluated whose last step was complete only with this call, or before there were enough.

        Its ``eval()`` was called before anybody waited for that.
        """
        if self.judge_evaluation is None or self.failures or self._is_evaluation or module.training or not self.seen:
            return False
        if all(root.module is not module for root in self.tape.roots) or not has_parameters(module):
            return False
        if self._is_over:
            return not was_over and self._waiting.has_begun
        return self._hears() and not self._has_evaluated and not torch.is_grad_enabled()

    def _hears(self) -> bool:
        return os.getpid() == self._process and not self.recorder.is_paused and is_on_stack(self.recorder)

    def _leave(self, module: nn.Module, inputs: Any, *rest: Any) -> None:
        if module is self._fused:
            self._fused = None
            _push_mode(self.recorder)  # type: ignore[no-untyped-call]
            add_as_one(self.recorder, module, inputs, *rest)
        modules = self.recorder.modules
        if modules and modules[-1] is module:
            modules.pop()
            self.recorder.is_deaf &= bool(modules)
            if not modules and self.tape.roots and not self.recorder.is_paused:
                root = self.tape.roots[-1]
                root.last = len(self.tape.nodes)
                root.outputs = tuple(self.tape.ref(tensor) for tensor in tensors_in(rest[-1]))

    def _on_backward(self, loss: Tensor) -> None:
        if self._first is None or loss.numel() != 1 or loss.grad_fn is None:
            return
        if self._is_evaluation or self._following.is_open or self._collects_to >= 0:
            self._close_evaluation()
            self._close_followed()
            self._close_collected()
            return
        if self._pending is not None:
            if self._pending[1] == self.tape.ref(loss):
                # Its gradients are taken twice, to look at them or by one part of the model after another.
                return
            self._close()
        self._pending = (self._first, self.tape.ref(loss), len(self.tape.roots))
        self.tape.losses.append((self._pending[1], user_spot(sys._getframe())))
        self._first, self._has_begun = len(self.tape.nodes), False
        self.tape.start, self.tape.is_between = self._first, True

    def _close(self) -> None:
        """The step is complete when the next one begins: what was measured after the backward belongs to it."""
        if self._pending is None:
            return
        first, loss, roots = self._pending
        self._pending = None
        was, self.recorder.is_paused = self.recorder.is_paused, True
        try:
            with without():
                begun = [root for root in self.tape.roots[:roots] if root.last > first or root.first >= first]
                step = Step(self.tape, first, len(self.tape.nodes), loss, tuple(begun))
                self.judge(step)
                step.forget()
        except Exception as error:
            self.failures.append(error)
        self.recorder.is_paused = was
        self.seen += 1
        if self.seen >= self._enough:
            self._end()
            self._step_aside()
            if self.judge_evaluation is not None and not self.failures and not self.ended_by_compile:
                self._waiting.begin()
                self._later.start()

    def _measure(self, module: nn.Module, inputs: Any) -> None:
        if self._is_over:
            self._evaluate(is_announced=False)
        if self._is_evaluation and not self._is_announced:
            self._enter(module, inputs)

    def _again(self) -> bool:
        """Another optimizer has begun: listen to the next steps, unless others listen already."""
        if self._is_over:
            # What ended in the midst of an operation lies there still.
            self._step_aside()
        if not self._is_over or _get_current_function_mode_stack() or os.getpid() != self._process:  # type: ignore[no-untyped-call]
            return False
        if self.failures or len(self.tape.nodes) > recording.MAX_NODES // 2:
            self._later.forget()
            return False
        self._is_evaluation, self._first, self._has_begun = False, None, False
        self._enough = self.seen + MAX_STEPS
        self.recorder.modules.clear()
        self.recorder.is_paused = False
        self._updates.was_paused = False
        self._listen()
        return True

    def _evaluate(self, *, is_announced: bool = True) -> None:
        """A trained model is evaluated for the first time: listen to one call of it, unless others listen already."""
        self._goes_on_training = not self._is_over
        if not self._goes_on_training and (
            _get_current_function_mode_stack() or os.getpid() != self._process  # type: ignore[no-untyped-call]
        ):
            return
        self._is_evaluation, self._is_announced, self._first = True, is_announced, None
        self._has_evaluated |= is_announced
        self.tape.evaluated_from = len(self.tape.nodes)
        if self._goes_on_training:
            return
        self._waiting.forget()
        self.recorder.modules.clear()
        self.recorder.is_paused = False
        self._listen()

    def _close_evaluation(self, *, goes_on: bool = False) -> None:
        """The next batch begins, or the script ends: what was measured of the first one is complete."""
        if not self._is_evaluation:
            return
        self._is_evaluation = False
        self.recorder.is_paused = True
        try:
            with without():
                first = len(self.tape.nodes) if self._first is None else self._first
                roots = tuple(root for root in self.tape.roots if root.first >= first)
                self.tape.escaped.update(added_up(self.tape, first))
                is_told = self._is_announced or is_measured(self.tape, first, roots)
                if self.judge_evaluation is not None and roots and roots[0].outputs and is_told:
                    step = Step(self.tape, first, len(self.tape.nodes), roots[0].outputs[0], roots)
                    self.judge_evaluation(step)
                    step.forget()
        except Exception as error:
            self.failures.append(error)
        self._following.begin(self.tape.evaluated_from)
        if self.failures or not goes_on:
            self._close_followed()
        else:
            self.recorder.is_paused = False

    def _close_followed(self) -> None:
        """Enough was heard of what follows the first batch of an evaluation, or it is over."""
        if not self._following.is_open:
            return
        self.recorder.is_paused = True
        try:
            with without():
                step = self._following.end()
                if step is not None and self.judge_followed is not None and not self.failures:
                    self.judge_followed(step)
                    step.forget()
        except Exception as error:
            self.failures.append(error)
        if self._goes_on_training and not self.failures:
            self._first, self._has_begun, self.recorder.is_paused = None, False, False
            return
        if not self.failures and self.judge_collected is not None:
            self.tape.held.clear()
            self.tape.keeps, self.recorder.is_paused = False, False
            self._collects_to = len(self.tape.nodes) + MAX_COLLECTED
            return
        self._leave_evaluation()

    def _close_collected(self) -> None:
        """The evaluation is over, or was long enough: what was collected of it may have met something else by now."""
        if self._collects_to < 0:
            return
        self._collects_to, self.recorder.is_paused, self.recorder.is_deaf = -1, True, False
        try:
            with without():
                end = len(self.tape.nodes)
                if self.judge_collected is not None:
                    self.judge_collected(Step(self.tape, end, end, Ref(end - 1), ()))
        except Exception as error:
            self.failures.append(error)
        self.tape.keeps = True
        self._leave_evaluation()

    def _leave_evaluation(self) -> None:
        self._end()
        self._step_aside()
        if not self._is_announced and not self.failures:
            self._waiting.begin()

    def _step_aside(self) -> None:
        """Take the recorder off torch's stack as soon as nobody else's mode lies upon it."""
        stack = _get_current_function_mode_stack()  # type: ignore[no-untyped-call]
        if stack and stack[-1] is self.recorder:
            self.recorder.__exit__(None, None, None)
            self._is_aside = True
            self._next_gradient.forget()
        elif not self._is_aside and self.recorder.is_own_thread and not is_on_stack(self.recorder):
            self._next_gradient.wait(self._step_aside)
