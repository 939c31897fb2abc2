/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is proposed for trees that are not sound, on one machine:
 *   node 0  CPUs 0-5, siblings 0-1 2-3 4-5    0-1 GiB
 *   node 1  CPUs 6-11, siblings 6-7 ... 10-11  1-2 GiB
 *   the host keeps CPU 0; memory for instances is 0x8000000-0x7fffffff
 *   eth0 on node 0: VFs 0-4, of which the host keeps 0
 * Every proposal is made in the spec and checked again. Random trees are held against an oracle
 * that tries every set of properties.
 */
#include "test.h"

#include "fix.h"

#include <string.h>

#define HARDWARE                                                                                   \
    "/multikernel-v1/;\n"                                                                          \
    "/ { resources {\n"                                                                            \
    "  cpus { total = <12>; host-reserved = <0>; available = <1 2 3 4 5 6 7 8 9 10 11>;\n"         \
    "    cores { core@0 { cpus = <0 1>; }; core@1 { cpus = <2 3>; }; core@2 { cpus = <4 5>; };\n"  \
    "      core@3 { cpus = <6 7>; }; core@4 { cpus = <8 9>; }; core@5 { cpus = <10 11>; }; }; "    \
    "};\n"                                                                                         \
    "  memory-base = <0x8000000>; memory-bytes = <0x78000000>;\n"                                  \
    "  topology { numa-nodes {\n"                                                                  \
    "    node@0 { node-id = <0>; memory-base = <0x0>; memory-size = <0x40000000>;\n"               \
    "      cpus = <0 1 2 3 4 5>; };\n"                                                             \
    "    node@1 { node-id = <1>; memory-base = <0x40000000>; memory-size = <0x40000000>;\n"        \
    "      cpus = <6 7 8 9 10 11>; }; }; };\n"                                                     \
    "  devices { eth0: ethernet@0 { compatible = \"x,y\"; numa-node = <0>; sriov-vfs = <5>;\n"     \
    "    host-reserved-vf = <0>; available-vfs = <1 2 3 4>; }; };\n"                               \
    " }; };\n"

static struct machine *machine; /* that of HARDWARE */

static int load_machine(void **state)
{
    char path[] = "/tmp/test-fix-XXXXXX.dts";
    int fd = mkstemps(path, 4);
    struct np_error err = {0};

    assert_true(fd >= 0);
    assert_int_equal(write(fd, HARDWARE, strlen(HARDWARE)), strlen(HARDWARE));
    assert_int_equal(close(fd), 0);
    if (machine_load(path, MACHINE_ALL, &machine, &err) < 0)
        fail_msg("%s", err.text);
    return unlink(path);
}

static int free_machine(void **state)
{
    machine = machine_free(machine);
    return 0;
}

static struct spec *parse(const char *instances)
{
    autofree char *tree = text("%s/ { instances {\n%s}; };\n", HARDWARE, instances);
    struct spec *spec = NULL;
    struct np_error err = {0};

    assert_non_null(tree);
    if (spec_parse("test.dts", tree, strlen(tree), &spec, &err) < 0)
        fail_msg("%u:%u: %s", err.line, err.column, err.text);
    return spec;
}

/* A check of spec as it is now. */
struct state {
    struct wishes *wishes;
    struct findings findings;
};

static const struct check_options options = {0};

static void state_init(struct state *state, const struct spec *spec)
{
    struct np_error err = {0};

    *state = (struct state){.findings.file = "test.dts", .findings.format = SPEC_DEVICE_TREE};
    assert_int_equal(wishes_resolve(machine, spec, &state->wishes, &err), 0);
    assert_int_equal(check_wishes(state->wishes, &options, &state->findings), 0);
}

static void state_fini(struct state *state)
{
    state->wishes = wishes_free(state->wishes);
    findings_fini(&state->findings);
}

