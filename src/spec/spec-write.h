/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SPEC_SPEC_WRITE_H
#define SPEC_SPEC_WRITE_H

/* What both writers of a spec have in common. */

#include "spec-convert.h"
#include "spec-make.h"

/* What the reader did not understand. */
int lose_unknown(const struct spec *spec, struct losses *losses);

/* Names its members, whatever the machine. */
bool set_expr_is_plain(const struct set_expr *expr);
/* As it would be written: "0-3", "!0-1", "+0-7", "all". The caller frees; NULL when out of memory.
 */
char *set_expr_text(const struct set_expr *expr);

#endif
