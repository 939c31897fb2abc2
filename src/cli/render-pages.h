/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_RENDER_PAGES_H
#define CLI_RENDER_PAGES_H

/* `numaplace pages`: one observation as text and as JSON. */

#include "observation.h"

#include <jansson.h>

/* all: every mapping by address; else the largest ones, the largest first. 0 or -ENOMEM. */
int render_pages(const struct observation *observation, bool all);
/* Everything. NULL when out of memory. */
json_t *json_pages(const struct observation *observation);

#endif
