#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/log.h"
#include "spool/conffile.h"
#include "spool/config.h"

#define WORD100 \
	"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" \
	"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

#define HEX64 \
	"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

/* What config_print says, to be freed. */
static char *
print(const struct config *cfg)
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	assert_non_null(out);
	config_print(cfg, out);
	assert_int_equal(fclose(out), 0);
	return text;
}

static struct config *
parse(const char *text, struct buf *errors)
{
	buf_clear(errors);
	buf_adds(errors, "");
	return conffile_parse("F", text, strlen(text), errors);
}

/* Lines that are taken, and how config_print has them. */
static const struct {
	const char *line;
	const char *printed;
} good[] = {
	{ "relay smtps://example.com", "relay smtps://example.com:465" },
	{ "relay smtp://example.com", "relay smtp://example.com:587" },
	{ "relay SMTP://host:25", "relay smtp://host:25" },
	{ "relay smtps://host:65535", "relay smtps://host:65535" },
	{ "relay smtp://127.0.0.1:4650", "relay smtp://127.0.0.1:4650" },
	{ "relay smtp://[::1]", "relay smtp://[::1]:587" },
	{ "relay smtps://[2001:db8::1]:465",
	  "relay smtps://[2001:db8::1]:465" },
	{ "relay smtp://my_host", "relay smtp://my_host:587" },
	{ "user tim", "user tim" },
	{ "user \"tim", "user \"tim" },
	{ "user t#m", "user t#m" },
	{ "user J\303\266rg@example.com", "user J\303\266rg@example.com" },
	{ "password-file /a/b", "password-file /a/b" },
	{ "auth auto", "auth auto" },
	{ "auth PLAIN", "auth PLAIN" },
	{ "auth login", "auth LOGIN" },
	{ "auth LOGIN\tPLAIN", "auth PLAIN LOGIN" },
	{ "auth scram-sha-1 cram-md5", "auth SCRAM-SHA-1 CRAM-MD5" },
	{ "auth XOAUTH2 OAUTHBEARER", "auth OAUTHBEARER XOAUTH2" },
	{ "auth EXTERNAL", "auth EXTERNAL" },
	{ "auth EXTERNAL auto", "auth auto" },
	{ "auth auto XOAUTH2", "auth auto XOAUTH2" },
	{ "auth SCRAM-SHA-256-PLUS SCRAM-SHA-1-PLUS SCRAM-SHA-256",
	  "auth SCRAM-SHA-256-PLUS SCRAM-SHA-1-PLUS SCRAM-SHA-256" },
	{ "password-command pass show mail/x | head -n 1",
	  "password-command pass show mail/x | head -n 1" },
	{ "tls required", "tls required" },
	{ "tls Opportunistic", "tls opportunistic" },
	{ "tls none", "tls none" },
	{ "tls-ca-file /ca.pem", "tls-ca-file /ca.pem" },
	{ "tls-fingerprint SHA256:" HEX64, "tls-fingerprint SHA256:" HEX64 },
	{ "tls-fingerprint spki-sha256:" HEX64 " sha256:" HEX64,
	  "tls-fingerprint spki-sha256:" HEX64 " sha256:" HEX64 },
	{ "tls-min-version 1.2", "tls-min-version 1.2" },
	{ "tls-min-version 1.3", "tls-min-version 1.3" },
	{ "helo host.example.com", "helo host.example.com" },
	{ "helo [192.0.2.1]", "helo [192.0.2.1]" },
	{ "source-address 192.0.2.1", "source-address 192.0.2.1" },
	{ "source-address 2001:db8::1", "source-address 2001:db8::1" },
	{ "source-address fe80::1%eth0", "source-address fe80::1%eth0" },
	{ "domain example.com", "domain example.com" },
	{ "aliases /a/b", "aliases /a/b" },
	{ "admin a@b.example", "admin a@b.example" },
	{ "envelope-from a@b.example", "envelope-from a@b.example" },
	{ "rewrite-from ON", "rewrite-from on" },
	{ "senders /s", "senders /s" },
	{ "mime-label off", "mime-label off" },
	{ "submit-users root www-data", "submit-users root www-data" },
	{ "deny-users nobody", "deny-users nobody" },
	{ "domain b\303\274cher.example", "domain b\303\274cher.example" },
	{ "spool /var/tmp/x", "spool /var/tmp/x" },
	{ "connections 1", "connections 1" },
	{ "connections 100", "connections 100" },
	{ "window 1", "window 1" },
	{ "window 1000", "window 1000" },
	{ "idle-timeout 90s", "idle-timeout 90s" },
	{ "idle-timeout 60", "idle-timeout 1m" },
	{ "retry-min 1", "retry-min 1s" },
	{ "retry-max 365d", "retry-max 365d" },
	{ "retry-max 31536000", "retry-max 365d" },
	{ "relay-retry-min 2s", "relay-retry-min 2s" },
	{ "relay-retry-max 90m", "relay-retry-max 90m" },
	{ "lifetime 48h", "lifetime 2d" },
	{ "delay-warning 90m", "delay-warning 90m" },
	{ "delay-warning Never", "delay-warning never" },
	{ "timeout 1s", "timeout 1s" },
	{ "max-size 1K", "max-size 1K" },
	{ "max-size 1024", "max-size 1K" },
	{ "max-size 1025", "max-size 1025" },
	{ "rate 30/1m", "rate 30/1m" },
	{ "rate 1000000000/365d", "rate 1000000000/365d" },
	{ "rate 1/1", "rate 1/1s" },
	{ "rate  30/60s \t 10000/24h  # a day", "rate 30/1m 10000/1d" },
	{ "rate 1/1s 2/2s 3/3s 4/4s", "rate 1/1s 2/2s 3/3s 4/4s" },
	{ "max-size 2G", "max-size 2G" },
	{ "max-size 8589934591G", "max-size 8589934591G" },
	{ "max-size 9223372036854775807", "max-size 9223372036854775807" },
	{ "log auto", "log auto" },
	{ "log syslog", "log syslog" },
	{ "log STDERR", "log stderr" },
	{ "log json", "log json" },
	{ "metrics-file /a/b.prom", "metrics-file /a/b.prom" },
	/* Letter case, blanks and comments. */
	{ "ReLaY smtp://h", "relay smtp://h:587" },
	{ " \t user \t tim \t", "user tim" },
	{ "user tim\r", "user tim" },
	{ "user tim # and not tom", "user tim" },
	{ "user tim\t#", "user tim" },
};

