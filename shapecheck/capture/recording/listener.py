"""Lies upon torch while a script is heard: the recorder, the hooks and what is replaced; and is taken off again."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import nn
from torch.overrides import _get_current_function_mode_stack, _pop_mode, _push_mode

from shapecheck.capture.recording import recorder as recording
from shapecheck.capture.recording.fast_path import add_as_one, is_fused
from shapecheck.capture.recording.from_numpy import FromNumpy
from shapecheck.capture.recording.recorder import Recorder
from shapecheck.capture.recording.stack import NextGradient, is_on_stack, kept_apart, without
from shapecheck.capture.recording.tape import Tape
from shapecheck.capture.recording.warned import Redirected
from shapecheck.errors import let_through


class Listener:
    """What hears a script, and what it has heard.

    Args:
        recorder: Puts on the tape what torch is asked to do.
        hooks: Begins to tell whoever listens of calls and updates, and gives the handles that end it.
        on_compile: Called before something is compiled, for which all of this must be gone.
    """

    def __init__(self, recorder: Recorder, hooks: Callable[[], list[Any]], on_compile: Callable[[], None]) -> None:
        self.recorder, self._hooks, self._on_compile = recorder, hooks, on_compile
        self.tape: Tape = recorder.tape
        self.failures: list[BaseException] = []
        self.is_over = False
        # Where on the tape begins what is heard now, and whether a model was called in it.
        self.first: int | None = None
        self.has_begun = False
        self._warnings = Redirected(recording.__file__)
        self._from_numpy = FromNumpy(lambda: self.hears, recorder.made)
        self._next_gradient = NextGradient()
        self._is_aside = True
        self._handles: list[Any] = []
        self._compile: Callable[..., Any] | None = None
        self._fused: nn.Module | None = None
        self._process = os.getpid()

    def start(self) -> None:
        """Begin to listen."""
        self.is_over = False
        self._handles = self._hooks()
        self._compile, torch.compile = torch.compile, self._compiled
        self._warnings.start()
        self._from_numpy.start()
        self._is_aside = False
        self.recorder.__enter__()  # type: ignore[no-untyped-call]

    def start_again(self) -> None:
        """Begin once more, at whatever comes next."""
        self.first, self.has_begun = None, False
        self.recorder.modules.clear()
        self.recorder.is_paused = False
        self.start()

    def end(self) -> None:
        """No more of this: what was changed in torch is put back."""
        if self.is_over:
            return
        self.is_over = self.recorder.is_paused = True
        self._warnings.stop()
        self._from_numpy.stop()
        if self._compile is not None:
            torch.compile, self._compile = self._compile, None
        for handle in self._handles:
            handle.remove()
        self._handles = []
        self.tape.held.clear()
        self.tape.trained.wait()

    def step_aside(self) -> None:
        """Take the recorder off torch's stack as soon as nobody else's mode lies upon it."""
        stack = _get_current_function_mode_stack()  # type: ignore[no-untyped-call]
        if stack and stack[-1] is self.recorder:
            self.recorder.__exit__(None, None, None)
            self._is_aside = True
            self._next_gradient.forget()
        elif not self._is_aside and self.recorder.is_own_thread and not is_on_stack(self.recorder):
            self._next_gradient.wait(self.step_aside)

    def forget(self) -> None:
        """Leave nothing behind."""
        self._next_gradient.forget()
        self.tape.trained.forget()
        self.tape.loaders.forget()

    @property
    def is_own_process(self) -> bool:
        """Whether this is the process that began to listen, and not a worker that it has forked."""
        return os.getpid() == self._process

    @property
    def can_start(self) -> bool:
        """Whether nobody else listens in its place."""
        return not _get_current_function_mode_stack() and self.is_own_process  # type: ignore[no-untyped-call]

    @property
    def hears(self) -> bool:
        """Whether what is called now comes onto the tape."""
        return self.is_own_process and not self.recorder.is_paused and is_on_stack(self.recorder)

    def guarded(self, hook: Callable[..., None]) -> Callable[..., None]:
        """A mistake of ours must not reach the script: it is kept, and this ends."""

        def guarded(*args: Any) -> None:
            try:
                hook(*args)
            except Exception as error:
                let_through(error)
                self.failures.append(error)
                self.end()

        return guarded

    @contextmanager
    def looking(self) -> Iterator[None]:
        """What was heard is looked at: nothing of that comes onto the tape, and a mistake of ours is kept."""
        self.recorder.is_paused = True
        try:
            with without(), kept_apart():
                yield
        except Exception as error:
            let_through(error)
            self.failures.append(error)

    def enters(self, module: nn.Module) -> None:
        """A module is called; what torch computes in one piece is heard as one."""
        self.recorder.modules.append(module)
        if is_fused(module) and _get_current_function_mode_stack()[-1] is self.recorder:  # type: ignore[no-untyped-call]
            self._fused = module
            _pop_mode()  # type: ignore[no-untyped-call]

    def leaves(self, module: nn.Module, inputs: Any, *rest: Any) -> bool:
        """A module returns; says whether it is the outermost one."""
        if module is self._fused:
            self._fused = None
            _push_mode(self.recorder)  # type: ignore[no-untyped-call]
            add_as_one(self.recorder, module, inputs, *rest)
        modules = self.recorder.modules
        if not modules or modules[-1] is not module:
            return False
        modules.pop()
        self.recorder.is_deaf &= bool(modules)
        return not modules

    def _compiled(self, *args: Any, **kwargs: Any) -> Any:
        """Compiled code takes what listens into account, and would come out as another program: leave it alone."""
        original = self._compile or torch.compile
        self._on_compile()
        return original(*args, **kwargs)
