#include <config.h>

#include "spool/message.h"

#include <sys/file.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/crc32.h"
#include "base/io.h"
#include "base/xmalloc.h"
#include "mail/canon.h"
#include "mail/envelope.h"
#include "spool/entry.h"
#include "spool/spool.h"

enum {
	FIRST_READ = 4096,	/* holds the envelope of most messages */
	CHUNK = 256 * 1024,
};

/* Reads on until the whole envelope is there and decodes it. */
static enum message_error
read_envelope(struct message *m, const char **why)
{
	struct buf text = { 0 };
	size_t want = FIRST_READ;
	ssize_t n;
	int result;

	do {
		n = io_read(m->fd, &text, want);
		want = text.len;	/* twice as much in all */
		result = n == -1 ? 0 :
		    envelope_decode(m->envelope, text.data, text.len, why);
	} while (n > 0 && result == 1 && text.len < ENVELOPE_MAX);
	if (n != -1 && result == 0)
		m->crc = envelope_crc(m->envelope, text.data);
	if (result == 1)
		*why = "its envelope is not complete";
	buf_free(&text);
	if (n == -1)
		return MESSAGE_UNREADABLE;
	return result == 0 ? MESSAGE_OK : MESSAGE_CORRUPT;
}

/*
 * A file that nobody has written takes no room, whatever its length, and all
 * the time there is to be read.  sendmail(8) leaves no hole in a file.
 */
static bool
has_hole(int fd, off_t size)
{
	off_t hole = lseek(fd, 0, SEEK_HOLE);

	return hole != -1 && hole < size;
}

/*
 * The file says who submitted it, but only the spool's owner is believed
 * that: for any other file, it is the one who owns the file.
 */
static enum message_error
check_file(struct message *m, const char **why)
{
	const struct envelope *e = m->envelope;
	struct stat st;

	if (fstat(m->fd, &st) == -1)
		return MESSAGE_UNREADABLE;
	m->uid = st.st_uid == geteuid() ? e->uid : st.st_uid;
	if (st.st_size == e->length + e->size &&
	    !has_hole(m->fd, st.st_size))
		return MESSAGE_OK;
	*why = st.st_size == e->length + e->size ? "it has a hole" :
	    "it is not as long as it should be";
	return MESSAGE_CORRUPT;
}

enum message_error
message_open_file(struct message *m, int spool, int state, const char *name,
    const char **why)
{
	enum message_error error;

	*m = (struct message){
		.fd = spool_open_file(spool, (enum spool_state)state, name,
		    O_RDONLY),
	};
	if (m->fd == -1) {
		if (errno != EINVAL)
			return errno == ENOENT ? MESSAGE_GONE :
			    MESSAGE_UNREADABLE;
		*why = "it is not a regular file with one name";
		return MESSAGE_CORRUPT;
	}
	m->envelope = xcalloc(1, sizeof(*m->envelope));
	error = read_envelope(m, why);
	if (error == MESSAGE_OK)
		error = check_file(m, why);
	if (error != MESSAGE_OK)
		message_close(m);
	return error;
}

enum message_error
message_open(struct message *m, int spool, int state,
    const struct entry *entry, const char **why)
{
	char name[ENTRY_NAME_SIZE];

	entry_name(entry, name);
	return message_open_file(m, spool, state, name, why);
}

int
message_reopen(struct message *m, int spool, int state,
    const struct entry *entry)
{
	int fd;

	if (m->writable)
		return 0;
	fd = spool_open_entry(spool, (enum spool_state)state, entry, O_RDWR);
	if (fd == -1)
		return -1;
	close(m->fd);
	m->fd = fd;
	m->writable = true;
	return 0;
}

/* As the envelope says: the files of the owner of the spool are helpers'. */
static void
read_submitter(int spool, int state, const struct entry *entry, uid_t *uid)
{
	char text[ENVELOPE_FIRST];
	int fd = spool_open_entry(spool, (enum spool_state)state, entry,
	    O_RDONLY);
	ssize_t n;

	if (fd == -1)
		return;
	n = read(fd, text, sizeof(text));
	if (n > 0)
		envelope_uid(text, (size_t)n, uid);
	close(fd);
}

int
message_submitter(int spool, int state, const struct entry *entry, uid_t *uid)
{
	char name[ENTRY_NAME_SIZE];
	struct stat st = { .st_uid = (uid_t)-1 };

	entry_name(entry, name);
	if (spool_stat(spool, (enum spool_state)state, name, &st) == -1 &&
	    errno == ENOENT)
		return -1;
	*uid = st.st_uid;
	if (st.st_uid == geteuid())
		read_submitter(spool, state, entry, uid);
	return 0;
}

void
message_close(struct message *m)
{
	int error = errno;

	if (m->envelope != NULL)
		envelope_free(m->envelope);
	free(m->envelope);
	m->envelope = NULL;
	if (m->fd != -1)
		close(m->fd);
	m->fd = -1;
	errno = error;
}

int
message_detach(struct message *m)
{
	int fd = m->fd;

	m->fd = -1;
	return fd;
}

/*
 * What was taken back after we had opened it has lost its name.  Where there
 * are no locks, nobody can wait for one.
 */
static enum message_error
claim(const struct message *m)
{
	struct stat st;

	if (flock(m->fd, LOCK_SH | LOCK_NB) == -1 && errno == EWOULDBLOCK) {
		errno = EBUSY;
		return MESSAGE_UNREADABLE;
	}
	if (fstat(m->fd, &st) == -1)
		return MESSAGE_UNREADABLE;
	return st.st_nlink > 0 ? MESSAGE_OK : MESSAGE_GONE;
}

/*
 * What came another way than through sendmail(8) could end for a smarthost
 * where it does not end for us.
 */
enum message_error
message_verify(const struct message *m, const char **why)
{
	off_t at = m->envelope->length, end = at + m->envelope->size;
	uint32_t crc = m->crc;
	enum message_error error = claim(m);
	bool canonical = true;
	char *chunk, last = '\0';
	ssize_t n = 0;

	if (error != MESSAGE_OK)
		return error;
	chunk = xreallocarray(NULL, CHUNK, 1);
	/* Its length has been checked; what is cut off since is not read. */
	while (at < end && (n = pread(m->fd, chunk, CHUNK, at)) > 0) {
		crc = crc32_add(crc, chunk, (size_t)n);
		canonical = canonical &&
		    canon_holds(last, chunk, (size_t)n);
		last = chunk[n - 1];
		at += n;
	}
	free(chunk);
	if (n == -1)
		return MESSAGE_UNREADABLE;
	if (m->envelope->size > 0 && last != '\n')
		canonical = false;
	if (crc == m->envelope->crc && canonical)
		return MESSAGE_OK;
	*why = crc != m->envelope->crc ? "its checksum is wrong" :
	    "it has CR or LF alone, or NUL";
	return MESSAGE_CORRUPT;
}

int
message_mark(const struct message *m, const struct recipient *r)
{
	char mark[ENVELOPE_MARK];

	envelope_mark(r, mark);
	return io_pwrite(m->fd, mark, sizeof(mark), r->mark);
}

int
message_sync(const struct message *m)
{
	return fdatasync(m->fd);
}
