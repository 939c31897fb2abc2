/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SYS_ETHTOOL_H
#define SYS_ETHTOOL_H

/* What only a driver tells of a running network device: how it spreads flows over receive queues.
 */

#include <stdint.h>

/*
 * The RSS indirection table: the receive queue of each value that the hash of a packet can have,
 * modulo n. The caller frees. -EOPNOTSUPP: the device has none. Asked over netlink where the kernel
 * has that (6.3), else by ioctl.
 */
int ethtool_rss(const char *device, uint32_t **ret_queues, unsigned int *ret_n);

#endif
