/* SPDX-License-Identifier: Apache-2.0 */
/* A machine as a device tree on stdout: as text, or as a blob. */

#include "machine-devicetree.h"
#include "render-topo.h"

int dts_topo(const struct machine *machine)
{
    autodt struct dt *dt = NULL;
    int r = machine_to_devicetree(machine, &dt);

    if (r == 0)
        r = dt_write_text(dt, stdout);
    return ferror(stdout) ? 0 : r; /* cli_finish says what did not get there */
}

int dtb_topo(const struct machine *machine)
{
    autodt struct dt *dt = NULL;
    autofree char *blob = NULL;
    size_t size;
    int r = machine_to_devicetree(machine, &dt);

    if (r == 0)
        r = dt_write_blob(dt, &blob, &size, NULL); /* it has no references: memory alone can fail */
    if (r == 0)
        (void)fwrite(blob, 1, size, stdout); /* cli_finish says what did not get there */
    return r;
}
