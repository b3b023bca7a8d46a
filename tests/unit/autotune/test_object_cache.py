import os
from pathlib import Path

import pytest

from autotune.object_cache import MOST_ENTRIES, Kept, ObjectCache, cache_folder, key_of


def test_what_was_kept_comes_back(tmp_path: Path) -> None:
    cache = ObjectCache(tmp_path)
    small, nothing = key_of(["a"]), key_of(["b"])
    cache.put(small, Kept("function(sroa)", b"ELF\nobject"))
    cache.put(nothing, Kept("default<Oz>", None))
    assert cache.get(small) == Kept("function(sroa)", b"ELF\nobject")
    assert cache.get(nothing) == Kept("default<Oz>", None)
    assert cache.get(key_of(["c"])) is None


def test_a_key_depends_on_every_part_and_on_where_it_ends() -> None:
    keys = {key_of(parts) for parts in ([], ["ab"], ["a", "b"], ["b", "a"], ["a", "b", ""])}
    assert len(keys) == 5
    assert key_of(["a"]) == key_of([b"a"])


@pytest.mark.parametrize("content", [b"", b"{", b'{"pass_list": "x"}\nobject', b"[]\n"])
def test_a_damaged_entry_is_none(tmp_path: Path, content: bytes) -> None:
    cache, key = ObjectCache(tmp_path), key_of(["a"])
    cache.put(key, Kept("function(sroa)", b"object"))
    (tmp_path / key[:2] / key[2:]).write_bytes(content)
    assert cache.get(key) is None


def test_an_entry_that_lost_its_end_is_none(tmp_path: Path) -> None:
    cache, key = ObjectCache(tmp_path), key_of(["a"])
    cache.put(key, Kept("function(sroa)", b"object"))
    entry = tmp_path / key[:2] / key[2:]
    entry.write_bytes(entry.read_bytes()[:-1])
    assert cache.get(key) is None


def test_the_oldest_entries_of_a_folder_go(tmp_path: Path) -> None:
    cache = ObjectCache(tmp_path)
    keys = [f"00{number:038x}" for number in range(MOST_ENTRIES + 3)]
    for age, key in enumerate(keys):
        cache.put(key, Kept("default<Oz>", None))
        os.utime(tmp_path / "00" / key[2:], (age, age))
    cache.put(f"00{'f' * 38}", Kept("default<Oz>", None))
    left = [key for key in keys if cache.get(key) is not None]
    assert left == keys[-(MOST_ENTRIES - 1) :]


def test_a_folder_that_cannot_be_made_costs_nothing_but_time(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    cache = ObjectCache(tmp_path / "file")
    cache.put(key_of(["a"]), Kept("default<Oz>", None))
    assert cache.get(key_of(["a"])) is None


def test_the_folder_is_the_one_named_or_below_the_users_cache(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("PASSLAKE_CC_CACHE", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", "/caches")
    assert cache_folder() == Path("/caches/passlake/cc")
    monkeypatch.setenv("PASSLAKE_CC_CACHE", "/elsewhere")
    assert cache_folder() == Path("/elsewhere")
