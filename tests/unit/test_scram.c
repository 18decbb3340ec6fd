#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "smtp/exchange.h"
#include "smtp/scram.h"

static const char bytes[32] = "\x00\x01\x02\x03\x04\x05\x06\x07"
    "\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f\x10\x11\x12\x13\x14\x15\x16\x17"
    "\x18\x19\x1a\x1b\x1c\x1d\x1e\x1f";

#define NONCE_1	"fyko+d2lbbFgONRv9qkxdawL"
#define SALT_1	",s=QSXCR+Q6sek8bf92,i=4096"
#define SERVER_1 "r=" NONCE_1 "3rfcNHYJY1ZVvWVs7j" SALT_1
#define FINAL_1	",r=" NONCE_1 "3rfcNHYJY1ZVvWVs7j,p="
#define NONCE_2	"rOprNGfwEbeRWgbNEkqO"
#define REST_2	"%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0"
#define SALT_2	",s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096"
#define SERVER_2 "r=" NONCE_2 REST_2 SALT_2
#define FINAL_2	",r=" NONCE_2 REST_2 ",p="

/*
 * Whole exchanges.  Those that are bound, and the one with names that are
 * encoded, were computed by another implementation, in Python.
 */
static const struct row {
	int (*respond)(struct exchange *, const struct buf *, struct buf *);
	struct exchange exchange;
	const char *first;
	const char *challenge;
	const char *final;
	const char *signature;
} rows[] = {
	/* RFC 5802, section 5. */
	{ scram_sha_1,
	    { .user = "user", .secret = "pencil", .nonce = NONCE_1 },
	    "n,,n=user,r=" NONCE_1, SERVER_1,
	    "c=biws" FINAL_1 "v0X8v3Bz2T0CJGbJQyF0X+HI4Ts=",
	    "v=rmF9pqV8S7suAoZWja4dJRkFsKQ=" },
	/* RFC 7677, section 3. */
	{ scram_sha_256,
	    { .user = "user", .secret = "pencil", .nonce = NONCE_2 },
	    "n,,n=user,r=" NONCE_2, SERVER_2,
	    "c=biws" FINAL_2 "dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=",
	    "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=" },
	{ scram_sha_1,
	    { .user = "user", .secret = "pencil", .nonce = NONCE_1,
	    .binding = "tls-server-end-point", .binding_data = bytes,
	    .binding_len = sizeof(bytes) },
	    "p=tls-server-end-point,,n=user,r=" NONCE_1, SERVER_1,
	    "c=cD10bHMtc2VydmVyLWVuZC1wb2ludCwsAAECAwQFBgcICQoLDA0ODxAREhMU"
	    "FRYXGBkaGxwdHh8=" FINAL_1 "z8dLQJmun2sA+XpCkRPSWO61Enc=",
	    "v=if1R+hByy96r9wlpTEFxowaJvkg=" },
	{ scram_sha_256,
	    { .user = "user", .secret = "pencil", .nonce = NONCE_2,
	    .binding = "tls-exporter", .binding_data = bytes,
	    .binding_len = sizeof(bytes) },
	    "p=tls-exporter,,n=user,r=" NONCE_2, SERVER_2,
	    "c=cD10bHMtZXhwb3J0ZXIsLAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhsc"
	    "HR4f" FINAL_2 "QC6CS20quADQRb3mT99YUH+n3VJxUvzuK0K0E1Vrs2M=",
	    "v=2GiAgapEppLVlUXbxUDksL3VgYHzuqiK5tR4mhJGgvs=" },
	{ scram_sha_256,
	    { .user = "j\xc3\xbcr,gen=", .secret = "\xe2\x82\xac pencil",
	    .nonce = NONCE_2, .unoffered = true },
	    "y,,n=j\xc3\xbcr=2Cgen=3D,r=" NONCE_2, SERVER_2,
	    "c=eSws" FINAL_2 "U0/ezfZiL53+eWFpAsMYj5h95Agpq5YSl3mwTCn+Wbw=",
	    "v=h0YfCnI6HwsL3VPCzTdeqiy+k8ADoT9AbvdavfhKinU=" },
	/* Extensions that may be there, and need not be understood. */
	{ scram_sha_1,
	    { .user = "user", .secret = "pencil", .nonce = NONCE_1 },
	    "n,,n=user,r=" NONCE_1, SERVER_1 ",x=y",
	    "c=biws" FINAL_1 "gFDIAMYbdy33TxcEYV+GYzRIMJg=",
	    "v=+tHPy0i/fRHtpLZl7U1zzrgHPXQ=,x=y" },
};

