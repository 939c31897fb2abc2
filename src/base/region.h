/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BASE_REGION_H
#define BASE_REGION_H

/* A piece of the physical address space: [base, base + bytes), never beyond 2^64. */

#include <stdint.h>

struct region {
    uint64_t base;
    uint64_t bytes;
};

#endif
