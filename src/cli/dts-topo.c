/* SPDX-License-Identifier: Apache-2.0 */
/* A machine as a device tree on stdout. */

#include "machine-devicetree.h"
#include "render-topo.h"

int dts_topo(const struct machine *machine)
{
    autodt struct dt *dt = NULL;
    int r = machine_to_devicetree(machine, &dt);

    return r < 0 ? r : dt_write_text(dt, stdout);
}
