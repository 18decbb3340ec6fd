#include <config.h>

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/buf.h"
#include "mail/envelope.h"
#include "spool/draft.h"
#include "spool/entry.h"
#include "spool/message.h"
#include "spool/spool.h"
#include "tests/unit/tempspool.h"

static const char text[] = "Subject: x\r\n\r\nhello\r\n";
enum { LEN = sizeof(text) - 1 };

static void
fill(struct envelope *e)
{
	*e = (struct envelope){ .uid = 33, .sender = strdup("a@example.org") };
	envelope_add_recipient(e, "b@example.org");
	envelope_add_recipient(e, "c@example.org");
}

static int
count_one(void *arg, const char *name)
{
	(void)name;
	++*(int *)arg;
	return 0;
}

/* How many files there are, in all. */
static int
count(int spool)
{
	int n = 0;

	for (int i = 0; i < SPOOL_STATES; i++)
		if (spool_scan(spool, (enum spool_state)i, count_one,
		    &n) == -1)
			assert_int_equal(errno, ENOENT);
	return n;
}

/* Begins a draft of the text, times over. */
static void
begin(struct draft *d, struct envelope *e, int spool, int times)
{
	fill(e);
	assert_int_equal(draft_create(d, spool), 0);
	draft_envelope(d, e);
	for (int i = 0; i < times; i++)
		assert_int_equal(draft_message(d, text, LEN), 0);
}

/* What has been committed is a message that is whole. */
static void
check_message(int spool, const struct draft *d, int times)
{
	const struct entry entry = { d->arrival, -1 };
	char content[sizeof(text)];
	const char *why = NULL;
	struct message m;
	struct stat st;

	assert_int_equal(message_open(&m, spool, SPOOL_NEW, &entry, &why),
	    MESSAGE_OK);
	assert_int_equal(message_verify(&m, &why), MESSAGE_OK);
	assert_int_equal(fstat(m.fd, &st), 0);
	assert_int_equal(st.st_mode, S_IFREG | 0660);
	assert_int_equal(m.envelope->size, times * LEN);
	assert_string_equal(m.envelope->sender, "a@example.org");
	assert_true(m.envelope->eightbit);
	assert_int_equal(m.envelope->nrecipients, 2);
	assert_int_equal(envelope_count(m.envelope, RECIPIENT_DUE), 2);
	for (int i = 0; i < times; i++) {
		assert_int_equal(pread(m.fd, content, LEN,
		    m.envelope->length + i * LEN), LEN);
		assert_memory_equal(content, text, LEN);
	}
	message_close(&m);
}

/* Of any size: up to and over what is kept in memory. */
static void
test_commit(void **state)
{
	static const int times[] = { 0, 1, 2, 6000, 30000 };
	static const mode_t masks[] = { 077, 0, 0777 };
	int spool = *(int *)*state;
	struct envelope e;
	struct draft d;

	for (size_t i = 0; i < 15; i++) {
		mode_t before = umask(masks[i % 3]);

		begin(&d, &e, spool, times[i / 3]);
		umask(before);
		e.eightbit = true;
		assert_int_equal(strlen(d.id), ENTRY_ID);
		assert_int_equal(count(spool), 1);
		assert_int_equal(draft_commit(&d, &e), 0);
		assert_int_equal(d.fd, -1);
		assert_int_equal(count(spool), 1);
		check_message(spool, &d, times[i / 3]);
		/* What is accepted cannot be taken back. */
		draft_abort(&d);
		assert_int_equal(count(spool), 1);
		assert_int_equal(spool_remove(spool, SPOOL_NEW, d.id), 0);
		envelope_free(&e);
	}
}

static void
test_abort(void **state)
{
	static const int times[] = { 0, 1, 30000 };
	int spool = *(int *)*state;
	struct draft none = { .fd = -1 }, d;
	struct envelope e;

	draft_abort(&none);
	assert_int_equal(draft_create(&d, spool), 0);
	draft_abort(&d);
	assert_int_equal(count(spool), 0);
	for (size_t i = 0; i < 3; i++) {
		begin(&d, &e, spool, times[i]);
		assert_int_equal(count(spool), 1);
		errno = EDOM;
		draft_abort(&d);
		assert_int_equal(errno, EDOM);
		assert_int_equal(count(spool), 0);
		draft_abort(&d);
		envelope_free(&e);
	}
}

/* Every draft has a name of its own. */
static void
test_names(void **state)
{
	enum { DRAFTS = 50 };
	int spool = *(int *)*state;
	struct draft d[DRAFTS];

	for (size_t i = 0; i < DRAFTS; i++) {
		assert_int_equal(draft_create(&d[i], spool), 0);
		if (i > 0)
			assert_true(strcmp(d[i - 1].id, d[i].id) < 0);
	}
	assert_int_equal(count(spool), DRAFTS);
	for (size_t i = 0; i < DRAFTS; i++)
		draft_abort(&d[i]);
	assert_int_equal(count(spool), 0);
}

