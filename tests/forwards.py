"""Models that tests are about one line of: a forward given as a function, and the documented flow."""

from __future__ import annotations

import torch
from torch import nn


class Forward(nn.Module):
    """Runs a function as its forward, with the layers that it uses at hand."""

    def __init__(self, function, **layers):
        super().__init__()
        self.function = function
        for name, layer in layers.items():
            setattr(self, name, layer)

    def forward(self, *args):
        return self.function(self, *args)


class Net(nn.Module):
    """An LSTM with a Linear behind it, which fits if it takes five features."""

    def __init__(self, in_features=5):
        super().__init__()
        self.lstm = nn.LSTM(1, 5, num_layers=2, batch_first=True)
        self.linear = nn.Linear(in_features, 1)

    def forward(self, x):
        out, _ = self.lstm(x)
        return self.linear(out.reshape(-1, 5))


def words():
    """Four sentences of different lengths, with zeros behind them."""
    given = torch.randint(1, 9, (4, 6))
    given[torch.arange(6) >= torch.tensor([6, 3, 4, 2])[:, None]] = 0
    return given
