"""States that speak for another layer than the one that was made: its directions, its depth, its kind."""

import textwrap

import pytest
from mended import mended, printed

DIRECTIONS = """
    class Net(nn.Module):
        def __init__(self, size, depth, ways):
            super().__init__()
            self.size, self.depth, self.ways = size, depth, ways
            self.core = nn.{kind}(3, size, depth, batch_first=True{flag})
            {reader}

        def zeros(self, count):
            return torch.zeros({rows}, count, self.size)

        def forward(self, x):
            first = self.zeros(len(x))
            seen = self.core(x, {state})[0]
            return {result}


    print(round(Net(6, 2, 2)(torch.randn(5, 7, 3)).sum().item(), 4))
"""
BOTH = "self.top = nn.Linear(ways * size, 4)"
ONE = "self.top = nn.Linear(size, 4)"


def directions(flag: str, reader: str, rows: str, kind: str = "GRU") -> str:
    result = "self.top(seen[:, -1])" if reader else "seen.mean(1)"
    state = "(first, first.clone())" if kind == "LSTM" else "first"
    return DIRECTIONS.format(kind=kind, flag=flag, reader=reader, rows=rows, state=state, result=result)


def test_a_layer_whose_states_and_readers_count_two_directions_goes_both_ways():
    for kind in ("GRU", "LSTM"):
        for rows in ("self.depth * self.ways", "2 * self.depth"):
            found = mended(directions("", BOTH, rows, kind))
            assert found.output == printed(directions(", bidirectional=True", BOTH, rows, kind))
            assert not found.doubts


def test_states_of_one_direction_are_enough_where_one_is_read():
    found = mended(directions("", ONE, "2 * self.depth"))
    assert found.output == printed(directions("", ONE, "self.depth"))
    assert not found.doubts


def test_how_many_directions_were_meant_is_in_doubt_where_nothing_reads_them():
    found = mended(directions("", "", "2 * self.depth"))
    assert found.output != "crashed"
    assert found.doubts


def test_a_layer_that_goes_both_ways_may_be_the_one_that_is_wrong():
    bad = directions(", bidirectional=True", ONE, "self.depth")
    fixes = mended(bad, most=1).diagnoses[0].fixes
    # What reads its output behind was made for one direction.
    assert [fix.title for fix in fixes][:2] == ["without bidirectional=True", "(2 * self.depth, count, self.size)"]
    other = directions(", bidirectional=True", BOTH, "self.depth")
    assert mended(other).output == printed(directions(", bidirectional=True", BOTH, "2 * self.depth"))


DEPTH = """
    class Net(nn.Module):
        def __init__(self, size, depth=3):
            super().__init__()
            self.size, self.depth = size, depth
            self.core = nn.GRU(4, size, {given}batch_first=True)

        def forward(self, x):
            first = torch.zeros({rows}, len(x), self.size)
            return self.core(x, first)[0][:, -1]


    print(round(Net(6)(torch.randn(5, 7, 4)).sum().item(), 4))
"""


def test_a_depth_that_only_the_states_know_is_told_to_the_layer():
    found = mended(DEPTH.format(given="", rows="self.depth"))
    assert found.output == printed(DEPTH.format(given="depth, ", rows="self.depth"))
    assert not found.doubts


def test_a_number_of_rows_that_has_no_name_speaks_for_no_depth():
    found = mended(DEPTH.format(given="", rows="2"))
    assert found.output == printed(DEPTH.format(given="", rows="1"))


def test_rows_that_count_the_steps_speak_for_no_depth():
    found = mended(DEPTH.format(given="", rows="x.size(1)"))
    assert found.output == printed(DEPTH.format(given="", rows="1"))


PAIR = """
    class {name}(nn.Module):
        def __init__(self, size):
            super().__init__()
            self.size = size
            self.core = nn.{kind}(3, size, batch_first=True)

        def blank(self, count):
            return {made}

        def forward(self, x, state):
            seen, state = self.core(x, state)
            return seen[:, -1], state


    net = {name}(6)
    state = net.blank(5)
    for _ in range(2):
        seen, state = net(torch.randn(5, 7, 3), state)
    print(round(seen.sum().item(), 4))
"""
ZEROS = "torch.zeros(1, count, self.size)"


