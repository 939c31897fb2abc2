/* SPDX-License-Identifier: Apache-2.0 */
/* Is this wish sound? Runs the tables of rules, and has what rules share. A new rule is one
 * function in the file of its subject and one row in that file's table. */

#include "check-rules.h"

#include <string.h>

static const whole_rule *const rules_of_all[] = {
    host_rules, pool_rules, name_rules, sum_rules, region_sum_rules, claim_sum_rules, remark_rules,
};
static const subject_rule *const rules_of_subject[] = {
    target_rules,  cpu_rules,    affinity_rules, node_rules,   policy_rules,
    traffic_rules, memory_rules, region_rules,   device_rules, claim_rules,
};

struct place place_of(const struct subject *subject, enum instance_key key)
{
    const struct mark *at = subject->instance->at;

    return (struct place){.subject = subject->instance->name,
                          .is_instance = true,
                          .at = at[key].line ? at[key] : at[KEY_NAME]};
}

bool is_tree(const struct check *check)
{
    return check->wishes->spec->format == SPEC_DEVICE_TREE;
}

char *say(const struct check *check, const char *key, const char *value)
{
    return is_tree(check) ? text("%s = \"%s\"", key, value) : text("\"%s: %s\"", key, value);
}

int report(const struct check *check, struct place place, enum finding_code code, char *fact,
           char *way_out)
{
    return findings_add(check->findings, code, place, fact, way_out);
}

int set_filter(const struct check *check, hwloc_const_bitmap_t set, id_test is_it,
               hwloc_bitmap_t *ret_set)
{
    autoset hwloc_bitmap_t found = hwloc_bitmap_alloc();

    if (!found)
        return -ENOMEM;
    for (int id = hwloc_bitmap_first(set); id != -1; id = hwloc_bitmap_next(set, id)) {
        if (is_it(check, (unsigned int)id) && hwloc_bitmap_set(found, (unsigned int)id) < 0)
            return -ENOMEM;
    }
    *ret_set = TAKE(found);
    return 0;
}

static int report_fault(const struct check *check, struct place place, const char *noun,
                        hwloc_const_bitmap_t set, const struct id_fault *fault)
{
    autoset hwloc_bitmap_t bad = NULL;
    autofree char *list = NULL;
    int r = set_filter(check, set, fault->is_it, &bad);

    if (r < 0 || hwloc_bitmap_iszero(bad))
        return r;
    list = text_set(noun, bad);
    if (!list)
        return -ENOMEM;
    return report(check, place, fault->code,
                  text("%s %s", list, hwloc_bitmap_weight(bad) == 1 ? fault->one : fault->many),
                  fault->way_out ? strdup(fault->way_out) : NULL);
}

int report_faults(const struct check *check, struct place place, const char *noun,
                  hwloc_const_bitmap_t set, const struct id_fault *faults)
{
    int r = 0;

    for (; r == 0 && faults->is_it; faults++)
        r = report_fault(check, place, noun, set, faults);
    return r;
}

/* Where the policy alone lets memory be. */
static int find_policy_home(const struct check *check, const struct subject *subject,
                            hwloc_bitmap_t home)
{
    hwloc_const_bitmap_t named = subject->wish->nodes;

    switch (subject->instance->memory_policy) {
    case MEMORY_POLICY_LOCAL:
        if (subject->cpu_nodes)
            return hwloc_bitmap_copy(home, subject->cpu_nodes);
        break;
    case MEMORY_POLICY_BIND:
    case MEMORY_POLICY_INTERLEAVE:
    case MEMORY_POLICY_WEIGHTED_INTERLEAVE:
        if (named)
            return hwloc_bitmap_copy(home, named);
        break;
    case MEMORY_POLICY_PREFERRED:
        break;
    }
    return named ? hwloc_bitmap_or(home, check->ordinary_nodes, named)
                 : hwloc_bitmap_copy(home, check->ordinary_nodes);
}

