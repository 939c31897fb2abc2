/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_UNIT_ORACLE_RULES_H
#define TESTS_UNIT_ORACLE_RULES_H

/* What a placement must keep to, for the oracle and the checker of plans. Shares nothing with the
 * planner. Nodes and CPUs of the oracle's machines have their index as their id. */

#include "plan.h"

enum { NODES_MAX = 4 };

bool cpu_may_be_given(const struct wishes *wishes, const struct cpu *cpu);
bool cpu_is_for_counts(const struct wishes *wishes, const struct cpu *cpu);
bool node_has_memory(const struct machine *machine, unsigned int node);
/* Memory may be chosen there without being named. */
bool node_is_plain(const struct machine *machine, unsigned int node);
uint64_t node_room(const struct wishes *wishes, unsigned int node);
bool interleaves(const struct instance *instance);
/* CPUs on all nodes. */
unsigned int total(const unsigned int *counts);
/* May memory of this wish lie on node, its CPUs being where counts says? */
bool memory_may_lie(const struct wishes *wishes, const struct wish *wish,
                    const unsigned int *counts, unsigned int node);
/* The same of its CPUs. */
bool cpus_may_lie(const struct wishes *wishes, const struct wish *wish, const unsigned int *counts);
bool smt_is_kept(const struct machine *machine, enum smt_rule rule, hwloc_const_bitmap_t cpus);

#endif
