"""Layers that a loop makes one behind the other."""

import pytest
from mended import mended, printed

NET = """
    class Net(nn.Module):
        def __init__(self, width, sizes):
            super().__init__()
            {made}
            self.layers = nn.ModuleList(layers)

        def forward(self, x):
            for layer in self.layers:
                x = layer(x)
            return x

    print(round(Net(7, {sizes})(torch.rand({shape})).sum().item(), 3))
"""
LOOP = """layers = []
            for size in sizes:
                layers.append({layer})
                layers.append(nn.Tanh()){more}"""
INDEX = "layers = [nn.Linear({pair}) for i in range(len(sizes) - 1)]"


@pytest.mark.parametrize(
    ("layer", "shape"),
    [
        ("nn.Linear(width, size)", "5, 7"),
        ("nn.Conv1d(width, size, 3, padding=1)", "5, 7, 9"),
        ("nn.Linear(in_features=width, out_features=size)", "5, 7"),
    ],
)
def test_the_width_is_handed_on_to_the_next_round(layer, shape):
    parts = {"sizes": "[12, 4, 6]", "shape": shape}
    found = mended(NET.format(made=LOOP.format(layer=layer, more=""), **parts), most=1)
    right = LOOP.format(layer=layer, more="\n                width = size")
    assert found.output == printed(NET.format(made=right, **parts))
    assert not found.doubts


def test_a_loop_on_one_line_hands_the_width_on_as_well():
    parts = {"sizes": "[12, 4, 6]", "shape": "5, 7"}
    made = "layers = []\n            for size in sizes: layers.append(nn.Linear(width, size))"
    found = mended(NET.format(made=made, **parts), most=1)
    assert found.changed == ["for size in sizes: layers.append(nn.Linear(width, size)); width = size"]
    assert found.output != "crashed"


@pytest.mark.parametrize("walked", ["zip({}, {})", "list(zip({}, {}))"])
def test_two_lists_that_are_walked_together_in_the_wrong_order(walked):
    parts = {"sizes": "[7, 12, 4, 6]", "shape": "5, 7"}
    made = f"layers = [nn.Linear(a, b) for a, b in {walked}]"
    found = mended(NET.format(made=made.format("sizes[1:]", "sizes[:-1]"), **parts), most=1)
    assert found.output == printed(NET.format(made=made.format("sizes[:-1]", "sizes[1:]"), **parts))
    assert not found.doubts


def test_lists_that_are_walked_backwards_are_exchanged_in_doubt():
    made = "layers = [nn.Linear(a, b) for a, b in zip(sizes[1:], sizes[:-1])]"
    program = NET.format(made=made, sizes="[7, 12, 4]", shape="5, 7").replace("in self.layers", "in self.layers[::-1]")
    found = mended(program, most=1)
    assert all(fix.doubt for each in found.diagnoses for fix in each.fixes if "[:-1] exchanged" in fix.title)


@pytest.mark.parametrize("pair", ["sizes[0], sizes[i + 1]", "sizes[i], sizes[i]", "sizes[i + 1], sizes[i]"])
def test_two_items_of_a_list_that_follow_one_another(pair):
    parts = {"sizes": "[7, 12, 4, 6]", "shape": "5, 7"}
    found = mended(NET.format(made=INDEX.format(pair=pair), **parts), most=1)
    assert found.output == printed(NET.format(made=INDEX.format(pair="sizes[i], sizes[i + 1]"), **parts))
    assert not found.doubts


@pytest.mark.parametrize(
    ("walked", "first"), [("_ in range(3)", "i in range(3)"), ("at in range(3)", "at in range(3)")]
)
def test_all_layers_but_the_first_take_what_they_give(walked, first):
    parts = {"sizes": "12", "shape": "5, 7"}
    name = first[:2].strip()
    found = mended(NET.format(made=f"layers = [nn.Linear(width, sizes) for {walked}]", **parts), most=1)
    right = f"layers = [nn.Linear(width if {name} == 0 else sizes, sizes) for {first}]"
    assert found.output == printed(NET.format(made=right, **parts))
    assert not found.doubts


def test_a_width_that_is_handed_on_already_is_left():
    made = LOOP.format(layer="nn.Linear(width, size)", more="\n                width = size")
    found = mended(NET.format(made=made, sizes="[12, 4]", shape="5, 8"), most=1)
    assert found.text.count("width = size") == 1


