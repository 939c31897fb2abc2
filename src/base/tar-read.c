/* SPDX-License-Identifier: Apache-2.0 */
/* Reads archives, one member at a time, each whole in memory. */

#include "tar.h"

#include "mem.h"
#include "tar-format.h"

#include <bzlib.h>
#include <fcntl.h>
#include <string.h>
#include <zlib.h>

#define MEMBER_MAX ((size_t)64 << 20)
#define TOTAL_MAX ((size_t)256 << 20)
#define MEMBERS_MAX 262144u
#define NAME_MAX_BYTES 2048u
#define DEPTH_MAX 64u

struct reader {
    gzFile gz;  /* plain as well: zlib passes through what is not packed */
    BZFILE *bz; /* instead of gz */
    size_t total;
    unsigned int n_members;
    /* What GNU and pax headers say of the member after them; NULL when they say nothing. */
    char *next_name;
    char *next_target;
    char *data;
    struct np_error *err;
};

static void reader_fini(struct reader *reader)
{
    if (reader->gz)
        (void)gzclose(reader->gz); /* only read from */
    if (reader->bz)
        BZ2_bzclose(reader->bz);
    free(reader->next_name);
    free(reader->next_target);
    free(reader->data);
}

static int cut_short(struct reader *reader)
{
    return error_set(reader->err, -EINVAL, "the archive is cut short or damaged after %u members",
                     reader->n_members);
}

/* Exactly size bytes; -ENODATA at the end of the file. */
static int get(struct reader *reader, void *data, size_t size)
{
    int n = reader->bz ? BZ2_bzread(reader->bz, data, (int)size)
                       : gzread(reader->gz, data, (unsigned int)size);

    if (n == 0 && size > 0)
        return -ENODATA;
    return n < 0 || (size_t)n < size ? cut_short(reader) : 0;
}

static bool is_zero(const struct tar_header *header)
{
    static const char zeros[TAR_BLOCK];

    return memcmp(header, zeros, sizeof(zeros)) == 0;
}

/* Octal digits, with blanks and NULs around them. */
static bool parse_octal(const char *field, size_t length, size_t *ret)
{
    size_t value = 0;
    size_t i = 0;
    bool digits = false;

    while (i < length && field[i] == ' ')
        i++;
    for (; i < length && field[i] >= '0' && field[i] <= '7'; i++) {
        value = value * 8 + (size_t)(field[i] - '0');
        digits = true;
    }
    for (; i < length; i++) {
        if (field[i] != ' ' && field[i] != '\0')
            return false;
    }
    *ret = value;
    return digits;
}

/* Old tars summed up signed bytes. */
static bool is_sum_right(const struct tar_header *header)
{
    struct tar_header blank = *header;
    size_t wanted, sum = 0;
    int signed_sum = 0;

    if (!parse_octal(header->checksum, sizeof(header->checksum), &wanted))
        return false;
    memset(blank.checksum, ' ', sizeof(blank.checksum));
    for (size_t i = 0; i < sizeof(blank); i++) {
        sum += ((const unsigned char *)&blank)[i];
        signed_sum += ((const signed char *)&blank)[i];
    }
    return wanted == sum || (int)wanted == signed_sum;
}

static int get_data(struct reader *reader, const char *name, size_t size)
{
    size_t padded = (size + TAR_BLOCK - 1) / TAR_BLOCK * TAR_BLOCK;
    int r;

    if (size > MEMBER_MAX)
        return error_set(reader->err, -EFBIG, "member \"%.200s\" is larger than 64 MiB", name);
    reader->total += size;
    if (reader->total > TOTAL_MAX)
        return error_set(reader->err, -EFBIG, "the archive unpacks to more than 256 MiB");
    free(reader->data);
    reader->data = malloc(padded + 1);
    if (!reader->data)
        return -ENOMEM;
    r = padded ? get(reader, reader->data, padded) : 0;
    reader->data[r == 0 ? size : 0] = '\0';
    return r == -ENODATA ? cut_short(reader) : r;
}

static int remember(char **text, const char *value, size_t length)
{
    char *copy = strndup(value, length);

    if (!copy)
        return -ENOMEM;
    free(*text);
    *text = copy;
    return 0;
}

