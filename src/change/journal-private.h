/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CHANGE_JOURNAL_PRIVATE_H
#define CHANGE_JOURNAL_PRIVATE_H

/* What journal.c and journal-read.c share. */

#include "db.h"
#include "journal.h"

struct journal {
    char *directory;
    char *boot; /* the kernel's id of this boot */
    struct db db;
    int lock_fd; /* -1: not locked */
};

int transaction_state_from_name(const char *name);

#endif
