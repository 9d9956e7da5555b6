"""Where the project's own folders lie: studies, models, cells, NMODL files."""

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
STUDIES = ROOT / "batch"
JOB_SCRIPTS = STUDIES / "scripts"
MODELS = ROOT / "netparams"
CELLS = ROOT / "cells"
MECHANISMS = ROOT / "mod"
BUILDS = ROOT / ".build" / "mechanisms"
