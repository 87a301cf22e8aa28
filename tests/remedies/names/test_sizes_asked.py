"""A size asked of the wrong axis: the line that asks is mended, not the tensor turned that has the right layout."""

import pytest
from mended import mended, printed

PROGRAM = """
    class Shared(nn.Module):
        def __init__(self, batch_first=False):
            super().__init__()
            self.batch_first = batch_first

        def forward(self, x):
            {lines}
            return {used}


    out, _ = nn.LSTM(5, 4)(Shared()(torch.randn(7, 3, 5)))
    print(out.sum().item())
"""
BY_FLAG = """n = {}
            if self.batch_first:
                m = x.new_empty(n, 1, x.size(2))
            else:
                m = x.new_empty(1, n, x.size(2))
            m = m.bernoulli_(0.5)"""


@pytest.mark.parametrize(
    ("lines", "wrong", "right"),
    [
        (BY_FLAG, "x.size(0)", "x.size(0 if self.batch_first else 1)"),
        (
            BY_FLAG.replace("self.batch_first", "not self.training"),
            "x.size(0)",
            "x.size(0 if not self.training else 1)",
        ),
        ("n = {}\n            m = torch.ones(1, n, x.size(2)).bernoulli_(0.5)", "x.shape[0]", "x.shape[1]"),
        ("m = torch.zeros(1, {}, 5).bernoulli_(0.5)", "x.size(0)", "x.size(1)"),
        ("m = torch.full((x.size(0), {}, 5), 0.5)\n            m = torch.bernoulli(m)", "x.size(0)", "x.size(1)"),
    ],
)
@pytest.mark.parametrize("used", ["x.masked_fill(m == 0, 0)", "x * m", "m * x / 0.5"])
def test_the_size_is_asked_of_its_own_axis(lines, wrong, right, used):
    found = mended(PROGRAM.format(lines=lines.format(wrong), used=used))
    assert len(found.diagnoses[0].fixes[0].edits) == 1
    assert right in found.changed[0]
    assert found.output == printed(PROGRAM.format(lines=lines.format(right), used=used))


def test_a_name_that_is_read_for_another_axis_too_stays_what_it_is():
    lines = """n = x.size(0)
            m = torch.rand(1, n, 5)
            x = x + torch.arange(n).view(n, 1, 1)"""
    right = lines.replace("rand(1, n, 5)", "rand(1, x.size(1), 5)")
    found = mended(PROGRAM.format(lines=lines, used="x * m"))
    assert found.output == printed(PROGRAM.format(lines=right, used="x * m"))


@pytest.mark.parametrize(
    "lines",
    [
        # Of another tensor.
        "m = torch.rand(1, len(self.__dict__), 5)",
        # A number, which asks for nothing.
        "m = torch.rand(1, 4, 5)",
        # The axis that is asked is the one that it is for.
        "y = x[:, :2]\n            m = torch.rand(1, y.size(1), 5)",
    ],
)
def test_what_asks_no_wrong_axis_is_left(lines):
    found = mended(PROGRAM.format(lines=lines, used="x * m"))
    fixes = found.diagnoses[0].fixes
    assert all(fix.cost > 0.1 for fix in fixes)


TOKENS = """
    class Tagger(nn.Module):
        def __init__(self):
            super().__init__()
            self.words, self.score = nn.Embedding(30, 6), nn.Linear(6, 4)

        def forward(self, ids, labels):
            scores = self.score(self.words(ids))
            return F.cross_entropy(scores.view(-1, 4), labels.view(-1)), scores


    def tags(model, ids):
        labels = {labels}
        _, scores = model(ids, labels)
        return scores.argmax(2)


    print(tags(Tagger(), torch.randint(0, 30, ({count}, 9))).tolist())
"""


@pytest.mark.parametrize(
    ("labels", "wrong", "right", "count"),
    [
        ("torch.tensor([1] * {}).unsqueeze(0)", "ids.size(0)", "ids.size(1)", 1),
        ("torch.ones(len(ids), {}).long()", "ids.shape[0]", "ids.shape[1]", 2),
    ],
)
def test_labels_are_counted_along_the_axis_of_the_tokens(labels, wrong, right, count):
    program = TOKENS.format(labels=labels, count=count)
    found = mended(program.format(wrong), most=1)
    assert found.changed == [f"labels = {labels.format(right)}"]
    assert found.output == printed(program.format(right))


@pytest.mark.parametrize(
    "labels", ["torch.ones(ids.size(0), 2).long()", "torch.tensor([[1] * ids.size(0)] * ids.size(0))"]
)
def test_labels_for_which_no_one_axis_was_meant_are_left(labels):
    found = mended(TOKENS.format(labels=labels, count=5), most=1)
    assert found.diagnoses
    assert all("size of axis" not in fix.title for fix in found.diagnoses[0].fixes)


def test_the_samples_of_one_input_are_no_tokens_of_scores_that_lost_their_samples():
    program = """
    def code(x):
        return F.normalize(x.mean(0), dim=-1)


    sound, film = torch.randn(5, 9, 6), torch.randn(5, 9, 6)
    scores = code(sound) @ code(film).t()
    print(F.cross_entropy(scores, torch.arange(sound.size(0))).item())
    """
    fixes = [fix for found in mended(program, most=1).diagnoses for fix in found.fixes]
    assert all("size of axis" not in fix.title for fix in fixes)


KEPT = """
    torch.manual_seed(1)
    cell, x = nn.GRUCell(3, 6), torch.randn(4, 9, 3)
    h = x.new_zeros(4, 6)
    for t in range(x.size(1)):
        new = cell(x[:, t], h)
        keep = (torch.rand(x.size(0), {size}) > 0.2).float()
        h = keep * new + (1 - keep) * h
    print(h.sum().item())
"""


def test_a_size_that_the_tensor_asked_has_nowhere_is_asked_of_the_other_operand():
    found = mended(KEPT.format(size="x.size(1)"))
    assert found.changed == ["keep = (torch.rand(x.size(0), new.size(1)) > 0.2).float()"]
    assert found.output == printed(KEPT.format(size="6"))
    assert found.doubts == []
