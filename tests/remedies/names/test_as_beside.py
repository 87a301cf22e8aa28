"""Two calls of the same thing, of which one gets its argument through a layer."""

import pytest
from mended import mended

TOKENS = """
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.embed = nn.Embedding(11, 6)
            self.rnn = nn.GRU(6, 5, batch_first=True)

        def forward(self, a, b):
            _, h = self.rnn(self.embed(a))
            out, _ = self.rnn(b, h)
            return out.sum()

    print(Net()(torch.randint(0, 11, (3, 4)), torch.randint(0, 11, (3, 5))).shape)
"""
NAMED = """
    class Block(nn.Module):
        def __init__(self, d):
            super().__init__()
            self.norm = nn.LayerNorm(d)

        def forward(self, x):
            return self.norm(x)


    class Net(nn.Module):
        def __init__(self, n, d):
            super().__init__()
            self.lift = nn.Linear(n, d)
            self.block = Block(d)

        def forward(self, left, right):
            left = self.lift(left)
            a = self.block(left)
            b = self.block(right)
            return (a * b).sum()

    print(Net(3, 8)(torch.randn(4, 3), torch.randn(4, 3)).shape)
"""
OF_ITS_OWN = """
    class Places(nn.Module):
        def __init__(self, d):
            super().__init__()
            self.table = nn.Parameter(torch.zeros(1, 20, d))

        def forward(self, x):
            return x + self.table[:, :x.size(1)]


    class Net(nn.Module):
        def __init__(self, n_src, n_tgt, d):
            super().__init__()
            self.src_proj = nn.Linear(n_src, d)
            self.tgt_proj = nn.Linear(n_tgt, d)
            self.places = Places(d)

        def forward(self, src, tgt):
            return self.places(self.src_proj(src)).sum() + self.places(tgt).sum()

    print(Net(3, 5, 8)(torch.randn(4, 6, 3), torch.randn(4, 7, 5)).shape)
"""
TABLES = """
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.source, self.target = nn.Embedding(11, 6), nn.Embedding(12, 6)
            self.rnn = nn.LSTM(6, 5, batch_first=True)

        def forward(self, a, b):
            _, state = self.rnn(self.source(a))
            return self.rnn(b, state)[0].sum()

    print(Net()(torch.randint(0, 11, (3, 4)), torch.randint(0, 12, (3, 5))).shape)
"""
FUNCTION = """
    def score(query, keys):
        return (keys @ query.unsqueeze(-1)).squeeze(-1).softmax(1)

    proj, keys = nn.Linear(7, 4), torch.randn(3, 5, 4)
    first, second = torch.randn(3, 7), torch.randn(3, 7)
    a = score(proj(first), keys)
    b = score(second, keys)
    print((a + b).sum().shape)
"""
TURNED = """
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv = nn.Conv1d(3, 4, 3, padding=1)

        def forward(self, a, b):
            return (self.conv(a.transpose(1, 2)) + self.conv(b)).sum()

    print(Net()(torch.randn(2, 8, 3), torch.randn(2, 8, 3)).shape)
"""


@pytest.mark.parametrize(
    ("program", "changed"),
    [
        (TOKENS, "out, _ = self.rnn(self.embed(b), h)"),
        (NAMED, "b = self.block(self.lift(right))"),
        (OF_ITS_OWN, "return self.places(self.src_proj(src)).sum() + self.places(self.tgt_proj(tgt)).sum()"),
        (TABLES, "return self.rnn(self.target(b), state)[0].sum()"),
        (FUNCTION, "b = score(proj(second), keys)"),
        (TURNED, "return (self.conv(a.transpose(1, 2)) + self.conv(b.transpose(1, 2))).sum()"),
    ],
)
def test_the_argument_goes_through_the_layer_that_the_other_call_shows(program, changed):
    found = mended(program)
    assert found.changed == [changed]
    assert found.output == "torch.Size([])\n"


ELSEWHERE = """
    class Match(nn.Module):
        def __init__(self):
            super().__init__()
            self.{made} = nn.Linear(7, 6)
            self.buyer = nn.Linear(7, 6)
            self.norm = nn.LayerNorm(6)

        def forward(self, buyers, goods):
            a = self.norm(self.buyer(buyers))
            b = self.norm(goods)
            return (a * b).sum()

        def shelve(self, {given}):
            return self.{made}({given})

    print(Match()(torch.randn(3, 7), torch.randn(3, 7)).shape)
"""


