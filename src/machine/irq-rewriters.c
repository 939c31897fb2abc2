/* SPDX-License-Identifier: Apache-2.0 */
/* One walk over the processes; a variable is looked for where the process has it, and else where
 * its service takes it from. */

#include "irq-rewriters.h"

#include "machine-read.h"
#include "set.h"

#include <ctype.h>
#include <string.h>

const char *const irq_rewriters_variables[] = {
    "IRQBALANCE_BANNED_CPULIST=", "IRQBALANCE_BANNED_CPUS=", NULL};
const char *const irq_rewriters_files[] = {"etc/default/irqbalance", "etc/sysconfig/irqbalance",
                                           NULL};

void irq_rewriters_fini(struct irq_rewriters *rewriters)
{
    strv_free(rewriters->irqbalance_args);
    hwloc_bitmap_free(rewriters->banned_cpus);
    hwloc_bitmap_free(rewriters->banned_irqs);
    free(rewriters->tuned_profile);
    *rewriters = (struct irq_rewriters){0};
}

/* A zombie has no arguments. */
static bool is_zombie(const struct root *root, const char *pid)
{
    autostrv char **words = NULL;

    return root_read_words(root, &words, "proc/%s/cmdline", pid) == 0 && !words[0];
}

static int find_processes(const struct root *root, struct irq_rewriters *rewriters)
{
    autostrv char **names = NULL;
    int r = unless_memory(root_list(root, &names, "proc"));

    for (char **name = names; r == 0 && name && *name; name++) {
        autofree char *comm = NULL;
        pid_t *found;

        if (!isdigit((unsigned char)**name))
            continue;
        r = unless_memory(root_read(root, &comm, "proc/%s/comm", *name));
        if (!comm)
            continue;
        rewriters->known = true;
        found = strcmp(comm, "irqbalance") == 0 ? &rewriters->irqbalance
                : strcmp(comm, "tuned") == 0    ? &rewriters->tuned
                                                : NULL;
        if (found && *found == 0 && !is_zombie(root, *name))
            *found = (pid_t)strtol(*name, NULL, 10);
    }
    return r;
}

/* The text behind a variable's name; NULL when line does not begin with it. A shell's file may have
 * quotes. */
static const char *value_of(const char *line, const char *variable, size_t *ret_length)
{
    size_t length = strlen(variable);

    if (strncmp(line, variable, length) != 0)
        return NULL;
    line += length;
    line += *line == '"' || *line == '\'';
    *ret_length = strcspn(line, "\"'\n ");
    return line;
}

/* The list is the newer one, and irqbalance prefers it. */
static int take_banned_cpus(struct irq_rewriters *rewriters, const char *line)
{
    for (size_t i = 0; irq_rewriters_variables[i]; i++) {
        autofree char *text = NULL;
        hwloc_bitmap_t cpus = NULL;
        size_t length;
        const char *value = value_of(line, irq_rewriters_variables[i], &length);
        int r;

        if (!value || (i > 0 && rewriters->banned_cpus))
            continue;
        text = strndup(value, length);
        r = !text    ? -ENOMEM
            : i == 0 ? set_parse_list(text, &cpus, NULL)
                     : set_parse_mask(text, &cpus, NULL);
        if (r < 0)
            return unless_memory(r);
        hwloc_bitmap_free(rewriters->banned_cpus);
        rewriters->banned_cpus = cpus;
    }
    return 0;
}

static int read_service(const struct root *root, struct irq_rewriters *rewriters)
{
    int r = 0;

    for (const char *const *file = irq_rewriters_files; r == 0 && *file; file++) {
        autofree char *text = NULL;

        r = unless_memory(root_read(root, &text, "%s", *file));
        for (const char *line = text; r == 0 && line; line = strchr(line, '\n')) {
            line += *line == '\n';
            r = take_banned_cpus(rewriters, line);
        }
    }
    return r;
}

static int read_environment(const struct root *root, struct irq_rewriters *rewriters)
{
    autostrv char **words = NULL;
    int r = root_read_words(root, &words, "proc/%d/environ", (int)rewriters->irqbalance);

    if (r < 0)
        return r == -ENOMEM ? r : read_service(root, rewriters);
    for (char **word = words; r == 0 && *word; word++)
        r = take_banned_cpus(rewriters, *word);
    return r;
}

/* "--banirq=7", "--banirq 7", "-i 7", "-i7". */
static void take_banned_irqs(struct irq_rewriters *rewriters)
{
    for (char **arg = rewriters->irqbalance_args; *arg; arg++) {
        const char *value = NULL;
        unsigned int irq;
        int end = 0;

        if (strcmp(*arg, "-i") == 0 || strcmp(*arg, "--banirq") == 0)
            value = arg[1];
        else if (strncmp(*arg, "--banirq=", 9) == 0)
            value = *arg + 9;
        else if (strncmp(*arg, "-i", 2) == 0)
            value = *arg + 2;
        if (value && sscanf(value, "%6u%n", &irq, &end) == 1 && !value[end])
            hwloc_bitmap_set(rewriters->banned_irqs, irq);
    }
}

static int read_arguments(const struct root *root, struct irq_rewriters *rewriters)
{
    char **args = NULL;
    size_t n = 0;
    int r = root_read_words(root, &args, "proc/%d/cmdline", (int)rewriters->irqbalance);

    if (r < 0)
        return unless_memory(r);
    rewriters->irqbalance_args = args;
    while (args[n])
        n++;
    free(args[0]); /* its name; NULL when it has ended meanwhile */
    memmove(args, args + 1, n * sizeof(*args));
    take_banned_irqs(rewriters);
    return 0;
}

int irq_rewriters_read(const struct root *root, struct irq_rewriters *ret_rewriters)
{
    int r;

    *ret_rewriters = (struct irq_rewriters){.banned_irqs = hwloc_bitmap_alloc()};
    r = ret_rewriters->banned_irqs ? find_processes(root, ret_rewriters) : -ENOMEM;
    if (r == 0 && ret_rewriters->irqbalance)
        r = read_arguments(root, ret_rewriters);
    if (r == 0 && ret_rewriters->irqbalance)
        r = read_environment(root, ret_rewriters);
    if (r == 0 && ret_rewriters->tuned)
        r = unless_memory(
            root_read(root, &ret_rewriters->tuned_profile, "etc/tuned/active_profile"));
    return r;
}
