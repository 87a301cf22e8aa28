"""The first step is left out of the targets as of the prediction, along the same axis."""

import pytest
from mended import mended, printed

PROGRAM = """
    table, wanted = torch.randn({sizes}, 9), torch.randint(9, ({sizes}))
    loss = nn.functional.cross_entropy({given}, {target})
    print(round(loss.item(), 4))
"""


@pytest.mark.parametrize(
    ("sizes", "cut"),
    [("6, 3", "[1:]"), ("3, 6", "[:, 1:]")],
)
@pytest.mark.parametrize(
    ("given", "target"),
    [("table{0}.reshape(-1, 9)", "wanted{0}.reshape(-1)"), ("table{0}.flatten(0, 1)", "wanted{0}.flatten()")],
)
def test_the_targets_lose_the_step_too(sizes, cut, given, target):
    wrong = PROGRAM.format(sizes=sizes, given=given.format(cut), target=target.format(""))
    found = mended(wrong)
    assert found.output == printed(PROGRAM.format(sizes=sizes, given=given.format(cut), target=target.format(cut)))
    assert not found.doubts


@pytest.mark.parametrize("given", ["table[:-1].reshape(-1, 9)", "table[2:].reshape(-1, 9)"])
def test_another_cut_says_nothing_of_the_targets(given):
    program = PROGRAM.format(sizes="6, 3", given=given, target="wanted.reshape(-1)")
    (found,) = mended(program, most=1).diagnoses
    assert not any("wanted[1:]" in fix.title for fix in found.fixes)


MODEL = """
    class Model(nn.Module):
        def __init__(self):
            super().__init__()
            self.table, self.top = nn.Embedding(9, 4), nn.Linear(4, 9)

        def forward(self, words):
            {lines}

    words = torch.randint(9, (3, 6))
    said = Model()(words)
    print(F.cross_entropy(said[:, 1:].reshape(-1, 9), words.reshape(-1)).item())
"""
ALL = "return self.top(self.table(words))"
FROM_SECOND = """said = torch.zeros(3, 6, 9)
            for t in range(1, 6):
                said[:, t] = self.top(self.table(words[:, t - 1]))
            return said"""


@pytest.mark.parametrize(("lines", "is_known"), [(ALL, False), (FROM_SECOND, True)])
def test_what_is_foretold_of_the_target_itself_may_be_its_next_step(lines, is_known):
    found = mended(MODEL.format(lines=lines))
    assert "words[:, 1:].reshape(-1)" in found.text
    assert not found.doubts if is_known else found.doubts


OF_LAYOUT = """
    torch.manual_seed(1)
    words = torch.randint(9, (5, 6))
    rnn, top = nn.GRU(9, 9{first}), nn.Linear(9, 9)
    said = top(rnn(F.one_hot(words, 9).float())[0])
    print(F.cross_entropy(said{ours}.reshape(-1, 9), words{theirs}.reshape(-1)).item())
"""


@pytest.mark.parametrize(("first", "right"), [(", batch_first=True", "[:, 1:]"), ("", "[1:]")])
@pytest.mark.parametrize("is_ours", [True, False])
def test_both_lose_a_step_and_neither_a_sample(first, right, is_ours):
    wrong = "[1:]" if right == "[:, 1:]" else "[:, 1:]"
    cuts = {"ours": wrong, "theirs": right} if is_ours else {"ours": right, "theirs": wrong}
    found = mended(OF_LAYOUT.format(first=first, **cuts))
    assert found.output == printed(OF_LAYOUT.format(first=first, ours=right, theirs=right))
    assert found.doubts == []