static int find_region_nodes(const struct check *check, struct subject *subject)
{
    const uint64_t *bytes = subject->wish->region_bytes;

    if (!bytes)
        return 0;
    subject->region_nodes = hwloc_bitmap_alloc();
    if (!subject->region_nodes)
        return -ENOMEM;
    for (unsigned int i = 0; i < check->machine->n_nodes; i++) {
        if (bytes[i] > 0 &&
            hwloc_bitmap_set(subject->region_nodes, check->machine->nodes[i].id) < 0)
            return -ENOMEM;
    }
    return 0;
}

/* Where its memory may be at all: its addresses say, or else the hard rules together, as the
 * planner has them. */
static int find_home(const struct check *check, struct subject *subject)
{
    if (subject->region_nodes) {
        subject->home = hwloc_bitmap_dup(subject->region_nodes);
        return subject->home ? 0 : -ENOMEM;
    }
    subject->home = hwloc_bitmap_alloc();
    if (!subject->home || find_policy_home(check, subject, subject->home) < 0)
        return -ENOMEM;
    if (subject->instance->cpu_affinity == CPU_AFFINITY_LOCAL && subject->cpu_nodes &&
        hwloc_bitmap_and(subject->home, subject->home, subject->cpu_nodes) < 0)
        return -ENOMEM;
    return 0;
}

/* Usable nodes whose memory the planner takes without being told to. */
static int find_ordinary(struct check *check)
{
    check->ordinary_nodes = hwloc_bitmap_alloc();
    if (!check->ordinary_nodes)
        return -ENOMEM;
    for (unsigned int i = 0; i < check->machine->n_nodes; i++) {
        unsigned int id = check->machine->nodes[i].id;

        if (hwloc_bitmap_isset(check->usable_nodes, id) &&
            wishes_node_is_ordinary(check->wishes, i) &&
            hwloc_bitmap_set(check->ordinary_nodes, id) < 0)
            return -ENOMEM;
    }
    return 0;
}

/* CPUs for the planner: usable ones that no instance names. */
static int find_choice(struct check *check)
{
    check->choice_cpus = hwloc_bitmap_dup(check->usable_cpus);
    if (!check->choice_cpus)
        return -ENOMEM;
    for (unsigned int i = 0; i < check->n_subjects; i++) {
        hwloc_const_bitmap_t taken = check->subjects[i].wish->cpus;

        if (taken && hwloc_bitmap_andnot(check->choice_cpus, check->choice_cpus, taken) < 0)
            return -ENOMEM;
    }
    return 0;
}

static int prepare_subject(const struct check *check, const struct wish *wish,
                           struct subject *subject)
{
    int r;

    subject->wish = wish;
    subject->instance = wish->instance;
    if (wish->cpus) {
        subject->cpu_nodes = machine_nodes_of_cpus(check->machine, wish->cpus);
        if (!subject->cpu_nodes)
            return -ENOMEM;
    }
    r = find_region_nodes(check, subject);
    return r < 0 ? r : find_home(check, subject);
}

/* Where nodes and pools are in the physical address space. */
static int find_extents(struct check *check)
{
    const struct spec *spec = check->wishes->spec;
    int r = 0;

    for (unsigned int i = 0; r == 0 && i < check->machine->n_nodes; i++)
        r = extents_add_all(&check->node_extents, check->machine->nodes[i].ranges,
                            check->machine->nodes[i].n_ranges, i);
    for (unsigned int i = 0; r == 0 && i < spec->n_pools; i++)
        r = extents_add(&check->pool_extents, spec->pools[i].region, i);
    extents_sort(&check->node_extents);
    extents_sort(&check->pool_extents);
    return r;
}

