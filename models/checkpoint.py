"""Trained models on disk: plain numbers, strings and tensors, which ``torch.load(weights_only=True)`` reads."""

from __future__ import annotations

import os
import pickle
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import torch
from torch import nn

from shapecheck import DataError

from .char_lstm import CharLSTM
from .price_lstm import PriceLSTM
from .settings import ClassificationSettings, RegressionSettings, kept_settings
from .vocabulary import Vocabulary
from .windows import Scaler

FORMAT = "shapecheck.models 1"
Kind = Literal["regression", "classification"]


@dataclass(frozen=True, slots=True)
class TrainedPrices:
    """A price model and what it needs to be used."""

    model: PriceLSTM
    settings: RegressionSettings
    scaler: Scaler
    kind: Kind = "regression"


@dataclass(frozen=True, slots=True)
class TrainedText:
    """A character model and what it needs to be used."""

    model: CharLSTM
    settings: ClassificationSettings
    vocabulary: Vocabulary
    kind: Kind = "classification"


Trained = TrainedPrices | TrainedText


def save_checkpoint(path: Path, trained: Trained) -> None:
    """Write a model, its settings, and its scaler or vocabulary: with another scaler its prices would be wrong.

    A file that is there already stays whole until the new one is complete.
    """
    weights = {name: tensor.detach().cpu() for name, tensor in trained.model.state_dict().items()}
    content: dict[str, object] = {
        "format": FORMAT,
        "kind": trained.kind,
        "settings": kept_settings(trained.settings),
        "weights": weights,
    }
    if isinstance(trained, TrainedPrices):
        content["scaler"] = {"mean": trained.scaler.mean, "std": trained.scaler.std}
    else:
        content["vocabulary"] = trained.vocabulary.characters
    unfinished = path.with_name(path.name + ".part")
    torch.save(content, unfinished)
    os.replace(unfinished, path)


def load_checkpoint(path: Path, kind: Kind | None = None) -> Trained:
    """Read a checkpoint of `save_checkpoint`.

    Args:
        path: The file.
        kind: The kind of model that is wanted; any if None.

    Raises:
        DataError: The file is missing, broken, no checkpoint of these models, or one of the other model.
    """
    content = _read(Path(path))
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise DataError(f"{path} is no checkpoint of a reference model: it lacks the mark {FORMAT!r}")
    got = content.get("kind")
    if kind is not None and got != kind:
        raise DataError(f"expected a checkpoint of a {kind} model, got one of a {got} model in {path}")
    try:
        if got == "regression":
            return _restore_prices(content)
        return _restore_text(content)
    except (KeyError, TypeError, ValueError, RuntimeError) as error:
        raise DataError(f"{path} is damaged: its parts do not fit together ({_first_line(error)})") from error


def _read(path: Path) -> object:
    try:
        return torch.load(path, map_location="cpu", weights_only=True)
    except FileNotFoundError:
        raise DataError(f"there is no file {path}") from None
    except IsADirectoryError:
        raise DataError(f"{path} is a folder, not a checkpoint") from None
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror}") from None
    except (
        pickle.UnpicklingError,
        RuntimeError,
        EOFError,
        LookupError,
        AttributeError,
        ValueError,
        TypeError,
    ) as error:
        # What torch raises depends on where the file is broken.
        raise DataError(
            f"{path} cannot be read as a checkpoint: it is broken, or holds more than weights and plain values"
        ) from error


def _restore_prices(content: dict[str, object]) -> TrainedPrices:
    settings = RegressionSettings(**_mapping(content["settings"]))
    model = PriceLSTM(settings.hidden_size, settings.num_layers, settings.head)
    scaler = _mapping(content["scaler"])
    _fill(model, content["weights"])
    return TrainedPrices(model, settings, Scaler(float(scaler["mean"]), float(scaler["std"])))


def _restore_text(content: dict[str, object]) -> TrainedText:
    settings = ClassificationSettings(**_mapping(content["settings"]))
    vocabulary = Vocabulary(str(content["vocabulary"]))
    model = CharLSTM(len(vocabulary), settings.hidden_size, settings.num_layers)
    _fill(model, content["weights"])
    return TrainedText(model, settings, vocabulary)


def _mapping(value: object) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise TypeError(f"expected a dict, got {type(value).__name__}")
    return value


def _fill(model: nn.Module, weights: object) -> None:
    model.load_state_dict(_mapping(weights))


def _first_line(error: BaseException) -> str:
    lines = str(error).splitlines()
    return lines[0] if lines else type(error).__name__
