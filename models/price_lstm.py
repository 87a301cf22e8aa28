"""The regression model: seven days of prices in, the eighth out; its protocol beside it."""

from __future__ import annotations

from torch import Tensor, nn

from shapecheck import DataError, Protocol, Stage

from .heads import HEADS


class PriceLSTM(nn.Module):
    """An LSTM over the days of a window, and a Linear that turns hidden nodes into a price.

    Args:
        hidden_size: Hidden nodes of each LSTM layer.
        num_layers: LSTM layers.
        head: ``"every-step"`` or ``"last-step"``, see `shapecheck.models.HEADS`.
        num_features: Numbers a day; 1, the price.
        out_size: Numbers to predict a row; 1, the next price.

    Raises:
        DataError: An unknown head.

    Shape:
        - prices: (batch_size, seq_length, num_features), scaled
        - returns: (batch_size*seq_length, out_size) at every step, (batch_size, out_size) at the last step

    >>> import torch
    >>> PriceLSTM(hidden_size=16)(torch.randn(4, 7, 1)).shape
    torch.Size([28, 1])
    >>> PriceLSTM(hidden_size=16, head="last-step")(torch.randn(4, 7, 1)).shape
    torch.Size([4, 1])
    """

    def __init__(
        self,
        hidden_size: int = 100,
        num_layers: int = 2,
        head: str = "every-step",
        num_features: int = 1,
        out_size: int = 1,
    ) -> None:
        super().__init__()
        if head not in HEADS:
            raise DataError(f"expected head to be {' or '.join(HEADS)}, got {head!r}")
        self.head = HEADS[head]
        # Without batch_first=True the LSTM would walk along the windows of the batch, not along the days.
        self.lstm = nn.LSTM(num_features, hidden_size, num_layers, batch_first=True)
        self.linear = nn.Linear(hidden_size, out_size)

    def forward(self, prices: Tensor) -> Tensor:
        """Predict from a batch of windows."""
        # An LSTM returns a tuple. The second part is its state after the last day, which nobody needs here: each
        # window is a story of its own and begins with a state of zeros.
        output, _ = self.lstm(prices)  # (batch_size, seq_length, hidden_size)
        rows = self.head.rows(output)  # (batch_size*seq_length, hidden_size) or (batch_size, hidden_size)
        prediction: Tensor = self.linear(rows)  # (batch_size*seq_length, out_size) or (batch_size, out_size)
        return prediction


def price_protocol(model: PriceLSTM) -> Protocol:
    """The stages that prices pass in this model, down to the mean squared error.

    >>> for stage in price_protocol(PriceLSTM()).stages:
    ...     print(f"{stage.name:14} {stage.spec}")
    network input  batch_size seq_length num_features
    LSTM output    batch_size seq_length hidden_size
    Linear input   batch_size*seq_length hidden_size
    Linear output  batch_size*seq_length out_size
    loss input     batch_size*seq_length out_size
    loss targets   batch_size*seq_length out_size
    """
    if model.head.name == "every-step":
        rows = "batch_size*seq_length"
        step = "batch_size seq_length hidden_size -> (batch_size seq_length) hidden_size"
    else:
        rows = "batch_size"
        step = "batch_size seq_length[-1] hidden_size -> batch_size hidden_size"
    return Protocol(
        f"regression, {model.head.name}",
        (
            Stage("network input", at="lstm.input", spec="batch_size seq_length num_features"),
            Stage("LSTM output", at="lstm.output", spec="batch_size seq_length hidden_size"),
            Stage("Linear input", at="linear.input", spec=f"{rows} hidden_size", step=step),
            Stage("Linear output", at="linear.output", spec=f"{rows} out_size"),
            Stage("loss input", at="loss.input", spec=f"{rows} out_size"),
            Stage("loss targets", at="loss.target", spec=f"{rows} out_size", about="MSE: the shape of the prediction"),
        ),
        sizes={
            "num_features": model.lstm.input_size,
            "hidden_size": model.lstm.hidden_size,
            "out_size": model.linear.out_features,
        },
    )
