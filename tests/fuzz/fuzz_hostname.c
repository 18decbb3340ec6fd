#include <config.h>

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/xmalloc.h"
#include "spool/hostname.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

/* A name, and after the first line end a hosts file to find it in. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	char *hosts = xstrndup(len > 0 ? (const char *)data : "", len);
	char *host = strsep(&hosts, "\n");
	struct buf found = { 0 };

	if (hostname_valid(host, strlen(host))) {
		assert(*host != '\0' && strlen(host) < 256);
		assert(*host != '.' && host[strlen(host) - 1] != '.');
		assert(strpbrk(host, " \t\r\n<>@\"\\()[],;:/") == NULL);
		assert(strstr(host, "..") == NULL);
	}
	if (hosts != NULL && hostname_in_hosts(hosts, host, &found) == 0) {
		assert(strchr(found.data, '.') != NULL);
		assert(strpbrk(found.data, " \t\r\n#") == NULL);
		assert(strstr(hosts, found.data) != NULL);
		assert(strcasestr(hosts, host) != NULL);
	} else
		assert(found.len == 0);
	buf_free(&found);
	free(host);
	return 0;
}