/* One that is left stays in tmp/ under its own name, whole. */
static void
test_leave(void **state)
{
	int spool = *(int *)*state;
	struct envelope e;
	struct message m;
	struct draft d;
	const char *why;

	for (int times = 1; times < 60000; times *= 300) {
		fill(&e);
		assert_int_equal(draft_create_as(&d, spool, "x.y."), 0);
		assert_memory_equal(d.name, "x.y.", 4);
		assert_string_equal(d.name + 4, d.id);
		draft_envelope(&d, &e);
		for (int i = 0; i < times; i++)
			assert_int_equal(draft_message(&d, text, LEN), 0);
		assert_int_equal(draft_leave(&d, &e), 0);
		assert_int_equal(d.fd, -1);
		assert_int_equal(count(spool), 1);
		assert_int_equal(message_open_file(&m, spool, SPOOL_TMP,
		    d.name, &why), MESSAGE_OK);
		assert_int_equal(message_verify(&m, &why), MESSAGE_OK);
		assert_int_equal(m.envelope->size, times * LEN);
		message_close(&m);
		assert_int_equal(spool_remove(spool, SPOOL_TMP, d.name), 0);
		envelope_free(&e);
	}
	/* And one that is given up is gone. */
	fill(&e);
	assert_int_equal(draft_create_as(&d, spool, "x.y."), 0);
	draft_abort(&d);
	assert_int_equal(count(spool), 0);
	envelope_free(&e);
}

/* A file of that name is never replaced, nor removed with the draft. */
static void
test_name_taken(void **state)
{
	int spool = *(int *)*state, fd;
	struct envelope e;
	struct draft d;
	char path[32], byte;

	begin(&d, &e, spool, 1);
	snprintf(path, sizeof(path), "new/%s", d.id);
	fd = openat(spool, path, O_RDWR | O_CREAT | O_EXCL, 0600);
	assert_int_equal(write(fd, "x", 1), 1);
	assert_int_equal(draft_commit(&d, &e), -1);
	assert_int_equal(errno, EEXIST);
	assert_int_equal(d.fd, -1);
	draft_abort(&d);
	assert_int_equal(count(spool), 1);
	assert_int_equal(pread(fd, &byte, 1, 0), 1);
	assert_int_equal(byte, 'x');
	close(fd);
	assert_int_equal(unlinkat(spool, path, 0), 0);
	envelope_free(&e);
}

/* Where a step fails, errno tells and nothing is left. */
static void
test_no_directory(void **state)
{
	int spool = *(int *)*state;
	struct envelope e;
	struct draft d;

	begin(&d, &e, spool, 1);
	assert_int_equal(unlinkat(spool, "new", AT_REMOVEDIR), 0);
	assert_int_equal(draft_commit(&d, &e), -1);
	assert_int_equal(errno, ENOENT);
	assert_int_equal(count(spool), 0);
	assert_int_equal(mkdirat(spool, "new", 03770), 0);
	assert_int_equal(unlinkat(spool, "tmp", AT_REMOVEDIR), 0);
	assert_int_equal(draft_create(&d, spool), -1);
	assert_int_equal(errno, ENOENT);
	draft_abort(&d);
	assert_int_equal(mkdirat(spool, "tmp", 03730), 0);
	envelope_free(&e);
}

/* The descriptor has become one that cannot be written to. */
static void
test_write_fails(void **state)
{
	static const int times[] = { 1, 30000 };
	int spool = *(int *)*state, result = 0;
	struct envelope e;
	struct draft d;

	for (size_t i = 0; i < 2; i++) {
		int fd = open("/dev/full", O_WRONLY | O_CLOEXEC);

		begin(&d, &e, spool, 0);
		assert_int_equal(dup2(fd, d.fd), d.fd);
		close(fd);
		for (int n = 0; n < times[i] && result == 0; n++)
			result = draft_message(&d, text, LEN);
		assert_int_equal(result, i == 0 ? 0 : -1);
		if (result == 0)
			assert_int_equal(draft_commit(&d, &e), -1);
		assert_int_equal(errno, ENOSPC);
		draft_abort(&d);
		assert_int_equal(count(spool), 0);
		envelope_free(&e);
	}
}

/* The second pass: each piece is written once more, after one of its own. */
static void
restart(int spool, int times, bool replaced)
{
	struct buf piece = { 0 };
	struct draft d, old;
	struct envelope e;
	char id[ENTRY_ID_SIZE];
	off_t size = 0;
	int more;

	begin(&d, &e, spool, times);
	memcpy(id, d.id, sizeof(id));
	assert_int_equal(draft_restart(&d, &e, &old), 0);
	assert_int_equal(draft_message(&d, text, LEN), 0);
	while ((more = draft_read(&old, &piece)) == 1) {
		size += (off_t)piece.len;
		assert_int_equal(draft_message(&d, piece.data, piece.len), 0);
	}
	assert_int_equal(more, 0);
	assert_int_equal(size, times * LEN);
	if (replaced) {
		assert_int_equal(draft_replace(&d, &old), 0);
		assert_int_equal(old.fd, -1);
		assert_string_equal(d.id, id);
		assert_int_equal(count(spool), 1);
		e.eightbit = true;
		assert_int_equal(draft_commit(&d, &e), 0);
		check_message(spool, &d, times + 1);
		assert_int_equal(spool_remove(spool, SPOOL_NEW, id), 0);
	} else {
		draft_abort(&d);
		draft_abort(&old);
	}
	assert_int_equal(count(spool), 0);
	buf_free(&piece);
	envelope_free(&e);
}

static void
test_restart(void **state)
{
	int spool = *(int *)*state;

	for (int times = 0; times < 3; times++) {
		restart(spool, times, true);
		restart(spool, times, false);
	}
	restart(spool, 20000, true);
	restart(spool, 20000, false);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_commit),
		cmocka_unit_test(test_abort),
		cmocka_unit_test(test_restart),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_leave),
		cmocka_unit_test(test_name_taken),
		cmocka_unit_test(test_no_directory),
		cmocka_unit_test(test_write_fails),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
