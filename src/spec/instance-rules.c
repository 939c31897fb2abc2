/* SPDX-License-Identifier: Apache-2.0 */
/* What the values of an instance may be. */

#include "instance-rules.h"

#include <string.h>

bool instance_name_is_valid(const char *name)
{
    static const char allowed[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";

    return name[0] != '\0' && name[0] != '.' && strlen(name) <= INSTANCE_NAME_MAX &&
           name[strspn(name, allowed)] == '\0';
}

bool cgroup_path_is_valid(const char *path)
{
    for (;;) {
        size_t n = strcspn(path, "/");

        if (n == 0 || strncmp(path, "..", n > 2 ? n : 2) == 0 || (n == 1 && path[0] == '.'))
            return false;
        if (path[n] == '\0')
            return true;
        path += n + 1;
    }
}
