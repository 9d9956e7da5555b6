"""The tuner in Jupyter: the page docs/tutorials/notebook.ipynb, and a kernel that is interrupted.

`python -m tests.smoke.test_notebook` runs the page and stores its outputs anew.
"""

import json
import tempfile
from pathlib import Path

import nbformat
import pytest
from jupyter_client.manager import start_new_kernel
from nbclient import NotebookClient
from nbformat import NotebookNode

from tests.commands import LONGEST_S, ROOT, SMALL, children, rows, tuner, wait_for_rows
from tuner import Run

PAGE = ROOT / "docs" / "tutorials" / "notebook.ipynb"
NAME, BUDGET = "from_a_notebook", 40
KERNEL = "python3"
# What of a machine must not be on the page.
MACHINE = ("/tmp", "/home", "/Users", "root", "site-packages", " at 0x")


def read() -> NotebookNode:
    return nbformat.read(PAGE, as_version=4)


def run(page: NotebookNode, folder: Path) -> None:
    """Runs all cells in a folder; their outputs are then on the page, without what was on standard error."""
    resources = {"metadata": {"path": str(folder)}}
    NotebookClient(page, timeout=LONGEST_S, kernel_name=KERNEL, resources=resources, record_timing=False).execute()
    for cell in code(page):
        cell.outputs = [output for output in cell.outputs if output.get("name") != "stderr"]


def code(page: NotebookNode) -> list[NotebookNode]:
    return [cell for cell in page.cells if cell.cell_type == "code"]


def kinds(page: NotebookNode) -> dict[str, list]:
    """What kinds of output each cell has."""
    return {cell.id: [(out.output_type, *sorted(out.get("data", ()))) for out in cell.outputs] for cell in code(page)}


def test_page_has_the_outputs_of_one_run_and_nothing_of_a_machine():
    page = read()
    nbformat.validate(page)
    assert [cell.execution_count for cell in code(page)] == list(range(1, len(code(page)) + 1))
    outputs = [output for cell in code(page) for output in cell.outputs]
    pictures = [output.data.pop("image/png") for output in outputs if "image/png" in output.get("data", {})]
    assert len(pictures) == 3 and sum(map(len, pictures)) < 250_000
    text = json.dumps(page)
    assert [word for word in MACHINE if word in text] == []
    assert f"Ended by budget.evaluations after {BUDGET} evaluations." in text


@pytest.fixture
def own_jupyter(tmp_path, monkeypatch):
    """A kernel that reads and writes nothing of the user's."""
    for name in ("IPYTHONDIR", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR"):
        monkeypatch.setenv(name, str(tmp_path / name))


@pytest.mark.slow
@pytest.mark.simulation
def test_page_runs_and_shows_what_the_run_folder_has(tmp_path, own_jupyter):
    page, stored = read(), kinds(read())
    asked = 'import json; print(json.dumps([len(df), df["loss"].min(), int(df["loss"].idxmin()), run.ended, str(run)]))'
    page.cells.append(nbformat.v4.new_code_cell(asked, id="asked"))
    run(page, tmp_path)
    *cells, last = code(page)
    assert kinds(page) == stored | {"asked": [("stream",)]}
    n, loss, number, ended, lines = json.loads(last.outputs[0].text)
    folder = tmp_path / "runs" / NAME
    best = json.loads((folder / "best.json").read_text())
    assert (n, loss, number) == (BUDGET, best["loss"], best["number"]) and n == len(rows(folder))
    assert (loss, number) == min((row["loss"], row["number"]) for row in rows(folder).values())
    assert ended == "budget.evaluations" and best["verified"]["equal"]
    shown = {cell.id: "".join(o.get("text") or o.data.get("text/plain", "") for o in cell.outputs) for cell in cells}
    assert shown["budget"] == lines and lines.endswith(f"Report: runs/{NAME}/report/index.html")
    assert f"Best: evaluation {number}, loss {loss:.4g}\n" in lines
    assert "Ended by budget.evaluations after 20 evaluations." in shown["tune"]
    assert "Populations: S (20), M (20)" in shown["check"]
    assert f"Spikes: {best['verified']['n_spikes']} " in shown["export"]
    assert shown["load"] == "True"


@pytest.mark.simulation
def test_run_that_is_loaded_says_what_the_command_said(serial_run, monkeypatch):
    monkeypatch.chdir(serial_run.parents[1])
    done = tuner(SMALL, "--runs", serial_run.parent, "--quiet")
    loaded = Run.load("small", serial_run.parent)
    *lines, report = done.stdout.splitlines()
    assert list(loaded.lines())[:-1] == lines and report == f"Report: {loaded.report}"
    assert list(loaded.lines())[-1] == f"Report: {loaded.report.relative_to(Path.cwd())}"
    assert loaded.pictures.keys() == {"raster", "fitness", "parameters"}
    df = loaded.to_dataframe()
    assert df["loss"].to_dict() == {number: row["loss"] for number, row in rows(serial_run).items()}
    assert (df["seconds"] > 0).all()


@pytest.mark.slow
@pytest.mark.simulation
def test_run_in_a_kernel_that_is_interrupted_goes_on_and_ends_as_if_it_had_not_been(serial_run, tmp_path, own_jupyter):
    manager, client = start_new_kernel(kernel_name=KERNEL, cwd=str(tmp_path))
    try:
        first = f"from tuner import Run, Study, tune\nrun = tune(Study.load({str(SMALL)!r}), workers=2)"
        # A kernel aborts every request that comes shortly after an error, if the failed request does not forbid it.
        asked = client.execute(first, stop_on_error=False)
        wait_for_rows(tmp_path / "runs" / "small", 3)
        assert children(manager.provisioner.pid)
        manager.interrupt_kernel()
        assert reply(client, asked)["ename"] == "KeyboardInterrupt"
        assert children(manager.provisioner.pid) == []
        assert reply(client, client.execute("assert 'interrupted' in str(Run.load('small'))"))["status"] == "ok"
        assert reply(client, client.execute(first))["status"] == "ok"
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
    assert rows(tmp_path / "runs" / "small") == rows(serial_run)


def reply(client: object, asked: str) -> dict:
    """The kernel's answer to a request."""
    while (message := client.get_shell_msg(timeout=LONGEST_S))["parent_header"].get("msg_id") != asked:
        pass
    return message["content"]


if __name__ == "__main__":
    made = read()
    with tempfile.TemporaryDirectory() as scratch:
        run(made, Path(scratch))
    nbformat.write(made, PAGE)
