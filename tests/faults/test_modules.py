"""Modules that are not begun, not made, not returned from or not seen, and methods that are not called."""

import textwrap

import pytest
from mended import mended, printed

NET = """
class Net(nn.Module):
    def __init__(self{given}):
        {begun}
        {layers}

    def {forward}:
        {body}


torch.manual_seed(0)
model = Net()
{used}
"""
PLAIN = {
    "given": "",
    "begun": "super().__init__()",
    "layers": "self.head = nn.Linear(3, 2)",
    "forward": "forward(self, x)",
    "body": "return self.head(x)",
    "used": "print(model(torch.ones(4, 3)).sum().item())",
}


def net(**told):
    lines = {name: textwrap.indent(text, 8 * " ").lstrip() if name != "used" else text for name, text in told.items()}
    return NET.format(**PLAIN | lines)


def assert_mended(wrong, right, slug):
    found = mended(wrong)
    assert found.output == printed(right)
    assert found.diagnoses[0].slug == slug
    assert not found.doubts


@pytest.mark.parametrize(
    "wrong",
    [
        {"begun": "pass"},
        {"begun": '"""Begins."""'},
        {"begun": "self.size = 3", "layers": "self.head = nn.Linear(self.size, 2)"},
        {"begun": "self.head = nn.Linear(3, 2)", "layers": "super().__init__()\nself.size = 3"},
        {"begun": "self.head = nn.Linear(3, 2)", "layers": "super(Net, self).__init__()"},
        {"begun": "self.twice = 2", "layers": "pass", "body": "return self.twice * x"},
    ],
)
def test_a_module_begins_with_that_of_torch(wrong):
    lines = PLAIN | wrong
    layers = [text for text in (lines["begun"], lines["layers"]) if "super" not in text]
    right = net(**PLAIN | wrong | {"layers": "\n".join(layers), "begun": "super().__init__()"})
    assert_mended(net(**wrong), right, "module_not_begun")


@pytest.mark.parametrize(
    ("body", "read"),
    [("out = self.head(x)", "out"), ("x = self.head(x)\nx = x.relu()", "x"), ("self.head(x)", "self.head(x)")],
)
@pytest.mark.parametrize(
    "used",
    [
        "print(model(torch.ones(4, 3)).sum().item())",
        "print(F.cross_entropy(model(torch.ones(4, 3)), torch.zeros(4).long()).item())",
        "out = model(torch.ones(4, 3))\nprint(torch.softmax(out, 1).sum().item())",
    ],
)
def test_what_was_worked_out_last_is_returned(body, read, used):
    lines = body.splitlines()
    last = [*lines, f"return {read}"] if "=" in body else [f"return {read}"]
    assert_mended(net(body=body, used=used), net(body="\n".join(last), used=used), "nothing_returned")


def test_both_results_are_returned_where_both_are_taken():
    told = {
        "layers": "self.rnn = nn.GRU(3, 2)",
        "used": "out, last = model(torch.ones(5, 4, 3))\nprint(last.sum().item())",
    }
    body = "out, state = self.rnn(x)"
    assert_mended(net(body=body, **told), net(body=f"{body}\nreturn out, state", **told), "nothing_returned")


def test_a_function_that_only_prints_is_named_and_left():
    found = mended(net(body="print(self.head(x).shape)"), most=1)
    assert found.diagnoses[0].slug == "nothing_returned"
    assert found.diagnoses[0].fixes == ()


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ({"layers": "self.head = nn.Sequential(nn.Linear(3, 2), nn.Tanh)"}, ("nn.Tanh)", "nn.Tanh())")),
        ({"layers": "self.head = nn.Linear(3, 2)\nself.act = nn.Sigmoid", "body": "return self.act(self.head(x))"},
         ("nn.Sigmoid", "nn.Sigmoid()")),
        ({"layers": "self.head = nn.Linear(3, 2)\nself.act = nn.ReLU", "body": "return self.head(self.act(x))"},
         ("nn.ReLU", "nn.ReLU()")),
        ({"given": ", act=nn.Tanh", "layers": "self.head, self.act = nn.Linear(3, 2), act",
          "body": "return 2 * self.act(self.head(x))"}, ("3, 2), act", "3, 2), act()")),
        ({"used": "model = Net\nprint(model(torch.ones(4, 3)).sum().item())"}, ("model = Net\n", "model = Net()\n")),
    ],
)  # fmt: skip
def test_a_class_is_made_where_a_module_is_wanted(wrong, right):
    program = net(**wrong)
    assert program.count(right[0]) == 1
    found = mended(program)
    assert found.output == printed(program.replace(*right))
    assert found.diagnoses[0].slug == "class_for_instance"


