"""Becomes the program of its arguments on a system that refuses seccomp filters.

It does so with a filter of its own, under which installing another one is not permitted.
"""

import ctypes
import os
import platform
import struct
import sys

PR_SET_SECCOMP, PR_SET_NO_NEW_PRIVS, FILTER_MODE = 22, 38, 2
PRCTL = {"x86_64": 157, "aarch64": 167}[platform.machine()]
LOAD, EQUAL, RETURN = 0x20, 0x15, 0x06
NUMBER, FIRST_ARGUMENT = 0, 16
ALLOW, NOT_PERMITTED = 0x7FFF0000, 0x00050001

PROGRAM = [
    (LOAD, 0, 0, NUMBER),
    (EQUAL, 0, 3, PRCTL),
    (LOAD, 0, 0, FIRST_ARGUMENT),
    (EQUAL, 0, 1, PR_SET_SECCOMP),
    (RETURN, 0, 0, NOT_PERMITTED),
    (RETURN, 0, 0, ALLOW),
]


class Filter(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("code", ctypes.c_char_p))


libc = ctypes.CDLL(None, use_errno=True)
code = b"".join(struct.pack("=HBBI", *line) for line in PROGRAM)
assert libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0
assert libc.prctl(PR_SET_SECCOMP, FILTER_MODE, ctypes.byref(Filter(len(PROGRAM), code)), 0, 0) == 0
os.execv(sys.argv[1], sys.argv[1:])  # noqa: S606 - no shell is wanted
