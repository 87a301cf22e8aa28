"""Scores that are picked by actions or labels: along the choices, or along the samples."""

from __future__ import annotations

import pytest
from programs import audited, slugs

PROGRAM = """
model = nn.Linear(6, 4)
optimizer = torch.optim.SGD(model.parameters(), 0.01)
for _ in range(3):
    x, a = torch.randn({shape}, 6), torch.randint(0, {choices}, ({shape},))
    scores = model(x)
    picked = {picked}
    loss = F.mse_loss(picked, torch.randn(picked.shape))
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""
PLAIN = {"shape": "9", "choices": "4"}


@pytest.mark.parametrize(
    ("picked", "changes", "found"),
    [
        ("scores.gather(0, a.unsqueeze(1)).squeeze(1)", {}, True),
        ("torch.gather(scores, 0, a[:, None])[:, 0]", {}, True),
        ("scores.gather(1, a[..., None])[..., 0]", {"shape": "5, 7"}, True),
        ("scores.gather(1, a.unsqueeze(1)).squeeze(1)", {}, False),
        # All numbers in one row pick from the first row.
        ("scores.gather(1, a.unsqueeze(0)).squeeze(0)", {}, True),
        ("torch.gather(scores, -1, a[None])[0]", {}, True),
        ("scores.gather(-1, a.unsqueeze(1)).squeeze(1)", {"shape": "5, 7"}, True),
        ("torch.stack([scores, scores + 1], 1).gather(2, a.view(-1, 1, 1))", {}, True),
        ("torch.stack([scores, scores + 1], 1).gather(2, a.view(-1, 1, 1).expand(-1, 2, 1))", {}, False),
        ("(scores * torch.zeros(9, 4).scatter(1, a[None], 1.0)).sum(1)", {}, True),
        ("(scores * torch.zeros(9, 4).scatter(1, a[:, None], 1.0)).sum(1)", {}, False),
        ("scores[:1].gather(1, a.unsqueeze(0)).squeeze(0)", {}, False),
        ("scores.gather(1, a[:3].unsqueeze(0)).squeeze(0)", {}, False),
        ("scores.gather(-1, a[..., None])[..., 0]", {"shape": "5, 7"}, False),
        # Whole rows in another order, and one column of rows that are numbered.
        ("scores.gather(0, torch.randperm(9)[:, None].expand(-1, 4))", {}, False),
        ("scores.gather(0, torch.arange(9).flip(0)[:, None])[:, 0]", {}, False),
        # As many choices as samples.
        ("scores.gather(0, a.unsqueeze(1)).squeeze(1)", {"shape": "4"}, False),
        ("scores.gather(0, a.unsqueeze(1) * 0).squeeze(1)", {}, False),
    ],
)
def test_scores_are_picked_along_the_choices(picked, changes, found):
    told = slugs(PROGRAM.format(picked=picked, **PLAIN | changes), "")
    assert ("item_of_wrong_axis" in told) is found


def test_the_axis_of_the_choices_is_the_fix():
    program = PROGRAM.format(picked="scores.gather(0, a[:, None])[:, 0]", **PLAIN)
    (fixed,) = [edits for slug, edits in audited(program, "") if slug == "item_of_wrong_axis"]
    assert fixed == ["    picked = scores.gather(1, a[:, None])[:, 0]\n"]


COLUMNS = """
model = nn.Linear(6, {choices})
optimizer = torch.optim.SGD(model.parameters(), 0.01)
for _ in range(3):
    x, a, goal = torch.randn(9, 6), torch.randint(0, {choices}, (9,)), torch.randn(9)
    scores = model(x)
    loss = {loss}
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""


