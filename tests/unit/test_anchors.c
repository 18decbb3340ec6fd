#include <config.h>

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

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include "base/buf.h"
#include "smtp/anchors.h"
#include "smtp/subject.h"

#define BUNDLE "/etc/ssl/certs/ca-certificates.crt"

/* Adds an extension as openssl.cnf has it. */
static void
extend(X509 *x, int nid, const char *value)
{
	X509_EXTENSION *extension;
	X509V3_CTX ctx;

	X509V3_set_ctx(&ctx, x, x, NULL, NULL, 0);
	extension = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
	assert_non_null(extension);
	assert_int_equal(X509_add_ext(x, extension, -1), 1);
	X509_EXTENSION_free(extension);
}

/* Makes a certificate that is signed by itself, with CN of this type. */
static X509 *
make(const char *name, int type, long serial)
{
	EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256");
	X509 *x = X509_new();
	X509_NAME *subject = X509_get_subject_name(x);

	assert_int_equal(X509_NAME_add_entry_by_txt(subject, "CN", type,
	    (const unsigned char *)name, -1, -1, 0), 1);
	X509_set_issuer_name(x, subject);
	X509_set_version(x, X509_VERSION_3);
	ASN1_INTEGER_set(X509_get_serialNumber(x), serial);
	X509_gmtime_adj(X509_getm_notBefore(x), 0);
	X509_gmtime_adj(X509_getm_notAfter(x), 3600);
	X509_set_pubkey(x, key);
	extend(x, NID_subject_key_identifier, "hash");
	extend(x, NID_authority_key_identifier, "keyid:always");
	assert_true(X509_sign(x, key, EVP_sha256()) > 0);
	EVP_PKEY_free(key);
	return x;
}

/* Appends it in PEM, with a label of its own. */
static void
add_pem(struct buf *out, X509 *x, const char *label)
{
	BIO *bio = BIO_new(BIO_s_mem());
	unsigned char *der = NULL;
	int len = i2d_X509(x, &der);
	char *text;
	long n;

	assert_true(PEM_write_bio(bio, label, "", der, len) > 0);
	n = BIO_get_mem_data(bio, &text);
	buf_add(out, text, (size_t)n);
	OPENSSL_free(der);
	BIO_free(bio);
}

static size_t
count_in(X509_STORE *store)
{
	return (size_t)sk_X509_OBJECT_num(X509_STORE_get0_objects(store));
}

static bool
is_in(X509_STORE *store, const X509 *x)
{
	STACK_OF(X509_OBJECT) *all = X509_STORE_get0_objects(store);

	for (int i = 0; i < sk_X509_OBJECT_num(all); i++)
		if (X509_cmp(X509_OBJECT_get0_X509(
		    sk_X509_OBJECT_value(all, i)), x) == 0)
			return true;
	return false;
}

/*
 * Texts: % stands for a certificate, and what is around it may do it harm.
 * How many are taken, and what is said.
 */
static const struct {
	const char *before;
	const char *label;
	const char *after;
	size_t count;
	const char *errors;
} texts[] = {
	{ "", "CERTIFICATE", "", 1, "" },
	{ "", "X509 CERTIFICATE", "", 1, "" },
	{ "", "TRUSTED CERTIFICATE", "", 1, "" },
	{ "# A comment\nand another\n\n", "CERTIFICATE", "\n# end\n", 1, "" },
	{ "Certificate:\n    Data:\n        Version: 3 (0x2)\n",
	  "CERTIFICATE", "", 1, "" },
	{ "\xef\xbb\xbf\n", "CERTIFICATE", "", 1, "" },
	{ "-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----\n",
	  "CERTIFICATE", "", 1, "" },
	{ "-----BEGIN X-----\n", "CERTIFICATE", "", 1, "" },
	{ "", "X509 CRL", "", 0, "" },
	{ "", "PUBLIC KEY", "", 0, "" },
	{ " ", "CERTIFICATE", "", 0, "" },
	/* A broken one does no harm to others. */
	{ "-----BEGIN CERTIFICATE-----\n", "CERTIFICATE", "", 1,
	  "F:1: a certificate without its END line\n" },
	{ "", "CERTIFICATE", "\n-----BEGIN CERTIFICATE-----\nAAAA\n", 1,
	  ": a certificate without its END line\n" },
	{ "-----BEGIN CERTIFICATE-----\n!AAA\n-----END CERTIFICATE-----\n",
	  "CERTIFICATE", "", 1,
	  "F:1: a certificate that is not in base 64\n" },
	{ "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n",
	  "CERTIFICATE", "", 1, "F:1: a certificate that is malformed\n" },
	{ "\n-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
	  "CERTIFICATE", "", 1, "F:2: a certificate that is malformed\n" },
	{ "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n",
	  "CERTIFICATE", "", 1, "F:1: a certificate that is malformed\n" },
	{ "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATES-----\n",
	  "CERTIFICATE", "", 1, "F:1: a certificate without its END line\n" },
};

