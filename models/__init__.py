"""The reference models: the documented data flow on real data, small enough to read in one sitting.

Regression: `PriceLSTM` reads seven days of prices and predicts the eighth. Classification: `CharLSTM` reads a text
and predicts the next character. Each is a plain ``nn.Module``, and its protocol stands beside it.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .char_lstm import CharLSTM as CharLSTM
    from .char_lstm import char_protocol as char_protocol
    from .checkpoint import load_checkpoint as load_checkpoint
    from .checkpoint import save_checkpoint as save_checkpoint
    from .classification import TextMetrics as TextMetrics
    from .classification import evaluate_text as evaluate_text
    from .classification import train_text as train_text
    from .generation import generate as generate
    from .heads import HEADS as HEADS
    from .heads import Head as Head
    from .ngrams import NGram as NGram
    from .price_lstm import PriceLSTM as PriceLSTM
    from .price_lstm import price_protocol as price_protocol
    from .prices import Prices as Prices
    from .prices import read_prices as read_prices
    from .progress import Progress as Progress
    from .regression import PriceMetrics as PriceMetrics
    from .regression import evaluate_prices as evaluate_prices
    from .regression import predict_prices as predict_prices
    from .regression import train_prices as train_prices
    from .settings import ClassificationSettings as ClassificationSettings
    from .settings import RegressionSettings as RegressionSettings
    from .stateful import StatefulBatches as StatefulBatches
    from .texts import default_text as default_text
    from .texts import read_text as read_text
    from .texts import split_text as split_text
    from .vocabulary import Vocabulary as Vocabulary
    from .windows import PriceWindows as PriceWindows
    from .windows import Scaler as Scaler

# Name -> file that defines it. Resolved at first use: the settings are wanted by `shapecheck demo --help`, which
# must not wait for torch.
_HOMES = {
    "CharLSTM": "char_lstm",
    "ClassificationSettings": "settings",
    "HEADS": "heads",
    "Head": "heads",
    "NGram": "ngrams",
    "PriceLSTM": "price_lstm",
    "PriceMetrics": "regression",
    "PriceWindows": "windows",
    "Prices": "prices",
    "Progress": "progress",
    "RegressionSettings": "settings",
    "Scaler": "windows",
    "StatefulBatches": "stateful",
    "TextMetrics": "classification",
    "Vocabulary": "vocabulary",
    "char_protocol": "char_lstm",
    "default_text": "texts",
    "evaluate_prices": "regression",
    "evaluate_text": "classification",
    "generate": "generation",
    "load_checkpoint": "checkpoint",
    "predict_prices": "regression",
    "price_protocol": "price_lstm",
    "read_prices": "prices",
    "read_text": "texts",
    "save_checkpoint": "checkpoint",
    "split_text": "texts",
    "train_prices": "regression",
    "train_text": "classification",
}

__all__ = sorted(_HOMES)


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOMES})
