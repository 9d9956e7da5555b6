"""Collect the prose of the project, and find the sentences that break the rules of CONTRIBUTING.md (Language)."""

import ast
import io
import json
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
CODE = ("tuner", "cells", "netparams", "batch", "benchmarks", "docs")
# The texts of the report page are written in HTML.
PAGE = ("tuner/report/page.py", "tuner/report/markup.py", "tuner/report/sections/", "tuner/report/pictures/")
LONGEST_DOCSTRING_SENTENCE, LONGEST_PAGE_SENTENCE = 25, 35
OPENINGS = set(
    "what who whose that those these this which of one it how whether where as no nothing whatever "
    "they he she we you i its their there when if while why".split()
)
PRONOUNS = re.compile(
    r"\b(what|whatever|whose|who|whom|whoever|(?-i:none)|ours|theirs|it|its|itself|they|them|their|themselves|those|"
    r"he|him|his|she|her|we|(?-i:[Uu]s)|our|(?:that|those) of|(?:the )?one that|ones that|the same of|all that)\b",
    re.IGNORECASE,
)
ABBREVIATIONS = r"e\.g|i\.e|et al|cf|vs|[Ff]ig|[Ee]qs?|pp|p|no|approx|Dr|resp"
VERBS = set((HERE / "verbs.txt").read_text().split())
# Words and phrases that are not the field's, and what to write instead.
PHRASES = {
    r"\bwish(es|ed|ing)?\b": "target value, goal",
    r"\bparts? of (the|a) loss|\bloss's parts?|\b(the|all|its|their|of|mean|sum of) parts\b": "term",
    r"(?<!closed)(?<!closed-)(?<!closed )\bforms?\b(?! of\b)(?!-)": "loss function",
    r"\b(a|the|every|each|no|any) musts?\b(?!-)|\bmusts\b": "constraint",
    r"\bthe accounts?\b": "summary",
    r"\blikeness(es)?\b": "working copy",
    r"\b(the|of|by|after|before) making\b(?! (a|an|the)\b)|\bmakings?\b(?= of\b)": "building the specs",
    r"\bfresh seeds?\b": "held-out seeds",
    r"\bshort[ -]?cuts?\b": "speed-up",
    r"\bproves? nothing\b": "speed-ups not tested: ...",
    r"\bstops? where a candidate is hopeless\b": "hopeless candidates stop early",
    r"\blets? go\b": "ignore, release",
    r"\bquiet if\b": "name the subject and the condition",
    r"\b(it|they|ones?) (has|have) none of (its|their) own\b|\bnone of its own\b": "name the subject and the condition",
    r"\bof (ours|theirs)\b": "of the tuner, of the model ...",
    r"\bseems? not to matter\b|\bdoes not matter\b": "not resolved",
    r"\bcannot be said\b": "not resolved, not tested",
    r"\bwhoever\b|\bwhichever\b": "name the subject",
    r"\bare to be had\b|\bis to be had\b": "are available",
    r"\bbears? (the|a|its) (name|number)\b": "is named, is numbered",
    r"\b(is|are) (?-i:none)\b": "there is no NOUN",
    r"\baffair\b": "task, responsibility",
    r"\bwhat (is|was|are|were) (asked|told|tuned|wanted|searched|given|made|measured)\b": "the NOUN that ...",
}  # fmt: skip
FORBIDDEN = {re.compile(pattern, re.IGNORECASE): instead for pattern, instead in PHRASES.items()}


class Text(NamedTuple):
    """Represent a piece of prose, and the place where it stands."""

    place: str
    words: str


def code_files(root: Path = ROOT) -> list[Path]:
    """Return the Python files of the program, without the links of tuner/library/."""
    return [file for folder in CODE for file in sorted((root / folder).rglob("*.py"))
            if "library" not in file.parts[:-2] and ".build" not in file.parts]  # fmt: skip


def page_files(root: Path = ROOT) -> list[Path]:
    """Return the pages and notebooks that users and contributors read."""
    folders = [page for folder in ("docs", "mod", "benchmarks", "netparams") for page in (root / folder).rglob("*.md")]
    return sorted([*root.glob("*.md"), *folders, *(root / "docs").rglob("*.ipynb")])


def without_code(text: str) -> str:
    """Return a text whose code spans, links and pictures have become one word or their label."""
    text = re.sub(r"``.+?``|`[^`]+`", "CODE", text, flags=re.DOTALL)
    text = re.sub(r"!\[([^\]]*)\]\([^)]*\)", r"\1", text)
    return re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", text)


def split(text: str) -> list[str]:
    """Return the sentences of a paragraph; abbreviations do not end one."""
    text = re.sub(rf"\b({ABBREVIATIONS})\.", r"\1", " ".join(text.split()))
    return [each for each in re.split(r"(?<=[.!?])[\"')*_]*\s+(?=[\"'(*_\[]*[A-Z0-9])", text) if each.strip()]


def first_sentence(docstring: str) -> str:
    """Return the first sentence of a docstring."""
    paragraph = re.split(r"\n\s*\n", docstring.strip())[0]
    return split(paragraph)[0] if paragraph else ""


