/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which nodes are right for a mapping.
 *
 * The one idea: with a wish, every mapping is held against the wish; without one, each against its
 * own policy, and what has the default policy against the nodes of the CPUs that the threads may
 * use, since that is where it would go if there is room.
 */

#include "rule.h"

#include <string.h>

/* What any of its threads may use. */
static int unite_threads(const struct observation *observation, hwloc_bitmap_t cpus,
                         hwloc_bitmap_t mems)
{
    for (unsigned int i = 0; i < observation->n_threads; i++) {
        const struct thread *thread = &observation->threads[i];

        if (hwloc_bitmap_or(cpus, cpus, thread->cpus_allowed) < 0 ||
            hwloc_bitmap_or(mems, mems, thread->mems_allowed) < 0)
            return -ENOMEM;
    }
    return 0;
}

static void keep_nodes_with_memory(const struct machine *machine, hwloc_bitmap_t nodes)
{
    for (unsigned int i = 0; i < machine->n_nodes; i++) {
        if (machine->nodes[i].total_bytes == 0)
            (void)hwloc_bitmap_clr(nodes, machine->nodes[i].id); /* never needs memory */
    }
}

int rules_init(const struct machine *machine, const struct expectation *expectation,
               const struct observation *observation, struct rules *ret_rules)
{
    autoset hwloc_bitmap_t cpus = hwloc_bitmap_alloc();
    autoset hwloc_bitmap_t allowed = hwloc_bitmap_alloc();
    autoset hwloc_bitmap_t local = NULL, near = NULL;

    if (!cpus || !allowed || unite_threads(observation, cpus, allowed) < 0)
        return -ENOMEM;
    if (hwloc_bitmap_iszero(allowed))
        hwloc_bitmap_fill(allowed);
    local = machine_nodes_of_cpus(machine, cpus);
    if (!local)
        return -ENOMEM;
    keep_nodes_with_memory(machine, local);
    near = hwloc_bitmap_dup(local);
    if (!near || hwloc_bitmap_and(near, near, allowed) < 0)
        return -ENOMEM;
    *ret_rules = (struct rules){.machine = machine,
                                .expectation = expectation,
                                .local = TAKE(local),
                                .near = TAKE(near),
                                .allowed = TAKE(allowed)};
    return 0;
}

static void rule_fini(struct rule *rule)
{
    hwloc_bitmap_free(rule->named);
    hwloc_bitmap_free(rule->right);
    hwloc_bitmap_free(rule->tolerated);
}

void rules_fini(struct rules *rules)
{
    for (unsigned int i = 0; i < rules->n; i++)
        rule_fini(&rules->rules[i]);
    free(rules->rules);
    hwloc_bitmap_free(rules->local);
    hwloc_bitmap_free(rules->near);
    hwloc_bitmap_free(rules->allowed);
}

/* By what was asked for. */
static int wished(const struct expectation *expectation, struct rule *rule)
{
    rule->interleaves = expectation->policy == MEMORY_POLICY_INTERLEAVE ||
                        expectation->policy == MEMORY_POLICY_WEIGHTED_INTERLEAVE;
    if (expectation->policy == MEMORY_POLICY_PREFERRED)
        hwloc_bitmap_fill(rule->tolerated);
    return hwloc_bitmap_copy(rule->right, expectation->mem_nodes);
}

/* By what the kernel was told. */
static int own(const struct rules *rules, struct rule *rule)
{
    rule->interleaves = rule->mode == POLICY_INTERLEAVE;
    switch (rule->mode) {
    case POLICY_BIND:
    case POLICY_INTERLEAVE:
    case POLICY_WEIGHTED:
        return hwloc_bitmap_copy(rule->right, rule->named);
    case POLICY_PREFER:
    case POLICY_DEFAULT:
        if (hwloc_bitmap_copy(rule->tolerated, rules->allowed) < 0)
            return -1;
        return hwloc_bitmap_copy(rule->right,
                                 rule->mode == POLICY_PREFER ? rule->named : rules->near);
    case POLICY_UNKNOWN:
        break;
    }
    return 0; /* no node is right */
}

static int rule_make(const struct rules *rules, const char *text, struct rule *ret_rule)
{
    struct rule rule = {.text = text};
    int r = policy_parse(text, &rule.mode, &rule.named);

    if (r < 0)
        return r;
    rule.right = hwloc_bitmap_alloc();
    rule.tolerated = hwloc_bitmap_alloc();
    if (!rule.right || !rule.tolerated)
        r = -ENOMEM;
    else if (rules->expectation->mem_nodes)
        r = wished(rules->expectation, &rule);
    else
        r = own(rules, &rule);
    if (r < 0) {
        rule_fini(&rule);
        return -ENOMEM;
    }
    rule.none = hwloc_bitmap_iszero(rule.right);
    *ret_rule = rule;
    return 0;
}

