"""Labels: one for each searched function of a split, the same from a lake and from its export."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pyarrow.parquet as pq
import pytest

import warehouse
from corpus.normalise import normalise
from trainer.errors import NoLabels
from trainer.labels import Label, read_labels
from warehouse import snapshot
from warehouse.errors import SqlError
from warehouse.export import export
from warehouse.lake import Lake
from warehouse.reading import State

IR = "define i32 @f() #0 {\n  ret i32 0\n}\n\nattributes #0 = { minsize optsize }\n"
AFTER = "define noundef i32 @f() #0 {\n  ret i32 1\n}\n\nattributes #0 = { minsize optsize }\n"

FUNCTION = {
    "program": "p",
    "origin": "csmith",
    "split": "train",
    "instructions": 10,
    "object_bytes": 100,
    "ir": IR,
    "text": normalise(IR),
    "toolchain": "llvm-22",
}
WINNER = {
    "campaign_id": "c",
    "toolchain": "llvm-22",
    "objective": "instructions",
    "pass_list": "function(sroa)",
    "num_passes": 1,
    "instructions": 5,
    "object_bytes": 50,
    "oz_instructions": 7,
    "oz_object_bytes": 70,
    "oz_plain_instructions": 8,
    "oz_plain_object_bytes": 80,
    "optimised_ir": AFTER,
    "stable": True,
    "gate": "not_run",
}
VERDICT = {
    "campaign_id": "c",
    "pass_list": "function(sroa)",
    "toolchain": "llvm-22",
    "kind": "function",
    "verdict": "agreed",
}
Put = Callable[..., None]


@pytest.fixture
def state(lake: Lake, put: Put) -> Iterator[State]:
    """Six functions: two searched for training, in reverse order; others that are none of these."""
    put(
        functions=[
            FUNCTION | {"function_id": "f2"},
            FUNCTION | {"function_id": "f1", "program": "q"},
            FUNCTION | {"function_id": "f3", "split": "valid"},
            FUNCTION | {"function_id": "f4"},
            FUNCTION | {"function_id": "f5"},
            FUNCTION | {"function_id": "f6"},
        ],
        winners=[
            WINNER | {"function_id": "f2"},
            WINNER | {"function_id": "f1", "pass_list": "default<Oz>", "stable": None},
            WINNER | {"function_id": "f3"},
            WINNER | {"function_id": "f5", "objective": "object_bytes"},
            WINNER | {"function_id": "f6"},
        ],
        verdicts=[
            VERDICT | {"function_id": "f2"},
            VERDICT | {"function_id": "f6", "verdict": "refuted"},
        ],
    )
    snapshot.create(lake, "s")
    with warehouse.open(lake.location).snapshot("s") as opened:
        yield opened


F2 = Label(
    function_id="f2",
    program="p",
    origin="csmith",
    split="train",
    text=normalise(IR),
    ir=IR,
    instructions=10,
    object_bytes=100,
    pass_list="function(sroa)",  # noqa: S106  (no password)
    optimised_instructions=5,
    optimised_object_bytes=50,
    oz_instructions=7,
    oz_object_bytes=70,
    oz_plain_instructions=8,
    optimised_text=normalise(AFTER),
    gate="agreed",
    stable=True,
)


def test_a_label_is_a_function_with_its_best_list(state: State) -> None:
    labels = list(read_labels(state, "train"))
    assert [one.function_id for one in labels] == ["f1", "f2", "f6"]
    assert labels[1] == F2
    assert (labels[0].pass_list, labels[0].gate, labels[0].stable) == (
        "default<Oz>",
        "same_as_oz",
        None,
    )


def test_what_was_refuted_is_no_label_but_oz_in_its_place(state: State) -> None:
    refuted = list(read_labels(state, "train"))[2]
    assert (refuted.pass_list, refuted.optimised_instructions) == ("default<Oz>", 7)
    assert (refuted.gate, refuted.optimised_text) == ("same_as_oz", None)


def test_splits_and_objectives_are_told_apart(state: State) -> None:
    assert [one.function_id for one in read_labels(state, "valid")] == ["f3"]
    sizes = read_labels(state, "train", objective="object_bytes")
    assert [one.function_id for one in sizes] == ["f5"]


def test_an_export_has_the_same_labels(lake: Lake, state: State, tmp_path: Path) -> None:
    export(lake, "s", tmp_path / "export")
    for split in ("train", "valid"):
        assert list(read_labels(tmp_path / "export", split)) == list(read_labels(state, split))
    sizes = read_labels(tmp_path / "export", "train", objective="object_bytes")
    assert [one.function_id for one in sizes] == ["f5"]


def test_the_functions_own_toolchain_counts(lake: Lake, put: Put, tmp_path: Path) -> None:
    put(
        functions=[FUNCTION | {"function_id": "f1"}, FUNCTION | {"function_id": "f2"}],
        winners=[
            WINNER | {"function_id": "f1", "toolchain": "llvm-21", "instructions": 1},
            WINNER | {"function_id": "f1", "toolchain": "llvm-22", "instructions": 2},
            WINNER | {"function_id": "f2", "toolchain": "llvm-23", "instructions": 3},
            WINNER | {"function_id": "f2", "toolchain": "llvm-21", "instructions": 4},
        ],
    )
    snapshot.create(lake, "s")
    export(lake, "s", tmp_path / "export")
    with warehouse.open(lake.location).now() as state:
        found = [one.optimised_instructions for one in read_labels(state, "train")]
    assert found == [2, 4]
    exported = read_labels(tmp_path / "export", "train")
    assert [one.optimised_instructions for one in exported] == [2, 4]


def test_labels_come_while_rows_are_read(lake: Lake, put: Put) -> None:
    """The first of thousands is there before the last was made; others are not asked meanwhile."""
    ids = [f"f{number:05}" for number in range(3000)]
    put(
        functions=[FUNCTION | {"function_id": one} for one in reversed(ids)],
        winners=[WINNER | {"function_id": one} for one in ids],
    )
    with warehouse.open(lake.location).now() as state:
        labels = read_labels(state, "train")
        assert next(labels).function_id == "f00000"
        with pytest.raises(SqlError):
            next(read_labels(state, "train"))
        assert [one.function_id for one in labels] == ids[1:]


@pytest.mark.parametrize(
    ("split", "objective", "says"),
    [
        ("test", "instructions", "no function of the test split"),
        ("training", "instructions", "train, valid, test"),
        ("train", "speed", "instructions or object_bytes"),
    ],
)
def test_where_there_is_no_label_the_way_out_is_named(
    state: State, split: str, objective: str, says: str
) -> None:
    with pytest.raises(NoLabels, match=says):
        next(read_labels(state, split, objective=objective))


@pytest.fixture
def exported(lake: Lake, state: State, tmp_path: Path) -> Path:
    state.close()
    export(lake, "s", tmp_path / "export")
    return tmp_path / "export"


def test_no_export_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(NoLabels, match="no best/"):
        next(read_labels(tmp_path, "train"))


def test_a_cut_file_is_said_so(exported: Path) -> None:
    path = exported / "best/0000.parquet"
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(NoLabels, match=r"best/0000\.parquet cannot be read") as caught:
        next(read_labels(exported, "train"))
    assert "\n" not in str(caught.value)


def test_rows_out_of_order_are_refused(exported: Path) -> None:
    path = exported / "functions/0000.parquet"
    table = pq.read_table(path)
    pq.write_table(table.take(list(range(table.num_rows))[::-1]), path)
    with pytest.raises(NoLabels, match="not in order"):
        list(read_labels(exported, "train"))


def test_an_export_without_a_column_is_refused(exported: Path) -> None:
    path = exported / "best/0000.parquet"
    pq.write_table(pq.read_table(path).drop_columns(["oz_instructions"]), path)
    with pytest.raises(NoLabels, match="no column oz_instructions"):
        next(read_labels(exported, "train"))
