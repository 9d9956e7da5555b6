"""How much memory there is, and how many workers it is for, from files of the system that a test has written."""

import math

import pytest

from tests.loops import loop_over
from tuner.executors.memory import Demand, Held, Room, held, room

MB = 1_000_000


@pytest.fixture
def system(tmp_path):
    """Writes files below a folder that stands for /proc and the control groups."""

    def write(**files):
        for name, text in {"proc/self/cgroup": "", **files}.items():
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_text(text)
        found = room(tmp_path / "proc", tmp_path / "groups")
        return found and found.mb

    return write


def meminfo(mb):
    return {"proc/meminfo": f"MemTotal: 9 kB\nMemFree: 1 kB\nMemAvailable:   {mb * MB // 1024} kB\nHugePages_Free: 0\n"}


def group(version, folder, limit, usage, returnable=0):
    names = ("memory.max", "memory.current", "inactive_file")
    if version == 1:
        names = ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file")
    return {
        f"groups/{folder}/{names[0]}": f"{limit if limit == 'max' else limit * MB}\n",
        f"groups/{folder}/{names[1]}": f"{usage * MB}\n",
        f"groups/{folder}/memory.stat": f"anon 5\n{names[2]} {returnable * MB}\n",
    }


def test_without_groups_what_is_available_is_the_machines(system):
    assert system(**meminfo(3100)) == pytest.approx(3100, abs=0.01)


def test_the_tightest_group_around_the_process_counts(system):
    files = {
        **meminfo(9000),
        "proc/self/cgroup": "0::/slice/job\n",
        **group(2, "slice/job", "max", 100),
        **group(2, "slice", 2000, 1500, returnable=300),
        **group(2, "other", 10, 9),
    }
    assert system(**files) == 800


def test_a_group_that_leaves_more_than_the_machine_is_none(system):
    assert system(**meminfo(500), **{"proc/self/cgroup": "0::/\n"}, **group(2, "", 2000, 0)) == pytest.approx(
        500, abs=0.01
    )


def test_groups_of_version_one_and_of_both(system):
    files = {
        **meminfo(9000),
        "proc/self/cgroup": "9:name=systemd:/\n4:cpu,memory:/outer/inner\n3:cpuset:/outer\n0::/\n",
        # Of a container that the host calls so, the root is its own.
        **group(1, "memory", 4000, 1000, returnable=250),
        **group(2, "unified", "max", 0),
    }
    assert system(**files) == 3250
    # A job within it; the other is of another controller.
    inner = {**group(1, "memory/outer/inner", 700, 600), **group(1, "cpuset/outer", 5, 4)}
    assert system(**files, **inner) == 100


def test_a_group_past_its_limit_leaves_nothing_to_hope_for(system):
    files = {**meminfo(9000), "proc/self/cgroup": "0::/a\n", **group(2, "a", 100, 130)}
    assert system(**files) == -30
    assert Demand(Held(10), 2, Room(-30)).fitting == 0


def test_where_nobody_says_what_is_available_it_is_all(tmp_path):
    found = room(tmp_path, tmp_path)
    assert found is None or (found.is_all and found.mb > 100)


def test_what_a_process_holds_is_read_in_units_of_1024_bytes(tmp_path):
    (tmp_path / "self").mkdir()
    (tmp_path / "self" / "status").write_text("Name: a b\nVmHWM:\t  250000 kB\nVmRSS:\t 1 kB\nRssFile:\t   62500 kB\n")
    assert held(tmp_path) == Held(256.0, 64.0)


@loop_over(
    ("each", "shared", "workers", "mb", "room", "fitting"),
    [
        (1300.0, 0.0, 4, 5200.0, 3100.0, 2),
        (1300.0, 0.0, 4, 5200.0, 5200.0, 4),
        (1300.0, 100.0, 4, 4900.0, 3700.0, 3),
        (1300.0, 100.0, 4, 4900.0, 3699.0, 2),
        (1300.0, 100.0, 1, 1300.0, 1200.0, 0),
        (1300.0, 100.0, 4, 4900.0, math.inf, 4),
    ],
)
def test_workers_that_there_is_room_for(each, shared, workers, mb, room, fitting):
    demand = Demand(Held(each, shared), workers, Room(room))
    assert demand.mb == mb
    assert demand.fitting == fitting
