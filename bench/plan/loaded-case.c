/* SPDX-License-Identifier: Apache-2.0 */
/* A placement file and its machine: see loaded-case.h. */

#include "loaded-case.h"

#include <stdio.h>

static int load(const char *file, struct loaded_case *loaded, struct np_error *err)
{
    const struct plan_options options = {0};
    int r = spec_load(file, &loaded->spec, err);

    if (r == 0)
        r = machine_load(loaded->spec->machine, MACHINE_ALL, &loaded->machine, err);
    if (r == 0)
        r = wishes_resolve(loaded->machine, loaded->spec, &loaded->wishes, err);
    if (r == 0)
        r = model_init(&loaded->model, loaded->wishes, &options);
    return r;
}

void case_load(const char *file, struct loaded_case *ret_case)
{
    struct np_error err = {0};

    *ret_case = (struct loaded_case){0};
    if (load(file, ret_case, &err) == 0)
        return;
    fprintf(stderr, "%s: %s\n", file, err.text);
    exit(2);
}

void case_unload(struct loaded_case *loaded)
{
    model_fini(&loaded->model);
    (void)wishes_free(loaded->wishes);
    (void)spec_free(loaded->spec);
    (void)machine_free(loaded->machine);
}
