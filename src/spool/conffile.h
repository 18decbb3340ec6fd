#ifndef SPOOL_CONFFILE_H
#define SPOOL_CONFFILE_H

#include <stddef.h>

struct buf;
struct config;

/*
 * Reads a configuration file.  Every line that cannot be taken keeps its
 * default and adds a line "FILE:LINE: what is wrong and what would be right"
 * to errors; so does a file that cannot be read, unless path is NULL, which
 * stands for the installed one and may be missing.  The result is never NULL
 * and belongs to the caller, who frees it with config_free.
 */
struct config *conffile_load(const char *path, struct buf *errors);

/* The same from text, for which name stands in the errors. */
struct config *conffile_parse(const char *name, const char *text, size_t len,
    struct buf *errors);

#endif