static void
test_good(void **state)
{
	struct buf errors = { 0 }, line = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		struct config *cfg = parse(good[i].line, &errors);
		char *text = print(cfg);

		if (errors.len > 0)
			fail_msg("%s: %s", good[i].line, errors.data);
		buf_clear(&line);
		buf_printf(&line, "%s\n", good[i].printed);
		if (strncmp(text, line.data, line.len) != 0) {
			buf_clear(&line);
			buf_printf(&line, "\n%s\n", good[i].printed);
			if (strstr(text, line.data) == NULL)
				fail_msg("%s:\n%s", good[i].line, text);
		}
		free(text);
		config_free(cfg);
	}
	buf_free(&line);
	buf_free(&errors);
}

/* Lines that are not, and with what the error begins. */
static const struct {
	const char *line;
	const char *error;
} bad[] = {
	{ "relay", "F:1: relay has no value" },
	{ "relay # none", "F:1: relay has no value" },
	{ "relay mail.example.com", "F:1: relay: 'mail.example.com' " },
	{ "relay smtps:mail.example.com", "F:1: relay: " },
	{ "relay http://mail.example.com", "F:1: relay: " },
	{ "relay smtp://", "F:1: relay: " },
	{ "relay smtp://:25", "F:1: relay: " },
	{ "relay smtp://host:", "F:1: relay: " },
	{ "relay smtp://host:0", "F:1: relay: " },
	{ "relay smtp://host:65536", "F:1: relay: " },
	{ "relay smtp://host:-1", "F:1: relay: " },
	{ "relay smtp://host:smtp", "F:1: relay: " },
	{ "relay smtp://host:25/", "F:1: relay: " },
	{ "relay smtp://host/", "F:1: relay: " },
	{ "relay smtp://tim@host", "F:1: relay: " },
	{ "relay smtp://a..b", "F:1: relay: " },
	{ "relay smtp://host:25 x", "F:1: relay: " },
	{ "relay smtp://::1", "F:1: relay: " },
	{ "relay smtp://[::1", "F:1: relay: " },
	{ "relay smtp://[]", "F:1: relay: " },
	{ "relay smtp://[.]", "F:1: relay: " },
	{ "relay smtp://[::1]25", "F:1: relay: " },
	{ "relay smtp://[host]", "F:1: relay: " },
	{ "user tim tom", "F:1: user: 'tim tom' " },
	{ "user t\001m", "F:1: user: " },
	{ "user t\177m", "F:1: user: " },
	{ "password-file secret", "F:1: password-file: 'secret' " },
	{ "auth GSSAPI", "F:1: auth: 'GSSAPI' is not one of "
	  "auto, EXTERNAL, SCRAM-SHA-256-PLUS, SCRAM-SHA-1-PLUS, "
	  "SCRAM-SHA-256, SCRAM-SHA-1, CRAM-MD5, OAUTHBEARER, XOAUTH2, "
	  "PLAIN, LOGIN\n" },
	{ "auth SCRAM-SHA-512", "F:1: auth: 'SCRAM-SHA-512' is not one of " },
	{ "auth PLAIN,LOGIN", "F:1: auth: 'PLAIN,LOGIN' is not one of " },
	{ "tls yes", "F:1: tls: 'yes' is not one of "
	  "required, opportunistic, none\n" },
	{ "tls none required", "F:1: tls: 'none required' is not one of " },
	{ "tls required none", "F:1: tls: 'required none' is not one of " },
	{ "tls-ca-file ca.pem", "F:1: tls-ca-file: " },
	{ "tls-fingerprint " HEX64, "F:1: tls-fingerprint: '" HEX64 "' is "
	  "not one or more of SHA256:HEX, " },
	{ "tls-fingerprint SHA256:" HEX64 ",", "F:1: tls-fingerprint: " },
	{ "tls-cert-file cert.pem", "F:1: tls-cert-file: " },
	{ "tls-key-file key.pem", "F:1: tls-key-file: " },
	{ "tls-min-version 1.1", "F:1: tls-min-version: '1.1' is not one of "
	  "1.2, 1.3\n" },
	{ "helo a b", "F:1: helo: " },
	{ "source-address a b", "F:1: source-address: " },
	{ "source-address eth0", "F:1: source-address: 'eth0' is not an IPv4 "
	  "or IPv6 address\n" },
	{ "source-address 192.0.2.256", "F:1: source-address: " },
	{ "source-address 192.0.2.1%eth0", "F:1: source-address: " },
	{ "domain @example.com", "F:1: domain: " },
	{ "admin root", "F:1: admin: 'root' is not an address" },
	{ "envelope-from <a@b>", "F:1: envelope-from: '<a@b>' is not" },
	{ "rewrite-from yes", "F:1: rewrite-from: 'yes'" },
	{ "aliases none", "F:1: aliases: 'none'" },
	{ "domain example..com", "F:1: domain: " },
	{ "domain .example.com", "F:1: domain: " },
	{ "domain " WORD100 WORD100 WORD100, "F:1: domain: " },
	{ "spool spool", "F:1: spool: " },
	{ "window 0", "F:1: window: '0' " },
	{ "window 1001", "F:1: window: '1001' " },
	{ "connections 0", "F:1: connections: '0' " },
	{ "connections 101", "F:1: connections: '101' " },
	{ "connections four", "F:1: connections: 'four' " },
	{ "connections 4s", "F:1: connections: '4s' " },
	{ "idle-timeout 0", "F:1: idle-timeout: '0' " },
	{ "idle-timeout -1", "F:1: idle-timeout: '-1' " },
	{ "idle-timeout s", "F:1: idle-timeout: 's' " },
	{ "idle-timeout 1.5m", "F:1: idle-timeout: " },
	{ "idle-timeout 5 m", "F:1: idle-timeout: " },
	{ "idle-timeout 1w", "F:1: idle-timeout: " },
	{ "retry-min 0", "F:1: retry-min: '0' " },
	{ "retry-min 0d", "F:1: retry-min: '0d' " },
	{ "retry-max 366d", "F:1: retry-max: '366d' " },
	{ "retry-max 213503982334602d", "F:1: retry-max: " },
	{ "relay-retry-min 0", "F:1: relay-retry-min: " },
	{ "relay-retry-max never", "F:1: relay-retry-max: " },
	{ "lifetime 99999999999999999999999", "F:1: lifetime: " },
	{ "delay-warning 0", "F:1: delay-warning: '0' is neither " },
	{ "delay-warning 366d", "F:1: delay-warning: '366d' is neither " },
	{ "delay-warning no", "F:1: delay-warning: 'no' is neither " },
	{ "timeout 0", "F:1: timeout: '0' " },
	{ "max-size 1023", "F:1: max-size: '1023' " },
	{ "max-size 0K", "F:1: max-size: '0K' " },
	{ "max-size 8589934592G", "F:1: max-size: " },
	{ "max-size 9223372036854775808", "F:1: max-size: " },
	{ "max-size 18014398509481985K", "F:1: max-size: " },
	{ "max-size 25MB", "F:1: max-size: '25MB' " },
	{ "max-size M", "F:1: max-size: 'M' " },
	{ "rate 30", "F:1: rate: '30' is not one or more rates such as" },
	{ "rate 30/", "F:1: rate: '30/' " },
	{ "rate /1m", "F:1: rate: '/1m' " },
	{ "rate 0/1m", "F:1: rate: '0/1m' " },
	{ "rate 30/0m", "F:1: rate: '30/0m' " },
	{ "rate 1000000001/1m", "F:1: rate: " },
	{ "rate 30/366d", "F:1: rate: " },
	{ "rate 30/m", "F:1: rate: " },
	{ "rate 30 / 1m", "F:1: rate: " },
	{ "rate 30/1m,2/1s", "F:1: rate: " },
	{ "rate 30/1m 2", "F:1: rate: '30/1m 2' " },
	{ "rate 1/1s 2/2s 3/3s 4/4s 5/5s", "F:1: rate: '1/1s 2/2s 3/3s 4/4s "
	  "5/5s' are too many rates" },
	{ "metrics-file b.prom", "F:1: metrics-file: 'b.prom' is not a path" },
	{ "log both", "F:1: log: 'both' is not one of "
	  "auto, syslog, stderr, json\n" },
	{ "relayhost x", "F:1: 'relayhost' is not a keyword" },
	{ "rela x", "F:1: 'rela' is not a keyword" },
	{ "user=tim", "F:1: 'user=tim' is not a keyword" },
	{ "\n\nnonsense", "F:3: 'nonsense' is not a keyword" },
	{ "# user\n\nuser a b\n", "F:3: user: " },
	{ "user a\nuser b", "F:2: user is already set in line 1\n" },
	{ "user a\nUSER a", "F:2: user is already set in line 1\n" },
};

