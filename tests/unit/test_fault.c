#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "mail/trouble.h"
#include "mail/verdict.h"
#include "smtp/fault.h"

/* What an agent can say is wrong, and what kind that is. */
static const struct {
	enum fault fault;
	enum trouble trouble;
} faults[] = {
	{ FAULT_CONFIG, TROUBLE_LOCAL },
	{ FAULT_CREDENTIALS, TROUBLE_LOCAL },
	{ FAULT_ANCHORS, TROUBLE_LOCAL },
	{ FAULT_IDENTITY, TROUBLE_LOCAL },
	{ FAULT_OPENSSL, TROUBLE_LOCAL },
	{ FAULT_NO_RELAY, TROUBLE_LOCAL },
	{ FAULT_RESOLVE, TROUBLE_RESOLVE },
	{ FAULT_CONNECT, TROUBLE_CONNECT },
	{ FAULT_GREETING, TROUBLE_LOST },
	{ FAULT_LOST, TROUBLE_LOST },
	{ FAULT_PROTOCOL, TROUBLE_PROTOCOL },
	{ FAULT_REFUSED, TROUBLE_REFUSED },
	{ FAULT_TLS, TROUBLE_TLS },
	{ FAULT_NO_TLS, TROUBLE_TLS },
	{ FAULT_CERTIFICATE, TROUBLE_TLS },
	{ FAULT_NO_STARTTLS, TROUBLE_TLS },
	{ FAULT_INJECTED, TROUBLE_TLS },
	{ FAULT_NO_AUTH, TROUBLE_AUTH },
	{ FAULT_MECHANISM, TROUBLE_AUTH },
	{ FAULT_AUTH_CLEAR, TROUBLE_AUTH },
	{ FAULT_EXCHANGE, TROUBLE_AUTH },
	{ FAULT_PASSWORD, TROUBLE_AUTH },
	{ FAULT_AUTH_NEEDED, TROUBLE_AUTH },
	{ FAULT_SPOOL, TROUBLE_LOCAL },
};
enum { NFAULTS = sizeof(faults) / sizeof(faults[0]) };

static void
test_faults(void **state)
{
	(void)state;
	assert_int_equal(NFAULTS, FAULT_MAX);
	for (int i = 0; i < NFAULTS; i++) {
		struct verdict v = fault_verdict(faults[i].fault, NULL, "f",
		    "detail");

		if (v.trouble != (int)faults[i].trouble)
			fail_msg("%s: %s", v.text,
			    trouble_name((enum trouble)v.trouble));
		assert_int_equal(v.class, v.trouble == (int)TROUBLE_LOCAL ?
		    VERDICT_LOCAL : VERDICT_RELAY);
		assert_int_equal(v.outcome, VERDICT_TEMPORARY);
	}
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_faults),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
