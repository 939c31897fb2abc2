/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BASE_SIZE_H
#define BASE_SIZE_H

/* Amounts of memory, and of memory traffic, as people write them. */

#include "error.h"

#include <stdint.h>

#define KIB (UINT64_C(1) << 10)
#define MIB (UINT64_C(1) << 20)
#define GIB (UINT64_C(1) << 30)

/* A value that the source did not tell. Never a number to calculate with. */
#define UNKNOWN_U64 UINT64_MAX

/* "8GiB", "1.5G", "512 MiB", "4096" to bytes. Units B, KiB, MiB, GiB, TiB and K, M, G, T, all
 * powers of 1024, in any case. -EINVAL with a message for anything else, -ERANGE above 2^63. */
int size_parse(const char *text, uint64_t *ret_bytes, struct np_error *err);

/* "12GiB/s", "1.5 TB/s", "800MB/s" to bytes a second. Units B/s, KiB/s to TiB/s of 1024 and kB/s to
 * TB/s of 1000, in any case. -EINVAL with a message for anything else, -ERANGE above 2^63. */
int rate_parse(const char *text, uint64_t *ret_rate, struct np_error *err);

#define SIZE_TEXT_MAX 32
/* Bytes for people: "16 GiB", "1.5 GiB", "0", "unknown". Returns text. */
const char *size_format(uint64_t bytes, char text[SIZE_TEXT_MAX]);
/* Bytes a second for people: "12 GiB/s". Returns text. */
const char *rate_format(uint64_t rate, char text[SIZE_TEXT_MAX]);
/* The same without loss, in the largest unit that says it exactly: "12GiB/s", "800MB/s". */
const char *rate_write(uint64_t rate, char text[SIZE_TEXT_MAX]);

#endif
