"""A squeeze of all axes where one holds a single item now and then."""

from __future__ import annotations

import pytest
import torch
from programs import slugs
from torch import nn
from torch.nn import functional

from shapecheck.auditor import Auditor


class Pooled(nn.Module):
    def __init__(self, *axes):
        super().__init__()
        self.linear, self.axes = nn.Linear(4, 4), axes

    def forward(self, x):
        x = self.linear(x).squeeze(*self.axes)
        return torch.softmax(x, 0).mul(x).sum(0).sum()


class Last(nn.Module):
    def __init__(self):
        super().__init__()
        self.gru, self.linear = nn.GRU(4, 5, batch_first=True), nn.Linear(5, 1)

    def forward(self, x):
        return self.linear(self.gru(x)[1].squeeze()).squeeze()


def told(model, inputs, target):
    torch.manual_seed(0)
    auditor = Auditor()
    auditor.start()
    try:
        for x in inputs:
            functional.mse_loss(model(x), target(x)).backward()
    finally:
        auditor.stop()
    return [found.slug for found in auditor.diagnoses]


def bags(*counts):
    return [torch.randn(1, count, 4) for count in counts]


def number(x):
    return torch.tensor(0.5)


@pytest.mark.parametrize("counts", [(1, 3, 2), (3, 1, 2), (3, 2, 1)])
def test_an_axis_that_is_lost_now_and_then_is_told(counts):
    assert told(Pooled(), bags(*counts), number) == ["squeezed_by_chance"]


def test_an_axis_that_is_named_is_not():
    assert told(Pooled(0), bags(3, 2, 1), number) == []


def test_an_axis_that_never_holds_one_item_is_not():
    assert told(Pooled(), bags(3, 2, 4), number) == []


def test_a_last_batch_of_one_that_comes_to_the_same_is_not():
    inputs = [torch.randn(count, 3, 4) for count in (4, 1, 3)]
    assert told(Last(), inputs, lambda x: torch.ones(len(x)).squeeze()) == []


class Frames(nn.Module):
    """Scores of each frame, in maps of one row."""

    def __init__(self, squeeze=torch.squeeze, axis=1):
        super().__init__()
        self.conv, self.squeeze, self.axis = nn.Conv2d(1, 3, (5, 1)), squeeze, axis

    def forward(self, x):
        return functional.log_softmax(self.squeeze(self.conv(x)), self.axis)


class Steps(nn.Module):
    """The mean over the steps of what a recurrent layer says."""

    def __init__(self, squeeze=torch.squeeze):
        super().__init__()
        self.gru, self.linear, self.squeeze = nn.GRU(4, 5, batch_first=True), nn.Linear(5, 2), squeeze

    def forward(self, x):
        out = self.squeeze(self.gru(x)[0][:, :, None])
        return self.linear(out).mean(1)


class Rows(nn.Module):
    """One score a row."""

    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(4, 1)

    def forward(self, x):
        return self.linear(x).squeeze()


class Centred(nn.Module):
    """Scores of each frame against the mean of their class; what comes out goes on behind the model."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(1, 3, (5, 1))

    def forward(self, x):
        return self.conv(x).squeeze()


def evaluated(model, train, one, loss, measure):
    """What is told of a model that is trained on batches, and then measured on one sample."""
    torch.manual_seed(0)
    auditor = Auditor()
    auditor.start()
    try:
        optimizer = torch.optim.SGD(model.parameters(), 0.01)
        for x in train:
            optimizer.zero_grad()
            loss(model(x)).backward()
            optimizer.step()
        model.eval()
        with torch.no_grad():
            measure(model(one)).sum().item()
    finally:
        auditor.stop()
    assert not auditor._session.failures
    return [found.slug for found in auditor.diagnoses]


def square(out):
    return out.pow(2).mean()


def best_of_means(out):
    return out.mean(-1).argmax(-1)


def over_the_samples(out):
    return functional.softmax(out, dim=1).amax(-1)


def images(count=6):
    return [torch.randn(count, 1, 5, 7) for _ in range(5)]


def sequences(count=6):
    return [torch.randn(count, 7, 4) for _ in range(5)]


@pytest.mark.parametrize(
    ("model", "train", "measure"),
    [
        (Frames(), images(), best_of_means),
        (Steps(), sequences(), torch.sigmoid),
        (Centred(), images(), over_the_samples),
    ],
)
def test_a_sample_alone_in_evaluation_loses_its_axis(model, train, measure):
    assert evaluated(model, train, train[0][:1], square, measure) == ["squeezed_by_chance"]


@pytest.mark.parametrize(
    ("model", "train", "measure"),
    [
        (Frames(lambda x: x.squeeze(2)), images(), best_of_means),
        (Steps(lambda x: x.squeeze(2)), sequences(), torch.sigmoid),
        (Frames(axis=-2), images(), torch.exp),
        (Rows(), [torch.randn(6, 4) for _ in range(5)], torch.sigmoid),
    ],
)
def test_a_sample_alone_that_comes_to_the_same_is_left_alone(model, train, measure):
    assert evaluated(model, train, train[0][:1], square, measure) == []


SHARES = """
from torch.utils.data import DataLoader, TensorDataset