def test_a_module_that_is_made_is_no_class():
    program = net(
        layers="self.head, self.act = nn.Linear(3, 2), nn.ReLU()", body="return self.act.weight + self.head(x)"
    )
    assert all(each.slug != "class_for_instance" for each in mended(program, most=1).diagnoses)


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("[nn.Linear(3, 3) for _ in range(2)]", "nn.ModuleList([nn.Linear(3, 3) for _ in range(2)])"),
        ("[nn.Linear(3, 3), nn.Linear(3, 3)]", "nn.ModuleList([nn.Linear(3, 3), nn.Linear(3, 3)])"),
    ],
)
def test_layers_in_a_list_are_held(wrong, right):
    used = "torch.optim.SGD(model.parameters(), 0.1)\nprint(model(torch.ones(4, 3)).sum().item())"
    told = {"body": "for each in self.layers:\n    x = each(x)\nreturn x", "used": used}
    assert_mended(
        net(layers=f"self.layers = {wrong}", **told),
        net(layers=f"self.layers = {right}", **told),
        "layers_in_plain_list",
    )


def test_a_model_without_layers_is_left():
    used = "torch.optim.SGD(model.parameters(), 0.1)"
    found = mended(net(layers="self.sizes = [3, 2]", body="return x", used=used), most=1)
    assert all(each.slug != "layers_in_plain_list" for each in found.diagnoses)


@pytest.mark.parametrize("name", ["foward", "forwad", "Forward", "forword"])
def test_forward_is_written_as_torch_calls_it(name):
    assert_mended(net(forward=f"{name}(self, x)"), net(), "forward_missing")


def test_the_only_method_may_be_meant():
    found = mended(net(forward="predict(self, x)"))
    assert found.output == printed(net())
    assert found.doubts == ["predict may be meant to be called by its name"]


def test_layers_that_are_called_one_behind_the_other_are_a_row():
    layers = "self.head = {}([nn.Linear(3, 2), nn.ReLU()])"
    right = "self.head = nn.Sequential(*[nn.Linear(3, 2), nn.ReLU()])"
    assert_mended(net(layers=layers.format("nn.ModuleList")), net(layers=right), "forward_missing")
    assert_mended(net(layers=layers.format("nn.Sequential")), net(layers=right), "layers_handed_as_list")


@pytest.mark.parametrize("forward", ["forward(x)", "forward(x, *, scale=2)"])
def test_a_method_takes_the_module_first(forward):
    body = "return torch.tanh(x)"
    right = forward.replace("(", "(self, ")
    assert_mended(net(forward=forward, body=body), net(forward=right, body=body), "self_missing")


def test_one_argument_too_many_is_no_missing_self():
    found = mended(net(used="print(model(torch.ones(4, 3), 2))"), most=1)
    assert all(each.slug != "self_missing" for each in found.diagnoses)


@pytest.mark.parametrize(
    ("wrong", "right", "slug"),
    [
        ("x.reshape(x.shape(0), -1)", "x.reshape(x.shape[0], -1)", "size_asked_otherwise"),
        ("x.reshape(x.size[0], -1)", "x.reshape(x.size(0), -1)", "size_asked_otherwise"),
        ("x.reshape(x.size[-1], -1)", "x.reshape(x.size(-1), -1)", "size_asked_otherwise"),
        ("torch.zeros(x.shape())", "torch.zeros(x.shape)", "size_asked_otherwise"),
        ("x.sum() / x.numel", "x.sum() / x.numel()", "method_not_called"),
        ("2 * x.mean", "2 * x.mean()", "method_not_called"),
        ("torch.optim.SGD(nn.Linear(2, 2).parameters, 0.1)", "torch.optim.SGD(nn.Linear(2, 2).parameters(), 0.1)",
         "method_not_called"),
    ],
)  # fmt: skip
def test_sizes_are_asked_as_they_are_held_and_methods_are_called(wrong, right, slug):
    program = "torch.manual_seed(0)\nx = torch.randn(2, 3, 4)\nprint({})\n"
    assert_mended(program.format(wrong), program.format(right), slug)


