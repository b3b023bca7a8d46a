"""Shards: samples come back whole, in an order of the seed and step alone; damage is refused."""

import errno
import itertools
import json
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from trainer.errors import BadShards, NoRoom
from trainer.packing import best_fit
from trainer.sample import Part, SampleFormat
from trainer.shards import Shards, write_shards
from trainer.tokenizer import Encoded, train_tokenizer
from warehouse.errors import TargetTaken

TOKENIZER = train_tokenizer(["define i32 @f() {\nret i32 0\n}\n"] * 4, ["function(sroa)"], 300)
LENGTH = 32


def sample(number: int, length: int) -> tuple[str, Encoded]:
    tokens = np.full(length, 20 + number % 200, np.uint32)
    parts = np.full(length, Part.IR, np.uint8)
    return f"s{number}", Encoded(tokens, parts)


def lengths(count: int, longest: int = LENGTH) -> list[int]:
    return np.random.default_rng(3).integers(1, longest + 1, count).tolist()


def write(folder: Path, samples: Iterator[tuple[str, Encoded]], **changes: object) -> None:
    options: dict[str, object] = {
        "sequence_length": LENGTH,
        "tokenizer": TOKENIZER,
        "snapshot": "s",
        "sample_format": SampleFormat(),
        "seed": 7,
    }
    write_shards(folder, samples, **(options | changes))  # type: ignore[arg-type]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two hundred samples, six of them too long, packed fifty or so at once into small files."""
    long = [sample(1000 + number, LENGTH + 1) for number in range(6)]
    samples = [sample(*pair) for pair in enumerate(lengths(194))]
    write(
        tmp_path / "shards",
        iter([*samples, *long]),
        tokens_at_once=800,
        file_bytes=20 * LENGTH * 2,
        about={"split": "train"},
    )
    return tmp_path / "shards"


@pytest.fixture
def shards(folder: Path) -> Shards:
    return Shards.open(folder, tokenizer_digest=TOKENIZER.digest)


@given(st.lists(st.integers(1, 50), max_size=80))
def test_packing_places_each_sample_once_and_no_two_rows_fit_one(sizes: list[int]) -> None:
    rows = best_fit(sizes, 50)
    assert sorted(place for row in rows for place in row) == list(range(len(sizes)))
    filled = sorted(sum(sizes[place] for place in row) for row in rows)
    assert all(used <= 50 for used in filled)
    assert all(one + other > 50 for one, other in itertools.pairwise(filled))


def test_every_sample_lies_whole_in_one_row_and_positions_restart(shards: Shards) -> None:
    batch = shards.read(range(shards.rows))
    documents = pq.read_table(shards.folder / "documents.parquet").to_pylist()
    wanted = dict(sample(*pair) for pair in enumerate(lengths(194)))
    assert {one["sample_id"] for one in documents} == set(wanted)
    for one in documents:
        place = one["row"], slice(one["start"], one["start"] + one["tokens"])
        assert batch.tokens_BT[place].tolist() == wanted[one["sample_id"]].tokens.tolist()
        assert batch.parts_BT[place].tolist() == wanted[one["sample_id"]].parts.tolist()
        assert batch.positions_BT[place].tolist() == list(range(one["tokens"]))
    padding = batch.tokens_BT == TOKENIZER.pad_id
    assert padding.sum() == shards.rows * LENGTH - sum(lengths(194))
    assert set(batch.parts_BT[padding].tolist()) == {Part.PROMPT}
    assert set(batch.parts_BT[~padding].tolist()) == {Part.IR}


def test_padding_is_a_sample_of_its_own(tmp_path: Path) -> None:
    write(tmp_path / "s", iter([sample(1, 5), sample(2, 3)]))
    batch = Shards.open(tmp_path / "s").read([0])
    assert batch.positions_BT[0].tolist() == [*range(5), *range(3), *range(LENGTH - 8)]
    assert (batch.tokens_BT.dtype, batch.positions_BT.dtype) == (np.int64, np.int64)


