/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VERDICT_KERF_WORDS_H
#define VERDICT_KERF_WORDS_H

/*
 * Facts in the words of Kerf's documentation, letter for letter: people search for these sentences,
 * and their scripts match them. They are for findings about a device tree; each rule has its own
 * words for the others. The caller frees; NULL when out of memory.
 */

#include "mem.h"

char *kerf_node_unknown(unsigned int node);
char *kerf_cpu_remote(unsigned int cpu, int node, hwloc_const_bitmap_t configured);
char *kerf_compact_split(hwloc_const_bitmap_t cpu_nodes);
char *kerf_spread_single(int node);
/* The two that say that CPUs and memory are apart. */
char *kerf_memory_remote(hwloc_const_bitmap_t cpu_nodes, hwloc_const_bitmap_t mem_nodes);
char *kerf_affinity_remote(hwloc_const_bitmap_t cpu_nodes, hwloc_const_bitmap_t mem_nodes);

#endif
