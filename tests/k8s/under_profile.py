"""Runs a command under a seccomp profile as container runtimes read it: PROFILE COMMAND...

libseccomp translates the profile as it does for them. Names that this libseccomp is too old for are
left out, which refuses more than the profile does, never less.
"""

import ctypes
import json
import os
import sys
from pathlib import Path

ALLOW, ERRNO = 0x7FFF0000, 0x00050000
OPERATORS = {"SCMP_CMP_EQ": 4, "SCMP_CMP_MASKED_EQ": 7}


class Comparison(ctypes.Structure):
    _fields_ = (
        ("argument", ctypes.c_uint),
        ("operator", ctypes.c_int),
        ("value", ctypes.c_uint64),
        ("other", ctypes.c_uint64),
    )


def verdict(action: str, number: int) -> int:
    return {"SCMP_ACT_ALLOW": ALLOW, "SCMP_ACT_ERRNO": ERRNO | number}[action]


def load(profile: dict) -> None:
    library = ctypes.CDLL("libseccomp.so.2")
    library.seccomp_init.restype = ctypes.c_void_p
    default = verdict(profile["defaultAction"], profile["defaultErrnoRet"])
    context = ctypes.c_void_p(library.seccomp_init(ctypes.c_uint32(default)))
    for rule in profile["syscalls"]:
        compared = [
            Comparison(
                one["index"],
                OPERATORS[one["op"]],
                one["value"],
                one.get("valueTwo", 0),
            )
            for one in rule.get("args", [])
        ]
        comparisons = (Comparison * len(compared))(*compared)
        action = ctypes.c_uint32(verdict(rule["action"], rule.get("errnoRet", 1)))
        for name in rule["names"]:
            number = library.seccomp_syscall_resolve_name(name.encode())
            if number == -1:
                continue
            added = library.seccomp_rule_add_array(
                context, action, number, len(compared), comparisons
            )
            if added != 0:
                sys.exit(f"{name}: {os.strerror(-added)}")
    loaded = library.seccomp_load(context)
    if loaded != 0:
        sys.exit(f"seccomp_load: {os.strerror(-loaded)}")


load(json.loads(Path(sys.argv[1]).read_text()))
os.execvp(sys.argv[2], sys.argv[2:])  # noqa: S606 - what it is for
