#ifndef CTL_SETUP_H
#define CTL_SETUP_H

struct config;

/*
 * The configuration of this file, or of the installed one for NULL; mistakes
 * in it are said and end the program.  The result is freed with config_free.
 */
struct config *setup_config(const char *file);

/* The spool that it names, opened as its owner (spool/owner.h). */
int setup_spool(const char *file);

#endif
