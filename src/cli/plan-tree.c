/* SPDX-License-Identifier: Apache-2.0 */
/* `plan --dts`: see plan-tree.h. */

#include "plan-tree.h"

#include "cli.h"
#include "spec-complete.h"
#include "spec-convert.h"

#include <stdio.h>
#include <stdlib.h>

int plan_tree_check(const struct spec_request *request, const struct spec *spec,
                    struct np_error *err)
{
    if (spec->format != SPEC_DEVICE_TREE) {
        error_set(err, -EINVAL, "%s is no device tree, which --dts could complete", spec->file);
        error_hint(err, "`numaplace convert --to=dts %s` makes one of it", spec->file);
        return -EINVAL;
    }
    if (request->overlays) {
        error_set(err, -EINVAL, "--dts completes one tree, and not %s with what lies over it",
                  spec->file);
        error_hint(err, "`numaplace convert --to=dts --overlay=FILE %s` makes one of them",
                   spec->file);
        return -EINVAL;
    }
    return 0;
}

/* Memory without an address: nobody knows which are free. */
static void tell_unplaced(const struct loaded_spec *loaded, const struct plan *plan)
{
    for (unsigned int i = 0; i < plan->n_placements; i++) {
        if (plan->placements[i].n_shares > 0 && plan->placements[i].n_regions == 0) {
            cli_message("no memory-base was chosen: %s does not tell where its nodes' memory is",
                        loaded->machine->source);
            return;
        }
    }
}

/* The tree is read again: a spec keeps no text. */
int plan_tree_print(const struct loaded_spec *loaded, const struct plan *plan, struct np_error *err)
{
    autofree struct choice *choices = calloc(plan->n_placements + 1, sizeof(*choices));
    autofree char *text = NULL;
    autodt struct dt *dt = NULL;
    int r = choices ? dt_load(loaded->spec->file, &dt, err) : -ENOMEM;

    if (r == 0)
        r = spec_type_blob(dt);
    for (unsigned int i = 0; r == 0 && i < plan->n_placements; i++) {
        const struct placement *placement = &plan->placements[i];

        choices[i] = (struct choice){placement->instance, placement->cpus, placement->regions,
                                     placement->n_regions};
    }
    if (r == 0)
        r = spec_complete_tree(dt, choices, plan->n_placements, &text, err);
    if (r < 0)
        return r;
    tell_unplaced(loaded, plan);
    fputs(text, stdout);
    return 0;
}
