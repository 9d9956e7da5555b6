"""Check that a run folder belongs to a study: same settings, model files and versions."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

from tuner.errors import StoreError
from tuner.evaluation import Evaluation
from tuner.runs.digests import digest_files, translated
from tuner.runs.manifest import DECISIVE_VERSIONS, MANIFEST, Manifest, versions
from tuner.study.study import Study
from tuner.words import shown


class Stored(Protocol):
    """Describe a run with folder, manifest and evaluations, such as a `Store`."""

    @property
    def folder(self) -> Path: ...

    @property
    def manifest(self) -> Manifest: ...

    @property
    def evaluations(self) -> dict[int, Evaluation]: ...

    def update_manifest(self, **entries: Any) -> None:
        """Update entries of the manifest."""


def check_identity(study: Study, store: Stored, *, accept_versions: bool) -> None:
    """Raise StoreError if the run belongs to another study, model or version.

    The error names the first difference. If `accept_versions`, other versions are accepted, and recorded in the
    manifest.
    """
    manifest = store.manifest
    if "identity" not in manifest.table or not store.evaluations:
        if store.evaluations:
            raise StoreError(
                f"{store.folder}: has evaluations but no {MANIFEST}, so the run cannot continue;"
                " start again with --fresh"
            )
        return
    missing = [key for key in ("files", "versions", "start", "units", "starts") if key not in manifest.table]
    if missing:
        raise StoreError(
            f"{store.folder / MANIFEST}: is damaged, the entries {', '.join(missing)} are missing;"
            " start again with --fresh"
        )
    was, now = manifest.identity, json.loads(json.dumps(study.identity()))
    if difference := _difference(was, now):
        raise StoreError(
            f"{store.folder}: belongs to another study: {difference}; nothing was changed"
            " (--fresh renames the old run folder and starts again; another study name keeps both)"
        )
    check_files(study, manifest, store.folder)
    _check_versions(store, accept=accept_versions)


def check_files(study: Study, manifest: Manifest, folder: Path) -> None:
    """Raise StoreError if files of the model have changed since the run began."""
    was = translated(manifest.files)
    now = digest_files(study, was)
    changed = [name for name, digest in was.items() if now.get(name) != digest]
    changed += [name for name in now if name not in was]
    if changed:
        raise StoreError(
            f"{folder}: was made by another model: {', '.join(changed)} changed since;"
            " restore the old content, or start again with --fresh"
        )


def _check_versions(store: Stored, *, accept: bool) -> None:
    was, now = store.manifest.versions, versions()
    changed = [f"{n} {was.get(n)} -> {now[n]}" for n in DECISIVE_VERSIONS if was.get(n) != now[n]]
    if changed and not accept:
        raise StoreError(
            f"{store.folder}: was made with other versions: {', '.join(changed)}; results may differ"
            " (--accept-versions continues and records the change, --fresh starts again)"
        )
    if changed:
        store.update_manifest(accepted_versions=[*store.manifest.accepted_versions, changed], versions=now)


def _difference(was: object, now: object, key: str = "") -> str:
    """Return the first difference of two tables in words; "" if equal."""
    if isinstance(was, Mapping) and isinstance(now, Mapping):
        for name in [*was, *(n for n in now if n not in was)]:
            inner = f"{key}.{name}" if key else name
            if name not in now:
                return f"{inner} was {shown(was[name])}, is missing now"
            if name not in was:
                return f"{inner} is {shown(now[name])}, was missing"
            if found := _difference(was[name], now[name], inner):
                return found
        return "" if list(was) == list(now) or key not in ("parameters", "targets") else f"the order of {key} changed"
    return "" if was == now else f"{key} was {shown(was)}, is {shown(now)}"