static bool
ends_with(const char *text, const char *end)
{
	const char *found = strstr(text, end);

	return *end == '\0' ? *text == '\0' :
	    found != NULL && found[strlen(end)] == '\0';
}

static void
test_texts(void **state)
{
	X509 *x = make("anchor", V_ASN1_UTF8STRING, 1);
	struct buf text = { 0 }, errors = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct anchors *a = anchors_new();
		X509_STORE *store = X509_STORE_new();

		buf_clear(&text);
		buf_clear(&errors);
		buf_adds(&errors, "");
		buf_adds(&text, texts[i].before);
		add_pem(&text, x, texts[i].label);
		buf_adds(&text, texts[i].after);
		anchors_parse(a, "F", text.data, text.len, &errors);
		if (!ends_with(errors.data, texts[i].errors))
			fail_msg("%zu: %s", i, errors.data);
		assert_int_equal(anchors_count(a), texts[i].count);
		anchors_find(a, store, X509_get_subject_name(x));
		assert_int_equal(count_in(store), texts[i].count);
		anchors_free(a);
		X509_STORE_free(store);
	}
	buf_free(&text);
	buf_free(&errors);
	X509_free(x);
}

/* CR LF, blanks at the ends of lines, one long line. */
static void
test_lines(void **state)
{
	static const char *const ends[] = { "\r\n", " \n", "", "\n\n", " " };
	X509 *x = make("anchor", V_ASN1_UTF8STRING, 1);
	struct buf pem = { 0 }, text = { 0 }, errors = { 0 };
	struct anchors *a;
	char *p, *line;
	bool inside;

	(void)state;
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		buf_clear(&pem);
		buf_clear(&text);
		add_pem(&pem, x, "CERTIFICATE");
		p = pem.data;
		while ((line = strsep(&p, "\n")) != NULL && p != NULL) {
			inside = *line != '-';
			if (strncmp(line, "-----END", 8) == 0)
				buf_adds(&text, "\n");
			buf_adds(&text, line);
			buf_adds(&text, inside ? ends[i] : "\r\n");
		}
		a = anchors_new();
		anchors_parse(a, "F", text.data, text.len, &errors);
		assert_int_equal(errors.len, 0);
		assert_int_equal(anchors_count(a), 1);
		anchors_free(a);
	}
	buf_free(&pem);
	buf_free(&text);
	X509_free(x);
}

/*
 * Names of an anchor and of an issuer that is asked for, the types of their
 * strings, and whether they are the same.
 */
static const struct {
	const char *name;
	int type;
	const char *asked;
	int asked_type;
	bool same;
} names[] = {
	{ "A CA", V_ASN1_UTF8STRING, "A CA", V_ASN1_UTF8STRING, true },
	{ "A CA", V_ASN1_UTF8STRING, "A CA", V_ASN1_PRINTABLESTRING, true },
	{ "A CA", V_ASN1_PRINTABLESTRING, "a ca", V_ASN1_UTF8STRING, true },
	{ "A  CA ", V_ASN1_UTF8STRING, "a ca", V_ASN1_UTF8STRING, true },
	{ "A\tCA", V_ASN1_UTF8STRING, "A CA", V_ASN1_IA5STRING, true },
	{ "A CA", V_ASN1_IA5STRING, "A CA", V_ASN1_PRINTABLESTRING, true },
	{ "A CA", V_ASN1_T61STRING, "A CA", V_ASN1_UTF8STRING, true },
	{ "A CA", V_ASN1_UTF8STRING, "A CA", V_ASN1_T61STRING, true },
	{ "\xc3\x89tat", V_ASN1_UTF8STRING, "\xc3\x89tat", V_ASN1_UTF8STRING,
	  true },
	{ "\xc3\x89tat", V_ASN1_UTF8STRING, "\xc9tat", V_ASN1_T61STRING,
	  true },
	{ "\xc3\x89tat", V_ASN1_UTF8STRING, "\xc3\x89TAT", V_ASN1_UTF8STRING,
	  true },
	{ "A CA", V_ASN1_UTF8STRING, "B CA", V_ASN1_UTF8STRING, false },
	{ "A CA", V_ASN1_UTF8STRING, "ACA", V_ASN1_UTF8STRING, false },
	{ "A CA", V_ASN1_UTF8STRING, "A CA2", V_ASN1_UTF8STRING, false },
	{ "A CA", V_ASN1_T61STRING, "B CA", V_ASN1_UTF8STRING, false },
};

