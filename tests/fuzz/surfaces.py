"""Attempts with hostile input: studies, command lines, run folders, and the tables of batch scripts."""

import copy
import json
import shutil
from dataclasses import replace
from pathlib import Path
from random import Random

import tomli_w

from tests.commands import ROOT, main
from tests.fuzz.values import TEXTS, broken, hostile, json_text, mutated, with_another_kind
from tests.fuzz.watch import STATUSES, Found
from tests.samples import study_table
from tuner import Run
from tuner.bridge import script
from tuner.bridge.searches import Facts, Searched
from tuner.cli import SUB_COMMANDS
from tuner.errors import TunerError
from tuner.optimizers import resolution
from tuner.runs.manifest import DECISIVE_VERSIONS, versions
from tuner.study import study_file
from tuner.study.study import Study

DATA = ROOT / "tests" / "data" / "run_f817a47"
LONGEST_MESSAGE = 2000


def said(*words: object) -> None:
    """Run a command; its status is one of the program's, and its complaint is short and without a traceback."""
    done = main(*words)
    if done.returncode not in STATUSES:
        raise Found(f"it ends with status {done.returncode}")
    if "Traceback" in done.stderr or len(done.stderr) > LONGEST_MESSAGE:
        raise Found(f"it says {done.stderr[:300]!r}")
    if any(ord(character) < 32 and character not in "\n\t" for character in done.stdout + done.stderr):
        raise Found("it writes a control character")


def refuses(function: object, *arguments: object, **options: object) -> object:
    """Return the result; an error of the program, of one short sentence, is as good."""
    try:
        return function(*arguments, **options)
    except TunerError as error:
        if len(str(error)) > LONGEST_MESSAGE:
            raise Found(f"it says {str(error)[:300]!r}") from error
        return None


def study(random: Random, home: Path) -> None:
    """Read a study of which some entries or bytes are wrong."""
    names = study_file.names()
    table = study_table() if random.random() < 0.5 else study_file.read(ROOT / "batch" / f"{random.choice(names)}.toml")
    file = home / "study.toml"
    table = mutated(table, random, json_only=False)
    try:
        content = tomli_w.dumps(table).encode(errors="surrogatepass")
    except (TypeError, AttributeError, ValueError):
        content = repr(table).encode()
    file.write_bytes(broken(content, random) if random.random() < 0.2 else content)
    read = refuses(Study.load, file, folder=ROOT / "batch")
    if read is not None and read.duration_ms:
        resolved = refuses(resolution.resolve, read, read.duration_ms, 2)
        if resolved is not None:
            resolved.dump()


WORDS = (*SUB_COMMANDS, "--help", "--version", "--runs", "--set", "--to", "--trust", "--executor", "--workers",
         "--quiet", "optimizer.name=x", "a.b.c=1", "=", "budget={}", "-", "--", "serial", "0", "-1", "10" * 40, ".",
         "/dev/null", "nothing.toml", "sensory_motor.toml", *TEXTS)  # fmt: skip


def command_line(random: Random, home: Path) -> None:
    """Run a command of random words; no word names a study or a model that could be simulated."""
    words = [random.choice(WORDS) for _ in range(random.randint(0, 5))]
    if words and words[0] == "gallery":
        words = ["cells"]
    elsewhere = [word for word in words if "VICTIM" not in word]
    said(*elsewhere, *(["--runs", home / "runs"] if random.random() < 0.5 else []))


def _sent(home: Path) -> Path:
    folder = home / "runs" / "sent"
    shutil.rmtree(home / "runs", ignore_errors=True)
    folder.mkdir(parents=True)
    for name in ("best.json", "best_raster.npz", "evaluations.jsonl", "study.toml"):
        shutil.copy(DATA / name, folder)
    manifest = json.loads((DATA / "manifest.json").read_text())
    manifest["versions"] |= {name: versions()[name] for name in DECISIVE_VERSIONS}
    slopes = {"number": 3, "slopes": {"mean_rate": {"weight": 1.5}}, "errors": {}, "scatter": {}, "freedom": {}}
    (folder / "manifest.json").write_text(json.dumps({**manifest, "slopes": slopes, "rules_off": {"silent": "x"}}))
    first = json.loads((folder / "evaluations.jsonl").read_text().splitlines()[3])
    probe = {"parameter": "weight", "bound": "upper", "best": 3, "values": {**first["values"], "weight": 0.1},
             "loss": 2.0, "features": {"mean_rate": 18.0}}  # fmt: skip
    (folder / "probes.jsonl").write_text(json.dumps(probe) + "\n")
    (folder / "owner.json").write_text(json.dumps({"host": "far", "pid": 3, "token": "x", "boot": "", "started": ""}))
    (folder / "owners.jsonl").write_text('{"token": "x", "offset": 0}\n')
    (folder / "jobs").mkdir()
    (folder / "jobs" / "log").write_text("2025-01-01T00:00:00+0000 7 submitted 1.sh to slurm\n")
    (folder / "run.log").write_text("2025-01-01 00:00:00,000 DEBUG ended by KeyboardInterrupt\n")
    return folder


