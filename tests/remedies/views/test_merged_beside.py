"""A tensor that keeps the two axes that what stands beside it has merged."""

import pytest
from mended import mended, printed

ACTOR = """
    class Actor(nn.Module):
        def __init__(self):
            super().__init__()
            self.body, self.memory, self.head = nn.Linear(6, 9), nn.LSTMCell(9, 9), nn.Linear(9, 3)

        def forward(self, obs, state):
            h, c = self.memory(self.body(obs).relu(), state)
            return self.head(h)


    actor = Actor()
    obs, hs, cs = torch.randn(8, 4, 6), torch.randn(8, {many}, 9), torch.randn(8, {many}, 9)
    print(actor(obs.{merged}, {state}).sum())
"""

SCORES = """
    score = nn.Bilinear(5, 7, 1)
    rows, keys = torch.randn(3, 4, 5), torch.randn(3, 4, 7)
    print(score(rows.reshape(-1, 5), {keys}).sum())
"""

JOINED = """
    rows, keys = torch.randn(3, 4, 5), torch.randn(3, 4, 7)
    print(torch.cat([rows.view(-1, 5), {keys}], dim=-1).sum())
"""


@pytest.mark.parametrize(
    ("program", "wrong", "right"),
    [
        (SCORES, "keys", "keys.flatten(0, 1)"),
        (JOINED, "keys", "keys.flatten(0, 1)"),
    ],
)
def test_it_is_merged_as_its_sibling_is(program, wrong, right):
    found = mended(program.format(keys=wrong), most=1)
    assert found.output == printed(program.format(keys=right))
    assert not found.doubts


@pytest.mark.parametrize(
    ("program", "wrong", "right"),
    [
        (ACTOR, "(hs[0], cs[0])", "(hs.flatten(0, 1), cs.flatten(0, 1))"),
        (SCORES, "keys[0]", "keys.flatten(0, 1)"),
    ],
)
def test_where_the_first_step_was_taken_the_others_may_be_meant_to_follow(program, wrong, right):
    given = {"merged": "flatten(0, 1)", "many": 4}
    found = mended(program.format(state=wrong, keys=wrong, **given), most=1)
    assert found.output == printed(program.format(state=right, keys=right, **given))
    assert found.doubts


@pytest.mark.parametrize(
    "given",
    [
        # Another number of samples: nothing that was merged.
        {"merged": "flatten(0, 1)", "many": 5, "state": "(hs[0], cs[0])"},
        # Nothing is merged beside it.
        {"merged": "mean(1)", "many": 4, "state": "(hs[0], cs[0])"},
    ],
)
def test_other_axes_are_left(given):
    found = mended(ACTOR.format(**given), most=1)
    assert not any(".flatten(0, 1)" in fix.title for each in found.diagnoses for fix in each.fixes)
