"""Runs a command under limits that hold for root, too: `limited.py BYTES COMMAND...`.

No file may grow beyond BYTES, as on a full disk, and the modes of files and folders mean what they
say: root's right to ignore them is given up.
"""

import ctypes
import os
import resource
import sys

_PR_CAPBSET_DROP = 24
_CAP_DAC_OVERRIDE = 1

if __name__ == "__main__":
    _, file_bytes, *command = sys.argv
    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(file_bytes), hard))
    ctypes.CDLL(None).prctl(_PR_CAPBSET_DROP, _CAP_DAC_OVERRIDE)  # who is not root cannot, nor need
    os.execv(command[0], command)  # noqa: S606 - no shell is wanted