static int prepare(struct check *check)
{
    const struct wishes *wishes = check->wishes;
    int r;

    check->usable_cpus = machine_usable_cpus(check->machine);
    check->usable_nodes = machine_usable_nodes(check->machine);
    check->subjects = calloc(wishes->n_wishes + 1, sizeof(*check->subjects));
    if (!check->usable_cpus || !check->usable_nodes || !check->subjects ||
        hwloc_bitmap_andnot(check->usable_cpus, check->usable_cpus, wishes->reserved_cpus) < 0)
        return -ENOMEM;
    check->cores = count_cores(check);
    r = find_extents(check);
    if (r == 0)
        r = find_ordinary(check);
    for (unsigned int i = 0; r == 0 && i < wishes->n_wishes; i++)
        r = prepare_subject(check, &wishes->wishes[i], &check->subjects[check->n_subjects++]);
    return r < 0 ? r : find_choice(check);
}

static void cleanup_check(struct check *check)
{
    for (unsigned int i = 0; i < check->n_subjects; i++) {
        hwloc_bitmap_free(check->subjects[i].cpu_nodes);
        hwloc_bitmap_free(check->subjects[i].region_nodes);
        hwloc_bitmap_free(check->subjects[i].home);
    }
    free(check->subjects);
    hwloc_bitmap_free(check->usable_cpus);
    hwloc_bitmap_free(check->choice_cpus);
    hwloc_bitmap_free(check->usable_nodes);
    hwloc_bitmap_free(check->ordinary_nodes);
    extents_fini(&check->node_extents);
    extents_fini(&check->pool_extents);
}

static int run_rules(const struct check *check)
{
    int r = 0;

    for (unsigned int t = 0; t < ARRAY_SIZE(rules_of_all); t++) {
        for (const whole_rule *rule = rules_of_all[t]; r == 0 && *rule; rule++)
            r = (*rule)(check);
    }
    for (unsigned int i = 0; i < check->n_subjects; i++) {
        for (unsigned int t = 0; t < ARRAY_SIZE(rules_of_subject); t++) {
            for (const subject_rule *rule = rules_of_subject[t]; r == 0 && *rule; rule++)
                r = (*rule)(check, &check->subjects[i]);
        }
    }
    return r;
}

/* What was laid over the file comes behind it. */
static int compare_marks(struct mark a, struct mark b)
{
    int order = a.file == b.file ? 0 : !a.file ? -1 : !b.file ? 1 : strcmp(a.file, b.file);

    if (order)
        return order;
    if (a.line != b.line)
        return a.line < b.line ? -1 : 1;
    return a.column < b.column ? -1 : a.column > b.column;
}

static int compare_places(const void *a, const void *b)
{
    const struct finding *const *x = a, *const *y = b;
    int order = compare_marks((*x)->at, (*y)->at);

    return order ? order : *x < *y ? -1 : *x > *y; /* both are of one array */
}

/* Into the order of the file, keeping the order of the rules at one place. */
static int sort_by_place(struct finding *findings, unsigned int n)
{
    autofree struct finding *sorted = calloc(n, sizeof(*sorted));
    autofree const struct finding **order = calloc(n, sizeof(*order));

    if (!sorted || !order)
        return -ENOMEM;
    for (unsigned int i = 0; i < n; i++)
        order[i] = &findings[i];
    qsort(order, n, sizeof(*order), compare_places);
    for (unsigned int i = 0; i < n; i++)
        sorted[i] = *order[i];
    memcpy(findings, sorted, n * sizeof(*sorted));
    return 0;
}

int check_wishes(const struct wishes *wishes, const struct check_options *options,
                 struct findings *findings)
{
    unsigned int n_before = findings->n_findings;
    CLEANUP(cleanup_check)
    struct check check = {
        .wishes = wishes, .machine = wishes->machine, .options = options, .findings = findings};
    int r = prepare(&check);

    if (r == 0)
        r = run_rules(&check);
    if (r < 0)
        return r;
    if (findings->n_findings == n_before)
        return 0;
    return sort_by_place(findings->findings + n_before, findings->n_findings - n_before);
}
