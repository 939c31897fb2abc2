/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One line of /proc/PID/numa_maps.
 *
 * The one idea: a line is believed only as far as it is understood. What tells amounts (N<node>=,
 * anon=, kernelpagesize_kB=) must be right to the last digit; what newer kernels may add is passed
 * over. Written by the kernel's show_numa_map() and mpol_to_str().
 */

#include "observation.h"

#include "set.h"
#include "size.h"

#include <string.h>

/* Where we are in a line. */
struct cursor {
    const char *p;
    const char *end;
};

struct token {
    const char *p;
    size_t length;
};

#define NODES_MAX (SET_ID_MAX + 1)

/* The two modes whose names hold a space, which else ends a token. */
static const char *const spaced_modes[] = {"weighted interleave", "prefer (many)"};

static bool token_next(struct cursor *cursor, struct token *ret_token)
{
    const char *space;

    while (cursor->p < cursor->end && *cursor->p == ' ')
        cursor->p++;
    if (cursor->p == cursor->end)
        return false;
    space = memchr(cursor->p, ' ', (size_t)(cursor->end - cursor->p));
    *ret_token = (struct token){.p = cursor->p,
                                .length = (size_t)((space ? space : cursor->end) - cursor->p)};
    cursor->p += ret_token->length;
    return true;
}

static bool token_is(const struct token *token, const char *word)
{
    return token->length == strlen(word) && memcmp(token->p, word, token->length) == 0;
}

static bool token_strip(struct token *token, const char *prefix)
{
    size_t length = strlen(prefix);

    if (token->length < length || memcmp(token->p, prefix, length) != 0)
        return false;
    token->p += length;
    token->length -= length;
    return true;
}

/* Digits only, all of them, at most 2^63. */
static int token_number(struct token token, unsigned int base, uint64_t *ret_number)
{
    uint64_t number = 0;

    if (token.length == 0)
        return -EINVAL;
    for (size_t i = 0; i < token.length; i++) {
        char c = token.p[i];
        unsigned int digit = c >= '0' && c <= '9'   ? (unsigned int)(c - '0')
                             : c >= 'a' && c <= 'f' ? (unsigned int)(c - 'a') + 10
                                                    : 99;

        if (digit >= base || number > (UINT64_MAX - digit) / base)
            return -EINVAL;
        number = number * base + digit;
    }
    *ret_number = number;
    return 0;
}

/* The kernel writes newline, tab, space and "=" of a name as three octal digits; a backslash of
 * the name itself it writes as it is. */
static char *unescape(struct token token)
{
    char *text = malloc(token.length + 1), *out = text;

    if (!text)
        return NULL;
    for (size_t i = 0; i < token.length; i++) {
        static const char *const escapes[] = {"\\012\n", "\\011\t", "\\040 ", "\\075="};
        char c = token.p[i];

        for (size_t e = 0; c == '\\' && token.length - i >= 4 && e < ARRAY_SIZE(escapes); e++) {
            if (memcmp(token.p + i, escapes[e], 4) == 0) {
                c = escapes[e][4];
                i += 3;
                break;
            }
        }
        *out++ = c;
    }
    *out = '\0';
    return text;
}

