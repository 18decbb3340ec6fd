#include <config.h>

#include "smtp/anchors.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>

#include "base/buf.h"
#include "base/io.h"
#include "base/log.h"
#include "base/xmalloc.h"
#include "smtp/pem.h"
#include "smtp/subject.h"

enum {
	ANCHORS_MAX = 16 * 1024 * 1024,	/* bytes of a file; systems: 220 K */
};

struct span {
	size_t at;		/* in the DER of all */
	size_t len;
};

struct anchor {
	struct span certificate;
	struct span subject;
	uint32_t key;		/* of the subject */
	bool aux;		/* TRUSTED CERTIFICATE: with OpenSSL's trust */
	bool given;		/* to the store */
};

struct anchors {
	struct buf der;
	struct anchor *items;
	size_t len;
};

/* Where systems keep their trust anchors in one file. */
static const char *const bundles[] = {
	"/etc/ssl/certs/ca-certificates.crt",	/* Debian, Arch, Gentoo */
	"/etc/pki/tls/certs/ca-bundle.crt",	/* Fedora, RHEL */
	"/etc/ssl/ca-bundle.pem",		/* SUSE */
	"/etc/ssl/cert.pem",			/* Alpine, the BSDs */
};
enum { NBUNDLES = sizeof(bundles) / sizeof(bundles[0]) };

struct anchors *
anchors_new(void)
{
	return xcalloc(1, sizeof(struct anchors));
}

void
anchors_clear(struct anchors *a)
{
	if (a == NULL)
		return;
	buf_free(&a->der);
	free(a->items);
	*a = (struct anchors){ 0 };
}

void
anchors_free(struct anchors *a)
{
	anchors_clear(a);
	free(a);
}

size_t
anchors_count(const struct anchors *a)
{
	return a->len;
}

static const unsigned char *
bytes(const struct anchors *a, const struct span *s)
{
	return (const unsigned char *)a->der.data + s->at;
}

/* Adds the certificate that is a block.  NULL, or what is wrong. */
static const char *
add_block(struct anchors *a, const struct pem *p, bool aux)
{
	size_t before = a->der.len;
	struct anchor new = { .certificate.at = before, .aux = aux };
	size_t len;

	if (!p->complete)
		return "a certificate without its END line";
	if (pem_decode(p, &a->der) == -1)
		return "a certificate that is not in base 64";
	len = new.certificate.len = a->der.len - before;
	if (subject_find(bytes(a, &new.certificate), &len, &new.subject.at,
	    &new.subject.len) == -1 ||
	    (!aux && len != new.certificate.len)) {
		a->der.len = before;
		return "a certificate that is malformed";
	}
	new.subject.at += before;
	new.key = subject_key(bytes(a, &new.subject), new.subject.len);
	a->items = xreallocarray(a->items, a->len + 1, sizeof(*a->items));
	a->items[a->len++] = new;
	return NULL;
}

void
anchors_parse(struct anchors *a, const char *name, const char *text,
    size_t len, struct buf *errors)
{
	struct pem p = { .text = text, .len = len };
	const char *wrong;
	bool aux;

	while (pem_next(&p)) {
		aux = pem_has_label(&p, "TRUSTED CERTIFICATE");
		if (!aux && !pem_has_label(&p, "CERTIFICATE") &&
		    !pem_has_label(&p, "X509 CERTIFICATE"))
			continue;
		wrong = add_block(a, &p, aux);
		if (wrong != NULL)
			buf_printf(errors, "%s:%u: %s\n", name, p.line, wrong);
	}
}

void
anchors_read(struct anchors *a, const char *path, struct buf *errors)
{
	struct buf text = { 0 };
	size_t before = a->len, wrong = errors->len;

	if (io_read_named(path, &text, ANCHORS_MAX) == -1)
		buf_printf(errors, "%s: %s\n", path, strerror(errno));
	else if (text.len > 0) {
		/* Base 64 is three bytes for four. */
		buf_reserve(&a->der, text.len / 4 * 3);
		anchors_parse(a, path, text.data, text.len, errors);
	}
	if (a->len == before && errors->len == wrong)
		buf_printf(errors, "%s: no certificate in PEM in it\n", path);
	buf_free(&text);
}

static bool
is_hashed_name(const char *name)
{
	return strspn(name, "0123456789abcdef") == 8 && name[8] == '.' &&
	    isdigit((unsigned char)name[9]);
}