def test_the_second_state_is_made_beside_the_first_where_the_script_speaks_of_an_lstm():
    found = mended(PAIR.format(name="SmallLSTM", kind="LSTM", made=ZEROS))
    assert found.changed == [f"return {ZEROS}, {ZEROS}"]
    assert found.output == printed(PAIR.format(name="SmallLSTM", kind="LSTM", made=f"{ZEROS}, {ZEROS}"))
    assert not found.doubts


def test_a_layer_of_one_state_is_put_in_where_the_script_speaks_of_one():
    found = mended(PAIR.format(name="GRUReader", kind="LSTM", made=ZEROS))
    assert found.output == printed(PAIR.format(name="GRUReader", kind="GRU", made=ZEROS))
    assert not found.doubts


def test_where_no_word_tells_the_layer_that_was_made_does():
    for name in ("Reader", "Congruent"):
        found = mended(PAIR.format(name=name, kind="LSTM", made=ZEROS))
        assert found.output == printed(PAIR.format(name=name, kind="LSTM", made=f"{ZEROS}, {ZEROS}"))
        assert not found.doubts


def test_which_layer_was_meant_is_in_doubt_where_the_state_holds_something():
    found = mended(PAIR.format(name="Reader", kind="LSTM", made="torch.randn(1, count, self.size)"), most=1)
    assert found.diagnoses[0].fixes
    assert all(fix.doubt for fix in found.diagnoses[0].fixes)


def test_a_table_of_all_kinds_says_nothing_of_the_one_that_is_taken():
    table = 'KINDS = {{"gru": nn.GRU, "lstm": nn.LSTM}}\n'
    program = (table + textwrap.dedent(PAIR)).replace("nn.{kind}(", 'KINDS["{kind}"](')
    found = mended(program.replace("{made}", ZEROS).format(name="Reader", kind="lstm"))
    assert found.output == printed(program.format(name="Reader", kind="lstm", made=f"{ZEROS}, {ZEROS}"))
    assert not found.doubts


def test_a_state_that_is_drawn_is_not_drawn_twice():
    found = mended(PAIR.format(name="SmallLSTM", kind="LSTM", made="torch.rand(1, count, self.size)"))
    assert all("torch.rand" not in line for line in found.changed)


def test_a_cell_state_that_each_round_would_forget_is_in_doubt():
    program = """
    lstm = nn.LSTM(3, 6, batch_first=True)
    h = torch.zeros(1, 5, 6)
    for x in torch.randn(4, 5, 1, 3):
        out, (h, c) = lstm(x, h)
    print(round(out.sum().item(), 4))
    """
    found = mended(program)
    assert found.doubts or found.output == "crashed"


DEPTHS = """
    class Decoder(nn.Module):
        def __init__(self, width, depth):
            super().__init__()
            self.rnn = nn.{kind}(3, width, depth, batch_first=True)

        def forward(self, x, state):
            return self.rnn(x, state)[0]


    class Model(nn.Module):
        def __init__(self, settings):
            super().__init__()
            self.first = nn.GRU(3, 4, batch_first=True, bidirectional=settings["two"])
            self.second = nn.{kind}(8, settings["width"], batch_first=True)
            self.decoder = Decoder(settings["width"], settings["depth"])

        def forward(self, x):
            _, state = self.second(self.first(x)[0])
            return self.decoder(x, state)


    settings = {{
        "width": 5,
        "two": True,
        "depth": 2,
    }}
    print(Model(settings)(torch.randn(4, 6, 3)).sum().item())
"""


