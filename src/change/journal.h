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

/* Opens (and creates) the journal in directory. NULL is the default place: $NUMAPLACE_STATE_DIR,
 * or /var/lib/numaplace for root, else $XDG_STATE_HOME/numaplace or ~/.local/state/numaplace.
 * read_only changes nothing on disk, and a journal that does not exist reads as an empty one. */
int journal_open(const char *directory, bool read_only, struct journal **ret_journal,
                 struct np_error *err);
struct journal *journal_free(struct journal *journal); /* returns NULL */
/* Opened for reading, and there is none. */
bool journal_is_absent(const struct journal *journal);
const char *journal_directory(const struct journal *journal);

/* One process at a time: held by apply and rollback until journal_free or the end of the process (a
 * crash lets go of it, whatever children there are). -EBUSY names the process that has it. */
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

enum transaction_state {
    TRANSACTION_APPLYING,
    TRANSACTION_APPLIED,
    TRANSACTION_FAILED, /* what had been made was kept, or could not all be put back */
    TRANSACTION_ROLLING_BACK,
    TRANSACTION_ROLLED_BACK,
    TRANSACTION_STATE_COUNT,
};

const char *transaction_state_name(enum transaction_state state);

struct transaction {
    int64_t id;
    enum transaction_state state;
    bool same_boot;
    char *spec_file; /* absolute; or of what no file asked for, the command: "irq apply eth0" */
    char *plan;      /* JSON text, as planned */
    char *started;   /* UTC, ISO 8601 */
    char *ended;     /* of apply or rollback, whichever came last; NULL not yet */
    struct changes changes;
};

/* Writes a new transaction (spec_file, plan and changes are used) with what is to be applied, all
 * in one commit, and sets the ids. */
int journal_begin(struct journal *journal, struct transaction *transaction,
                  const struct applied *applied, unsigned int n_applied, struct np_error *err);

/* Writes state, subject, wanted, found and note of a change. */
int journal_put_change(struct journal *journal, const struct change *change, struct np_error *err);
int journal_put_state(struct journal *journal, int64_t transaction, enum transaction_state state,
                      struct np_error *err);
/* That all of a transaction is made, and the notes of its changes, in one commit. */
int journal_put_applied(struct journal *journal, const struct transaction *transaction,
                        struct np_error *err);
/* State and all changes of a transaction, in one commit. */
int journal_put_transaction(struct journal *journal, const struct transaction *transaction,
                            struct np_error *err);
/* The process of an instance, known once it is started. */
int journal_put_process(struct journal *journal, int64_t change, const struct proc_id *id,
                        struct np_error *err);

/* -ENOENT names the id. The caller frees. */
int journal_load(struct journal *journal, int64_t id, struct transaction **ret_transaction,
                 struct np_error *err);
struct transaction *transaction_free(struct transaction *transaction); /* returns NULL */

/* Ids of the transactions that are not rolled back, oldest first. The caller frees. */
int journal_open_transactions(struct journal *journal, int64_t **ret_ids, unsigned int *ret_n,
                              struct np_error *err);

/* The changes that open transactions of this boot hold, read once for many questions. The caller
 * frees. */
struct held;
int journal_held(struct journal *journal, struct held **ret_held, struct np_error *err);
struct held *held_free(struct held *held); /* returns NULL */

/* Another transaction that holds a change of this kind to this subject, and the old value that one
 * remembers (new reference; may be NULL when not asked for). *ret_transaction 0: none. */
int held_find(const struct held *held, const struct change *change, int64_t *ret_transaction,
              json_t **ret_old, struct np_error *err);
/* The same for a single question. */
int journal_holder(struct journal *journal, const struct change *change, int64_t *ret_transaction,
                   json_t **ret_old, struct np_error *err);

static inline void cleanup_held(struct held **held)
{
    (void)held_free(*held);
}
#define autoheld CLEANUP(cleanup_held)

static inline void cleanup_journal(struct journal **journal)
{
    (void)journal_free(*journal);
}
static inline void cleanup_transaction(struct transaction **transaction)
{
    (void)transaction_free(*transaction);
}
#define autojournal CLEANUP(cleanup_journal)
#define autotransaction CLEANUP(cleanup_transaction)

#endif