/* Records of "LENGTH key=value\n"; only names are of interest. A size for what does not fit into a
 * header's is larger than anything that we accept. */
static int parse_pax(struct reader *reader, size_t size)
{
    static const char path[] = "path=", target[] = "linkpath=", bytes[] = "size=";
    const char *p = reader->data, *end = p + size;
    int r = 0;

    while (r == 0 && p < end) {
        char *key;
        unsigned long length = strtoul(p, &key, 10);

        if (*key != ' ' || key == p || length > (size_t)(end - p) || key + 1 >= p + length ||
            p[length - 1] != '\n')
            return error_set(reader->err, -EINVAL, "an extended header is damaged");
        key++;
        p += length;
        if (strncmp(key, path, strlen(path)) == 0)
            r = remember(&reader->next_name, key + strlen(path),
                         (size_t)(p - 1 - key) - strlen(path));
        else if (strncmp(key, target, strlen(target)) == 0)
            r = remember(&reader->next_target, key + strlen(target),
                         (size_t)(p - 1 - key) - strlen(target));
        else if (strncmp(key, bytes, strlen(bytes)) == 0)
            r = error_set(reader->err, -EFBIG, "a member is larger than 64 MiB");
    }
    return r;
}

/* "./sys//class/" to "sys/class", in place. "" for the archive's own directory. */
static int clean_name(char *name, struct np_error *err)
{
    unsigned int depth = 0;
    char *to = name;

    if (name[0] == '/' || strlen(name) > NAME_MAX_BYTES)
        return error_set(err, -EINVAL, "member \"%.200s\" has an absolute or too long name", name);
    for (const char *from = name; *from;) {
        size_t length = strcspn(from, "/");

        if (length == 2 && from[0] == '.' && from[1] == '.')
            return error_set(err, -EINVAL, "a member's name leads outside of the archive");
        if (length > 0 && !(length == 1 && from[0] == '.')) {
            if (++depth > DEPTH_MAX)
                return error_set(err, -EINVAL, "a member is more than %u directories deep",
                                 DEPTH_MAX);
            if (to != name)
                *to++ = '/';
            memmove(to, from, length);
            to += length;
        }
        from += length;
        from += *from == '/';
    }
    *to = '\0';
    return 0;
}

/* Name and target of a member: from the headers before it, or from its own. */
static int take_texts(struct reader *reader, const struct tar_header *header, char **ret_name,
                      char **ret_target)
{
    int n = 0;

    *ret_name = TAKE(reader->next_name);
    *ret_target = TAKE(reader->next_target);
    if (!*ret_name && memcmp(header->magic, "ustar", 6) == 0 && header->prefix[0])
        n = asprintf(ret_name, "%.155s/%.100s", header->prefix, header->name);
    else if (!*ret_name)
        *ret_name = strndup(header->name, sizeof(header->name));
    if (!*ret_target)
        *ret_target = strndup(header->target, sizeof(header->target));
    if (n < 0)
        *ret_name = NULL; /* asprintf leaves it undefined */
    return *ret_name && *ret_target ? 0 : -ENOMEM;
}

static int refuse_type(struct reader *reader, char type, const char *name)
{
    int r;

    if (type == '3' || type == '4' || type == '6')
        return error_set(reader->err, -EINVAL, "member \"%.200s\" is a device or a pipe", name);
    if (type == '1') {
        r = error_set(reader->err, -ENOTSUP, "member \"%.200s\" is a hard link", name);
        error_hint(reader->err, "pack it again with tar --hard-dereference");
        return r;
    }
    return error_set(reader->err, -ENOTSUP, "member \"%.200s\" is of an unknown type", name);
}

/* A mode that cannot be read says nothing. */
static bool is_read_only(const struct tar_header *header)
{
    size_t mode;

    return parse_octal(header->mode, sizeof(header->mode), &mode) && (mode & 0222) == 0;
}

