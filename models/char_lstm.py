"""The classification model: a character in, a score for each next character out; its protocol beside it."""

from __future__ import annotations

from torch import Tensor, nn

from shapecheck import Protocol, Stage

State = tuple[Tensor, Tensor]


class CharLSTM(nn.Module):
    """An LSTM over one-hot characters, and a Linear that gives each possible next character a score.

    It returns scores, not probabilities: cross entropy takes the softmax itself, and a second one would flatten them.

    Args:
        num_classes: Characters of the vocabulary: as many columns come in as scores go out.
        hidden_size: Hidden nodes of each LSTM layer.
        num_layers: LSTM layers.

    Shape:
        - one_hot: (batch_size, seq_length, num_classes)
        - state: two tensors, (num_layers, batch_size, hidden_size) each; zeros if None
        - returns: scores (batch_size*seq_length, num_classes), and the state after the last step

    >>> import torch
    >>> scores, state = CharLSTM(num_classes=5, hidden_size=16)(torch.zeros(4, 7, 5))
    >>> scores.shape, state[0].shape
    (torch.Size([28, 5]), torch.Size([2, 4, 16]))
    """

    def __init__(self, num_classes: int, hidden_size: int = 100, num_layers: int = 2) -> None:
        super().__init__()
        self.lstm = nn.LSTM(num_classes, hidden_size, num_layers, batch_first=True)
        self.linear = nn.Linear(hidden_size, num_classes)

    def forward(self, one_hot: Tensor, state: State | None = None) -> tuple[Tensor, State]:
        """Score what comes after each character."""
        # batch_first=True does not hold for the state: its batch is axis 1, always.
        output, state = self.lstm(one_hot, state)  # (batch_size, seq_length, hidden_size)
        rows = output.reshape(-1, output.shape[-1])  # (batch_size*seq_length, hidden_size)
        scores = self.linear(rows)  # (batch_size*seq_length, num_classes)
        return scores, state


def char_protocol(model: CharLSTM) -> Protocol:
    """The stages that characters pass in this model, down to the cross entropy.

    >>> for stage in char_protocol(CharLSTM(num_classes=5)).stages:
    ...     print(f"{stage.name:14} {stage.spec}  {stage.dtype}".rstrip())
    network input  batch_size seq_length num_classes
    LSTM output    batch_size seq_length hidden_size
    Linear input   batch_size*seq_length hidden_size
    Linear output  batch_size*seq_length num_classes
    loss input     batch_size*seq_length num_classes
    loss targets   batch_size*seq_length  int64
    """
    return Protocol(
        "classification, every step",
        (
            Stage("network input", at="lstm.input", spec="batch_size seq_length num_classes", about="one-hot"),
            Stage("LSTM output", at="lstm.output", spec="batch_size seq_length hidden_size"),
            Stage(
                "Linear input",
                at="linear.input",
                spec="batch_size*seq_length hidden_size",
                step="batch_size seq_length hidden_size -> (batch_size seq_length) hidden_size",
            ),
            Stage("Linear output", at="linear.output", spec="batch_size*seq_length num_classes"),
            Stage("loss input", at="loss.input", spec="batch_size*seq_length num_classes", about="scores"),
            Stage("loss targets", at="loss.target", spec="batch_size*seq_length", dtype="int64", about="labels"),
        ),
        sizes={"num_classes": model.lstm.input_size, "hidden_size": model.lstm.hidden_size},
    )
