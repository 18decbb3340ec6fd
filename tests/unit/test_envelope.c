#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/crc32.h"
#include "base/xmalloc.h"
#include "mail/dsn.h"
#include "mail/envelope.h"
#include "mail/unique.h"

#define BLANKS16 "                "
#define BLANKS \
	BLANKS16 BLANKS16 BLANKS16 BLANKS16 BLANKS16 BLANKS16 BLANKS16 \
	BLANKS16 BLANKS16 BLANKS16 BLANKS16 BLANKS16 BLANKS16 BLANKS16 \
	BLANKS16 BLANKS16

/* The form that is on disk: it must not change without its version. */
#define SEAL \
	"onehop 1\n" \
	"size 0000000000000001234\n" \
	"body 8bit\n" \
	"crc32 DEADBEEF\n"
#define FROM "uid 33\nfrom <alice@example.org>\n"
#define TO_BOB "to - " BLANKS " <bob@example.net>\n"
#define TO_EVE "to - " BLANKS " <\"e v e\"@example.net>\n"
static const char golden[] = SEAL FROM TO_BOB TO_EVE "\n";

/* The same with what is asked about notification. */
#define FROM_ASKED "uid 33\nfrom <alice@example.org> ret=HDRS envid=a+20b" \
	" tls=required\n"
#define TO_BOB_ASKED "to - " BLANKS " <bob@example.net>" \
	" notify=FAILURE,DELAY orcpt=rfc822;Bob+2Bx@Example.NET\n"
#define TO_EVE_ASKED "to - " BLANKS " <\"e v e\"@example.net> notify=NEVER\n"
static const char asked[] = SEAL FROM_ASKED TO_BOB_ASKED TO_EVE_ASKED "\n";

static void
fill(struct envelope *e)
{
	*e = (struct envelope){
		.uid = 33,
		.sender = strdup("alice@example.org"),
		.eightbit = true,
		.size = 1234,
		.crc = 0xdeadbeef,
	};
	envelope_add_recipient(e, "bob@example.net");
	envelope_add_recipient(e, "\"e v e\"@example.net");
}

static void
test_encode(void **state)
{
	struct buf out = { 0 };
	struct envelope e;

	(void)state;
	fill(&e);
	buf_adds(&out, "before");
	envelope_encode(&e, &out);
	buf_drop(&out, 6);
	assert_string_equal(out.data, golden);
	assert_int_equal(e.length, out.len);
	envelope_free(&e);
	assert_null(e.sender);
	assert_int_equal(e.nrecipients, 0);
	buf_free(&out);
}

static void
test_encode_asked(void **state)
{
	struct buf out = { 0 };
	struct envelope e;

	(void)state;
	fill(&e);
	e.ret = DSN_RET_HDRS;
	e.envid = strdup("a+20b");
	e.require_tls = true;
	e.recipients[0].notify = DSN_FAILURE | DSN_DELAY;
	e.recipients[0].orcpt = strdup("rfc822;Bob+2Bx@Example.NET");
	e.recipients[1].notify = DSN_NEVER;
	envelope_encode(&e, &out);
	assert_string_equal(out.data, asked);
	assert_int_equal(e.length, out.len);
	assert_memory_equal(out.data + e.recipients[1].mark - 3, "to - ", 5);
	envelope_free(&e);
	assert_null(e.envid);
	buf_free(&out);
}

static void
test_seal(void **state)
{
	struct envelope e = { .size = INT64_MAX, .crc = 0 };
	char first[ENVELOPE_SEAL];

	(void)state;
	assert_int_equal(ENVELOPE_SEAL, strlen(SEAL));
	envelope_seal(&e, first);
	assert_memory_equal(first, "onehop 1\nsize 9223372036854775807\n"
	    "body 7bit\ncrc32 00000000\n", ENVELOPE_SEAL);
}

