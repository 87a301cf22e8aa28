"""Records one forward of a model, without a loss."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn
from torch.nn.modules import module as hooks

from shapecheck.capture.recording.recorder import Recorder
from shapecheck.capture.recording.step import Step
from shapecheck.capture.recording.tape import Ref, Root, Tape, tensors_in


def recorded(model: nn.Module, inputs: tuple[Any, ...]) -> tuple[Step, list[Ref], dict[int, str]]:
    """Run a model once.

    Returns:
        What was computed; the tensors among the inputs, in order; and the path of each module by its id.
    """
    tape = Tape()
    recorder = Recorder(tape)

    def enter(module: nn.Module, _: Any) -> None:
        recorder.modules.append(module)

    def leave(module: nn.Module, *_: Any) -> None:
        if recorder.modules and recorder.modules[-1] is module:
            recorder.modules.pop()

    handles = [
        hooks.register_module_forward_pre_hook(enter),
        hooks.register_module_forward_hook(leave, always_call=True),
    ]
    devices = list(range(torch.cuda.device_count())) if torch.cuda.is_initialized() else []  # type: ignore[no-untyped-call]
    sources = [tape.ref(tensor) for tensor in tensors_in(inputs)]
    tape.roots.append(Root(model, len(tape.nodes)))
    try:
        # With gradients torch takes no fused path, which would hide what is inside an encoder layer.
        with torch.random.fork_rng(devices=devices), torch.enable_grad(), recorder:
            output = model(*inputs)
    finally:
        for handle in handles:
            handle.remove()
    if recorder.failure is not None:
        raise recorder.failure
    outputs = [tape.ref(tensor) for tensor in tensors_in(output)]
    tape.roots[0].last = len(tape.nodes)
    tape.escaped.update(outputs)
    names = {id(module): path for path, module in model.named_modules()}
    return Step(tape, 0, len(tape.nodes), outputs[0], tuple(tape.roots)), sources, names
