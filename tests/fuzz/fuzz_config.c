#include <config.h>

#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "spool/conffile.h"
#include "spool/config.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static char *
parse_and_print(const char *text, size_t len, struct buf *errors)
{
	struct config *cfg = conffile_parse("F", text, len, errors);
	char *printed = NULL;
	size_t size;
	FILE *out = open_memstream(&printed, &size);

	assert(cfg->connections >= 1 && cfg->connections <= 100);
	assert(cfg->retry_min >= 1 && cfg->retry_max >= cfg->retry_min);
	assert(cfg->relay_retry_min >= 1 && cfg->max_size >= 1024);
	assert(cfg->relay_retry_max >= cfg->relay_retry_min);
	assert(cfg->auth != 0 && cfg->spool[0] == '/');
	config_print(cfg, out);
	fclose(out);
	config_free(cfg);
	return printed;
}

/* Whatever stands in it, what is in force is good and reads as the same. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct buf errors = { 0 }, none = { 0 };
	char *once = parse_and_print((const char *)data, len, &errors);
	char *twice = parse_and_print(once, strlen(once), &none);

	assert(none.len == 0);
	assert(strcmp(once, twice) == 0);
	if (errors.len > 0)
		assert(strncmp(errors.data, "F:", 2) == 0 &&
		    errors.data[errors.len - 1] == '\n');
	free(once);
	free(twice);
	buf_free(&errors);
	buf_free(&none);
	return 0;
}