static const char *const names[] = {
    [FIX_NAME] = "name",           [FIX_ID] = "id",
    [FIX_CPUS] = "cpus",           [FIX_CPU_COUNT] = "count",
    [FIX_MEMORY_BASE] = "base",    [FIX_MEMORY_BYTES] = "bytes",
    [FIX_NUMA_NODES] = "nodes",    [FIX_DEVICES] = "devices",
    [FIX_AVAILABLE] = "available", [FIX_HOST_RESERVED] = "reserved",
    [FIX_POOL_BASE] = "pool-base", [FIX_POOL_BYTES] = "pool-bytes",
};

/* "a.cpus=4,5 b.base=0x1000 b.nodes=": of all changes. The caller frees. */
static char *summary(const struct spec *spec, const struct fix *fix)
{
    char *made = NULL;
    size_t size;
    FILE *stream = open_memstream(&made, &size);

    assert_non_null(stream);
    for (unsigned int i = 0; i < fix->n_changes; i++) {
        const struct fix_change *change = &fix->changes[i];
        bool wide = change->property == FIX_MEMORY_BASE || change->property == FIX_MEMORY_BYTES;

        print_message("    %s\n", change->reason);
        fprintf(stream, "%s%s.%s=", i ? " " : "",
                change->instance == FIX_HOST ? "host" : spec->instances[change->instance].name,
                names[change->property]);
        for (unsigned int j = 0; j < change->n_numbers; j++)
            fprintf(stream, wide ? "%s0x%llx" : "%s%llu", j ? "," : "",
                    (unsigned long long)change->numbers[j]);
        for (char **word = change->words; word && *word; word++)
            fprintf(stream, "%s%s", word == change->words ? "" : ",", *word);
    }
    for (unsigned int i = 0; i < fix->n_unmet; i++)
        fprintf(stream, "%sunmet: %s", fix->n_changes || i ? " " : "", fix->unmet[i]);
    assert_int_equal(fclose(stream), 0);
    return made;
}

static void put_set(hwloc_bitmap_t set, const struct fix_change *change)
{
    hwloc_bitmap_zero(set);
    for (unsigned int i = 0; i < change->n_numbers; i++)
        assert_int_equal(hwloc_bitmap_set(set, (unsigned int)change->numbers[i]), 0);
}

static void put_memory(struct instance *instance, const struct fix_change *change)
{
    bool base = change->property == FIX_MEMORY_BASE;

    if (!base)
        instance->memory_bytes = 0;
    if (change->n_numbers == 0)
        instance->said &= ~(1U << KEY_MEMORY);
    for (unsigned int i = 0; i < change->n_numbers; i++) {
        if (instance->n_regions > 0 && base)
            instance->regions[i].base = change->numbers[i];
        else if (instance->n_regions > 0)
            instance->regions[i].bytes = change->numbers[i];
        if (!base)
            instance->memory_bytes += change->numbers[i];
    }
}

/* All claims of these tests are VFs of eth0. */
static void put_claims(struct instance *instance, const struct fix_change *change)
{
    unsigned int n = 0;

    for (unsigned int i = 0; i < instance->n_claims; i++) {
        struct claim claim = instance->claims[i];

        if (!change->words[i][0]) {
            free(claim.text);
            free(claim.device);
            continue;
        }
        if (strcmp(claim.text, change->words[i]) != 0)
            assert_int_equal(sscanf(change->words[i], "eth0_vf%u", &claim.number), 1);
        if (!claim.device)
            claim.device = strdup("eth0");
        instance->claims[n++] = claim;
    }
    instance->n_claims = n;
}

