/*
 * A spool of its own for a group of tests, in the directory of this name; the
 * state of a test is its descriptor.
 */
static char directory[] = "/tmp/onehop.XXXXXX";

static int
set_up(void **state)
{
	static int spool;

	if (mkdtemp(directory) == NULL)
		return -1;
	spool = spool_open(directory);
	*state = &spool;
	return spool == -1 ? -1 : 0;
}

static int
tear_down(void **state)
{
	char command[sizeof(directory) + sizeof("rm -rf ")];

	close(*(int *)*state);
	snprintf(command, sizeof(command), "rm -rf %s", directory);
	return system(command);
}
