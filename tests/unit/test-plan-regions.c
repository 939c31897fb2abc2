/* SPDX-License-Identifier: Apache-2.0 */
/* Memory by address: what a device tree names, and what is chosen for it where it names nothing.
 * The specs are read as YAML and completed by hand, so that no reader of trees is needed. */
#include "test.h"

#include "plan.h"

#include <inttypes.h>
#include <string.h>

#include "make-machine.h"

/* Nodes follow one another from address 0. The cases' addresses are in these. */
#define UNIT GIB
enum { NODES_MAX = 3 };

struct fixture {
    struct machine *machine;
    struct spec *spec;
    struct wishes *wishes;
    struct plan *plan;
    struct refusal refusal;
    int result;
};

static void fixture_fini(struct fixture *f)
{
    plan_free(f->plan);
    refusal_fini(&f->refusal);
    wishes_free(f->wishes);
    spec_free(f->spec);
    machine_free(f->machine);
}

static void give_ranges(struct machine *machine)
{
    uint64_t base = 0;

    for (unsigned int i = 0; i < machine->n_nodes; i++) {
        struct node *node = &machine->nodes[i];

        node->ranges = calloc(1, sizeof(*node->ranges));
        node->ranges[0] = (struct region){base, node->total_bytes};
        node->n_ranges = 1;
        base += node->total_bytes;
    }
}

/* "a 8+4, b 0+1": instances' regions; "- 0+4": a pool; in units. */
static void read_regions(struct spec *spec, const char *text, uint64_t unit)
{
    spec->pools = calloc(8, sizeof(*spec->pools));
    while (*text) {
        char name[8];
        unsigned int base, bytes;
        int length;
        struct region region;

        assert_int_equal(sscanf(text, "%7s %u+%u%n", name, &base, &bytes, &length), 3);
        text += length;
        text += strspn(text, ", ");
        region = (struct region){base * unit, bytes * unit};
        if (name[0] == '-') {
            spec->pools[spec->n_pools++].region = region;
            continue;
        }
        for (unsigned int i = 0; i < spec->n_instances; i++) {
            struct instance *instance = &spec->instances[i];

            if (strcmp(instance->name, name) != 0)
                continue;
            instance->regions =
                realloc(instance->regions, (instance->n_regions + 1) * sizeof(struct region));
            instance->regions[instance->n_regions++] = region;
        }
    }
}

static void make(struct fixture *f, const struct machine_plan *machine, const char *yaml,
                 const char *regions, uint64_t unit)
{
    const struct plan_options options = {0};
    autofree char *text = NULL;
    struct np_error err = {0};

    *f = (struct fixture){.machine = make_machine(machine)};
    give_ranges(f->machine);
    assert_true(asprintf(&text, "version: 1\n%s", yaml) > 0);
    if (spec_parse("tree", text, strlen(text), &f->spec, &err) != 0)
        fail_msg("%s\n%s", err.text, text);
    f->spec->format = SPEC_DEVICE_TREE;
    read_regions(f->spec, regions, unit);
    assert_int_equal(wishes_resolve(f->machine, f->spec, &f->wishes, &err), 0);
    f->result = plan_make(f->wishes, &options, &f->plan, &f->refusal, &err);
}

/* "a 0-1 8+4; b 4-5 0+2 6+1", or "no: REASON | WAY OUT". */
static char *tell(const struct fixture *f)
{
    char *text = NULL;
    size_t length;
    FILE *stream = open_memstream(&text, &length);

    if (f->result != PLAN_MADE)
        fprintf(stream, "no: %s | %s", f->refusal.reason,
                f->refusal.way_out ? f->refusal.way_out : "-");
    for (unsigned int i = 0; f->plan && i < f->plan->n_placements; i++) {
        const struct placement *placement = &f->plan->placements[i];
        autofree char *cpus = set_format(placement->cpus);

        fprintf(stream, "%s%s %s", i ? "; " : "", placement->instance->name, cpus);
        for (unsigned int j = 0; j < placement->n_regions; j++)
            fprintf(stream, " %g+%g", (double)placement->regions[j].base / (double)UNIT,
                    (double)placement->regions[j].bytes / (double)UNIT);
    }
    assert_int_equal(fclose(stream), 0);
    return text;
}

