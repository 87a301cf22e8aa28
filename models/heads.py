"""The two ways to get predictions out of an LSTM's output, which learners mix up: every step, or the last step.

An LSTM gives one output a *step*. What becomes of them decides how many predictions a window makes, and the targets
must have as many rows, in the same order:

- **every step**: the Linear reads all of them, day by day, and each predicts the day after it:
  ``(batch_size*seq_length, out_size)``. Every window gives ``seq_length`` errors to learn from; at its first day the
  model has seen one price only.
- **last step**: the Linear reads the last one, which has seen the whole window: ``(batch_size, out_size)``.
"""

from __future__ import annotations

from typing import Protocol

from torch import Tensor


class Head(Protocol):
    """Chooses the rows for the Linear, and the targets that belong to them."""

    name: str

    def rows(self, output: Tensor) -> Tensor:
        """What the Linear reads.

        Shape:
            - output: (batch_size, seq_length, hidden_size)
            - returns: (rows, hidden_size)
        """

    def targets(self, following: Tensor) -> Tensor:
        """What the predictions are compared with.

        Shape:
            - following: (batch_size, seq_length, out_size), the next day's price at every step
            - returns: (rows, out_size), the same shape as the prediction
        """

    def after_window(self, predictions: Tensor, seq_length: int) -> Tensor:
        """The predictions for the day after each window.

        Shape:
            - predictions: (rows, out_size)
            - returns: (batch_size, out_size)
        """


class EveryStep:
    """At every step, predict the next day."""

    name = "every-step"

    def rows(self, output: Tensor) -> Tensor:
        """All steps, window by window: row ``i*seq_length + t`` is step ``t`` of window ``i``."""
        return output.reshape(-1, output.shape[-1])  # (batch_size*seq_length, hidden_size)

    def targets(self, following: Tensor) -> Tensor:
        """In the same order. A transpose on one side only would give the same shapes, and nonsense."""
        return following.reshape(-1, following.shape[-1])  # (batch_size*seq_length, out_size)

    def after_window(self, predictions: Tensor, seq_length: int) -> Tensor:
        """The last step of each window."""
        by_window = predictions.reshape(-1, seq_length, predictions.shape[-1])  # (batch_size, seq_length, out_size)
        return by_window[:, -1]  # (batch_size, out_size)


class LastStep:
    """From the whole window, predict the day after it."""

    name = "last-step"

    def rows(self, output: Tensor) -> Tensor:
        """The last step. ``output[-1]`` would be the last *window* of the batch."""
        return output[:, -1]  # (batch_size, hidden_size)

    def targets(self, following: Tensor) -> Tensor:
        """The day after the window, with its axis of size 1.

        ``(batch_size,)`` against predictions of ``(batch_size, 1)`` would broadcast to ``(batch_size, batch_size)``:
        the loss is then a number like any other, and the model learns to predict the mean.
        """
        return following[:, -1]  # (batch_size, out_size)

    def after_window(self, predictions: Tensor, seq_length: int) -> Tensor:
        """All of them."""
        return predictions  # (batch_size, out_size)


HEADS: dict[str, Head] = {head.name: head for head in (EveryStep(), LastStep())}
