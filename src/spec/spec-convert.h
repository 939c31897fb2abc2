/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SPEC_SPEC_CONVERT_H
#define SPEC_SPEC_CONVERT_H

/* A spec written down again, in either of its formats; what a format has no words for is told, so
 * that nothing is lost in silence. Reading back what was written gives the spec without its losses.
 */

#include "devicetree.h"
#include "machine.h"
#include "spec.h"

struct loss {
    char *subject;  /* instance, or "host" */
    char *what;     /* "id 3" */
    char *why;      /* "a placement file has no word for it" */
    struct mark at; /* in the file that the spec was read from */
};

struct losses {
    struct loss *losses;
    unsigned int n;
};

void losses_fini(struct losses *losses);
#define autolosses CLEANUP(losses_fini)
/* what is taken over, also on failure; NULL is -ENOMEM. */
int losses_add(struct losses *losses, const char *subject, struct mark at, char *what,
               const char *why);

/* Says by number what is said of a machine, as "all", "!0-3" or "+0": a tree has no other words.
 * -EINVAL and -ERANGE, located, for what has no meaning on that machine or leaves an instance
 * nothing. */
int spec_settle(struct spec *spec, const struct machine *machine, struct np_error *err);

/* Writes into dt: a tree that is empty (dt_new), or a machine's. -ENOMEM only. What Kerf has no
 * word for is said with the prefix "numaplace,". */
int spec_to_devicetree(const struct spec *spec, struct dt *dt, struct losses *losses);

/* A blob has no names to refer by, so what instances call <device>_vf<N> without a node of that
 * label gets one. -ENOMEM only. */
int spec_define_references(const struct spec *spec, struct dt *dt);

/* Gives the words of a tree that was read from a blob the types that they have, so that its text is
 * what a person would write. A text has them, and is left alone. -ENOMEM only. */
int spec_type_blob(struct dt *dt);

/* For a blob: lists of CPUs and of memory in cells of 64 bits, as Kerf has them now. Of 32 bits,
 * <0 5> could be CPU 5 alone there, and <0x1000>, <0x2000> one address. -ENOMEM only. */
int spec_widen_lists(struct dt *dt);

/* The text of a placement file. -ENOMEM only. The caller frees. */
int spec_to_yaml(const struct spec *spec, char **ret_text, struct losses *losses);

#endif