#define TWO                                                                                        \
    {                                                                                              \
        .n_nodes = 2, .n_cpus = 4, .bytes = 8 * UNIT                                               \
    }
#define ONE(body) "instances:\n  - {name: a, " body "}\n"
#define PAIR(a, b) "instances:\n  - {name: a, " a "}\n  - {name: b, " b "}\n"
#define TRIPLE(a, b, c)                                                                            \
    "instances:\n  - {name: a, " a "}\n  - {name: b, " b "}\n  - {name: c, " c "}\n"

static const struct {
    const char *why;
    struct machine_plan machine;
    const char *spec;
    const char *regions;
    const char *expected;
} cases[] = {
    {"CPUs come to memory that is named", TWO, ONE("cpus: 2, memory: 4GiB"), "a 8+4", "a 4-5 8+4"},
    {"named memory stays whatever the policy says", TWO,
     ONE("cpus: \"0-1\", memory: 4GiB, memory-policy: local"), "a 8+4", "a 0-1 8+4"},
    {"local CPUs only where the named memory is", TWO,
     PAIR("cpus: \"4-6\"", "cpus: 2, memory: 4GiB, cpu-affinity: local"), "b 8+4",
     "no: 2 CPUs and 4 GiB (memory-policy local, cpu-affinity local) cannot be placed: it can have "
     "at most 1 CPU; of 8 CPUs 5 are free to choose from, 3 named by instances | lower cpus of "
     "\"b\" from 2 to 1, or set cpu-affinity of \"b\" to compact, or "
     "leave out the memory address of \"b\", for one to be chosen, or leave out \"a\""},
    {"an address is chosen on the node of the CPUs", TWO, ONE("cpus: \"4-5\", memory: 4GiB"), "",
     "a 4-5 8+4"},
    {"apart from what is named", TWO,
     PAIR("cpus: \"0\", memory: 2GiB", "cpus: \"1\", memory: 3GiB"), "a 0+2", "a 0 0+2; b 1 2+3"},
    {"the smallest hole that will do", TWO,
     PAIR("cpus: \"0\", memory: 1GiB", "cpus: \"1\", memory: 3GiB"), "a 3+1", "a 0 3+1; b 1 0+3"},
    {"in pools only", TWO, ONE("cpus: 2, memory: 2GiB"), "- 3+1, - 13+2", "a 4-5 13+2"},
    {"pools that touch are one", TWO, ONE("cpus: \"0\", memory: 2GiB"), "- 3+1, - 4+1", "a 0 3+2"},
    {"two shares touch where the nodes do", TWO,
     ONE("cpus: 6, memory: 6GiB, cpu-affinity: compact"), "", "a 0-5 4+6"},
    {"and are two regions where they cannot", TWO, PAIR("memory: 1GiB", "cpus: 6, memory: 6GiB"),
     "a 7+1", "a  7+1; b 0-5 0+4 8+2"},
    {"fragments are no room for one", TWO,
     PAIR("cpus: \"0\", memory: 1GiB", "cpus: \"1\", memory: 6GiB"), "a 4+1",
     "no: 1 CPU and 6 GiB (memory-policy local) cannot be placed in one piece a "
     "node: apart from what instances name by address, node 0 has 7 GiB in 2 pieces, the largest "
     "4 GiB at 0x0-0xffffffff | lower memory of \"b\" by 2 GiB to 4 GiB, or set memory-policy of "
     "\"b\" to preferred, or leave out \"a\""},
    {"another node has a larger piece", TWO,
     PAIR("memory: 1GiB, numa-nodes: [0]", "cpus: 1, memory: 6GiB, numa-nodes: [0]"), "a 4+1",
     "a  4+1; b 4 8+6"},
    {"no CPUs: what does not go in one piece is dealt out", TWO,
     PAIR("memory: 1GiB", "memory: 6GiB, memory-policy: preferred, numa-nodes: [0]"), "a 4+1",
     "a  4+1; b  0+4 8+2"},
    {"best fit first is not enough", TWO,
     "instances:\n  - {name: x, memory: 1GiB}\n"
     "  - {name: a, memory: 3GiB, memory-policy: bind, numa-nodes: [0]}\n"
     "  - {name: b, memory: 2GiB, memory-policy: bind, numa-nodes: [0]}\n"
     "  - {name: c, memory: 2GiB, memory-policy: bind, numa-nodes: [0]}\n",
     "x 4+1", "x  4+1; a  5+3; b  0+2; c  2+2"},
    {"named by two", TWO, PAIR("memory: 2GiB", "memory: 2GiB"), "a 0+2, b 1+2",
     "no: 0x40000000-0x7fffffff, which it names, is \"a\"'s already | name another place, or none "
     "and let it be chosen"},
    {"named where nothing is", TWO, ONE("memory: 4GiB"), "a 14+4",
     "no: 2 GiB of the memory that it names are on no node | name another place, or none and let "
     "it be chosen"},
    {"named, and not for instances", TWO,
     "host-reserved: {memory: {0: 6GiB}}\n" ONE("memory: 4GiB"), "a 0+4",
     "no: 4 GiB (memory-policy local) cannot be placed; node 0 has 2 GiB for instances | leave out "
     "the memory address of \"a\", for one to be chosen"},
};