def test_heads_beside_one_another_all_take_the_same():
    heads = """
    class Heads(nn.Module):
        def __init__(self, width, sizes):
            super().__init__()
            self.heads = nn.ModuleList()
            for size in sizes:
                self.heads.append(nn.Linear(width, size))

        def forward(self, x):
            return [head(x) for head in self.heads]

    print([each.shape for each in Heads(7, [12, 4])(torch.rand(5, 8))])
    """
    found = mended(heads, most=1)
    assert not any("width = size" in fix.title for fix in found.diagnoses[0].fixes)


HEADS = """
    class Heads(nn.Module):
        def __init__(self, hidden=16, classes=4, tasks=3):
            super().__init__()
            self.layers = nn.ModuleList([nn.Linear(hidden, classes) for _ in range(tasks)])

        def forward(self, x):
            outs, total = [], 0
            for layer in self.layers:
                x = layer(x)
                {more}
            return {given}

    print(Heads()(torch.rand(5, 16))[0].shape)
"""


@pytest.mark.parametrize(
    ("more", "given"),
    [
        ("outs.append(x)", "outs"),
        ("total = total + x", "total"),
        ("total += x", "total"),
        ("outs[:] = [*outs, x]", "outs"),
    ],
)
def test_what_is_gathered_in_the_loop_may_come_of_layers_beside_one_another(more, given):
    found = mended(HEADS.format(more=more, given=given), most=1)
    told = [fix for fix in found.diagnoses[0].fixes if "if i == 0" in fix.title]
    assert told
    assert all(fix.doubt for fix in told)


def test_layers_that_all_get_the_same_are_left():
    program = HEADS.format(more="", given="x").replace("x = layer(x)", "outs.append(layer(x))")
    found = mended(program.replace("torch.rand(5, 16)", "torch.rand(5, 4)"), most=1)
    assert not any("if i == 0" in fix.title for fix in found.diagnoses[0].fixes)


def test_a_width_that_is_read_behind_the_loop_may_be_wanted_as_it_was():
    made = LOOP.format(layer="nn.Linear(width, size)", more="\n            self.out = nn.Linear(sizes[-1], width)")
    found = mended(NET.format(made=made, sizes="[12, 4]", shape="5, 7"), most=1)
    told = [fix for fix in found.diagnoses[0].fixes if fix.title == "width = size"]
    assert told
    assert all(fix.doubt for fix in told)


def test_another_loop_that_makes_the_pair_tells_that_this_one_may_be_walked_backwards():
    made = (
        f"{INDEX.format(pair='sizes[i + 1], sizes[i]')}; self.more = {INDEX.format(pair='sizes[i], sizes[i + 1]')[9:]}"
    )
    found = mended(NET.format(made=made, sizes="[7, 12, 4, 7]", shape="5, 7"), most=1)
    told = [fix for fix in found.diagnoses[0].fixes if fix.title == "Linear(sizes[i], sizes[i + 1])"]
    assert told
    assert all(fix.doubt for fix in told)


def test_the_first_layer_lacks_another_width():
    made = LOOP.format(layer="nn.Linear(width, 4 * size)", more="")
    found = mended(NET.format(made=made, sizes="[1, 2]", shape="5, 8"), most=1)
    assert not any(fix.title.startswith("width =") for fix in found.diagnoses[0].fixes)


STACK = """
    class Stack(nn.Module):
        def __init__(self, features=5, hidden=9):
            super().__init__()
            self.layers = nn.ModuleList()
            for i in range(2):
                part = [nn.GRU({width}, hidden, batch_first=True, bidirectional=True) for {at} in range(3)]
                self.layers.append(nn.ModuleList(part))
                print(i)

        def forward(self, x):
            for layer in self.layers[0]:
                x, _ = layer(x)
            return x

    print(round(Stack()(torch.rand(4, 7, 5)).sum().item(), 3))
"""


def test_two_directions_and_a_name_that_nothing_else_has():
    found = mended(STACK.format(width="features", at="_"), most=1)
    right = STACK.format(width="features if at == 0 else 2 * hidden", at="at")
    assert found.output == printed(right)
    assert "if at == 0" in found.text
    assert not found.doubts


CELLS = """
    class Stack(nn.Module):
        def __init__(self, features, hidden, count):
            super().__init__()
            self.hidden = hidden
            self.cells = nn.ModuleList([nn.GRUCell({width}, hidden) for at in range(count)])

        def forward(self, x):
            states = [x.new_zeros(x.size(1), self.hidden) for _ in self.cells]
            kept = [0] * len(self.cells)
            for step in x:
                for at, cell in enumerate(self.cells):
                    {stored} = cell(step, states[at])
                    step = {stored}
            return step

    print(round(Stack(5, 8, 3)(torch.randn(6, 4, 5)).sum().item(), 4))
"""


