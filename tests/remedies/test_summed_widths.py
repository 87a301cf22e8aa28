"""Layers that were told the width of one part of what was joined."""

import pytest
from mended import mended

OF_EMBEDDINGS = """
    class Tagger(nn.Module):
        def __init__(self, n_words, n_tags, d_word, d_tag, hidden):
            super().__init__()
            self.words = nn.Embedding(n_words, d_word)
            self.tags = nn.Embedding(n_tags, d_tag)
            self.gru = nn.GRU(d_word, hidden, batch_first=True)

        def forward(self, words, tags):
            both = torch.cat((self.words(words), self.tags(tags)), -1)
            return self.gru(both)[0]

    net = Tagger(30, 5, 12, 7, 9)
    print(net(torch.randint(0, 30, (4, 6)), torch.randint(0, 5, (4, 6))).shape)
"""
OF_SETTINGS = """
    from types import SimpleNamespace

    cfg = SimpleNamespace(audio=11, video=8, text=6, hidden=10)

    class Head(nn.Module):
        def __init__(self, width, hidden):
            super().__init__()
            self.net = nn.Sequential(nn.Linear(width, hidden), nn.ReLU(), nn.Linear(hidden, 2))

        def forward(self, x):
            return self.net(x)

    head = Head(cfg.audio, cfg.hidden)
    for _ in range(2):
        audio, video, text = torch.randn(4, cfg.audio), torch.randn(4, cfg.video), torch.randn(4, cfg.text)
        print(head(torch.cat([audio, video, text], dim=1)).shape)
"""
OF_A_CELL = """
    SIZES = {"fixed": 4, "weather": 9, "state": 13}

    class Walk(nn.Module):
        def __init__(self, inputs, state):
            super().__init__()
            self.cell = nn.GRUCell(inputs, state)

        def forward(self, x, fixed, h):
            for step in range(x.size(1)):
                h = self.cell(torch.cat([x[:, step], fixed], dim=-1), h)
            return h

    walk = Walk(SIZES["weather"], SIZES["state"])
    x, fixed = torch.randn(5, 6, SIZES["weather"]), torch.randn(5, SIZES["fixed"])
    print(walk(x, fixed, torch.zeros(5, SIZES["state"])).shape)
"""
OF_A_FUNCTION = """
    def build(width, out):
        return nn.Linear(width, out)

    def train(n_users, n_items, user_dim, item_dim, out_dim):
        users, items = nn.Embedding(n_users, user_dim), nn.Embedding(n_items, item_dim)
        scorer = build(item_dim, out_dim)
        u, i = torch.randint(0, n_users, (6,)), torch.randint(0, n_items, (6,))
        print(scorer(torch.cat([users(u), items(i)], dim=1)).shape)

    train(20, 30, 5, 8, 1)
"""
OF_ONE_TWICE = """
    class Net(nn.Module):
        def __init__(self, hidden, around):
            super().__init__()
            self.out = nn.Conv1d(hidden, 3, 1)
            self.around = nn.Conv1d(2, around, 1)
            self.middle = nn.Conv1d(2, hidden, 1)

        def forward(self, x):
            before, middle, after = self.around(x), self.middle(x), self.around(x)
            return self.out(torch.cat([before, middle, after], dim=1))

    print(Net(5, 7)(torch.randn(4, 2, 6)).shape)
"""


@pytest.mark.parametrize(
    ("program", "changed"),
    [
        (OF_EMBEDDINGS, "self.gru = nn.GRU(d_word + d_tag, hidden, batch_first=True)"),
        (OF_SETTINGS, "head = Head(cfg.audio + cfg.video + cfg.text, cfg.hidden)"),
        (OF_A_CELL, 'walk = Walk(SIZES["weather"] + SIZES["fixed"], SIZES["state"])'),
        (OF_A_FUNCTION, "scorer = build(item_dim + user_dim, out_dim)"),
        (OF_ONE_TWICE, "self.out = nn.Conv1d(hidden + 2 * around, 3, 1)"),
    ],
)
def test_the_widths_of_all_parts_are_added_where_they_have_names(program, changed):
    found = mended(program)
    assert found.changed == [changed]
    assert found.output.startswith("torch.Size")
    assert not found.doubts


def test_a_join_along_the_samples_is_no_sum():
    program = """
    class Net(nn.Module):
        def __init__(self, left, right):
            super().__init__()
            self.fc = nn.Linear(left, 3)

        def forward(self, x, y):
            return self.fc(torch.cat([x, y], dim=0))

    left, right = 5, 7
    print(Net(left, right)(torch.randn(4, right), torch.randn(4, right)).shape)
    """
    fixes = mended(program, most=1).diagnoses[0].fixes
    assert not any("+" in fix.title for fix in fixes)


def test_what_parts_of_the_join_were_told_too_stays():
    program = """
    def block(cin, cout):
        return nn.Sequential(nn.Conv2d(cin, cout, 3, padding=1), nn.ReLU())

    class Skip(nn.Module):
        def __init__(self, low, high):
            super().__init__()
            self.up = nn.ConvTranspose2d(high, low, 2, stride=2)
            self.mix = block(low, low)

        def forward(self, skip, deep):
            return self.mix(torch.cat([self.up(deep), skip], dim=1))

    low, high, extra = 6, 10, 5
    print(Skip(low, high)(torch.randn(2, extra, 8, 8), torch.randn(2, high, 4, 4)).shape)
    """
    fixes = mended(program, most=1).diagnoses[0].fixes
    assert not any("low + extra" in fix.title for fix in fixes)


def test_a_name_of_the_missing_size_may_have_it_by_chance():
    program = """
    class Reader(nn.Module):
        def __init__(self, letters, memory):
            super().__init__()
            self.letters, self.accents = nn.Embedding(26, letters), nn.Embedding(4, 5)
            self.rnn = nn.RNN(letters, memory)

        def forward(self, x, marks):
            return self.rnn(torch.cat([self.letters(x), self.accents(marks)], dim=-1))[0]

    print(Reader(8, 5)(torch.randint(0, 26, (6, 3)), torch.randint(0, 4, (6, 3))).shape)
    """
    fixes = mended(program, most=1).diagnoses[0].fixes
    assert all(fix.doubt for fix in fixes if "letters + memory" in fix.title)