/* Makes the change in the spec, as an edit of the file would. */
static void make_change(struct spec *spec, const struct fix_change *change)
{
    struct instance *instance =
        change->instance == FIX_HOST ? NULL : &spec->instances[change->instance];

    switch (change->property) {
    case FIX_NAME:
        free(instance->name);
        instance->name = strdup(change->words[0]);
        break;
    case FIX_ID:
        instance->id = (uint32_t)change->numbers[0];
        break;
    case FIX_CPUS:
        put_set(instance->cpus.bits, change);
        break;
    case FIX_CPU_COUNT:
        instance->cpu_count = (unsigned int)change->numbers[0];
        break;
    case FIX_MEMORY_BASE:
    case FIX_MEMORY_BYTES:
        put_memory(instance, change);
        break;
    case FIX_NUMA_NODES:
        if (!instance->numa_nodes.bits)
            instance->numa_nodes.bits = hwloc_bitmap_alloc();
        put_set(instance->numa_nodes.bits, change);
        instance->nodes_given = change->n_numbers > 0;
        break;
    case FIX_DEVICES:
        put_claims(instance, change);
        break;
    case FIX_AVAILABLE:
        put_set(spec->pool_cpus.bits, change);
        break;
    case FIX_HOST_RESERVED:
        put_set(spec->reserved_cpus.bits, change);
        break;
    case FIX_POOL_BASE:
        for (unsigned int i = 0; i < change->n_numbers; i++)
            spec->pools[i].region.base = change->numbers[i];
        break;
    case FIX_POOL_BYTES:
        for (unsigned int i = 0; i < change->n_numbers; i++)
            spec->pools[i].region.bytes = change->numbers[i];
        break;
    }
}

static void make_changes(struct spec *spec, const struct fix *fix)
{
    for (unsigned int i = 0; i < fix->n_changes; i++)
        make_change(spec, &fix->changes[i]);
}

static void assert_sound(const struct spec *spec)
{
    struct state state;

    state_init(&state, spec);
    for (unsigned int i = 0; i < state.findings.n_findings; i++) {
        if (state.findings.findings[i].severity == SEVERITY_ERROR)
            fail_msg("%s: %s", state.findings.findings[i].subject, state.findings.findings[i].fact);
    }
    state_fini(&state);
}

#define A "a { id = <1>; resources { "
#define B "b { id = <2>; resources { "
#define C "c { id = <3>; resources { "
#define D "d { id = <4>; resources { "
#define END " }; };\n"