/* There is one line of error, and every setting keeps its default. */
static void
test_bad(void **state)
{
	struct buf errors = { 0 };
	char *before;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct config *cfg = parse(strstr(bad[i].error, "already") ?
		    "user a" : "", &errors);
		char *text;

		before = print(cfg);
		config_free(cfg);
		cfg = parse(bad[i].line, &errors);
		if (strncmp(errors.data, bad[i].error,
		    strlen(bad[i].error)) != 0)
			fail_msg("%s: %s", bad[i].line, errors.data);
		assert_ptr_equal(strchr(errors.data, '\n'),
		    errors.data + errors.len - 1);
		text = print(cfg);
		if (strcmp(text, before) != 0)
			fail_msg("%s changes:\n%s", bad[i].line, text);
		free(text);
		free(before);
		config_free(cfg);
	}
	buf_free(&errors);
}

static void
check_defaults(const struct config *cfg)
{
	assert_null(cfg->relay.host);
	assert_null(cfg->user);
	assert_string_equal(cfg->password_file, SYSCONFDIR "/onehop/password");
	assert_null(cfg->password_command);
	assert_int_equal(cfg->auth, AUTH_AUTO);
	assert_int_equal(cfg->tls, TLS_REQUIRED);
	assert_null(cfg->tls_ca_file);
	assert_int_equal(cfg->tls_min_version, TLS_1_2);
	assert_null(cfg->helo);
	assert_null(cfg->source_address);
	assert_null(cfg->domain);
	assert_string_equal(cfg->spool, SPOOLDIR);
	assert_int_equal(cfg->connections, 4);
	assert_int_equal(cfg->window, 100);
	assert_int_equal(cfg->idle_timeout, 5);
	assert_int_equal(cfg->retry_min, 5 * 60);
	assert_int_equal(cfg->retry_max, 4 * 60 * 60);
	assert_int_equal(cfg->relay_retry_min, 15);
	assert_int_equal(cfg->relay_retry_max, 10 * 60);
	assert_int_equal(cfg->rate[0].count, 0);
	assert_int_equal(cfg->lifetime, 5 * 24 * 60 * 60);
	assert_int_equal(cfg->delay_warning, 4 * 60 * 60);
	assert_int_equal(cfg->timeout, 0);
	assert_int_equal(cfg->max_size, 50 * 1024 * 1024);
	assert_int_equal(cfg->log, LOG_TO_AUTO);
}

