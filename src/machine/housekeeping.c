/* SPDX-License-Identifier: Apache-2.0 */
#include "housekeeping.h"

#include "set.h"

int housekeeping_cpus(const struct root *root, hwloc_bitmap_t *ret_cpus)
{
    autofree char *mask = NULL;
    autoset hwloc_bitmap_t cpus = NULL, undisturbed = NULL;
    int r = root_read(root, &mask, "proc/irq/default_smp_affinity");

    if (r == 0)
        r = set_parse_mask(mask, &cpus, NULL);
    if (r == -ENOMEM)
        return r;
    if (!cpus)
        cpus = hwloc_bitmap_alloc_full();
    if (!cpus)
        return -ENOMEM;
    /* "(null)" where the kernel has no such CPUs: nothing that is a set. */
    r = root_read_set(root, &undisturbed, "sys/devices/system/cpu/nohz_full");
    if (r == -ENOMEM || (r == 0 && hwloc_bitmap_andnot(cpus, cpus, undisturbed) < 0))
        return -ENOMEM;
    *ret_cpus = TAKE(cpus);
    return 0;
}
