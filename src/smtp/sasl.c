#include <config.h>

#include "smtp/sasl.h"

#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "smtp/base64.h"
#include "spool/config.h"

/* RFC 4616: an empty authorization identity, the user, the password. */
static int
plain(struct sasl *s, const char *challenge, struct buf *response)
{
	struct buf message = { 0 };

	if (s->step > 0 || challenge[0] != '\0')
		return -1;
	buf_addc(&message, '\0');
	buf_adds(&message, s->user);
	buf_addc(&message, '\0');
	buf_adds(&message, s->password);
	base64_encode(message.data, message.len, response);
	buf_free(&message);
	return 0;
}

/*
 * draft-murchison-sasl-login: the user, then the password.  The challenges
 * are prompts, worded and even encoded in many ways, so only their number
 * counts.
 */
static int
login(struct sasl *s, const char *challenge, struct buf *response)
{
	const char *answer = s->step == 0 ? s->user : s->password;

	(void)challenge;
	if (s->step > 1)
		return -1;
	base64_encode(answer, strlen(answer), response);
	return 0;
}

struct mechanism {
	uint64_t bit;
	const char *name;
	bool speaks_first;
	int (*respond)(struct sasl *, const char *, struct buf *);
};

/* Strongest first. */
static const struct mechanism mechanisms[] = {
	{ AUTH_PLAIN, "PLAIN", true, plain },
	{ AUTH_LOGIN, "LOGIN", false, login },
};
enum { NMECHANISMS = sizeof(mechanisms) / sizeof(mechanisms[0]) };

uint64_t
sasl_mechanism(const char *name, size_t len)
{
	for (size_t i = 0; i < NMECHANISMS; i++) {
		if (strlen(mechanisms[i].name) == len &&
		    strncasecmp(mechanisms[i].name, name, len) == 0)
			return mechanisms[i].bit;
	}
	return 0;
}

/* The first mechanism of the set, which is the strongest, or NULL. */
static const struct mechanism *
first_of(uint64_t set)
{
	for (size_t i = 0; i < NMECHANISMS; i++)
		if (mechanisms[i].bit & set)
			return &mechanisms[i];
	return NULL;
}

const char *
sasl_name(uint64_t mechanism)
{
	return first_of(mechanism)->name;
}

uint64_t
sasl_strongest(uint64_t set)
{
	const struct mechanism *m = first_of(set);

	return m != NULL ? m->bit : 0;
}

bool
sasl_speaks_first(uint64_t mechanism)
{
	return first_of(mechanism)->speaks_first;
}

int
sasl_respond(struct sasl *s, const char *challenge, struct buf *response)
{
	const struct mechanism *m = first_of(s->mechanism);

	if (m->respond(s, challenge, response) == -1)
		return -1;
	s->step++;
	return 0;
}
