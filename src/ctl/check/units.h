#ifndef CTL_CHECK_UNITS_H
#define CTL_CHECK_UNITS_H

#include <stdbool.h>

/* Whether systemd is what starts services here. */
bool units_are_used(void);

/*
 * The unit of onehop that systemd starts at boot, "onehop.service" or the one
 * that starts the flusher on demand; NULL when there is none.
 */
const char *units_enabled(void);

/* Whether it is the latter. */
bool units_on_demand(void);

#endif
