#ifndef SPOOL_CONFIG_H
#define SPOOL_CONFIG_H

#include <sys/types.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct buf;

#define CONFIG_PASSWORD_FILE SYSCONFDIR "/onehop/password"	/* default */

/* The settings of onehop.conf(5), read once and not changed after that. */
enum tls_policy {
	TLS_REQUIRED,		/* STARTTLS or nothing, certificate verified */
	TLS_OPPORTUNISTIC,	/* STARTTLS if offered, not verified */
	TLS_NONE,
};

enum tls_version {
	TLS_1_2,
	TLS_1_3,
};

enum auth_mechanism {		/* bits of auth */
	AUTH_LOGIN = 1 << 0,
	AUTH_PLAIN = 1 << 1,
	AUTH_CRAM_MD5 = 1 << 2,
	AUTH_SCRAM_SHA_1 = 1 << 3,
	AUTH_SCRAM_SHA_256 = 1 << 4,
	AUTH_SCRAM_SHA_1_PLUS = 1 << 5,
	AUTH_SCRAM_SHA_256_PLUS = 1 << 6,
	AUTH_XOAUTH2 = 1 << 7,
	AUTH_OAUTHBEARER = 1 << 8,
	AUTH_EXTERNAL = 1 << 9,
	AUTH_PLUS = AUTH_SCRAM_SHA_1_PLUS | AUTH_SCRAM_SHA_256_PLUS,
	/* What the secret is meant to be. */
	AUTH_TOKEN = AUTH_XOAUTH2 | AUTH_OAUTHBEARER,
	AUTH_PASSWORD = AUTH_LOGIN | AUTH_PLAIN | AUTH_CRAM_MD5 |
	    AUTH_SCRAM_SHA_1 | AUTH_SCRAM_SHA_256 | AUTH_PLUS,
	AUTH_AUTO = AUTH_PASSWORD | AUTH_EXTERNAL,
};

struct relay {
	char *host;		/* NULL: no smarthost is configured */
	char *port;
	bool implicit_tls;	/* smtps:// */
};

struct limit {
	uint64_t count;		/* 0: there is none */
	uint64_t seconds;
};

enum { CONFIG_RATES = 4 };	/* providers have two */

struct config {
	char *file;		/* where it was read from */
	bool unread;		/* it was not, for trouble here (io.h) */
	struct relay relay;
	char *user;		/* NULL: no authentication */
	char *password_file;	/* never NULL */
	char *password_command;	/* NULL: none; a line for /bin/sh */
	uint64_t auth;		/* enum auth_mechanism, or-ed */
	uint64_t tls;		/* enum tls_policy */
	char *tls_ca_file;	/* NULL: the system's */
	char *tls_fingerprint;	/* NULL: trust anchors say what is trusted */
	char *tls_cert_file;	/* NULL: we have no certificate */
	char *tls_key_file;	/* NULL just as that */
	uint64_t tls_min_version; /* enum tls_version */
	char *helo;		/* NULL: the host's name, else its address */
	char *source_address;	/* NULL: any */
	char *domain;		/* NULL: see hostname.h */
	char *aliases;
	char *admin;		/* NULL: local mail keeps its address */
	char *envelope_from;	/* NULL: senders are left as they are */
	uint64_t rewrite_from;	/* bool: in the header too */
	char *senders;		/* NULL: there is no such table */
	uint64_t mime_label;	/* bool */
	char *submit_users;	/* names with blanks between; NULL: all */
	char *deny_users;	/* NULL: none */
	char *spool;
	uint64_t connections;
	uint64_t window;	/* messages in flight in each */
	uint64_t idle_timeout;	/* this and all below in seconds */
	uint64_t retry_min;
	uint64_t retry_max;
	uint64_t relay_retry_min;
	uint64_t relay_retry_max;
	struct limit rate[CONFIG_RATES]; /* the first ones */
	uint64_t lifetime;
	uint64_t delay_warning;	/* 0: never */
	uint64_t timeout;	/* 0: those of RFC 5321, section 4.5.3.2 */
	uint64_t max_size;	/* bytes */
	uint64_t log;		/* enum log_target of base/log.h */
	char *metrics_file;	/* NULL: none is written */
};

/*
 * Every setting by default; file names where it is read from.  The result
 * belongs to the caller, who frees it with config_free.
 */
struct config *config_new(const char *file);
void config_free(struct config *);

/* The number of a keyword in any letter case; CONFIG_KEYWORDS: it is none. */
enum { CONFIG_KEYWORDS = 37 };
size_t config_keyword(const char *word, size_t len);
const char *config_keyword_name(size_t);

/*
 * Takes the value of a keyword from text.  0, or -1 with what is wrong and
 * what would be right in error; the value is then as before.
 */
int config_set(struct config *, size_t, const char *text, struct buf *error);

/* Prints every setting in force in the form of the file. */
void config_print(const struct config *, FILE *);

#endif
