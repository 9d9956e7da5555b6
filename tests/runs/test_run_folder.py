import re

import pytest

from tests.samples import make_study
from tuner.errors import StoreError, StudyError
from tuner.optimizers import resolution
from tuner.runs import run_folder
from tuner.runs.json_files import write_json
from tuner.runs.manifest import MANIFEST


class TestClaim:
    def test_a_folder_is_made_and_kept(self, tmp_path):
        folder = tmp_path / "runs" / "night"
        run_folder.claim(folder, fresh=False)
        assert folder == tmp_path / "runs" / "night" and list(folder.iterdir()) == []
        (folder / "x").write_text("kept")
        run_folder.claim(folder, fresh=False)
        assert (folder / "x").read_text() == "kept"

    def test_fresh_renames_and_never_deletes(self, tmp_path):
        for content in "abc":
            folder = tmp_path / "night"
            run_folder.claim(folder, fresh=True)
            assert list(folder.iterdir()) == []
            (folder / "x").write_text(content)
        assert sorted(path.name for path in tmp_path.iterdir()) == ["night", "night.1", "night.2"]
        assert [(tmp_path / name / "x").read_text() for name in ("night.1", "night.2", "night")] == ["a", "b", "c"]

    def test_fresh_takes_the_first_free_number(self, tmp_path):
        for name in ("night", "night.1", "night.3"):
            (tmp_path / name).mkdir()
        run_folder.claim(tmp_path / "night", fresh=True)
        assert sorted(path.name for path in tmp_path.iterdir()) == ["night", "night.1", "night.2", "night.3"]

    @pytest.mark.parametrize("fresh", [False, True])
    def test_what_cannot_be_written_is_a_store_error(self, tmp_path, fresh):
        (tmp_path / "file").write_text("")
        with pytest.raises(StoreError, match=f"{re.escape(str(tmp_path))}/file.*cannot be written: ") as caught:
            run_folder.claim(tmp_path / "file" / "night", fresh=fresh)
        assert caught.value.exit_status == 5


    def test_a_link_out_of_the_folder_is_refused(self, tmp_path):
        folder, victim = tmp_path / "night", tmp_path / "victim"
        folder.mkdir()
        for name in ("run.log", "report", "loop"):
            (folder / name).symlink_to(folder / name if name == "loop" else victim)
            with pytest.raises(StoreError, match=f"night/{name}: leads out of the run folder, so nothing is written"):
                run_folder.claim(folder, fresh=False)
            (folder / name).unlink()
        (folder / "inner").symlink_to("data")
        run_folder.claim(folder, fresh=False)
        assert not victim.exists()


class TestFind:
    def test_by_name_and_by_path(self, tmp_path):
        write = tmp_path / "runs" / "night"
        write.mkdir(parents=True)
        write_json(write / MANIFEST, {})
        assert run_folder.find("night", tmp_path / "runs") == write
        assert run_folder.find(str(write), tmp_path) == write
        with pytest.raises(StudyError, match=r"nihgt: there is no such run in .*; did you mean 'night'\?"):
            run_folder.find("nihgt", tmp_path / "runs")

    def test_a_folder_without_a_manifest_is_no_run(self, tmp_path):
        (tmp_path / "empty").mkdir()
        with pytest.raises(StudyError, match="there is no such run"):
            run_folder.find("empty", tmp_path)

    @pytest.mark.parametrize("name", ["x" * 300, "a\0b"], ids=["long", "nul"])
    def test_a_name_that_no_file_system_takes(self, tmp_path, name):
        with pytest.raises(StudyError, match="there is no such run"):
            run_folder.find(name, tmp_path)


def test_a_runs_study_is_read_from_its_folder(tmp_path):
    study = resolution.resolve(make_study("/some/where"))
    write_json(tmp_path / MANIFEST, {"study_folder": "/some/where", "trust_pickle": True, "units": {"weight": "uS"}})
    (tmp_path / run_folder.STUDY).write_text(study.dump())
    again, manifest = run_folder.load_study(tmp_path)
    assert again.identity() == study.identity()
    assert (again.folder, again.trust_pickle, again.imports) == ("/some/where", False, False)
    assert manifest.units == {"weight": "uS"}
