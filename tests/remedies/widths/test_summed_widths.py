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


OF_ANOTHER_TERM = """
    SIZES = dict(word=6, there=5, state=9, words=20)

    class Speaker(nn.Module):
        def __init__(self, sizes):
            super().__init__()
            self.words = nn.Embedding(sizes["words"], sizes["word"])
            self.both = nn.GRU(sizes["word"], sizes["there"], bidirectional=True, batch_first=True)
            self.ask = nn.Linear(sizes["state"], 2 * sizes["there"])
            self.rnn = nn.GRU(sizes["word"], sizes["state"], batch_first=True)
            self.out = nn.Linear(sizes["state"] + sizes["state"], sizes["words"])

        def forward(self, x, y):
            memory, _ = self.both(self.words(x))
            state, _ = self.rnn(self.words(y))
            found = torch.softmax(self.ask(state) @ memory.transpose(1, 2), -1) @ memory
            return self.out(torch.cat((state, found), -1))

    print(Speaker(SIZES)(torch.randint(0, 20, (3, 5)), torch.randint(0, 20, (3, 4))).shape)
"""
OF_A_CLASS_AROUND = """
    class Step(nn.Module):
        def __init__(self, inputs, state):
            super().__init__()
            self.cell = nn.LSTMCell(inputs, state)

        def forward(self, x, pair):
            return self.cell(x, pair)

    class Walk(nn.Module):
        def __init__(self, guests, rooms, hours, state):
            super().__init__()
            self.state = state
            self.guests, self.rooms = nn.Embedding(9, guests), nn.Embedding(8, rooms)
            self.hours = nn.Linear(1, hours)
            self.step = Step(guests + rooms + state, state)

        def forward(self, guest, room, hour):
            pair = (torch.zeros(len(guest), self.state),) * 2
            for at in range(guest.size(1)):
                x = [self.guests(guest[:, at]), self.rooms(room[:, at]), self.hours(hour[:, at : at + 1])]
                pair = self.step(torch.cat(x, dim=1), pair)
            return pair[0]

    guest, room = torch.randint(0, 9, (4, 5)), torch.randint(0, 8, (4, 5))
    print(Walk(6, 7, 3, 11)(guest, room, torch.randn(4, 5)).shape)
"""
OF_A_NAMED_SUM = """
    class Fuse(nn.Module):
        def __init__(self, sound, sight, text, out):
            super().__init__()
            self.sound, self.sight = nn.Linear(4, sound), nn.Linear(6, sight)
            self.text = nn.Linear(5, text)
            joined = sound + sight
            self.norm, self.out = nn.LayerNorm(joined), nn.Linear(joined, out)

        def forward(self, sound, text):
            return self.out(self.norm(torch.cat([self.sound(sound), self.text(text)], 1)))

    print(Fuse(7, 9, 3, 2)(torch.randn(3, 4), torch.randn(3, 5)).shape)
"""
OF_A_STATE = """
    class Settings:
        topic = 8
        mood = 3
        word = 5

    class Writer(nn.Module):
        def __init__(self, settings):
            super().__init__()
            self.settings = settings
            self.width = settings.topic
            self.words = nn.Embedding(10, settings.word)
            self.rnn = nn.GRU(settings.word, self.width)
            self.out = nn.Linear(self.width, 10)
            self.topic = nn.Linear(6, settings.topic)

        def forward(self, x, mood, words):
            mood = F.one_hot(mood, self.settings.mood).float()
            start = torch.cat([self.topic(x).unsqueeze(0), mood.unsqueeze(0)], dim=2)
            return self.out(self.rnn(self.words(words), start)[0])

    print(Writer(Settings())(torch.randn(4, 6), torch.randint(0, 3, (4,)), torch.randint(0, 10, (7, 4))).shape)
"""
OF_A_STATE_OF_A_CELL = """
    class Writer(nn.Module):
        def __init__(self, words, topic, mood):
            super().__init__()
            self.words, self.moods = nn.Embedding(10, words), nn.Embedding(4, mood)
            self.topic = nn.Linear(6, topic)
            hidden = topic
            self.cell = nn.GRUCell(words, hidden)
            self.out = nn.Linear(hidden, 10)

        def forward(self, x, mood, words):
            state = torch.cat([self.topic(x), self.moods(mood)], -1)
            for each in self.words(words).unbind(1):
                state = self.cell(each, state)
            return self.out(state)

    print(Writer(5, 8, 3)(torch.randn(4, 6), torch.randint(0, 4, (4,)), torch.randint(0, 10, (4, 7))).shape)
"""


