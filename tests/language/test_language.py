"""Docstrings, comments, messages and pages keep to the rules of CONTRIBUTING.md (Language)."""

import pytest

from tests.language import prose
from tests.language.prose import ROOT, Text
from tests.loops import loop_over

PLACES = sorted({"/".join(file.relative_to(ROOT).parts[:2]) for file in prose.code_files()})


def complaints(words: str) -> str:
    """Return the complaint about a docstring without place and sentence, empty if there is no complaint."""
    return "".join(each.split(": ", 1)[1].rpartition(": ")[0] for each in prose.wrong_docstring(Text("x.py", words)))


@pytest.mark.parametrize(
    "words, complaint",
    [
        ("Return the mean rate of a population [Hz].", ""),
        ("Return `None`, or what `its` says." , "pronoun 'what'"),
        ("Whether a run is done.", "opens with 'Whether'"),
        ("Makes a run.", "does not open with a verb of verbs.txt: 'makes'"),
        ("Return the points, and those that failed.", "pronoun 'those'"),
        ("Read a file. What it says comes later.", ""),
        ("Compute the sources (Deb et al. 2002) " + 18 * "very " + "fast.", "26 words"),
        ("Compute the sources (Deb et al. 2002) " + 17 * "very " + "fast.", ""),
    ],
)  # fmt: skip
def test_first_sentences_are_judged(words, complaint):
    assert complaints(words) == complaint


def test_phrases_are_found_outside_code_only():
    found = prose.forbidden(Text("x", "The wished value; a closed form; `form = 1` of a must_not; the form."))
    assert found == ["x: 'wished' -> target value, goal", "x: 'form' -> loss function"]
    assert prose.forbidden(Text("x", "A candidate must run.")) == []


def test_pages_are_cut_into_sentences(tmp_path):
    page = tmp_path / "page.md"
    lines = ("# A title", "", "One `a b c` two", "three. Four.", "", "```bash", "not this", "```", "- item", " more")
    page.write_text("\n".join([*lines, "| a b | c |\n"]))
    texts = [text.words for text in prose.page_texts(page)]
    assert texts == ["A title", "One CODE two three. Four.", "item more", "a b", "c"]
    assert prose.split(texts[1]) == ["One CODE two three.", "Four."]
    long = Text("x", " ".join(36 * ["word"]) + ". " + " ".join(35 * ["Word"]) + ".")
    assert [each.split(":")[1] for each in prose.long_sentences(long)] == [" 36 words"]


def test_messages_are_collected(tmp_path):
    file = tmp_path / "module.py"
    lines = ('"""A docstring of it."""', 'x = f"the run {name!r} has " + f"no {f(\'inner words here\')}"', 'y = "key"')
    file.write_text("\n".join(lines))
    assert [text.words for text in prose.messages(file)] == ["the run {} has ", "inner words here"]


@loop_over("place", PLACES)
def test_code_keeps_to_the_rules(place):
    files = [file for file in prose.code_files() if file.is_relative_to(ROOT / place)]
    assert files
    assert [each for file in files for each in prose.complaints_of(file)] == []


@loop_over("page", prose.page_files())
def test_pages_keep_to_the_rules(page):
    assert prose.complaints_of(page) == []


@loop_over("study", sorted((ROOT / "batch").glob("*.toml")))
def test_comments_of_studies_keep_to_the_rules(study):
    words = "\n".join(line.partition("#")[2] for line in study.read_text().splitlines())
    assert prose.forbidden(Text(study.name, words)) == []