static void
test_defaults(void **state)
{
	static const char *const nothing[] = {
		"", "\n", "# relay smtp://x\n", " \t\r\n\f\n\v\n", "#",
		"\n\n#\n",
	};
	struct buf errors = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(nothing) / sizeof(nothing[0]); i++) {
		struct config *cfg = parse(nothing[i], &errors);

		assert_string_equal(errors.data, "");
		assert_string_equal(cfg->file, "F");
		check_defaults(cfg);
		config_free(cfg);
	}
	config_free(NULL);
	buf_free(&errors);
}

/* A mistake does not spoil the lines around it. */
static void
test_mistakes(void **state)
{
	static const char text[] = "user tim\nrelays x\nconnections 2 3\n"
	    "lifetime 1d\nretry-min 1h\nretry-max 1m\nrelay-retry-min 1h\n"
	    "password-command c\npassword-file /p\n";
	struct buf errors = { 0 };
	struct config *cfg;

	(void)state;
	cfg = parse(text, &errors);
	assert_string_equal(cfg->user, "tim");
	assert_int_equal(cfg->connections, 4);
	assert_int_equal(cfg->lifetime, 24 * 60 * 60);
	/* What does not go together is an error too, and made to. */
	assert_int_equal(cfg->retry_min, 60 * 60);
	assert_int_equal(cfg->retry_max, 60 * 60);
	assert_int_equal(cfg->relay_retry_max, 60 * 60);
	assert_non_null(strstr(errors.data, "F:2: 'relays' "));
	assert_non_null(strstr(errors.data, "F:3: connections: '2 3' "));
	assert_non_null(strstr(errors.data, "F: retry-max "));
	assert_non_null(strstr(errors.data, "F: relay-retry-max "));
	assert_null(cfg->password_command);
	assert_string_equal(cfg->password_file, "/p");
	assert_non_null(strstr(errors.data, "F: password-file and "));
	config_free(cfg);
	buf_free(&errors);
}