def test_the_index_says_what_there_is(shards: Shards) -> None:
    index = shards.index
    assert (index.snapshot, index.tokenizer, index.seed) == ("s", TOKENIZER.digest, 7)
    assert index.sample_format == {"counts": True, "optimised_ir": True, "object_bytes": False}
    assert (index.samples, index.left_out, index.about) == (194, 6, {"split": "train"})
    assert index.tokens == sum(lengths(194))
    assert index.padding_share == pytest.approx(1 - index.tokens / (index.rows * LENGTH))
    assert index.padding_share < 0.1
    assert len(shards.sample_ids()) == 194
    assert shards.left_out_ids() == [f"s{number}" for number in range(1000, 1006)]
    assert len(list(shards.folder.glob("tokens-*.bin"))) > 1


def test_a_vocabulary_beyond_16_bits_takes_32(tmp_path: Path) -> None:
    large = train_tokenizer([], [], 70_000)
    encoded = Encoded(np.array([69_999], np.uint32), np.zeros(1, np.uint8))
    write(tmp_path / "s", iter([("a", encoded)]), tokenizer=large)
    opened = Shards.open(tmp_path / "s")
    assert opened.index.dtype == "uint32"
    assert opened.read([0]).tokens_BT[0, 0] == 69_999


def rows_of(shards: Shards, step: int, ranks: int, rows: int = 12, seed: int = 1) -> list[bytes]:
    batches = [
        shards.batch(step, rank=rank, ranks=ranks, rows=rows, seed=seed) for rank in range(ranks)
    ]
    return [row.tobytes() for batch in batches for row in batch.tokens_BT]


@given(step=st.integers(0, 200), seed=st.integers(-5, 2**70))
def test_a_step_has_the_same_rows_however_many_ranks(step: int, seed: int) -> None:
    shards = Shards.open(_standing(), check_hashes=False)
    alone = rows_of(shards, step, 1, seed=seed)
    assert rows_of(shards, step, 2, seed=seed) == alone
    assert rows_of(shards, step, 4, seed=seed) == alone


