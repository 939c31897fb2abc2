/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_CLI_SPEC_H
#define CLI_CLI_SPEC_H

/* What check, plan and apply begin with: a placement file, the machine it is held against, and what
 * check finds. */

#include "check.h"

#include <jansson.h>
#include <stdio.h>

struct spec_request {
    const char *path;
    char **overlays;     /* to lay over a tree, NULL-terminated; NULL none. cli_add_overlay() */
    const char *from;    /* a machine source instead of the file's own; NULL: the file's */
    unsigned int parts;  /* of the machine, enum machine_part; check needs TOPOLOGY and ATTRS */
    const char *without; /* nodes that are out of service, as a list; NULL none */
    const struct current *current; /* where instances are now; NULL: nowhere yet */
    bool use_free;
    bool running; /* a device tree is held against the running machine, whatever it describes */
    const char *instance; /* this one is the command, and the others are only planned; NULL: as the
                             file says */
    char *const *command; /* NULL-terminated */
};

/* The row for a command's options. */
#define CLI_OPTION_OVERLAY                                                                         \
    {                                                                                              \
        "overlay", 0, "FILE", "lay this over the device tree; may be given again"                  \
    }

#define CLI_OPTION_WITHOUT_NODE                                                                    \
    {                                                                                              \
        "without-node", 0, "LIST", "as if these nodes were out of service"                         \
    }

/* Appends file, which stays the caller's; the array is freed with free(). -ENOMEM. */
int cli_add_overlay(char ***overlays, const char *file);

/* A tree of hardware is its own machine, with all that lies over it. */
bool cli_describes_machine(const struct spec *spec);

/* What is there of the devices whose interrupts instances want. */
struct spec_irqs {
    struct interrupts *interrupts; /* NULL: nobody wants any, or the machine does not tell */
    struct nic **nics;             /* one an instance, in the spec's order; NULL as above */
    unsigned int n_nics;
};

/* Reads them and tells wishes. irqs is zeroed, and the caller's to end in either case. */
int spec_irqs_load(const struct machine *machine, struct wishes *wishes, struct spec_irqs *irqs,
                   struct np_error *err);
void spec_irqs_fini(struct spec_irqs *irqs);

struct loaded_spec {
    struct spec *spec;
    struct machine *machine;
    struct machine *described; /* by the file, where it is held against another; NULL: it is that
                                  one, or the file describes none */
    struct wishes *wishes;
    struct spec_irqs irqs;
    struct root *root; /* "/" when the machine is the running one, else NULL */
    struct findings findings;
};

/* Reads and checks. 0 also when there are findings. The caller calls loaded_spec_fini() whatever is
 * returned, on a struct that was zero before. */
int cli_spec_load(const struct spec_request *request, struct loaded_spec *loaded,
                  struct np_error *err);
void loaded_spec_fini(struct loaded_spec *loaded);

/* The exit status for what cli_spec_load returned: EXIT_INVALID for a file or machine that is not
 * understood, EXIT_FAILED when it could not be read. */
int cli_spec_exit(int code);

/* Are there no findings of this severity or worse? */
bool cli_spec_is_sound(const struct loaded_spec *loaded, enum severity least);

/* "2 errors, 1 warning", "no errors". Returns text. */
#define COUNTS_TEXT_MAX 64
const char *cli_counts_text(const struct findings *findings, char text[COUNTS_TEXT_MAX]);

#define autoloaded CLEANUP(loaded_spec_fini)

#endif
