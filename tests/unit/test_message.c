#include <config.h>

#include <sys/file.h>
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
#include "base/io.h"
#include "mail/envelope.h"
#include "spool/draft.h"
#include "spool/entry.h"
#include "spool/message.h"
#include "spool/spool.h"

#define ID "5F5E1000ABCDE"

static const struct entry entry = { 0x5f5e1000abcde, -1 };
static const char text[] = "Subject: x\r\n\r\nhello\r\n.\r\n";
static char directory[] = "/tmp/onehop.XXXXXX";

struct fixture {
	int spool;
	int fd;			/* of the file, for doing it harm */
	struct buf bytes;	/* of the file, when it is well */
	off_t marks[2];
};

/* Opens and verifies, which is what has to be done before it is sent. */
static enum message_error
check(int spool)
{
	const char *why = NULL;
	enum message_error error;
	struct message m;

	error = message_open(&m, spool, SPOOL_NEW, &entry, &why);
	if (error == MESSAGE_OK) {
		error = message_verify(&m, &why);
		message_close(&m);
	} else
		assert_int_equal(m.fd, -1);
	assert_int_equal(why != NULL, error == MESSAGE_CORRUPT);
	return error;
}

static void
restore(const struct fixture *f)
{
	assert_int_equal(ftruncate(f->fd, (off_t)f->bytes.len), 0);
	assert_int_equal(io_pwrite(f->fd, f->bytes.data, f->bytes.len, 0), 0);
	assert_int_equal(check(f->spool), MESSAGE_OK);
}

/* However much a power cut has left of a file, it is not the message. */
static void
test_torn(void **state)
{
	const struct fixture *f = *state;
	off_t len = (off_t)f->bytes.len;

	for (off_t cut = 0; cut < len; cut++) {
		assert_int_equal(ftruncate(f->fd, cut), 0);
		if (check(f->spool) != MESSAGE_CORRUPT)
			fail_msg("cut at %ld", (long)cut);
		/* The length is there and the blocks are not. */
		assert_int_equal(ftruncate(f->fd, len), 0);
		if (check(f->spool) != MESSAGE_CORRUPT)
			fail_msg("zeros from %ld", (long)cut);
		assert_int_equal(io_pwrite(f->fd, f->bytes.data,
		    f->bytes.len, 0), 0);
	}
	assert_int_equal(io_pwrite(f->fd, "\n", 1, len), 0);
	assert_int_equal(check(f->spool), MESSAGE_CORRUPT);
	restore(f);
}

/*
 * Whether a byte may have this value and the file still be good: only marks,
 * and whether the body is 7bit or 8bit, are not under the checksum.
 */
static bool
may_be(const struct fixture *f, off_t at, unsigned char c)
{
	const char *body = strstr(f->bytes.data, "body ") + 5;

	if (at == body - f->bytes.data)
		return c == '7' || c == '8';
	for (size_t i = 0; i < 2; i++) {
		off_t in = at - f->marks[i];

		if (in == 0)
			return c == '-' || c == 'D' || c == 'F';
		if (in == 1)
			return c == TOLD_NOTHING || c == TOLD_DELAYED;
		if (in > 1 && in < ENVELOPE_MARK)
			return c >= ' ' && c != 0x7f;
	}
	return false;
}

static void
test_flipped(void **state)
{
	/* Each bit, and what makes 8 of 7, D of -, and a line end of CR. */
	static const unsigned char flips[] = {
		1, 2, 4, 8, 16, 32, 64, 128, '7' ^ '8', '-' ^ 'D', 7, 255,
	};
	const struct fixture *f = *state;

	for (off_t at = 0; at < (off_t)f->bytes.len; at++) {
		char *byte = f->bytes.data + at, before = *byte;

		for (size_t i = 0; i < sizeof(flips); i++) {
			unsigned char c = (unsigned char)before ^ flips[i];

			*byte = (char)c;
			assert_int_equal(io_pwrite(f->fd, byte, 1, at), 0);
			*byte = before;
			if (check(f->spool) != (may_be(f, at, c) ?
			    MESSAGE_OK : MESSAGE_CORRUPT))
				fail_msg("byte %ld is %#x", (long)at, c);
		}
		assert_int_equal(io_pwrite(f->fd, byte, 1, at), 0);
	}
	restore(f);
}