static void test_cases(void **state)
{
    unsigned int n_wrong = 0;

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct fixture f;
        autofree char *text = NULL;

        make(&f, &cases[i].machine, cases[i].spec, cases[i].regions, UNIT);
        assert_true(f.result >= 0);
        text = tell(&f);
        if (strcmp(text, cases[i].expected) != 0) {
            print_error("%s:\n  %s\nexpected\n  %s\n", cases[i].why, text, cases[i].expected);
            n_wrong++;
        }
        fixture_fini(&f);
    }
    assert_int_equal(n_wrong, 0);
}

/*
 * All ways: random small machines and instances, in pages. CPUs are plenty, so that an instance's
 * memory may be dealt out in any way over as many nodes as it has CPUs (local), or over those that
 * it may use at all; each dealing is packed in all ways.
 */

enum { CASES = 4000, INSTANCES_MAX = 3, WAYS_MAX = 64, HOLES_MAX = 16, PAGE = 4096 };

static uint64_t seed;

static unsigned int below(unsigned int n)
{
    uint64_t z = (seed += 0x9e3779b97f4a7c15);

    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return (unsigned int)((z ^ (z >> 31)) % n);
}

/* pages: what each instance wants, 0 for one that there is not. */
static char *random_yaml(const struct machine_plan *machine, unsigned int *pages)
{
    static const char *const policies[] = {"local", "bind", "preferred"};
    unsigned int n = 1 + below(INSTANCES_MAX);
    char *text = NULL;
    size_t length;
    FILE *yaml = open_memstream(&text, &length);

    if (below(4) == 0)
        fprintf(yaml, "host-reserved: {memory: {0: %uKiB}}\n", 4 + 4 * below(3));
    fputs("instances:\n", yaml);
    for (unsigned int i = 0; i < n; i++) {
        unsigned int policy = below(ARRAY_SIZE(policies));

        pages[i] = 1 + below(6);
        fprintf(yaml, "  - {name: %c, memory: %uKiB, memory-policy: %s", 'a' + (char)i,
                4 * pages[i], policies[policy]);
        if (policy != 1 && below(3) > 0)
            fprintf(yaml, ", cpus: %u", 1 + below(2));
        if (policy == 1)
            fprintf(yaml, ", numa-nodes: [%u, %u]", below(machine->n_nodes),
                    below(machine->n_nodes));
        fputs("}\n", yaml);
    }
    assert_int_equal(fclose(yaml), 0);
    return text;
}

/* "b 3+2, - 0+4, - 6+5", of instances as much as they want. */
static char *random_regions(const struct machine_plan *machine, const unsigned int *pages)
{
    unsigned int end = machine->n_nodes * (unsigned int)(machine->bytes / PAGE);
    char *text = NULL;
    size_t length;
    FILE *regions = open_memstream(&text, &length);

    if (below(2) == 0) {
        for (unsigned int i = 0; i < 3; i++)
            fprintf(regions, "- %u+%u, ", below(end), 1 + below(6));
    }
    for (unsigned int i = 0; i < INSTANCES_MAX; i++) {
        if (pages[i] > 0 && below(4) == 0)
            fprintf(regions, "%c %u+%u, ", 'a' + (char)i, below(end), pages[i]);
    }
    assert_int_equal(fclose(regions), 0);
    return text;
}