def test_a_state_that_goes_back_to_its_place_is_not_gathered():
    found = mended(CELLS.format(width="features", stored="states[at]"))
    right = "features if at == 0 else hidden"
    assert found.output == printed(CELLS.format(width=right, stored="states[at]"))
    assert not found.doubts


def test_what_is_put_to_another_place_is_gathered():
    assert mended(CELLS.format(width="features", stored="kept[at]"), most=1).doubts


PROGRAM_OF_ROUNDS = """
    class Block(nn.Module):
        def __init__(self, wide, thin):
            super().__init__()
            self.mix = nn.Linear(wide + thin, thin)

        def forward(self, x, kept):
            return torch.tanh(self.mix(torch.cat([x, kept], dim=-1)))


    class Deep(nn.Module):
        def __init__(self, first, sizes):
            super().__init__()
            self.sizes = sizes
            {made}

        def forward(self, x):
            for number, layer in enumerate(self.layers):
                {step}
            return x


    print(round(Deep(3, {sizes})(torch.randn(4, 3)).sum().item(), 4))
"""
PLAIN_OF_ROUNDS = {"step": "x = layer(x)", "sizes": "[3, 8, 5, 6]"}
OWN_OF_ROUNDS = {"step": "x = layer(x, x.new_zeros(len(x), self.sizes[number]))", "sizes": "[8, 5, 6]"}
PAIRS_OF_ROUNDS = "self.layers = nn.ModuleList([nn.Linear({}, b) for a, b in zip(sizes, sizes[1:])])"
TRIPLES_OF_ROUNDS = (
    "self.layers = nn.ModuleList([nn.Linear({}, b) for k, (a, b) in enumerate(zip(sizes, sizes[1:])) if k > -1])"
)
COUNTED_OF_ROUNDS = "self.layers = nn.ModuleList([nn.Linear({}, sizes[i]) for i in range(len(sizes))])"
BLOCKS_OF_ROUNDS = "self.layers = nn.ModuleList([Block({}, sizes[i]) for i in range(len(sizes))])"


@pytest.mark.parametrize(
    ("made", "wrong", "right", "rest"),
    [
        (PAIRS_OF_ROUNDS, "sizes[0]", "a", PLAIN_OF_ROUNDS),
        (PAIRS_OF_ROUNDS, "first", "a", PLAIN_OF_ROUNDS),
        (TRIPLES_OF_ROUNDS, "first", "a", PLAIN_OF_ROUNDS),
        (COUNTED_OF_ROUNDS, "first", "first if i == 0 else sizes[i - 1]", PLAIN_OF_ROUNDS),
        (BLOCKS_OF_ROUNDS, "first", "first if i == 0 else sizes[i - 1]", OWN_OF_ROUNDS),
    ],
)
def test_each_takes_the_unread_name_or_the_item_before(made, wrong, right, rest):
    found = mended(PROGRAM_OF_ROUNDS.format(made=made.format(wrong), **rest), most=1)
    assert found.changed == [made.format(right)]
    assert not found.doubts
    assert found.output == printed(PROGRAM_OF_ROUNDS.format(made=made.format(right), **rest))


def test_where_all_names_are_read_none_of_them_is_meant():
    made = "self.layers = nn.ModuleList([nn.Linear(first + 0 * a, b) for a, b in zip(sizes, sizes[1:])])"
    found = mended(PROGRAM_OF_ROUNDS.format(made=made, **PLAIN_OF_ROUNDS), most=1)
    assert not any(fix.title == "a" for fix in found.diagnoses[0].fixes)


@pytest.mark.parametrize(
    "walked",
    ["number, size in enumerate(sizes)", "size, other in zip(sizes, [8, 8, 5])", "size, rate in zip(sizes, rates)"],
)
def test_a_name_that_nobody_reads_and_that_holds_no_width_is_not_taken(walked):
    program = """
    class Deep(nn.Module):
        def __init__(self, first, sizes, rates):
            super().__init__()
            self.layers = nn.ModuleList()
            width = first
            for {walked}:
                self.layers.append(nn.Linear(width, size)){more}

        def forward(self, x):
            for layer in self.layers:
                x = torch.tanh(layer(x))
            return x


    print(round(Deep(3, [8, 5, 6], [1, 2, 3])(torch.randn(4, 3)).sum().item(), 4))
    """
    found = mended(program.format(walked=walked, more=""), most=1)
    assert not found.doubts
    assert found.output == printed(program.format(walked=walked, more="\n                width = size"))