@pytest.mark.filterwarnings("ignore:Using a target size")
@pytest.mark.parametrize(
    ("loss", "choices", "found"),
    [
        ("(scores[:, a] - goal).pow(2).mean()", "4", True),
        ("F.mse_loss(scores[:, a], goal)", "4", True),
        ("-(scores.log_softmax(1)[:, a] * goal).mean()", "4", True),
        # Of logarithms of probabilities each row's own is meant, also where nothing is held against them.
        ("-scores.log_softmax(1)[:, a].mean()", "4", True),
        ("-torch.cat([scores.log_softmax(1)[:, a], scores.softmax(1).log()[:, a]]).sum() / 9", "4", True),
        ("-scores.log_softmax(1)[torch.arange(9), a].mean()", "4", False),
        ("-scores.log_softmax(1)[:, a].logsumexp(1).mean()", "4", False),
        ("-scores.log_softmax(0)[:, a].mean()", "4", False),
        ("scores[:, a].mean()", "4", False),
        # What the model itself has drawn or found best, in the place of what was noted.
        ("-(scores.log_softmax(1)[:, scores.softmax(1).multinomial(1).squeeze(1)] * goal).mean()", "4", True),
        ("(scores[:, scores.detach().argmax(1)] - goal).pow(2).mean()", "4", True),
        ("(scores[torch.arange(9), scores.argmax(1)] - goal).pow(2).mean()", "4", False),
        ("(scores[:, scores.argmax(1)] - scores.detach().amax(1)).pow(2).mean()", "4", True),
        ("(scores[torch.arange(9), a] - goal).pow(2).mean()", "4", False),
        ("(scores[:, a].diag() - goal).pow(2).mean()", "4", False),
        # All pairs are meant: the others of a batch are negatives.
        ("F.cross_entropy(scores[:, a], torch.arange(9))", "4", False),
        ("(scores[:, a] - goal[:, None] * goal).pow(2).mean()", "4", False),
        ("(scores[:, a] - scores[:, a].logsumexp(1, True)).mean()", "4", False),
        (
            "F.cross_entropy((scores[:, a] - goal) + (a[:, None] == a).triu(1) * -9, torch.arange(9))",
            "4",
            False,
        ),
        ("((scores.softmax(1)[:, a] * goal).sum(-1) - goal).pow(2).mean()", "4", False),
        # All others are to stay below what each row has itself.
        ("(scores[:, a] - scores[torch.arange(9), a] + 0.2).relu().mean()", "4", False),
        # Columns in another order, or some of them.
        ("(scores[:, torch.randperm(9)] - goal).pow(2).mean()", "9", False),
        ("(scores[:, a[:3]] - goal[:, None]).pow(2).mean()", "4", False),
    ],
)
def test_columns_are_picked_row_by_row(loss, choices, found):
    told = slugs(COLUMNS.format(loss=loss, choices=choices), "")
    assert ("every_prediction_with_every_target" in told) is found


def test_the_numbers_of_the_rows_are_the_fix():
    program = COLUMNS.format(loss="(scores[:, a] - goal).pow(2).mean()", choices="4")
    (fixed,) = [edits for slug, edits in audited(program, "") if slug == "every_prediction_with_every_target"]
    assert fixed == ["    loss = (scores[torch.arange(len(a)), a] - goal).pow(2).mean()\n"]


HINGE = """
people, texts = nn.Linear(5, 4), nn.Embedding(6, 4)
optimizer = torch.optim.SGD([*people.parameters(), *texts.parameters()], 0.1)
for _ in range(3):
    x, of = torch.randn(10, 5), torch.randint(0, 6, (10,))
    rows, columns = F.normalize(people(x), dim=-1), F.normalize(texts.weight, dim=-1)
    own = (rows * columns[of]).sum(-1)
    over = ((rows @ columns.t())[:, of] - own + 0.2).clamp(min=0)
    loss = over.masked_fill(of[:, None] == of, 0.0).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""


def test_each_text_is_nearer_to_its_own_person_than_to_others():
    assert slugs(HINGE, "") == []


MARKED = """
model = nn.Linear(6, 4)
optimizer = torch.optim.SGD(model.parameters(), 0.01)
for _ in range(3):
    x, a = torch.randn({count}, 6), torch.randint(0, 4, ({count},))
    marks = torch.full(({count}, 4), 0.1)
    {mark}
    loss = -(marks * model(x).log_softmax(-1)).sum(-1).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""


@pytest.mark.parametrize(
    ("mark", "count", "found"),
    [
        ("marks.scatter_(0, a.unsqueeze(1), 0.7)", 9, True),
        ("marks = marks.scatter(-2, a[:, None], value=0.7)", 9, True),
        ("marks.scatter_(1, a.unsqueeze(1), 0.7)", 9, False),
        # Whole rows that are marked by their numbers, and as many rows as there are classes.
        ("marks.scatter_(0, a[:, None].expand(-1, 4), 0.7)", 9, False),
        ("marks.scatter_(0, torch.arange(8)[:, None], 0.7)", 9, False),
        ("marks.scatter_(0, a.unsqueeze(1), 0.7)", 4, False),
    ],
)
def test_classes_are_marked_along_the_choices(mark, count, found):
    assert ("item_of_wrong_axis" in slugs(MARKED.format(mark=mark, count=count), "")) is found
