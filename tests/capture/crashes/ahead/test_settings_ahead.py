"""A setting that is changed where it is written is read on through what holds it: no constructor of it is run."""

import pytest
from mended import mended, printed
from ways_ahead import ways_instead_of

NET = """
{settings}

class Net(nn.Module):
    {field}
    def __init__(self, {given}):
        super().__init__()
        self.first, self.norm = nn.Linear({width}, 8), nn.LayerNorm(8)

    def forward(self, x):
        return self.norm(self.first(x))

net = {made}
print(net(torch.randn(4, 5)).shape)
"""
DATACLASS = (
    "from dataclasses import dataclass, asdict\n@dataclass{}\nclass Config:\n    width: int = {}\n    depth: int = 3\n"
)
OF_CLASS = "class Config:\n    depth = 3\n    width = 7\n"
TUPLE = "from typing import NamedTuple\nclass Config(NamedTuple):\n    depth: int\n    width: int = 7\n"
PARSER = (
    "import argparse\nparser = argparse.ArgumentParser()\n"
    "parser.add_argument('--in-width', type=int, {}default=7)\nargs = parser.parse_args({})\n"
)
# What is written, what a model is given, how it reads the width, and how it is made.
HELD = {
    "a number": ("w = 7", "w", "w", "Net(w)"),
    "a number that the class reads": ("W = 7", "depth=2", "W", "Net()"),
    "one that follows from it": ("W = 7\nV = W", "depth=2", "V", "Net()"),
    "a dict": ('cfg = {"w": 7}', "cfg", 'cfg["w"]', "Net(cfg)"),
    "dict": ("cfg = dict(w=7, depth=2)", "cfg", 'cfg["w"]', "Net(cfg)"),
    "a dict that is asked": ("cfg = dict(dict(w=7), depth=2)", "cfg", 'cfg.get("w", 3)', "Net(cfg)"),
    "a dict that is spread": ("cfg = dict(w=7)", "w, depth=2", "w", "Net(**cfg)"),
    "a field": (DATACLASS.format("", 7) + "cfg = Config()", "cfg", "cfg.width", "Net(cfg)"),
    "a field of what has no name": (DATACLASS.format("(frozen=True)", 7), "cfg", "cfg.width", "Net(Config(depth=2))"),
    "a field that is given": (DATACLASS.format("", 5) + "cfg = Config(7, depth=4)", "cfg", "cfg.width", "Net(cfg)"),
    "fields as a dict": (DATACLASS.format("", 7), "width, depth", "width", "Net(**asdict(Config()))"),
    "what a class holds": (OF_CLASS, "cfg", "cfg.width", "Net(Config)"),
    "what a class gives": (OF_CLASS + "cfg = Config()", "cfg", "cfg.width", "Net(cfg)"),
    "a class above": (OF_CLASS + "class Own(Config):\n    depth = 4\n", "cfg", "cfg.width", "Net(Own)"),
    "a default": ("", "width=7", "width", "Net()"),
    "a default that must be named": ("", "*, width=7", "width", "Net()"),
    "a namespace": ("from types import SimpleNamespace\ncfg = SimpleNamespace(w=7)", "cfg", "cfg.w", "Net(cfg)"),
    "vars": ("import argparse\ncfg = argparse.Namespace(w=7)", "w", "w", "Net(**vars(cfg))"),
    "a parser": (PARSER.format("", "[]"), "args", "args.in_width", "Net(args)"),
    "a parser with a name": (PARSER.format("dest='w', ", "[]"), "args", "args.w", "Net(args)"),
    "a named tuple": (TUPLE + "cfg = Config(2)", "cfg", "cfg.width", "Net(cfg)"),
    "a named tuple that is given": (TUPLE.replace("7", "5") + "cfg = Config(2, 7)", "cfg", "cfg.width", "Net(cfg)"),
    "a function": ("def make(w=7):\n    return Net(w)", "w", "w", "make()"),
}


def program(settings, given, width, made, field=""):
    return NET.format(settings=settings, given=given, width=width, made=made, field=field)


@pytest.mark.parametrize("held", HELD.values(), ids=HELD)
def test_it_is_known_with_which_number_all_goes_on(held):
    assert ways_instead_of(program(*held), "7", "5", "6") == [True, False]


def test_so_is_a_field_of_the_model_itself():
    text = program("", "depth=2", "self.WIDTH", "Net()", field="WIDTH = 7\n")
    assert ways_instead_of(text, "7", "5", "6") == [True, False]


def test_and_a_default_of_the_function_in_which_all_happens():
    body = program("def make(w):\n    return Net(w)", "w", "w", "None")
    run = "def run(w=7):\n    net = make(w)\n    x = torch.randn(4, 5)\n    return net(x)\nprint(run().shape)\n"
    assert ways_instead_of(body.partition("net = ")[0] + run, "7", "5", "6") == [True, False]


