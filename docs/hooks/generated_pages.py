"""Write the pages that other files of the project define: the command line and the changes."""

import argparse
import functools
import re
from collections.abc import Iterator
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files

from tuner.cli import parser

WIDTH = 90
COMMAND_LINE = """\
# Command line

This page lists every command of `netpyne-tuner` with its options. `netpyne-tuner COMMAND --help` prints the same text.

```bash
netpyne-tuner check sensory_motor
netpyne-tuner run sensory_motor --set budget.evaluations=20
netpyne-tuner status sensory_motor
```

`netpyne-tuner STUDY` is short for `netpyne-tuner run STUDY`. In a checkout, `python tuner/run.py` is the same program.
[Run folder and exit status](run-folder.md#exit-status) lists the exit statuses.
"""


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the generated pages to the files of docs/."""
    changes = (Path(config.config_file_path).parent / "CHANGELOG.md").read_text(encoding="utf-8")
    pages = {
        "reference/command-line.md": "\n".join(command_line(parser())),
        # CHANGELOG.md lies beside docs/.
        "changelog.md": re.sub(r"\]\(docs/", "](", changes),
    }
    for name, text in pages.items():
        files.append(File.generated(config, name, content=text))
    return files


def command_line(top: argparse.ArgumentParser) -> Iterator[str]:
    """Yield the lines of the page of a parser's commands."""
    yield COMMAND_LINE
    (commands,) = (action for action in top._actions if isinstance(action, argparse._SubParsersAction))
    summaries = {choice.dest: choice.help for choice in commands._choices_actions}
    yield "| Command | Purpose |\n|---|---|"
    yield from (f"| [`{name}`](#{name}) | {_cell(summary)} |" for name, summary in summaries.items())
    for name, summary in summaries.items():
        command = commands.choices[name]
        # The same lines on every terminal and version of Python; Python 3.14 colours the usage.
        command.formatter_class = functools.partial(argparse.HelpFormatter, width=WIDTH)
        command.color = False
        usage = command.format_usage().removeprefix("usage: ").replace(f"\n{' ' * 7}", "\n")
        yield f"\n## {name}\n\n{_sentence(summary)}\n\n```text\n{usage.rstrip()}\n```\n"
        actions = [action for action in command._actions if action.dest != "help"]
        if actions:
            yield "| Argument | Meaning |\n|---|---|"
        yield from (f"| {_name(action)} | {_cell(action.help)} |" for action in actions)


def _name(action: argparse.Action) -> str:
    """Return an argument with a placeholder for the value."""
    if not action.option_strings:
        return f"`{action.metavar}`"
    choices = "{" + ",".join(map(str, action.choices)) + "}" if action.choices else ""
    value = "" if action.nargs == 0 else f" {action.metavar or choices}"
    return ", ".join(f"`{option}{value}`" for option in action.option_strings)


def _cell(text: str | None) -> str:
    return (text or "").replace("|", "\\|")


def _sentence(text: str | None) -> str:
    return f"{(text or '')[:1].upper()}{(text or '')[1:]}."
