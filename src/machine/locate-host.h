/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MACHINE_LOCATE_HOST_H
#define MACHINE_LOCATE_HOST_H

/* What locating a file or an address has to ask the running system, not sysfs. */

#include "root.h"

#include <net/if.h>

#define HOST_INTERFACE_MAX IF_NAMESIZE

/* The network device through which packets to host (a name or address) leave; for an address of
 * this machine the device that has it. -ENOENT: it does not resolve. -ENETUNREACH: no route. */
int host_route(const char *host, char ret_interface[HOST_INTERFACE_MAX], struct np_error *err);

/* The block device under the file system that path is on, for those that have device numbers of
 * their own (btrfs, overlay): from mountinfo. -ENODEV when it is on none (tmpfs, nfs). */
int host_device_of_mount(const struct root *root, const char *path, dev_t *ret_dev,
                         struct np_error *err);

#endif