static void
test_decode(void **state)
{
	struct envelope e;
	const char *error;

	(void)state;
	assert_int_equal(envelope_decode(&e, golden, sizeof(golden) - 1,
	    &error), 0);
	assert_int_equal(e.uid, 33);
	assert_string_equal(e.sender, "alice@example.org");
	assert_true(e.eightbit);
	assert_int_equal(e.size, 1234);
	assert_int_equal(e.crc, 0xdeadbeef);
	assert_int_equal(e.length, sizeof(golden) - 1);
	assert_int_equal(e.nrecipients, 2);
	assert_string_equal(e.recipients[0].address, "bob@example.net");
	assert_string_equal(e.recipients[1].address,
	    "\"e v e\"@example.net");
	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(e.recipients[i].state, RECIPIENT_DUE);
		assert_string_equal(e.recipients[i].reason, "");
		assert_memory_equal(golden + e.recipients[i].mark, "-   ", 4);
		assert_memory_equal(golden + e.recipients[i].mark - 3, "to ",
		    3);
	}
	envelope_free(&e);
}

static void
test_decode_asked(void **state)
{
	struct envelope e;
	const char *error;

	(void)state;
	assert_int_equal(envelope_decode(&e, asked, sizeof(asked) - 1,
	    &error), 0);
	assert_string_equal(e.sender, "alice@example.org");
	assert_int_equal(e.ret, DSN_RET_HDRS);
	assert_string_equal(e.envid, "a+20b");
	assert_true(e.require_tls);
	assert_int_equal(e.nrecipients, 2);
	assert_string_equal(e.recipients[0].address, "bob@example.net");
	assert_int_equal(e.recipients[0].notify, DSN_FAILURE | DSN_DELAY);
	assert_string_equal(e.recipients[0].orcpt,
	    "rfc822;Bob+2Bx@Example.NET");
	assert_string_equal(e.recipients[1].address,
	    "\"e v e\"@example.net");
	assert_int_equal(e.recipients[1].notify, DSN_NEVER);
	assert_null(e.recipients[1].orcpt);
	envelope_free(&e);
	/* Nothing was asked: nothing is there. */
	envelope_decode(&e, golden, sizeof(golden) - 1, &error);
	assert_int_equal(e.ret, DSN_RET_NONE);
	assert_null(e.envid);
	assert_false(e.require_tls);
	assert_int_equal(e.recipients[0].notify, 0);
	assert_null(e.recipients[0].orcpt);
	envelope_free(&e);
}

/* Whatever is there of a file, up to the empty line, more is needed. */
static void
test_truncated(void **state)
{
	struct envelope e;
	const char *error;

	(void)state;
	for (size_t len = 0; len < sizeof(golden) - 1; len++)
		assert_int_equal(envelope_decode(&e, golden, len, &error), 1);
	for (size_t len = 0; len < sizeof(asked) - 1; len++)
		assert_int_equal(envelope_decode(&e, asked, len, &error), 1);
}