def docstrings(file: Path) -> Iterator[Text]:
    """Yield every docstring of a file; the place names file, line and object."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            words = ast.get_docstring(node)
            if words:
                line = 1 if isinstance(node, ast.Module) else node.lineno
                yield Text(f"{file}:{line} {getattr(node, 'name', 'module')}", words)


def comments(file: Path) -> Iterator[Text]:
    """Yield every comment of a file."""
    with io.StringIO(file.read_text(encoding="utf-8")) as lines:
        for token in tokenize.generate_tokens(lines.readline):
            if token.type == tokenize.COMMENT:
                yield Text(f"{file}:{token.start[0]}", token.string.lstrip("# "))


def _template(node: ast.AST) -> str | None:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(str(each.value) if isinstance(each, ast.Constant) else "{}" for each in node.values)
    return None


def _texts_of(node: ast.AST) -> Iterator[tuple[int, str]]:
    """Yield line and template of each text below a node, an f-string as one text."""
    body = getattr(node, "body", None)
    documented = isinstance(body, list) and body and isinstance(body[0], ast.Expr) and _template(body[0].value)
    for child in ast.iter_child_nodes(node):
        if documented and child is body[0]:
            continue
        template = _template(child)
        if template is not None:
            yield child.lineno, template
        if isinstance(child, ast.JoinedStr):
            values = [each for each in child.values if isinstance(each, ast.FormattedValue)]
            yield from (text for value in values for text in _texts_of(value))
        else:
            yield from _texts_of(child)


def messages(file: Path) -> Iterator[Text]:
    """Yield the texts of a file that people read: at least two words; `{}` stands for a value."""
    for line, template in _texts_of(ast.parse(file.read_text(encoding="utf-8"))):
        if re.search(r"[a-z]{2,}[,;:.]? +(\{\} +)?[a-z]{2,}", template) and "<" not in template[:1]:
            yield Text(f"{file}:{line}", template)


def page_texts(file: Path) -> Iterator[Text]:
    """Yield the paragraphs, list items, headings and table cells of a page, without its code blocks."""
    text = file.read_text(encoding="utf-8")
    if file.suffix == ".ipynb":
        cells = [cell for cell in json.loads(text)["cells"] if cell["cell_type"] == "markdown"]
        text = "\n\n".join("".join(cell["source"]) for cell in cells)
    number, block, fenced = 0, "", False
    for number, line in enumerate([*text.split("\n"), ""], start=1):
        fence = line.lstrip().startswith("```")
        if fence or fenced or line.lstrip().startswith("<!--"):
            fenced = fenced != fence
            line = ""
        starts = re.match(r"\s*([-*+]|\d+\.|#+|!!!|\?\?\?|:::|===)\s", line) or line.lstrip().startswith("|")
        if block and (starts or not line.strip()):
            yield from _cells(f"{file}:{number - 1}", block)
            block = ""
        block = f"{block} {line.strip()}".strip()


def _cells(place: str, block: str) -> Iterator[Text]:
    cells = re.split(r"(?<!\\)\|", block) if block.startswith("|") else [re.sub(r"^([-*+]|\d+\.|#+)\s", "", block)]
    yield from (Text(place, without_code(cell).strip()) for cell in cells if cell.strip(" -:"))


def forbidden(text: Text) -> list[str]:
    """Return a complaint for each phrase that the text should not have."""
    words = without_code(text.words)
    return [f"{text.place}: {found[0]!r} -> {instead}" for each, instead in FORBIDDEN.items()
            if (found := each.search(words))]  # fmt: skip


def wrong_docstring(text: Text) -> list[str]:
    """Return the complaints about the first sentence of a docstring."""
    sentence = without_code(first_sentence(text.words))
    words = sentence.split()
    opening = words[0].strip(",.:;'\"()").lower() if words else ""
    found = []
    if opening in OPENINGS:
        found.append(f"opens with {words[0]!r}")
    elif opening not in VERBS:
        found.append(f"does not open with a verb of verbs.txt: {opening!r}")
    if pronoun := PRONOUNS.search(sentence):
        found.append(f"pronoun {pronoun[0]!r}")
    if len(words) > LONGEST_DOCSTRING_SENTENCE:
        found.append(f"{len(words)} words")
    return [f"{text.place}: {', '.join(found)}: {sentence}"] if found else []


def long_sentences(text: Text) -> list[str]:
    """Return a complaint for each sentence of a page that is too long."""
    return [f"{text.place}: {len(each.split())} words: {each}" for each in split(text.words)
            if len(each.split()) > LONGEST_PAGE_SENTENCE]  # fmt: skip


def complaints_of(file: Path) -> list[str]:
    """Return all complaints about a Python file or a page."""
    if file.suffix in (".md", ".ipynb"):
        return [each for text in page_texts(file) for each in (*long_sentences(text), *forbidden(text))]
    found = [each for text in docstrings(file) for each in wrong_docstring(text)]
    spoken = [*docstrings(file), *comments(file)]
    if not any(f"/{each}" in file.as_posix() for each in PAGE):
        spoken += messages(file)
    return found + [each for text in spoken for each in forbidden(text)]