static void
test_marks(void **state)
{
	const struct fixture *f = *state;
	struct message m;
	const char *why;
	struct recipient *r;

	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(message_open(&m, f->spool, SPOOL_NEW, &entry,
		    &why), MESSAGE_OK);
		assert_int_equal(message_reopen(&m, f->spool, SPOOL_NEW,
		    &entry), 0);
		r = &m.envelope->recipients[i];
		assert_int_equal(r->mark, f->marks[i]);
		r->state = i == 0 ? RECIPIENT_DELIVERED : RECIPIENT_FAILED;
		free(r->reason);
		r->reason = strdup(i == 0 ? "250 ok" : "550 no\r\nsuch user");
		assert_int_equal(message_mark(&m, r), 0);
		assert_int_equal(message_sync(&m), 0);
		/* What is open and what is opened next are both good. */
		assert_int_equal(message_verify(&m, &why), MESSAGE_OK);
		message_close(&m);
		assert_int_equal(check(f->spool), MESSAGE_OK);
	}
	assert_int_equal(message_open(&m, f->spool, SPOOL_NEW, &entry,
	    &why), MESSAGE_OK);
	r = m.envelope->recipients;
	assert_int_equal(r[0].state, RECIPIENT_DELIVERED);
	assert_string_equal(r[0].reason, "250 ok");
	assert_int_equal(r[1].state, RECIPIENT_FAILED);
	assert_string_equal(r[1].reason, "550 no??such user");
	assert_string_equal(r[1].address, "c@example.org");
	/* It was opened for reading only. */
	assert_int_equal(message_mark(&m, r), -1);
	assert_int_equal(errno, EBADF);
	/* What is gone cannot be opened again, and stays open as it was. */
	assert_int_equal(message_reopen(&m, f->spool, SPOOL_CUR, &entry), -1);
	assert_int_equal(message_verify(&m, &why), MESSAGE_OK);
	message_close(&m);
	restore(f);
}

/* The file is believed about the uid only where the spool's owner wrote it. */
static void
test_uid(void **state)
{
	const struct fixture *f = *state;
	struct message m;
	const char *why;

	assert_int_equal(message_open(&m, f->spool, SPOOL_NEW, &entry,
	    &why), MESSAGE_OK);
	assert_int_equal(m.uid, 33);
	message_close(&m);
	if (geteuid() != 0)
		skip();
	assert_int_equal(fchown(f->fd, 1234, (gid_t)-1), 0);
	assert_int_equal(message_open(&m, f->spool, SPOOL_NEW, &entry,
	    &why), MESSAGE_OK);
	assert_int_equal(m.uid, 1234);
	assert_int_equal(m.envelope->uid, 33);
	message_close(&m);
	assert_int_equal(fchown(f->fd, 0, (gid_t)-1), 0);
}

/* The same, as the queue asks for it. */
static void
test_submitter(void **state)
{
	const struct entry none = { 1, -1 };
	const struct fixture *f = *state;
	uid_t uid = 0;

	assert_int_equal(message_submitter(f->spool, SPOOL_NEW, &none, &uid),
	    -1);
	assert_int_equal(message_submitter(f->spool, SPOOL_NEW, &entry, &uid),
	    0);
	assert_int_equal(uid, 33);
	/* What is not ours says nothing: it is the owner's. */
	assert_int_equal(ftruncate(f->fd, 62), 0);
	assert_int_equal(message_submitter(f->spool, SPOOL_NEW, &entry, &uid),
	    0);
	assert_int_equal(uid, geteuid());
	restore(f);
	if (geteuid() != 0)
		skip();
	assert_int_equal(fchown(f->fd, 1234, (gid_t)-1), 0);
	assert_int_equal(message_submitter(f->spool, SPOOL_NEW, &entry, &uid),
	    0);
	assert_int_equal(uid, 1234);
	assert_int_equal(fchown(f->fd, 0, (gid_t)-1), 0);
}

static void
test_other_files(void **state)
{
	const struct fixture *f = *state;
	const struct entry other = { 1, -1 };
	const char *why = NULL;
	struct message m;

	assert_int_equal(message_open(&m, f->spool, SPOOL_NEW, &other,
	    &why), MESSAGE_GONE);
	assert_int_equal(symlinkat(ID, f->spool,
	    "new/0000000000001"), 0);
	assert_int_equal(message_open(&m, f->spool, SPOOL_NEW, &other,
	    &why), MESSAGE_CORRUPT);
	assert_non_null(why);
	message_close(&m);
	assert_int_equal(unlinkat(f->spool, "new/0000000000001", 0), 0);
}

/* An envelope that is larger than what is read first. */
static void
test_many_recipients(void **state)
{
	const struct fixture *f = *state;
	struct envelope e = { .sender = strdup("") };
	char address[32];
	struct message m;
	const char *why;
	struct draft d;

	for (int i = 0; i < 5000; i++) {
		snprintf(address, sizeof(address), "%d@example.org", i);
		envelope_add_recipient(&e, address);
	}
	assert_int_equal(draft_create(&d, f->spool), 0);
	draft_envelope(&d, &e);
	assert_int_equal(draft_message(&d, text, sizeof(text) - 1), 0);
	assert_int_equal(draft_commit(&d, &e), 0);
	assert_int_equal(message_open(&m, f->spool, SPOOL_NEW,
	    &(struct entry){ d.arrival, -1 }, &why), MESSAGE_OK);
	assert_int_equal(message_verify(&m, &why), MESSAGE_OK);
	assert_int_equal(m.envelope->nrecipients, 5000);
	assert_string_equal(m.envelope->recipients[4999].address,
	    "4999@example.org");
	message_close(&m);
	assert_int_equal(spool_remove(f->spool, SPOOL_NEW, d.id), 0);
	envelope_free(&e);
}

