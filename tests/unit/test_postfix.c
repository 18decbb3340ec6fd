#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/buf.h"
#include "ctl/import/importcheck.h"
#include "ctl/import/imported.h"
#include "ctl/import/postfix.h"
#include "spool/conffile.h"
#include "spool/config.h"

#include "oldfiles.h"

static const struct old_case cases[] = {
	{ {
		{ "/etc/postfix/main.cf",
		  "mydestination =\n"
		  "relayhost = [smtp.example.com]:587\n"
		  "smtp_sasl_auth_enable = yes\n"
		  "smtp_sasl_password_maps = "
		  "hash:/etc/postfix/sasl_passwd\n"
		  "smtp_sasl_security_options = noanonymous\n"
		  "smtp_tls_security_level = encrypt\n" },
		{ "/etc/postfix/sasl_passwd",
		  "# x\n"
		  "other a:b\n"
		  "[SMTP.example.com]:587\n"
		  "   me@example.com:pass:word \n" },
	  },
	  "relay smtp://smtp.example.com:587\n"
	  "user me@example.com\n"
	  "aliases /dev/null\n"
	  "lost sasl_passwd:2\n"
	  "note main.cf:6\n"
	  "note main.cf:1\n"
	  "password pass:word\n" },
	{ {
		{ "/etc/postfix/main.cf",
		  "mydestination =\n"
		  "relayhost = [smtp.example.com]:587\n"
		  "smtp_sasl_auth_enable = yes\n"
		  "smtp_sasl_password_maps = "
		  "texthash:/etc/postfix/sasl_passwd\n"
		  "smtp_tls_security_level = secure\n" },
		{ "/etc/postfix/sasl_passwd",
		  "[smtp.example.com]:587 a:b\n"
		  "smtp.example.com me:p\n" },
	  },
	  "relay smtp://smtp.example.com:587\n"
	  "user me\n"
	  "auth SCRAM-SHA-256-PLUS SCRAM-SHA-1-PLUS "
	  "SCRAM-SHA-256 SCRAM-SHA-1 CRAM-MD5\n"
	  "aliases /dev/null\n"
	  "note main.cf:4\n"
	  "note main.cf:1\n"
	  "password p\n" },
	{ {
		{ "/etc/postfix/main.cf",
		  "mydestination =\n"
		  "relayhost = [smtp.example.com]:587\n"
		  "smtp_sasl_auth_enable = yes\n"
		  "smtp_sasl_password_maps = ldap:x static:me:p\n"
		  "smtp_tls_security_level = secure\n"
		  "smtp_sasl_mechanism_filter = plain, login\n" },
	  },
	  "relay smtp://smtp.example.com:587\n"
	  "user me\n"
	  "auth plain  login\n"
	  "aliases /dev/null\n"
	  "lost main.cf:4\n"
	  "note main.cf:1\n"
	  "password p\n" },
	{ {
		{ "/etc/postfix/main.cf",
		  "mydestination =\n"
		  "relayhost = [smtp.example.com]:587\n"
		  "smtp_sasl_password_maps = hash:/x\n"
		  "smtp_use_tls = yes\n" },
	  },
	  "relay smtp://smtp.example.com:587\n"
	  "tls opportunistic\n"
	  "aliases /dev/null\n"
	  "note main.cf:4\n"
	  "note main.cf:1\n" },
	{ {
		{ "/etc/postfix/main.cf",
		  "mydestination =\n"
		  "relayhost = [smtp.example.com]:587\n"
		  "smtp_sasl_password_maps = hash:/x\n"
		  "smtp_sasl_auth_enable=yes\n"
		  "smtp_enforce_tls = yes\n" },
	  },
	  "relay smtp://smtp.example.com:587\n"
	  "aliases /dev/null\n"
	  "lost main.cf:3\n"
	  "lost main.cf:3\n"
	  "note main.cf:1\n" },
	{ {
		{ "/etc/postfix/main.cf",
		  "mydestination=\n"
		  "relayhost = [smtp.example.com]:smtps\n"
		  "smtp_tls_wrappermode = yes\n"
		  "smtp_tls_security_level = encrypt\n"
		  "smtp_tls_CAfile = /ca\n"
		  "smtp_tls_cert_file = /c\n" },
	  },
	  "relay smtps://smtp.example.com:465\n"
	  "tls-ca-file /ca\n"
	  "tls-cert-file /c\n"
	  "tls-key-file /c\n"
	  "aliases /dev/null\n"
	  "note main.cf:4\n"
	  "note main.cf:6\n"
	  "note main.cf:1\n" },
	{ {
		{ "/etc/postfix/main.cf",
		  "mydestination =\n"
		  "relayhost = [smtp.example.com]:587\n"
		  "smtp_tls_security_level = fingerprint\n"
		  "smtp_tls_fingerprint_cert_match = "
		  "ababababababababababababababababababababababababababab"
		  "ababababab\n" },
	  },
	  "relay smtp://smtp.example.com:587\n"
	  "tls-fingerprint "
	  "SHA256:abababababababababababababababababababababababa"
	  "babababababababab "
	  "SPKI-SHA256:ababababababababababababababababababababab"
	  "ababababababababababab\n"
	  "aliases /dev/null\n"
	  "note main.cf:1\n" },
	{ {
		{ "/etc/postfix/main.cf",
		  "mydestination =\n"
		  "relayhost = [smtp.example.com]:587\n"
		  "smtp_tls_security_level = dane\n" },
	  },
	  "relay smtp://smtp.example.com:587\n"
	  "aliases /dev/null\n"
	  "note main.cf:3\n"
	  "note main.cf:1\n" },
	{ {
		{ "/etc/postfix/main.cf",
		  "mydestination =\n"
		  "relayhost = [smtp.example.com]:587\n"
		  "smtp_tls_security_level = strange\n"
		  "smtp_tls_mandatory_protocols = x\n"
		  "smtp_tls_loglevel = 1\n" },
	  },
	  "relay smtp://smtp.example.com:587\n"
	  "aliases /dev/null\n"
	  "lost main.cf:3\n"
	  "note main.cf:1\n"
	  "lost main.cf:4\n" },
	{ {
		{ "/etc/postfix/main.cf",
		  "mydestination=\n"
		  "relayhost = example.com, [b]:25\n"
		  "smtp_tls_security_level=secure\n" },
	  },
	  "relay smtp://example.com:25\n"
	  "aliases /dev/null\n"
	  "lost main.cf:2\n"
	  "note main.cf:2\n"
	  "note main.cf:1\n" },
	{ {
		{ "/etc/postfix/main.cf",
		  "mydestination=\n"
		  "relayhost = [2001:db8::1]\n"
		  "smtp_tls_security_level=secure\n" },
	  },
	  "relay smtp://[2001:db8::1]:25\n"
	  "aliases /dev/null\n"
	  "note main.cf:1\n" },
	{ {
		{ "/etc/postfix/main.cf",
		  "mydestination=\n"
		  "relayhost =\n" },
	  },
	  "aliases /dev/null\n"
	  "lost main.cf:2\n"
	  "note main.cf:1\n" },
	{ {
		{ "/etc/postfix/main.cf",
		  "myhostname = web.example.com\n"
		  "myorigin = $mydomain\n"
		  "mydestination = $myhostname, localhost\n"
		  "alias_maps = hash:/etc/aliases, nis:x\n"
		  "relayhost = [smtp.$mydomain]\n"
		  "smtp_tls_security_level=secure\n"
		  "luser_relay = ops@$mydomain\n" },
	  },
	  "relay smtp://smtp.example.com:25\n"
	  "domain example.com\n"
	  "helo web.example.com\n"
	  "aliases /etc/aliases\n"
	  "lost main.cf:7\n"
	  "note main.cf:3\n"
	  "lost main.cf:4\n" },
	{ {
		{ "/etc/postfix/main.cf",
		  "mydestination =\n"
		  "relayhost = [smtp.example.com]:587\n"
		  "smtp_tls_security_level=secure\n"
		  "myorigin = /etc/mailname\n"
		  "smtp_helo_name = my.example\n"
		  "luser_relay = ops@example.com\n" },
		{ "/etc/mailname",
		  "x.example\n" },
	  },
	  "relay smtp://smtp.example.com:587\n"
	  "helo my.example\n"
	  "admin ops@example.com\n"
	  "aliases /dev/null\n"
	  "note main.cf:1\n" },
	{ {
		{ "/etc/postfix/main.cf",
		  "mydestination =\n"
		  "relayhost = [smtp.example.com]:587\n"
		  "smtp_tls_security_level=secure\n"
		  "myorigin = /etc/origin\n"
		  "message_size_limit = ${{$x} == {y} ? {1} : {2}}\n"
		  "no parameter\n" },
		{ "/etc/origin",
		  "x.example\n" },
	  },
	  "relay smtp://smtp.example.com:587\n"
	  "domain x.example\n"
	  "aliases /dev/null\n"
	  "lost main.cf:6\n"
	  "lost main.cf:5\n"
	  "note main.cf:1\n" },
	{ {
		{ "/etc/postfix/main.cf",
		  "mydestination =\n"
		  "relayhost = [smtp.example.com]:587\n"
		  "smtp_tls_security_level=secure\n"
		  "maximal_queue_lifetime = 1w\n"
		  "minimal_backoff_time = 60\n"
		  "maximal_backoff_time = 2H\n"
		  "delay_warning_time = 0\n"
		  "message_size_limit = 20480000\n"
		  "smtp_bind_address = 192.0.2.1\n"
		  "default_destination_concurrency_limit = 2\n" },
	  },
	  "relay smtp://smtp.example.com:587\n"
	  "source-address 192.0.2.1\n"
	  "connections 2\n"
	  "max-size 20480000\n"
	  "lifetime 7d\n"
	  "retry-min 60s\n"
	  "retry-max 2h\n"
	  "delay-warning never\n"
	  "aliases /dev/null\n"
	  "note main.cf:1\n" },
	{ {
		{ "/etc/postfix/main.cf",
		  "mydestination =\n"
		  "relayhost = [smtp.example.com]:587\n"
		  "smtp_tls_security_level=secure\n"
		  "message_size_limit = 0\n"
		  "maximal_queue_lifetime = 5x\n"
		  "delay_warning_time = 4\n"
		  "maximal_backoff_time = 100s\n"
		  "inet_protocols = ipv4\n" },
	  },
	  "relay smtp://smtp.example.com:587\n"
	  "retry-max 100s\n"
	  "delay-warning 4h\n"
	  "aliases /dev/null\n"
	  "retry-min 100s\n"
	  "lost main.cf:8\n"
	  "lost main.cf:4\n"
	  "lost main.cf:5\n"
	  "note main.cf:1\n" },
	{ {
		{ "/etc/postfix/main.cf",
		  "mydestination =\n"
		  "relayhost = [smtp.example.com]:587\n"
		  "smtp_tls_security_level=secure\n"
		  "myorigin=example.com\n"
		  "sender_canonical_maps = hash:/s, "
		  "static:all@example.com\n" },
		{ "/s",
		  "root ops\n"
		  "@old.example new@example.com\n"
		  "x @y\n" },
	  },
	  "relay smtp://smtp.example.com:587\n"
	  "domain example.com\n"
	  "aliases /dev/null\n"
	  "rewrite-from on\n"
	  "note main.cf:1\n"
	  "lost s:3\n"
	  "root\tops@example.com\n"
	  "@old.example\tnew@example.com\n"
	  "*\tall@example.com\n" },
	{ {
		{ "/etc/postfix/main.cf",
		  "mydestination =\n"
		  "relayhost = [smtp.example.com]:587\n"
		  "smtp_tls_security_level=secure\n"
		  "smtp_generic_maps = regexp:/r ldap:x\n" },
		{ "/r",
		  "/.+/ me@example.com\n"
		  "/x/ y@example.com\n" },
	  },
	  "relay smtp://smtp.example.com:587\n"
	  "aliases /dev/null\n"
	  "rewrite-from on\n"
	  "note main.cf:1\n"
	  "lost r:2\n"
	  "lost main.cf:4\n"
	  "note main.cf:4\n"
	  "*\tme@example.com\n" },
	{ {
		{ "/etc/postfix/main.cf",
		  "mydestination =\n"
		  "relayhost = [smtp.example.com]:587\n"
		  "smtp_tls_security_level=secure\n"
		  "authorized_submit_users = www-data, cron\n"
		  "biff = no\n"
		  "smtpd_banner = x\n"
		  "header_checks = x\n"
		  "transport_maps = x\n"
		  "unheard_of = x\n" },
	  },
	  "relay smtp://smtp.example.com:587\n"
	  "aliases /dev/null\n"
	  "submit-users root www-data cron\n"
	  "note main.cf:1\n"
	  "lost main.cf:7\n"
	  "lost main.cf:8\n"
	  "lost main.cf:9\n" },
	{ {
		{ "/etc/postfix/main.cf",
		  "mydestination =\n"
		  "relayhost = [smtp.example.com]:587\n"
		  "smtp_tls_security_level=secure\n"
		  "authorized_submit_users = !nobody, static:anyone\n" },
	  },
	  "relay smtp://smtp.example.com:587\n"
	  "aliases /dev/null\n"
	  "deny-users nobody\n"
	  "note main.cf:1\n" },
	{ {
		{ "/etc/postfix/main.cf",
		  "mydestination =\n"
		  "relayhost = [smtp.example.com]:587\n"
		  "smtp_tls_security_level=secure\n"
		  "authorized_submit_users = /etc/users\n" },
	  },
	  "relay smtp://smtp.example.com:587\n"
	  "aliases /dev/null\n"
	  "note main.cf:1\n"
	  "lost main.cf:4\n" },
};

static void
test_cases(void **state)
{
	static const char *const files[2] = { "/etc/postfix/main.cf", NULL };

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		check_old_case(&cases[i], files, postfix_import);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
