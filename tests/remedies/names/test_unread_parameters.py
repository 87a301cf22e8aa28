"""A parameter that nobody reads, where another was handed on in its place."""

import pytest
from mended import mended, printed

ATTENTION = """
    class Attend(nn.Module):
        def forward(self, q, k, v, mask):
            scores = q @ k.transpose(1, 2)
            return F.softmax(scores.masked_fill({test}, -1e9), -1) @ v


    class Reader(nn.Module):
        def __init__(self):
            super().__init__()
            self.attend = Attend()

        def forward(self, asked, known, own_mask, other_mask):
            return self.attend(asked, known, known, {given})


    asked, known = torch.randn(3, 5, 8), torch.randn(3, 7, 8)
    own_mask, other_mask = torch.ones(3, 5, 5) > 0, torch.ones(3, 1, 7) > 0
    print(round(Reader()(asked, known, own_mask, other_mask).sum().item(), 4))
"""


def test_the_mask_that_was_not_read_is_handed_on():
    for test in ("~mask", "mask == 0"):
        found = mended(ATTENTION.format(test=test, given="own_mask"))
        assert found.changed == ["return self.attend(asked, known, known, other_mask)"]
        assert found.output == printed(ATTENTION.format(test=test, given="other_mask"))
        assert not found.doubts


LOSS = """
    def score(model, x, prices, moods):
        price, mood = model(x)
        first = F.mse_loss(price, prices.view_as(price))
        return first + F.cross_entropy(mood, {given}.long())


    class Two(nn.Module):
        def __init__(self):
            super().__init__()
            self.price, self.mood = nn.Linear(4, 3), nn.Linear(4, 6)

        def forward(self, x):
            return self.price(x), self.mood(x)


    prices, moods = torch.rand(5, 3), torch.arange(5).float()
    print(round(score(Two(), torch.randn(5, 4), prices, moods).item(), 4))
"""


def test_of_a_name_with_nothing_in_common_it_is_not_known_whether_it_was_meant():
    fixes = {fix.title: fix for found in mended(LOSS.format(given="prices"), most=1).diagnoses for fix in found.fixes}
    assert fixes["prices -> moods"].doubt


def test_a_tensor_of_another_dtype_is_not_taken_for_the_one_that_was_meant():
    program = LOSS.format(given="prices").replace("torch.arange(5).float()", "torch.arange(5)")
    texts = [fix.title for found in mended(program).diagnoses for fix in found.fixes]
    assert "prices -> moods" not in texts


def test_where_all_parameters_are_read_nothing_is_handed_on_in_place_of_another():
    program = ATTENTION.replace("asked, known, known, {given}", "asked, known, known, own_mask & other_mask[:, :, :5]")
    program = program.replace("@ v", "@ v[:, :6]").format(test="~mask")
    texts = [fix.title for found in mended(program).diagnoses for fix in found.fixes]
    assert not any("->" in text and "other_mask" in text for text in texts), texts


def test_what_the_function_has_made_itself_is_not_replaced():
    program = """
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.rnn, self.out = nn.GRU(3, 6, batch_first=True), nn.Linear(6, 1)

        def forward(self, x, state):
            seen = self.out(self.rnn(x)[0])
            return seen.view(5, 7)


    print(Net()(torch.randn(4, 7, 3), torch.zeros(5, 7, 1)).sum().item())
    """
    texts = [fix.title for found in mended(program).diagnoses for fix in found.fixes]
    assert texts
    assert "seen -> state" not in texts


TARGETS = """
    def targets(reward, {name}, q):
        return reward + 0.9 * {name}


    print(targets(torch.rand(8), torch.rand(8, 3), torch.rand(8)).sum().item())
"""


@pytest.mark.parametrize("name", ["next_q", "target_q", "old_q", "prev_q"])
def test_what_belongs_to_another_step_may_not_be_meant(name):
    found = mended(TARGETS.format(name=name), most=1)
    told = [fix for fix in found.diagnoses[0].fixes if fix.title == f"{name} -> q"]
    assert told
    assert all(fix.doubt for fix in told)
