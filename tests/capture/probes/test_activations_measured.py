"""Losses that are only measured, of a validation's batch or of all of them, and what they are fed with."""

from __future__ import annotations

import pytest
from programs import TRAIN, audited, slugs

CLASSES = """
from torch.utils.data import DataLoader, TensorDataset

model, criterion = nn.Sequential(nn.Linear(6, 8), nn.Tanh(), nn.Linear(8, 3)), nn.CrossEntropyLoss()
batches = [(torch.randn(5, 6), torch.randint(0, 3, (5,))) for _ in range(4)]


class Scores(nn.Module):
    def __init__(self, net):
        super().__init__()
        self.net = net

    def forward(self, x):
        return self.net(x) if self.training else self.net(x).softmax(-1)
"""
LABELS = """
model, criterion = nn.Linear(6, 4), nn.BCEWithLogitsLoss()
batches = [(torch.randn(5, 6), torch.randint(0, 2, (5, 4)).float()) for _ in range(4)]
"""
MEASURE = """
model.eval()
total, right = 0.0, 0
with torch.no_grad():
    for x, y in batches:
        {lines}
        total += loss.item()
print(total / len(batches))
"""
COLLECTED = """
model.eval()
guesses, labels = [], []
with torch.no_grad():
    for x, y in batches:
        guesses.append({guess})
        labels.append(y)
print({measure})
"""
TWICE = "activation_twice"
LOGARITHMS = "probabilities_instead_of_logarithms"


@pytest.mark.parametrize(
    ("program", "lines"),
    [
        (CLASSES, "loss = criterion(torch.softmax(model(x), dim=1), y)"),
        (CLASSES, "p = model(x).softmax(-1); loss = F.cross_entropy(p, y); right += (p.argmax(1) == y).sum().item()"),
        (CLASSES, "loss = criterion(torch.stack([model(x).softmax(1) for _ in range(3)]).mean(0), y)"),
        (CLASSES, "loss = F.cross_entropy(Scores(model).eval()(x), y, label_smoothing=0.1)"),
        (LABELS, "loss = criterion(torch.sigmoid(model(x)), y)"),
        (LABELS, "loss = F.binary_cross_entropy_with_logits(F.sigmoid(model(x))[:, 1], y[:, 1])"),
        (LABELS, "loss = criterion(F.logsigmoid(model(x)), y)"),
        (LABELS, "loss = F.multilabel_soft_margin_loss(model(x).sigmoid(), y)"),
    ],
)
def test_a_validation_whose_loss_squashes_twice(program, lines):
    assert slugs(program, TRAIN + MEASURE.format(lines=lines)) == [TWICE]


@pytest.mark.parametrize(
    ("program", "lines"),
    [
        (CLASSES, "loss = criterion(model(x), y)"),
        (CLASSES, "loss = criterion(model(x) / 1.7, y)"),
        (CLASSES, "p = model(x).softmax(1); loss = F.nll_loss(p.log(), y)"),
        (CLASSES, "p = model(x).softmax(1); loss = -F.nll_loss(p, y)"),
        (CLASSES, "p = model(x).softmax(1); loss = criterion(p.clamp_min(1e-8).log(), y)"),
        (CLASSES, "loss = criterion(F.log_softmax(model(x), 1), y)"),
        (CLASSES, "p = model(x).softmax(1); loss = (p - F.one_hot(y, 3)).square().sum(1).mean()"),
        (CLASSES, "s = model(x); loss = ((1 - s.softmax(1).gather(1, y[:, None])) ** 2).mean() * criterion(s, y)"),
        (CLASSES, "loss = F.kl_div(model(x).log_softmax(1), model(x).softmax(1), reduction='batchmean')"),
        (LABELS, "loss = F.binary_cross_entropy(model(x).sigmoid(), y)"),
        (LABELS, "p = model(x).sigmoid(); loss = criterion(p.logit(), y)"),
        (LABELS, "loss = F.binary_cross_entropy_with_logits(model(x), model(x).sigmoid())"),
    ],
)
def test_measures_of_scores_and_of_probabilities(program, lines):
    assert slugs(program, TRAIN + MEASURE.format(lines=lines)) == []


@pytest.mark.parametrize(
    ("lines", "is_wrong"),
    [
        ("p = model(x).softmax(1); loss = F.nll_loss(p, y)", True),
        ("loss = nn.NLLLoss()(F.softmax(model(x), -1), y)", True),
        ("p = model(x).softmax(1); loss = F.nll_loss(p, y).neg()", False),
        ("p = model(x).softmax(1); loss = -F.nll_loss(p, y)", False),
        ("p = model(x).softmax(1); loss = 1 + F.nll_loss(p, y)", False),
        ("p = model(x).softmax(1); picked = F.nll_loss(p, y); loss = -picked", False),
        ("loss = nn.NLLLoss()(model(x).log_softmax(-1), y)", False),
    ],
)
def test_what_is_called_a_loss_takes_logarithms(lines, is_wrong):
    assert slugs(CLASSES, TRAIN + MEASURE.format(lines=lines)) == [LOGARITHMS] * is_wrong