/* One step; what came of it is in out. */
static int
step(const struct row *row, struct exchange *e, const char *text, size_t len,
    struct buf *out)
{
	struct buf challenge = { 0 };
	int result;

	buf_add(&challenge, text, len);
	buf_clear(out);
	result = row->respond(e, &challenge, out);
	if (result == 0)
		e->step++;
	else
		assert_non_null(e->error);
	buf_free(&challenge);
	return result;
}

static int
say(const struct row *row, struct exchange *e, const char *text,
    struct buf *out)
{
	return step(row, e, text, strlen(text), out);
}

static void
test_vectors(void **state)
{
	struct buf out = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct exchange e = rows[i].exchange;
		const struct row *row = &rows[i];

		assert_int_equal(say(row, &e, "", &out), 0);
		assert_string_equal(out.data, rows[i].first);
		assert_true(e.unproved);
		assert_int_equal(say(row, &e, rows[i].challenge, &out), 0);
		assert_string_equal(out.data, rows[i].final);
		assert_true(e.unproved);
		assert_int_equal(say(row, &e, rows[i].signature, &out), 0);
		assert_int_equal(out.len, 0);
		assert_false(e.unproved);
		assert_string_equal(e.refusal, "");
		assert_int_equal(say(row, &e, "", &out), -1);
		exchange_end(&e);
	}
	buf_free(&out);
}

/* First messages of a server that get no proof, and why. */
static const struct {
	const char *challenge;
	const char *error;
} bad_first[] = {
	{ "", "malformed" },
	{ ",", "malformed" },
	{ "r", "malformed" },
	{ "r=", "malformed" },
	/* A nonce that is not ours, is cut short, or adds nothing. */
	{ "r=x" SALT_1, "malformed" },
	{ "r=fyko" SALT_1, "malformed" },
	{ "r=x" NONCE_1 SALT_1, "malformed" },
	{ "r=" NONCE_1 SALT_1, "malformed" },
	{ "R=" NONCE_1 "x" SALT_1, "malformed" },
	{ "m=x," SERVER_1, "malformed" },
	{ " " SERVER_1, "malformed" },
	{ "r=" NONCE_1 "x", "malformed" },
	{ "r=" NONCE_1 "x,i=4096", "malformed" },
	{ "r=" NONCE_1 "x,i=4096,s=QSXCR+Q6sek8bf92", "malformed" },
	{ "r=" NONCE_1 "x,s=,i=4096", "malformed" },
	{ "r=" NONCE_1 "x,s=QSX,i=4096", "malformed" },
	{ "r=" NONCE_1 "x,s=QSX!,i=4096", "malformed" },
	{ "r=" NONCE_1 "x,s=QSXCR+Q6sek8bf92", "malformed" },
	{ "r=" NONCE_1 "x,s=QSXCR+Q6sek8bf92,i=", "malformed" },
	{ "r=" NONCE_1 "x,s=QSXCR+Q6sek8bf92,i=-1", "malformed" },
	{ "r=" NONCE_1 "x,s=QSXCR+Q6sek8bf92,i=0x1000", "malformed" },
	{ "r=" NONCE_1 "x,s=QSXCR+Q6sek8bf92,i=4096 ", "malformed" },
	{ "r=" NONCE_1 "x,s=QSXCR+Q6sek8bf92,i=99999999999999999999",
	    "malformed" },
	{ "r=" NONCE_1 "x,s=QSXCR+Q6sek8bf92,i=0", "less than 4096" },
	{ "r=" NONCE_1 "x,s=QSXCR+Q6sek8bf92,i=4095", "less than 4096" },
	{ "r=" NONCE_1 "x,s=QSXCR+Q6sek8bf92,i=10000001",
	    "more than 10000000" },
	{ "r=" NONCE_1 "x,s=QSXCR+Q6sek8bf92,i=4294971392",
	    "more than 10000000" },
};

