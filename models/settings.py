"""What one can choose for the two models; the command line makes its options, their help and checks from it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import Field, dataclass, field, fields, replace
from pathlib import Path
from typing import Any, TypeVar

from shapecheck import DataError


@dataclass(frozen=True, slots=True)
class About:
    """What a person or a command line needs to know of one setting.

    Args:
        text: One line of help.
        read_as: What an argument on the command line is turned into.
        least: The smallest value, for sizes and counts.
        choices: The only values allowed, if there are few.
        is_kept: Whether a checkpoint keeps it; false for what may differ when the model is used again.
    """

    text: str
    read_as: type
    least: int | None = None
    choices: tuple[str, ...] = ()
    is_kept: bool = True


def _about(
    text: str, read_as: type, *, least: int | None = None, choices: tuple[str, ...] = (), is_kept: bool = True
) -> dict[str, About]:
    return {"about": About(text, read_as, least, choices, is_kept)}


def about(setting: Field[Any]) -> About:
    """What is to be known of a setting, by its dataclass field."""
    found: About = setting.metadata["about"]
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class RegressionSettings:
    """Settings of the price model. The defaults are those of ``shapecheck demo regression``.

    Raises:
        DataError: A size of zero or below, an unknown head, a learning rate that is no positive number.

    >>> RegressionSettings(epochs=0)
    Traceback (most recent call last):
    shapecheck.errors.DataError: expected epochs of at least 1, got 0
    """

    csv: Path | None = field(
        default=None,
        metadata=_about("prices to learn, oldest first (default: the data that come along)", Path, is_kept=False),
    )
    column: str = field(default="price", metadata=_about("column of the prices", str, is_kept=False))
    head: str = field(
        default="every-step",
        metadata=_about(
            "what is predicted: every-step (at each day the next one) or last-step (one value a window)",
            str,
            choices=("every-step", "last-step"),
        ),
    )
    seq_length: int = field(default=7, metadata=_about("days of a window", int, least=1))
    batch_size: int = field(default=64, metadata=_about("windows of a batch", int, least=1))
    hidden_size: int = field(default=100, metadata=_about("hidden nodes of each LSTM layer", int, least=1))
    num_layers: int = field(default=2, metadata=_about("LSTM layers", int, least=1))
    epochs: int = field(default=40, metadata=_about("passes over the training part", int, least=1))
    lr: float = field(default=3e-3, metadata=_about("highest learning rate", float))
    seed: int = field(default=0, metadata=_about("seed of all that is random", int, least=0))
    device: str = field(default="cpu", metadata=_about("where to compute: cpu, cuda, mps", str, is_kept=False))

    def __post_init__(self) -> None:
        _check(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassificationSettings:
    """Settings of the character model. The defaults are those of ``shapecheck demo classification``.

    Raises:
        DataError: A size of zero or below, a learning rate that is no positive number.
    """

    text: Path | None = field(
        default=None,
        metadata=_about("text to learn, UTF-8 (default: the topics of Python's own help)", Path, is_kept=False),
    )
    seq_length: int = field(default=40, metadata=_about("characters of a row between two updates", int, least=1))
    batch_size: int = field(default=64, metadata=_about("rows read side by side", int, least=1))
    hidden_size: int = field(default=100, metadata=_about("hidden nodes of each LSTM layer", int, least=1))
    num_layers: int = field(default=2, metadata=_about("LSTM layers", int, least=1))
    epochs: int = field(default=7, metadata=_about("passes over the training part", int, least=1))
    lr: float = field(default=2e-2, metadata=_about("highest learning rate", float))
    seed: int = field(default=0, metadata=_about("seed of all that is random", int, least=0))
    device: str = field(default="cpu", metadata=_about("where to compute: cpu, cuda, mps", str, is_kept=False))

    def __post_init__(self) -> None:
        _check(self)


Settings = RegressionSettings | ClassificationSettings
S = TypeVar("S", RegressionSettings, ClassificationSettings)


def kept_settings(settings: Settings) -> dict[str, int | float | str]:
    """The settings that belong to a trained model, as a checkpoint keeps them."""
    return {each.name: getattr(settings, each.name) for each in fields(settings) if about(each).is_kept}


def all_settings(settings: Settings) -> dict[str, int | float | str | None]:
    """All settings as plain values, for the file of metrics."""
    values = {each.name: getattr(settings, each.name) for each in fields(settings)}
    return {name: str(value) if isinstance(value, Path) else value for name, value in values.items()}


def merge_settings(trained: S, given: Mapping[str, Any]) -> S:
    """The settings of a trained model with what may change: its data and its device.

    Args:
        trained: What the checkpoint says.
        given: What is asked for now, by name.

    Raises:
        DataError: Something is asked for that was decided when the model was trained.
    """
    free: dict[str, Any] = {}
    for each in fields(trained):
        if each.name not in given:
            continue
        before, now = getattr(trained, each.name), given[each.name]
        if not about(each).is_kept:
            free[each.name] = now
        elif before != now:
            raise DataError(
                f"the checkpoint was trained with {each.name}={before}, which cannot become {now} without training: "
                "leave it out, or train without --checkpoint"
            )
    return replace(trained, **free)


def _check(settings: Settings) -> None:
    for each in fields(settings):
        _check_one(each, getattr(settings, each.name))


def _check_one(each: Field[Any], value: Any) -> None:
    least, choices = about(each).least, about(each).choices
    if least is not None and (not isinstance(value, int) or isinstance(value, bool) or value < least):
        raise DataError(f"expected {each.name} of at least {least}, got {value!r}")
    if choices and value not in choices:
        raise DataError(f"expected {each.name} to be {' or '.join(choices)}, got {value!r}")
    if each.name == "lr" and not (isinstance(value, (int, float)) and math.isfinite(value) and value > 0):
        raise DataError(f"expected a learning rate above 0, got {value!r}")
    if each.name == "seed" and value >= 2**63:
        raise DataError(f"expected a seed below 2**63, got {value!r}")