@pytest.mark.parametrize(
    ("program", "changed"),
    [
        (OF_ANOTHER_TERM, 'self.out = nn.Linear(sizes["state"] + 2 * sizes["there"], sizes["words"])'),
        (OF_A_CLASS_AROUND, "self.step = Step(guests + rooms + hours, state)"),
        (OF_A_NAMED_SUM, "joined = sound + text"),
        (OF_A_STATE, "self.width = settings.topic + settings.mood"),
        (OF_A_STATE_OF_A_CELL, "hidden = topic + mood"),
    ],
)
def test_the_term_that_is_the_width_of_no_part_is_another_one(program, changed):
    found = mended(program)
    assert found.changed == [changed]
    assert found.output.startswith("torch.Size")
    assert not found.doubts


def test_terms_that_are_widths_of_parts_are_not_cut():
    program = """
    class Fuse(nn.Module):
        def __init__(self, words, extra, out):
            super().__init__()
            self.words, self.extra = nn.Embedding(20, words), nn.Linear(2, extra)
            self.out = nn.Linear(words + extra, out)

        def forward(self, words, x):
            return self.out(torch.cat([self.words(words), x], 1)) + self.extra(x[:, :2]).sum()

    print(Fuse(7, 9, 2)(torch.randint(0, 20, (3,)), torch.randn(3, 5)).shape)
    """
    fixes = mended(program, most=1).diagnoses[0].fixes
    assert all(fix.doubt for fix in fixes if fix.title != "in_features=12")


@pytest.mark.parametrize("first", ["nn.Linear(rain + wind, 4)", "nn.Sequential(nn.Linear(rain + wind, 4), nn.ReLU())"])
def test_a_named_width_less_one_is_in_doubt(first):
    program = f"""
    class Forecast(nn.Module):
        def __init__(self, rain, wind):
            super().__init__()
            self.rain, self.first = nn.Linear(2, rain), {first}

        def forward(self, rain, wind):
            return self.first(torch.cat([self.rain(rain), wind], dim=1))

    weather = torch.randn(3, 9)
    print(Forecast(7, 9)(torch.randn(3, 2), weather[:, 1:]).shape)
    """
    found = mended(program, most=1)
    assert all(fix.doubt for fix in found.diagnoses[0].fixes)


def test_a_part_that_is_made_beside_the_join_may_be_meant_in_it():
    program = """
    class Menu(nn.Module):
        def __init__(self, dish, price, place):
            super().__init__()
            self.dishes, self.places = nn.Embedding(12, dish), nn.Embedding(6, place)
            self.prices = nn.Linear(1, price)
            self.both, self.by_place = nn.Linear(dish + place, 3), nn.Linear(place, 3)

        def forward(self, dish, price, place):
            dishes, prices, places = self.dishes(dish), self.prices(price), self.places(place)
            return self.both(torch.cat([dishes, prices], -1)) + self.by_place(places)

    print(Menu(8, 5, 7)(torch.randint(0, 12, (4,)), torch.randn(4, 1), torch.randint(0, 6, (4,))).shape)
    """
    found = mended(program)
    assert found.changed == ["self.both, self.by_place = nn.Linear(dish + price, 3), nn.Linear(place, 3)"]
    assert found.doubts == [
        "what has the width of that term is made beside the join: it may have been meant to be joined"
    ]


BESIDE_A_NUMBER = """
    class Net(nn.Module):
        def __init__(self, n, wide={default}):
            super().__init__()
            self.rnn = nn.GRU(n, wide, batch_first=True)
            self.side = {side}
            self.out = nn.Linear({told}, 2)

        def forward(self, x, z):
            last = self.rnn(x)[0][:, -1]
            return self.out(torch.cat((last, self.side(z)), 1))

    print(Net(4)(torch.randn(2, 5, 4), torch.randn(2, 3)).shape)
"""


@pytest.mark.parametrize("side", ["nn.Sequential(nn.Linear(3, 9), nn.Tanh())", "nn.Linear(3, 9)"])
def test_a_part_that_was_made_with_a_number_is_added_as_the_number(side):
    found = mended(BESIDE_A_NUMBER.format(default=6, side=side, told="wide"))
    assert found.changed == ["self.out = nn.Linear(wide + 9, 2)"]
    assert not found.doubts


SHARED = """
    def block(came, gives):
        return nn.Sequential(nn.Conv1d(came, gives, 3, padding=1), nn.ReLU())

    one, other, last = block(2, 6), block(6, 3), block(6, 3)
    x = one(torch.randn(4, 2, 8))
    print(last(torch.cat([x, other(x)], 1)).shape)
"""


def test_what_makes_other_layers_as_well_is_not_told_the_sum_of_the_parts():
    found = mended(SHARED, most=1)
    assert found.changed == ["one, other, last = block(2, 6), block(6, 3), block(9, 3)"]
    assert not any("came + gives" in fix.title and not fix.doubt for fix in found.diagnoses[0].fixes)