static const struct {
	const char *text;
	int result;
} rows[] = {
	{ SEAL FROM TO_BOB "\n", 0 },
	/* The message is no business of the envelope. */
	{ SEAL FROM TO_BOB "\nSubject: x\r\n\n\n", 0 },
	{ SEAL "uid 0\nfrom <>\n" TO_BOB "\n", 0 },
	{ SEAL "uid 4294967295\nfrom <>\n" TO_BOB "\n", 0 },
	{ "onehop 2\n", -1 },
	{ "Subject: x\n\n", -1 },
	{ "\n\n", -1 },
	{ "onehop 1\n\n", -1 },
	{ SEAL "\n", -1 },
	{ SEAL FROM "\n", -1 },
	{ SEAL TO_BOB "\n", -1 },
	{ SEAL "uid 33\n" TO_BOB "\n", -1 },
	{ SEAL "from <>\nuid 33\n" TO_BOB "\n", -1 },
	{ SEAL FROM TO_BOB "x\n\n", -1 },
	{ SEAL FROM TO_BOB FROM "\n", -1 },
	{ SEAL "uid -1\nfrom <>\n" TO_BOB "\n", -1 },
	{ SEAL "uid 4294967296\nfrom <>\n" TO_BOB "\n", -1 },
	{ SEAL "uid \nfrom <>\n" TO_BOB "\n", -1 },
	{ SEAL "uid 33 \nfrom <>\n" TO_BOB "\n", -1 },
	{ SEAL "uid 0x1\nfrom <>\n" TO_BOB "\n", -1 },
	{ SEAL "uid 33\nfrom a@b\n" TO_BOB "\n", -1 },
	{ SEAL "uid 33\nfrom <a@b\n" TO_BOB "\n", -1 },
	{ SEAL "uid 33\nfrom <a>\n" TO_BOB "\n", -1 },
	{ SEAL "uid 33\nfrom <a@b\r>\n" TO_BOB "\n", -1 },
	{ SEAL "uid 33\nfrom <a@b> SIZE=1>\n" TO_BOB "\n", -1 },
	{ SEAL FROM "to - " BLANKS " <>\n\n", -1 },
	{ SEAL FROM "to - " BLANKS " <a@b\001>\n\n", -1 },
	{ SEAL FROM "to - " BLANKS " <a@b>\r\n\n", -1 },
	{ SEAL FROM "to - " BLANKS "  <a@b>\n\n", -1 },
	{ SEAL FROM "to -  " BLANKS16 " <a@b>\n\n", -1 },
	{ SEAL FROM "to ? " BLANKS " <a@b>\n\n", -1 },
	{ SEAL FROM "to -x" BLANKS " <a@b>\n\n", -1 },
	/* What the sender was told of has happened. */
	{ SEAL FROM "to --" BLANKS " <a@b>\n\n", 0 },
	{ SEAL FROM "to D-" BLANKS " <a@b>\n\n", 0 },
	{ SEAL FROM "to DD" BLANKS " <a@b>\n\n", 0 },
	{ SEAL FROM "to F-" BLANKS " <a@b>\n\n", 0 },
	{ SEAL FROM "to FF" BLANKS " <a@b>\n\n", 0 },
	{ SEAL FROM "to -D" BLANKS " <a@b>\n\n", -1 },
	{ SEAL FROM "to -F" BLANKS " <a@b>\n\n", -1 },
	{ SEAL FROM "to DF" BLANKS " <a@b>\n\n", -1 },
	{ SEAL FROM "to FD" BLANKS " <a@b>\n\n", -1 },
	{ SEAL FROM "to - " BLANKS "x<a@b>\n\n", -1 },
	{ "onehop 1\nsize 000000000000001234\nbody 8bit\n"
	  "crc32 DEADBEEF\n" FROM TO_BOB "\n", -1 },
	{ "onehop 1\nsize 000000000000001234\nbody 8bit\n"
	  "crc32 0DEADBEEF\n" FROM TO_BOB "\n", -1 },
	{ "onehop 1\nsize 9223372036854775808\nbody 8bit\n"
	  "crc32 DEADBEEF\n" FROM TO_BOB "\n", -1 },
	{ "onehop 1\nsize -000000000000001234\nbody 8bit\n"
	  "crc32 DEADBEEF\n" FROM TO_BOB "\n", -1 },
	{ "onehop 1\nsize 0000000000000001234\nbody 9bit\n"
	  "crc32 DEADBEEF\n" FROM TO_BOB "\n", -1 },
	{ "onehop 1\nsize 0000000000000001234\nbody 8bit\n"
	  "crc32 deadbeef\n" FROM TO_BOB "\n", -1 },
	{ "onehop 1\nsize 0000000000000001234\nbody 8bit\n"
	  "crc32 0xDEADBE\n" FROM TO_BOB "\n", -1 },
	/* An address ends where it ends, whatever is in it and after it. */
	{ SEAL "uid 1\nfrom <\"a> \\\"b\"@c> ret=FULL\n" TO_BOB "\n", 0 },
	{ SEAL "uid 1\nfrom <a@[x:>\"]> envid=@[>\n" TO_BOB "\n", 0 },
	{ SEAL "uid 1\nfrom <> envid=a@b>\n" TO_BOB "\n", 0 },
	{ SEAL "uid 1\nfrom <\"[\"@c> envid=x\n" TO_BOB "\n", 0 },
	{ SEAL "uid 1\nfrom <> ret=full\n" TO_BOB "\n", 0 },
	{ SEAL "uid 1\nfrom <> tls=required\n" TO_BOB "\n", 0 },
	{ SEAL "uid 1\nfrom <> tls=\n" TO_BOB "\n", -1 },
	{ SEAL "uid 1\nfrom <> tls=Required\n" TO_BOB "\n", -1 },
	{ SEAL "uid 1\nfrom <> tls=require\n" TO_BOB "\n", -1 },
	{ SEAL "uid 1\nfrom <> tls\n" TO_BOB "\n", -1 },
	{ SEAL "uid 1\nfrom <> tls=required envid=x\n" TO_BOB "\n", -1 },
	{ SEAL "uid 1\nfrom <> tls=required tls=required\n" TO_BOB "\n",
	    -1 },
	{ SEAL "uid 1\nfrom <\"a@b>\n" TO_BOB "\n", -1 },
	{ SEAL "uid 1\nfrom <a@[b>\n" TO_BOB "\n", -1 },
	{ SEAL "uid 1\nfrom a@b <>\n" TO_BOB "\n", -1 },
	{ SEAL "uid 1\nfrom xa@b>\n" TO_BOB "\n", -1 },
	{ SEAL "uid 1\nfrom \n" TO_BOB "\n", -1 },
	{ SEAL "uid 1\nfrom <\n" TO_BOB "\n", -1 },
	/* Each field once, in its place, and right. */
	{ SEAL "uid 1\nfrom <> \n" TO_BOB "\n", -1 },
	{ SEAL "uid 1\nfrom <>ret=FULL\n" TO_BOB "\n", -1 },
	{ SEAL "uid 1\nfrom <>  ret=FULL\n" TO_BOB "\n", -1 },
	{ SEAL "uid 1\nfrom <> ret=FULL \n" TO_BOB "\n", -1 },
	{ SEAL "uid 1\nfrom <> ret=\n" TO_BOB "\n", -1 },
	{ SEAL "uid 1\nfrom <> ret=NONE\n" TO_BOB "\n", -1 },
	{ SEAL "uid 1\nfrom <> RET=FULL\n" TO_BOB "\n", -1 },
	{ SEAL "uid 1\nfrom <> envid=\n" TO_BOB "\n", -1 },
	{ SEAL "uid 1\nfrom <> envid=a=b\n" TO_BOB "\n", -1 },
	{ SEAL "uid 1\nfrom <> envid=x envid=x\n" TO_BOB "\n", -1 },
	{ SEAL "uid 1\nfrom <> envid=x ret=FULL\n" TO_BOB "\n", -1 },
	{ SEAL "uid 1\nfrom <> notify=NEVER\n" TO_BOB "\n", -1 },
	{ SEAL "uid 1\nfrom <> ret=FULL x\n" TO_BOB "\n", -1 },
	{ SEAL FROM "to - " BLANKS " <a@b> orcpt=x;y\n\n", 0 },
	{ SEAL FROM "to - " BLANKS " <a@b> orcpt=x;>\n\n", 0 },
	{ SEAL FROM "to - " BLANKS " <a@b> notify=NEVER\n\n", 0 },
	{ SEAL FROM "to - " BLANKS " <a@b> notify=\n\n", -1 },
	{ SEAL FROM "to - " BLANKS " <a@b> notify=NO\n\n", -1 },
	{ SEAL FROM "to - " BLANKS " <a@b> notify=NEVER,DELAY\n\n", -1 },
	{ SEAL FROM "to - " BLANKS " <a@b> orcpt=y\n\n", -1 },
	{ SEAL FROM "to - " BLANKS " <a@b> orcpt=x;y z\n\n", -1 },
	{ SEAL FROM "to - " BLANKS " <a@b> orcpt=x;y\r\n\n", -1 },
	{ SEAL FROM "to - " BLANKS " <a@b> orcpt=x;y notify=NEVER\n\n", -1 },
	{ SEAL FROM "to - " BLANKS " <a@b> ret=FULL\n\n", -1 },
	/* Shorter than the seal, with nothing after it. */
	{ "onehop 1\nsize 0000000000000000617\nbody 8bit\n"
	  "crc32 DEADB\n\n", -1 },
};

