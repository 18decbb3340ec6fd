#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "mail/entity.h"
#include "mail/recode.h"
#include "mail/survey.h"
#include "tests/unit/expand.h"

/* A line that is too long: as it is, in quoted-printable, and folded. */
#define LONG "{x*999}\n"
#define SOFT "{x*75}=\n{x*75}=\n{x*75}=\n{x*75}=\n"
#define QUOTED SOFT SOFT SOFT "{x*75}=\n{x*24}\n"
#define BLANKS "{ *75}=\n{ *75}=\n{ *75}=\n{ *75}=\n"
#define FOLDED "{x*998}\n x\n"
/* And so in base64. */
#define LONG64 "{abcd*250}\n"
#define WRAPPED "{abcd*19}\n{abcd*19}\n{abcd*19}\n{abcd*19}\n"
#define SHORT64 WRAPPED WRAPPED WRAPPED "{abcd*19}\nabcdabcdabcd\n"

#define MIME "MIME-Version: 1.0\n"
#define TYPE(type) "Content-Type: " type "\n"
#define ENCODING(encoding) "Content-Transfer-Encoding: " encoding "\n"
#define QP ENCODING("quoted-printable")
#define MIXED(boundary) TYPE("multipart/mixed; boundary=" boundary)

struct row {
	const char *in;
	const char *want;
};

static const struct row nothing[] = {
	{ "Subject: x\n\n" LONG, "Subject: x\n\n" LONG },
	{ MIXED("b") "\n--b\n\n" LONG "--b--\n",
	    MIXED("b") "\n--b\n\n" LONG "--b--\n" },
};

static const struct row labels[] = {
	{ "Subject: x\n\n\303\251\n", "Subject: x\n" MIME
	    TYPE("text/plain; charset=utf-8") ENCODING("8bit") "\n\303\251\n" },
	{ "A: b\n c\n\n\n\nA: b\n\n", "A: b\n c\n" MIME
	    TYPE("text/plain; charset=utf-8") ENCODING("8bit")
	    "\n\n\nA: b\n\n" },
	{ "Subject: x\n", "Subject: x\n" },
};