def test_a_default_of_what_makes_the_data():
    text = program("def rows(w=7):\n    return torch.randn(4, w)", "w", "w", "Net(5)")
    assert ways_instead_of(text.replace("torch.randn(4, 5)", "rows()"), "w=7", "w=5", "w=6") == [True, False]


UNREAD = {
    "something is done behind the fields": (
        DATACLASS.format("", 7) + "    def __post_init__(self):\n        self.width += 1\ncfg = Config()",
        *("cfg", "cfg.width", "Net(cfg)"),
    ),
    "the object was given another": (
        OF_CLASS + "cfg = Config()\ncfg.width = 9",
        *("cfg", "cfg.width", "Net(cfg)"),
    ),
    "the default is not used": ("", "width=7", "width", "Net(9)"),
    "numbers that a loop collects": ("cfg = []\ncfg.append(7)", "cfg", "cfg[0]", "Net(cfg)"),
}


@pytest.mark.parametrize("held", UNREAD.values(), ids=UNREAD)
def test_what_does_not_reach_the_model_says_nothing(held):
    assert ways_instead_of(program(*held), "7", "5") == [None]


ASKED = ("cfg", "cfg.width", "Net(cfg)")
OF_FUNCTION = ("w", "w", "make()")
MAKE = "def make(w=7):\n    return Net(w)\n"
# Of each it is known that another number stands there now, or not known what else hangs on it.
ASTRAY = {
    "a field that another is reckoned of": (
        OF_CLASS + "    own = width + 2\n",
        "cfg",
        "cfg.own + 0 * cfg.width",
        "Net(Config)",
    ),
    "a field of a dataclass that another is reckoned of": (
        DATACLASS.format("", 7) + "    own: int = width + 2\n",
        *("cfg", "cfg.own + 0 * cfg.width", "Net(Config())"),
    ),
    "a number that a class is made with": ("w = 7\nclass Config:\n    width = w\n", "cfg", "cfg.width", "Net(Config)"),
    "a number that a default is made with": ("w = 7\ndef make(v=w):\n    return Net(v)", "w", "w", "make()"),
    "a number that the model's own default is made with": ("w = 7", "given=w", "given", "Net()"),
    "a class of the same name behind it": (
        OF_CLASS + "Own = Config\nclass Config:\n    width = 3\n",
        *("cfg", "cfg.width", "Net(Config)"),
    ),
    "a class of the same name within another": (
        "class All:\n    class Config:\n        width = 7\nclass Config:\n    width = 9\n",
        *("cfg", "cfg.width", "Net(Config)"),
    ),
    "a class of the same name in a function": (
        "def make():\n    class Config:\n        width = 7\n    return Config\nclass Config:\n    width = 9\n",
        *("cfg", "cfg.width", "Net(Config)"),
    ),
    "a class that overrides it": (OF_CLASS + "class Own(Config):\n    width = 9\n", "cfg", "cfg.width", "Net(Own)"),
    "a class that is given another": (OF_CLASS + "Config.width = 9", "cfg", "cfg.width", "Net(Config)"),
    "a class that is given another by its name": (
        OF_CLASS + "setattr(Config, 'width', 9)",
        *("cfg", "cfg.width", "Net(Config)"),
    ),
    "a class that changes itself": (
        OF_CLASS + "    @classmethod\n    def widen(cls):\n        cls.width = 9\nConfig.widen()",
        *("cfg", "cfg.width", "Net(Config)"),
    ),
    "a class whose maker changes it": (
        "def widened(kind):\n    kind.width += 2\n    return kind\n@widened\n" + OF_CLASS,
        *("cfg", "cfg.width", "Net(Config)"),
    ),
    "a field that is told twice": (OF_CLASS + "    width = 9\n", "cfg", "cfg.width", "Net(Config)"),
    "a field that grows": (OF_CLASS + "    width += 2\n", "cfg", "cfg.width", "Net(Config)"),
    "fields that are put in otherwise": (
        DATACLASS.format("", 7)
        + "    def __setattr__(self, name, value):\n        object.__setattr__(self, name, value + 2)\n",
        *("cfg", "cfg.width", "Net(Config())"),
    ),
    "a tuple that is replaced": (TUPLE + "cfg = Config(2)._replace(width=9)", "cfg", "cfg.width", "Net(cfg)"),
    "defaults that are put there": (MAKE + "make.__defaults__ = (9,)", *OF_FUNCTION),
    "a default that was filled": (
        "def held(c={'w': 7}):\n    return c\nheld()['w'] = 9",
        *("w", "w['w']", "Net(held())"),
    ),
    "a dict that grows under another name": (
        "cfg = dict(w=7)\nown = cfg\nown |= dict(w=9)",
        "cfg",
        "cfg['w']",
        "Net(cfg)",
    ),
    "a parser that is told again": (
        PARSER.format("", "[]").replace("args =", "parser.set_defaults(in_width=9)\nargs ="),
        *("args", "args.in_width", "Net(args)"),
    ),
    "a name that a function changes": (
        "w = 7\ndef widen():\n    global w\n    w = 9\nwiden()",
        *("given", "given", "Net(w)"),
    ),
    "a name that is changed as a text": ("w = 7\nglobals()['w'] = 9", "given", "given", "Net(w)"),
}


