import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from corpus.keys import KEY_BYTES, KeySet, hash_of, keys_of

hashes = st.binary(min_size=KEY_BYTES, max_size=KEY_BYTES) | st.binary(min_size=8, max_size=8).map(
    lambda half: bytes(8) + half
)


@given(st.lists(st.lists(hashes, max_size=6), max_size=6), st.lists(hashes, max_size=6))
def test_a_key_set_is_a_set(batches: list[list[bytes]], asked: list[bytes]) -> None:
    keys, model = KeySet(), set[bytes]()
    for batch in batches:
        keys.add(keys_of(batch))
        model |= set(batch)
        probe = [*asked, *batch]
        assert keys.has(keys_of(probe)).tolist() == [one in model for one in probe]
    assert len(keys) == len(model)
    assert keys.held_bytes == KEY_BYTES * len(model)


def test_zero_bytes_at_the_end_of_a_hash_count() -> None:
    short = b"\1" + bytes(KEY_BYTES - 1)
    longer = b"\1\0\1" + bytes(KEY_BYTES - 3)
    keys = KeySet()
    keys.add(keys_of([short]))
    assert keys.has(keys_of([short, longer, bytes(KEY_BYTES)])).tolist() == [True, False, False]


def test_a_key_takes_sixteen_bytes() -> None:
    keys = KeySet()
    many = keys_of([np.random.default_rng(1).bytes(KEY_BYTES * 100_000)])
    keys.add(many)
    keys.add(many[::3])
    assert keys.held_bytes == KEY_BYTES * 100_000


def test_where_one_part_ends_and_the_next_begins_counts() -> None:
    assert hash_of(("ab", "c")) != hash_of(("a", "bc"))
    assert hash_of(("a", "b")) != hash_of(("b", "a"))
    assert hash_of(("\udc80",)) != hash_of(("",))
