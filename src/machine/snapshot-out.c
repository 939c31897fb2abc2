/* SPDX-License-Identifier: Apache-2.0 */
/* Where captured files go. */

#include "snapshot-out.h"

#include <ctype.h>
#include <search.h>
#include <string.h>

#define MAC_DIGITS 12

void snapshot_out_fini(struct snapshot_out *out)
{
    tdestroy(out->seen, free);
    strv_free(out->macs);
}

static int compare_paths(const void *a, const void *b)
{
    return strcmp(a, b);
}

/* A positive answer: the path is new. */
static int remember_path(struct snapshot_out *out, const char *path)
{
    autofree char *copy = strdup(path);
    char *const *found = copy ? tsearch(copy, &out->seen, compare_paths) : NULL;

    if (!found)
        return -ENOMEM;
    if (*found != copy)
        return 0;
    (void)TAKE(copy); /* it is the tree's now */
    return 1;
}

bool snapshot_has(const struct snapshot_out *out, const char *path)
{
    return tfind(path, &out->seen, compare_paths) != NULL;
}

/* Systemd and udev name a network device after its MAC address where they know nothing better:
 * enx0c37961f2a3b. Returns where the digits start. */
static char *find_mac(char *text)
{
    for (char *p = text; (p = strchr(p, 'x')); p++) {
        size_t digits = 0;

        while (isxdigit((unsigned char)p[1 + digits]) && !isupper((unsigned char)p[1 + digits]))
            digits++;
        if (digits == MAC_DIGITS && p - text >= 2 && islower((unsigned char)p[-1]) &&
            islower((unsigned char)p[-2]))
            return p + 1;
    }
    return NULL;
}

/* Which of the addresses found so far it is, counted from 1. */
static int number_mac(struct snapshot_out *out, const char *mac, size_t *ret_number)
{
    char **larger;

    for (size_t i = 0; i < out->n_macs; i++) {
        if (strncmp(out->macs[i], mac, MAC_DIGITS) == 0) {
            *ret_number = i + 1;
            return 0;
        }
    }
    larger = reallocarray(out->macs, out->n_macs + 2, sizeof(*larger));
    if (!larger)
        return -ENOMEM;
    out->macs = larger;
    larger[out->n_macs] = strndup(mac, MAC_DIGITS);
    larger[out->n_macs + 1] = NULL;
    if (!larger[out->n_macs])
        return -ENOMEM;
    *ret_number = ++out->n_macs;
    return 0;
}

static int hide_macs(struct snapshot_out *out, char *text)
{
    for (char *mac = text; (mac = find_mac(mac)); mac += MAC_DIGITS) {
        char digits[MAC_DIGITS + 9];
        size_t number;
        int r = number_mac(out, mac, &number);

        if (r < 0)
            return r;
        (void)snprintf(digits, sizeof(digits), "%0*x", MAC_DIGITS, (unsigned int)number);
        memcpy(mac, digits, MAC_DIGITS);
    }
    return 0;
}

static int put(struct snapshot_out *out, const struct tar_member *member)
{
    autofree char *name = strdup(member->name);
    autofree char *target = member->target ? strdup(member->target) : NULL;
    struct tar_member scrubbed = *member;
    int r;

    if (!name || (member->target && !target))
        return -ENOMEM;
    r = hide_macs(out, name);
    if (r == 0 && target)
        r = hide_macs(out, target);
    scrubbed.name = name;
    scrubbed.target = target;
    return r < 0 ? r : out->put(out->user, &scrubbed, out->err);
}

/* Cuts text down to the lines with one of keep. */
static void keep_lines(char *text, const char *const *keep)
{
    char *to = text;

    for (char *line = text, *next; *line; line = next) {
        size_t length = strcspn(line, "\n");
        bool wanted = false;

        next = line + length + (line[length] == '\n');
        for (const char *const *key = keep; *key; key++)
            wanted |= memmem(line, length, *key, strlen(*key)) != NULL;
        if (wanted) {
            memmove(to, line, (size_t)(next - line));
            to += next - line;
        }
    }
    *to = '\0';
}

static int put_text(struct snapshot_out *out, const char *path, const char *text)
{
    struct tar_member member = {.type = TAR_FILE, .name = path, .data = text, .size = strlen(text)};

    return put(out, &member);
}

int snapshot_text(struct snapshot_out *out, const char *path, const char *text)
{
    autofree char *copy = strdup(text);
    int r = copy ? remember_path(out, path) : -ENOMEM;

    if (r <= 0)
        return r;
    r = hide_macs(out, copy);
    return r < 0 ? r : put_text(out, path, copy);
}

int snapshot_bytes(struct snapshot_out *out, const char *path, const char *bytes, size_t size)
{
    struct tar_member member = {.type = TAR_FILE, .name = path, .data = bytes, .size = size};
    int r = remember_path(out, path);

    return r <= 0 ? r : put(out, &member);
}

int snapshot_copy_mode(struct snapshot_out *out, const char *path)
{
    struct tar_member member = {.type = TAR_FILE, .name = path};
    autofree char *text = NULL;
    autofree char *line = NULL;
    int r = remember_path(out, path);

    if (r <= 0)
        return r;
    r = root_read(out->root, &text, "%s", path);
    if (r < 0)
        return r == -ENOMEM ? r : 0;
    if (asprintf(&line, "%s\n", text) < 0)
        return -ENOMEM;
    member.data = line;
    member.size = strlen(line);
    member.read_only = root_is_read_only(out->root, "%s", path);
    return put(out, &member);
}

int snapshot_directory(struct snapshot_out *out, const char *path)
{
    struct tar_member member = {.type = TAR_DIRECTORY, .name = path};
    int r = remember_path(out, path);

    return r <= 0 ? r : put(out, &member);
}

int snapshot_copy(struct snapshot_out *out, const char *path, const char *const *keep)
{
    autofree char *text = NULL;
    autofree char *line = NULL;
    int r = remember_path(out, path);

    if (r <= 0)
        return r;
    r = root_readlink(out->root, &text, "%s", path);
    if (r == 0) {
        struct tar_member member = {.type = TAR_LINK, .name = path, .target = text};

        return put(out, &member);
    }
    if (r == -EINVAL)
        r = root_read(out->root, &text, "%s", path);
    if (r < 0)
        return r == -ENOMEM ? r : 0;
    if (asprintf(&line, "%s\n", text) < 0) /* root_read cut it off */
        return -ENOMEM;
    if (keep)
        keep_lines(line, keep);
    return put_text(out, path, line);
}