static const struct {
    const char *instances;
    const char *expected; /* "unmet" in it: nothing sound comes of it */
} cases[] = {
    {A "cpus = <2 3>;" END, ""},

    /* CPUs: of the same node, core by core; none that others have */
    {A "cpus = <0 1>;" END, "a.cpus=1,2"},
    {A "cpus = <2 3 12>;" END, "a.cpus=2,3,4"},
    {A "cpus = <8 12>;" END, "a.cpus=8,9"},
    {A "cpus = <12>; numa-nodes = <1>;" END, "a.cpus=6"},
    {A "cpus = <2 3>;" END B "cpus = <3 4>;" END, "b.cpus=4,5"},
    /* the middle one is in the way of both others */
    {A "cpus = <3 4>;" END B "cpus = <2 3>;" END C "cpus = <2 5>;" END, "b.cpus=6,7"},
    /* one that has to change anyway yields to those that need not */
    {A "cpus = <2 20>;" END B "cpus = <2 3>;" END, "a.cpus=4,5"},
    /* the lighter of two: later, it would be the other */
    {A "cpus = <2 3>;" END B "cpus = <2 3 4>;" END, "b.cpus=1,4,5"},
    /* the nearest node when its own is full */
    {A "cpus = <1 2 3 4 5>;" END B "cpus = <5 6>;" END, "b.cpus=6,7"},
    /* too few: fewer, and every one has some */
    {A "cpus = <1 2 3 4 5 6 7 8 9 10>;" END B "cpus = <9 10>;" END, "b.cpus=11"},
    {A "cpus = <1 2 3 4 5 6 7 8 9>;" END B "cpus = <1 2>;" END C "cpus = <1 2>;" END,
     "b.cpus=10 c.cpus=11"},
    {A "cpus = <1 2 3 4 5 6 7 8 9 10 11>;" END B "cpus = <0>;" END,
     "unmet: \"b\" names no CPU that it can have, and none is free"},
    /* what a count needs is not given away */
    {A "cpus = <1 2 3 4 5 6 7>;" END B "cpus = <7 8>;" END C "cpu-count = <3>;" END, "b.cpus=8"},

    /* memory: where it was, the nearest place; on the policy's nodes first */
    {A "cpus = <2>; memory-base = <0x8000000>; memory-bytes = <0x8000000>;" END B
       "cpus = <3>; memory-base = <0x8000000>; memory-bytes = <0x8000000>;" END,
     "b.base=0x10000000"},
    {A "cpus = <2>; memory-base = <0x4000000>; memory-bytes = <0x8000000>;" END,
     "a.base=0x8000000"},
    {A "cpus = <2>; memory-base = <0x3c000000>; memory-bytes = <0x8000000>;" END, ""},
    {A "cpus = <8>; memory-base = <0x4000000>; memory-bytes = <0x8000000>;" END,
     "a.base=0x40000000"},
    {A "cpus = <2>; memory-base = <0x80000000>; memory-bytes = <0x8000000>;" END,
     "a.base=0x38000000"},
    {A "cpus = <2>; memory-base = <0x7c000000>; memory-bytes = <0x8000000>; numa-nodes = <1>;"
       "memory-policy = \"bind\";" END,
     "a.base=0x78000000"},
    {A "cpus = <2>; memory-base = <0x20000000>; memory-bytes = <0x8000000>; numa-nodes = <1>;"
       "memory-policy = \"bind\";" END,
     "a.base=0x40000000"},
    /* its own node is full: another, all the same size */
    {A "cpus = <2>; memory-base = <0x8000000>; memory-bytes = <0x38000000>;" END B
       "cpus = <3>; memory-base = <0x8000000>; memory-bytes = <0x8000000>;" END,
     "b.base=0x40000000"},
    /* nowhere is room for all of it: less, where it is if that will do */
    {A "cpus = <2>; memory-base = <0x10000000>; memory-bytes = <0x40000000>; numa-nodes = <0>;"
       "memory-policy = \"bind\";" END,
     "a.bytes=0x30000000"},
    {A "cpus = <2>; memory-base = <0x10000000>; memory-bytes = <0x7c000000>;" END,
     "a.bytes=0x70000000"},
    {A "cpus = <2>; memory-base = <0x8000000>; memory-bytes = <0x70000000>;" END B
       "cpus = <8>; memory-base = <0x10000000>; memory-bytes = <0x10000000>;" END,
     "b.base=0x78000000 b.bytes=0x8000000"},
    {A "cpus = <2>; memory-base = <0x8000000>; memory-bytes = <0x78000000>;" END B
       "cpus = <8>; memory-base = <0x8000000>; memory-bytes = <0x10000000>;" END,
     "unmet: \"b\" has memory that it cannot have, and no page of the nodes where it may be is "
     "free"},
    /* what others want is not given away, though they leave the place to us */
    {A "cpu-count = <1>; memory-bytes = <0x10000000>;" END B
       "cpus = <8>; memory-base = <0x0>; memory-bytes = <0x78000000>;" END,
     "b.base=0x8000000 b.bytes=0x68000000"},
    /* pages */
    {A "cpus = <2>; memory-base = <0x8000800>; memory-bytes = <0x100000>;" END, "a.base=0x8000000"},
    {A "cpus = <2>; memory-base = <0x8000000>; memory-bytes = <0x100800>;" END, "a.bytes=0x100000"},
    {A "cpus = <2>; memory-base = <0x8000000>; memory-bytes = <0x800>;" END, "a.bytes=0x1000"},
    {A "cpus = <2>; memory-bytes = <0x0>;" END, "a.bytes="},
    /* several pieces, of which one has to move; two of its own that overlap */
    {A "cpus = <2>; memory-base = <0x10000000>, <0x20000000>;"
       "memory-bytes = <0x8000000>, <0x8000000>;" END B
       "cpus = <3>; memory-base = <0x20000000>; memory-bytes = <0x8000000>;" END,
     "b.base=0x18000000"},
    {A "cpus = <2>; memory-base = <0x10000000>, <0x14000000>;"
       "memory-bytes = <0x8000000>, <0x8000000>;" END,
     "a.base=0x10000000,0x18000000"},

    /* nodes */
    {A "cpus = <2>; numa-nodes = <3>;" END, "a.nodes="},
    {A "cpus = <2>; numa-nodes = <0 3>;" END, "a.nodes=0"},
    {A "cpus = <8>; memory-bytes = <0x8000000>; numa-nodes = <3>; memory-policy = \"bind\";" END,
     "a.nodes=1"},
    {A "cpus = <8>; memory-bytes = <0x8000000>; memory-policy = \"bind\";" END, "a.nodes=1"},
    {A "cpus = <0>; memory-base = <0x50000000>; memory-bytes = <0x8000000>; "
       "memory-policy = \"bind\";" END,
     "a.cpus=2"},
    {A "cpus = <8>; memory-bytes = <0x8000000>; numa-nodes = <0>; memory-policy = \"bind\";"
       "cpu-affinity = \"local\";" END,
     "a.nodes=1"},

    /* devices */
    {A "cpus = <2>; devices = <&eth0_vf1>;" END B "cpus = <3>; devices = <&eth0_vf1>;" END,
     "b.devices=eth0_vf2"},
    {A "cpus = <2>; devices = <&eth0_vf0>;" END, "a.devices=eth0_vf1"},
    {A "cpus = <2>; devices = <&eth0_vf9>, <&eth0_vf4>;" END, "a.devices=eth0_vf3,eth0_vf4"},
    {A "cpus = <2>; devices = <&eth0_vf2>, <&eth0_vf2>;" END, "a.devices=eth0_vf2,eth0_vf1"},
    {A "cpus = <2>; devices = <&eth9_vf2>, <&eth0_vf2>;" END, "a.devices=eth0_vf1,eth0_vf2"},
    {A "cpus = <2>; devices = <&et99_vf2>, <&eth0_vf2>;" END, "a.devices=,eth0_vf2"},
    {A "cpus = <2>; devices = <&eht0_ns1>, <&eth0_vf2>;" END, "a.devices=,eth0_vf2"},
    {A "cpus = <2>; devices = <&eth0_vf1 &eth0_vf2 &eth0_vf3 &eth0_vf4>;" END B
       "cpus = <3>; devices = <&eth0_vf3>;" END,
     "b.devices="},
    {A "cpus = <2>; devices = <&eth0>;" END, "a.devices="}, /* the host keeps VF 0 */

    /* ids */
    {A "cpus = <2>;" END "b { id = <1>; resources { cpus = <3>; }; };\n", "b.id=2"},
    {"a { id = <7>; resources { cpus = <2>; }; };\nb { id = <7>; resources { cpus = <3>; }; };\n"
     "c { id = <1>; resources { cpus = <4>; }; };\n",
     "b.id=2"},

    /* several at once, in the order of the file */
    {A "cpus = <2 3>; devices = <&eth0_vf1>;" END
       "b { id = <1>; resources { cpus = <3 4>; numa-nodes = <4>; devices = <&eth0_vf1>; }; };\n",
     "b.id=2 b.cpus=4,5 b.nodes= b.devices=eth0_vf2"},
};