struct oracle {
    const struct fixture *f;
    unsigned int ways[INSTANCES_MAX][WAYS_MAX][NODES_MAX]; /* pages by node */
    unsigned int n_ways[INSTANCES_MAX];
    unsigned int chosen[INSTANCES_MAX];
};

static bool may_use(const struct fixture *f, unsigned int i, unsigned int node)
{
    const struct wish *wish = &f->wishes->wishes[i];

    if (wish->region_bytes)
        return wish->region_bytes[node] > 0;
    return !wish->nodes || wish->instance->memory_policy != MEMORY_POLICY_BIND ||
           hwloc_bitmap_isset(wish->nodes, node);
}

static bool is_way(const struct fixture *f, unsigned int i, const unsigned int *pages)
{
    const struct instance *instance = f->wishes->wishes[i].instance;
    const uint64_t *given = f->wishes->wishes[i].region_bytes;
    unsigned int sum = 0, n_used = 0;

    for (unsigned int j = 0; j < NODES_MAX; j++) {
        sum += pages[j];
        n_used += pages[j] > 0;
        if (pages[j] > 0 && (j >= f->machine->n_nodes || !may_use(f, i, j)))
            return false;
        if (given && j < f->machine->n_nodes && given[j] != (uint64_t)pages[j] * PAGE)
            return false;
    }
    if (sum != instance->memory_bytes / PAGE)
        return false;
    return given || instance->memory_policy != MEMORY_POLICY_LOCAL || instance->cpu_count == 0 ||
           n_used <= instance->cpu_count;
}

static void find_ways(struct oracle *o, unsigned int i)
{
    for (unsigned int code = 0; code < 7 * 7 * 7; code++) {
        unsigned int pages[NODES_MAX] = {code % 7, code / 7 % 7, code / 49};

        if (!is_way(o->f, i, pages))
            continue;
        assert_true(o->n_ways[i] < WAYS_MAX);
        memcpy(o->ways[i][o->n_ways[i]++], pages, sizeof(pages));
    }
}

/* Is this page of the node for instances, and named by none of them? */
static bool is_open(const struct fixture *f, uint64_t page)
{
    struct region region = {page * PAGE, PAGE};
    bool open = f->spec->n_pools == 0;

    for (unsigned int i = 0; i < f->spec->n_pools; i++)
        open |= region_common_bytes(region, f->spec->pools[i].region) > 0;
    for (unsigned int i = 0; i < f->spec->n_instances; i++) {
        for (unsigned int j = 0; j < f->spec->instances[i].n_regions; j++)
            open &= region_common_bytes(region, f->spec->instances[i].regions[j]) == 0;
    }
    return open;
}

static unsigned int find_holes(const struct fixture *f, unsigned int node, unsigned int *holes)
{
    const struct region *range = f->machine->nodes[node].ranges;
    unsigned int n = 0;
    bool before = false;

    for (uint64_t i = range->base / PAGE; i < (range->base + range->bytes) / PAGE; i++) {
        bool open = is_open(f, i);

        if (open && !before)
            holes[n++] = 0;
        if (open)
            holes[n - 1]++;
        before = open;
    }
    return n;
}

static bool pack_all_ways(unsigned int *holes, unsigned int n, const struct oracle *o,
                          unsigned int node, unsigned int i)
{
    unsigned int pages;

    if (i == o->f->spec->n_instances)
        return true;
    pages = o->ways[i][o->chosen[i]][node];
    if (pages == 0 || o->f->wishes->wishes[i].region_bytes)
        return pack_all_ways(holes, n, o, node, i + 1);
    for (unsigned int h = 0; h < n; h++) {
        bool can;

        if (holes[h] < pages)
            continue;
        holes[h] -= pages;
        can = pack_all_ways(holes, n, o, node, i + 1);
        holes[h] += pages;
        if (can)
            return true;
    }
    return false;
}

static bool node_will_do(const struct oracle *o, unsigned int node)
{
    unsigned int holes[HOLES_MAX], sum = 0;

    for (unsigned int i = 0; i < o->f->spec->n_instances; i++)
        sum += o->ways[i][o->chosen[i]][node];
    return (uint64_t)sum * PAGE <= wishes_capacity(o->f->wishes, node, false) &&
           pack_all_ways(holes, find_holes(o->f, node, holes), o, node, 0);
}

