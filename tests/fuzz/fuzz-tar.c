/* SPDX-License-Identifier: Apache-2.0 */
/* Archives: members are only ever handed out with names and sizes that can be trusted. */

#include "fuzz.h"

#include "root.h"
#include "tar.h"

#include <stdio.h>
#include <sys/mman.h>

enum { BLOCK = 512, CHECKSUM_AT = 148, CHECKSUM_SIZE = 8, MAGIC_AT = 257, DEPTH_MAX = 100 };

/* Without right checksums nothing behind the first header would ever be looked at. */
static void mend_checksums(uint8_t *data, size_t size)
{
    for (size_t at = 0; at + BLOCK <= size; at += BLOCK) {
        uint8_t *header = data + at;
        unsigned int sum = 0;

        if (memcmp(header + MAGIC_AT, "ustar", 5) != 0)
            continue;
        memset(header + CHECKSUM_AT, ' ', CHECKSUM_SIZE);
        for (size_t i = 0; i < BLOCK; i++)
            sum += header[i];
        (void)snprintf((char *)header + CHECKSUM_AT, CHECKSUM_SIZE - 1, "%06o", sum);
    }
}

static int look(void *user, const struct tar_member *member, struct np_error *err)
{
    unsigned int *sum = user;
    size_t length = strlen(member->name);

    REQUIRE(length > 0 && member->name[0] != '/' && member->name[length - 1] != '/');
    for (const char *p = member->name; p; p = strchr(p, '/')) {
        p += *p == '/';
        REQUIRE(strncmp(p, "../", 3) != 0 && strcmp(p, "..") != 0 && *p != '/');
    }
    REQUIRE((member->type == TAR_LINK) == (member->target != NULL));
    for (size_t i = 0; i < member->size; i++) /* all of it is there to be read */
        *sum += (unsigned char)member->data[i];
    if (member->target)
        *sum += (unsigned int)strlen(member->target);
    return 0;
}

/* The archive as a tree: whatever its links say, looking through it ends. */
static void walk(const struct root *root, const char *path, unsigned int depth)
{
    autostrv char **names = NULL;

    REQUIRE(depth < DEPTH_MAX);
    if (root_list(root, &names, "%s", path) < 0)
        return;
    for (char **name = names; *name; name++) {
        autofree char *below = NULL;
        autofree char *target = NULL;
        autofree char *text = NULL;

        REQUIRE((*name)[0] && !strchr(*name, '/') && strcmp(*name, "..") != 0);
        REQUIRE(asprintf(&below, "%s%s%s", path, path[0] ? "/" : "", *name) > 0);
        if (root_readlink(root, &target, "%s", below) == 0)
            (void)root_has(root, "%s/../x", below); /* may be anything */
        else if (root_read(root, &text, "%s", below) < 0)
            walk(root, below, depth + 1);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    autoclose int fd = memfd_create("archive", MFD_CLOEXEC);
    autofree uint8_t *copy = malloc(size + 1);
    autoroot struct root *root = NULL;
    struct np_error err = {0};
    unsigned int sum = 0;
    int r;

    REQUIRE(fd >= 0 && copy);
    if (size > 0)
        memcpy(copy, data, size);
    mend_checksums(copy, size);
    REQUIRE(write(fd, copy, size) == (ssize_t)size && lseek(fd, 0, SEEK_SET) == 0);
    r = tar_read(fd, look, &sum, &err);
    REQUIRE(r == 0 || (err.code == r && err.text[0]));
    REQUIRE(lseek(fd, 0, SEEK_SET) == 0);
    if (root_open_archive(fd, &root, &err) == 0)
        walk(root, "", 0);
    return 0;
}
