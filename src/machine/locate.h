/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MACHINE_LOCATE_H
#define MACHINE_LOCATE_H

/*
 * On which node something is. A thing is named as numactl names it:
 *   netdev:eth0         a network device
 *   block:sda           a block device; block:/dev/sda too
 *   file:PATH           the device that a file is on; the device itself for a device node
 *   pci:[SEG:]BUS:DEV[.FN]
 *   ip:HOST             the network device that packets to HOST leave through
 *
 * The one idea: every device is a directory below /sys/devices, and its node is the numa_node of
 * the nearest directory at or above it that knows one. Devices made of others (bonds, VLANs, RAID,
 * LVM) are where all their members are. An unknown node stays unknown: it is never taken for node
 * 0.
 */

#include "root.h"

/* Whether text starts with one of the five words and a colon. */
bool locate_is_device(const char *text);

/*
 * The kernel id of the node of device, which may also be a bare name or PCI address as `numaplace
 * topo` shows it (eth0, nvme0n1, card0, 0000:01:00.0). -ENOENT: there is no such device. -ENODATA:
 * it is there, and nobody knows its node. -EINVAL: not the name of a device. -ENOTUNIQ: its members
 * are on several nodes. All with a message. file: and ip: ask the running machine, whatever root
 * is.
 */
int locate_device(const struct root *root, const char *device, unsigned int *ret_node,
                  struct np_error *err);

/* The same for the directory of a device in sysfs ("sys/class/net/eth0"). -ENODATA when nobody
 * knows its node, -ENOTUNIQ as above; no message. */
int locate_path(const struct root *root, const char *path, unsigned int *ret_node);

#define LOCATE_PCI_MAX 40

/* Writes a PCI address of which segment and function may be left out as the kernel does:
 * 0000:01:00.0. False when text is none. */
bool locate_parse_pci(const char *text, char address[LOCATE_PCI_MAX]);

/* Says that nobody knows the node of device; returns -ENODATA. */
int locate_unknown_node(const char *device, struct np_error *err);

#endif
