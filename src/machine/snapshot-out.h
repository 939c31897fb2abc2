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
/* A file of our own words. */
int snapshot_text(struct snapshot_out *out, const char *path, const char *text);

/* Network, block and GPU devices, and where they hang. */
int snapshot_devices(struct snapshot_out *out);

#endif
