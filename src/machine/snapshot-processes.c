/* SPDX-License-Identifier: Apache-2.0 */
/* Of processes only those that move interrupts, with what they were told about that. */

#include "snapshot-out.h"

#include "irq-rewriters.h"
#include "machine-read.h"

#include <ctype.h>
#include <string.h>

static int copy_in(struct snapshot_out *out, const char *dir, const char *file)
{
    autofree char *path = NULL;

    return asprintf(&path, "%s/%s", dir, file) < 0 ? -ENOMEM : snapshot_copy(out, path, NULL);
}

static bool is_variable(const char *word)
{
    for (const char *const *variable = irq_rewriters_variables; *variable; variable++) {
        if (strncmp(word, *variable, strlen(*variable)) == 0)
            return true;
    }
    return false;
}

static bool is_any(const char *word)
{
    return true;
}

/* Those of a file of words that are wanted. */
static int copy_words(struct snapshot_out *out, const char *dir, const char *file,
                      bool (*is_wanted)(const char *word))
{
    autostrv char **words = NULL;
    autofree char *kept = NULL;
    autofree char *path = NULL;
    size_t size = 0;
    FILE *stream;
    int r = root_read_words(out->root, &words, "%s/%s", dir, file);

    if (r < 0)
        return unless_memory(r);
    stream = open_memstream(&kept, &size);
    if (!stream)
        return -ENOMEM;
    for (char **word = words; *word; word++) {
        if (is_wanted(*word))
            (void)fwrite(*word, 1, strlen(*word) + 1, stream); /* fclose tells */
    }
    if (fclose(stream) != 0 || asprintf(&path, "%s/%s", dir, file) < 0)
        return -ENOMEM;
    return snapshot_bytes(out, path, kept, size);
}

/* Init shows that processes were looked at. */
static int copy_process(struct snapshot_out *out, const char *pid)
{
    autofree char *comm = NULL;
    char dir[64];
    bool moves;
    int r = root_read(out->root, &comm, "proc/%s/comm", pid);

    if (r < 0)
        return unless_memory(r);
    moves = strcmp(comm, "irqbalance") == 0 || strcmp(comm, "tuned") == 0;
    (void)snprintf(dir, sizeof(dir), "proc/%.32s", pid);
    if (strcmp(pid, "1") == 0 || moves)
        r = copy_in(out, dir, "comm");
    if (r == 0 && moves)
        r = copy_words(out, dir, "cmdline", is_any);
    return r == 0 && moves ? copy_words(out, dir, "environ", is_variable) : r;
}

int snapshot_processes(struct snapshot_out *out)
{
    static const char *const keep[] = {"IRQBALANCE_BANNED_CPU", NULL};
    autostrv char **names = NULL;
    int r = unless_memory(root_list(out->root, &names, "proc"));

    for (char **name = names; r == 0 && name && *name; name++) {
        if (isdigit((unsigned char)**name))
            r = copy_process(out, *name);
    }
    for (const char *const *file = irq_rewriters_files; r == 0 && *file; file++)
        r = snapshot_copy(out, *file, keep);
    return r < 0 ? r : snapshot_copy(out, "etc/tuned/active_profile", NULL);
}
