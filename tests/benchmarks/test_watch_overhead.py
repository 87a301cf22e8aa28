"""The benchmark runs; what it measures is for people to read, not for a test to judge."""

import runpy
from pathlib import Path

import pytest


@pytest.fixture
def benchmark():
    return runpy.run_path(str(Path(__file__).with_name("watch_overhead.py")))


def test_it_prints_a_ratio_for_every_comparison(benchmark, capsys):
    import torch

    threads = torch.get_num_threads()
    try:
        assert benchmark["main"](["--rounds", "1", "--steps", "1"]) == 0
    finally:
        torch.set_num_threads(threads)
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 7
    assert all("ratio" in line for line in lines[1:])