static const struct row lines[] = {
	/* Without MIME. */
	{ "A: b\n\n" LONG "=\n", "A: b\n" MIME
	    TYPE("text/plain; charset=utf-8") QP "\n" QUOTED "=3D\n" },
	{ "A: b\n\n\303\251\n\n\nFrom a\n.\n--b\n", "A: b\n" MIME
	    TYPE("text/plain; charset=utf-8") QP
	    "\n=C3=A9\n\n\nFrom=20a\n=2E\n--b\n" },
	{ "A: b\n", "A: b\n" },
	{ "A: b\n\n", "A: b\n" MIME TYPE("text/plain; charset=utf-8") QP
	    "\n" },
	{ "", "" },
	/* With MIME: the encoding is replaced where it is, or added. */
	{ MIME ENCODING("8bit") TYPE("text/html") "\n" LONG,
	    MIME QP TYPE("text/html") "\n" QUOTED },
	{ "content-transfer-ENCODING :\n 7bit\n" ENCODING("8bit") MIME "\n"
	    LONG, "content-transfer-ENCODING: quoted-printable\n" MIME "\n"
	    QUOTED },
	{ MIME TYPE("image/x") "\n=\n", MIME TYPE("image/x") QP
	    "\n=3D\n" },
	{ TYPE("text/x") "\n" LONG, TYPE("text/x") MIME QP "\n" QUOTED },
	{ MIME TYPE("odd") "\n" LONG, MIME TYPE("odd") QP "\n" QUOTED },
	/* What is encoded already, and what must not be. */
	{ ENCODING("base64") "\n" LONG64 "abc=\n",
	    ENCODING("base64") "\n" SHORT64 "abc=\n" },
	{ QP "\n" LONG "=3D{y*100}\n", QP "\n" QUOTED "=3D{y*100}\n" },
	{ ENCODING("x-other") "\n" LONG, ENCODING("x-other") "\n" FOLDED },
	{ ENCODING("x-other") "\n{x*997}\303\251\n",
	    ENCODING("x-other") "\n{x*997}\n \303\251\n" },
	{ TYPE("message/delivery-status") "\n{x*900} {y*100}\n",
	    TYPE("message/delivery-status") "\n{x*900}\n {y*100}\n" },
	{ TYPE("multipart/mixed") "\n--b\n\n" LONG,
	    TYPE("multipart/mixed") "\n--b\n\n" FOLDED },
	/* What is sealed. */
	{ TYPE("multipart/signed; boundary=b") "\n--b\n\n" LONG "--b--\n",
	    TYPE("multipart/signed; boundary=b") "\n--b\n\n" LONG "--b--\n" },
	{ TYPE("application/pkcs7-mime") "\n" LONG,
	    TYPE("application/pkcs7-mime") "\n" LONG },
	{ "DKIM-Signature: {x*990}\n\n" LONG,
	    "DKIM-Signature: {x*990}\n\n" LONG },
	{ "DKIM-Signature: {x*990}\n", "DKIM-Signature: {x*990}\n" },
	/* A multipart, and what is around its parts. */
	{ MIME MIXED("b") "\n" LONG "--b\n\n" LONG "--b--\n" LONG "--b\n"
	    LONG, MIME MIXED("b") "\n" FOLDED "--b\n" QP "\n" QUOTED
	    "--b--\n" FOLDED "--b\n" FOLDED },
	{ MIXED("\"b c\"") "\n--b c \t\nA: b\n\n=\n--b c-- \n",
	    MIXED("\"b c\"") "\n--b c \t\nA: b\n" QP "\n=3D\n--b c-- \n" },
	{ MIXED("b") "\n--b\n" ENCODING("base64") "\n" LONG64 "--b\n" QP "\n"
	    LONG "--b\n" ENCODING("x-other") "\n" LONG "--b\n"
	    ENCODING("binary") "\n" LONG "--b--\n",
	    MIXED("b") "\n--b\n" ENCODING("base64") "\n" SHORT64 "--b\n" QP
	    "\n" QUOTED "--b\n" ENCODING("x-other") "\n" FOLDED "--b\n" QP
	    "\n" QUOTED "--b--\n" },
	/* The headers of parts are folded. */
	{ MIXED("b") "\n--b\nA: {x*900} {y*100}\n\nc\n--b\n" QP
	    "A: {x*900} {y*100}\n\nc\n--b--\n",
	    MIXED("b") "\n--b\nA: {x*900}\n {y*100}\n" QP "\nc\n--b\n" QP
	    "A: {x*900}\n {y*100}\n\nc\n--b--\n" },
	/* What is not closed ends with what it is in, or with the message. */
	{ MIXED("a") "\n--a\n" MIXED("b") "\n--b\n\n=\n--a\n\n=\n--b\n",
	    MIXED("a") "\n--a\n" MIXED("b") "\n--b\n" QP "\n=3D\n--a\n" QP
	    "\n=3D\n--b\n" },
	{ MIXED("a") "\n--a\n" MIXED("b") "\n--b\n\n=\n--a--\n" LONG,
	    MIXED("a") "\n--a\n" MIXED("b") "\n--b\n" QP "\n=3D\n--a--\n"
	    FOLDED },
	{ MIXED("b") "\n--b\n", MIXED("b") "\n--b\n" },
	{ MIXED("b") "\n--b\nA: b\n", MIXED("b") "\n--b\nA: b\n" },
	{ MIXED("b") "\n", MIXED("b") "\n" },
	{ MIXED("b"), MIXED("b") },
	/* Nested, each with its preamble, and one boundary the other's. */
	{ MIXED("b") "\n--b\n" MIXED("bb") "\n--b\n\n=\n--bb\n\n=\n--b\n",
	    MIXED("b") "\n--b\n" MIXED("bb") "\n--b\n" QP "\n=3D\n--bb\n\n"
	    "=3D\n--b\n" },
	{ MIXED("b") "\n=\n--b\n" MIXED("bb") "\n=\n--bb\n\n=\n--bb--\n=\n"
	    "--b\n\n=\n--b--\n=\n",
	    MIXED("b") "\n=\n--b\n" MIXED("bb") "\n=\n--bb\n" QP "\n=3D\n"
	    "--bb--\n=\n--b\n" QP "\n=3D\n--b--\n=\n" },
	/* What only looks like a delimiter. */
	{ MIXED("b") "\n--b\n\n--bc\n --b\n--b-\n--b --\n-b\n--\n=\n--b--\n",
	    MIXED("b") "\n--b\n" QP "\n--bc\n --b\n--b-\n--b --\n-b\n--\n=3D\n"
	    "--b--\n" },
	{ MIXED("b") "\n--b\n\n{x*75}--b\n{x*999}--b\n--b--\n",
	    MIXED("b") "\n--b\n" QP "\n{x*75}=\n=2D-b\n" SOFT SOFT SOFT
	    "{x*75}=\n{x*24}--b\n--b--\n" },
	{ MIXED("b") "\n--b\n\n--b{ *999}=\n--b--\n",
	    MIXED("b") "\n--b\n" QP "\n--b{ *72}=\n" BLANKS BLANKS BLANKS
	    "{ *27}=3D\n"
	    "--b--\n" },
	{ "A: --b\n" MIXED("b") "\n--b\nA:\n --b\n--b\n\n=\n",
	    "A: --b\n" MIXED("b") "\n--b\nA:\n --b\n--b\n" QP "\n=3D\n" },
	/* Parts without a header, or without what ends it. */
	{ MIXED("b") "\n--b\n=\n--b\n =\n--b\nA: b\n=\n--b--\n",
	    MIXED("b") "\n--b\n" QP "\n=3D\n--b\n" QP "\n =3D\n--b\nA: b\n" QP
	    "\n=3D\n--b--\n" },
	{ MIXED("b") "\n--b\n" LONG "--b--\n",
	    MIXED("b") "\n--b\n" QP "\n" QUOTED "--b--\n" },
	{ MIXED("b") "\n--b\n--b\n\n--b--\n",
	    MIXED("b") "\n--b\n--b\n" QP "\n--b--\n" },
	{ MIXED("b") "--b\n\n=\n", MIXED("b") "\n--b\n" QP "\n=3D\n" },
	{ MIXED("a") "\n--a\n" MIXED("b") "--b\n=\n--a--\n",
	    MIXED("a") "\n--a\n" MIXED("b") "\n--b\n" QP "\n=3D\n--a--\n" },
	/* Sealed parts are not touched, whatever they lack. */
	{ MIXED("b") "\n--b\n" TYPE("multipart/encrypted; boundary=c") "\n"
	    "--c\n\n" LONG "--b\n\n=\n--b--\n",
	    MIXED("b") "\n--b\n" TYPE("multipart/encrypted; boundary=c") "\n"
	    "--c\n\n" LONG "--b\n" QP "\n=3D\n--b--\n" },
	{ MIXED("b") "\n--b\n" TYPE("application/pkcs7-mime; a={x*990}")
	    LONG "--b\n" TYPE("application/pkcs7-signature; a={x*990}")
	    "--b--\n",
	    MIXED("b") "\n--b\n" TYPE("application/pkcs7-mime; a={x*990}")
	    LONG "--b\n" TYPE("application/pkcs7-signature; a={x*990}")
	    "--b--\n" },
	/* Messages in messages: with MIME, without, and signed. */
	{ TYPE("message/rfc822") "\n" MIME TYPE("text/x") "\n" LONG,
	    TYPE("message/rfc822") "\n" MIME TYPE("text/x") QP "\n"
	    QUOTED },
	{ TYPE("message/rfc822") ENCODING("8bit") "\nA: b\n\n" LONG,
	    TYPE("message/rfc822") ENCODING("8bit") "\nA: b\n" MIME
	    TYPE("text/plain; charset=utf-8") QP "\n" QUOTED },
	{ TYPE("message/rfc822") ENCODING("base64") "\n" LONG64,
	    TYPE("message/rfc822") ENCODING("base64") "\n" SHORT64 },
	{ TYPE("message/rfc822") "\nDKIM-Signature: b\n\n" LONG,
	    TYPE("message/rfc822") "\nDKIM-Signature: b\n\n" LONG },
	{ TYPE("message/rfc822") "\nFrom a b:c\nA: b\n" MIME "\n=\n",
	    TYPE("message/rfc822") "\nFrom a b:c\nA: b\n" MIME QP
	    "\n=3D\n" },
	{ TYPE("message/rfc822") "\nFrom {x*994}\n", TYPE("message/rfc822")
	    "\n" MIME TYPE("text/plain; charset=utf-8") QP
	    "\nFrom=20{x*68}=\n" SOFT SOFT SOFT "{x*26}\n" },
	{ TYPE("message/rfc822") "\n=\n", TYPE("message/rfc822") "\n" MIME
	    TYPE("text/plain; charset=utf-8") QP "\n=3D\n" },
	{ TYPE("message/rfc822") "\n", TYPE("message/rfc822") "\n" },
	{ MIXED("b") "\n--b\n" TYPE("message/rfc822") "\n" MIME MIXED("c")
	    "\n--c\n\n=\n--b\n\n=\n",
	    MIXED("b") "\n--b\n" TYPE("message/rfc822") "\n" MIME
	    MIXED("c") "\n--c\n" QP "\n=3D\n--b\n" QP "\n=3D\n" },
	{ TYPE("multipart/digest; boundary=b") "\n--b\n\nA: b\n" MIME
	    "\n=\n--b\n" TYPE("text/x") "\n=\n--b\n" ENCODING("base64") "\n"
	    LONG64 "--b--\n",
	    TYPE("multipart/digest; boundary=b") "\n--b\n\nA: b\n" MIME QP
	    "\n=3D\n--b\n" TYPE("text/x") QP "\n=3D\n--b\n"
	    ENCODING("base64") "\n" SHORT64 "--b--\n" },
};

