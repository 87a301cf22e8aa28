import linecache

import pytest

from shapecheck.evidence import Evidence, Frame, Span
from shapecheck.reading.origins import trace
from shapecheck.reading.sources import loops_of_line, source_of, unused_names


def span(text: str, part: str) -> Span:
    """Where a part stands, the last time that it does."""
    before = text[: text.rindex(part)]
    line, column = before.count("\n") + 1, len(before) - before.rfind("\n") - 1
    return Span("<traced>", line, column, line, column + len(part), part)


def traced(text: str, part: str, *calls: tuple[str, str], **how: bool) -> list[str]:
    """The texts that an expression leads back to.

    Args:
        text: The source.
        part: The expression.
        calls: Function and expression of each frame of the traceback.
        how: Options of `trace`.
    """
    linecache.cache["<traced>"] = (len(text), None, text.splitlines(keepends=True), "<traced>")
    frames = tuple(Frame(name, span(text, call), span(text, call)) for name, call in calls)
    return [found.span.text for found in trace(Evidence(frames=frames), span(text, part), **how)]


def test_a_name_leads_to_its_last_assignment():
    assert traced("x = f(1)\nx = g(x)\nuse(x + 0)\n", "x")[0] == "g(x)"


LAYER = """\
class Net:
    def __init__(self, width=3):
        self.fc = nn.Linear(width, 2)

    def forward(self, x):
        return self.fc(x)
"""


def test_an_attribute_leads_to_the_constructor():
    assert traced(LAYER, "self.fc") == ["nn.Linear(width, 2)"]


def test_an_argument_leads_to_the_number_that_it_was_given():
    text = f"{LAYER}\n\nNet(17)\n"
    linecache.cache["<traced>"] = (len(text), None, text.splitlines(keepends=True), "<traced>")
    width = Span("<traced>", 3, 28, 3, 33, "width")
    made = Frame("<module>", span(text, "Net(17)"), span(text, "Net(17)"))
    assert [found.span.text for found in trace(Evidence(frames=(made,)), width)] == ["17"]
    assert traced("def f(k=3):\n    use(k)\n\nf()\n", "k") == ["3"]


def test_a_key_of_a_dictionary_is_followed():
    text = 'CONFIG = {"hid": 16}\n\ndef make(cfg):\n    return nn.Linear(cfg["hid"], 2)\n\nmake(CONFIG)\n'
    assert traced(text, 'cfg["hid"]') == ["16"]


@pytest.mark.parametrize(
    "setting",
    [
        'parser.add_argument("--hid-size", type=int, default=16)\n',
        "@dataclass\nclass Config:\n    hid_size: int = 16\n",
        "class Config:\n    hid_size = 16\n",
        "args = SimpleNamespace(hid_size=16)\n",
    ],
)
def test_settings_are_found_by_their_name(setting):
    assert traced(f"{setting}\nuse(args.hid_size)\n", "args.hid_size") == ["16"]


def test_what_a_function_returns_is_followed():
    text = "def init(n):\n    return torch.zeros(n, 2)\n\nh = init(5)\nuse(h)\n"
    assert traced(text, "h") == ["init(5)", "torch.zeros(n, 2)"]


def test_a_parameter_leads_to_the_call_of_the_frame():
    text = "def f(a):\n    return g(a )\n\nb = h(1)\nf(b)\n"
    assert traced(text, "a", ("<module>", "f(b)"), ("f", "g(a )")) == ["h(1)"]


def test_one_of_several_results_is_no_expression_of_its_own():
    text = "out, h = gru(x)\nuse(h )\n"
    assert traced(text, "h ".strip()) == []
    assert traced(text, "h", parts=True) == ["gru(x)"]
    assert traced("a, b = f(1), g(2)\nuse(b)\n", "b") == ["g(2)"]


def test_views_are_passed_through_where_only_the_dtype_counts():
    text = "data = torch.from_numpy(a)\nx = data[0:4].t()\nuse(x)\n"
    assert traced(text, "x") == ["data[0:4].t()"]
    assert traced(text, "x", through=True) == ["data[0:4].t()", "torch.from_numpy(a)"]


def test_a_loop_that_feeds_itself_ends():
    assert len(traced("x = x\ny = x\nx = y\nuse(x)\n", "x")) < 20


def test_names_that_nobody_reads():
    text = "def f(x):\n    out, _ = g(x)\n    last = out[-1]\n    return fc(x)\n"
    linecache.cache["<traced>"] = (len(text), None, text.splitlines(keepends=True), "<traced>")
    assert unused_names(span(text, "fc(x)")) == {"_", "last"}


LOOPS = """\
for epoch in range(3):
    for batch in (
        loader
    ):
        while batch: step(batch)
    else:
        tell(epoch)
done()
"""


@pytest.mark.parametrize(("line", "heads"), [(5, [5, 2, 1]), (4, [1]), (7, [1]), (1, []), (8, [])])
def test_a_line_stands_in_the_loops_whose_bodies_it_is_in(line, heads):
    linecache.cache["<traced>"] = (len(LOOPS), None, LOOPS.splitlines(keepends=True), "<traced>")
    assert [loop.lineno for loop in loops_of_line(source_of("<traced>"), line)] == heads