@pytest.mark.parametrize("held", ASTRAY.values(), ids=ASTRAY)
def test_what_has_another_number_by_now_or_gives_it_on_says_nothing(held):
    assert ways_instead_of(program(*held), "7", "5", "3") == [None, None]


@pytest.mark.parametrize(
    ("text", "wrong", "new"),
    [
        ("w = 7\nv = 5\ndef make(w=w):\n    return Net(w)\nv = 4\n", "w=w", "w=v"),
        ("v = 9\nclass Config:\n    v = 5\n    width = 7\ndef make():\n    return Net(Config.width)\n", "= 7", "= v"),
    ],
    ids=["a name that is given again", "a name of the class itself"],
)
def test_a_name_in_a_default_stands_for_what_it_did_when_that_was_made(text, wrong, new):
    assert ways_instead_of(program(text, "w", "w", "make()"), wrong, new) == [None]


def test_a_list_as_a_default_is_followed():
    assert ways_instead_of(program("", "sizes=[7]", "sizes[0]", "Net()"), "[7]", "[5]", "[6]") == [True, False]


def test_a_default_that_is_told_as_a_text_goes_through_the_type():
    text = program(PARSER.format("", "[]").replace("=7", "='7'"), "args", "args.in_width", "Net(args)")
    assert ways_instead_of(text, "'7'", "'5'", "'6'") == [True, False]


def test_what_the_command_line_says_stays_also_where_the_default_says_it_too():
    text = program(PARSER.format("", "['--in-width', '7']"), "args", "args.in_width", "Net(args)")
    assert ways_instead_of(text, "default=7", "default=5") == [False]


def test_what_the_command_line_says_stays():
    text = program(PARSER.format("", "['--in-width', '9']"), "args", "args.in_width", "Net(args)")
    assert ways_instead_of(text, "7", "5") == [False]


@pytest.mark.parametrize("made", ["Config()", "Config(depth=4)"])
def test_a_setting_of_which_either_number_fits_the_call_is_decided_by_the_lines_behind(made):
    text = """
        from dataclasses import dataclass

        @dataclass
        class Config:
            width: int = {width}
            depth: int = 2

        class Net(nn.Module):
            def __init__(self, cfg):
                super().__init__()
                self.first = nn.Linear(5, cfg.width)
                self.second = nn.Linear(6, 3)
                self.scale = nn.Parameter(torch.ones(6))

            def forward(self, x):
                return self.second(self.first(x)) + (self.first(x) * self.scale).sum()

        print(Net({made})(torch.randn(4, 5)).sum(1))
    """
    found = mended(text.format(width=7, made=made))
    assert found.output == printed(text.format(width=6, made=made))
    assert not found.doubts


SHARED = """
    {settings}

    class Net(nn.Module):
        def __init__(self{given}):
            super().__init__()
            self.words = nn.Embedding(40, {front})
            self.gru, self.head = nn.GRU({width}, 6, batch_first=True), nn.Linear(6, 4)

        def forward(self, words, more):
            out, _ = self.gru(torch.cat([self.words(words), more], -1))
            return self.head(out[:, -1])

    def main():
        net = Net({made})
        print(net(torch.randint(40, (6, 9)), torch.randn(6, 9, 3)).shape)

    main()
"""
SHARED_BY = {
    "a number": {"settings": "WIDTH = 8", "given": "", "width": "WIDTH", "made": ""},
    "a field": {"settings": DATACLASS.format("", 8).replace("\n", "\n    "), "given": ", cfg", "width": "cfg.width"}
    | {"made": "Config()"},
    "a number in a function": {"settings": "", "given": ", width", "width": "width", "made": "8"},
    "a class": {"settings": OF_CLASS.replace("7", "8").replace("\n", "\n    "), "given": "", "width": "Config.width"}
    | {"made": ""},
}


@pytest.mark.parametrize("one", SHARED_BY.values(), ids=SHARED_BY)
def test_a_number_by_which_what_is_in_front_grows_as_well_is_no_fix(one):
    (found,) = mended(SHARED.format(front=one["width"], **one), most=1).diagnoses
    assert found.fixes
    assert not any("8 -> 11" in fix.title for fix in found.fixes)


@pytest.mark.parametrize("one", SHARED_BY.values(), ids=SHARED_BY)
def test_one_that_only_the_layer_reads_is(one):
    (found,) = mended(SHARED.format(front="8", **one), most=1).diagnoses
    assert any("8 -> 11" in fix.title for fix in found.fixes)
