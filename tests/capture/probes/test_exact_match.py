"""Measures of whole answers: along the places of each sample they are right, along the samples they are not."""

from __future__ import annotations

import pytest
from programs import audited, slugs

PROGRAM = """
from torch.utils.data import DataLoader, TensorDataset

model = nn.Linear(4, 3)
optimizer = torch.optim.SGD(model.parameters(), 0.01)
for x, y in DataLoader(TensorDataset(torch.randn(21, 5, 4), {labels}), 7, shuffle=True):
    scores = model(x)
    loss = {loss}
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    hit = {hit}
    print({measure})
"""
CLASSES = {
    "labels": "torch.randint(0, 3, (21, 5))",
    "loss": "F.cross_entropy(scores.transpose(1, 2), y)",
    "hit": "scores.argmax(-1) == y",
}
MARKS = {
    "labels": "torch.ones(21, 5, 3).bernoulli()",
    "loss": "F.binary_cross_entropy_with_logits(scores, y)",
    "hit": "(scores[:, 0] > 0).float() == y[:, 0]",
}


@pytest.mark.parametrize(
    ("measure", "found"),
    [
        ("hit.all(dim=0).float().mean()", True),
        ("torch.all(hit, 0).sum() / len(hit)", True),
        ("hit.float().prod(0).mean()", True),
        ("hit.all(dim=1).float().mean()", False),
        ("hit.all(-1).sum().item()", False),
        ("bool(hit.all())", False),
        # At which places all are right, and the share that is right at each.
        ("hit.all(0).tolist()", False),
        ("hit.float().mean(0).max()", False),
        ("hit.any(dim=0).float().mean()", False),
        ("torch.stack([scores.argmax(-1), scores.argmin(-1)]).eq(y).all(0).float().mean()", False),
    ],
)
def test_whole_answers_are_counted_sample_by_sample(measure, found):
    assert slugs(PROGRAM.format(measure=measure, **CLASSES), "") == (["exact_over_samples"] if found else [])


def test_the_other_axis_is_the_fix():
    program = PROGRAM.format(measure="hit.all(0).float().mean()", **CLASSES)
    assert audited(program, "") == [("exact_over_samples", ["    print(hit.all(1).float().mean())\n"])]


def test_marks_of_many_classes_are_no_other_case():
    marks = MARKS | {"hit": "(scores > 0).float().flatten(1) == y.flatten(1)"}
    assert slugs(PROGRAM.format(measure="hit.all(dim=1).float().mean()", **marks), "") == []


BY_HAND = """
batches = [(torch.randn(7, {sizes}), torch.ones(7, {places}3).bernoulli()) for _ in range(3)]
layer, model = {layer}, nn.Linear(4, 3)
optimizer = torch.optim.SGD([*layer.parameters(), *model.parameters()], 0.01)
for x, y in batches:
    scores = model(layer(x){first})
    print((scores > 0).float().eq(y).all({axis}).float().mean().item())
    loss = F.binary_cross_entropy_with_logits(scores, y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""


@pytest.mark.parametrize(
    ("axis", "sizes", "places", "layer", "first", "found"),
    [
        (0, "4", "", "nn.ReLU()", "", True),
        (1, "4", "", "nn.ReLU()", "", False),
        # Of three axes the first may hold steps, and so may that of what a recurrent layer reads.
        (0, "2, 4", "2, ", "nn.ReLU()", "", False),
        (0, "4", "", "nn.GRU(4, 4)", "[0]", False),
    ],
)
def test_beside_the_features_of_a_layer_stand_the_samples(axis, sizes, places, layer, first, found):
    program = BY_HAND.format(axis=axis, sizes=sizes, places=places, layer=layer, first=first)
    assert slugs(program, "") == (["exact_over_samples"] if found else [])


IMAGES = """
model = nn.Sequential(nn.Conv2d(1, 4, 3, padding=1), nn.ReLU(), nn.AdaptiveAvgPool2d((1, 5)), nn.Flatten(2))
optimizer = torch.optim.SGD(model.parameters(), 0.01)
for step in range(9):
    letters = torch.randint(0, 4, (6, 5))
    scores = model(torch.randn(6, 1, 4, 10)).permute({turned})
    loss = F.cross_entropy(scores.flatten(0, 1), letters.{labels}.flatten())
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    if step % 4 == 3:
        print(scores.argmax(dim=-1).eq(letters.{labels}).all(dim={axis}).float().mean())
"""


@pytest.mark.parametrize(
    ("turned", "labels", "axis", "found"),
    [("0, 2, 1", "cpu()", 0, True), ("0, 2, 1", "cpu()", 1, False), ("2, 0, 1", "t()", 0, False)],
)
def test_letters_of_images_that_are_measured_in_some_turns_only(turned, labels, axis, found):
    program = IMAGES.format(turned=turned, labels=labels, axis=axis)
    assert slugs(program, "") == (["exact_over_samples"] if found else [])


WHOLE = """
x, y = torch.randn(26, 4), torch.ones(26, 3).bernoulli()
model = nn.Linear(4, 3)
optimizer = torch.optim.SGD(model.parameters(), 0.01)
for rows in torch.randperm(26).split(7):
    loss = F.binary_cross_entropy_with_logits(model({given}), y[rows])
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
model.eval()
with torch.no_grad():
    hit = (model(x[:9]) > 0).float() == y[:9]
    print(hit.all(dim={axis}).float().mean())
"""


@pytest.mark.parametrize(
    ("given", "axis", "found"),
    [
        ("x[rows]", 0, True),
        ("x[rows]", 1, False),
        # It was given three axes in training; but what stands beside the features of a Linear are samples here, too.
        ("x[rows].unsqueeze(1)).squeeze(1", 0, True),
    ],
)
def test_in_evaluation_the_samples_lie_as_they_did_in_training(given, axis, found):
    assert slugs(WHOLE.format(given=given, axis=axis), "") == (["exact_over_samples"] if found else [])
