"""Two arguments that are called like each other's parameters are exchanged."""

import pytest
from mended import mended, printed

SETTINGS = """
    class Heads(nn.Module):
        def __init__(self, width, n_heads, num_layers):
            super().__init__()
            self.n_heads, self.size = n_heads, width // n_heads
            self.layers = nn.ModuleList([nn.Linear(width, width) for _ in range(num_layers)])

        def forward(self, x):
            for layer in self.layers:
                x = layer(x).view(4, 7, self.n_heads, self.size).flatten(2)
            return x

    {settings}
    print(round(Heads(12, {given}).sum().item(), 4))
"""
FORWARD = """
    class Attention(nn.Module):
        def __init__(self):
            super().__init__()
            self.query, self.key = nn.Linear(5, 6), nn.Linear(4, 6)

        def forward(self, hidden, memory):
            return (self.query(hidden).unsqueeze(1) * self.key(memory)).sum(2).softmax(1)


    class Decoder(nn.Module):
        def __init__(self):
            super().__init__()
            self.attention, self.cell = Attention(), nn.GRUCell(4, 5)

        def forward(self, memory, hidden):
            weights = self.attention({given})
            return self.cell((weights.unsqueeze(2) * memory).sum(1), hidden)

    print(round(Decoder()(torch.randn(3, 7, 4), torch.randn(3, 5)).sum().item(), 4))
"""


@pytest.mark.parametrize(
    ("settings", "left", "right"),
    [
        ("layers, heads = 5, 3", "heads", "layers"),
        ("config = {'heads': 3, 'layers': 5}", "config['heads']", "config['layers']"),
        ("import argparse; args = argparse.Namespace(n_heads=3, n_layers=5)", "args.n_heads", "args.n_layers"),
    ],
)
def test_settings_go_where_their_names_stand(settings, left, right):
    given = "{}, {})(torch.randn(4, 7, 12)"
    found = mended(SETTINGS.format(settings=settings, given=given.format(right, left)))
    assert found.output == printed(SETTINGS.format(settings=settings, given=given.format(left, right)))
    assert not found.doubts


def test_a_layer_of_the_script_is_called_as_its_forward_names_what_it_takes():
    found = mended(FORWARD.format(given="memory, hidden"))
    assert found.output == printed(FORWARD.format(given="hidden, memory"))
    assert not found.doubts


def test_names_that_say_only_that_they_are_numbers_tell_nothing():
    program = """
        class Rows(nn.Module):
            def __init__(self, n, hidden):
                super().__init__()
                self.top = nn.Linear(n, hidden)

            def forward(self, x):
                return self.top(x)

        hidden, {0} = 4, 6
        print(Rows(hidden, {0})(torch.randn(3, 6)).shape)
    """
    # What came tells of the sizes as well, at a higher cost than what they are called.
    by_size, by_name = (mended(program.format(name), most=1).diagnoses[0].fixes[0] for name in ("size", "n"))
    assert by_size.title == "hidden and size exchanged"
    assert by_name.title == "hidden and n exchanged"
    assert by_name.cost < by_size.cost


def test_a_model_that_goes_the_other_way_leaves_a_doubt():
    program = """
        class Pairs(nn.Module):
            def __init__(self, words, others):
                super().__init__()
                self.left, self.right = nn.Embedding(words, 4), nn.Embedding(others, 4)

            def forward(self, src, tgt):
                return self.left(src).mean(1) - self.right(tgt).mean(1)

        {models}
        src, tgt = torch.randint(9, (2, 5)), torch.randint(20, 30, (2, 6))
        print({before}back(tgt, src).shape)
    """
    models = "there, back = Pairs(9, 30), Pairs(9, 30)"
    found = mended(program.format(models=models, before="there(src, tgt).shape, "), most=1)
    assert "back(src, tgt)" in found.text
    assert found.doubts
    found = mended(program.format(models="back = Pairs(9, 30)", before=""), most=1)
    assert "back(src, tgt)" in found.text
    assert not found.doubts


def test_what_leads_back_is_made_the_other_way_round():
    program = """
        class Down(nn.Module):
            def __init__(self, n_in, n_out):
                super().__init__()
                self.top = nn.Linear(n_in, n_out)

            def forward(self, x):
                return self.top(x)

        class Up(Down):
            def __init__(self, n_in, n_out):
                super().__init__(n_in, n_out)

        n_in, n_out = 8, 3
        down, up = Down({}), Up(n_out, n_in)
        x = torch.randn(4, 8)
        z = down(x)
        print(up(x).shape)
    """
    assert mended(program.format("n_in, n_out"), most=1).doubts
    assert not mended(program.format("8, 3"), most=1).doubts


def test_names_that_stand_as_the_parameters_are_exchanged_in_doubt():
    program = """
        class Block(nn.Module):
            def __init__(self, dim, hidden):
                super().__init__()
                self.up, self.down = nn.Linear(dim, hidden), nn.Linear(hidden, dim)

            def forward(self, x):
                return x + self.down(torch.relu(self.up(x)))

        hidden, dim = 8, 3
        print(nn.Sequential(nn.Linear(4, hidden), Block(dim, hidden))(torch.randn(2, 4)).shape)
    """
    found = mended(program, most=1)
    assert "Block(hidden, dim)" in found.text
    assert found.doubts
