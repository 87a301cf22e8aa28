"""What training says of itself, and how it is shown while it runs."""

from __future__ import annotations

import time
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, TaskProgressColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bar


@dataclass(frozen=True, slots=True)
class Progress:
    """Where training stands after one update.

    Args:
        epoch: Counted from 1.
        epochs: How many there will be.
        step: Updates so far, over all epochs.
        steps: How many there will be.
        loss: Of the batch that was just learned.
        held_out: The same loss on the part that is not learned, at the end of an epoch; None elsewhere.
    """

    epoch: int
    epochs: int
    step: int
    steps: int
    loss: float
    held_out: float | None = None


class Display:
    """Shows progress: a bar on a terminal, a line an epoch in a log file, nothing if quiet.

    Args:
        console: Where to show it.
        quiet: Whether to show nothing.
    """

    def __init__(self, console: Console, *, quiet: bool = False) -> None:
        self._console = console
        self._quiet = quiet
        self._began = time.perf_counter()
        columns = (
            TextColumn("epoch {task.fields[epoch]}/{task.fields[epochs]}"),
            BarColumn(),
            TaskProgressColumn(),
            TextColumn("loss {task.fields[loss]}  held out {task.fields[held_out]}"),
            TimeRemainingColumn(),
        )
        shows_bar = console.is_terminal and not quiet
        self._bar = Bar(*columns, console=console, transient=False) if shows_bar else None
        self._task = self._bar.add_task("", epoch=0, epochs=0, loss="-", held_out="-") if self._bar else None
        self._held_out = "-"

    def __enter__(self) -> Self:
        if self._bar:
            self._bar.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._bar:
            self._bar.stop()

    def show(self, progress: Progress) -> None:
        """Show where training stands."""
        if progress.held_out is not None:
            self._held_out = f"{progress.held_out:.4f}"
        if self._bar is not None and self._task is not None:
            self._bar.update(
                self._task,
                completed=progress.step,
                total=progress.steps,
                epoch=progress.epoch,
                epochs=progress.epochs,
                loss=f"{progress.loss:.4f}",
                held_out=self._held_out,
            )
        elif progress.held_out is not None and not self._quiet:
            seconds = time.perf_counter() - self._began
            line = f"epoch {progress.epoch}/{progress.epochs}  loss {progress.loss:.4f}  held out {self._held_out}"
            self._console.print(f"{line}  {seconds:.0f} s", highlight=False)
