"""Losses over what a model has written itself: everything behind the token that ends it was drawn for nothing."""

from __future__ import annotations

import pytest
from programs import audited, slugs

WRITER = """
END = 2


class Settings:
    longest = 6


class Writer(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding, self.gru, self.head = nn.Embedding(9, 8), nn.GRU(8, 8, batch_first=True), nn.Linear(8, 9)

    def forward(self, tokens):
        return self.head(self.gru(self.embedding(tokens))[0])


model = Writer()
optimizer = torch.optim.SGD(model.parameters(), 0.01)


def written(lengths):
    tokens = torch.randint(3, 9, (len(lengths), 8))
    tokens[torch.arange(len(lengths)), 2 + torch.tensor(lengths) - 1] = END
    return tokens


def kept(answers):
{kept}


def loss(model, tokens, worth):
    answers = tokens[:, 2:]
    logs = model(tokens)[:, 1:-1].log_softmax(-1).gather(2, answers.unsqueeze(2)).squeeze(2)
    mask = kept(answers)
    losses = -logs * worth[:, None]
    {loss}


for lengths in ([6, 2, 4, 3, 5], [1, 6, 3, 3, 2], [4, 2, 6, 5, 1]):
    tokens = written(lengths)
    optimizer.zero_grad()
    loss(model, tokens, torch.randn(5)).backward()
    optimizer.step()
"""
SUMMED_UP = "    ends = (answers == END).int()\n    return (ends.cumsum(1) - ends == 0).float()"
COUNTED = """
    ends = answers == END
    lengths = torch.where(ends.any(1), ends.int().argmax(1) + 1, answers.shape[1])
    return (torch.arange(answers.shape[1])[None] < lengths[:, None]).float()"""
STEP_BY_STEP = """
    alive, masks = torch.ones(len(answers), dtype=torch.bool), []
    for at in range(answers.shape[1]):
        masks.append(alive)
        alive = alive & (answers[:, at] != END)
    return torch.stack(masks, 1).float()"""
MEANS = [
    ("return (losses * mask).mean()", ["    return (losses * mask).sum() / mask.sum()\n"]),
    (
        "return (losses * mask).mean(dim=1).mean()",
        ["    return ((losses * mask).sum(dim=1) / mask.sum(dim=1)).mean()\n"],
    ),
    ("return losses.masked_fill(mask == 0, 0.0).mean()", []),
    ("return torch.where(mask.bool(), losses, 0.0).mean()", []),
    ("return -(mask * worth[:, None] * logs).mean()", []),
    (
        "return (losses * mask + 0.1 * logs**2 * mask).mean()",
        ["    return (losses * mask + 0.1 * logs ** 2 * mask).sum() / mask.sum()\n"],
    ),
]
RIGHT = [
    "return (losses * mask).sum() / mask.sum()",
    "return (losses * mask).sum(1).mean()",
    "return (losses * mask).mean() / mask.mean()",
    "return losses[mask.bool()].mean()",
    "return (losses * mask).sum() / mask.sum() + 0.1 * (logs**2 * mask).sum() / mask.sum()",
    "return (losses * mask + 0.1).mean()",
    "return ((losses * mask).sum(1) / Settings.longest).mean()",
    "return (losses * mask).sum() / (len(losses) * Settings.longest)",
]


@pytest.mark.parametrize("kept", [SUMMED_UP, COUNTED, STEP_BY_STEP])
@pytest.mark.parametrize(("loss", "edits"), MEANS)
def test_a_mean_of_what_ended_at_a_token(kept, loss, edits):
    assert audited(WRITER.replace("{kept}", kept).replace("{loss}", loss), "") == [("padding_in_mean", edits)]


@pytest.mark.parametrize("kept", [SUMMED_UP, COUNTED, STEP_BY_STEP])
@pytest.mark.parametrize("loss", RIGHT)
def test_a_mean_of_what_was_written_before_it(kept, loss):
    assert audited(WRITER.replace("{kept}", kept).replace("{loss}", loss), "") == []


def test_a_mask_of_one_kind_of_tokens_may_be_counted():
    kept = "    return (answers != 5).float()"
    loss = "return (losses * mask).mean()"
    assert audited(WRITER.replace("{kept}", kept).replace("{loss}", loss), "") == []


def test_steps_of_a_known_number_are_a_mask_of_a_schedule():
    kept = "    return (torch.arange(6)[None] < torch.tensor([6, 2, 4, 3, 5])[:, None]).float()"
    loss = "return (losses * mask).mean()"
    assert audited(WRITER.replace("{kept}", kept).replace("{loss}", loss), "") == []


SCALED = """
model = nn.Sequential(nn.Embedding(20, 8), nn.Linear(8, 20))
optimizer = torch.optim.SGD(model.parameters(), 0.1)
for _ in range(3):
    tokens, targets = torch.randint(1, 20, (6, 9)), torch.randint(1, 20, (6, 9))
    lengths = torch.randint(2, 10, (6,))
    lengths[0] = 9
    mask = (torch.arange(9)[None, :] < lengths[:, None]).float()
    tokens, targets = tokens * mask.long(), targets * mask.long()
    losses = F.cross_entropy(model(tokens).transpose(1, 2), targets, reduction="none")
    loss = {loss}
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""


@pytest.mark.parametrize(
    ("loss", "told"),
    [
        ("(losses * mask).mean()", ["padding_in_mean"]),
        ("(losses * mask / mask.mean()).mean()", []),
        ("(losses * (mask * (9 / lengths)[:, None])).mean()", []),
        ("(losses * (mask * (mask.numel() / mask.sum()))).mean()", []),
        ("(losses * mask / lengths[:, None] * 9).mean()", []),
    ],
)
def test_what_was_scaled_by_what_the_mask_leaves(loss, told):
    assert slugs(SCALED.format(loss=loss), "") == told