void
anchors_read_directory(struct anchors *a, const char *path, struct buf *errors)
{
	DIR *directory = opendir(path);
	struct buf file = { 0 };
	struct dirent *entry;

	if (directory == NULL) {
		buf_printf(errors, "%s: %s\n", path, strerror(errno));
		return;
	}
	while ((entry = readdir(directory)) != NULL) {
		if (!is_hashed_name(entry->d_name))
			continue;
		buf_clear(&file);
		buf_printf(&file, "%s/%s", path, entry->d_name);
		anchors_read(a, file.data, errors);
	}
	buf_free(&file);
	closedir(directory);
}

/* What the environment says, or else what OpenSSL was built with. */
static const char *
from_environment(const char *name, const char *otherwise)
{
	const char *value = getenv(name);

	return value != NULL ? value : otherwise;
}

void
anchors_read_system(struct anchors *a, struct buf *errors)
{
	struct buf wrong = { 0 };

	anchors_read(a, from_environment(X509_get_default_cert_file_env(),
	    X509_get_default_cert_file()), &wrong);
	for (size_t i = 0; i < NBUNDLES && a->len == 0; i++) {
		buf_clear(&wrong);
		anchors_read(a, bundles[i], &wrong);
	}
	if (a->len == 0) {
		buf_clear(&wrong);
		anchors_read_directory(a,
		    from_environment(X509_get_default_cert_dir_env(),
		    X509_get_default_cert_dir()), &wrong);
	}
	if (a->len == 0 && wrong.len == 0)
		buf_adds(&wrong, "none are installed\n");
	if (wrong.len > 0)
		buf_adds(errors, wrong.data);
	buf_free(&wrong);
}

static void
give(const struct anchors *a, struct anchor *item, X509_STORE *store)
{
	const unsigned char *der = bytes(a, &item->certificate);
	long len = (long)item->certificate.len;
	X509 *certificate = item->aux ? d2i_X509_AUX(NULL, &der, len) :
	    d2i_X509(NULL, &der, len);

	item->given = true;
	if (certificate == NULL)
		log_warnx("a trust anchor cannot be decoded: %s",
		    ERR_reason_error_string(ERR_peek_last_error()));
	else
		X509_STORE_add_cert(store, certificate);
	X509_free(certificate);
}

static bool
has_subject(const struct anchors *a, const struct anchor *item,
    const X509_NAME *name)
{
	const unsigned char *der = bytes(a, &item->subject);
	X509_NAME *subject = d2i_X509_NAME(NULL, &der,
	    (long)item->subject.len);
	bool same = subject != NULL && X509_NAME_cmp(subject, name) == 0;

	X509_NAME_free(subject);
	return same;
}

void
anchors_find(struct anchors *a, X509_STORE *store, const X509_NAME *name)
{
	const unsigned char *der;
	uint32_t key;
	size_t len;

	if (X509_NAME_get0_der(name, &der, &len) != 1)
		return;
	key = subject_key(der, len);
	ERR_set_mark();
	for (size_t i = 0; i < a->len; i++) {
		struct anchor *item = &a->items[i];

		if (!item->given &&
		    (key == 0 || item->key == 0 || item->key == key) &&
		    has_subject(a, item, name))
			give(a, item, store);
	}
	ERR_pop_to_mark();
}

/*
 * OpenSSL asks the store for the issuer of a certificate, or for all with a
 * subject.  What may be one is put in first.  (A method of lookup, which
 * OpenSSL has for this, gives one certificate only where there are several.)
 */
static int
get_issuer(X509 **issuer, X509_STORE_CTX *ctx, X509 *certificate)
{
	X509_STORE *store = X509_STORE_CTX_get0_store(ctx);

	anchors_find(X509_STORE_get_ex_data(store, 0), store,
	    X509_get_issuer_name(certificate));
	return X509_STORE_CTX_get1_issuer(issuer, ctx, certificate);
}

static STACK_OF(X509) *
get_with_subject(X509_STORE_CTX *ctx, const X509_NAME *name)
{
	X509_STORE *store = X509_STORE_CTX_get0_store(ctx);

	anchors_find(X509_STORE_get_ex_data(store, 0), store, name);
	return X509_STORE_CTX_get1_certs(ctx, name);
}

void
anchors_serve(struct anchors *a, X509_STORE *store)
{
	/* The first place for data is the application's. */
	X509_STORE_set_ex_data(store, 0, a);
	X509_STORE_set_get_issuer(store, get_issuer);
	X509_STORE_set_lookup_certs(store, get_with_subject);
}
