/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MACHINE_HWLOC_ENV_H
#define MACHINE_HWLOC_ENV_H

/*
 * hwloc takes where to read from the environment, and so would whatever the user has there. Between
 * enter and leave it reads what we say: the running machine, or a captured tree alone.
 */

#define HWLOC_ENV_NAMES 8

struct hwloc_env {
    char *saved[HWLOC_ENV_NAMES]; /* what the user had; NULL where there was nothing */
};

/* tree NULL is the running machine, or none at all (XML, synthetic). On the running machine the
 * environment is touched only if one of the variables was set. */
int hwloc_env_enter(struct hwloc_env *env, const char *tree);
void hwloc_env_leave(struct hwloc_env *env);

#endif
