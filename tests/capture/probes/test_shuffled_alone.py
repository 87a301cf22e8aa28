"""Samples that numpy shuffles, with their labels or without them."""

from __future__ import annotations

import pytest
from programs import audited, slugs

PROGRAM = """
import random
import numpy as np
from torch.utils.data import DataLoader, TensorDataset

rng = np.random.default_rng(3)
X = rng.normal(size=(21, 6)).astype(np.float32)
y = {labels}
{shuffled}
model = nn.Linear(6, 4)
optimizer = torch.optim.SGD(model.parameters(), 0.01)
{loop}
    loss = {loss}
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""
DATASET = "for x, target in DataLoader(TensorDataset(torch.from_numpy(X), torch.tensor(y)), 7):"
SLICES = """for a in range(0, 21, 7):
    x, target = torch.from_numpy(X[a : a + 7]), torch.from_numpy(y[a : a + 7])"""
ZIPPED = """for sample, label in zip(X, y):
    x, target = torch.tensor(sample)[None], torch.tensor([label])"""
ALONE = "order = rng.permutation(len(X))\nX = X[order]"
PLAIN = {"labels": "rng.integers(0, 4, 21)", "shuffled": ALONE, "loop": DATASET}
PLAIN["loss"] = "F.cross_entropy(model(x), target)"


def told(**changes):
    return slugs(PROGRAM.format(**PLAIN | changes), "")


@pytest.mark.parametrize("loop", [DATASET, SLICES])
@pytest.mark.parametrize(
    "shuffled", [ALONE, "X = X[np.random.permutation(21)]", "np.random.shuffle(X)", "rng.shuffle(X)"]
)
def test_samples_are_shuffled_with_their_labels(shuffled, loop):
    assert told(shuffled=shuffled, loop=loop) == ["shuffled_apart"]


VIEWED = DATASET.replace("torch.tensor(y)", "torch.as_tensor(y)")


@pytest.mark.parametrize(
    "changes",
    [
        # The labels are a view of the samples, share their memory, or are reckoned behind the shuffle.
        {"labels": "X[:, 0]", "shuffled": "rng.shuffle(X)", "loop": VIEWED,
         "loss": "F.mse_loss(model(x)[:, 0], target)"},
        {"labels": "torch.from_numpy(X)[:, 1:]", "shuffled": "rng.shuffle(X)", "loop": VIEWED,
         "loss": "F.mse_loss(model(x).sum(1, keepdim=True).expand(-1, 5), target)"},
        {"labels": "[]", "shuffled": ALONE + "\nfor row in X:\n    y.append(int(row[0] > 0))"},
        {"labels": "-np.ones(21, np.int64)", "shuffled": ALONE + "\nnp.copyto(y, (X[:, 0] > 0).astype(np.int64))"},
        {"labels": "-np.ones(21, np.int64)",
         "shuffled": "def ask(rows, answers):\n    answers[:] = rows[:, 0] > 0\n" + ALONE + "\nask(X, y)"},
        # Which symbol has which number is drawn.
        {"labels": "np.arange(21) % 4", "shuffled": "X = np.eye(21, 6, dtype=np.float32)\nrng.shuffle(X)"},
        # Only distributions are compared.
        {"labels": "rng.normal(size=(21, 4)).astype(np.float32)",
         "loss": "(model(x).sort(0).values - target.sort(0).values).square().mean()"},
        # What goes along with the samples is no label of theirs.
        {"labels": "np.linspace(0.1, 0.01, 21)",
         "loop": SLICES.replace("x, target", "x, rate") + "\n    target = (x[:, 0] > 0).long()"},
        # Rows of a transposed array are features.
        {"labels": "rng.integers(0, 4, 6)", "loss": "F.cross_entropy(nn.Linear(21, 4)(x) + model.bias, target)",
         "loop": DATASET.replace("torch.from_numpy(X)", "torch.from_numpy(np.transpose(X).copy())")},
        {"shuffled": "order = rng.permutation(len(X))\nX, y = X[order], y[order]"},
        {"shuffled": ALONE + "\ny = y[order]"},
        {"shuffled": ALONE, "loop": DATASET.replace("torch.tensor(y)", "torch.tensor(y[order])")},
        {"shuffled": "np.random.seed(5)\nnp.random.shuffle(X)\nnp.random.seed(5)\nnp.random.shuffle(y)"},
        # The labels are made behind it, or read off the samples.
        {"labels": "None", "shuffled": ALONE + "\ny = (X[:, 0] > 0).astype(np.int64)"},
        # All of them are alike.
        {"labels": "np.ones(21, dtype=np.int64)"},
        # Labels that are shuffled are those of a control.
        {"shuffled": "rng.shuffle(y)"},
        # What was shuffled is put back.
        {"shuffled": "kept = X.copy()\nrng.shuffle(X)\nprint(X[0])\nX[:] = kept"},
        # Nothing is paired with what was shuffled.
        {"shuffled": "names = list('abc')\nrandom.shuffle(names)\npairs = dict(zip(names, y))"},
        {"shuffled": "rest = X[:5]\nrest = rest[rng.permutation(5)]"},
        # Two sets of inputs.
        {"loop": DATASET.replace("x, target", "x, other"),
         "loss": "F.cross_entropy(model(x) + model(F.one_hot(other, 6).float()), target)",
         "shuffled": ALONE + "\ntarget = torch.tensor([0, 1, 2, 3, 1, 1, 0])"},
    ],
)  # fmt: skip
def test_look_alikes(changes):
    assert told(**changes) == []


SPLIT = """order = rng.permutation(21)
X_train, X_test = X[order[:14]], X[order[14:]]
y_train, y_test = {}"""


@pytest.mark.parametrize(
    ("labels", "found"),
    [
        ("y[:14], y[14:]", True),
        ("y[order[:14]], y[order[14:]]", False),
        ("y[order][:14], y[order][14:]", False),
        ("X_train[:, 0].astype(int) % 2, X_test[:, 0].astype(int) % 2", False),
    ],
)
def test_samples_that_are_split_in_a_random_order(labels, found):
    loop = DATASET.replace("(X)", "(X_train)").replace("(y)", "(y_train)")
    assert told(shuffled=SPLIT.format(labels), loop=loop) == (["shuffled_apart"] if found else [])


@pytest.mark.parametrize("shuffled", ["X = rng.permutation(X)", "X = np.random.permutation(X)"])
def test_samples_that_come_back_shuffled(shuffled):
    assert told(shuffled=shuffled) == ["shuffled_apart"]


def test_one_by_one_there_are_too_few_answers_to_tell():
    assert told(loop=ZIPPED) == []


def test_both_by_one_order_is_the_fix():
    program = PROGRAM.format(**PLAIN)
    assert audited(program, "") == [("shuffled_apart", ["X, y = X[order], y[order]\n"])]


WITHIN = """for epoch in range(1):
    order = rng.permutation(21)
    rows = X[order]
    for a in range(0, 21, 7):
        x, target = torch.from_numpy(rows[a : a + 7]), torch.from_numpy({labels}[a : a + 7])
        loss = F.cross_entropy(model(x), target)
        loss.backward()
if True:"""


@pytest.mark.parametrize(("labels", "found"), [("y", ["shuffled_apart"]), ("y[order]", [])])
def test_samples_that_are_shuffled_anew_in_each_epoch(labels, found):
    assert told(shuffled="", loop=WITHIN.format(labels=labels), loss="F.cross_entropy(model(x), target)") == found