static void
recode(enum recode_need need, const char *in, size_t len, size_t piece,
    struct buf *out)
{
	struct recode *r = recode_new(need, "utf-8");

	buf_clear(out);
	buf_adds(out, "");
	for (; len > piece; in += piece, len -= piece)
		recode_add(r, in, piece, out);
	recode_add(r, in, len, out);
	recode_finish(r, out);
	recode_free(r);
}

static void
check(const struct row *row, enum recode_need need)
{
	struct buf in = { 0 }, want = { 0 }, out = { 0 };

	expand(&in, row->in);
	expand(&want, row->want);
	for (size_t piece = in.len + 1; piece > 0; piece--) {
		recode(need, in.data, in.len, piece, &out);
		if (strcmp(out.data, want.data) != 0)
			fail_msg("in pieces of %zu:\n%s\n%s", piece, in.data,
			    out.data);
	}
	/* Nothing is left to be done; to set a label twice would be wrong. */
	recode(need == RECODE_LABEL ? RECODE_NOTHING : need, want.data,
	    want.len, want.len, &out);
	assert_string_equal(out.data, want.data);
	buf_free(&in);
	buf_free(&want);
	buf_free(&out);
}

static void
test_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(nothing) / sizeof(nothing[0]); i++)
		check(&nothing[i], RECODE_NOTHING);
	for (size_t i = 0; i < sizeof(labels) / sizeof(labels[0]); i++)
		check(&labels[i], RECODE_LABEL);
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		check(&lines[i], RECODE_LINES);
}

