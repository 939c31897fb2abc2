/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CHANGE_JOURNAL_H
#define CHANGE_JOURNAL_H

/*
 * The journal: what was changed, from what, to what, written before it is made (SQLite,
 * synchronous). A transaction is one `apply`; it holds what was planned for each instance, and its
 * changes in order. After a crash at any point the journal tells rollback what may have been made.
 */

#include "change.h"
#include "plan.h"
#include "proc.h"

struct journal;

/* Opens (and creates) the journal in directory; NULL is the default place: /var/lib/numaplace for
 * root, else $XDG_STATE_HOME/numaplace or ~/.local/state/numaplace. */
int journal_open(const char *directory, bool read_only, struct journal **ret_journal,
                 struct np_error *err);
struct journal *journal_free(struct journal *journal); /* returns NULL */
const char *journal_directory(const struct journal *journal);

/* One at a time: held by apply and rollback until journal_free or the end of the process (a crash
 * lets go of it). -EBUSY names the process that has it. */
int journal_lock(struct journal *journal, struct np_error *err);

/* What is applied here and not rolled back: one an instance. */
struct applied {
    int64_t transaction;
    char *spec_file; /* absolute path of the placement file */
    char *instance;
    struct proc_id id; /* pid 0: no process (only planned, or not known) */
    bool same_boot;    /* false: the machine was restarted since; nothing of it is left */
    hwloc_bitmap_t cpus;
    hwloc_bitmap_t mem_nodes;
    enum memory_policy policy;
    struct share *shares;
    unsigned int n_shares;
    char *cgroup; /* path below the cgroup root, NULL none */
};

/* spec_file NULL: of all transactions. The caller frees with applied_free. */
int journal_applied(struct journal *journal, const char *spec_file, struct applied **ret_applied,
                    unsigned int *ret_n, struct np_error *err);
void applied_free(struct applied *applied, unsigned int n);

static inline void cleanup_journal(struct journal **journal)
{
    (void)journal_free(*journal);
}
#define autojournal CLEANUP(cleanup_journal)

#endif