/* Settings that make no sense together, and the error. */
static const struct {
	const char *text;
	const char *error;
} contradictions[] = {
	{ "tls-cert-file /c", "F: tls-cert-file is of no use without "
	  "tls-key-file\n" },
	{ "tls-key-file /k", "F: tls-key-file is of no use without "
	  "tls-cert-file\n" },
	{ "tls none\ntls-fingerprint SHA256:" HEX64,
	  "F: tls-fingerprint needs tls required\n" },
	{ "tls-fingerprint SHA256:" HEX64 "\ntls opportunistic",
	  "F: tls-fingerprint needs tls required\n" },
	{ "tls-fingerprint SHA256:" HEX64 "\ntls required", "" },
	{ "tls-cert-file /c\ntls-key-file /k", "" },
};

static void
test_contradictions(void **state)
{
	struct buf errors = { 0 };

	(void)state;
	for (size_t i = 0;
	    i < sizeof(contradictions) / sizeof(contradictions[0]); i++) {
		struct config *cfg = parse(contradictions[i].text, &errors);
		char *text = print(cfg);

		assert_string_equal(errors.data, contradictions[i].error);
		config_free(cfg);
		/* What is in force makes sense. */
		config_free(parse(text, &errors));
		assert_string_equal(errors.data, "");
		free(text);
	}
	buf_free(&errors);
}

