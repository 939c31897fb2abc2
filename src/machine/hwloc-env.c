/* SPDX-License-Identifier: Apache-2.0 */
/* The environment in which hwloc is called. */

#include "hwloc-env.h"

#include "mem.h"

#include <errno.h>
#include <string.h>

/* captured is the value for a captured tree; its root goes into the first. */
static const struct {
    const char *name;
    const char *captured;
} variables[HWLOC_ENV_NAMES] = {
    {"HWLOC_FSROOT", NULL},
    {"HWLOC_THISSYSTEM", "0"},
    /* "stop": no other component may add what it knows of the running machine. */
    {"HWLOC_COMPONENTS", "linux,stop"},
    {"HWLOC_XMLFILE", NULL},
    {"HWLOC_SYNTHETIC", NULL},
    {"HWLOC_CPUID_PATH", NULL},
    {"HWLOC_DUMPED_HWDATA_DIR", "/none"},
    {"HWLOC_THISSYSTEM_ALLOWED_RESOURCES", NULL},
};

static int set_variable(const char *name, const char *value)
{
    if (value)
        return setenv(name, value, 1) < 0 ? -errno : 0;
    if (getenv(name))
        (void)unsetenv(name); /* fails for bad names only */
    return 0;
}

int hwloc_env_enter(struct hwloc_env *env, const char *tree)
{
    int r = 0;

    *env = (struct hwloc_env){0};
    for (size_t i = 0; i < ARRAY_SIZE(variables); i++) {
        const char *value = getenv(variables[i].name);

        if (value && !(env->saved[i] = strdup(value)))
            r = -ENOMEM;
    }
    for (size_t i = 0; r == 0 && i < ARRAY_SIZE(variables); i++)
        r = set_variable(variables[i].name, !tree ? NULL : i == 0 ? tree : variables[i].captured);
    if (r < 0)
        hwloc_env_leave(env);
    return r;
}

void hwloc_env_leave(struct hwloc_env *env)
{
    for (size_t i = 0; i < ARRAY_SIZE(variables); i++) {
        (void)set_variable(variables[i].name, env->saved[i]); /* as it was: memory was there */
        free(env->saved[i]);
        env->saved[i] = NULL;
    }
}