RANKED = """
model = nn.Sequential(nn.Linear(6, 8), nn.Tanh(), nn.Linear(8, 4))
optimizer = torch.optim.SGD(model.parameters(), 0.1)
for _ in range(3):
    x, y = torch.randn(16, 6), torch.randint(0, 4, (16,))
    scores = model(x)
    {lines}
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""
EACH = "F.nll_loss(scores.softmax(1), y, reduction='none')"


@pytest.mark.parametrize(
    ("lines", "is_wrong"),
    [
        (f"hard = {EACH}.topk(8).indices\n    loss = F.cross_entropy(scores[hard], y[hard])", False),
        (f"hard = {EACH}.argsort()[8:]\n    loss = F.cross_entropy(model(x[hard]), y[hard])", False),
        (
            f"with torch.no_grad():\n        losses = {EACH}\n"
            "    hard = losses.sort(descending=True).indices[:8].tolist()\n"
            "    loss = F.cross_entropy(scores[hard], y[hard])",
            False,
        ),
        (
            f"ranks = {EACH}.detach()\n    kept = ranks > ranks.median()\n"
            "    loss = (F.cross_entropy(scores, y, reduction='none') * kept).sum() / kept.sum()",
            False,
        ),
        (f"loss = {EACH}.topk(8).values.mean()", True),
        (f"each = {EACH}\n    loss = each[each > each.median()].mean()", True),
    ],
)
def test_what_only_ranks_samples_is_no_loss(lines, is_wrong):
    assert slugs(RANKED.format(lines=lines), "") == [LOGARITHMS] * is_wrong


def test_what_guesses_is_left_to_guess():
    guessing = """
@torch.no_grad()
def predict(x):
    return torch.sigmoid(model(x))
"""
    lines = "loss = criterion(predict(x), y); right += (predict(x) > 0.5).sum().item()"
    found = audited(LABELS, TRAIN + guessing + MEASURE.format(lines=lines))
    assert [slug for slug, _ in found] == [TWICE]
    assert "criterion(predict(x).logit(eps=1e-6), y)" in found[0][1][0]


@pytest.mark.parametrize(
    ("program", "guess", "measure"),
    [
        (CLASSES, "model(x).softmax(1)", "F.cross_entropy(torch.cat(guesses), torch.cat(labels)).item()"),
        (CLASSES, "F.softmax(model(x), -1).cpu()", "float(criterion(torch.cat(guesses, 0), torch.cat(labels, 0)))"),
        (LABELS, "model(x).sigmoid()", "criterion(torch.cat(guesses).flatten(), torch.cat(labels).flatten())"),
    ],
)
def test_what_was_collected_squashes_twice(program, guess, measure):
    assert slugs(program, TRAIN + COLLECTED.format(guess=guess, measure=measure)) == [TWICE]


@pytest.mark.parametrize(
    ("program", "guess", "measure"),
    [
        (CLASSES, "model(x)", "F.cross_entropy(torch.cat(guesses), torch.cat(labels)).item()"),
        (CLASSES, "model(x).softmax(1)", "F.nll_loss(torch.cat(guesses).log(), torch.cat(labels)).item()"),
        (CLASSES, "model(x).log_softmax(1)", "F.cross_entropy(torch.cat(guesses), torch.cat(labels)).item()"),
        (LABELS, "model(x).sigmoid()", "F.binary_cross_entropy(torch.cat(guesses), torch.cat(labels)).item()"),
    ],
)
def test_what_was_collected_is_measured_as_it_is(program, guess, measure):
    assert slugs(program, TRAIN + COLLECTED.format(guess=guess, measure=measure)) == []


TWO = """
class Two(nn.Module):
    def __init__(self):
        super().__init__()
        self.last = nn.Linear(6, 1)

    def forward(self, x):
        z = self.last(x)
        return {given}

model, criterion = Two(), nn.CrossEntropyLoss()
batches = [(torch.randn(5, 6), torch.randint(0, 2, (5,))) for _ in range(3)]
"""
BOTH = "torch.cat([F.logsigmoid(-z), F.logsigmoid(z)], 1)"


@pytest.mark.parametrize(
    ("given", "count"),
    [
        (BOTH, 0),
        ("F.logsigmoid(torch.cat([-z, z], 1))", 0),
        ("torch.stack([F.logsigmoid(-z[:, 0]), F.logsigmoid(z[:, 0])], 1)", 0),
        ("F.logsigmoid(torch.cat([-z, 2 * z], 1))", 1),
        ("F.logsigmoid(torch.cat([z, 2 * z, -z], 1))", 1),
    ],
)
def test_logarithms_of_a_sigmoid_and_of_its_rest_are_normalised(given, count):
    assert slugs(TWO.format(given=given)) == [TWICE] * count
    lines = f"z = model(x)[:, 1:]; loss = F.cross_entropy({given}, y)"
    plain = TWO.format(given="torch.cat([-z, z], 1)")
    assert slugs(plain, TRAIN + MEASURE.format(lines=lines)) == [TWICE] * count


def test_what_was_collected_of_logarithms_is_left_alone():
    collected = COLLECTED.format(guess="model(x)", measure="F.cross_entropy(torch.cat(guesses), torch.cat(labels))")
    assert slugs(TWO.format(given=BOTH), TRAIN + collected) == []


@pytest.mark.parametrize("made", ["F.logsigmoid(model(x))", "model(x).log_softmax(1)"])
def test_no_logarithm_and_no_logit_of_logarithms(made):
    guessing = f"""
@torch.no_grad()
def predict(x):
    return {made}
"""
    lines = "loss = criterion(predict(x), y); right += (predict(x) > -1).sum().item()"
    assert audited(LABELS, TRAIN + guessing + MEASURE.format(lines=lines)) == [(TWICE, [])]


def test_the_loss_is_changed_where_the_probabilities_are_read_beside_it():
    lines = "p = model(x).softmax(1); right += (p.argmax(1) == y).sum().item(); loss = criterion(p, y)"
    found = audited(CLASSES, TRAIN + MEASURE.format(lines=lines))
    assert [slug for slug, _ in found] == [TWICE]
    assert "loss = criterion(p.clamp_min(1e-8).log(), y)" in found[0][1][0]
    found = audited(CLASSES, TRAIN + MEASURE.format(lines="loss = criterion(model(x).softmax(1), y)"))
    assert found == [(TWICE, ["        loss = criterion(model(x), y)\n"])]
