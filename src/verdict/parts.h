/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VERDICT_PARTS_H
#define VERDICT_PARTS_H

/* Devices and parts of them, as an instance claims them for itself: may it? */

#include "check.h"

enum part_fault {
    PART_SOUND,
    PART_WITHOUT, /* the device has none such */
    PART_UNKNOWN,
    PART_RESERVED, /* of a whole device: some of it is */
    PART_NOT_AVAILABLE,
};

/* Number is ignored for CLAIM_WHOLE. */
enum part_fault part_fault(const struct device *device, enum claim_kind kind, unsigned int number);
/* The device's parts of that kind; NULL for CLAIM_WHOLE. */
const struct device_parts *parts_of(const struct device *device, enum claim_kind kind);
/* No part of that kind has this number or one above; 0 where that is not known. */
unsigned int parts_limit(const struct device *device, enum claim_kind kind);

/* By the name or PCI address under which it is claimed; NULL: there is none. A tree's own words on
 * a device say more than the machine knows of it: its parts, and that name. */
const struct device *claimed_device(const struct machine *machine,
                                    const struct check_options *options, const char *name);
/* What tells whether two claims are of the same device, however they call it. device: the claimed
 * one, NULL none. */
const char *claimed_name(const struct claim *claim, const struct device *device);

#endif