static void
test_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *error = NULL;
		struct envelope e;
		int result = envelope_decode(&e, rows[i].text,
		    strlen(rows[i].text), &error);

		if (result != rows[i].result)
			fail_msg("row %zu: %d: %s", i, result, rows[i].text);
		assert_int_equal(error != NULL, result == -1);
		if (result == 0)
			envelope_free(&e);
	}
}

static void
test_nul(void **state)
{
	char text[] = SEAL "uid 33\nfrom <a@b>\n" TO_BOB "\n";
	struct envelope e;
	const char *error;

	(void)state;
	*strchr(text, '@') = '\0';
	assert_int_equal(envelope_decode(&e, text, sizeof(text) - 1, &error),
	    -1);
}

static const struct {
	enum recipient_state state;
	enum recipient_told told;
	const char *reason;
	const char *kept;
} marks[] = {
	{ RECIPIENT_DUE, TOLD_NOTHING, "", "" },
	{ RECIPIENT_DELIVERED, TOLD_NOTHING, "250 2.0.0 ok", "250 2.0.0 ok" },
	{ RECIPIENT_DELIVERED, TOLD_RELAYED, "250 2.0.0 ok", "250 2.0.0 ok" },
	{ RECIPIENT_FAILED, TOLD_FAILED, "550 a\r\nb\tc\177",
	  "550 a??b?c?" },
	{ RECIPIENT_DUE, TOLD_DELAYED, "450 caf\303\251",
	  "450 caf\303\251" },
	{ RECIPIENT_DUE, TOLD_NOTHING, BLANKS BLANKS, "" },
	{ RECIPIENT_DUE, TOLD_NOTHING, BLANKS "x", "" },
};

