"""A function that makes several layers, of which one is to be wider; a width that is handed through a class."""

import pytest
from mended import mended, printed

COMPARED = """
    def mlp(i, o):
        return nn.Sequential(nn.Linear(i, o), nn.ReLU())

    class Net(nn.Module):
        def __init__(self, d, hid):
            super().__init__()
            self.attend, self.compare = mlp(d, hid), mlp({told}, hid)

        def forward(self, a, b):
            e = self.attend(a) @ self.attend(b).transpose(1, 2)
            beta = e.softmax(2) @ b
            return self.compare(torch.cat([a, beta], 2)).sum(1)

    print(round(Net(6, 8)(torch.randn(4, 7, 6), torch.randn(4, 5, 6)).sum().item(), 4))
"""
GATED = """
    class Gate(nn.Module):
        def __init__(self, d):
            super().__init__()
            self.layers = nn.ModuleList([nn.Linear(d, d) for _ in range(2)])

        def forward(self, x):
            for layer in self.layers:
                x = x + torch.tanh(layer(x))
            return x

    class Words(nn.Module):
        def __init__(self, count, word, char):
            super().__init__()
            self.table, self.gate = nn.Embedding(count, word), Gate({told})
            {more}

        def forward(self, ids, chars):
            return self.gate(torch.cat([self.table(ids), chars], 2))

    print(round(Words(20, 6, 5)(torch.randint(0, 20, (3, 7)), torch.randn(3, 7, 5)).sum().item(), 4))
"""


def test_one_of_several_is_told_at_its_own_call():
    found = mended(COMPARED.format(told="d"))
    assert found.output == printed(COMPARED.format(told="2 * d"))
    assert not found.doubts


def test_an_unread_parameter_is_added_where_the_class_is_told():
    found = mended(GATED.format(told="word", more=""))
    assert found.output == printed(GATED.format(told="word + char", more=""))
    assert not found.doubts


def test_a_parameter_that_is_read_is_not_unread():
    found = mended(GATED.format(told="word", more="self.char = char"), most=1)
    assert not any("word + char" in fix.title and "unread" in fix.doubt for fix in found.diagnoses[0].fixes)


SCORES = """
    class Ahead(nn.Module):
        def __init__(self, z, c, steps):
            super().__init__()
            self.begin = nn.Linear(2, z)
            self.heads = nn.ModuleList([nn.Linear(c, {width}) for _ in range(steps)])

        def forward(self, z, context):
            return sum((z[:, k] @ head(context).t()).diag().sum() for k, head in enumerate(self.heads, 1))

    print(round(Ahead(6, 9, 3)(torch.randn(5, 8, 6), torch.randn(5, {given})).item(), 4))
"""


def test_a_layer_behind_a_turn_gives_what_it_is_multiplied_with():
    found = mended(SCORES.format(width="c", given=9))
    assert found.output == printed(SCORES.format(width="z", given=9))
    assert not found.doubts


@pytest.mark.parametrize(("asked", "is_sure"), [("ask(x)", False), ("torch.rand(2, 5, 8)", True)])
def test_of_two_layers_that_were_told_other_numbers_either_may_be_right(asked, is_sure):
    program = f"""
    ask, known, x = nn.Linear(4, 8), nn.Linear(4, 6), torch.rand(2, 5, 4)
    scores = {asked} @ known(x).transpose(1, 2)
    print(scores.shape)
    """
    found = mended(program, most=1)
    assert found.output == printed(program.replace("(4, 6)", "(4, 8)"))
    assert bool(found.doubts) is not is_sure


JOINED = """
    class Scores(nn.Module):
        def __init__(self, d):
            super().__init__()
            self.mix, self.top = nn.Linear({mix}, d), nn.Linear(d, 1)

        def forward(self, a, b):
            return self.top(torch.tanh(self.mix(torch.cat([a, b], -1))))

    d = 4
    one, other = Scores({told}), Scores({more})
    a, b = torch.rand(3, d), torch.rand(3, d)
    print(one(a, b).shape, other(a, b).shape, sum(each.numel() for each in one.parameters()))
"""


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        # What all of them join is as wide in all of them.
        ({"mix": "d", "told": "d", "more": "4"}, {"mix": "2 * d", "told": "d", "more": "4"}),
        ({"mix": "d", "told": "d", "more": "2 * d"}, {"mix": "d", "told": "2 * d", "more": "2 * d"}),
    ],
)
def test_what_a_class_joins_itself_is_told_in_the_class(wrong, right):
    found = mended(JOINED.format(**wrong))
    assert found.output == printed(JOINED.format(**right))
    assert not found.doubts