static void test_cases(void **state)
{
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        autospec struct spec *spec = parse(cases[i].instances);
        autofix struct fix fix = {0};
        autofree char *found = NULL;
        struct state now;

        print_message("  %s", cases[i].instances);
        state_init(&now, spec);
        assert_int_equal(fix_propose(now.wishes, &options, &now.findings, &fix), 0);
        found = summary(spec, &fix);
        assert_string_equal(found, cases[i].expected);
        make_changes(spec, &fix);
        state_fini(&now);
        if (fix.n_unmet == 0)
            assert_sound(spec);
    }
}

/* What is too much for all together is lowered one instance at a time. */
static void test_lower(void **state)
{
    static const struct {
        const char *instances;
        const char *expected;
    } lowered[] = {
        {A "cpu-count = <4>;" END B "cpu-count = <9>;" END, "b.count=7"},
        {A "cpu-count = <1>; memory-bytes = <0x30000000>;" END B
           "cpu-count = <1>; memory-bytes = <0x50000000>;" END,
         "b.bytes=0x40000000"},
        {A "cpu-count = <4>;" END, ""},
    };

    for (size_t i = 0; i < ARRAY_SIZE(lowered); i++) {
        autospec struct spec *spec = parse(lowered[i].instances);
        autofix struct fix fix = {0};
        autofree char *found = NULL;
        struct state now;

        print_message("  %s", lowered[i].instances);
        state_init(&now, spec);
        assert_int_equal(fix_lower(now.wishes, &options, &fix), 0);
        found = summary(spec, &fix);
        assert_string_equal(found, lowered[i].expected);
        make_changes(spec, &fix);
        state_fini(&now);
        assert_sound(spec);
    }
}

