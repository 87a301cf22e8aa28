"""Models that are handed the next steps to score them, beside the steps: they may not see these before."""

from __future__ import annotations

import pytest
from programs import slugs

PROGRAM = """
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.items = nn.Embedding(41, 8, padding_idx=0)
        self.places = nn.Embedding(12, 8)
        self.gru = nn.GRU(8, 8, batch_first=True)
        self.both = nn.GRU(8, 4, batch_first=True, bidirectional=True)
        self.attention = nn.MultiheadAttention(8, 2, batch_first=True)
        self.norm, self.out = nn.LayerNorm(8), nn.Linear(8, 41)

    def attended(self, items, mask=None, normed=False):
        h = self.items(items) + self.places(torch.arange(items.size(1)))
        query = self.norm(h) if normed else h
        out, _ = self.attention(query, h, h, attn_mask=mask, key_padding_mask=items == 0)
        return h + out

    def known(self, items):
        return {known}

    def forward(self, items, following, others):
        h = self.known(items)
        {forward}


model = Model()
optimizer = torch.optim.SGD(model.parameters(), 0.01)
hidden = torch.ones(10, 10, dtype=torch.bool).triu(1)
for _ in range(2):
    rows = torch.randint(1, 41, (5, 11)) * (torch.arange(11) < torch.tensor([11, 4, 8, 6, 9]).unsqueeze(1))
    items, following = rows[:, :-1]{cut}, rows[:, 1:]
    others, labels = torch.randint(1, 41, (5, 10)), torch.randint(0, 2, (5, 10)).float()
    kept = following > 0
    {loss}
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
"""
ATTENDED = "self.attended(items)"
NORMED = "self.attended(items, normed=True)"
BOTH = "self.both(self.items(items))[0]"
SEES = [
    (ATTENDED, "future_seen_by_attention"),
    (NORMED, "future_seen_by_attention"),
    (BOTH, "future_seen_by_reverse_direction"),
]
CAUSAL = ["self.attended(items, hidden)", "self.attended(items, hidden, True)", "self.gru(self.items(items))[0]"]
PAIR = "return (h * self.items(following)).sum(-1), (h * self.items(others)).sum(-1)"
FLAT = "h = h.reshape(-1, 8); return tuple((h * self.items(one.reshape(-1))).sum(-1) for one in (following, others))"
OF_ALL = "return torch.einsum('btd,btkd->btk', h, self.items(torch.stack([following, others], -1)))"
BESIDE = (
    "one = torch.cat([following.unsqueeze(-1), others.unsqueeze(-1)], -1); "
    "return (h.unsqueeze(2) * self.items(one)).sum(-1)"
)
RANKED = (
    "one, other = model(items, following, others); "
    "loss = -(F.logsigmoid(one - other).reshape(-1) * kept.reshape(-1)).sum() / kept.sum()"
)
TOLD_APART = (
    "one, other = model(items, following, others); "
    "loss = F.softplus(-one.reshape(5, 10)[kept]).mean() + F.softplus(other.reshape(5, 10)[kept]).mean()"
)
FIRST_OF_ALL = (
    "scores = model(items, following, others)[kept]; "
    "loss = F.cross_entropy(scores, torch.zeros(len(scores), dtype=torch.long))"
)
SCORED = [(PAIR, RANKED), (PAIR, TOLD_APART), (FLAT, RANKED), (OF_ALL, FIRST_OF_ALL), (BESIDE, FIRST_OF_ALL)]
CUTS = ["", " * (rows[:, 1:] > 0)"]


def found(known, forward, loss, cut=""):
    seen = slugs(PROGRAM.format(known=known, forward=forward, loss=loss, cut=cut), "")
    # That a direction begins in the padding is noted as well where there are two, and is another question.
    return [slug for slug in seen if slug != "padding_read_backwards"]


@pytest.mark.parametrize(("forward", "loss"), SCORED)
@pytest.mark.parametrize(("known", "kind"), SEES)
def test_what_is_scored_is_seen_before(known, kind, forward, loss):
    assert found(known, forward, loss) == [kind]


@pytest.mark.parametrize("cut", CUTS)
def test_rows_that_end_where_the_next_steps_do(cut):
    assert found(ATTENDED, PAIR, RANKED, cut) == ["future_seen_by_attention"]


@pytest.mark.parametrize(("forward", "loss"), SCORED)
@pytest.mark.parametrize("known", CAUSAL)
def test_what_is_scored_is_not_seen_before(known, forward, loss):
    assert found(known, forward, loss) == []


@pytest.mark.parametrize("known", [ATTENDED, BOTH])
@pytest.mark.parametrize(
    "loss",
    [
        "scores, _ = model(items, following, others); "
        "loss = F.binary_cross_entropy_with_logits(scores[kept], labels[kept])",
        "scores, _ = model(items, following, others); loss = F.mse_loss(scores[kept], labels[kept] + 1)",
    ],
)
def test_a_label_of_each_next_step_is_no_step_of_the_input(known, loss):
    assert found(known, PAIR, loss) == []


@pytest.mark.parametrize("known", [ATTENDED, BOTH])
def test_what_is_told_of_the_next_step_may_be_told_before(known):
    loss = "loss = F.cross_entropy(model(items, following, others).transpose(1, 2), others)"
    assert found(known, "return self.out(h * self.items(following))", loss) == []


@pytest.mark.parametrize(("known", "kind"), SEES)
def test_a_mask_of_the_padding_is_no_second_way_of_the_steps(known, kind):
    loss = "loss = F.cross_entropy(model(items, following, others).transpose(1, 2), following, ignore_index=0)"
    assert found(known, "return self.out(h)", loss) == [kind]
    assert found(CAUSAL[1], "return self.out(h)", loss) == []