static bool try_ways(struct oracle *o, unsigned int i)
{
    if (i == o->f->spec->n_instances) {
        for (unsigned int j = 0; j < o->f->machine->n_nodes; j++) {
            if (!node_will_do(o, j))
                return false;
        }
        return true;
    }
    for (o->chosen[i] = 0; o->chosen[i] < o->n_ways[i]; o->chosen[i]++) {
        if (try_ways(o, i + 1))
            return true;
    }
    return false;
}

static bool has_overlap(const struct spec *spec)
{
    for (unsigned int i = 0; i < spec->n_instances; i++) {
        for (unsigned int j = 0; j < i; j++) {
            if (spec->instances[i].n_regions && spec->instances[j].n_regions &&
                region_common_bytes(spec->instances[i].regions[0], spec->instances[j].regions[0]))
                return true;
        }
    }
    return false;
}

static bool ask_oracle(const struct fixture *f)
{
    static struct oracle o;

    o = (struct oracle){.f = f};
    if (has_overlap(f->spec))
        return false;
    for (unsigned int i = 0; i < f->spec->n_instances; i++)
        find_ways(&o, i);
    return try_ways(&o, 0);
}

static uint64_t bytes_on(const struct fixture *f, const struct placement *placement,
                         unsigned int node)
{
    uint64_t bytes = 0;

    for (unsigned int i = 0; i < placement->n_regions; i++)
        bytes += region_common_bytes(placement->regions[i], f->machine->nodes[node].ranges[0]);
    return bytes;
}

/* Regions are apart, open, whole pages, and just what the shares say. */
static void check_regions(const struct fixture *f)
{
    for (unsigned int i = 0; i < f->plan->n_placements; i++) {
        const struct placement *placement = &f->plan->placements[i];
        uint64_t sum = 0;

        for (unsigned int j = 0; j < placement->n_shares; j++) {
            const struct share *share = &placement->shares[j];

            assert_int_equal(bytes_on(f, placement, share->node), share->bytes);
            sum += share->bytes;
        }
        assert_int_equal(sum, placement->instance->memory_bytes);
        for (unsigned int j = 0; j < placement->n_regions; j++) {
            struct region region = placement->regions[j];

            sum -= region.bytes;
            assert_int_equal((region.base | region.bytes) % PAGE, 0);
            for (uint64_t page = region.base / PAGE;
                 placement->instance->n_regions == 0 && page < (region.base + region.bytes) / PAGE;
                 page++)
                assert_true(is_open(f, page));
            for (unsigned int k = 0; k < i; k++) {
                for (unsigned int l = 0; l < f->plan->placements[k].n_regions; l++)
                    assert_int_equal(region_common_bytes(region, f->plan->placements[k].regions[l]),
                                     0);
            }
        }
        assert_int_equal(sum, 0);
    }
}

static unsigned int case_number;

struct tally {
    unsigned int n_placed, n_impossible, n_missed;
};

static void run_case(struct tally *tally)
{
    struct machine_plan machine = {
        .n_nodes = 1 + below(NODES_MAX), .n_cpus = 8, .bytes = (4 + below(5)) * (uint64_t)PAGE};
    unsigned int pages[INSTANCES_MAX] = {0};
    autofree char *yaml = random_yaml(&machine, pages);
    autofree char *regions = random_regions(&machine, pages);
    struct fixture f;
    bool found;

    make(&f, &machine, yaml, regions, PAGE);
    assert_true(f.result >= 0);
    found = ask_oracle(&f);
    if (f.result == PLAN_MADE) {
        assert_true(found);
        check_regions(&f);
        tally->n_placed++;
    } else {
        assert_false(found && f.refusal.proven);
        tally->n_impossible += !found;
        tally->n_missed += found;
    }
    fixture_fini(&f);
}

static void test_against_all_ways(void **state)
{
    struct tally tally = {0};

    for (unsigned int i = 0; i < CASES; i++) {
        seed = case_number = i;
        run_case(&tally);
    }
    print_message("%u placed, %u impossible, %u missed\n", tally.n_placed, tally.n_impossible,
                  tally.n_missed);
    assert_true(tally.n_placed > CASES / 4);
    assert_true(tally.n_impossible > CASES / 10);
    assert_true(tally.n_missed < CASES / 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cases),
        cmocka_unit_test(test_against_all_ways),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);

    if (failed)
        print_error("the case was number %u\n", case_number);
    return failed;
}