def test_a_layer_that_another_method_puts_the_argument_through_is_taken():
    found = mended(ELSEWHERE.format(made="good", given="goods"))
    assert found.changed == ["b = self.norm(self.good(goods))"]
    assert not found.doubts


def test_a_layer_that_another_method_reads_is_as_likely():
    fixes = mended(ELSEWHERE.format(made="shop", given="shops"), most=1).diagnoses[0].fixes
    through = [fix for fix in fixes if fix.title in ("self.shop(goods)", "self.buyer(goods)")]
    assert through
    assert all(fix.doubt for fix in through)


def test_a_table_that_another_method_reads_for_such_tokens_is_taken():
    program = """
    class Translator(nn.Module):
        def __init__(self):
            super().__init__()
            self.theirs, self.ours = nn.Embedding(40, 6), nn.Embedding(20, 6)
            self.mix = nn.Linear(6, 6)

        def forward(self, heard, said):
            return self.mix(self.theirs(heard)).mean(1) + self.mix(said).mean(1)

        def speak(self, heard):
            said = torch.zeros(len(heard), 1, dtype=torch.long)
            return self.ours(said) + self.theirs(heard).mean(1, keepdim=True)

    print(Translator()(torch.randint(0, 40, (3, 4)), torch.randint(0, 20, (3, 5))).sum().shape)
    """
    found = mended(program)
    assert found.changed == ["return self.mix(self.theirs(heard)).mean(1) + self.mix(self.ours(said)).mean(1)"]
    assert not found.doubts


def test_a_layer_for_another_width_is_not_taken():
    program = """
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.lift = nn.Linear(3, 8)
            self.norm = nn.LayerNorm(8)

        def forward(self, a, b):
            return self.norm(self.lift(a)) + self.norm(b)

    print(Net()(torch.randn(2, 3), torch.randn(2, 5)).shape)
    """
    fixes = mended(program, most=1).diagnoses[0].fixes
    assert not any("lift(b)" in fix.title for fix in fixes)


def test_the_layer_of_another_class_is_not_taken():
    program = """
    class Front(nn.Module):
        def __init__(self):
            super().__init__()
            self.embed, self.rnn = nn.Linear(3, 6), nn.GRU(6, 5)

        def forward(self, x):
            return self.rnn(self.embed(x))[0]


    class Back(nn.Module):
        def __init__(self):
            super().__init__()
            self.rnn = nn.GRU(6, 5)

        def forward(self, x):
            return self.rnn(x)[0]

    print(Front()(torch.randn(4, 2, 3)).shape)
    print(Back()(torch.randn(4, 2, 3)).shape)
    """
    fixes = mended(program, most=1).diagnoses[0].fixes
    assert not any("embed" in fix.title for fix in fixes)


def test_no_axis_is_added_to_what_has_as_many_as_it_is_multiplied_with():
    program = """
    def scores(x, others, y):
        one = torch.matmul(x.unsqueeze(1), y.unsqueeze(2))
        return one, torch.matmul(others, y.unsqueeze(2))

    print(scores(torch.randn(5, 4), torch.randn(7, 3, 4), torch.randn(5, 4))[1].shape)
    """
    fixes = mended(program, most=1).diagnoses[0].fixes
    assert not any("others.unsqueeze(1)" in fix.title and not fix.doubt for fix in fixes)


@pytest.mark.parametrize("cut", ["series", "series[-4:]", "series[:4]", "windows[0]", "windows[2][-3:]"])
def test_no_axis_is_added_to_batches_where_a_single_sample_gets_one(cut):
    program = f"""
    class Net(nn.Module):
        def __init__(self, n):
            super().__init__()
            self.rnn, self.out = nn.GRU(n, 6, batch_first=True), nn.Linear(6, 1)

        def forward(self, x):
            return self.out(self.rnn(x)[0][:, -1])

    series = torch.randn(9, 3)
    windows = torch.stack([series[at : at + 4] for at in range(5)])
    net = Net(2)
    print(net(windows).shape)
    print(net({cut}.unsqueeze(0)).shape)
    """
    found = mended(program)
    assert not any(".unsqueeze(0)" in fix.title for fix in found.diagnoses[0].fixes)
    assert found.output == "torch.Size([5, 1])\ntorch.Size([1, 1])\n"
