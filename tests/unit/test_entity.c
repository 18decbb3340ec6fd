#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "mail/entity.h"

static const struct {
	const char *header;
	enum entity_kind kind;
	enum entity_kind in_digest;
	bool mime;
	bool version;
	bool digest;
} rows[] = {
#define ROW(header, kind, ...) { header, kind, kind, __VA_ARGS__ }
	{ "", ENTITY_PLAIN, ENTITY_MESSAGE, false, false, false },
	{ "Subject: x\r\nX-Content-Type: a/b\r\n", ENTITY_PLAIN,
	    ENTITY_MESSAGE, false, false, false },
	{ "MIME-Version: 1.0\r\n", ENTITY_PLAIN, ENTITY_MESSAGE, true, true,
	    false },
	{ "content-description: x\r\n", ENTITY_PLAIN, ENTITY_MESSAGE, true,
	    false, false },
	{ "Content-Transfer-Encoding: base64\r\n", ENTITY_BASE64,
	    ENTITY_BASE64, true, false, false },
	ROW("Content-Type: text/plain\r\n", ENTITY_PLAIN, true, false, false),
	ROW("Content-Type : image/png\r\n"
	    "CONTENT-TRANSFER-ENCODING:\r\n\tBase64\r\n", ENTITY_BASE64, true,
	    false, false),
	ROW("Content-Transfer-Encoding: quoted-printable\r\n"
	    "Content-Transfer-Encoding: base64\r\n"
	    "Content-Type: text/html\r\nContent-Type: image/png\r\n",
	    ENTITY_QUOTED, true, false, false),
	ROW("Content-Type: text/plain\r\nContent-Transfer-Encoding: x-y\r\n",
	    ENTITY_FIXED, true, false, false),
	ROW("Content-Type: odd\r\n", ENTITY_PLAIN, true, false, false),
	ROW("Content-Type: odd\r\nContent-Transfer-Encoding: base64\r\n",
	    ENTITY_BASE64, true, false, false),
	ROW("Content-Type: multipart/mixed; boundary=x\r\n",
	    ENTITY_MULTIPART, true, false, false),
	ROW("Content-Type: multipart/mixed; boundary=x\r\n"
	    "Content-Transfer-Encoding: quoted-printable\r\n",
	    ENTITY_MULTIPART, true, false, false),
	ROW("Content-Type: Multipart/Digest; boundary=x\r\n",
	    ENTITY_MULTIPART, true, false, true),
	ROW("Content-Type: message/rfc822\r\n", ENTITY_MESSAGE, true, false,
	    false),
	ROW("Content-Type: message/global\r\n", ENTITY_MESSAGE, true, false,
	    false),
	ROW("Content-Type: message/rfc822\r\n"
	    "Content-Transfer-Encoding: base64\r\n", ENTITY_BASE64, true,
	    false, false),
	ROW("Content-Type: message/delivery-status\r\n", ENTITY_FIXED, true,
	    false, false),
	ROW("Content-Type: message/partial\r\n", ENTITY_FIXED, true, false,
	    false),
	ROW("Content-Type: multipart/signed; boundary=x\r\n", ENTITY_SEALED,
	    true, false, false),
	ROW("Content-Type: multipart/Encrypted\r\n", ENTITY_SEALED, true,
	    false, false),
	ROW("Content-Type: application/pkcs7-mime\r\n"
	    "Content-Transfer-Encoding: base64\r\n", ENTITY_SEALED, true,
	    false, false),
	ROW("Content-Type: application/x-pkcs7-signature\r\n", ENTITY_SEALED,
	    true, false, false),
	ROW("Content-Type: application/pkcs8\r\n", ENTITY_PLAIN, true, false,
	    false),
	ROW("Content-Type: text/pkcs7-mime\r\n", ENTITY_PLAIN, true, false,
	    false),
#undef ROW
};

static void
test_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *p = rows[i].header, *end = p + strlen(p);
		struct entity e;

		entity_read(p, end, ENTITY_IS_PART_OF_DIGEST, &e);
		if (e.kind != rows[i].in_digest)
			fail_msg("in a digest: %s", p);
		entity_read(p, end, ENTITY_IS_PART, &e);
		if (e.kind != rows[i].kind)
			fail_msg("as a part: %s", p);
		entity_read(p, end, ENTITY_IS_MESSAGE, &e);
		if (e.kind != rows[i].kind || e.mime != rows[i].mime ||
		    e.version != rows[i].version ||
		    e.digest != rows[i].digest)
			fail_msg("as a message: %s", p);
	}
}

/* A signature over the header seals a message, and no part. */
static void
test_seals(void **state)
{
	static const char *const headers[] = {
		"Dkim-Signature: v=1\r\nSubject: x\r\n",
		"Content-Type: text/plain\r\nARC-Seal: i=1\r\n",
	};
	struct entity e;

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		const char *p = headers[i], *end = p + strlen(p);

		entity_read(p, end, ENTITY_IS_MESSAGE, &e);
		assert_int_equal(e.kind, ENTITY_SEALED);
		entity_read(p, end, ENTITY_IS_PART, &e);
		assert_int_equal(e.kind, ENTITY_PLAIN);
	}
}

static void
test_parameters(void **state)
{
	static const char header[] = "Content-Type: a/b; c=d\r\n\te\r\n";
	struct entity e;

	(void)state;
	entity_read(header, header + strlen(header), ENTITY_IS_PART, &e);
	assert_int_equal(e.parameters_end - e.parameters, 9);
	assert_memory_equal(e.parameters, "; c=d\r\n\te", 9);
	entity_read(header, header, ENTITY_IS_PART, &e);
	assert_null(e.parameters);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_seals),
		cmocka_unit_test(test_parameters),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