@pytest.mark.parametrize("head", ["if {}:", "while {}:", "assert {}\nif True:"])
def test_a_condition_asks_about_all_numbers_in_doubt(head):
    program = "a, b = torch.ones(3), torch.ones(3)\n{}\n    print('alike')\n    a = a + 1\n"
    wrong, right = (program.format(head.format(each)) for each in ("a == b", "(a == b).all()"))
    found = mended(wrong)
    assert found.output == printed(right)
    assert found.doubts


CHILD = """
class Base(nn.Module):
    def __init__(self, width=3):
        super().__init__()
        self.body = nn.Linear(3, width)


class Child(Base):
    def __init__(self, width):
        {lines}

    def forward(self, x):
        return self.body(x)


print(tuple(Child(5)(torch.ones(4, 3)).shape))
"""


def test_a_base_class_is_begun_with_what_it_was_told():
    head, begin = "self.head = nn.Linear(3, 2)", "super().__init__(width)"
    wrong, right = (CHILD.format(lines="\n        ".join(lines)) for lines in ((head, begin), (begin, head)))
    assert_mended(wrong, right, "module_not_begun")
    found = mended(CHILD.format(lines=head))
    assert found.diagnoses[0].slug == "module_not_begun"
    assert found.doubts == ["the class that it is made of may be meant to be told more"]


@pytest.mark.parametrize(
    ("program", "slug"),
    [
        ("class Rows:\n    def __init__(self):\n        self.items = [1]\nprint(Rows()._items)", "module_not_begun"),
        ("class Told:\n    def __init__(self):\n        self.size = 3\nkind = Told\nprint(kind().width)",
         "class_for_instance"),
        ("kind = nn.GRUCell\nprint(kind(4)(torch.ones(3, 4)))", "class_for_instance"),
        ("class Meter:\n    def update(self, x):\n        self.x = x\nall = {}\nprint(all.update(x=1).keys())",
         "nothing_returned"),
        ("def log(x):\n    y = x\ndef show(x):\n    z = x\n"
         "seen = show(print(nn.Linear({}.get('size'), 2)))", "nothing_returned"),
        ("class Net(nn.Module):\n    def __init__(me):\n        super().__init__()\n"
         "    def forward(me, x):\n        return x\nprint(Net()(torch.ones(3), 2))", "self_missing"),
    ],
)  # fmt: skip
def test_what_says_nearly_the_same_for_another_reason_is_not_claimed(program, slug):
    assert all(each.slug != slug for each in mended(program, most=1).diagnoses)


@pytest.mark.parametrize("body", ["out = self.head(x)\nself.last = x[:, :2]", "out = self.head(x)\ntwice = 2 * x"])
def test_of_two_results_that_nothing_reads_either_may_be_meant(body):
    found = mended(net(body=body), most=1)
    assert found.diagnoses[0].slug == "nothing_returned"
    assert found.doubts


@pytest.mark.parametrize("sizes", ["1:", ":-1"])
def test_several_sizes_are_taken_of_those_that_size_gives(sizes):
    program = "x = torch.ones(2, 3, 4)\nprint(torch.zeros(x.size{}).shape)"
    assert_mended(program.format(f"[{sizes}]"), program.format(f"()[{sizes}]"), "size_asked_otherwise")


def test_parameters_have_a_list_of_their_own_and_data_has_none():
    used = "torch.optim.SGD(model.parameters(), 0.1)\nprint(model(torch.ones(4, 3)).sum().item())"
    data = "class Row:\n    def __init__(self, at):\n        self.at = at\n\n\n"
    layers = "self.rows = [Row(at) for at in range(2)]\nself.gains = {}"
    held = "[nn.Parameter(torch.ones(3)) for _ in range(2)]"
    wrong, right = (
        data + net(layers=layers.format(text), body="return self.gains[0] * x", used=used)
        for text in (held, f"nn.ParameterList({held})")
    )
    assert_mended(wrong, right, "layers_in_plain_list")