static void
test_nul(void **state)
{
	static const char text[] = "user tim\nhelo a\0b\nlifetime 1d\n";
	struct buf errors = { 0 };
	struct config *cfg;

	(void)state;
	cfg = conffile_parse("F", text, sizeof(text) - 1, &errors);
	assert_string_equal(cfg->user, "tim");
	assert_int_equal(strncmp(errors.data, "F:", 2), 0);
	assert_non_null(strstr(errors.data, "NUL"));
	config_free(cfg);
	/* The length counts, not what stands behind. */
	buf_clear(&errors);
	cfg = conffile_parse("F", text, 8, &errors);
	assert_string_equal(errors.data, "");
	assert_string_equal(cfg->user, "tim");
	config_free(cfg);
	buf_free(&errors);
}

static const char all[] =
    "relay smtps://[2001:db8::1]:4650\nuser tim\n"
    "password-file " CONFIG_PASSWORD_FILE "\n"
    "password-command vault read -field=p mail\n"
    "auth PLAIN\ntls required\ntls-ca-file /ca\n"
    "tls-fingerprint SPKI-SHA256:" HEX64 "\ntls-cert-file /cert\n"
    "tls-key-file /key\ntls-min-version 1.3\n"
    "helo h.example\nsource-address 192.0.2.1\ndomain example.com\n"
    "aliases /al\nadmin a@b.example\nenvelope-from c@d.example\n"
    "rewrite-from on\nsenders /s\nmime-label off\n"
    "submit-users root 33\ndeny-users nobody\n"
    "spool /s\nconnections 7\nwindow 8\nidle-timeout 90s\nretry-min 61s\n"
    "retry-max 25h\nrelay-retry-min 1s\nrelay-retry-max 59m\n"
    "rate 30/1m 10000/1d\nlifetime 3d\ndelay-warning never\ntimeout 7s\n"
    "max-size 123456789\nlog stderr\nmetrics-file /m.prom\n";

/* What is printed is a file that says the same. */
static void
test_round_trip(void **state)
{
	struct buf errors = { 0 };
	struct config *cfg;
	char *once, *twice;

	(void)state;
	cfg = parse(all, &errors);
	assert_string_equal(errors.data, "");
	once = print(cfg);
	assert_string_equal(once, all);
	config_free(cfg);
	free(once);

	cfg = parse("", &errors);
	once = print(cfg);
	config_free(cfg);
	cfg = parse(once, &errors);
	assert_string_equal(errors.data, "");
	check_defaults(cfg);
	twice = print(cfg);
	assert_string_equal(once, twice);
	config_free(cfg);
	free(once);
	free(twice);
	buf_free(&errors);
}

static void
test_load(void **state)
{
	char path[] = "/tmp/onehop.XXXXXX";
	struct buf errors = { 0 }, prefix = { 0 };
	struct config *cfg;
	int fd = mkstemp(path);

	(void)state;
	assert_int_not_equal(fd, -1);
	assert_int_equal(write(fd, "user tim\nx", 10), 10);
	close(fd);
	cfg = conffile_load(path, &errors);
	assert_string_equal(cfg->file, path);
	assert_string_equal(cfg->user, "tim");
	buf_printf(&prefix, "%s:2: 'x' ", path);
	assert_memory_equal(errors.data, prefix.data, prefix.len);
	config_free(cfg);

	unlink(path);
	buf_clear(&errors);
	cfg = conffile_load(path, &errors);
	check_defaults(cfg);
	buf_clear(&prefix);
	buf_printf(&prefix, "%s: ", path);
	assert_memory_equal(errors.data, prefix.data, prefix.len);
	config_free(cfg);

	buf_clear(&errors);
	cfg = conffile_load("/", &errors);
	check_defaults(cfg);
	assert_true(errors.len > 0);
	config_free(cfg);
	buf_free(&prefix);
	buf_free(&errors);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_bad),
		cmocka_unit_test(test_defaults),
		cmocka_unit_test(test_mistakes),
		cmocka_unit_test(test_contradictions),
		cmocka_unit_test(test_nul),
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_load),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
