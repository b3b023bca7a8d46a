"""A snapshot as files that need no Passlake: Parquet, one DuckDB file, or a Hugging Face data set.

Whatever the layout, it comes with a manifest that names every file with its rows and SHA-256, the
licences of the code in it, and a card that says what it is and how it is read. The same snapshot
and selection give the same rows in the same order.

Everything is written beside its place under another name, and renamed when it is whole.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from warehouse import export_card, snapshot, spdx, sql
from warehouse.answer import fetch
from warehouse.errors import BadLicense, TargetTaken
from warehouse.export_layouts import (
    ExportedFile,
    Source,
    duckdb_file,
    file_of,
    huggingface_folder,
    parquet_folder,
)
from warehouse.provenance import code_version

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from warehouse.lake import Lake

LAYOUTS = ("parquet", "duckdb", "huggingface")


@dataclass(frozen=True)
class Exported:
    """What was exported, and where to."""

    place: str
    layout: str
    snapshot: str
    functions: int
    licences: Sequence[str]
    files: Sequence[ExportedFile]

    def document(self) -> dict[str, Any]:
        """As JSON values."""
        return asdict(self)

    def lines(self) -> list[str]:
        """For a person."""
        size = sum(file.bytes for file in self.files)
        return [
            f"{self.functions} functions of snapshot {self.snapshot} in {self.place}",
            f"{len(self.files)} files, {size} bytes, under {len(self.licences)} licences",
        ]


def export(  # noqa: PLR0913  (each is an option of the command)
    lake: Lake,
    name: str,
    to: str | os.PathLike[str],
    *,
    layout: str = "parquet",
    functions: Sequence[str] | None = None,
    licences: Sequence[str] = (),
) -> Exported:
    """Write a snapshot, or a part of it, to a folder or, as `duckdb`, to one file.

    `functions` are the ids of a selection, all by default. With `licences`, only functions that
    these allow (`spdx.allows`), and what is known of them.

    Raises:
        TargetTaken: something is there already, or nothing can be put there.
        BadLicense: a name is no licence's, or no function is under these.
        SnapshotMissing, TableDamaged: as `sql.connect`.
    """
    assert layout in LAYOUTS, layout
    record = snapshot.get(lake, name)
    chosen = _chosen(lake, name, functions, spdx.wanted(licences))
    place = Path(to).expanduser().absolute()
    with _in_place(place) as draft, sql.connect(lake, name, functions=chosen) as connection:
        source = Source(connection, narrowed=chosen is not None)
        card = export_card.facts(connection, source.only("functions"), record)
        if layout == "duckdb":
            files = [duckdb_file(source, draft, card)]
        else:
            draft.mkdir()
            write = parquet_folder if layout == "parquet" else huggingface_folder
            files = write(source, draft, card)
            files += _describe(draft, card, files, layout)
    return Exported(str(place), layout, name, card.functions, sorted(card.licences), files)


def _chosen(
    lake: Lake, name: str, functions: Sequence[str] | None, licences: frozenset[str]
) -> Sequence[str] | None:
    """The ids of the functions that may be exported; None for all."""
    if not licences:
        return functions
    with sql.connect(lake, name, functions=functions or []) as connection:
        some = "" if functions is None else " WHERE function_id IN (FROM selection)"
        listed = fetch(connection, f"SELECT function_id, license FROM functions{some}").to_pylist()  # noqa: S608  (our own names)
    expressions = {row["license"] for row in listed}
    allowed = {one for one in expressions if spdx.allows(one, licences)}
    if not allowed:
        raise BadLicense(
            f"no function is under {', '.join(sorted(licences))}; there is: "
            f"{', '.join(sorted(expressions)) or 'nothing'}"
        )
    return [row["function_id"] for row in listed if row["license"] in allowed]


def _describe(
    folder: Path, card: export_card.Card, files: Sequence[ExportedFile], layout: str
) -> list[ExportedFile]:
    """The card, the licences, the manifest and its hashes in the form that sha256sum checks."""
    texts = {"README.md": card.text(layout), "LICENSES.md": card.licences_text()}
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")
    described = [file_of(folder, folder / name, "", None) for name in texts]
    manifest = {
        "made_by": code_version(),
        "layout": layout,
        "functions": card.functions,
        "licences": card.licences,
        "snapshot": card.record.document(),
        "files": [asdict(file) for file in (*files, *described)],
    }
    path = folder / "MANIFEST.json"
    path.write_text(json.dumps(manifest, indent=1) + "\n", encoding="utf-8")
    described.append(file_of(folder, path, "", None))
    lines = [f"{file.sha256}  {file.path}\n" for file in (*files, *described)]
    (folder / "SHA256SUMS").write_text("".join(lines), encoding="utf-8")
    return described


@contextlib.contextmanager
def _in_place(place: Path) -> Iterator[Path]:
    """A path beside the place, which becomes it when the block ends well, and else is no more."""
    if place.exists():
        raise TargetTaken(f"{place} exists: give a place where nothing is yet")
    draft = place.with_name(f".{place.name}.{os.getpid()}.{secrets.token_hex(4)}.tmp")
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        yield draft
        draft.rename(place)
    except (PermissionError, NotADirectoryError, FileExistsError) as error:
        raise TargetTaken(f"cannot write {place}: {error.strerror}; give another place") from error
    finally:
        shutil.rmtree(draft, ignore_errors=True)
        with contextlib.suppress(OSError):
            draft.unlink()  # a layout that is one file