static void
test_names(void **state)
{
	struct buf text = { 0 }, errors = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct anchors *a = anchors_new();
		X509_STORE *store = X509_STORE_new();
		X509 *x = make(names[i].name, names[i].type, 1);
		X509 *asked = make(names[i].asked, names[i].asked_type, 2);

		assert_int_equal(X509_NAME_cmp(X509_get_subject_name(x),
		    X509_get_subject_name(asked)) == 0, names[i].same);
		buf_clear(&text);
		add_pem(&text, x, "CERTIFICATE");
		anchors_parse(a, "F", text.data, text.len, &errors);
		anchors_find(a, store, X509_get_subject_name(asked));
		assert_int_equal(count_in(store), names[i].same);
		anchors_free(a);
		X509_STORE_free(store);
		X509_free(x);
		X509_free(asked);
	}
	assert_int_equal(errors.len, 0);
	buf_free(&text);
}

/* Most names have a key; else every one of a system would be decoded. */
static void
test_keys(void **state)
{
	static const struct { const char *name; int type; bool key; } rows[] = {
		{ "A CA", V_ASN1_UTF8STRING, true },
		{ "A CA", V_ASN1_PRINTABLESTRING, true },
		{ "A CA", V_ASN1_IA5STRING, true },
		{ "A CA", V_ASN1_T61STRING, false },
		{ "\xc3\x89tat", V_ASN1_UTF8STRING, false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		X509 *x = make(rows[i].name, rows[i].type, 1);
		const unsigned char *der;
		size_t len;

		assert_int_equal(X509_NAME_get0_der(X509_get_subject_name(x),
		    &der, &len), 1);
		assert_int_equal(subject_key(der, len) != 0, rows[i].key);
		X509_free(x);
	}
}

/* OpenSSL asks for the issuer by itself. */
static void
test_verification(void **state)
{
	struct buf text = { 0 }, errors = { 0 };
	struct anchors *a = anchors_new();
	X509_STORE *store = X509_STORE_new();
	X509_STORE_CTX *ctx = X509_STORE_CTX_new();
	X509 *x = make("anchor", V_ASN1_UTF8STRING, 1);
	X509 *stranger = make("stranger", V_ASN1_UTF8STRING, 1);

	(void)state;
	add_pem(&text, x, "CERTIFICATE");
	anchors_parse(a, "F", text.data, text.len, &errors);
	anchors_serve(a, store);
	assert_int_equal(X509_STORE_CTX_init(ctx, store, stranger, NULL), 1);
	assert_int_equal(X509_verify_cert(ctx), 0);
	assert_int_equal(count_in(store), 0);
	X509_STORE_CTX_cleanup(ctx);
	assert_int_equal(X509_STORE_CTX_init(ctx, store, x, NULL), 1);
	assert_int_equal(X509_verify_cert(ctx), 1);
	assert_int_equal(count_in(store), 1);
	X509_STORE_CTX_free(ctx);
	X509_STORE_free(store);
	anchors_free(a);
	X509_free(x);
	X509_free(stranger);
	buf_free(&text);
}

/* Several with one subject, as after a change of keys, are all given. */
static void
test_one_subject(void **state)
{
	struct buf text = { 0 }, errors = { 0 };
	struct anchors *a = anchors_new();
	X509_STORE *store = X509_STORE_new();
	X509_STORE_CTX *ctx = X509_STORE_CTX_new();
	STACK_OF(X509) *found;
	X509 *x[4];

	(void)state;
	for (int i = 0; i < 4; i++) {
		x[i] = make(i == 2 ? "other" : "same", V_ASN1_UTF8STRING,
		    i + 1);
		add_pem(&text, x[i], "CERTIFICATE");
	}
	anchors_parse(a, "F", text.data, text.len, &errors);
	anchors_serve(a, store);
	assert_int_equal(X509_STORE_CTX_init(ctx, store, x[3], NULL), 1);
	found = X509_STORE_CTX_get_lookup_certs(ctx)(ctx,
	    X509_get_subject_name(x[3]));
	assert_int_equal(sk_X509_num(found), 3);
	sk_X509_pop_free(found, X509_free);
	/* Each has a key of its own, so only the last can be the issuer. */
	if (X509_verify_cert(ctx) != 1)
		fail_msg("%s", X509_verify_cert_error_string(
		    X509_STORE_CTX_get_error(ctx)));
	assert_int_equal(count_in(store), 3);
	assert_false(is_in(store, x[2]));
	anchors_clear(a);
	anchors_find(a, store, X509_get_subject_name(x[2]));
	assert_int_equal(count_in(store), 3);
	X509_STORE_CTX_free(ctx);
	X509_STORE_free(store);
	anchors_free(a);
	for (int i = 0; i < 4; i++)
		X509_free(x[i]);
	buf_free(&text);
}

/* Every certificate that OpenSSL reads of the system is found. */
static void
test_system(void **state)
{
	struct buf errors = { 0 };
	struct anchors *a = anchors_new();
	BIO *bio = BIO_new_file(BUNDLE, "r");
	size_t n = 0;
	X509 *x;

	(void)state;
	if (bio == NULL)
		skip();
	anchors_read(a, BUNDLE, &errors);
	assert_int_equal(errors.len, 0);
	while ((x = PEM_read_bio_X509(bio, NULL, NULL, NULL)) != NULL) {
		X509_STORE *store = X509_STORE_new();
		struct anchors *fresh = anchors_new();

		anchors_read(fresh, BUNDLE, &errors);
		anchors_find(fresh, store, X509_get_subject_name(x));
		assert_true(is_in(store, x));
		assert_true(count_in(store) < 4);
		anchors_free(fresh);
		X509_STORE_free(store);
		X509_free(x);
		n++;
	}
	assert_int_equal(anchors_count(a), n);
	assert_true(n > 50);
	anchors_free(a);
	BIO_free(bio);
}

static void
test_files(void **state)
{
	char path[] = "/tmp/onehop.XXXXXX";
	struct buf errors = { 0 }, expected = { 0 };
	struct anchors *a = anchors_new();
	int fd = mkstemp(path);

	(void)state;
	assert_int_not_equal(fd, -1);
	anchors_read(a, path, &errors);
	buf_printf(&expected, "%s: no certificate in PEM in it\n", path);
	assert_string_equal(errors.data, expected.data);
	close(fd);
	unlink(path);
	buf_clear(&errors);
	anchors_read(a, path, &errors);
	buf_clear(&expected);
	buf_printf(&expected, "%s: No such file or directory\n", path);
	assert_string_equal(errors.data, expected.data);
	assert_int_equal(anchors_count(a), 0);
	anchors_free(a);
	buf_free(&errors);
	buf_free(&expected);
}

/* A directory with a file for each, as c_rehash makes it. */
static void
test_directory(void **state)
{
	char directory[] = "/tmp/onehop.XXXXXX", path[64], other[64];
	struct buf text = { 0 }, errors = { 0 };
	struct anchors *a = anchors_new();
	X509 *x = make("anchor", V_ASN1_UTF8STRING, 1);
	FILE *file;

	(void)state;
	assert_non_null(mkdtemp(directory));
	snprintf(path, sizeof(path), "%s/0123abcd.0", directory);
	snprintf(other, sizeof(other), "%s/README", directory);
	add_pem(&text, x, "CERTIFICATE");
	assert_non_null(file = fopen(path, "w"));
	fwrite(text.data, 1, text.len, file);
	fclose(file);
	assert_non_null(file = fopen(other, "w"));
	fclose(file);
	anchors_read_directory(a, directory, &errors);
	assert_int_equal(anchors_count(a), 1);
	assert_int_equal(errors.len, 0);
	unlink(path);
	unlink(other);
	rmdir(directory);
	anchors_read_directory(a, directory, &errors);
	assert_non_null(strstr(errors.data, ": No such file or directory\n"));
	anchors_free(a);
	X509_free(x);
	buf_free(&text);
	buf_free(&errors);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_texts),
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_keys),
		cmocka_unit_test(test_verification),
		cmocka_unit_test(test_one_subject),
		cmocka_unit_test(test_system),
		cmocka_unit_test(test_files),
		cmocka_unit_test(test_directory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