static bool has_prefix(const char *text, const char *prefix)
{
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

/* Names that the kernel gives to shared memory, and the place where POSIX shared memory lives. */
static bool is_shared_file(const char *file)
{
    return has_prefix(file, "/dev/shm/") || has_prefix(file, "/SYSV") ||
           has_prefix(file, "/memfd:") || strcmp(file, "/dev/zero (deleted)") == 0;
}

static int parse_head(struct cursor *cursor, struct mapping *mapping)
{
    struct token token;

    if (!token_next(cursor, &token) || token_number(token, 16, &mapping->start) < 0 ||
        !token_next(cursor, &token))
        return -EINVAL;
    for (size_t i = 0; i < ARRAY_SIZE(spaced_modes); i++) {
        size_t length = strlen(spaced_modes[i]);

        if ((size_t)(cursor->end - token.p) >= length &&
            memcmp(token.p, spaced_modes[i], length) == 0) {
            const char *rest = token.p + length;
            const char *space = memchr(rest, ' ', (size_t)(cursor->end - rest));

            cursor->p = space ? space : cursor->end;
            token.length = (size_t)(cursor->p - token.p);
        }
    }
    if (token.p[0] < 'a' || token.p[0] > 'z' || memchr(token.p, '\0', token.length))
        return -EINVAL;
    mapping->policy = strndup(token.p, token.length);
    return mapping->policy ? 0 : -ENOMEM;
}

/* What follows the "N" of "N<node>=<pages>". */
static int parse_node(struct token token, struct mapping *mapping, unsigned int *capacity)
{
    const char *equals = memchr(token.p, '=', token.length);
    struct node_pages *larger;
    uint64_t node, pages;
    struct token number;

    if (!equals)
        return -EINVAL;
    number = (struct token){.p = token.p, .length = (size_t)(equals - token.p)};
    if (token_number(number, 10, &node) < 0 || node >= NODES_MAX)
        return -EINVAL;
    number = (struct token){.p = equals + 1, .length = token.length - number.length - 1};
    /* The amount is multiplied by the page size later: 2^32 pages of 1 GiB still fit. */
    if (token_number(number, 10, &pages) < 0 || pages > UINT64_C(1) << 40)
        return -EINVAL;
    if (mapping->n_by_node > 0 && mapping->by_node[mapping->n_by_node - 1].node >= node)
        return -EINVAL;
    if (mapping->n_by_node == *capacity) {
        *capacity = *capacity ? *capacity * 2 : 1;
        larger = realloc(mapping->by_node, *capacity * sizeof(*larger));
        if (!larger)
            return -ENOMEM;
        mapping->by_node = larger;
    }
    mapping->by_node[mapping->n_by_node++] =
        (struct node_pages){.node = (unsigned int)node, .pages = pages};
    return 0;
}

static int parse_page_size(struct token token, struct mapping *mapping)
{
    uint64_t kib;

    if (token_number(token, 10, &kib) < 0 || kib == 0 || kib > 16 * GIB / KIB ||
        (kib & (kib - 1)) != 0)
        return -EINVAL;
    mapping->page_bytes = kib * KIB;
    return 0;
}

/* A word or word=value that we do not use; of a form that the kernel can have written. */
static int check_unknown(struct token token)
{
    for (size_t i = 0; i < token.length; i++) {
        unsigned char c = (unsigned char)token.p[i];

        if (c < 0x21 || c == 0x7f || (i == 0 && c == '='))
            return -EINVAL;
    }
    return 0;
}

struct flags {
    bool heap;
    bool stack;
    bool huge;
};

static int parse_token(struct token token, struct mapping *mapping, struct flags *flags,
                       unsigned int *capacity)
{
    if (token.length >= 2 && token.p[0] == 'N' && token.p[1] >= '0' && token.p[1] <= '9') {
        (void)token_strip(&token, "N");
        return parse_node(token, mapping, capacity);
    }
    if (token_strip(&token, "file=")) {
        if (mapping->file || memchr(token.p, '\0', token.length))
            return -EINVAL;
        mapping->file = unescape(token);
        return mapping->file ? 0 : -ENOMEM;
    }
    if (token_strip(&token, "kernelpagesize_kB="))
        return parse_page_size(token, mapping);
    if (token_strip(&token, "anon="))
        return token_number(token, 10, &mapping->anon_pages);
    if (token_strip(&token, "mapmax="))
        return token_number(token, 10, &mapping->max_sharers);
    if (token_is(&token, "heap"))
        flags->heap = true;
    else if (token_is(&token, "stack"))
        flags->stack = true;
    else if (token_is(&token, "huge"))
        flags->huge = true;
    else
        return check_unknown(token);
    return 0;
}

static enum mapping_class classify(const struct mapping *mapping, const struct flags *flags)
{
    if (flags->huge)
        return MAPPING_HUGE;
    if (mapping->file)
        return is_shared_file(mapping->file) ? MAPPING_SHARED : MAPPING_FILE;
    return flags->heap ? MAPPING_HEAP : flags->stack ? MAPPING_STACK : MAPPING_ANON;
}

int mapping_parse(const char *line, size_t length, struct mapping *ret_mapping)
{
    struct cursor cursor = {.p = line, .end = line + length};
    struct mapping mapping = {.max_sharers = 1};
    struct flags flags = {0};
    unsigned int capacity = 0;
    struct token token;
    int r = parse_head(&cursor, &mapping);

    while (r == 0 && token_next(&cursor, &token))
        r = parse_token(token, &mapping, &flags, &capacity);
    /* Without its page size an amount would be a guess; with more copies than pages, nonsense. */
    if (r == 0 && mapping.n_by_node > 0 && mapping.page_bytes == 0)
        r = -EINVAL;
    if (r == 0 && mapping.anon_pages > mapping_pages(&mapping))
        r = -EINVAL;
    if (r < 0) {
        mapping_fini(&mapping);
        return r;
    }
    mapping.class = classify(&mapping, &flags);
    *ret_mapping = mapping;
    return 0;
}

void mapping_fini(struct mapping *mapping)
{
    free(mapping->policy);
    free(mapping->file);
    free(mapping->by_node);
}

uint64_t mapping_pages(const struct mapping *mapping)
{
    uint64_t pages = 0;

    for (unsigned int i = 0; i < mapping->n_by_node; i++)
        pages += mapping->by_node[i].pages;
    return pages;
}

const char *mapping_class_name(enum mapping_class mapping_class)
{
    static const char *const names[MAPPING_CLASS_COUNT] = {
        [MAPPING_ANON] = "anonymous", [MAPPING_HEAP] = "heap", [MAPPING_STACK] = "stack",
        [MAPPING_HUGE] = "huge",      [MAPPING_FILE] = "file", [MAPPING_SHARED] = "shared",
    };

    return names[mapping_class];
}
