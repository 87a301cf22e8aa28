"""Tensors joined along an axis that none of them has yet."""

import pytest
from mended import mended, printed

PROGRAM = """
    def sample(layer, table, ids, steps):
        picked = []
        for _ in range(steps):
            ids = layer(table(ids)).argmax(1)
            picked.append({each})
        return torch.{join}(picked, {along})


    found = sample(nn.Linear(5, 9), nn.Embedding(9, 5), torch.tensor([1, 4, 7]), 6)
    print(found.shape, found[0].tolist())
"""


@pytest.mark.parametrize("join", ["cat", "concat"])
@pytest.mark.parametrize(("each", "along"), [("ids", "1"), ("ids", "dim=1")])
def test_the_steps_of_a_loop_are_stacked(join, each, along):
    found = mended(PROGRAM.format(join=join, each=each, along=along), most=1)
    assert found.output == printed(PROGRAM.format(join="stack", each=each, along=along))
    assert not found.doubts


def test_columns_beside_each_other_are_stacked():
    program = "x, y = torch.rand(6), torch.rand(6)\nprint(nn.Linear(2, 3)(torch.{}([x, y], dim=1)).std(0).sum().item())"
    assert mended(program.format("cat"), most=1).output == printed(program.format("stack"))


@pytest.mark.parametrize(("other", "along"), [("6", "dim=3"), ("6", "dim=-3"), ("5", "dim=1")])
def test_an_axis_farther_away_or_several_lengths_are_another_mistake(other, along):
    found = mended(f"print(torch.cat([torch.rand(6), torch.rand({other})], {along}).shape)", most=1)
    assert not any("stack" in edit.replacement for fix in found.diagnoses[0].fixes for edit in fix.edits)


BATCHES = """
    data = torch.utils.data.DataLoader(torch.randn(12, 5), batch_size=4)
    model, found = nn.Linear(5, 3), []
    {filled}
    print(torch.cat({found}, 1).shape)
"""


@pytest.mark.parametrize(
    ("filled", "found"),
    [
        ("for x in data:\n        found.append(model(x).argmax(1))", "found"),
        ("found = [model(x).argmax(1) for x in data]", "found"),
        ("", "[model(x).argmax(1) for x in data]"),
    ],
)
def test_what_was_kept_of_batches_may_be_meant_as_more_samples(filled, found):
    assert mended(BATCHES.format(filled=filled, found=found), most=1).doubts


@pytest.mark.parametrize("along", ["2", "dim=2"])
def test_rows_may_be_meant_to_be_joined_along_their_features(along):
    assert mended(f"x, y = torch.rand(4, 6), torch.rand(4, 6)\nprint(torch.cat([x, y], {along}).shape)", most=1).doubts


FILLED = """
    class Steps(nn.Module):
        def __init__(self):
            super().__init__()
            self.cell, self.out = nn.GRUCell(2, 5), nn.Linear(5, 2)

        def forward(self, x):
            state, found = torch.zeros(x.size(0), 5), []
            for step in x.unbind(1):
                state = self.cell(step, state)
                found.append(self.out(state))
            return torch.{join}(found, dim=1)


    x = torch.randn(4, 7, 2)
    print(round(F.mse_loss({given}, x{target}).item(), 4))
"""


@pytest.mark.parametrize("given", ["Steps()(x)", "Steps()(x).relu()"])
def test_what_the_rounds_of_a_loop_left_is_stacked_for_targets_of_as_many_steps(given):
    found = mended(FILLED.format(join="cat", given=given, target=""), most=1)
    assert found.output == printed(FILLED.format(join="stack", given=given, target=""))
    assert not found.doubts


def test_targets_that_are_flat_already_are_met_flat():
    program = FILLED.format(join="cat", given="Steps()(x)", target=".flatten(1)")
    assert printed(program)


SEQUENCES = """
class Baskets(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed, self.rnn = nn.Embedding(20, 6), nn.GRU(6, 6, batch_first={first})

    def embedded(self, users):
        rows = [torch.cat([self.embed(basket).amax(0, keepdim=True) for basket in baskets]) for baskets in users]
        return torch.{join}(rows, 0)

    def forward(self, users, state):
        return self.rnn(self.embedded(users), state)[0]


users = [[torch.randint(0, 20, (size,)) for size in (2, 4, 3, 5, 2)] for _ in range(3)]
print(Baskets()(users, torch.zeros(1, 3, 6)).sum().item())
"""


def test_sequences_with_a_state_each_are_not_joined_end_to_end():
    found = mended(SEQUENCES.format(first=True, join="cat"))
    assert found.diagnoses[0].slug == "cat_for_stack"
    assert found.output == printed(SEQUENCES.format(first=True, join="stack"))
    assert not found.doubts


def test_rows_that_are_no_multiple_of_the_states_are_not_stacked():
    program = SEQUENCES.format(first=True, join="cat").replace("torch.zeros(1, 3, 6)", "torch.zeros(1, 4, 6)")
    titles = [fix.title for found in mended(program, most=1).diagnoses for fix in found.fixes]
    assert "torch.stack" not in titles
