"""Nothing is written outside of the run folder."""

import shutil

import numpy as np
import pytest

from tests.commands import ROOT, main
from tests.loops import loop_over
from tests.samples import recording
from tuner.runs import rasters
from tuner.runs.contained import copy_tree, plain_name
from tuner.verification.export import take_over

DATA = ROOT / "tests" / "data" / "run_f817a47"


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "runs" / "sent"
    folder.mkdir(parents=True)
    for name in ("best.json", "evaluations.jsonl", "study.toml", "manifest.json"):
        shutil.copy(DATA / name, folder)
    return folder


@loop_over(
    ("name", "plain"),
    [
        ("low drive", "low drive"),
        ("x/../../../../VICTIM", "x_.._.._.._.._VICTIM"),
        ("..", "_"),
        ("a\\b\0c\nd", "a_b_c_d"),
        ("e" * 500, "e" * 80),
    ],
)
def test_a_name_from_data_is_made_plain(name, plain):
    assert plain_name(name) == plain


def test_a_protocol_of_the_raster_names_no_other_place(folder):
    """Both protocols are of the file: the study has one, called default."""
    raster = recording([1.0, 2.0], duration_ms=300.0)
    rasters.write_raster(folder, 3, {"default": raster, "x/../../../../VICTIM": raster})
    (folder / "report" / "raster_x").mkdir(parents=True)
    assert main("report", folder).returncode == 0
    assert not list(folder.parent.parent.glob("VICTIM*"))
    assert not (folder / "report" / "raster.png").exists()


@loop_over("name", ["report", "manifest.json", "run.log", "export"])
def test_a_report_is_not_written_where_a_link_leads_out(folder, name):
    away = folder.parent.parent / "away"
    away.mkdir(exist_ok=True)
    place = folder / name
    if place.exists():
        place.rename(away / name)
    place.symlink_to(away / name if name.count(".") else away)
    done = main("report", folder)
    assert done.returncode == 5
    assert f"{place}: leads out of the run folder, so nothing is written there; remove the link" in done.stderr
    assert not (away / "index.html").exists()
    place.unlink()
    if (away / name).exists():
        (away / name).rename(place)


def test_a_link_in_the_place_of_a_file_of_the_report_is_replaced(folder):
    victim = folder.parent.parent / "victim"
    victim.write_text("untouched")
    (folder / "report").mkdir()
    for name in ("index.html", ".index.html.new", "fitness.png", ".fitness.png.new"):
        (folder / "report" / name).symlink_to(victim)
    assert main("report", folder).returncode == 0
    assert victim.read_text() == "untouched"
    assert not (folder / "report" / "index.html").is_symlink()


def test_an_export_replaces_links_and_old_scripts(tmp_path):
    made, target, victim = tmp_path / "made", tmp_path / "export", tmp_path / "victim"
    for name in ("cfg.py", "model/net/init.py", "mod/a.mod"):
        (made / name).parent.mkdir(parents=True, exist_ok=True)
        (made / name).write_text("new")
    victim.mkdir()
    (victim / "init.py").write_text("untouched")
    (target / "model" / "old").mkdir(parents=True)
    (target / "notes.txt").write_text("the user's own")
    (target / "cfg.py").symlink_to(victim / "init.py")
    (target / "mod").symlink_to(victim)
    take_over(made, target)
    assert (victim / "init.py").read_text() == "untouched" and sorted(victim.iterdir()) == [victim / "init.py"]
    found = sorted(str(path.relative_to(target)) for path in target.rglob("*") if path.is_file())
    assert found == ["cfg.py", "mod/a.mod", "model/net/init.py", "notes.txt"]


def test_links_of_an_export_stay_links(tmp_path):
    (tmp_path / "made").mkdir()
    (tmp_path / "made" / "data").symlink_to(tmp_path / "large")
    (tmp_path / "target").mkdir()
    (tmp_path / "target" / "data").write_text("old")
    copy_tree(tmp_path / "made", tmp_path / "target")
    assert (tmp_path / "target" / "data").readlink() == tmp_path / "large"


def test_a_raster_of_strange_cells_gives_a_report(folder):
    rasters.write_raster(folder, 3, {"default": recording([1.0], duration_ms=300.0, X=np.array([7]))})
    assert main("report", folder).returncode == 0
