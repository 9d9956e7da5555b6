"""The loop without generations: a broken run goes on as the unbroken one, given the same completions."""

import json
import shutil

import pytest

from tests.commands import SMALL, kill, rows, start, tuner, wait_for_rows

pytestmark = [pytest.mark.simulation, pytest.mark.xdist_group("asynchronous")]
STEADY = (
    SMALL, "--set", "optimizer.name='nsga2'", "--set", "optimizer.population_size=4",
    "--set", "optimizer.asynchronous=true", "--set", "budget.evaluations=14",
)  # fmt: skip


def orders(run):
    return [row["order"] for row in rows(run).values()]


@pytest.fixture(scope="module")
def steady_run(tmp_path_factory):
    """An unbroken run with three points outstanding, in this order of completions."""
    runs = tmp_path_factory.mktemp("steady")
    done = tuner(*STEADY, "--runs", runs, "--executor", "inline", "--set", "optimizer.in_flight=3")
    assert done.returncode == 0, done.stderr
    assert orders(runs / "small") == list(range(14))
    assert "generation   2: 12/14 evaluations" in done.stdout
    return runs / "small"


@pytest.mark.parametrize(
    "stored", [pytest.param(n, marks=pytest.mark.slow if n == 6 else pytest.mark.exhaustive) for n in (1, 6, 13)]
)
def test_a_file_cut_anywhere_is_completed(steady_run, tmp_path, stored):
    shutil.copytree(steady_run, tmp_path / "small")
    lines = (steady_run / "evaluations.jsonl").read_bytes().splitlines(keepends=True)
    (tmp_path / "small" / "evaluations.jsonl").write_bytes(b"".join(lines[:stored]) + lines[stored][:50])
    again = tuner(*STEADY, "--runs", tmp_path, "--executor", "inline", "--set", "optimizer.in_flight=3")
    assert again.returncode == 0, again.stderr
    assert rows(tmp_path / "small") == rows(steady_run)


@pytest.mark.slow
def test_killed_on_two_workers_and_resumed_on_one(tmp_path):
    master = start(*STEADY, "--runs", tmp_path, "--workers", 2)
    wait_for_rows(tmp_path / "small", 6)
    kill(master)
    before = list(rows(tmp_path / "small").values())
    again = tuner(*STEADY, "--runs", tmp_path, "--executor", "inline")
    assert again.returncode == 0, again.stderr
    after = rows(tmp_path / "small")
    assert list(after.values())[: len(before)] == before
    assert orders(tmp_path / "small") == list(range(14)) and sorted(after) == list(range(14))
    manifest = json.loads((tmp_path / "small" / "manifest.json").read_text())
    assert manifest["identity"]["optimizer"]["in_flight"] == 2, "that of the first start"
    assert [each["workers"] for each in manifest["starts"]] == [2, 1]


@pytest.mark.slow
def test_a_point_is_asked_for_as_soon_as_one_has_landed(steady_run):
    # Random until the population is full; then every child has parents among those that had landed.
    found = list(rows(steady_run).values())
    assert [row["generation"] for row in sorted(found, key=lambda r: r["number"])] == [n // 4 for n in range(14)]


def test_a_line_that_is_missing_is_said(steady_run, tmp_path):
    shutil.copytree(steady_run, tmp_path / "small")
    lines = (steady_run / "evaluations.jsonl").read_bytes().splitlines(keepends=True)
    (tmp_path / "small" / "evaluations.jsonl").write_bytes(b"".join(lines[:5] + lines[6:]))
    refused = tuner(*STEADY, "--runs", tmp_path, "--executor", "inline", "--set", "optimizer.in_flight=3")
    assert refused.returncode == 5
    assert "evaluations.jsonl: lacks a line" in refused.stderr


def test_another_number_in_flight_is_another_run(steady_run, tmp_path):
    shutil.copytree(steady_run, tmp_path / "small")
    refused = tuner(*STEADY, "--runs", tmp_path, "--set", "optimizer.in_flight=2")
    assert refused.returncode == 5
    assert "optimizer.in_flight was 3, is 2" in refused.stderr


def test_in_flight_without_asynchronous_is_a_mistake(tmp_path):
    refused = tuner(SMALL, "--runs", tmp_path, "--set", "optimizer.name='nsga2'", "--set", "optimizer.in_flight=2")
    assert refused.returncode == 2
    assert "optimizer.in_flight: is 2, needs asynchronous = true" in refused.stderr