/* What the host says of CPUs that there are not, or twice. */
static void test_host(void **state)
{
    autospec struct spec *spec = parse(A "cpus = <2>;" END);
    autofix struct fix fix = {0};
    autofree char *found = NULL;
    struct state now;

    assert_int_equal(hwloc_bitmap_set(spec->pool_cpus.bits, 0), 0);
    assert_int_equal(hwloc_bitmap_set(spec->pool_cpus.bits, 30), 0);
    assert_int_equal(hwloc_bitmap_set(spec->reserved_cpus.bits, 31), 0);
    state_init(&now, spec);
    assert_int_equal(fix_propose(now.wishes, &options, &now.findings, &fix), 0);
    found = summary(spec, &fix);
    assert_string_equal(found, "host.available=1,2,3,4,5,6,7,8,9,10,11 host.reserved=0");
    make_changes(spec, &fix);
    state_fini(&now);
    assert_sound(spec);
}

/* Were `available` to go, all would be: that is no repair. */
static void test_host_none(void **state)
{
    autospec struct spec *spec = parse(A "cpu-count = <1>;" END);
    autofix struct fix fix = {0};
    autofree char *found = NULL;
    struct state now;

    assert_int_equal(hwloc_bitmap_only(spec->pool_cpus.bits, 30), 0);
    state_init(&now, spec);
    assert_int_equal(fix_propose(now.wishes, &options, &now.findings, &fix), 0);
    found = summary(spec, &fix);
    assert_string_equal(found, "unmet: of the CPUs that are said to be available there is none");
    state_fini(&now);
}

/* The oracle: random wishes for CPUs, memory and functions, as stretches of numbers. */

enum { OWNERS_MAX = 6, KINDS = 3, STRETCHES_MAX = 3 };

struct wanted {
    unsigned int n;
    unsigned int first[STRETCHES_MAX], length;
};

static unsigned int random_below(unsigned int *seed, unsigned int limit)
{
    *seed = *seed * 1103515245 + 12345;
    return (*seed >> 16) % limit;
}

/* Of each kind: how many numbers there are to draw from, and which of them are sound. */
static const struct {
    unsigned int range, sound_from, sound_below;
} kinds[KINDS] = {{13, 1, 12}, {34, 2, 32}, {6, 1, 5}};

static bool is_sound(const struct wanted *wanted, unsigned int kind)
{
    for (unsigned int i = 0; i < wanted->n; i++) {
        if (wanted->first[i] < kinds[kind].sound_from ||
            wanted->first[i] + wanted->length > kinds[kind].sound_below)
            return false;
    }
    return true;
}

static bool disturb(const struct wanted *a, const struct wanted *b)
{
    for (unsigned int i = 0; i < a->n; i++) {
        for (unsigned int j = 0; j < b->n; j++) {
            if (a->first[i] < b->first[j] + b->length && b->first[j] < a->first[i] + a->length)
                return true;
        }
    }
    return false;
}

/* The fewest that have to change so that the others can stay: every set is tried. */
static unsigned int count_fewest(const struct wanted (*wanted)[KINDS], unsigned int n,
                                 unsigned int kind)
{
    unsigned int fewest = n;

    for (unsigned int set = 0; set < 1U << n; set++) {
        bool works = true;

        for (unsigned int a = 0; a < n; a++) {
            works &= (set >> a & 1) || is_sound(&wanted[a][kind], kind);
            for (unsigned int b = 0; b < a; b++)
                works &= (set >> a & 1) || (set >> b & 1) ||
                         !disturb(&wanted[a][kind], &wanted[b][kind]);
        }
        if (works && (unsigned int)__builtin_popcount(set) < fewest)
            fewest = (unsigned int)__builtin_popcount(set);
    }
    return fewest;
}

