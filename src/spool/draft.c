#include <config.h>

#include "spool/draft.h"

#include <sys/file.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/crc32.h"
#include "base/io.h"
#include "base/xmalloc.h"
#include "mail/envelope.h"
#include "spool/entry.h"
#include "spool/spool.h"

enum { PENDING_MAX = 128 * 1024 };

static uint64_t
now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return (uint64_t)ts.tv_sec * 1000000 + (uint64_t)ts.tv_nsec / 1000;
}

static void
finish(struct draft *d)
{
	close(d->fd);
	d->fd = -1;
	buf_free(d->pending);
	free(d->pending);
}

/*
 * Takes the time as the name, unless another submission has done so: it may
 * be at work in tmp/, or already be in new/.  A descriptor, or -1 and EEXIST.
 */
static int
create(struct draft *d, const char *prefix)
{
	char tmp[sizeof("tmp/") + DRAFT_NAME_SIZE];
	struct stat st;
	int fd;

	d->arrival = now();
	entry_id(&(struct entry){ .arrival = d->arrival }, d->id);
	snprintf(d->name, sizeof(d->name), "%s%s", prefix, d->id);
	snprintf(tmp, sizeof(tmp), "tmp/%s", d->name);
	fd = openat(d->spool, tmp,
	    O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0660);
	if (fd == -1 || spool_stat(d->spool, SPOOL_NEW, d->id, &st) == -1)
		return fd;
	unlinkat(d->spool, tmp, 0);
	close(fd);
	errno = EEXIST;
	return -1;
}

int
draft_create(struct draft *d, int spool)
{
	return draft_create_as(d, spool, "");
}

int
draft_create_as(struct draft *d, int spool, const char *prefix)
{
	*d = (struct draft){ .spool = spool, .fd = -1 };
	while ((d->fd = create(d, prefix)) == -1)
		if (errno != EEXIST)
			return -1;
	d->pending = xcalloc(1, sizeof(*d->pending));
	/* Not by open: the umask must not count. */
	if (fchmod(d->fd, 0660) == 0)
		return 0;
	draft_abort(d);
	return -1;
}

/* A small message is one write of the whole file, when it is committed. */
static int
write_pending(struct draft *d)
{
	int result = io_write(d->fd, d->pending->data, d->pending->len);

	buf_clear(d->pending);
	d->written = true;
	return result;
}

void
draft_envelope(struct draft *d, struct envelope *e)
{
	envelope_encode(e, d->pending);
	d->crc = envelope_crc(e, d->pending->data);
}

int
draft_message(struct draft *d, const char *data, size_t len)
{
	d->crc = crc32_add(d->crc, data, len);
	d->size += (off_t)len;
	buf_add(d->pending, data, len);
	return d->pending->len < PENDING_MAX ? 0 : write_pending(d);
}

int
draft_restart(struct draft *d, struct envelope *e, struct draft *old)
{
	*old = *d;
	if (draft_create(d, old->spool) == -1) {
		*d = *old;
		old->fd = -1;
		return -1;
	}
	old->read = e->length;
	draft_envelope(d, e);
	return 0;
}

int
draft_read(struct draft *old, struct buf *piece)
{
	ssize_t n;

	if (old->pending->len > 0 && write_pending(old) == -1)
		return -1;
	buf_clear(piece);
	n = pread(old->fd, buf_reserve(piece, PENDING_MAX), PENDING_MAX,
	    old->read);
	if (n <= 0)
		return (int)n;
	buf_grew(piece, (size_t)n);
	old->read += n;
	return 1;
}

int
draft_replace(struct draft *d, struct draft *old)
{
	if (spool_remove(old->spool, SPOOL_TMP, old->id) == -1 ||
	    spool_move(d->spool, SPOOL_TMP, d->id, SPOOL_TMP, old->id) == -1)
		return -1;
	d->arrival = old->arrival;
	memcpy(d->id, old->id, sizeof(d->id));
	memcpy(d->name, old->name, sizeof(d->name));
	finish(old);
	return 0;
}

/* Completes the envelope, in memory or in the file. */
static int
seal(struct draft *d, struct envelope *e)
{
	char seal[ENVELOPE_SEAL];

	e->size = d->size;
	e->crc = d->crc;
	envelope_seal(e, seal);
	if (d->written)
		return io_pwrite(d->fd, seal, sizeof(seal), 0);
	memcpy(d->pending->data, seal, sizeof(seal));
	return 0;
}

/*
 * The name comes first and the two syncs after it, because then both land in
 * one commit of the journal.  A power cut in between may leave a torn file in
 * new/, which the flusher knows by its size and checksum, and of which no
 * submitter was told that it was accepted.
 */
static int
commit(struct draft *d, struct envelope *e)
{
	if (seal(d, e) == -1 || write_pending(d) == -1)
		return -1;
	/* Where there are no locks, all else is as good. */
	flock(d->fd, LOCK_EX | LOCK_NB);
	if (spool_move(d->spool, SPOOL_TMP, d->id, SPOOL_NEW, d->id) == -1 ||
	    fsync(d->fd) == -1 || spool_sync(d->spool, SPOOL_NEW) == -1)
		return -1;
	return 0;
}

int
draft_commit(struct draft *d, struct envelope *e)
{
	if (commit(d, e) == -1) {
		draft_abort(d);
		return -1;
	}
	finish(d);
	return 0;
}

int
draft_leave(struct draft *d, struct envelope *e)
{
	if (seal(d, e) == -1 || write_pending(d) == -1 ||
	    fsync(d->fd) == -1 || spool_sync(d->spool, SPOOL_TMP) == -1) {
		draft_abort(d);
		return -1;
	}
	finish(d);
	return 0;
}

void
draft_abort(struct draft *d)
{
	int error = errno;

	if (d->fd == -1)
		return;
	if (spool_remove(d->spool, SPOOL_TMP, d->name) == -1)
		spool_remove(d->spool, SPOOL_NEW, d->id);
	finish(d);
	errno = error;
}