class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.Conv2d(3, 4, 1)

    def forward(self, x):
        return self.layer(x).mean((2, 3), keepdim=True).{squeeze}

model = Model()
optimizer = torch.optim.SGD(model.parameters(), 0.01)
for x, y in DataLoader(TensorDataset(torch.randn(40, 3, 5, 6), torch.randint(0, 4, (40,))), 8):
    loss = F.cross_entropy(model(x), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
model.eval()
total, right = torch.zeros(4), 0
with torch.no_grad():
    for x, y in DataLoader(TensorDataset(torch.randn({size}, 3, 5, 6), torch.randint(0, 4, ({size},))), 6):
        {measure}
print(total, right)
"""


@pytest.mark.parametrize(
    ("squeeze", "size", "measure", "expected"),
    [
        ("squeeze()", 13, "total += model(x).softmax(-1).sum(0)", ["squeezed_by_chance"]),
        ("squeeze()", 19, "total.add_(model(x).softmax(-1).mean(dim=0))", ["squeezed_by_chance"]),
        # No batch of one comes, each row is looked at by itself, or only the axes of size one are dropped.
        ("squeeze()", 14, "total += model(x).softmax(-1).sum(0)", []),
        ("squeeze()", 13, "if len(x) < 6: continue\n        total += model(x).softmax(-1).sum(0)", []),
        ("squeeze()", 13, "right += (model(x).argmax(-1) == y).sum().item()", []),
        ("squeeze(-1).squeeze(-1)", 13, "total += model(x).softmax(-1).sum(0)", []),
    ],
)
def test_a_last_batch_of_one_sample_is_seen_before_it_comes(squeeze, size, measure, expected):
    assert slugs(SHARES.format(squeeze=squeeze, size=size, measure=measure), "") == expected


@pytest.mark.parametrize(("loop", "expected"), [("batches", ["squeezed_by_chance"]), ("islice(batches, 2)", [])])
def test_a_last_batch_that_is_cut_off_is_not_expected(loop, expected):
    text = SHARES.format(squeeze="squeeze()", size=13, measure="total += shares(model, x)")
    loader = "DataLoader(TensorDataset(torch.randn(13, 3, 5, 6), torch.randint(0, 4, (13,))), 6)"
    assert loader in text
    head = "from itertools import islice\ndef shares(model, x):\n    return model(x).softmax(-1).sum(0)\n"
    first, last = text.split("model.eval()")
    assert slugs(f"{first}{head}batches = {loader}\nmodel.eval()" + last.replace(loader, loop), "") == expected


COUNTED = """
from torch.utils.data import DataLoader, TensorDataset

class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(5, 3)

    def forward(self, x):
        return self.layer(x)[..., None]{inside}

def evaluate(model, batches):
    total, count = 0.0, 0
    with torch.no_grad():
        for x, y in batches:
            {made}
            total += errors.mean(-1).sum().item()
            {counted}
    return total / count

model = Model()
optimizer = torch.optim.SGD(model.parameters(), 0.01)
for x, y in zip(torch.randn(5, 8, 5), torch.randn(5, 8, 3, 1)):
    loss = (model(x).reshape(8, 3, 1) - y).pow(2).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
{announced}
x, y = torch.randn({size}, 5), torch.randn({size}, 3, 1)
print(evaluate(model, {batches}))
"""
LOADED = "DataLoader(TensorDataset(x, y), 6)"
SPLIT = "zip(x.split(6), y.split(6))"


def counted(made, count, batches=LOADED, size=13, announced="model.eval()", inside=""):
    text = COUNTED.format(made=made, counted=count, batches=batches, size=size, announced=announced, inside=inside)
    return slugs(text, "")


SQUEEZED = "errors = (model(x) - y).abs().squeeze()"


@pytest.mark.parametrize("announced", ["model.eval()", ""])
@pytest.mark.parametrize("count", ["count += errors.size(0)", "count += len(errors)", "count += 1.0 * errors.shape[0]"])
def test_what_is_counted_of_a_sample_alone_is_another_axis(count, announced):
    assert counted(SQUEEZED, count, announced=announced) == ["squeezed_by_chance"]


def test_a_batch_of_one_that_was_seen_and_a_model_that_squeezes():
    assert counted(SQUEEZED, "count += len(errors)", SPLIT) == ["squeezed_by_chance"]
    assert counted("errors = model(x)", "count += len(errors)", inside=".squeeze()") == ["squeezed_by_chance"]


@pytest.mark.parametrize(
    ("made", "count", "batches", "size"),
    [
        (SQUEEZED.replace("squeeze()", "squeeze(-1)"), "count += len(errors)", LOADED, 13),
        (SQUEEZED, "count += len(x)", LOADED, 13),
        (SQUEEZED, "count += len(errors)", LOADED, 14),
        (SQUEEZED, "count += len(errors)", SPLIT, 14),
        (SQUEEZED, "count += len(errors)", LOADED.replace("6)", "6, drop_last=True)"), 13),
        (SQUEEZED, "count += errors.numel()", LOADED, 13),
        (SQUEEZED + "\n            errors = errors.reshape(len(x), -1)", "count += len(errors)", LOADED, 13),
        ("errors = (model(x) - y).abs().squeeze().reshape(len(x), -1)", "count += len(errors)", LOADED, 13),
    ],
)
def test_samples_that_are_counted_as_such_are_left_alone(made, count, batches, size):
    assert counted(made, count, batches, size) == []


@pytest.mark.parametrize(
    "count",
    [
        "count += errors.size(0) if errors.ndim > 1 else 1",
        "count += errors.shape[0] if x.size(0) > 1 else 1",
        "count += len(errors) if len(x) > 1 else 1",
        "alone = x.size(0) == 1; count += 1 if alone else len(errors)",
        "if errors.dim() > 1:\n                count += len(errors)\n            else:\n                count += 1",
    ],
)
def test_a_count_that_sees_to_a_sample_alone_is_left_alone(count):
    assert counted(SQUEEZED, count) == []


LOOPED = """
from itertools import islice
from torch.utils.data import DataLoader, TensorDataset

def tqdm(batches, desc=""):
    return batches

def first(batches):
    return islice(batches, 2)

def is_short(x):
    return len(x) < 6

x, y = torch.randn(18, 5), torch.randn(18, 3, 1)
model = nn.Linear(5, 3)
optimizer = torch.optim.SGD(model.parameters(), 0.01)
for a, b in zip(x.split(6), y.split(6)):
    loss = (model(a)[..., None] - b).pow(2).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
model.eval()
loader = DataLoader(TensorDataset(x[:13], y[:13]), 6)
total = count = 0
with torch.no_grad():
    for {loop}:
        {first}
        errors = (model(x)[..., None] - y).abs().squeeze()
        total += errors.mean(-1).sum().item()
        count += errors.size(0)
print(total / count)
"""


@pytest.mark.parametrize(
    ("loop", "first", "expected"),
    [
        ("x, y in loader", "", ["squeezed_by_chance"]),
        ("i, (x, y) in enumerate(loader)", "", ["squeezed_by_chance"]),
        ("i, (x, y) in enumerate(tqdm(loader, desc='test'), 1)", "", ["squeezed_by_chance"]),
        # The last batch, which holds one sample, does not come.
        ("x, y in islice(loader, 2)", "", []),
        ("x, y in first(loader)", "", []),
        ("(x, y), _ in zip(loader, range(2))", "", []),
        ("i, (x, y) in enumerate(loader)", "if i == 2: break", []),
        ("x, y in loader", "if len(x) < 6: continue", []),
        ("x, y in loader", "if is_short(x): continue", []),
    ],
)
def test_a_last_batch_that_a_loop_may_not_come_to_is_not_expected(loop, first, expected):
    assert slugs(LOOPED.format(loop=loop, first=first), "") == expected
