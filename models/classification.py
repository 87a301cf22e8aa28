"""Training and judging the character model."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

import torch
from torch import Tensor, nn

from shapecheck import DataError

from .char_lstm import CharLSTM, State
from .ngrams import NGram
from .progress import Progress
from .schedule import warm_up_then_cosine
from .settings import ClassificationSettings
from .stateful import StatefulBatches
from .vocabulary import Vocabulary

ORDERS = {"unigram": 1, "bigram": 2, "trigram": 3}


@dataclass(frozen=True, slots=True)
class TextMetrics:
    """Cross entropy on the held-out text, of the model and of what is simpler than it, all on the same characters.

    Args:
        nats: Of the model, in nats a character.
        baselines: Name -> nats a character.
        characters: How many were predicted: all held-out ones but the first.
    """

    nats: float
    baselines: dict[str, float]
    characters: int

    @property
    def bits(self) -> float:
        """The model's cross entropy in bits a character: what an ideal compressor would need."""
        return self.nats / math.log(2)


def train_text(
    model: CharLSTM,
    vocabulary: Vocabulary,
    learned: Tensor,
    held_out: Tensor,
    settings: ClassificationSettings,
) -> Iterator[Progress]:
    """Train the model, one update for each value that is taken; stop whenever you like.

    Args:
        model: Changed in place.
        vocabulary: Gives columns and labels.
        learned: (num_characters,), labels of the text to learn.
        held_out: (num_held_out,), labels of the text to look at after each epoch.
        settings: Sizes, learning rate, epochs.

    Raises:
        DataError: The text is too short for the batch, or the loss is no longer a finite number.
    """
    device = model.linear.weight.device
    batches = StatefulBatches(learned.to(device), settings.batch_size, settings.seq_length)
    criterion = nn.CrossEntropyLoss()
    optimizer = torch.optim.Adam(model.parameters(), lr=settings.lr)
    steps = len(batches) * settings.epochs
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, partial(warm_up_then_cosine, total=steps))
    step = 0
    for epoch in range(1, settings.epochs + 1):
        model.train()
        # Each row begins at its start again, and the state has just read the row's end: forget it.
        state: State | None = None
        for inputs, targets in batches:
            one_hot = vocabulary.one_hot(inputs)  # (batch_size, seq_length, num_classes)
            scores, state = model(one_hot, state)  # (batch_size*seq_length, num_classes)
            labels = targets.reshape(-1)  # (batch_size*seq_length,)
            loss = criterion(scores, labels)
            optimizer.zero_grad()
            loss.backward()
            # One steep place of a recurrent loss can undo an epoch.
            nn.utils.clip_grad_norm_(model.parameters(), max_norm=1.0)
            optimizer.step()
            schedule.step()
            # The numbers go on into the next batch, the graph does not: backward would run through every batch so far,
            # and through weights that the optimizer has changed since.
            state = detach(state)
            step += 1
            value = loss.item()
            if not math.isfinite(value):
                raise DataError(f"the loss became {value} in epoch {epoch}: try a smaller learning rate")
            is_end = step == epoch * len(batches)
            held = cross_entropy(model, vocabulary, held_out, rows=settings.batch_size) if is_end else None
            yield Progress(epoch, settings.epochs, step, steps, value, held)


def detach(state: State) -> State:
    """The same numbers without the graph that made them."""
    h, c = state
    return h.detach(), c.detach()  # (num_layers, batch_size, hidden_size) each


@torch.no_grad()
def cross_entropy(model: CharLSTM, vocabulary: Vocabulary, labels: Tensor, rows: int = 1) -> float:
    """The model's cross entropy on a text, in nats a character.

    Args:
        model: The model.
        vocabulary: Its vocabulary.
        labels: (num_characters,); all but the first are predicted.
        rows: With 1, the text is read from start to end. With more it goes faster, but each row starts without a past
            and the last few characters are left out; a text too short for that many is read in one.
    """
    model.eval()
    device = model.linear.weight.device
    criterion = nn.CrossEntropyLoss(reduction="sum")
    state: State | None = None
    total, characters = 0.0, 0
    for inputs, targets in StatefulBatches(labels.to(device), min(rows, len(labels) - 1), 2048 // rows + 1):
        scores, state = model(vocabulary.one_hot(inputs), state)  # (rows*steps, num_classes)
        total += criterion(scores, targets.reshape(-1)).item()
        characters += targets.numel()
    return total / characters


def evaluate_text(model: CharLSTM, vocabulary: Vocabulary, learned: Tensor, held_out: Tensor) -> TextMetrics:
    """Compare the model with baselines that count in the learned text, all on the held-out text.

    Args:
        model: The model.
        vocabulary: Its vocabulary.
        learned: (num_characters,), labels of the text that was learned.
        held_out: (num_held_out,), labels of the text to predict.
    """
    baselines = {"uniform": math.log(len(vocabulary))}
    for name, order in ORDERS.items():
        baselines[name] = NGram(order, len(vocabulary)).fit(learned.numpy()).cross_entropy(held_out.numpy())
    return TextMetrics(cross_entropy(model, vocabulary, held_out), baselines, len(held_out) - 1)
