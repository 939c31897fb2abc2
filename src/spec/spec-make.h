/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SPEC_SPEC_MAKE_H
#define SPEC_SPEC_MAKE_H

/* Filling a spec, for those who read one. */

#include "spec.h"

/* Appends one that is all zero; NULL when out of memory. Pointers into spec->instances change. */
struct instance *spec_add_instance(struct spec *spec);
void instance_fini(struct instance *instance);
void claim_fini(struct claim *claim);

/* Appends to spec; subject is copied, fact and way_out (may be NULL) are taken over, also on
 * failure. -ENOMEM, also for a NULL fact. */
int spec_remark(struct spec *spec, enum remark_kind kind, const char *subject, struct mark at,
                char *fact, char *way_out);

/* Formats. The caller frees; NULL when out of memory. */
char *format_text(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
