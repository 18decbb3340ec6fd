#include <config.h>

#include <assert.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/passwd.h"
#include "base/xmalloc.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

/* Of one line, fgetpwent reads what we find. */
static void
compare(const struct passwd_entry *e, uid_t uid)
{
	size_t len = strcspn(e->name, "\n");
	char *line = xstrndup(e->name, len);
	FILE *file = fmemopen(line, len, "r");
	struct passwd *pw = fgetpwent(file);

	assert(pw != NULL && pw->pw_uid == uid);
	assert(strlen(pw->pw_name) == e->namelen);
	assert(memcmp(pw->pw_name, e->name, e->namelen) == 0);
	assert(strlen(pw->pw_gecos) == e->gecoslen);
	assert(memcmp(pw->pw_gecos, e->gecos, e->gecoslen) == 0);
	fclose(file);
	free(line);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	char *text = xstrndup((const char *)data, len);
	struct passwd_entry e;

	for (uid_t uid = 0; uid < 16; uid++)
		if (passwd_find(text, strlen(text), uid, &e)) {
			assert(e.name >= text);
			assert(e.gecos + e.gecoslen <= text + strlen(text));
			compare(&e, uid);
		}
	free(text);
	return 0;
}