int rules_find(struct rules *rules, const struct mapping *mapping, const struct rule **ret_rule)
{
    struct rule *larger;
    int r;

    for (unsigned int i = 0; i < rules->n; i++) {
        if (strcmp(rules->rules[i].text, mapping->policy) == 0) {
            *ret_rule = &rules->rules[i];
            return 0;
        }
    }
    larger = reallocarray(rules->rules, rules->n + 1, sizeof(*larger));
    if (!larger)
        return -ENOMEM;
    rules->rules = larger;
    r = rule_make(rules, mapping->policy, &larger[rules->n]);
    if (r == 0)
        *ret_rule = &larger[rules->n++];
    return r;
}

static enum exempt exempt_reason(const struct mapping *mapping)
{
    switch (mapping->class) {
    case MAPPING_HUGE:
        return EXEMPT_HUGE;
    case MAPPING_SHARED:
        return EXEMPT_SHARED;
    default:
        return EXEMPT_PAGE_CACHE;
    }
}

static uint64_t minimum(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/* The policy governs what the process was given under it: anonymous memory and its own copies of
 * pages of files. What else is mapped (page cache, shared memory, the kernel's vdso) was placed by
 * somebody else. */
struct rule_bytes rule_apply(const struct rule *rule, const struct mapping *mapping)
{
    uint64_t pages = mapping_pages(mapping), fallback = 0, elsewhere = 0;
    uint64_t governed = mapping->anon_pages, doubtful = pages - governed, surely_not_right;

    if (rule->none)
        return (struct rule_bytes){.exempt = pages * mapping->page_bytes, .why = EXEMPT_NO_RULE};
    for (unsigned int i = 0; i < mapping->n_by_node; i++) {
        const struct node_pages *here = &mapping->by_node[i];

        if (hwloc_bitmap_isset(rule->right, here->node))
            continue;
        if (hwloc_bitmap_isset(rule->tolerated, here->node))
            fallback += here->pages;
        else
            elsewhere += here->pages;
    }
    /* numa_maps does not tell which node holds the private copies and which the page cache: only
     * what cannot be page cache is held against the process. */
    surely_not_right = fallback + elsewhere - minimum(fallback + elsewhere, doubtful);
    elsewhere = minimum(elsewhere, surely_not_right);
    return (struct rule_bytes){
        .judged = governed * mapping->page_bytes,
        .right = (governed - surely_not_right) * mapping->page_bytes,
        .fallback = (surely_not_right - elsewhere) * mapping->page_bytes,
        .elsewhere = elsewhere * mapping->page_bytes,
        .exempt = doubtful * mapping->page_bytes,
        .why = exempt_reason(mapping),
    };
}

static bool right_nodes_lack(const struct rules *rules, const struct rule *rule, uint64_t bytes)
{
    uint64_t free_bytes = 0;

    for (unsigned int i = 0; i < rules->machine->n_nodes; i++) {
        const struct node *node = &rules->machine->nodes[i];

        if (!hwloc_bitmap_isset(rule->right, node->id))
            continue;
        if (node->free_bytes == UNKNOWN_U64)
            return false;
        free_bytes += node->free_bytes;
    }
    return free_bytes < bytes;
}

/* Every page that is not right is on a node without CPUs, to which cold pages are demoted. */
static bool may_be_demoted(const struct rules *rules, const struct rule *rule,
                           const struct mapping *mapping)
{
    if (rules->machine->settings.demotion != 1)
        return false;
    for (unsigned int i = 0; i < mapping->n_by_node; i++) {
        const struct node *node = machine_node(rules->machine, mapping->by_node[i].node);

        if (!hwloc_bitmap_isset(rule->right, mapping->by_node[i].node) &&
            (!node || !hwloc_bitmap_iszero(node->cpus)))
            return false;
    }
    return true;
}

const char *rule_reason(const struct rules *rules, const struct rule *rule,
                        const struct mapping *mapping, uint64_t bytes)
{
    if (!hwloc_bitmap_isincluded(rule->named, rule->right))
        return "the program's own policy for it names other nodes";
    if (mapping->max_sharers > 1)
        return "shared with other processes since a fork: it stays until they let go of it";
    if (right_nodes_lack(rules, rule, bytes))
        return "there is not enough free memory on the right nodes";
    if (may_be_demoted(rules, rule, mapping))
        return "the kernel may have demoted it to slower memory";
    if (!hwloc_bitmap_iszero(rule->named))
        return "touched before this policy was set, or moved since: a policy moves no pages";
    if (rules->machine->settings.numa_balancing == 1)
        return "no policy binds it: touched elsewhere first, or moved by automatic balancing";
    return "no policy binds it: touched before it was placed, or by a thread elsewhere";
}
