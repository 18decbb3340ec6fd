#include <errno.h>
#include <stdio.h>
#include <string.h>

/*
 * The files of another program, and what is to become of them: the lines of
 * onehop.conf, then one of each "note" and "lost" at the right place, then
 * "password", and "sender" for a row of the table.
 */
struct old_file {
	const char *path;
	const char *text;
};

struct old_case {
	struct old_file files[6];
	const char *expected;
};

static int
read_old_file(void *arg, const char *path, struct buf *text)
{
	for (const struct old_file *f = arg; f->path != NULL; f++)
		if (strcmp(f->path, path) == 0) {
			buf_adds(text, f->text);
			return 0;
		}
	errno = ENOENT;
	return -1;
}

/* "PLACE: " or "PLACE: not carried over: ", as short as it can be. */
static void
summarize_line(const char *line, struct buf *out)
{
	const char *end = strstr(line, ": ");
	const char *name = line;

	for (const char *p = line; p < end; p++)
		if (*p == '/')
			name = p + 1;
	buf_printf(out, "%s %.*s\n", strncmp(end, ": not carried over: ",
	    20) == 0 ? "lost" : "note", (int)(end - name), name);
}

static void
summarize(const struct imported *im, struct buf *out)
{
	struct buf conf = { 0 }, list = { 0 };
	char *rest, *line;

	imported_print(im, &conf);
	imported_list(im, &list);
	for (rest = conf.data; (line = strsep(&rest, "\n")) != NULL;)
		if (*line != '#' && *line != '\0')
			buf_printf(out, "%s\n", line);
	for (rest = list.data; rest != NULL &&
	    (line = strsep(&rest, "\n")) != NULL;)
		if (*line != '\0')
			summarize_line(line, out);
	if (imported_secret(im) != NULL)
		buf_printf(out, "password %s\n", imported_secret(im)->text);
	if (imported_senders(im) != NULL)
		buf_adds(out, imported_senders(im));
	buf_free(&conf);
	buf_free(&list);
}

static void
check_old_case(const struct old_case *c, const char *const files[2],
    void (*import)(struct imported *, const char *const files[2]))
{
	struct old_file copy[6];
	struct buf got = { 0 }, errors = { 0 }, conf = { 0 };
	struct imported *im;
	struct config *cfg;

	memcpy(copy, c->files, sizeof(copy));
	im = imported_new("old", "host.example.com", read_old_file, copy);
	import(im, files);
	importcheck(im);
	summarize(im, &got);
	assert_string_equal(got.data, c->expected);
	imported_print(im, &conf);
	if (imported_secret(im) != NULL &&
	    strlen(imported_secret(im)->text) > 2)
		assert_null(strstr(conf.data, imported_secret(im)->text));
	buf_adds(&errors, "");
	cfg = conffile_parse("F", conf.data, conf.len, &errors);
	assert_string_equal(errors.data, "");
	config_free(cfg);
	imported_free(im);
	buf_free(&got);
	buf_free(&conf);
	buf_free(&errors);
}