def test_of_two_layers_with_other_depths_neither_is_known_to_be_wrong():
    for kind in ("GRU", "LSTM"):
        found = mended(DEPTHS.format(kind=kind), most=1)
        fixes = found.diagnoses[0].fixes
        assert [edit.replacement.strip() for edit in fixes[0].edits] == ['"depth": 1,']
        assert all(fix.doubt for fix in fixes)
        assert found.output != "crashed"


IMAGE = """
class Captions(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed, self.lstm = nn.Embedding(20, 6), nn.LSTM(6, 12, batch_first=True)

    def forward(self, features, words):
        start = features
        {cell}
        return self.lstm(self.embed(words), (start, {given}))[0]


print(Captions()(torch.randn(5, 12), torch.randint(0, 20, (5, 7))).sum().item())
"""


@pytest.mark.parametrize(
    ("cell", "given"),
    [("cell = torch.zeros_like(start)", "cell"), ("pass", "torch.zeros_like(start)"), ("pass", "torch.clone(start)")],
)
def test_a_state_that_is_made_in_the_image_of_the_other_follows_it(cell, given):
    program = IMAGE.format(cell=cell, given=given)
    found = mended(program)
    assert found.changed == ["start = features.unsqueeze(0)"]
    assert found.output == printed(program.replace("start = features", "start = features.unsqueeze(0)"))


ADDED = """
    class Encoder(nn.Module):
        def __init__(self, size):
            super().__init__()
            self.size = size
            self.rnn = nn.GRU(3, size, {layers}bidirectional=True)

        def forward(self, x):
            out, state = self.rnn(x)
            out = {out}
            return out, {state}


    encoder, decoder = Encoder(6), nn.GRU(6, 6{depth})
    steps, state = encoder(torch.randn(5, 4, 3))
    word = steps[:1]
    print(round(decoder(word, state)[0].sum().item(), 4))
"""
SINGLE = {"layers": "", "depth": ""}


@pytest.mark.parametrize(
    ("layers", "right"), [(SINGLE, "state.sum(0, keepdim=True)"), ({"layers": "2, ", "depth": ", 2"}, None)]
)
def test_who_adds_the_directions_of_the_steps_adds_those_of_the_state(layers, right):
    added = "out[:, :, : self.size] + out[:, :, self.size :]"
    found = mended(ADDED.format(out=added, state="state", **layers))
    right = right or "state.unflatten(0, (-1, 2)).sum(1)"
    assert found.output == printed(ADDED.format(out=added, state=right, **layers))
    assert bool(found.doubts) is (layers is not SINGLE)


def test_how_directions_become_one_is_in_doubt_where_the_steps_do_not_tell():
    other = "(lambda g: g[..., :3] + g[..., 3:])(torch.zeros(5, 4, 6)).sum() * 0 + out[:, :, : self.size]"
    for out in ("out[:, :, : self.size]", "out[:, :, : self.size] + out[:, :, : self.size]", other):
        assert mended(ADDED.format(out=out, state="state", **SINGLE), most=1).doubts


def test_what_only_has_the_shape_of_a_state_is_never_put_in_without_a_doubt():
    program = ADDED.replace("word = steps[:1]", "word, other = steps[:1], torch.randn(1, 4, 6)")
    found = mended(program.format(out="out[:, :, : self.size]", state="state", **SINGLE), most=1)
    sure = [fix.title for fix in found.diagnoses[0].fixes if not fix.doubt]
    assert found.diagnoses[0].fixes
    assert not {"word", "other"} & set(sure)


STREAMS = """
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.one, self.two = nn.GRU(3, 5, 2, batch_first=True), nn.GRU(2, 5, batch_first=True)
            self.whose, self.out = nn.Embedding(4, 3), nn.Linear(13, 2)

        def forward(self, x, y, who):
            _, left = self.one(x)
            _, right = self.two(y)
            parts = [{left}, {right}, self.whose(who)]{more}
            return self.out(torch.cat(parts, dim=1))


    print(round(Net()(torch.randn(6, 7, 3), torch.randn(6, 9, 2), torch.arange(6) % 4).sum().item(), 4))
"""