/* By another way than sendmail's anything may have come, with its checksum. */
static void
test_form(void **state)
{
	static const struct {
		const char *text;
		enum message_error error;
	} rows[] = {
		{ "a\r\n", MESSAGE_OK }, { "\r\n.\r\n", MESSAGE_OK },
		{ "a\n", MESSAGE_CORRUPT }, { "a\r", MESSAGE_CORRUPT },
		{ "a", MESSAGE_CORRUPT }, { "a\r\n\n", MESSAGE_CORRUPT },
	};
	const struct fixture *f = *state;
	const char *why = NULL;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct envelope e = { .sender = strdup("") };
		struct message m;
		struct draft d;

		envelope_add_recipient(&e, "b@example.org");
		assert_int_equal(draft_create(&d, f->spool), 0);
		draft_envelope(&d, &e);
		assert_int_equal(draft_message(&d, rows[i].text,
		    strlen(rows[i].text)), 0);
		assert_int_equal(draft_commit(&d, &e), 0);
		assert_int_equal(message_open(&m, f->spool, SPOOL_NEW,
		    &(struct entry){ d.arrival, -1 }, &why), MESSAGE_OK);
		assert_int_equal(message_verify(&m, &why), rows[i].error);
		message_close(&m);
		assert_int_equal(spool_remove(f->spool, SPOOL_NEW, d.id), 0);
		envelope_free(&e);
	}
}

/* Terabytes of nothing are not read, whatever the checksum would be. */
static void
test_hole(void **state)
{
	const struct fixture *f = *state;
	const off_t size = (off_t)1 << 42;
	struct envelope e = { .size = size };
	char seal[ENVELOPE_SEAL];
	const char *why = NULL;
	struct message m;

	envelope_seal(&e, seal);
	assert_int_equal(io_pwrite(f->fd, seal, sizeof(seal), 0), 0);
	if (ftruncate(f->fd, (off_t)(f->bytes.len - (sizeof(text) - 1)) +
	    size) == -1)
		skip();
	assert_int_equal(message_open(&m, f->spool, SPOOL_NEW, &entry, &why),
	    MESSAGE_CORRUPT);
	assert_string_equal(why, "it has a hole");
	restore(f);
}

/* Last: a submitter that is at work on it, and one that takes it back. */
static void
test_claim(void **state)
{
	const struct fixture *f = *state;
	const char *why;
	struct message m;

	assert_int_equal(flock(f->fd, LOCK_EX), 0);
	assert_int_equal(check(f->spool), MESSAGE_UNREADABLE);
	assert_int_equal(errno, EBUSY);
	assert_int_equal(flock(f->fd, LOCK_UN), 0);
	assert_int_equal(check(f->spool), MESSAGE_OK);
	assert_int_equal(message_open(&m, f->spool, SPOOL_NEW, &entry, &why),
	    MESSAGE_OK);
	assert_int_equal(spool_remove(f->spool, SPOOL_NEW, ID), 0);
	assert_int_equal(message_verify(&m, &why), MESSAGE_GONE);
	message_close(&m);
}

static int
make_message(struct fixture *f)
{
	struct envelope e = { .uid = 33, .sender = strdup("a@example.org") };
	struct draft d;
	int result;

	envelope_add_recipient(&e, "b@example.org");
	envelope_add_recipient(&e, "c@example.org");
	if (draft_create(&d, f->spool) == -1)
		return -1;
	draft_envelope(&d, &e);
	result = draft_message(&d, text, sizeof(text) - 1);
	if (result == 0)
		result = draft_commit(&d, &e);
	for (size_t i = 0; i < 2; i++)
		f->marks[i] = e.recipients[i].mark;
	envelope_free(&e);
	return result == -1 ? -1 : spool_move(f->spool, SPOOL_NEW, d.id,
	    SPOOL_NEW, ID);
}

static int
set_up(void **state)
{
	static struct fixture f;

	*state = &f;
	if (mkdtemp(directory) == NULL ||
	    (f.spool = spool_open(directory)) == -1 || make_message(&f) == -1)
		return -1;
	f.fd = openat(f.spool, "new/" ID, O_RDWR);
	return io_read_file(f.spool, "new/" ID, &f.bytes, 4096);
}

static int
tear_down(void **state)
{
	char command[sizeof(directory) + sizeof("rm -rf ")];
	struct fixture *f = *state;

	close(f->fd);
	close(f->spool);
	buf_free(&f->bytes);
	snprintf(command, sizeof(command), "rm -rf %s", directory);
	return system(command);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_torn),
		cmocka_unit_test(test_flipped),
		cmocka_unit_test(test_marks),
		cmocka_unit_test(test_uid),
		cmocka_unit_test(test_submitter),
		cmocka_unit_test(test_other_files),
		cmocka_unit_test(test_many_recipients),
		cmocka_unit_test(test_form),
		cmocka_unit_test(test_hole),
		cmocka_unit_test(test_claim),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
