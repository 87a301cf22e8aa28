"""What is shown while training runs."""

import io

from rich.console import Console

from shapecheck.models.progress import Display, Progress

HISTORY = [
    Progress(1, 2, 1, 4, 0.5),
    Progress(1, 2, 2, 4, 0.25, held_out=0.3),
    Progress(2, 2, 3, 4, 0.125),
    Progress(2, 2, 4, 4, 0.0625, held_out=0.1),
]


def shown(*, terminal, quiet=False):
    console = Console(file=io.StringIO(), force_terminal=terminal, width=100, color_system=None)
    with Display(console, quiet=quiet) as display:
        for progress in HISTORY:
            display.show(progress)
    return console.file.getvalue()


def test_a_log_file_gets_a_line_an_epoch():
    assert shown(terminal=False).splitlines() == [
        "epoch 1/2  loss 0.2500  held out 0.3000  0 s",
        "epoch 2/2  loss 0.0625  held out 0.1000  0 s",
    ]


def test_a_terminal_gets_a_bar_with_the_loss():
    output = shown(terminal=True)
    assert "100%" in output
    assert "loss 0.0625  held out 0.1000" in output


def test_quiet_shows_nothing():
    assert shown(terminal=False, quiet=True) == ""
    assert shown(terminal=True, quiet=True) == ""
