/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MACHINE_SNAPSHOT_OUT_H
#define MACHINE_SNAPSHOT_OUT_H

/* Where captured files go: each once, and without MAC addresses. */

#include "root.h"
#include "tar.h"

struct snapshot_out {
    const struct root *root;
    tar_member_fn *put;
    void *user;
    struct np_error *err;
    void *seen;  /* paths, for tsearch(3) */
    char **macs; /* as found in names of devices; their index replaces them */
    size_t n_macs;
};

void snapshot_out_fini(struct snapshot_out *out);

/* Whether it was copied, or tried to be. */
bool snapshot_has(const struct snapshot_out *out, const char *path);

/* Copies a file or link, of a file only the lines that contain one of keep (NULL: all). What cannot
 * be read is left out, as it is unknown to the readers too. */
int snapshot_copy(struct snapshot_out *out, const char *path, const char *const *keep);
int snapshot_directory(struct snapshot_out *out, const char *path);
/* A file of our own words, or of the kernel's that name devices. */
int snapshot_text(struct snapshot_out *out, const char *path, const char *text);
/* A file of our own bytes. */
int snapshot_bytes(struct snapshot_out *out, const char *path, const char *bytes, size_t size);
/* A file of which matters whether anybody may write it. */
int snapshot_copy_mode(struct snapshot_out *out, const char *path);
/* A link in dir, the directory of the device that it leads to, and what tells of its node.
 * *ret_path is that directory, the caller's; NULL when there is no such link. */
int snapshot_device(struct snapshot_out *out, const char *dir, const char *name, char **ret_path);

/* Network, block and GPU devices, and where they hang. */
int snapshot_devices(struct snapshot_out *out);
/* Processes that move interrupts. */
int snapshot_processes(struct snapshot_out *out);
/* Who takes which interrupt, and the queues of network devices. */
int snapshot_interrupts(struct snapshot_out *out);

#endif
