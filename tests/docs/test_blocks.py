"""The reader and the player of code blocks, on small pages."""

import subprocess
import sys

import pytest

from tests.docs import blocks, play
from tests.docs.pages import environment
from tests.loops import loop_over
from tuner.errors import StudyError

PAGE = """# A page

Text with `code`.

```toml title="sub/mine.toml"
key = 1
```

<!-- slow -->

```bash
echo one
```

1. Item

   ```python
   x = [
       1]
   ```

<!-- not run: takes a day -->
```bash
sleep 86400
```

````text
```
````
"""


def test_blocks_of_a_page():
    read = blocks.read(PAGE, "p.md")
    assert [(block.line, block.language, block.title, block.mark, block.source) for block in read] == [
        (5, "toml", "sub/mine.toml", "", "key = 1\n"),
        (11, "bash", "", "slow", "echo one\n"),
        (17, "python", "", "", "x = [\n    1]\n"),
        (23, "bash", "", "not run", "sleep 86400\n"),
        (27, "text", "", "", "```\n"),
    ]
    assert read[3].reason == "takes a day"
    assert [block.is_run for block in read] == [True, True, True, False, False]


@loop_over(
    ("text", "words"),
    [
        ("\n```\nx\n```", "p.md:2: the fence '' has no language"),
        ("```yaml\nx\n```", "p.md:1: the fence 'yaml' has no language"),
        ("```python hl_lines=3\nx\n```", "has no language"),
        ("```bash\nx\n", "p.md:1: the fence is not closed"),
        ("<!-- sloow -->\n```bash\nx\n```", "p.md:2: unknown mark 'sloow'"),
        ("<!-- slow: because -->\n```bash\nx\n```", "no other mark, has a reason"),
        ("<!-- not run -->\n```bash\nx\n```", "has a reason"),
        ("<!-- not run: -->\n```bash\nx\n```", "has a reason"),
        ("<!-- mpi -->\ntext\n```bash\nx\n```", "p.md:2: the mark 'mpi' stands before a text"),
    ],
)
def test_wrong_fences_and_marks_are_named(text, words):
    with pytest.raises(ValueError) as error:
        blocks.read(text, "p.md")
    assert words in str(error.value)


def test_a_mark_counts_for_one_block():
    text = "<!-- slow -->\n```bash\na\n```\n```bash\nb\n```\n"
    assert [block.mark for block in blocks.read(text, "p.md")] == ["slow", ""]


@pytest.fixture
def played(tmp_path, monkeypatch, capfd):
    """Return a function that plays a page's text; the function returns the status and everything that was printed."""

    def of(text: str, mark: str = "") -> tuple[int, str]:
        (tmp_path / "pages").mkdir(exist_ok=True)
        (tmp_path / "pages" / "p.md").write_text(text)
        monkeypatch.setattr(blocks, "DOCS", tmp_path / "pages")
        monkeypatch.setattr(sys, "path", list(sys.path))
        monkeypatch.chdir(tmp_path)
        status = play.main("p.md", str(tmp_path), mark)
        return status, capfd.readouterr().out

    return of


def test_blocks_share_a_folder_and_a_namespace(played):
    page = (
        '```python title="helper.py"\nX = 3\n```\n```python\nimport helper\n```\n'
        "```bash\necho 4 > four.txt\n```\n```python\nprint(helper.X + int(open('four.txt').read()))\n```\n"
    )
    status, said = played(page)
    assert status == 0 and said.splitlines()[-1] == "7"


def test_marked_blocks_are_played_on_demand(played):
    page = "<!-- slow -->\n```bash\necho rare\n```\n<!-- mpi -->\n```bash\nfalse\n```\n```bash\necho often\n```\n"
    assert played(page)[1].split()[2::3] == ["often"]
    assert played(page, "slow")[1].split()[2::3] == ["rare", "often"]
    assert played(page, "mpi")[0] == 1


@loop_over(
    ("text", "words"),
    [
        ("```bash\n\necho said; false | true\n```", "said\n"),
        ("text\n```python\n\n1 / 0\n```", 'p.md", line 4, in <module>'),
        ("```python title='x.py'\n1 +\n```".replace("'", '"'), "SyntaxError"),
        ("```toml\n[targets.a]\nfeature = 'rat'\nvalue = 1\ntolerance = 1\n```", "did you mean 'rate'"),
        ("```toml\noptimizer = {name = 'cma_es', sigm = 1}\n```", "sigm"),
        ("```bash\nexit 3\n```", "exit status 3"),
    ],
)
def test_a_block_that_fails_is_named(text, words, played):
    status, said = played(text)
    assert status == 1 and words in said
    assert f"FAILED: p.md:{2 if text.startswith('text') else 1}: " in said


def test_a_title_outside_the_folder_is_refused(tmp_path):
    (block,) = blocks.read('```toml title="../x.toml"\na = 1\n```', "p.md")
    with pytest.raises(ValueError, match=r"p\.md:1: the title '\.\./x\.toml'"):
        blocks.written_to(block, tmp_path)


def test_fragments_are_read_as_a_study(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    good = "[simulation]\nracing = true\nrepeats = 3\n", "[optimizer]\nname = 'nsga2'\npopulation_size = 200\n"
    for source in good:
        play.read_study(blocks.read(f"```toml\n{source}```", "p.md")[0])
    (wrong,) = blocks.read('```toml title="cluster.toml"\nnodes = 1\n```', "p.md")
    play.read_study(wrong)
    (wrong,) = blocks.read('```toml title="mine.toml"\nmodel = "m"\nparameters = {}\n```', "p.md")
    with pytest.raises(StudyError, match=r"^p\.md:1"):
        play.read_study(wrong)


@pytest.mark.simulation
@pytest.mark.long
def test_runs_end_after_four_evaluations(tmp_path):
    (tmp_path / "mine.py").write_text(
        "from tuner import Study, tune\n"
        "run = tune(Study.load('sensory_motor', ['duration_ms=20', 'budget.evaluations=100']), executor='inline')\n"
        "print(len(run.evaluations), run.ended, sep=': ')\n"
    )
    words = "the limit of 4 evaluations in tests of pages"
    options = {"cwd": tmp_path, "env": environment(), "capture_output": True, "text": True, "check": True}
    done = subprocess.run(["python", "mine.py"], **options)
    assert done.stdout.splitlines()[-1] == f"4: {words}"
    line = "netpyne-tuner run sensory_motor --executor inline --set duration_ms=20 --set budget.evaluations=100"
    done = subprocess.run([*line.split(), "--set", "name=other"], **options)
    assert f"\nEnded by {words} after 4 evaluations.\n" in done.stdout
