/* SPDX-License-Identifier: Apache-2.0 */
/* The last block of a machine on one screen: what nothing will be placed on, caches, and the
 * settings of the host. */

#include "render-topo.h"

#include "cli-machine.h"
#include "text.h"

#include <errno.h>

typedef bool cpu_is_fn(const struct cpu *cpu);

static bool is_offline(const struct cpu *cpu)
{
    return !cpu->online;
}

static bool is_isolated(const struct cpu *cpu)
{
    return cpu->online && cpu->isolated;
}

static bool is_refused(const struct cpu *cpu)
{
    return cpu->online && !cpu->granted;
}

/* What stands below the devices is one block, when there is any of it. */
static void begin_line(bool *begun)
{
    if (!*begun)
        printf("\n");
    *begun = true;
}

static int print_excluded(const struct machine *machine, const char *label, cpu_is_fn *is,
                          bool *begun)
{
    autoset hwloc_bitmap_t cpus = hwloc_bitmap_alloc();
    autofree char *text = NULL;

    for (unsigned int i = 0; cpus && i < machine->n_cpus; i++) {
        if (is(&machine->cpus[i]))
            hwloc_bitmap_set(cpus, machine->cpus[i].id);
    }
    text = cpus ? cli_set_text(cpus) : NULL;
    if (!text)
        return -ENOMEM;
    if (hwloc_bitmap_iszero(cpus))
        return 0;
    begin_line(begun);
    printf("%-*sCPUs %s\n", TOPO_LABEL_WIDTH, label, text);
    return 0;
}

static const char *cache_letter(enum cache_type type)
{
    static const char *const letters[] = {
        [CACHE_UNIFIED] = "",
        [CACHE_DATA] = "d",
        [CACHE_INSTRUCTION] = "i",
    };

    return letters[type];
}

static bool is_same_kind(const struct cache *a, const struct cache *b)
{
    return a->level == b->level && a->type == b->type && a->bytes == b->bytes;
}

/* How many there are that are like this one; 0 when it is not the first of them, which is mostly
 * seen at the one before. */
static unsigned int count_cache_kind(const struct machine *machine, unsigned int idx)
{
    unsigned int n = 0;

    for (unsigned int i = idx; i-- > 0;) {
        if (is_same_kind(&machine->caches[i], &machine->caches[idx]))
            return 0;
    }
    for (unsigned int i = idx; i < machine->n_caches; i++)
        n += is_same_kind(&machine->caches[i], &machine->caches[idx]);
    return n;
}

static int print_caches(const struct machine *machine, bool *begun)
{
    autofree char *text = NULL;
    size_t length;
    FILE *stream = open_memstream(&text, &length);
    const char *comma = "";

    if (!stream)
        return -ENOMEM;
    for (unsigned int i = 0; i < machine->n_caches; i++) {
        const struct cache *cache = &machine->caches[i];
        unsigned int n = count_cache_kind(machine, i);
        char size[SIZE_TEXT_MAX];

        if (n == 0)
            continue;
        fprintf(stream, "%s%u x L%u%s", comma, n, cache->level, cache_letter(cache->type));
        if (cache->bytes != UNKNOWN_U64)
            fprintf(stream, " %s", size_format(cache->bytes, size));
        comma = ", ";
    }
    if (fclose(stream) != 0)
        return -ENOMEM;
    if (length == 0)
        return 0;
    begin_line(begun);
    text_wrap(stdout, "Caches", TOPO_LABEL_WIDTH, text);
    return 0;
}

static const char *on_off(int value)
{
    return value == 0 ? "off" : "on";
}

static int print_settings(const struct machine *machine, bool *begun)
{
    const struct settings *settings = &machine->settings;
    autofree char *text = NULL;
    size_t length;
    FILE *stream = open_memstream(&text, &length);

    if (!stream)
        return -ENOMEM;
    if (settings->numa_balancing >= 0)
        fprintf(stream, "balancing %s, ", on_off(settings->numa_balancing));
    if (settings->demotion >= 0)
        fprintf(stream, "demotion %s, ", on_off(settings->demotion));
    if (settings->zone_reclaim_mode >= 0)
        fprintf(stream, "zone reclaim %d, ", settings->zone_reclaim_mode);
    if (settings->thp)
        fprintf(stream, "THP %s, ", settings->thp);
    if (settings->irqbalance >= 0)
        fprintf(stream, "irqbalance %s, ", settings->irqbalance ? "runs" : "does not run");
    if (settings->cgroup_version > 0)
        fprintf(stream, "cpuset in cgroup v%d, ", settings->cgroup_version);
    if (fclose(stream) != 0)
        return -ENOMEM;
    if (length == 0)
        return 0;
    text[length - 2] = '\0'; /* the last comma */
    begin_line(begun);
    text_wrap(stdout, "Host", TOPO_LABEL_WIDTH, text);
    return 0;
}

int render_topo_foot(const struct machine *machine)
{
    bool begun = false;
    int r = print_excluded(machine, "Offline", is_offline, &begun);

    if (r == 0)
        r = print_excluded(machine, "Isolated", is_isolated, &begun);
    if (r == 0)
        r = print_excluded(machine, "Not granted", is_refused, &begun);
    if (r == 0)
        r = print_caches(machine, &begun);
    return r == 0 ? print_settings(machine, &begun) : r;
}
