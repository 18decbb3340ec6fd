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
#include "ctl/import/ssmtp.h"
#include "spool/conffile.h"
#include "spool/config.h"

#include "oldfiles.h"

static const struct old_case cases[] = {
	{ {
		{ "/etc/ssmtp/ssmtp.conf",
		  "mailhub=smtp.example.com:587\n"
		  "UseSTARTTLS=YES\n"
		  "AuthUser=me@example.com\n"
		  "AuthPass=ab:cd\n" },
	  },
	  "relay smtp://smtp.example.com:587\n"
	  "user me@example.com\n"
	  "note ssmtp.conf:2\n"
	  "password ab:cd\n" },
	{ {
		{ "/etc/ssmtp/ssmtp.conf",
		  "MAILHUB=smtp.example.com\n"
		  "RemotePort=465\n"
		  "usetls=yes\n"
		  "AuthUser=me\n"
		  "AuthPass=ab=cd\n"
		  "AuthMethod=CRAM-MD5\n" },
	  },
	  "relay smtps://smtp.example.com:465\n"
	  "user me\n"
	  "auth CRAM-MD5\n"
	  "note ssmtp.conf:3\n"
	  "password ab\n" },
	{ {
		{ "/etc/ssmtp/ssmtp.conf",
		  "mailhub = x\n"
		  "AuthUser=me\n"
		  "AuthPass=a#b\n"
		  " root=a\n"
		  "hostname=h.example" },
	  },
	  "relay smtp://mail:25\n"
	  "tls opportunistic\n"
	  "user me\n"
	  "lost ssmtp.conf:3\n"
	  "lost ssmtp.conf:4\n"
	  "lost ssmtp.conf:5\n"
	  "note ssmtp.conf:1\n"
	  "note ssmtp.conf:2\n" },
	{ {
		{ "/etc/ssmtp/ssmtp.conf",
		  "mailhub=mail.example.com\n"
		  "UseTLS=NO\n" },
	  },
	  "relay smtp://mail.example.com:25\n"
	  "tls none\n"
	  "note ssmtp.conf:2\n" },
	{ {
		{ "/etc/ssmtp/ssmtp.conf",
		  "mailhub=localhost\n"
		  "AuthUser=me\n"
		  "AuthPass=x\n" },
	  },
	  "relay smtp://localhost:25\n"
	  "tls none\n"
	  "user me\n"
	  "password x\n" },
	{ {
		{ "/etc/ssmtp/ssmtp.conf",
		  "mailhub=mail.example.com\n"
		  "AuthUser=me\n"
		  "AuthPass=x\n" },
	  },
	  "relay smtp://mail.example.com:25\n"
	  "tls opportunistic\n"
	  "user me\n"
	  "note ssmtp.conf:1\n"
	  "password x\n" },
	{ {
		{ "/etc/ssmtp/ssmtp.conf",
		  "mailhub=localhost\n"
		  "UseSTARTTLS=YES\n"
		  "UseTLS=NO\n" },
	  },
	  "relay smtp://localhost:25\n"
	  "tls none\n" },
	{ {
		{ "/etc/ssmtp/ssmtp.conf",
		  "mailhub=localhost\n"
		  "UseTLS=NO\n"
		  "UseSTARTTLS=YES\n" },
	  },
	  "relay smtp://localhost:25\n"
	  "note ssmtp.conf:3\n" },
	{ {
		{ "/etc/ssmtp/ssmtp.conf",
		  "root=postmaster\n"
		  "mailhub=localhost\n"
		  "hostname=web.example.com\n"
		  "rewriteDomain=a@example.com\n" },
	  },
	  "relay smtp://localhost:25\n"
	  "tls none\n"
	  "domain example.com\n"
	  "helo web.example.com\n"
	  "admin postmaster@example.com\n"
	  "note ssmtp.conf:1\n" },
	{ {
		{ "/etc/ssmtp/ssmtp.conf",
		  "root=postmaster\n"
		  "mailhub=localhost\n" },
	  },
	  "relay smtp://localhost:25\n"
	  "tls none\n"
	  "lost ssmtp.conf:1\n" },
	{ {
		{ "/etc/ssmtp/ssmtp.conf",
		  "root=\n"
		  "mailhub=localhost\n"
		  "hostname=web\n" },
	  },
	  "relay smtp://localhost:25\n"
	  "tls none\n"
	  "domain web\n"
	  "helo web\n" },
	{ {
		{ "/etc/ssmtp/ssmtp.conf",
		  "mailhub=localhost\n"
		  "FromLineOverride=YES\n"
		  "AddHeader=X-A: b\n"
		  "Debug=YES\n"
		  "secret=hunter2\n"
		  "UseOldAUTH=no\n" },
	  },
	  "relay smtp://localhost:25\n"
	  "tls none\n"
	  "lost ssmtp.conf:3\n"
	  "lost ssmtp.conf:4\n"
	  "lost ssmtp.conf:5\n"
	  "lost ssmtp.conf:6\n"
	  "lost ssmtp.conf:2\n" },
	{ {
		{ "/etc/ssmtp/ssmtp.conf",
		  "mailhub=localhost:465\n"
		  "UseTLS=YES\n"
		  "UseTLSCert=YES\n"
		  "TLSCert=/etc/c.pem\n"
		  "TLS_CA_File=/etc/ca.pem\n" },
	  },
	  "relay smtps://localhost:465\n"
	  "tls-ca-file /etc/ca.pem\n"
	  "tls-cert-file /etc/c.pem\n"
	  "tls-key-file /etc/c.pem\n"
	  "note ssmtp.conf:2\n"
	  "note ssmtp.conf:4\n" },
	{ {
		{ "/etc/ssmtp/ssmtp.conf",
		  "mailhub=localhost:465\n"
		  "UseTLS=YES\n"
		  "UseTLSCert=YES\n"
		  "TLSCert=c.pem\n" },
	  },
	  "relay smtps://localhost:465\n"
	  "note ssmtp.conf:2\n"
	  "lost ssmtp.conf:4\n"
	  "lost ssmtp.conf:4\n"
	  "note ssmtp.conf:4\n" },
	{ {
		{ "/etc/ssmtp/ssmtp.conf",
		  "mailhub=localhost:70000\n" },
	  },
	  "tls none\n"
	  "lost ssmtp.conf:1\n" },
	{ {
		{ "/etc/ssmtp/ssmtp.conf",
		  "mailhub=smtp.example.com:587\n"
		  "UseSTARTTLS=YES\n" },
		{ "/etc/ssmtp/revaliases",
		  "# x\n"
		  "root:me@example.com:smtp.example.com:587\n"
		  "www:web@example.com\n"
		  "ann:ann@example.com:other.example.com\n"
		  "bad\n" },
	  },
	  "relay smtp://smtp.example.com:587\n"
	  "note ssmtp.conf:2\n"
	  "lost revaliases:4\n"
	  "lost revaliases:5\n"
	  "root\tme@example.com\n"
	  "www\tweb@example.com\n"
	  "ann\tann@example.com\n" },
	{ {
	  },
	  "relay smtp://mail:25\n"
	  "tls none\n"
	  "note ssmtp.conf\n" },
};

static void
test_cases(void **state)
{
	static const char *const files[2] = { "/etc/ssmtp/ssmtp.conf",
	    "/etc/ssmtp/revaliases" };

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		check_old_case(&cases[i], files, ssmtp_import);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
