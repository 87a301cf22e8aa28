"""The demos from start to end: check, trace, train, save, judge, draw; the same for both models."""

from __future__ import annotations

import json
import platform
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol as Interface

import torch
from rich.console import Console
from torch import Tensor, nn

from shapecheck import Protocol, watch

from .checkpoint import Trained, save_checkpoint
from .device import one_thread
from .folder import prepare_folder
from .interrupt import stop_on_ctrl_c
from .pictures import need_matplotlib
from .progress import Display, Progress
from .settings import Settings, all_settings


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoOptions:
    """What to do with a demo, beside its settings.

    Args:
        out: Folder for checkpoint, pictures and metrics; None writes nothing.
        train: Whether to train; false for a model from a checkpoint.
        trace: Whether to print the trace of the first batch.
        plot: Whether to draw pictures.
        quiet: Whether to show no progress.
    """

    out: Path | None = None
    train: bool = True
    trace: bool = False
    plot: bool = True
    quiet: bool = False


class Demo(Interface):
    """What the two demos have in common."""

    model: nn.Module
    criterion: nn.Module
    protocol: Protocol

    @property
    def settings(self) -> Settings:
        """The settings of the model."""

    def first_loss(self) -> Tensor:
        """The loss of the first batch."""

    def train(self) -> Iterator[Progress]:
        """Train, one update for each value that is taken."""

    def trained(self) -> Trained:
        """The model with what it needs to be used."""

    def evaluate(self) -> dict[str, object]:
        """Judge the model on what it did not learn; the numbers go into the file of metrics."""

    def tell(self, console: Console) -> None:
        """Print what `evaluate` found."""

    def draw(self, folder: Path, history: list[Progress]) -> list[Path]:
        """Draw pictures; return their files."""


@one_thread()
def run_demo(make: Callable[[], Demo], options: DemoOptions, console: Console) -> dict[str, object]:
    """Run a demo.

    All that can be known to go wrong is found before training.

    Args:
        make: Loads the data and builds the model; called once the output folder is known to be usable.
        options: What to do.
        console: Where to print.

    Returns:
        The metrics, as they are written to ``metrics.json``.

    Raises:
        DataError: Data, settings, checkpoint, output folder or the lack of matplotlib stand in the way.
    """
    if options.out is not None:
        if options.plot:
            need_matplotlib()
        prepare_folder(options.out)
    demo = make()
    if options.trace:
        show_trace(demo, console)
    history, training = _train(demo, options, console) if options.train else ([], None)
    files: list[Path] = []
    if options.out is not None and options.train:
        files.append(options.out / "checkpoint.pt")
        save_checkpoint(files[0], demo.trained())
    report: dict[str, object] = {
        "demo": demo.trained().kind,
        "metrics": demo.evaluate(),
        "settings": all_settings(demo.settings),
        "training": training,
        "versions": {"python": platform.python_version(), "torch": str(torch.__version__)},
    }
    demo.tell(console)
    if options.out is not None:
        files.append(options.out / "metrics.json")
        files[-1].write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
        if options.plot:
            files += demo.draw(options.out, history)
        console.print(f"\nwritten: {', '.join(map(str, files))}", markup=False, highlight=False, soft_wrap=True)
    return report


def show_trace(demo: Demo, console: Console) -> None:
    """Print what shapes the first batch has at every stage."""
    with watch(demo.model, loss=demo.criterion, protocol=demo.protocol) as handle, torch.no_grad():
        demo.first_loss()
    console.print(handle.trace)


def _train(demo: Demo, options: DemoOptions, console: Console) -> tuple[list[Progress], dict[str, object]]:
    history: list[Progress] = []
    began = time.perf_counter()

    def tell() -> None:
        console.print("stopping after this update; what was learned is kept (Ctrl-C again: stop at once)")

    with stop_on_ctrl_c(tell) as request, Display(console, quiet=options.quiet) as display:
        for progress in demo.train():
            history.append(progress)
            display.show(progress)
            if request.is_made:
                break
    last = history[-1]
    return history, {
        "updates": last.step,
        "epochs": last.epoch,
        "stopped_early": last.step < last.steps,
        "last_loss": last.loss,
        "seconds": round(time.perf_counter() - began, 1),
    }
