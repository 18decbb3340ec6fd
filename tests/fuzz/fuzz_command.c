#include <config.h>

#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "base/buf.h"
#include "mail/address.h"
#include "mail/command.h"
#include "mail/dsn.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
check_refusal(const struct command *cmd)
{
	assert(cmd->code >= 500 && cmd->code <= 599);
	assert(strlen(cmd->status) == 5 && cmd->status[0] == '5');
	assert(strlen(cmd->error) > 0 && strlen(cmd->error) < 80);
}

/* Whatever gets through may stand in a command, and says what it is. */
static void
check_path(const struct command *cmd, const struct buf *path)
{
	struct buf spec = { 0 };
	struct address a;
	bool nonascii = false;

	assert(strlen(path->data) == path->len);
	assert(path->len > 0 || cmd->verb == COMMAND_MAIL);
	for (const char *p = path->data; *p != '\0'; p++) {
		assert((unsigned char)*p >= ' ' && *p != '\177');
		nonascii = nonascii || (unsigned char)*p > 127;
	}
	assert(cmd->nonascii == nonascii);
	/* It is one address, and stays what it is. */
	if (path->len > 0) {
		assert(address_next(path->data, path->data + path->len, &a,
		    &spec) != NULL);
		assert(a.error == NULL && spec.len == path->len);
		assert(memcmp(spec.data, path->data, spec.len) == 0);
		assert(!a.qualified ||
		    address_check(path->data, path->len) == NULL);
	}
	buf_free(&spec);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	const char *line = len > 0 ? (const char *)data : "";
	struct buf path = { 0 };
	struct command cmd;

	command_parse(line, len, &cmd, &path);
	if (cmd.code != 0)
		check_refusal(&cmd);
	else if (cmd.verb == COMMAND_MAIL || cmd.verb == COMMAND_RCPT)
		check_path(&cmd, &path);
	else
		assert(path.len == 0);
	if (cmd.code == 0) {
		assert(cmd.verb > COMMAND_UNIMPLEMENTED);
		assert(cmd.status == NULL && cmd.error == NULL);
		assert(cmd.envid == NULL ||
		    dsn_check_envid(cmd.envid, cmd.envidlen) == NULL);
		assert(cmd.orcpt == NULL ||
		    dsn_check_orcpt(cmd.orcpt, cmd.orcptlen) == NULL);
		assert(!(cmd.notify & DSN_NEVER) || cmd.notify == DSN_NEVER);
		assert(cmd.chunk <= INT64_MAX);
	}
	buf_free(&path);
	return 0;
}
