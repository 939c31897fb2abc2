/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_JSON_UTIL_H
#define CLI_JSON_UTIL_H

/* Values as jansson wants them. All return NULL when out of memory. */

#include <hwloc/bitmap.h>
#include <jansson.h>
#include <stdint.h>

/* null for UNKNOWN_U64. */
json_t *json_bytes(uint64_t bytes);

/* null for -1, which is "unknown" in a machine. */
json_t *json_int(int value);
json_t *json_flag(int value); /* true or false */

/* In list format, "0-3,8"; null for NULL. */
json_t *json_set(hwloc_const_bitmap_t set);

/* Names of files and processes are bytes, JSON is UTF-8: of a text that is not, every byte beyond
 * ASCII becomes "?". null for NULL. */
json_t *json_text(const char *text);

/* Appends and takes over item; on failure array is gone, too. */
json_t *json_append(json_t *array, json_t *item);

/* {"node": 1, "bytes": 4096} */
json_t *json_node_bytes(unsigned int node, uint64_t bytes);

#endif
