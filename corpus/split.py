"""Which functions train, which choose and which judge: decided once for each program."""

from hashlib import blake2b

SPLITS = ("train", "valid", "test")
"""The three splits, by falling share."""

SALT = "passlake-1"
"""Another salt is another split: figures on test functions compare only under the same one."""

_TRAIN_SHARE = 0.8
_VALID_SHARE = 0.1


def split_of(program: str, salt: str = SALT) -> str:
    """The split of all functions of `program`: train, valid or test, 80 / 10 / 10 by hash.

    By program and not by function, since functions of one program resemble each other.
    """
    digest = blake2b(f"{salt}\0{program}".encode(), digest_size=8).digest()
    place = int.from_bytes(digest, "big") / 2**64
    if place < _TRAIN_SHARE:
        return "train"
    return "valid" if place < _TRAIN_SHARE + _VALID_SHARE else "test"