static const struct {
	const char *header;
	const char *body;
	enum recode_need need;	/* with mime-label */
} needs[] = {
	{ "A: b\n", "", RECODE_NOTHING },
	{ "A: b\n", "{x*998}\n", RECODE_NOTHING },
	{ "A: b\n", LONG, RECODE_LINES },
	{ "A: b\n", "\303\251\n", RECODE_LABEL },
	{ "A: b\n", "\351\n", RECODE_NOTHING },
	{ "A: b\n", "\303\251\n" LONG, RECODE_LINES },
	{ "A: b\n", "\351\n" LONG, RECODE_LINES },
	{ MIME, "\303\251\n", RECODE_NOTHING },
	{ TYPE("text/plain"), "\303\251\n", RECODE_NOTHING },
	{ ENCODING("8bit"), "\303\251\n" LONG, RECODE_LINES },
	{ "DKIM-Signature: a\n", "\303\251\n" LONG, RECODE_NOTHING },
	{ TYPE("multipart/signed"), LONG, RECODE_NOTHING },
};

static void
test_needs(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(needs) / sizeof(needs[0]); i++) {
		struct buf header = { 0 }, body = { 0 };
		struct survey s = { 0 };
		struct entity e;

		expand(&header, needs[i].header);
		expand(&body, needs[i].body);
		entity_read(header.data, header.data + header.len,
		    ENTITY_IS_MESSAGE, &e);
		survey_add(&s, body.data, body.len);
		if (recode_need(&e, &s, true) != needs[i].need)
			fail_msg("row %zu", i);
		assert_int_equal(recode_need(&e, &s, false),
		    needs[i].need == RECODE_LABEL ? RECODE_NOTHING :
		    needs[i].need);
		buf_free(&header);
		buf_free(&body);
	}
}

/* A part's header of more than a megabyte is only folded, and its body too. */
static void
test_long_header(void **state)
{
	struct buf in = { 0 }, want = { 0 }, out = { 0 };

	(void)state;
	expand(&in, MIXED("b") "\n--b\n{A: b\n*200000}\n=\n--b\n\n=\n--b--\n");
	expand(&want, MIXED("b") "\n--b\n{A: b\n*200000}\n=\n--b\n" QP
	    "\n=3D\n--b--\n");
	recode(RECODE_LINES, in.data, in.len, 70000, &out);
	assert_string_equal(out.data, want.data);
	buf_clear(&in);
	buf_clear(&want);
	expand(&in, MIXED("b") "\n--b\nA: {x*2000000}\n\n=\n--b\n\n=\n");
	expand(&want, "\n=\n--b\n" QP "\n=3D\n");
	recode(RECODE_LINES, in.data, in.len, 70000, &out);
	assert_true(out.len > in.len);
	assert_string_equal(out.data + out.len - want.len, want.data);
	buf_free(&in);
	buf_free(&want);
	buf_free(&out);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_needs),
		cmocka_unit_test(test_long_header),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
