#include <config.h>

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/x509.h>

#include "base/buf.h"
#include "base/xmalloc.h"
#include "smtp/anchors.h"
#include "smtp/pem.h"
#include "smtp/subject.h"

int LLVMFuzzerTestOneInput(const unsigned char *, size_t);

/*
 * Where OpenSSL understands a certificate its subject must be found, and be
 * the one that OpenSSL finds.
 */
static void
compare(const unsigned char *der, size_t size)
{
	const unsigned char *p = der, *own;
	size_t at, len, own_len, whole = size;
	X509 *x = d2i_X509(NULL, &p, (long)size);

	if (subject_find(der, &whole, &at, &len) == -1) {
		X509_free(x);
		return;
	}
	assert(whole <= size && at < whole && len <= whole - at);
	subject_key(der + at, len);
	if (x != NULL && X509_NAME_get0_der(X509_get_subject_name(x), &own,
	    &own_len) == 1)
		assert(own_len == len && memcmp(own, der + at, len) == 0);
	X509_free(x);
}

/* A text with trust anchors, and what is asked for is in it. */
static void
search(struct anchors *a, const struct buf *der)
{
	const unsigned char *p = (const unsigned char *)der->data;
	X509 *x = der->len > 0 ? d2i_X509(NULL, &p, (long)der->len) : NULL;
	X509_STORE *store = X509_STORE_new();

	if (x != NULL)
		anchors_find(a, store, X509_get_subject_name(x));
	X509_STORE_free(store);
	X509_free(x);
}

int
LLVMFuzzerTestOneInput(const unsigned char *data, size_t len)
{
	char *text = xstrndup(len > 0 ? (const char *)data : "", len);
	struct pem p = { .text = text, .len = strlen(text) };
	struct buf errors = { 0 }, der = { 0 };
	struct anchors *a = anchors_new();

	anchors_parse(a, "F", p.text, p.len, &errors);
	while (pem_next(&p)) {
		assert(p.label >= text && p.body >= p.label);
		buf_clear(&der);
		if (pem_decode(&p, &der) == 0)
			search(a, &der);
		if (der.len > 0)
			compare((unsigned char *)der.data, der.len);
	}
	/* The bytes as they are, which base 64 keeps from a fuzzer. */
	compare(data, len);
	ERR_clear_error();
	anchors_free(a);
	buf_free(&errors);
	buf_free(&der);
	free(text);
	return 0;
}
