"""The classification demo: how well the character model predicts, beside counting, and what it writes."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import torch
from rich.console import Console
from torch import Tensor, nn

from shapecheck import DataError

from .char_lstm import CharLSTM, char_protocol
from .checkpoint import TrainedText, load_checkpoint
from .classification import TextMetrics, evaluate_text, train_text
from .device import open_device
from .generation import check_request, generate
from .pictures import draw_loss, draw_text
from .progress import Progress
from .settings import ClassificationSettings, merge_settings
from .stateful import StatefulBatches
from .texts import read_text, split_text
from .vocabulary import Vocabulary

DRAWN = 480
PROMPT = "The "


class ClassificationDemo:
    """Data, model and numbers of the classification demo.

    Args:
        settings: Its settings.
        trained: A model to use as it is; a new one if None.
        prompt: What to continue; "The " if None, or how the text begins if the vocabulary lacks that.
        length: Characters to write.
        temperature: How wild to write.

    Raises:
        DataError: The text, the prompt or the device cannot be used.
    """

    def __init__(
        self,
        settings: ClassificationSettings,
        trained: TrainedText | None = None,
        *,
        prompt: str | None = None,
        length: int = 300,
        temperature: float = 0.7,
    ) -> None:
        device = open_device(settings.device)
        self.settings = settings
        text = read_text(settings.text)
        self.vocabulary = trained.vocabulary if trained else Vocabulary.of(text)
        learned, held_out = split_text(text)
        self.learned = self._encode(learned)  # (num_characters,)
        self.held_out = self._encode(held_out)  # (num_held_out,)
        self.prompt = self._default_prompt(text) if prompt is None else prompt
        self.length, self.temperature = length, temperature
        check_request(self.vocabulary, self.prompt, length, temperature)
        if trained is None:
            torch.manual_seed(settings.seed)
            self.model = CharLSTM(len(self.vocabulary), settings.hidden_size, settings.num_layers).to(device)
        else:
            self.model = trained.model.to(device)
        self.protocol = char_protocol(self.model)
        self.criterion = nn.CrossEntropyLoss()
        self._batches = StatefulBatches(self.learned, settings.batch_size, settings.seq_length)
        self._metrics: TextMetrics | None = None
        self._written = ""

    @classmethod
    def from_checkpoint(cls, path: Path, given: Mapping[str, Any], **request: Any) -> ClassificationDemo:
        """Use a trained model.

        Args:
            path: The checkpoint.
            given: Settings that are asked for now, by name; only the text and the device may differ.
            request: Prompt, length and temperature.
        """
        trained = load_checkpoint(path, "classification")
        assert isinstance(trained, TrainedText)
        return cls(merge_settings(trained.settings, given), trained, **request)

    def first_loss(self) -> Tensor:
        """The loss of the first characters of each row."""
        inputs, targets = next(iter(self._batches))  # (batch_size, seq_length) each
        device = self.model.linear.weight.device
        scores, _ = self.model(self.vocabulary.one_hot(inputs.to(device)))  # (batch_size*seq_length, num_classes)
        loss: Tensor = self.criterion(scores, targets.to(device).reshape(-1))
        return loss

    def train(self) -> Iterator[Progress]:
        """Train on the first nine tenths."""
        return train_text(self.model, self.vocabulary, self.learned, self.held_out, self.settings)

    def trained(self) -> TrainedText:
        """The model with its vocabulary."""
        return TrainedText(self.model, self.settings, self.vocabulary)

    def evaluate(self) -> dict[str, object]:
        """Judge it on the last tenth, and let it write."""
        metrics = evaluate_text(self.model, self.vocabulary, self.learned, self.held_out)
        self._metrics = metrics
        self._written = generate(
            self.model, self.vocabulary, self.prompt, self.length, self.temperature, self.settings.seed
        )
        return {
            "nats": metrics.nats,
            "bits": metrics.bits,
            "baselines_nats": metrics.baselines,
            "baselines_bits": {name: nats / math.log(2) for name, nats in metrics.baselines.items()},
            "held_out_characters": metrics.characters,
            "num_classes": len(self.vocabulary),
            "prompt": self.prompt,
            "written": self._written,
        }

    def tell(self, console: Console) -> None:
        """Print all cross entropies, and the text."""
        if self._metrics is None:
            self.evaluate()
        assert self._metrics is not None
        metrics = self._metrics
        rows = [*metrics.baselines.items(), ("LSTM", metrics.nats)]
        lines = [f"  {name:8}  {nats:6.3f}  {nats / math.log(2):6.3f}" for name, nats in rows]
        console.print(
            f"\nHeld-out text: {metrics.characters} characters to predict, of {len(self.vocabulary)} different ones\n"
            "\n  a character  nats    bits\n" + "\n".join(lines) + "\n"
            f"\nContinuing {self.prompt!r} at temperature {self.temperature:g}:\n\n{self.prompt}{self._written}",
            markup=False,
            highlight=False,
            soft_wrap=True,
        )

    def draw(self, folder: Path, history: list[Progress]) -> list[Path]:
        """Draw the loss, if there was training, and a piece of held-out text."""
        files = [folder / "prediction.png"]
        piece = self.held_out[: DRAWN + 1]  # (num_drawn + 1,)
        probabilities, guesses = self._predict(piece)
        truth = self.vocabulary.decode(piece[1:].tolist())
        draw_text(files[0], truth, probabilities.numpy(), self.vocabulary.decode(guesses.tolist()))
        if history:
            files.insert(0, folder / "loss.png")
            levels = self._metrics.baselines if self._metrics else {}
            draw_loss(files[0], history, "nats a character", levels=levels)
        return files

    @torch.no_grad()
    def _predict(self, piece: Tensor) -> tuple[Tensor, Tensor]:
        """The probability of each character but the first, and the most likely one in its place."""
        self.model.eval()
        one_hot = self.vocabulary.one_hot(piece[None, :-1].to(self.model.linear.weight.device))
        scores, _ = self.model(one_hot)  # (num_drawn, num_classes)
        probabilities = torch.softmax(scores, dim=1).cpu()  # (num_drawn, num_classes)
        return probabilities.gather(1, piece[1:, None]).squeeze(1), probabilities.argmax(dim=1)  # (num_drawn,) each

    def _default_prompt(self, text: str) -> str:
        return PROMPT if set(PROMPT) <= set(self.vocabulary.characters) else text[: len(PROMPT)]

    def _encode(self, text: str) -> Tensor:
        try:
            return self.vocabulary.encode(text)  # (num_characters,)
        except DataError as error:
            raise DataError(f"the text is not one for this model: {error}") from None