static int get_member(struct reader *reader, const struct tar_header *header, size_t size,
                      tar_member_fn *fn, void *user)
{
    autofree char *name = NULL;
    autofree char *target = NULL;
    struct tar_member member = {0};
    bool slash;
    int r = take_texts(reader, header, &name, &target);

    if (r < 0)
        return r;
    slash = name[0] && name[strlen(name) - 1] == '/'; /* how old tars say "directory" */
    if (header->type == '5' || (header->type == '\0' && slash))
        member.type = TAR_DIRECTORY;
    else if (header->type == '2')
        member.type = TAR_LINK;
    else if (header->type == '0' || header->type == '\0' || header->type == '7')
        member.type = TAR_FILE;
    else
        return refuse_type(reader, header->type, name);
    r = clean_name(name, reader->err);
    if (r == 0 && member.type == TAR_FILE)
        r = get_data(reader, name, size);
    if (r < 0 || !name[0])
        return r;
    member.name = name;
    member.target = member.type == TAR_LINK ? target : NULL;
    member.data = member.type == TAR_FILE ? reader->data : NULL;
    member.size = member.type == TAR_FILE ? size : 0;
    member.read_only = member.type == TAR_FILE && is_read_only(header);
    return fn(user, &member, reader->err);
}

static int get_next(struct reader *reader, const struct tar_header *header, tar_member_fn *fn,
                    void *user)
{
    size_t size;
    int r;

    if (!is_sum_right(header) || !parse_octal(header->size, sizeof(header->size), &size)) {
        r = reader->n_members == 0 ? error_set(reader->err, -EINVAL, "this is no tar archive")
                                   : cut_short(reader);
        error_hint(reader->err, "a captured machine is a .tar, .tar.gz or .tar.bz2");
        return r;
    }
    if (++reader->n_members > MEMBERS_MAX)
        return error_set(reader->err, -EFBIG, "the archive has more than %u members", MEMBERS_MAX);
    if (!strchr("LKxg", header->type) || header->type == '\0')
        return get_member(reader, header, size, fn, user);
    r = get_data(reader, "(extended header)", size);
    if (r == 0 && header->type == 'L')
        r = remember(&reader->next_name, reader->data, size);
    else if (r == 0 && header->type == 'K')
        r = remember(&reader->next_target, reader->data, size);
    else if (r == 0 && header->type == 'x')
        r = parse_pax(reader, size);
    return r;
}

static int reader_init(struct reader *reader, int fd, struct np_error *err)
{
    unsigned char magic[6] = {0};
    ssize_t n = pread(fd, magic, sizeof(magic), lseek(fd, 0, SEEK_CUR));
    int own;

    *reader = (struct reader){.err = err};
    if (n == 0)
        return error_set(err, -EINVAL, "the file is empty");
    if (memcmp(magic,
               "\xfd"
               "7zXZ",
               6) == 0 ||
        memcmp(magic, "\x28\xb5\x2f\xfd", 4) == 0 || memcmp(magic, "PK", 2) == 0) {
        error_set(err, -ENOTSUP, "this is packed with xz, zstd or zip");
        error_hint(err, "unpack it, or pack it again with gzip");
        return -ENOTSUP;
    }
    own = fcntl(fd, F_DUPFD_CLOEXEC, 0);
    if (own < 0)
        return error_set(err, -errno, "cannot read: %s", strerror(errno));
    if (memcmp(magic, "BZh", 3) == 0)
        reader->bz = BZ2_bzdopen(own, "rb");
    else
        reader->gz = gzdopen(own, "rb");
    if (reader->gz)
        (void)gzbuffer(reader->gz, 128 << 10); /* else the default, which is slower */
    if (!reader->bz && !reader->gz) {
        (void)close(own); /* nothing was read */
        return -ENOMEM;
    }
    return 0;
}

int tar_read(int fd, tar_member_fn *fn, void *user, struct np_error *err)
{
    struct reader reader;
    int r = reader_init(&reader, fd, err);

    while (r == 0) {
        struct tar_header header;

        r = get(&reader, &header, sizeof(header));
        if (r == -ENODATA)
            r = cut_short(&reader);
        else if (r == 0 && is_zero(&header))
            break;
        else if (r == 0)
            r = get_next(&reader, &header, fn, user);
    }
    reader_fini(&reader);
    return r;
}