/* A mark written over another is what is read back. */
static void
test_marks(void **state)
{
	char text[sizeof(golden)], mark[ENVELOPE_MARK];
	struct envelope e, again;
	const char *error;

	(void)state;
	memcpy(text, golden, sizeof(text));
	envelope_decode(&e, text, sizeof(text) - 1, &error);
	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
		struct recipient r = {
			.state = marks[i].state,
			.told = marks[i].told,
			.reason = strdup(marks[i].reason),
		};

		envelope_mark(&r, mark);
		free(r.reason);
		memcpy(text + e.recipients[1].mark, mark, sizeof(mark));
		assert_int_equal(envelope_decode(&again, text,
		    sizeof(text) - 1, &error), 0);
		assert_int_equal(again.recipients[1].state, marks[i].state);
		assert_int_equal(again.recipients[1].told, marks[i].told);
		assert_string_equal(again.recipients[1].reason,
		    marks[i].kept);
		assert_int_equal(again.recipients[0].state, RECIPIENT_DUE);
		/* Nor does it change what the checksum covers. */
		assert_int_equal(envelope_crc(&again, text),
		    envelope_crc(&e, golden));
		assert_int_equal(envelope_count(&again, RECIPIENT_DUE),
		    marks[i].state == RECIPIENT_DUE ? 2 : 1);
		envelope_free(&again);
	}
	envelope_free(&e);
}

/* All but the seal and the marks counts. */
static void
test_crc(void **state)
{
	static const char covered[] = FROM "to  <bob@example.net>\n"
	    "to  <\"e v e\"@example.net>\n\n";
	struct envelope e;
	const char *error;

	(void)state;
	envelope_decode(&e, golden, sizeof(golden) - 1, &error);
	assert_int_equal(envelope_crc(&e, golden),
	    crc32_add(0, covered, sizeof(covered) - 1));
	envelope_free(&e);
}