/* Stretches of one owner are apart. */
static void draw(struct wanted *wanted, unsigned int kind, unsigned int *seed)
{
    unsigned int n = kind == 1 ? 1 : random_below(seed, STRETCHES_MAX + 1);

    *wanted = (struct wanted){.length = kind == 1 ? 1 + random_below(seed, 6) : 1};
    while (wanted->n < n) {
        unsigned int first = random_below(seed, kinds[kind].range);
        bool again = false;

        for (unsigned int i = 0; i < wanted->n; i++)
            again |= wanted->first[i] == first;
        if (!again)
            wanted->first[wanted->n++] = first;
    }
}

static void write_instance(FILE *stream, unsigned int i, const struct wanted wanted[KINDS])
{
    fprintf(stream, "i%u { id = <%u>; resources { memory-base = <0x%x>; memory-bytes = <0x%x>; ", i,
            i + 1, wanted[1].first[0] << 26, wanted[1].length << 26);
    for (unsigned int j = 0; j < wanted[0].n; j++)
        fprintf(stream, "%s%u%s", j ? " " : "cpus = <", wanted[0].first[j],
                j + 1 == wanted[0].n ? ">; " : "");
    for (unsigned int j = 0; j < wanted[2].n; j++)
        fprintf(stream, "%s&eth0_vf%u%s", j ? " " : "devices = <", wanted[2].first[j],
                j + 1 == wanted[2].n ? ">; " : "");
    fputs("}; };\n", stream);
}

/* Instances with a change of one of these, which an instance's changes are in the order of. */
static unsigned int count_changed(const struct fix *fix, enum fix_property from,
                                  enum fix_property to)
{
    unsigned int n = 0, last = FIX_HOST;

    for (unsigned int i = 0; i < fix->n_changes; i++) {
        const struct fix_change *change = &fix->changes[i];

        if (change->property < from || change->property > to || change->instance == last)
            continue;
        last = change->instance;
        n++;
    }
    return n;
}

static void check_against_oracle(const struct wanted (*wanted)[KINDS], unsigned int n,
                                 unsigned int *n_met)
{
    autofree char *instances = NULL;
    autospec struct spec *spec = NULL;
    autofix struct fix fix = {0};
    struct state now;
    size_t size;
    FILE *stream = open_memstream(&instances, &size);

    assert_non_null(stream);
    for (unsigned int i = 0; i < n; i++)
        write_instance(stream, i, wanted[i]);
    assert_int_equal(fclose(stream), 0);
    spec = parse(instances);
    state_init(&now, spec);
    assert_int_equal(fix_propose(now.wishes, &options, &now.findings, &fix), 0);
    make_changes(spec, &fix);
    state_fini(&now);
    if (fix.n_unmet > 0)
        return;
    *n_met += 1;
    assert_sound(spec);
    assert_int_equal(count_changed(&fix, FIX_CPUS, FIX_CPUS), count_fewest(wanted, n, 0));
    assert_int_equal(count_changed(&fix, FIX_MEMORY_BASE, FIX_MEMORY_BYTES),
                     count_fewest(wanted, n, 1));
    assert_int_equal(count_changed(&fix, FIX_DEVICES, FIX_DEVICES), count_fewest(wanted, n, 2));
}

static void test_oracle(void **state)
{
    unsigned int seed = 7, n_met = 0;

    for (unsigned int round = 0; round < 400; round++) {
        struct wanted wanted[OWNERS_MAX][KINDS];
        unsigned int n = 1 + random_below(&seed, OWNERS_MAX);

        for (unsigned int i = 0; i < n; i++) {
            for (unsigned int kind = 0; kind < KINDS; kind++)
                draw(&wanted[i][kind], kind, &seed);
        }
        check_against_oracle(wanted, n, &n_met);
    }
    assert_true(n_met > 300);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cases),  cmocka_unit_test(test_lower),
        cmocka_unit_test(test_host),   cmocka_unit_test(test_host_none),
        cmocka_unit_test(test_oracle),
    };

    return cmocka_run_group_tests(tests, load_machine, free_machine);
}