def _damage(path: Path, away: Path, random: Random) -> None:
    kind = random.random()
    if kind < 0.1:
        with_another_kind(path, away, random)
    elif kind < 0.35 or path.suffix not in (".json", ".jsonl", ".toml"):
        path.write_bytes(broken(path.read_bytes(), random))
    elif path.suffix == ".json":
        path.write_text(json_text(mutated(json.loads(path.read_text()), random)))
    elif path.suffix == ".toml":
        _damage_study(path, random)
    else:
        lines = path.read_text().splitlines()
        place = random.randrange(len(lines))
        lines[place] = json_text(mutated(json.loads(lines[place]), random))
        path.write_text("\n".join(lines) + "\n")


def _damage_study(path: Path, random: Random) -> None:
    try:
        path.write_text(tomli_w.dumps(mutated(study_file.read(path), random, json_only=False)))
    except (TypeError, AttributeError, ValueError):
        path.write_text("[")


def run_folder(random: Random, home: Path) -> None:
    """Show a run folder of which one to three files are damaged, as each command does that only reads."""
    folder, away = _sent(home), home.parent / "away"
    away.mkdir(exist_ok=True)
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    for path in random.sample(files, random.choice((1, 1, 2, 3))):
        _damage(path, away, random)
    loaded = refuses(Run.load, folder)
    if loaded is not None:
        refuses(lambda: (str(loaded), loaded.to_dataframe()))
    said(random.choice(("status", "status", "stop")), "sent", "--runs", home / "runs")
    if random.random() < 0.15:
        said("report", "sent", "--runs", home / "runs")


FACTS = Facts(
    method="evol",
    label="search",
    parameters=(Searched("netParams.x", [1.0, 2.0]), Searched("dt", [0.1, 0.2, 0.3], True), Searched("y", ["a", "b"])),
    settings={"evolAlgorithm": "custom", "pop_size": 4, "num_elites": 1, "mutation_rate": 0.4, "max_generations": 3,
              "defaultFitness": 1000, "fitnessFuncArgs": {"pops": {"E": {"target": 5, "width": 2, "min": 1}},
                                                          "maxFitness": 1000}},
    run={"type": "mpi_bulletin", "script": "init.py", "found": "init.py"},
    seed=3,
    populations=("E", "I"),
    windows=[100, 900],
    config={"duration": 1000.0, "x": 1.0, "dt": 0.1, "y": "a"},
    has_fitness=True,
)  # fmt: skip
METHODS = ("evol", "grid", "list", "asd", "optuna", "search", "sbi", "")


def batch_table(random: Random, home: Path) -> None:
    """Translate the tables of a batch script of which some entries are wrong."""
    names = ("settings", "run", "windows", "config", "seed")
    table = mutated({name: copy.deepcopy(getattr(FACTS, name)) for name in names}, random)
    kept = {name: value for name, value in table.items() if name in names}
    for name in ("settings", "run", "config"):
        kept[name] = kept[name] if isinstance(kept.get(name), dict) else {}
    parameters = [replace(each, values=mutated({"v": each.values}, random).get("v")) if random.random() < 0.3 else each
                  for each in FACTS.parameters]  # fmt: skip
    facts = replace(FACTS, method=random.choice(METHODS), parameters=tuple(parameters), **kept)
    if random.random() < 0.1:
        facts = replace(facts, label=str(hostile(random)))
    read = refuses(script.study_of, facts, home / "batch.py")
    if read is not None:
        refuses(resolution.resolve, read, 1000.0, 2)


SURFACES = {each.__name__: each for each in (study, command_line, run_folder, batch_table)}