static void
test_crc_asked(void **state)
{
	static const char covered[] = FROM_ASKED "to  <bob@example.net>"
	    " notify=FAILURE,DELAY orcpt=rfc822;Bob+2Bx@Example.NET\n"
	    "to  <\"e v e\"@example.net> notify=NEVER\n\n";
	struct envelope e;
	const char *error;

	(void)state;
	envelope_decode(&e, asked, sizeof(asked) - 1, &error);
	assert_int_equal(envelope_crc(&e, asked),
	    crc32_add(0, covered, sizeof(covered) - 1));
	envelope_free(&e);
}

/* The same address, told from the contract: the domain ends it. */
static bool
same(const char *a, const char *b)
{
	size_t local = (size_t)(strrchr(a, '@') - a);

	return strlen(a) == strlen(b) && strncmp(a, b, local) == 0 &&
	    b[local] == '@' && strcasecmp(a + local, b + local) == 0;
}

static void
test_unique(void **state)
{
	static const char *const locals[] = {
		"a", "A", "ab", "aB", "b", "\"a@b\"", "\"a b\"", "\303\244",
	};
	static const char *const domains[] = { "x", "X", "x.y", "x.Y", "xy" };
	char address[32];

	(void)state;
	srandom(1);
	for (int round = 0; round < 500; round++) {
		struct envelope e = { 0 }, want = { 0 };
		long n = random() % 40;

		for (long i = 0; i < n; i++) {
			size_t seen = 0;

			snprintf(address, sizeof(address), "%s@%s",
			    locals[random() % 8], domains[random() % 5]);
			envelope_add_recipient(&e, address);
			e.recipients[i].orcpt = xstrdup("rfc822;a@x");
			while (seen < want.nrecipients && !same(address,
			    want.recipients[seen].address))
				seen++;
			if (seen == want.nrecipients)
				envelope_add_recipient(&want, address);
		}
		unique_recipients(&e);
		assert_int_equal(e.nrecipients, want.nrecipients);
		for (size_t i = 0; i < e.nrecipients; i++)
			assert_string_equal(e.recipients[i].address,
			    want.recipients[i].address);
		/* More can be added, wherever that has left off. */
		for (int i = 0; i < 10; i++)
			envelope_add_recipient(&e, "more@x");
		unique_recipients(&e);
		assert_int_equal(e.nrecipients, want.nrecipients + 1);
		envelope_free(&e);
		envelope_free(&want);
	}
}

/* All of it must be there, with its line end. */
static void
test_uid_alone(void **state)
{
	struct envelope e = { .uid = 4294967294U, .sender = strdup("") };
	struct buf text = { 0 };
	uid_t uid = 7;

	(void)state;
	envelope_add_recipient(&e, "a@b.example");
	envelope_encode(&e, &text);
	assert_int_equal(envelope_uid(text.data, ENVELOPE_FIRST, &uid), 0);
	assert_int_equal(uid, 4294967294U);
	for (size_t len = 0; len < ENVELOPE_FIRST; len++) {
		uid = 7;
		assert_int_equal(envelope_uid(text.data, len, &uid), -1);
		assert_int_equal(uid, 7);
	}
	text.data[ENVELOPE_SEAL] = 'x';
	assert_int_equal(envelope_uid(text.data, text.len, &uid), -1);
	envelope_free(&e);
	buf_free(&text);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_encode),
		cmocka_unit_test(test_encode_asked),
		cmocka_unit_test(test_seal),
		cmocka_unit_test(test_decode),
		cmocka_unit_test(test_decode_asked),
		cmocka_unit_test(test_truncated),
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_nul),
		cmocka_unit_test(test_marks),
		cmocka_unit_test(test_crc),
		cmocka_unit_test(test_crc_asked),
		cmocka_unit_test(test_unique),
		cmocka_unit_test(test_uid_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
