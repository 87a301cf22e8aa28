"""An exception that ends a thread of a script: told as python tells it, and then explained."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

BEGIN = """\
import queue, threading, time
import torch
from concurrent.futures import ThreadPoolExecutor
from torch import nn

made = nn.Linear(5, 2)
results = queue.Queue()


def work():
    results.put(made(torch.zeros(3, 4)))


thread = threading.Thread(target=work, name="loader")
"""
COMMAND = [sys.executable, "-m", "shapecheck", "run"]


def both(folder: Path, text: str) -> list[subprocess.CompletedProcess[str]]:
    """What python does, and what ``shapecheck run`` does."""
    (folder / "train.py").write_text(BEGIN + text)
    ways = ([sys.executable], COMMAND)
    return [subprocess.run([*way, "train.py"], cwd=folder, capture_output=True, text=True, timeout=300) for way in ways]


def test_a_thread_that_an_exception_ended_is_explained_after_what_python_prints(tmp_path: Path) -> None:
    python, ours = both(tmp_path, "thread.start(); thread.join(); print('end')\n")
    assert (ours.stdout, ours.returncode) == ("end\n", 1)
    assert ours.stderr.startswith(python.stderr)
    told = ours.stderr[len(python.stderr) :]
    assert told.startswith("shapecheck: train.py ran to its end, but an exception ended its thread 'loader'\n")
    assert "--> train.py:11, in work" in told
    assert "SC301" in told
    assert "--> train.py:6   it surfaced at line 11" in told


def test_the_threads_that_outlive_the_script_are_waited_for_as_python_does(tmp_path: Path) -> None:
    late = (
        "pool = ThreadPoolExecutor(1); pool.submit(print, 'pooled')\n"
        "threading.Thread(target=lambda: (time.sleep(1), work()), name='late').start(); print('end')\n"
    )
    _, ours = both(tmp_path, late)
    # Two threads print at the same time, so one line may end behind the other's text.
    assert sorted(ours.stdout.replace("\n", "")) == sorted("end" + "pooled")
    assert "an exception ended its thread 'late'\n" in ours.stderr
    assert "SC301" in ours.stderr


def test_a_crash_that_only_follows_from_that_of_a_thread_does_not_hide_it(tmp_path: Path) -> None:
    _, ours = both(tmp_path, "thread.start(); results.get(timeout=1)\n")
    assert "_queue.Empty" in ours.stderr
    assert "shapecheck: train.py crashed, and before it an exception ended its thread 'loader'\n" in ours.stderr
    assert "SC301" in ours.stderr


def test_where_both_can_be_explained_it_is_what_ended_the_script_that_is(tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text(BEGIN + "thread.start(); thread.join()\ntorch.zeros(2, 3) + torch.zeros(2, 4)\n")
    command = [*COMMAND, "--format", "json", "--output", "r.json", "train.py"]
    subprocess.run(command, cwd=tmp_path, capture_output=True, timeout=300, check=False)
    report = json.loads((tmp_path / "r.json").read_text())
    assert report["exception"]["line"] == 16
    assert {
        "what": "the exception of the thread 'loader'",
        "why": "another one ended the script, and that one was looked at",
    } in report["not_checked"]


def test_a_script_that_waits_for_a_dead_thread_is_explained_once_it_is_interrupted(tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text(
        BEGIN + "thread.start(); thread.join(); print('waiting', flush=True)\nresults.get()"
    )
    # A shell starts what runs behind it with interrupts ignored, and that is handed on; here one must arrive.
    running = subprocess.Popen(
        [*COMMAND, "train.py"],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    assert running.stdout is not None
    assert running.stdout.readline() == "waiting\n"
    time.sleep(0.3)
    running.send_signal(signal.SIGINT)
    _, errors = running.communicate(timeout=120)
    assert running.returncode == 130
    assert "shapecheck: train.py was interrupted, but an exception ended its thread 'loader'\n" in errors
    assert "SC301" in errors


@pytest.mark.parametrize("own", ["threading.excepthook = lambda raised: print('mine')", "pass"])
def test_the_hook_of_the_script_is_left_alone(tmp_path: Path, own: str) -> None:
    text = f"before = threading.excepthook\n{own}\nprint(before is threading.__excepthook__)\nthread.start()\n"
    python, ours = both(tmp_path, text)
    assert ours.stdout == python.stdout
    assert ours.stderr.startswith(python.stderr)
    assert "SC301" in ours.stderr
