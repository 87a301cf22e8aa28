"""Measures of numpy's over predictions that left torch as a column, beside labels that are a row."""

from __future__ import annotations

import pytest
from programs import slugs

PROGRAM = """
import numpy as np

rng = np.random.default_rng(0)
X, y = rng.normal(size=(30, 5)).astype(np.float32), rng.normal(size=30).astype(np.float32)
model = nn.Linear(5, 1)
optimizer = torch.optim.SGD(model.parameters(), 0.1)
for at in range(0, 20, 5):
    loss = F.mse_loss(model(torch.from_numpy(X[at : at + 5])).squeeze(1), torch.from_numpy(y[at : at + 5]))
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
model.eval()
with torch.no_grad():
    preds = model(torch.from_numpy(X[20:])){left}
truth = y[20:]
{measure}
"""
SQUARES = "print(np.mean((preds - truth) ** 2))"


@pytest.mark.parametrize(
    ("left", "measure", "found"),
    [
        (".numpy()", SQUARES, True),
        (".cpu().numpy()", "print(np.sqrt(((truth - preds) ** 2).mean()))", True),
        (".numpy()", "print(np.abs(preds - truth).sum())", True),
        (".numpy()", "print(np.mean(np.square(preds - truth)))", True),
        (".numpy()", SQUARES.replace("truth", "labels").replace("print", "labels = y[20:].copy(); print"), True),
        (".numpy()[:, 0]", SQUARES, False),
        (".squeeze(1).numpy()", SQUARES, False),
        (".numpy()", "print(np.mean((preds.ravel() - truth) ** 2))", False),
        (".numpy()", "print(np.mean((preds - truth[:, None]) ** 2))", False),
        # The table of all pairs is what is asked for.
        (".numpy()", "print(np.mean((preds - truth) ** 2, axis=1).min())", False),
        (".numpy()", "print(np.exp(-(preds - truth) ** 2).mean())", False),
        (".numpy()", "print((preds - truth).shape)", False),
        (".numpy()", "print(np.abs(preds - truth).mean() - 0.5 * np.abs(preds - preds.T).mean())", False),
        (".numpy()", "print(np.abs(preds - truth).mean() - 0.5 * np.abs(truth[:, None] - truth).mean())", False),
        (".numpy()", "print(np.abs(preds - truth).mean() - np.abs(np.subtract.outer(truth, truth)).mean() / 2)", False),
        # How many pairs are in the right order, and how many are beyond some limits.
        (".numpy()", "print((preds > truth).mean())", False),
        (".numpy()", "print((preds > truth).mean() + 0.5 * (preds == truth).mean())", False),
        # How far they are from what was seen at another time, each from all of it.
        (".numpy()", "truth = y[:10]\n" + SQUARES, False),
        (".numpy()", "print(np.abs(preds - y[:10]).mean())", False),
        (".numpy()", "truth = y[10:20]\n" + SQUARES, False),
        # As many predictions as one number.
        (".numpy()", "truth = truth[0]\n" + SQUARES, False),
        # What the name holds in the end it did not hold there.
        (".numpy()[:, 0]", SQUARES + "\npreds = preds.reshape(-1, 1)", False),
    ],
)
def test_measures_hold_each_prediction_against_its_own_label(left, measure, found):
    told = slugs(PROGRAM.format(left=left, measure=measure), "")
    assert told == ["every_prediction_with_every_target"] * found


def test_guesses_are_compared_with_labels():
    measure = "print(((preds > 0) == (truth > 0)).mean()); guess = preds > 0; label = truth > 0"
    program = PROGRAM.format(left=".numpy()", measure=measure + "\nprint((guess == label).mean())")
    assert slugs(program, "") == ["every_guess_with_every_label"]
