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
