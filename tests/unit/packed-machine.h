/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_UNIT_PACKED_MACHINE_H
#define TESTS_UNIT_PACKED_MACHINE_H

/* A snapshot that is in memory, as a source for machine_load. */

#include "snapshot.h"

#include <sys/mman.h>

struct packed_machine {
    int fd; /* the caller closes it */
    char source[32];
};

static inline int pack_member(void *user, const struct tar_member *member, struct np_error *err)
{
    return tar_writer_add(user, member);
}

static inline void pack_machine(const struct root *root, struct packed_machine *packed)
{
    struct tar_writer *writer = NULL;
    struct np_error err = {0};

    packed->fd = memfd_create("snapshot", MFD_CLOEXEC);
    assert_true(packed->fd >= 0);
    assert_int_equal(tar_writer_new(packed->fd, false, &writer), 0);
    assert_int_equal(snapshot_take(root, pack_member, writer, &err), 0);
    assert_int_equal(tar_writer_finish(writer), 0);
    assert_null(tar_writer_free(writer));
    assert_true(snprintf(packed->source, sizeof(packed->source), "/proc/self/fd/%d", packed->fd) >
                0);
    assert_int_equal(lseek(packed->fd, 0, SEEK_SET), 0);
}

#endif
