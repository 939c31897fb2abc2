/* SPDX-License-Identifier: Apache-2.0 */
/* Names are read from their end: a number, what separates it, and a word that is looked up. */

#include "irq-name.h"

#include <ctype.h>
#include <string.h>

#define QUEUE_MAX 65535

/* A part of a name that is read backwards. */
struct name {
    const char *start;
    const char *end;
};

static const struct word {
    const char *text; /* in lower case */
    enum queue_kind kind;
    bool needs_number;
} words[] = {
    {"txrx", QUEUE_COMBINED, true},  /* igb, ixgbe, i40e, ice, bnxt, hns3 */
    {"tx-rx", QUEUE_COMBINED, true}, /* ena */
    {"rxtx", QUEUE_COMBINED, true},  /* vmxnet3, nfp, octeontx2 */
    {"rx", QUEUE_RX, false},         /* e1000e, cxgb4, stmmac; xen-netfront: eth0-q0-rx */
    {"tx", QUEUE_TX, false},
    {"rxq", QUEUE_RX, true}, /* hinic */
    {"txq", QUEUE_TX, true},
    {"input", QUEUE_RX, true}, /* virtio-net */
    {"output", QUEUE_TX, true},
    {"comp", QUEUE_COMBINED, true},       /* mlx5 */
    {"fp", QUEUE_COMBINED, true},         /* bnx2x, qede */
    {"q", QUEUE_COMBINED, true},          /* nvme, mana, be2net */
    {"req", QUEUE_COMBINED, true},        /* virtio-blk */
    {"queue", QUEUE_COMBINED, true},      /* iwlwifi */
    {"ntfy-blk", QUEUE_COMBINED, true},   /* gve */
    {"ntfy-block", QUEUE_COMBINED, true}, /* gve before 6.10 */
};

static bool is_separator(char c)
{
    return c != '\0' && strchr("-._: ", c) != NULL;
}

/* Digits at the end; -1 when there are none, or too many for a queue. */
static int take_number(struct name *name)
{
    const char *digits = name->end;
    long number;

    while (digits > name->start && isdigit((unsigned char)digits[-1]))
        digits--;
    if (digits == name->end || name->end - digits > 5)
        return -1;
    number = strtol(digits, NULL, 10);
    if (number > QUEUE_MAX)
        return -1;
    name->end = digits;
    return (int)number;
}

static void skip_separators(struct name *name)
{
    while (name->end > name->start && is_separator(name->end[-1]))
        name->end--;
}

/* Whether the name ends with the word, and not within a longer one. */
static bool ends_with(const struct name *name, const char *word)
{
    size_t length = strlen(word);
    const char *at;

    if ((size_t)(name->end - name->start) < length)
        return false;
    at = name->end - length;
    return strncasecmp(at, word, length) == 0 &&
           (at == name->start || !isalpha((unsigned char)at[-1]));
}

/* The longest, as "tx-rx" ends with "rx". */
static const struct word *find_word(const struct name *name)
{
    const struct word *found = NULL;

    for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
        if (ends_with(name, words[i].text) &&
            (!found || strlen(words[i].text) > strlen(found->text)))
            found = &words[i];
    }
    return found;
}

/* "nvme0" of "nvme0q3". */
static bool is_nvme(const struct name *name)
{
    struct name rest = *name;

    return take_number(&rest) >= 0 && rest.end - rest.start == 4 &&
           strncmp(rest.start, "nvme", 4) == 0;
}

/* "eth0-q3-rx": the number comes first. */
static int number_before(struct name rest)
{
    int number;

    skip_separators(&rest);
    number = take_number(&rest);
    return ends_with(&rest, "q") && number >= 0 ? number : 0;
}

/* bnx2 and sfc have "eth0-3". */
static bool is_device(const struct name *name, const char *device)
{
    size_t length = device ? strlen(device) : 0;

    return length > 0 && (size_t)(name->end - name->start) == length &&
           strncmp(name->start, device, length) == 0;
}

static struct irq_queue queue_of_action(struct name name, const char *device)
{
    struct irq_queue none = {QUEUE_NONE, -1, false};
    struct irq_queue queue = none;
    const struct word *word;
    const char *at = memchr(name.start, '@', (size_t)(name.end - name.start));

    if (at)
        name.end = at; /* "mlx5_comp3@pci:0000:01:00.0" */
    queue.number = take_number(&name);
    if (queue.number >= 0)
        skip_separators(&name);
    if (queue.number >= 0 && is_device(&name, device))
        return (struct irq_queue){QUEUE_COMBINED, queue.number, false};
    word = find_word(&name);
    if (!word || (word->needs_number && queue.number < 0))
        return none;
    name.end -= strlen(word->text);
    if (queue.number < 0)
        queue.number = number_before(name);
    queue.kind = word->kind;
    queue.is_managed = is_nvme(&name) || strcmp(word->text, "req") == 0;
    if (is_nvme(&name) && queue.number == 0)
        return none; /* administration */
    skip_separators(&name);
    /* i40e's flow director and ice's control have names like queues. */
    return ends_with(&name, "fdir") || ends_with(&name, "ctrl") ? none : queue;
}

struct irq_queue irq_name_queue(const char *name, const char *device)
{
    struct irq_queue queue = {QUEUE_NONE, -1, false};
    bool alone = !strstr(name, ", ");

    for (const char *action = name; action && queue.kind == QUEUE_NONE;) {
        const char *comma = strstr(action, ", ");

        queue =
            queue_of_action((struct name){action, comma ? comma : action + strlen(action)}, device);
        action = comma ? comma + 2 : NULL;
    }
    queue.is_managed = queue.is_managed && alone; /* the kernel places vectors of one queue only */
    return queue;
}

bool irq_name_has(const char *name, const char *device)
{
    size_t length = strlen(device);

    for (const char *p = name; length > 0 && (p = strstr(p, device)); p++) {
        char after = p[length];

        if ((p == name || is_separator(p[-1]) || p[-1] == '@' || p[-1] == '[') &&
            (after == '\0' || after == ',' || after == '@' || after == ']' || is_separator(after)))
            return true;
    }
    return false;
}

int irq_name_virtio(const char *name)
{
    unsigned int number;
    int length = 0;

    /* scanf would take signs and spaces, too. */
    if (sscanf(name, "virtio%5u%n", &number, &length) != 1 || !isdigit((unsigned char)name[6]) ||
        (name[length] != '\0' && name[length] != '-'))
        return -1;
    return (int)number;
}

static bool is_called(const char *action, size_t length, const char *name)
{
    return strlen(name) == length && strncmp(action, name, length) == 0;
}

/* Without MSI-X, or with fewer vectors than queues, virtio has one for all. */
static bool is_whole_action(const char *action, size_t length, const char *device)
{
    char line[32], shared[32];
    unsigned int number;

    if (is_called(action, length, device))
        return true;
    if (sscanf(action, "virtio%5u", &number) != 1)
        return false;
    (void)snprintf(line, sizeof(line), "virtio%u", number);
    (void)snprintf(shared, sizeof(shared), "virtio%u-virtqueues", number);
    return is_called(action, length, line) || is_called(action, length, shared);
}

bool irq_name_is_whole(const char *name, const char *device)
{
    for (const char *action = name; action;) {
        const char *comma = strstr(action, ", ");

        if (is_whole_action(action, comma ? (size_t)(comma - action) : strlen(action), device))
            return true;
        action = comma ? comma + 2 : NULL;
    }
    return false;
}
