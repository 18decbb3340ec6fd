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
#include "ctl/import/msmtp.h"
#include "spool/conffile.h"
#include "spool/config.h"

#include "oldfiles.h"

static const struct old_case cases[] = {
	{ {
		{ "/etc/msmtprc",
		  "account default\n"
		  "host smtp.example.com\n"
		  "port 587\n"
		  "tls on\n"
		  "auth on\n"
		  "user me\n"
		  "password \" a b#c \"\n"
		  "from me@example.com\n" },
	  },
	  "relay smtp://smtp.example.com:587\n"
	  "user me\n"
	  "envelope-from me@example.com\n"
	  "note msmtprc:8\n"
	  "note msmtprc:1\n"
	  "password  a b#c \n" },
	{ {
		{ "/etc/msmtprc",
		  "  # x\n"
		  "host\tsmtp.example.com  \n"
		  "tls\n"
		  "tls_starttls off\n"
		  "allow_from_override off\n"
		  "from me@example.com\n"
		  "aliases /etc/aliases\n" },
	  },
	  "relay smtps://smtp.example.com:465\n"
	  "envelope-from me@example.com\n"
	  "aliases /etc/aliases\n" },
	{ {
		{ "/etc/msmtprc",
		  "defaults\n"
		  "tls on\n"
		  "port 587\n"
		  "aliases /etc/a\n"
		  "account one\n"
		  "host one.example\n"
		  "user u1\n"
		  "auth plain\n"
		  "passwordeval gpg -d /p\n"
		  "account two\n"
		  "host two.example\n"
		  "account default : two , one\n"
		  "port 25\n" },
		{ "/etc/a",
		  "ann: x\n"
		  "default: ops@example.com # x\n" },
	  },
	  "relay smtp://one.example:25\n"
	  "user u1\n"
	  "password-command gpg -d /p\n"
	  "auth plain\n"
	  "aliases /etc/a\n"
	  "admin ops@example.com\n"
	  "lost msmtprc:10\n"
	  "note msmtprc:9\n" },
	{ {
		{ "/etc/msmtprc",
		  "account a\n"
		  "host x\n"
		  "account b\n"
		  "host y\n" },
	  },
	  "lost msmtprc\n" },
	{ {
		{ "/etc/msmtprc",
		  "account a\n"
		  "host localhost\n"
		  "aliases /dev/null\n" },
	  },
	  "relay smtp://localhost:25\n"
	  "tls none\n"
	  "aliases /dev/null\n"
	  "note msmtprc:1\n" },
	{ {
		{ "/etc/msmtprc",
		  "account default : none\n"
		  "host localhost\n"
		  "aliases /x\n" },
	  },
	  "relay smtp://localhost:25\n"
	  "tls none\n"
	  "aliases /x\n"
	  "lost msmtprc:1\n" },
	{ {
		{ "/etc/msmtprc",
		  "host h\n"
		  "tls on\n"
		  "tls_certcheck off\n"
		  "tls_fingerprint "
		  "ababababababababababababababababababababababababababab"
		  "ababababab\n"
		  "aliases /x\n" },
	  },
	  "relay smtp://h:25\n"
	  "tls opportunistic\n"
	  "aliases /x\n"
	  "note msmtprc:3\n" },
	{ {
		{ "/etc/msmtprc",
		  "host h\n"
		  "tls on\n"
		  "tls_starttls off\n"
		  "tls_certcheck off\n"
		  "aliases /x\n" },
	  },
	  "relay smtps://h:465\n"
	  "aliases /x\n"
	  "note msmtprc:4\n" },
	{ {
		{ "/etc/msmtprc",
		  "host h\n"
		  "tls on\n"
		  "tls_fingerprint "
		  "AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:"
		  "AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB\n"
		  "tls_trust_file\n"
		  "aliases /x\n" },
	  },
	  "relay smtp://h:25\n"
	  "tls-fingerprint "
	  "SHA256:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB"
	  ":AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB\n"
	  "aliases /x\n" },
	{ {
		{ "/etc/msmtprc",
		  "host h\n"
		  "tls on\n"
		  "tls_fingerprint "
		  "00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF:00:11:"
		  "22:33\n"
		  "tls_trust_file /ca\n"
		  "aliases /x\n" },
	  },
	  "relay smtp://h:25\n"
	  "tls-ca-file /ca\n"
	  "aliases /x\n"
	  "lost msmtprc:3\n" },
	{ {
		{ "/etc/msmtprc",
		  "host h\n"
		  "tls on\n"
		  "auth xoauth2\n"
		  "user u\n"
		  "passwordeval t\n"
		  "tls_trust_file system\n"
		  "aliases /x\n" },
	  },
	  "relay smtp://h:25\n"
	  "user u\n"
	  "password-command t\n"
	  "auth xoauth2\n"
	  "aliases /x\n"
	  "note msmtprc:5\n" },
	{ {
		{ "/etc/msmtprc",
		  "host h\n"
		  "tls on\n"
		  "auth ntlm\n"
		  "user u\n"
		  "password p\n"
		  "ntlmdomain d\n"
		  "aliases /x\n" },
	  },
	  "relay smtp://h:25\n"
	  "user u\n"
	  "aliases /x\n"
	  "lost msmtprc:6\n"
	  "lost msmtprc:3\n"
	  "password p\n" },
	{ {
		{ "/etc/msmtprc",
		  "host localhost\n"
		  "auth off\n"
		  "user u\n"
		  "password p\n"
		  "aliases /x\n" },
	  },
	  "relay smtp://localhost:25\n"
	  "tls none\n"
	  "aliases /x\n" },
	{ {
		{ "/etc/msmtprc",
		  "host localhost\n"
		  "auth\n"
		  "user u\n"
		  "aliases /x\n" },
	  },
	  "relay smtp://localhost:25\n"
	  "tls none\n"
	  "user u\n"
	  "aliases /x\n"
	  "note msmtprc:3\n" },
	{ {
		{ "/etc/msmtprc",
		  "host localhost\n"
		  "from %U@example.com\n"
		  "allow_from_override off\n"
		  "set_from_header on\n"
		  "aliases /x\n" },
	  },
	  "relay smtp://localhost:25\n"
	  "tls none\n"
	  "domain example.com\n"
	  "rewrite-from on\n"
	  "aliases /x\n"
	  "lost msmtprc:3\n" },
	{ {
		{ "/etc/msmtprc",
		  "host localhost\n"
		  "from *@example.com\n"
		  "auto_from off\n"
		  "aliases /x\n" },
	  },
	  "relay smtp://localhost:25\n"
	  "tls none\n"
	  "aliases /x\n"
	  "lost msmtprc:2\n" },
	{ {
		{ "/etc/msmtprc",
		  "host localhost\n"
		  "auto_from on\n"
		  "maildomain example.com\n"
		  "aliases /x\n" },
	  },
	  "relay smtp://localhost:25\n"
	  "tls none\n"
	  "domain example.com\n"
	  "aliases /x\n" },
	{ {
		{ "/etc/msmtprc",
		  "host localhost\n"
		  "source_ip 192.0.2.1\n"
		  "timeout 30\n"
		  "domain my.example\n"
		  "protocol lmtp\n"
		  "proxy_host p\n"
		  "proxy_port 9\n"
		  "socket /s\n"
		  "syslog LOG_MAIL\n"
		  "logfile ~/x\n"
		  "eval echo x\n"
		  "bogus x\n"
		  "aliases /x\n" },
	  },
	  "relay smtp://localhost:25\n"
	  "tls none\n"
	  "helo my.example\n"
	  "aliases /x\n"
	  "source-address 192.0.2.1\n"
	  "timeout 30\n"
	  "lost msmtprc:10\n"
	  "lost msmtprc:11\n"
	  "lost msmtprc:12\n"
	  "lost msmtprc:5\n"
	  "lost msmtprc:6\n"
	  "lost msmtprc:8\n" },
	{ {
		{ "/etc/msmtprc",
		  "host localhost\n"
		  "timeout off\n"
		  "domain %C\n"
		  "aliases ~/x\n" },
	  },
	  "relay smtp://localhost:25\n"
	  "tls none\n"
	  "lost msmtprc:4\n" },
	{ {
		{ "/etc/msmtprc",
		  "host localhost\n"
		  "aliases /x\n"
		  "tls_cert_file /c\n"
		  "tls_key_file /k\n" },
	  },
	  "relay smtp://localhost:25\n"
	  "tls none\n"
	  "tls-cert-file /c\n"
	  "tls-key-file /k\n"
	  "aliases /x\n"
	  "note msmtprc:4\n" },
	{ {
		{ "/etc/msmtprc",
		  "host localhost\n"
		  "aliases /x\n"
		  "auth on\n"
		  "user u\n"
		  "passwordeval cat x # y\n" },
	  },
	  "relay smtp://localhost:25\n"
	  "tls none\n"
	  "user u\n"
	  "aliases /x\n"
	  "lost msmtprc:5\n"
	  "note msmtprc:5\n" },
};

static void
test_cases(void **state)
{
	static const char *const files[2] = { "/etc/msmtprc", NULL };

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		check_old_case(&cases[i], files, msmtp_import);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
