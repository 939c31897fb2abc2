/* SPDX-License-Identifier: Apache-2.0 */
/* A tree from a file or from memory, whether it is text or blob. */

#include "devicetree.h"
#include "dtb.h"
#include "dts-file.h"
#include "dts-parse.h"

#include <fcntl.h>
#include <string.h>

#define BEGIN_BYTES 4096u /* of a file, in which it says what it is */

static const unsigned char magic[] = {0xd0, 0x0d, 0xfe, 0xed};

int file_read(const char *path, size_t max, char **ret_data, size_t *ret_length,
              struct stat *ret_stat)
{
    autoclose int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    autofree char *data = NULL;
    size_t length = 0;
    ssize_t n;

    if (fd < 0 || fstat(fd, ret_stat) < 0)
        return -errno;
    if (!S_ISREG(ret_stat->st_mode))
        return S_ISDIR(ret_stat->st_mode) ? -EISDIR : -EINVAL;
    if ((uintmax_t)ret_stat->st_size > max)
        return -EFBIG;
    data = malloc((size_t)ret_stat->st_size + 1);
    if (!data)
        return -ENOMEM;
    do {
        n = read(fd, data + length, (size_t)ret_stat->st_size - length);
        if (n < 0 && errno != EINTR)
            return -errno;
        length += n > 0 ? (size_t)n : 0;
    } while (n > 0 || (n < 0 && errno == EINTR));
    data[length] = '\0';
    *ret_data = TAKE(data);
    *ret_length = length;
    return 0;
}

static bool has_magic(const char *data, size_t length)
{
    return length >= sizeof(magic) && memcmp(data, magic, sizeof(magic)) == 0;
}

bool dt_begins_as_tree(const char *data, size_t length)
{
    if (length > BEGIN_BYTES)
        length = BEGIN_BYTES;
    return has_magic(data, length) || memmem(data, length, "/dts-v1/;", 9) ||
           memmem(data, length, "/multikernel-v1/;", 17);
}

static bool file_begins_as_tree(const char *path)
{
    autoclose int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    char data[BEGIN_BYTES];
    ssize_t n = fd < 0 ? -1 : pread(fd, data, sizeof(data), 0);

    return n > 0 && dt_begins_as_tree(data, (size_t)n);
}

bool dt_is_tree(const char *path)
{
    static const char *const suffixes[] = {".dts", ".dtsi", ".dtb", ".dtbo"};
    const char *dot = strrchr(path, '.');

    for (size_t i = 0; dot && i < ARRAY_SIZE(suffixes); i++) {
        if (strcmp(dot, suffixes[i]) == 0)
            return true;
    }
    return file_begins_as_tree(path);
}

static int too_large(const char *file, struct np_error *err)
{
    (void)error_set(err, -EFBIG, "a device tree has at most %u MiB", DT_FILE_BYTES_MAX >> 20);
    error_at(err, file, 1, 1);
    return -EFBIG;
}

int dt_parse(const char *file, const char *data, size_t length, struct dt **ret_dt,
             struct np_error *err)
{
    char *copy;

    if (length > DT_FILE_BYTES_MAX)
        return too_large(file, err);
    if (has_magic(data, length))
        return dtb_read(file, data, length, ret_dt, err);
    copy = malloc(length + 1);
    if (!copy)
        return error_set(err, -ENOMEM, "no memory for the device tree");
    if (length)
        memcpy(copy, data, length);
    copy[length] = '\0';
    return dts_parse(file, copy, length, ret_dt, err);
}

int dt_load(const char *path, struct dt **ret_dt, struct np_error *err)
{
    autofree char *data = NULL;
    struct stat st;
    size_t length;
    int r = file_read(path, DT_FILE_BYTES_MAX, &data, &length, &st);

    if (r == -EFBIG)
        return too_large(path, err);
    if (r < 0)
        return error_set(err, r, "cannot read %s: %s", path,
                         r == -EINVAL ? "this is no regular file" : strerror(-r));
    if (has_magic(data, length))
        return dtb_read(path, data, length, ret_dt, err);
    return dts_parse(path, TAKE(data), length, ret_dt, err);
}
