"""Pulling: another lake's rows come in once, checked, whatever is cut off."""

import json
import shutil
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from warehouse import arrivals, pins, pulled, remote_snapshot, schema, snapshot, sql, storage
from warehouse.errors import (
    BadName,
    Held,
    LakeTooNew,
    RemoteDamaged,
    RemoteMissing,
    RemoteUnreachable,
    SnapshotExists,
    UnsupportedLocation,
)
from warehouse.lake import Lake
from warehouse.pull import pull
from warehouse.remote import remote
from warehouse.snapshot import LeftOut

MakeRow = Callable[..., dict[str, Any]]
Add = Callable[..., None]


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def address(other: Lake) -> Iterator[str]:
    """Where a web server has the other lake's folder."""
    handler = partial(Quiet, directory=other.location)
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


def counts(lake: Lake) -> dict[str, int]:
    found = {table: lake.count(table) for table in schema.TABLES}
    return {table: rows for table, rows in found.items() if rows}


ALL = {"functions": 2, "evaluations": 2, "winners": 2, "passes": 2, "tasks": 1}


def test_a_snapshot_comes_into_an_empty_lake_whole_and_under_its_name(
    lake: Lake, other: Lake
) -> None:
    pulled = pull(lake, other.location, "s")
    assert (pulled.files, pulled.files_copied, pulled.rows_new, pulled.rows_known) == (5, 5, 9, 0)
    assert pulled.snapshot == "s"
    assert counts(lake) == ALL
    there, here = snapshot.get(other, "s"), snapshot.get(lake, "s")
    assert snapshot.files(lake, here) == snapshot.files(other, there)
    assert (here.created_at, here.pulled_from) == (there.created_at, other.location)
    best = "FROM best ORDER BY ALL"
    assert sql.run(lake, best, "s").equals(sql.run(other, best, "s"))


def test_the_same_comes_from_a_web_server(lake: Lake, address: str) -> None:
    assert pull(lake, address, "s").rows_new == 9
    assert counts(lake) == ALL
    assert snapshot.get(lake, "s").pulled_from == address


def test_a_second_time_nothing_is_copied_and_nothing_comes_in(lake: Lake, other: Lake) -> None:
    pull(lake, other.location, "s")
    again = pull(lake, other.location, "s")
    assert (again.files_copied, again.rows_new, again.snapshot) == (0, 0, "s")
    assert counts(lake) == ALL


def test_a_later_snapshot_costs_what_is_new_in_it(lake: Lake, other: Lake, add: Add) -> None:
    pull(lake, other.location, "s")
    rows = other.read("functions").slice(0, 1)
    place = rows.column_names.index("function_id")
    new = rows.set_column(place, "function_id", pa.array(["f9"]))
    other.commit("late", 0, [other.stage("functions", new, name="late")])
    snapshot.create(other, "t")
    pulled = pull(lake, other.location, "t")
    assert (pulled.files_copied, pulled.rows_new, pulled.snapshot) == (1, 1, "t")
    assert len(snapshot.list_(lake)) == 2
    del add


def test_two_lakes_merge_and_each_row_is_there_once(lake: Lake, other: Lake, add: Add) -> None:
    add(lake, "two", "f2", "f3", toolchain="llvm-21")
    pulled = pull(lake, other.location, "s")
    assert pulled.snapshot is None
    assert "a lake of its own" in pulled.lines()[-1]
    # f2 and the passes were here; f1 is what is left of the file of functions.
    assert (pulled.rows_new, pulled.rows_known) == (6, 3)
    assert lake.existing("functions", "function_id") == {"f1", "f2", "f3"}
    assert counts(lake) == {
        "functions": 3,
        "evaluations": 4,
        "winners": 4,
        "passes": 2,
        "tasks": 2,
    }
    seen = sql.run(lake, "SELECT toolchain FROM best WHERE function_id = 'f2' ORDER BY ALL")
    assert seen.column("toolchain").to_pylist() == ["llvm-21", "llvm-22"]


def test_what_both_lakes_did_is_not_doubled(lake: Lake, other: Lake, add: Add) -> None:
    add(lake, "one", "f1", "f2")
    pulled = pull(lake, other.location, "s")
    assert (pulled.rows_new, pulled.rows_known) == (0, 9)
    assert counts(lake) == ALL
    assert pull(lake, other.location, "s").files_copied == 0  # it was noted


def test_lakes_that_pull_from_each_other_end_with_the_same_rows(
    lake: Lake, other: Lake, add: Add
) -> None:
    add(lake, "two", "f3")
    pull(lake, other.location, "s")
    snapshot.create(lake, "back")
    pull(other, lake.location, "back")
    assert counts(lake) == counts(other)
    snapshot.create(other, "forth")
    assert pull(lake, other.location, "forth").rows_new == 0


def test_notes_that_are_gone_or_broken_cost_a_look_and_no_row(
    lake: Lake, other: Lake, add: Add
) -> None:
    add(lake, "one", "f1", "f2")
    pull(lake, other.location, "s")
    for note in (lake.folder / "pulls").iterdir():
        note.write_text("{")
    assert pull(lake, other.location, "s").files_copied == 5
    assert counts(lake) == ALL


