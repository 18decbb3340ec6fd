"""What a program tries that an onehop-flush has started, or the flusher itself
if it were taken over: harm.py SPOOL OUTSIDE says "attempt NAME ERRNO" for each.

What begins with "may_" has to work."""

import os
import sys

spool, outside = sys.argv[1:]
MINE, KEPT = spool + "/tmp/mine", spool + "/cur/mine"
FILE, HARM = outside + "/file", outside + "/harm"
CREATE = os.O_WRONLY | os.O_CREAT


def attempt(name, what, *arguments):
    error = 0
    try:
        what(*arguments)
    except OSError as caught:
        error = caught.errno
    print("attempt", name, error, file=sys.stderr, flush=True)


attempt("may_create", os.open, MINE, CREATE)
attempt("may_write", os.open, MINE, os.O_RDWR | os.O_TRUNC)
attempt("may_rename", os.rename, MINE, KEPT)
attempt("may_link", os.link, KEPT, MINE)
attempt("may_remove", os.unlink, MINE)
attempt("may_read", os.open, FILE, os.O_RDONLY)
attempt("may_write_to_null", os.open, "/dev/null", os.O_RDWR)
attempt("may_run", os.posix_spawn, "/bin/true", ["true"], {})
attempt("write", os.open, FILE, os.O_WRONLY)
attempt("append", os.open, FILE, os.O_WRONLY | os.O_APPEND)
attempt("truncate", os.truncate, FILE, 0)
attempt("create", os.open, HARM, CREATE)
attempt("create_in_tmp", os.open, "/tmp/onehop-harm", CREATE)
attempt("directory", os.mkdir, HARM)
attempt("fifo", os.mkfifo, HARM)
attempt("symbolic", os.symlink, FILE, HARM)
attempt("remove", os.unlink, FILE)
attempt("rename", os.rename, FILE, HARM)
attempt("rename_out", os.rename, KEPT, HARM)
attempt("rename_in", os.rename, FILE, MINE)
attempt("link_out", os.link, KEPT, HARM)
attempt("link_in", os.link, FILE, MINE)
attempt("device", os.open, "/dev/full", os.O_WRONLY)
