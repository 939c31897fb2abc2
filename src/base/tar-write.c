/* SPDX-License-Identifier: Apache-2.0 */
/* Writes archives; long names the GNU way, which every tar reads. */

#include "tar.h"

#include "mem.h"
#include "tar-format.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <zlib.h>

static const char types[] = {[TAR_FILE] = '0', [TAR_DIRECTORY] = '5', [TAR_LINK] = '2'};

struct tar_writer {
    gzFile file;
};

int tar_writer_new(int fd, bool gzip, struct tar_writer **ret_writer)
{
    struct tar_writer *writer = calloc(1, sizeof(*writer));
    int own = fcntl(fd, F_DUPFD_CLOEXEC, 0);
    int r = own < 0 ? -errno : 0;

    if (r == 0 && writer)
        writer->file = gzdopen(own, gzip ? "wb9" : "wbT");
    if (r == 0 && (!writer || !writer->file)) {
        (void)close(own); /* nothing was written */
        r = -ENOMEM;
    }
    if (r < 0) {
        free(writer);
        return r;
    }
    *ret_writer = writer;
    return 0;
}

static int write_error(struct tar_writer *writer)
{
    int code;

    (void)gzerror(writer->file, &code);
    return code == Z_ERRNO && errno ? -errno : -EIO;
}

static int put(struct tar_writer *writer, const void *data, size_t size)
{
    return size == 0 || gzwrite(writer->file, data, (unsigned int)size) > 0 ? 0
                                                                            : write_error(writer);
}

/* Data and what fills its last block. */
static int put_data(struct tar_writer *writer, const void *data, size_t size)
{
    static const char zeros[TAR_BLOCK];
    int r = put(writer, data, size);

    return r < 0 ? r : put(writer, zeros, (TAR_BLOCK - size % TAR_BLOCK) % TAR_BLOCK);
}

static int put_header(struct tar_writer *writer, const struct tar_header *unsummed)
{
    struct tar_header header = *unsummed;
    unsigned int sum = 0;

    memcpy(header.magic, "ustar", 6);
    memcpy(header.version, "00", 2);
    memset(header.checksum, ' ', sizeof(header.checksum));
    for (size_t i = 0; i < sizeof(header); i++)
        sum += ((const unsigned char *)&header)[i];
    (void)snprintf(header.checksum, sizeof(header.checksum), "%06o", sum); /* < 512 * 256 */
    return put(writer, &header, sizeof(header));
}

static void fill_header(struct tar_header *header, char type, size_t size)
{
    *header = (struct tar_header){.type = type};
    memcpy(header->mode, type == types[TAR_DIRECTORY] ? "0000755" : "0000644", 8);
    memcpy(header->uid, "0000000", 8);
    memcpy(header->gid, "0000000", 8);
    (void)snprintf(header->size, sizeof(header->size), "%011llo", (unsigned long long)size);
    memcpy(header->mtime, "00000000000", 12);
}

/* A text of a header: in place, or in a member of its own before it when it is too long. */
static int place_text(struct tar_writer *writer, char field[100], const char *text, char type)
{
    struct tar_header header;
    size_t length = strlen(text);
    int r;

    memcpy(field, text, length < 100 ? length : 99);
    if (length < 100)
        return 0;
    fill_header(&header, type, length + 1);
    memcpy(header.name, "././@LongLink", 14);
    r = put_header(writer, &header);
    return r < 0 ? r : put_data(writer, text, length + 1);
}

int tar_writer_add(struct tar_writer *writer, const struct tar_member *member)
{
    size_t size = member->type == TAR_FILE ? member->size : 0;
    struct tar_header header;
    int r = 0;

    fill_header(&header, types[member->type], size);
    if (member->type == TAR_FILE && member->read_only)
        memcpy(header.mode, "0000444", 8);
    if (member->type == TAR_LINK)
        r = place_text(writer, header.target, member->target, 'K');
    if (r == 0)
        r = place_text(writer, header.name, member->name, 'L');
    if (r == 0)
        r = put_header(writer, &header);
    return r < 0 ? r : put_data(writer, member->data, size);
}

int tar_writer_finish(struct tar_writer *writer)
{
    static const char zeros[2 * TAR_BLOCK];
    int r = put(writer, zeros, sizeof(zeros));
    int closed;

    if (r < 0)
        return r;
    errno = 0;
    closed = gzclose(writer->file);
    writer->file = NULL;
    return closed == Z_OK ? 0 : errno ? -errno : -EIO;
}

struct tar_writer *tar_writer_free(struct tar_writer *writer)
{
    if (writer && writer->file)
        (void)gzclose(writer->file); /* only when given up */
    free(writer);
    return NULL;
}