def test_what_is_called_beside_may_be_told_the_axis_that_is_meant():
    found = mended("x = torch.randn(3, 4)\nprint(((x - x.mean) / x.std(0)).norm())")
    assert found.diagnoses[0].slug == "method_not_called"
    assert found.doubts


@pytest.mark.parametrize("row", ["(nn.Linear(3, 3) for _ in range(2))", "((nn.Linear(3, 3) for _ in range(2)))"])
def test_a_generator_of_layers_is_spread_in_brackets(row):
    layers = "self.head = nn.Sequential{}"
    assert_mended(net(layers=layers.format(row)), net(layers=layers.format(f"(*{row})")), "layers_handed_as_list")


def test_one_of_two_ways_forward_is_taken_in_doubt():
    told = {"layers": "self.head, self.tail = nn.Linear(3, 2), nn.Linear(3, 2)"}
    wrong = net(forward="forward_a(self, x)", **told).replace(
        "    def forward_a", "    def forward_b(self, x):\n        return self.tail(x)\n\n    def forward_a"
    )
    assert mended(wrong).doubts


def test_layers_alike_may_be_meant_side_by_side():
    layers = "self.head = nn.ModuleList([nn.Linear(3, 3) for _ in range(2)])"
    assert mended(net(layers=layers)).doubts


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("x, y = next(loader)\nprint(x.sum(), y.sum())", "x, y = next(iter(loader))\nprint(x.sum(), y.sum())"),
        ("x = loader[0][0]\nprint(x.sum())", "x = next(iter(loader))[0]\nprint(x.sum())"),
        (
            "for at, x, y in enumerate(loader):\n    print(at, x.sum(), y.sum())",
            "for at, (x, y) in enumerate(loader):\n    print(at, x.sum(), y.sum())",
        ),
        (
            "for (at, x, y) in enumerate(loader, 1):\n    print(at, x.sum(), y.sum())",
            "for (at, (x, y)) in enumerate(loader, 1):\n    print(at, x.sum(), y.sum())",
        ),
    ],
)
def test_batches_are_taken_one_after_the_other(wrong, right):
    head = "from torch.utils.data import DataLoader, TensorDataset\n"
    head += "loader = DataLoader(TensorDataset(torch.randn(8, 3), torch.arange(8)), batch_size=4)\n"
    assert_mended(head + wrong, head + right, "loader_taken_otherwise")


def test_too_few_values_of_something_else_are_another_matter():
    found = mended("a, b, c = torch.ones(2, 3)\nprint(a)", most=1)
    assert all(each.slug != "loader_taken_otherwise" for each in found.diagnoses)


def test_a_loss_is_gone_back_from_before_its_number_is_taken():
    program = """
    net, total, seen = nn.Linear(3, 1), 0.0, []
    for x in torch.randn(2, 4, 3):
        loss = net(x).pow(2).mean(){made}
        loss.backward()
        total += loss{read}
        seen.append(loss{read})
        print(f"{{loss:.4f}}")
    print(f"{{total:.4f}}", [round(each, 3) for each in seen])
"""
    found = mended(program.format(made=".item()", read=""))
    assert [each.slug for each in found.diagnoses] == ["number_for_loss"]
    assert found.output == printed(program.format(made="", read=".item()"))


@pytest.mark.parametrize("module", ["nn.Linear(3, 1)", "nn.Sequential(nn.Linear(3, 1))"])
def test_an_optimizer_is_given_parameters(module):
    program = f"""
    net = {module}
    optimizer = torch.optim.Adam(net{{what}}, lr=0.1)
    net(torch.randn(4, 3)).sum().backward()
    optimizer.step()
    print([round(each.sum().item(), 3) for each in net.parameters()])
"""
    found = mended(program.format(what=""))
    assert [each.slug for each in found.diagnoses] == ["module_for_parameters"]
    assert found.output == printed(program.format(what=".parameters()"))
