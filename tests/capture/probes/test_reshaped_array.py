"""Arrays of numpy that are turned, or cut anew into the sizes of a turned one, before a model reads them."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
import torch
from programs import audited, slugs

from shapecheck.capture.recording.from_numpy import FromNumpy

PROGRAM = """
import numpy as np
from torch.utils.data import DataLoader, Dataset, TensorDataset

windows = np.stack([np.arange(i, i + 33.0).reshape(3, 11) for i in range(20)]).astype(np.float32)
labels = torch.randint(0, 5, (20,))
X = {made}

class Windows(Dataset):
    def __len__(self):
        return len(X)

    def __getitem__(self, at):
        return torch.as_tensor(X[at]), labels[at]

class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.gru = nn.GRU({features}, 6, batch_first=True)
        self.out = nn.Linear(6, 5)

    def forward(self, x):
        return self.out(self.gru(x)[0][:, -1])

model = Model()
optimizer = torch.optim.SGD(model.parameters(), 0.01)
for x, y in DataLoader({data}, 4, shuffle=True):
    loss = F.cross_entropy(model(x), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""
TENSORS = "TensorDataset({}, labels)"


@pytest.mark.parametrize(
    "data",
    [
        "Windows()",
        TENSORS.format("torch.from_numpy(X)"),
        TENSORS.format("torch.tensor(X, dtype=torch.float32)"),
        "TensorDataset(torch.from_numpy(X[:12]), labels[:12])",
    ],
)
@pytest.mark.parametrize(
    ("made", "features", "found"),
    [
        ("windows.reshape(20, 11, 3)", 3, True),
        ("np.reshape(windows, (20, 11, 3))", 3, True),
        ("windows.transpose(0, 2, 1)", 3, False),
        ("np.ascontiguousarray(windows.swapaxes(1, 2))", 3, False),
        ("windows", 11, False),
        # Other cuts than that of a turned array may be meant.
        ("windows.reshape(20, 33, 1)", 1, False),
    ],
)
def test_arrays_are_turned_and_not_cut(data, made, features, found):
    program = PROGRAM.format(made=made, features=features, data=data)
    assert slugs(program, "") == (["features_reshaped"] if found else [])


FLAT = """
import numpy as np
from torch.utils.data import DataLoader, TensorDataset

raw = np.stack([np.arange(i, i + {size}.0).reshape({before}) for i in range(20)]).astype(np.float32)
{made}
model = nn.Sequential({first}, nn.Flatten(), nn.LazyLinear(3))
optimizer = torch.optim.SGD(model.parameters(), 0.01)
for x, y in DataLoader(TensorDataset({tensor}, torch.arange(20) % 3), 5):
    loss = F.cross_entropy(model(x), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""
EACH = """

class Each(nn.Module):
    def __init__(self):
        super().__init__()
        self.one = nn.Linear(1, 4)

    def forward(self, x):
        return self.one(x.unsqueeze(-1)).relu().sum({})
"""


@pytest.mark.parametrize(
    ("before", "made", "changes", "found"),
    [
        # Two steps are stacked into one, or one is taken apart into two.
        ("16, 8", "X = raw.reshape(20, 16 // 2, 8 * 2)", {}, False),
        ("8, 16", "steps, channels = 16, 8\nX = raw.reshape(20, steps, channels)", {}, False),
        ("8, 16", "n, c, t = raw.shape\nX = raw.reshape(n, t, c)", {}, True),
        ("8, 16", "X = raw.reshape(len(raw), raw.shape[2], raw.shape[1])", {}, True),
        # Axes that nobody reads mix nothing up.
        ("3, 11", "X = raw.reshape(20, 11, 3)", {"first": "nn.Identity()"}, False),
        ("3, 11", "X = raw.reshape(20, 11, 3)", {"tensor": "torch.from_numpy(X).view(20, 3, 11)"}, False),
        ("3, 11", "X = raw.reshape(20, 11, 3)", {"first": "nn.Unflatten(1, (1, 11))"}, True),
        # The old axes are those of a buffer.
        ("3, 11", "X = raw.reshape(20, 11, 3)\nX[:] = np.arange(660).reshape(20, 11, 3)", {}, False),
        ("3, 11", "X = raw.reshape(20, 11, 3)", {}, True),
        # Three terms of four months are four of three, as long as no axis is called by its name.
        ("4, 3", "X = raw.reshape(20, 3, 4)", {}, False),
        ("4, 3", "X = raw.reshape(len(raw), -1, 4)", {}, False),
        ("4, 3", "X = raw.reshape(len(raw), raw.shape[2], raw.shape[1])", {}, True),
        # Each number is read by itself, and all are added up.
        ("3, 11", "X = raw.reshape(20, 11, 3)" + EACH.format("(1, 2)"), {"first": "Each()"}, False),
        ("3, 11", "X = raw.reshape(20, 11, 3)" + EACH.format("1"), {"first": "Each()"}, True),
    ],
)
def test_what_is_cut_anew_may_be_meant(before, made, changes, found):
    plain = {"first": "nn.LazyLinear(4)", "tensor": "torch.from_numpy(X)"} | changes
    size = eval(before.replace(",", "*"))
    assert slugs(FLAT.format(before=before, made=made, size=size, **plain), "") == (
        ["features_reshaped"] if found else []
    )


def test_the_turned_array_is_the_fix():
    data = TENSORS.format("torch.from_numpy(X)")
    program = PROGRAM.format(made="windows.reshape(20, 11, 3)", features=3, data=data)
    assert audited(program, "") == [("features_reshaped", ["X = windows.transpose(0, 2, 1).copy()\n"])]


def test_an_axis_of_one_may_stand_anywhere():
    program = PROGRAM.format(
        made="windows[:, :1].copy().reshape(20, 11, 1)", features=1, data=TENSORS.format("torch.from_numpy(X)")
    )
    assert slugs(program, "") == []


def test_from_numpy_is_put_back():
    before = torch.from_numpy
    slugs(PROGRAM.format(made="windows", features=11, data=TENSORS.format("torch.from_numpy(X)")), "")
    assert torch.from_numpy is before


KEPT = """
import copy
import pickle
import numpy as np

kept = {"make": torch.from_numpy}
kept = copy.deepcopy(pickle.loads(pickle.dumps(kept)))
model = nn.Linear(3, 2)
optimizer = torch.optim.SGD(model.parameters(), 0.01)
for _ in range(3):
    loss = model(kept["make"](np.ones((4, 3), np.float32))).square().mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""


def test_from_numpy_may_be_pickled_and_kept():
    assert slugs(KEPT, "") == []
    hears = FromNumpy(lambda: False, print)
    hears.start()
    kept = torch.from_numpy
    again = pickle.loads(pickle.dumps(kept))
    hears.stop()
    assert again is kept is hears
    assert pickle.loads(pickle.dumps(kept)) is torch.from_numpy is not kept
    assert kept(np.ones(2)).tolist() == [1.0, 1.0]
