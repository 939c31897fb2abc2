/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MACHINE_SNAPSHOT_H
#define MACHINE_SNAPSHOT_H

/*
 * Capturing a machine: exactly the files that the readers of this layer read, no more of each than
 * they need, so that machine_load finds the same machine in them later and elsewhere.
 *
 * What would tell more than that stays out: MAC addresses (in names of devices too, which become
 * enx000000000001 and so on), serial numbers, the names of cgroups (one's own is shown as the top),
 * processes other than init and those that move interrupts.
 */

#include "root.h"
#include "tar.h"

/* Hands the captured files to put, each once; what it returns below 0 ends the capture. */
int snapshot_take(const struct root *root, tar_member_fn *put, void *user, struct np_error *err);

#endif
