/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_UNIT_RANDOM_H
#define TESTS_UNIT_RANDOM_H

/* splitmix64: the same cases everywhere. A case sets random_seed to its number. */

#include <stdbool.h>
#include <stdint.h>

static uint64_t random_seed;

static inline unsigned int below(unsigned int n)
{
    uint64_t z = (random_seed += 0x9e3779b97f4a7c15);

    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return (unsigned int)((z ^ (z >> 31)) % n);
}

static inline bool one_in(unsigned int n)
{
    return below(n) == 0;
}

#endif
