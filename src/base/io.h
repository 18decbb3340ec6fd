#ifndef BASE_IO_H
#define BASE_IO_H

#include <sys/types.h>

#include <stdbool.h>

struct buf;

/*
 * Opens /dev/null on each of the descriptors 0 to 2 that is closed, so that
 * no file opened later can take the place of a standard stream.  0 or -1.
 */
int io_standard_streams(void);

/* Writes all of it, going on after signals and short writes.  0 or -1. */
int io_write(int fd, const void *, size_t);
int io_pwrite(int fd, const void *, size_t, off_t);

/*
 * Gives a file, named relative to the directory dirfd, this content and this
 * mode, whatever the umask: written beside it, as PATH.new, and renamed, so
 * that nobody reads half of it.  0, or -1 and errno.
 */
int io_replace(int dirfd, const char *path, const struct buf *, mode_t);

/*
 * Whether an error is trouble of this system, such as no descriptor or a bad
 * disk, and says nothing about the file that could not be read.
 */
bool io_is_trouble(int error);

/* Appends what one read(2) of at most n bytes gives; its result and errno. */
ssize_t io_read(int fd, struct buf *, size_t n);

/*
 * Appends all that is left to read, which is max bytes at most.  0, or -1 and
 * errno: EFBIG when it is more.
 */
int io_read_all(int fd, struct buf *, size_t max);

/*
 * Appends a whole file of at most max bytes, named relative to the directory
 * dirfd.  0, or -1 and errno: EFBIG when it is larger.
 */
int io_read_file(int dirfd, const char *path, struct buf *, size_t max);

/*
 * The same for a path that may name anything: one that is neither a file nor
 * /dev/null or its like is refused with EINVAL, and never waited for.
 */
int io_read_named(const char *path, struct buf *, size_t max);

#endif