@pytest.mark.parametrize("step", range(1, 11))
def test_a_pull_that_was_cut_off_goes_on(
    lake: Lake, other: Lake, step: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Cut off at the n-th file that is written, renamed or taken away, then run again."""
    left = [step]

    def counted(real: Callable[..., Any]) -> Callable[..., Any]:
        def maybe(*given: object, **named: object) -> object:
            left[0] -= 1
            if left[0] == 0:
                raise KeyboardInterrupt
            return real(*given, **named)

        return maybe

    with monkeypatch.context() as patch:
        for name in ("write_file", "rename", "remove"):
            patch.setattr(f"warehouse.storage.{name}", counted(getattr(storage, name)))
        with pytest.raises(KeyboardInterrupt):
            pull(lake, other.location, "s")
    pulled = pull(lake, other.location, "s")
    assert pulled.snapshot == "s"
    assert counts(lake) == ALL


def test_a_pull_that_was_killed_inside_a_commit_goes_on(
    lake: Lake, other: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr("warehouse.delta.append", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            pull(lake, other.location, "s")
    pulled = pull(lake, other.location, "s")
    assert (pulled.files_copied, pulled.snapshot) == (0, "s")
    assert counts(lake) == ALL


def test_a_file_that_was_changed_is_not_taken(lake: Lake, other: Lake) -> None:
    file = next((other.folder / "winners" / "staging").iterdir())
    content = bytearray(file.read_bytes())
    content[100] ^= 1
    file.write_bytes(content)
    with pytest.raises(RemoteDamaged, match="another hash than its snapshot lists"):
        pull(lake, other.location, "s")
    assert counts(lake) == {}
    assert list((lake.folder / "winners").rglob("*.parquet")) == []


def test_a_file_that_grew_is_not_read_to_its_end(lake: Lake, other: Lake) -> None:
    file = next((other.folder / "winners" / "staging").iterdir())
    file.write_bytes(file.read_bytes() + b"x")
    with pytest.raises(RemoteMissing, match="larger than it should be"):
        pull(lake, other.location, "s")


def test_a_file_that_is_gone_is_named(lake: Lake, other: Lake, address: str) -> None:
    next((other.folder / "winners" / "staging").iterdir()).unlink()
    for location in (other.location, address):
        with pytest.raises(RemoteMissing, match=r"has no winners/staging/one\."):
            pull(lake, location, "s")


def planted(other: Lake, change: Callable[[list[dict[str, Any]]], None]) -> None:
    """The snapshot with another list of files, as a hostile lake would have it."""
    made = snapshot.get(other, "s")
    path = snapshot.place(other, "s")
    listed = pq.read_table(path.with_name(str(made.file_list)))
    rows = listed.to_pylist()
    change(rows)
    sink = pa.BufferOutputStream()
    pq.write_table(pa.Table.from_pylist(rows, schema=listed.schema), sink)
    name = snapshot.write_beside(path, sink.getvalue().to_pybytes())
    path.write_text(json.dumps(made.document() | {"file_list": name}))


@pytest.mark.parametrize(
    "path",
    [
        "../../escape.parquet",
        "/etc/passwd",
        "functions/../../x.parquet",
        "functions/.hidden/x.parquet",
        "functions/x.parquet",
        "functions/staging/x.so",
        "locks/staging/x.parquet",
        "winners/staging/x.parquet",
    ],
)
def test_a_list_that_names_other_places_is_refused(lake: Lake, other: Lake, path: str) -> None:
    planted(other, lambda rows: rows[1].update(path=path, table="functions"))
    with pytest.raises(RemoteDamaged, match="it is not pulled"):
        pull(lake, other.location, "s")


def parquet(**columns: list[Any]) -> bytes:
    sink = pa.BufferOutputStream()
    pq.write_table(pa.table(columns), sink)
    content: bytes = sink.getvalue().to_pybytes()
    return content


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"not parquet", "is no Parquet file"),
        (parquet(function_id=["f"]), "lacks the column name"),
        (parquet(function_id=[1]), "has function_id as int64, not string"),
    ],
)
def test_a_file_that_is_no_tables_is_refused(
    lake: Lake, other: Lake, content: bytes, said: str
) -> None:
    file = next((other.folder / "functions" / "staging").iterdir())
    file.write_bytes(content)
    facts = {"sha256": arrivals.hash_file(file), "bytes": file.stat().st_size, "rows": 1}
    planted(other, lambda rows: next(r for r in rows if r["table"] == "functions").update(facts))
    with pytest.raises(RemoteDamaged, match=said):
        pull(lake, other.location, "s")
    assert counts(lake) == {}


def test_a_list_that_was_changed_is_refused(lake: Lake, other: Lake) -> None:
    made = snapshot.get(other, "s")
    (other.folder / "snapshots" / str(made.file_list)).write_bytes(b"x")
    with pytest.raises(RemoteDamaged, match="was changed: it is not pulled"):
        pull(lake, other.location, "s")


def test_what_a_snapshot_leaves_out_comes_with_it(lake: Lake, other: Lake) -> None:
    left = {
        "function_id": "f1",
        "kind": "near",
        "similarity": 0.9,
        "held_out_id": "v",
        "held_out_program": "p",
    }
    rows = pa.Table.from_pylist([left], schema=schema.left_out_schema())
    snapshot.create(other, "less", lambda _: LeftOut(rows, "rule", {"near": 1}))
    pull(lake, other.location, "less", as_name="mine")
    assert sql.run(lake, "SELECT function_id FROM functions", "mine").to_pylist() == [
        {"function_id": "f2"}
    ]
    assert snapshot.get(lake, "mine").left_out_notes == {"near": 1}


def test_another_snapshot_of_the_name_is_not_touched(lake: Lake, other: Lake, add: Add) -> None:
    add(lake, "two", "f3")
    snapshot.create(lake, "s")
    with pytest.raises(SnapshotExists, match="give this one a name with --as"):
        pull(lake, other.location, "s")
    assert counts(lake)["functions"] == 1


def test_a_snapshot_that_is_not_there_is_named(lake: Lake, other: Lake, address: str) -> None:
    for location in (other.location, address):
        with pytest.raises(RemoteMissing, match=r"has no snapshots/none\.json"):
            pull(lake, location, "none")
    with pytest.raises(BadName):
        pull(lake, other.location, "../s")


def test_a_server_that_does_not_answer_is_said_to_be_one(lake: Lake) -> None:
    with pytest.raises(RemoteUnreachable, match="the same command continues later"):
        pull(lake, "http://127.0.0.1:9", "s")


def test_other_kinds_of_addresses_are_refused(lake: Lake) -> None:
    with pytest.raises(UnsupportedLocation, match="ftp://somewhere/lake: give a folder"):
        pull(lake, "ftp://somewhere/lake", "s")


def test_a_file_address_is_a_folder(lake: Lake, other: Lake) -> None:
    assert pull(lake, other.folder.as_uri(), "s").rows_new == 9


def test_a_snapshot_of_a_newer_passlake_is_refused(lake: Lake, other: Lake) -> None:
    path = snapshot.place(other, "s")
    path.write_text(json.dumps(json.loads(path.read_text()) | {"schema_version": 99}))
    with pytest.raises(LakeTooNew, match="upgrade Passlake"):
        pull(lake, other.location, "s")


@pytest.mark.parametrize("text", ["{", "[]", '{"schema_version": 1}', '{"schema_version": "x"}'])
def test_what_is_no_snapshot_is_refused(lake: Lake, other: Lake, text: str) -> None:
    snapshot.place(other, "s").write_text(text)
    with pytest.raises(RemoteDamaged, match="is no snapshot"):
        pull(lake, other.location, "s")


def test_a_snapshot_without_a_list_of_files_is_refused(lake: Lake, other: Lake) -> None:
    path = snapshot.place(other, "s")
    path.write_text(json.dumps(json.loads(path.read_text()) | {"file_list": None}))
    with pytest.raises(RemoteMissing, match="make another snapshot there"):
        pull(lake, other.location, "s")


def test_a_campaign_that_runs_here_is_not_pulled_into(lake: Lake, other: Lake) -> None:
    with lake.hold("campaign-one"), pytest.raises(Held, match="campaign-one is in use"):
        pull(lake, other.location, "s")
    assert pull(lake, other.location, "s").rows_new == 9


def test_equal_contents_have_equal_digests_wherever_they_lie(other: Lake, tmp_path: Path) -> None:
    copied = tmp_path / "copied"
    shutil.copytree(other.folder, copied)
    digests = {
        remote_snapshot.read(remote(place), "s").digest for place in (other.location, copied)
    }
    assert len(digests) == 1


def test_campaigns_of_another_lake_are_known_as_such(lake: Lake, other: Lake, row: MakeRow) -> None:
    def start(where: Lake, name: str, writer: str) -> None:
        options = '{"knowledge": {"versions": {"winners": 99}}}'
        facts = {"kind": "tune", "function_ids": [], "options": options}
        rows = [row("campaigns", campaign_id=name, started_at=datetime(2026, 1, 1, tzinfo=UTC))]
        table = schema.table_of("campaigns", [one | facts for one in rows])
        where.commit(writer, 0, [where.stage("campaigns", table, name=name)])

    start(lake, "own", "w")
    start(other, "own", "w")
    start(other, "theirs", "v")
    snapshot.create(other, "with")
    pull(lake, other.location, "with")
    assert pulled.campaigns(lake) == {"theirs"}
    assert lake.existing("campaigns", "campaign_id") == {"own", "theirs"}
    # What it knew is a state of the other lake: no version of this one has to stay for it.
    assert [pin.by for pin in pins.of_campaigns(lake)] == ["campaign own"]