static void
test_bad_first(void **state)
{
	struct buf out = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(bad_first) / sizeof(bad_first[0]);
	    i++) {
		struct exchange e = rows[0].exchange;

		say(&rows[0], &e, "", &out);
		assert_int_equal(say(&rows[0], &e, bad_first[i].challenge,
		    &out), -1);
		if (strstr(e.error, bad_first[i].error) == NULL)
			fail_msg("%s: %s", bad_first[i].challenge, e.error);
		assert_int_equal(out.len, 0);
		assert_true(e.unproved);
		exchange_end(&e);
	}
	buf_free(&out);
}

static const char *const bad_last[] = {
	"", "v", "v=", "v=!", "x=y", "rmF9pqV8S7suAoZWja4dJRkFsKQ=",
	" v=rmF9pqV8S7suAoZWja4dJRkFsKQ=",
	/* Another one, a part, and more than all of it. */
	"v=AmF9pqV8S7suAoZWja4dJRkFsKQ=", "v=rmF9pqV8S7suAoZWja4dJRkFsKU=",
	"v=rmF9pqV8S7suAoZWja4dJRkFsA==", "v=rmF9pqV8S7suAoZWja4dJRkFsKQA",
	"v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=",
};

static void
test_bad_last(void **state)
{
	struct buf out = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(bad_last) / sizeof(bad_last[0]); i++) {
		struct exchange e = rows[0].exchange;

		say(&rows[0], &e, "", &out);
		assert_int_equal(say(&rows[0], &e, SERVER_1, &out), 0);
		assert_int_equal(say(&rows[0], &e, bad_last[i], &out), -1);
		assert_true(e.unproved);
		exchange_end(&e);
	}
	buf_free(&out);
}

/* server-error, after the first message and after the proof. */
static void
test_refused(void **state)
{
	struct exchange e = rows[0].exchange;
	struct buf out = { 0 };
	char text[1000] = "e=";

	(void)state;
	say(&rows[0], &e, "", &out);
	assert_int_equal(say(&rows[0], &e,
	    "e=unsupported-channel-binding-type,x=y", &out), 0);
	assert_string_equal(e.refusal, "unsupported-channel-binding-type");
	assert_int_equal(out.len, 0);
	assert_true(e.unproved);
	/* There is nothing after it, least of all without our proof. */
	assert_int_equal(say(&rows[0], &e,
	    "v=AAAAAAAAAAAAAAAAAAAAAAAAAAA=", &out), -1);
	assert_true(e.unproved);
	exchange_end(&e);

	e = rows[0].exchange;
	say(&rows[0], &e, "", &out);
	say(&rows[0], &e, SERVER_1, &out);
	memset(text + 2, 'x', sizeof(text) - 3);
	assert_int_equal(say(&rows[0], &e, text, &out), 0);
	assert_int_equal(strlen(e.refusal), sizeof(e.refusal) - 1);
	assert_true(e.unproved);
	exchange_end(&e);
	buf_free(&out);
}

static void
test_nul(void **state)
{
	struct exchange e = rows[0].exchange;
	struct buf out = { 0 };

	(void)state;
	assert_int_equal(say(&rows[0], &e, "x", &out), -1);
	assert_int_equal(say(&rows[0], &e, "", &out), 0);
	assert_int_equal(step(&rows[0], &e, SERVER_1 "\0x",
	    sizeof(SERVER_1) + 1, &out), -1);
	assert_non_null(strstr(e.error, "NUL"));
	exchange_end(&e);
	buf_free(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_vectors),
		cmocka_unit_test(test_bad_first),
		cmocka_unit_test(test_bad_last),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_nul),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
