"""A change is held against the calls of the model that went well before, and the call that failed is begun anew."""

import pytest
from mended import mended, printed

POOLED = """
    class Reader(nn.Module):
        def __init__(self):
            super().__init__()
            self.key, self.out = nn.Linear(6, 6), nn.Linear(10, 4)

        def forward(self, x, topic{more}):
            weights = (self.key(x) @ topic.unsqueeze(2)).softmax({steps})
            {pooled}
            return self.out(torch.cat((pooled.squeeze({axis}), topic[:, :4]), 1))

    reader = Reader()
    for size in (5, 1):
        scores = reader(torch.randn(size, 7, 6), torch.randn(size, 6){given})
        print(scores.shape, round(scores.std().item(), 4))
"""


@pytest.mark.parametrize(
    ("pooled", "axis"),
    [
        ("pooled = weights.transpose(1, 2) @ x", "1"),
        ("pooled = (weights * x).sum(1, keepdim=True)", "1"),
        ("pooled = x.transpose(1, 2) @ weights", "-1"),
        ("pooled = (x.mT @ weights).squeeze(0).expand(len(x), 6, 1)", "-1"),
        ("pooled = torch.stack([(weights * x).sum(1)])", "0"),
        ("pooled, _ = (weights * x).max(dim=1, keepdim=True)", "1"),
    ],
)
@pytest.mark.parametrize("more", [("", ""), (", scale=2", ", 3"), (", mask=None", "")])
def test_the_axis_is_that_which_earlier_batches_had_for_one_too(pooled, axis, more):
    program = POOLED.replace("{pooled}", pooled).replace("{more}", more[0]).replace("{given}", more[1])
    found = mended(program.format(axis="", steps=1))
    assert found.output == printed(program.format(axis=axis, steps=1))
    assert not found.doubts


LOOP = """
    class Speaker(nn.Module):
        def __init__(self):
            super().__init__()
            self.words, self.rnn, self.out = nn.Embedding(13, 6), nn.GRU(6, 6, batch_first=True), nn.Linear(6, 13)

        def forward(self, hidden, steps{more}):
            word, found = torch.zeros(hidden.size(1), dtype=torch.long), []
            for _ in range(steps):
                out, hidden = self.rnn(self.words(word).unsqueeze(1), hidden)
                {last}
                found.append(word)
            return torch.stack(found, 1)

    speaker = Speaker()
    for size in (3, 1):
        print(speaker(torch.randn(1, size, 6), 5).tolist())
"""


@pytest.mark.parametrize(
    ("last", "right"),
    [
        ("word = self.out(out).max(2)[1].squeeze()", "word = self.out(out).max(2)[1].squeeze(1)"),
        ("word = self.out(out).topk(1)[1].squeeze()", "word = self.out(out).topk(1)[1].flatten()"),
        ("word = torch.squeeze(self.out(out).topk(1).indices)", "word = self.out(out).topk(1).indices.flatten()"),
    ],
)
def test_a_round_before_is_read_with_the_change(last, right):
    program = LOOP.replace("{more}", "")
    found = mended(program.format(last=last))
    assert found.output == printed(program.format(last=right))
    assert not found.doubts


def test_a_call_that_was_given_something_unknown_decides_nothing():
    # The keyword of the calls before is not known.
    program = LOOP.replace("{more}", ", *, first=0").replace("speaker(torch.randn(1, size, 6), 5)", "speaker({call})")
    call = "torch.randn(1, size, 6), 5, first=size"
    last = "word = self.out(out).topk(1)[1].squeeze()"
    found = mended(program.format(last=last, call=call), most=1)
    assert found.diagnoses[0].fixes


def test_what_only_this_batch_takes_is_not_named_first():
    program = """
        class Net(nn.Module):
            def __init__(self):
                super().__init__()
                self.out = nn.Linear(8, 3)

            def forward(self, x):
                rows = x.view({rows}, -1)
                return self.out(rows)

        net = Net()
        for part in torch.randn(10, 4, 2).split(4):
            print(net(part).shape)
    """
    found = mended(program.format(rows=4))
    assert found.output == printed(program.format(rows="x.size(0)"))


RANKED = """
    class Ranker(nn.Module):
        def __init__(self):
            super().__init__()
            self.items = nn.Embedding(20, 6)

        def forward(self, steps, ids):
            return torch.matmul(self.items(ids), steps.cumsum(1).unsqueeze(-1)){last}

    ranker, kept = Ranker(), []
    for steps, ids in zip(torch.randn(5, 7, 6).split({size}), torch.randint(0, 20, (5, 7, {more})).split({size})):
        scores = ranker(steps, ids)
        kept.append(scores[:, -1])
    print(round(torch.cat(kept).std().item(), 4), torch.cat(kept).shape)
"""


@pytest.mark.parametrize("size", [2, 4])
@pytest.mark.parametrize(
    ("last", "right", "more"), [(".squeeze()", ".flatten(1)", 1), (".squeeze()", ".squeeze(-1)", 3)]
)
def test_a_call_that_has_returned_still_returns_what_went_well(last, right, more, size):
    found = mended(RANKED.format(last=last, size=size, more=more))
    assert found.output == printed(RANKED.format(last=right, size=size, more=more))
    assert not found.doubts


def test_what_no_batch_went_well_with_is_told_by_nothing():
    # The only call has given what the crash was made of.
    found = mended(RANKED.format(last=".sum((0, 2, 3))", size=5, more=1), most=1)
    assert all(each.fixes for each in found.diagnoses)
