"""Pictures of a training run: the loss, and predictions beside the truth."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from shapecheck import DataError

from .progress import Progress

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# Okabe and Ito: told apart by colour-blind readers, and by their lightness in print.
TRUTH, MODEL, BASELINE = "#000000", "#D55E00", "#0072B2"


def need_matplotlib() -> None:
    """Make sure that pictures can be drawn: better known before training than after.

    Raises:
        DataError: matplotlib is not installed.
    """
    if find_spec("matplotlib") is None:
        raise DataError(
            'the pictures need matplotlib: pip install -e ".[demo]" in the checkout, or leave them out with --no-plot'
        )


def draw_loss(
    path: Path,
    history: Sequence[Progress],
    unit: str,
    *,
    log: bool = False,
    levels: Mapping[str, float] = MappingProxyType({}),
) -> None:
    """Draw how the loss fell.

    Args:
        path: The PNG to write.
        history: Every update.
        unit: What the loss is measured in.
        log: Whether each factor of ten is as high as the next.
        levels: Losses to compare with, by name.
    """
    figure = _new_figure(8, 4.5)
    axes = figure.add_subplot()
    steps = [each.step for each in history]
    axes.plot(steps, [each.loss for each in history], color=BASELINE, alpha=0.35, linewidth=0.8, label="each batch")
    held_out = [(each.step, each.held_out) for each in history if each.held_out is not None]
    if held_out:
        axes.plot(
            *zip(*held_out, strict=True), color=MODEL, marker="o", markersize=4, label="held-out part, each epoch"
        )
    for name, level in levels.items():
        axes.axhline(level, color=TRUTH, linestyle=":", linewidth=1)
        axes.annotate(
            f"{name} baseline ",
            (1, level),
            xycoords=("axes fraction", "data"),
            ha="right",
            va="bottom",
            fontsize=8,
            color=TRUTH,
        )
    axes.set(xlabel="updates", ylabel=f"loss ({unit})", yscale="log" if log else "linear")
    axes.set_title("The loss while training", loc="left")
    axes.legend(frameon=False)
    _save(figure, path)


def draw_prices(
    path: Path,
    days: Sequence[Any],
    truth: NDArray[np.float64],
    predicted: NDArray[np.float64],
    caption: str,
    zoom: int = 60,
) -> None:
    """Draw predicted and true prices: the whole test part, and its last days, where the two can be told apart.

    Args:
        path: The PNG to write.
        days: Date or number of each day.
        truth: (num_test_days,), dollars.
        predicted: (num_test_days,), dollars.
        caption: What to say of both.
        zoom: How many of the last days to show large.
    """
    figure = _new_figure(9, 7)
    whole, close = figure.subplots(2, 1)
    for axes, part, style in ((whole, slice(None), ""), (close, slice(-zoom, None), ".")):
        axes.plot(days[part], truth[part], color=TRUTH, marker=style, linewidth=1.1, label="truth")
        axes.plot(
            days[part], predicted[part], color=MODEL, marker=style, linewidth=1.1, linestyle="--", label="predicted"
        )
        axes.set_ylabel("price (dollars)")
    whole.set_title(f"The test part, {len(truth)} days: {caption}", loc="left")
    close.set_title(f"Its last {min(zoom, len(truth))} days", loc="left")
    whole.legend(frameon=False)
    for axes in (whole, close):
        axes.tick_params(axis="x", labelsize=8)
    _save(figure, path)


def draw_text(path: Path, truth: str, probabilities: NDArray[np.float64], guesses: str, width: int = 48) -> None:
    """Draw a piece of text, each character on the colour of the probability that the model gave it.

    Args:
        path: The PNG to write.
        truth: The text.
        probabilities: (len(truth),), in [0, 1]
        guesses: The most likely character at each place, as the model sees it; shown small where it is wrong.
        width: Characters of a line.
    """
    lines = -(-len(truth) // width)
    figure = _new_figure(width * 0.21 + 1.4, lines * 0.52 + 1.2)
    axes = figure.add_subplot()
    cells = np.full(lines * width, np.nan)
    cells[: len(truth)] = probabilities
    image = axes.imshow(cells.reshape(lines, width), cmap="YlGnBu", vmin=0, vmax=1, aspect="auto")
    for at, (true, guess, probability) in enumerate(zip(truth, guesses, probabilities, strict=True)):
        ink = "white" if probability > 0.6 else "black"
        _write(axes, at % width, at // width - 0.12, true, size=11, ink=ink)
        if guess != true:
            _write(axes, at % width, at // width + 0.32, guess, size=7, ink=MODEL)
    axes.set(xticks=[], yticks=[])
    axes.set_title("Held-out text on the probability that the model gave each character", loc="left", fontsize=11)
    axes.set_xlabel("small: the character that it thought more likely", fontsize=9, color=MODEL, loc="left")
    figure.colorbar(image, ax=axes, label="probability", pad=0.015)
    _save(figure, path)


def _write(axes: Axes, x: float, y: float, character: str, size: float, ink: str) -> None:
    shown = {"\n": "\N{DOWNWARDS ARROW WITH CORNER LEFTWARDS}", " ": "\N{OPEN BOX}", "\t": "\N{RIGHTWARDS ARROW}"}
    # A dollar sign would begin a formula.
    axes.text(
        x,
        y,
        shown.get(character, character),
        ha="center",
        va="center",
        fontsize=size,
        color=ink,
        family="monospace",
        parse_math=False,
    )


def _new_figure(width: float, height: float) -> Figure:
    # Without pyplot there is no window, no global state, and no need for a display.
    from matplotlib.figure import Figure

    return Figure(figsize=(width, height), layout="constrained")


def _save(figure: Figure, path: Path) -> None:
    with warnings.catch_warnings():
        # The font lacks some scripts; a box in place of a character is no reason to alarm anybody.
        warnings.filterwarnings("ignore", message=".*[Gg]lyph.*")
        figure.savefig(path, dpi=120)