@pytest.fixture(autouse=True, scope="module")
def standing(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Shards for property tests, which take no fixtures of one test."""
    _STANDING.append(tmp_path_factory.mktemp("standing") / "shards")
    write(_STANDING[0], (sample(*pair) for pair in enumerate(lengths(100))))
    return _STANDING[0]


_STANDING: list[Path] = []


def _standing() -> Path:
    return _STANDING[0]


def test_each_epoch_has_every_row_once_in_an_order_of_its_own(shards: Shards) -> None:
    epochs = [shards.order(epoch * shards.rows, shards.rows, seed=1).tolist() for epoch in range(3)]
    assert all(sorted(one) == list(range(shards.rows)) for one in epochs)
    assert len({tuple(one) for one in epochs}) == 3
    assert shards.order(0, shards.rows, seed=2).tolist() != epochs[0]


def test_steps_follow_each_other_across_epochs(shards: Shards) -> None:
    rows = shards.rows
    whole = shards.order(0, 3 * rows, seed=1)
    steps = [shards.order(first, 7, seed=1) for first in range(0, 3 * rows - 6, 7)]
    assert np.concatenate(steps).tolist() == whole[: len(steps) * 7].tolist()
    assert shards.order(0, 5 * rows, seed=1)[4 * rows :].tolist() == (
        shards.order(4 * rows, rows, seed=1).tolist()
    )


def splitmix64(value: int) -> int:
    """As published, in integers of any size."""
    value = (value + 0x9E3779B97F4A7C15) % 2**64
    value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9 % 2**64
    value = (value ^ (value >> 27)) * 0x94D049BB133111EB % 2**64
    return value ^ (value >> 31)


def test_the_order_is_the_published_hash_whatever_the_version_of_numpy(shards: Shards) -> None:
    assert splitmix64(0) == 0xE220A8397B1DCDAF
    start = splitmix64(splitmix64(5) + 2)
    keys = [splitmix64((start + row) % 2**64) for row in range(shards.rows)]
    wanted = sorted(range(shards.rows), key=keys.__getitem__)
    assert shards.order(2 * shards.rows, shards.rows, seed=5).tolist() == wanted


def test_rows_that_ranks_cannot_share_are_refused(shards: Shards) -> None:
    with pytest.raises(ValueError, match="cannot be shared"):
        shards.batch(0, rank=0, ranks=5, rows=12, seed=1)
    with pytest.raises(ValueError, match="cannot be shared"):
        shards.batch(0, rank=2, ranks=2, rows=12, seed=1)


def test_equal_samples_give_equal_files(tmp_path: Path) -> None:
    for name in ("a", "b"):
        write(tmp_path / name, (sample(*pair) for pair in enumerate(lengths(50))))
    assert (tmp_path / "a/index.json").read_bytes() == (tmp_path / "b/index.json").read_bytes()


def test_samples_are_packed_while_they_come(tmp_path: Path) -> None:
    """A million samples are never in memory: what was packed is on the disk before the next."""

    def samples() -> Iterator[tuple[str, Encoded]]:
        for number in range(60):
            yield sample(number, 30)
            written = sum(path.stat().st_size for path in tmp_path.rglob("tokens-*.bin"))
            assert written >= (number // 10 - 1) * 10 * LENGTH * 2

    write(tmp_path / "s", samples(), tokens_at_once=300, file_bytes=5 * LENGTH * 2)


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1])


def change(path: Path) -> None:
    content = path.read_bytes()
    path.write_bytes(content[:100] + bytes([content[100] ^ 1]) + content[101:])


@pytest.mark.parametrize("damage", [cut, change, Path.unlink])
@pytest.mark.parametrize(
    "name", ["tokens-0000.bin", "parts-0001.bin", "documents.parquet", "left_out.parquet"]
)
def test_a_damaged_file_is_refused_by_name(folder: Path, name: str, damage: object) -> None:
    damage(folder / name)  # type: ignore[operator]
    with pytest.raises(BadShards, match=name) as caught:
        Shards.open(folder)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"format": 1}', '{"format": 1, "files": [{"path": "x"}]}']
)
def test_a_damaged_index_is_refused(folder: Path, text: str) -> None:
    (folder / "index.json").write_text(text)
    with pytest.raises(BadShards, match="damaged"):
        Shards.open(folder)


def test_an_index_of_another_layout_is_refused(folder: Path) -> None:
    index = json.loads((folder / "index.json").read_text())
    (folder / "index.json").write_text(json.dumps(index | {"format": 2}))
    with pytest.raises(BadShards, match="layout 2"):
        Shards.open(folder)


def test_an_index_that_promises_other_rows_is_refused(folder: Path) -> None:
    index = json.loads((folder / "index.json").read_text())
    (folder / "index.json").write_text(json.dumps(index | {"rows": index["rows"] + 1}))
    with pytest.raises(BadShards, match="cannot be read"):
        Shards.open(folder)


def test_shards_of_another_tokenizer_are_refused(folder: Path) -> None:
    with pytest.raises(BadShards, match="made with tokenizer"):
        Shards.open(folder, tokenizer_digest="0" * 64)


def test_no_shards_are_no_shards(tmp_path: Path) -> None:
    with pytest.raises(BadShards, match="no shards"):
        Shards.open(tmp_path)


def test_where_nothing_fits_nothing_is_written(tmp_path: Path) -> None:
    with pytest.raises(BadShards, match="none of 1 samples"):
        write(tmp_path / "s", iter([sample(1, LENGTH + 1)]))
    assert list(tmp_path.iterdir()) == []


def test_a_token_that_the_tokenizer_lacks_is_refused(tmp_path: Path) -> None:
    wrong = Encoded(np.array([300], np.uint32), np.zeros(1, np.uint8))
    with pytest.raises(BadShards, match="sample a has token 300"):
        write(tmp_path / "s", iter([("a", wrong)]))


def test_what_is_there_is_left_alone(folder: Path) -> None:
    with pytest.raises(TargetTaken):
        write(folder, iter([sample(1, 5)]))
    Shards.open(folder)


@contextmanager
def files_of_at_most(file_bytes: int) -> Iterator[None]:
    """The system lets no file grow further, as a full disk would."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (file_bytes, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.parametrize("file_bytes", [10, 100, 2000])
def test_a_full_disk_is_said_so_and_nothing_is_left(tmp_path: Path, file_bytes: int) -> None:
    samples = (sample(*pair) for pair in enumerate(lengths(194)))
    with files_of_at_most(file_bytes), pytest.raises(NoRoom, match="no room left") as caught:
        write(tmp_path / "s", samples, tokens_at_once=800)
    assert caught.value.errno == errno.EFBIG
    assert list(tmp_path.iterdir()) == []


def test_an_interruption_leaves_nothing(tmp_path: Path) -> None:
    def samples() -> Iterator[tuple[str, Encoded]]:
        yield sample(1, 5)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write(tmp_path / "s", samples())
    assert list(tmp_path.iterdir()) == []