def test_of_several_states_that_are_joined_the_last_layers_are_taken():
    found = mended(STREAMS.format(left="left", right="right", more=""))
    assert found.changed == ["parts = [left[-1], right[-1], self.whose(who)]"]
    assert found.output == printed(STREAMS.format(left="left[-1]", right="right[-1]", more=""))
    assert not found.doubts


def test_a_list_that_grows_is_not_read_where_it_begins():
    more = "[:2]\n            parts.append(self.whose(who))"
    found = mended(STREAMS.format(left="left", right="right", more=more), most=1)
    assert not any("left[-1]" in fix.title for fix in found.diagnoses[0].fixes)


SEQ2SEQ = """
    encoder, decoder = nn.LSTM(3, 5), nn.LSTM(3, 5)
    head = nn.Linear(5, 3)
    source = torch.randn(6, 4, 3)
    _, hidden = encoder(source)
    step, state = source[-1:], {begin}
    for _ in range(3):
        out, state = decoder(step, state)
        step = head(out)
    print(round(step.sum().item(), 4))
"""


def test_of_a_pair_that_a_loop_hands_on_both_are_taken_where_it_begins():
    found = mended(SEQ2SEQ.format(begin="hidden[0]"))
    assert found.changed == ["step, state = source[-1:], hidden"]
    assert found.output == printed(SEQ2SEQ.format(begin="hidden"))
    assert not found.doubts


BUILT_ELSEWHERE = """
    from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence


    class Tagger(nn.Module):
        def __init__(self, depth, size=6):
            super().__init__()
            {before}self.depth, self.size = depth, size
            self.top = nn.Linear(size, 4)
            {after}

        def build(self):
            self.core = nn.{kind}(3, self.size{told}, batch_first=True)

        def first(self, count):
            return torch.zeros({rows}, count, self.size)

        def forward(self, x, lengths):
            packed = pack_padded_sequence(x, lengths, batch_first=True)
            seen, _ = self.core(packed, {state})
            return self.top(pad_packed_sequence(seen, batch_first=True)[0])


    net = Tagger({depth})
    {outside}
    print(round(net(torch.randn(5, 7, 3), torch.tensor([7, 6, 4, 4, 2])).sum().item(), 4))
"""


NOWHERE = {"before": "", "after": "", "outside": ""}


@pytest.mark.parametrize("place", ["after", "outside"])
@pytest.mark.parametrize(("kind", "depth"), [("LSTM", 2), ("LSTM", 3), ("GRU", 2)])
def test_a_layer_that_a_method_builds_has_as_many_layers_as_its_states(kind, depth, place):
    state = "(self.first(len(x)), self.first(len(x)))" if kind == "LSTM" else "self.first(len(x))"
    text = {
        "kind": kind,
        "depth": depth,
        "rows": "self.depth",
        "state": state,
        "before": "",
        "after": "",
        "outside": "",
    }
    text[place] = "self.build()" if place == "after" else "net.build()"
    found = mended(BUILT_ELSEWHERE.format(told="", **text))
    assert found.output == printed(BUILT_ELSEWHERE.format(told=", num_layers=self.depth", **text))
    assert not found.doubts


def test_what_is_set_behind_the_building_cannot_be_read_there():
    text = {"kind": "GRU", "depth": 2, "rows": "self.depth", "state": "self.first(len(x))", "outside": "", "after": ""}
    found = mended(
        BUILT_ELSEWHERE.format(told="", before="self.size = size\n            self.build()\n            ", **text)
    )
    assert "num_layers=self.depth" not in found.text


def test_states_of_more_layers_beside_a_packed_input_end_no_trial():
    state = "(torch.zeros(3, len(x), self.size), torch.zeros(3, len(x), self.size))"
    text = {"kind": "LSTM", "depth": 2, "rows": "2", "state": state, **NOWHERE, "after": "self.build()"}
    found = mended(BUILT_ELSEWHERE.format(told=", 2", **text))
    assert [each.slug for each in found.diagnoses] == ["state_of_other_layers"]
