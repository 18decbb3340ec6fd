"""Runs a program as on a kernel that lacks system calls, which fail as they did
before they were made: lacking.py NUMBER... -- PROGRAM [ARGUMENT]..."""

import ctypes
import errno
import os
import struct
import sys

PR_SET_SECCOMP, PR_SET_NO_NEW_PRIVS, MODE_FILTER = 22, 38, 2
LOAD_NUMBER, IF_EQUAL, RETURN = 0x20, 0x15, 0x06
ALLOW, FAIL = 0x7fff0000, 0x00050000


class Program(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("code", ctypes.c_char_p)]


def instruction(code, k, if_true=0, if_false=0):
    return struct.pack("HBBI", code, if_true, if_false, k)


end = sys.argv.index("--")
code = instruction(LOAD_NUMBER, 0)
for number in sys.argv[1:end]:
    code += instruction(IF_EQUAL, int(number), 0, 1)
    code += instruction(RETURN, FAIL | errno.ENOSYS)
code += instruction(RETURN, ALLOW)
program = Program(len(code) // 8, code)
libc = ctypes.CDLL(None)
assert libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0
assert libc.prctl(PR_SET_SECCOMP, MODE_FILTER, ctypes.byref(program)) == 0
os.execv(sys.argv[end + 1], sys.argv[end + 1:])
