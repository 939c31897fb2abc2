/* SPDX-License-Identifier: Apache-2.0 */
/* The words behind the counts are "CHIP HWIRQ[-FLOW] [LEVEL] [-FLOW]  ACTION, ACTION": only the
 * chip is always there. */

#include "irq-line.h"

#include "mem.h"
#include "set.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

struct text {
    const char *at;
    const char *end;
};

static void skip_spaces(struct text *text)
{
    while (text->at < text->end && (*text->at == ' ' || *text->at == '\t'))
        text->at++;
}

static size_t word_length(const struct text *text)
{
    const char *p = text->at;

    while (p < text->end && *p != ' ' && *p != '\t')
        p++;
    return (size_t)(p - text->at);
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* A word of digits only. */
static bool take_number(struct text *text, uint64_t *ret_number)
{
    const char *p = text->at;
    uint64_t number = 0;

    for (; p < text->end && is_digit(*p); p++)
        number = number * 10 + (uint64_t)(*p - '0');
    if (p == text->at || (p < text->end && *p != ' ' && *p != '\t'))
        return false;
    text->at = p;
    *ret_number = number;
    return true;
}

int irq_title_parse(const char *line, size_t length, unsigned int **ret_cpus,
                    unsigned int *ret_n_cpus)
{
    struct text text = {line, line + length};
    autofree unsigned int *cpus = malloc((length / strlen("CPU0") + 1) * sizeof(*cpus));
    unsigned int n = 0;

    if (!cpus)
        return -ENOMEM;
    for (skip_spaces(&text); text.at < text.end; skip_spaces(&text)) {
        uint64_t cpu;

        if (text.end - text.at < 4 || memcmp(text.at, "CPU", 3) != 0)
            return -EINVAL;
        text.at += 3;
        if (!take_number(&text, &cpu) || cpu > SET_ID_MAX || (n > 0 && cpu <= cpus[n - 1]))
            return -EINVAL;
        cpus[n++] = (unsigned int)cpu;
    }
    if (n == 0)
        return -EINVAL;
    *ret_cpus = TAKE(cpus);
    *ret_n_cpus = n;
    return 0;
}

/* "  24: ". */
static int take_label(struct text *text, unsigned int *ret_irq)
{
    uint64_t irq = 0;
    const char *start;

    skip_spaces(text);
    for (start = text->at; text->at < text->end && is_digit(*text->at); text->at++)
        irq = irq > UINT32_MAX ? irq : irq * 10 + (uint64_t)(*text->at - '0');
    if (text->at == start)
        return memchr(text->at, ':', word_length(text)) ? -ENOENT : -EINVAL;
    if (text->at == text->end || *text->at != ':' || irq > UINT32_MAX)
        return -EINVAL;
    text->at++;
    *ret_irq = (unsigned int)irq;
    return 0;
}

/* What stands between the chip and the actions. */
static bool is_flow(const char *word, size_t length, bool first)
{
    size_t digits = 0;

    while (digits < length && is_digit(word[digits]))
        digits++;
    if (first && digits > 0 && (digits == length || word[digits] == '-'))
        return true;
    return (length > 1 && word[0] == '-') || (length == 5 && memcmp(word, "Level", 5) == 0) ||
           (length == 4 && memcmp(word, "Edge", 4) == 0);
}

int irq_line_parse(const char *line, size_t length, uint64_t *counts, unsigned int n_counts,
                   struct irq_line *ret_line)
{
    struct text text = {line, line + length};
    struct irq_line parsed = {0};
    uint64_t count;
    int r = take_label(&text, &parsed.irq);

    if (r < 0)
        return r;
    for (skip_spaces(&text); take_number(&text, &count); skip_spaces(&text)) {
        if (parsed.n_counts < n_counts)
            counts[parsed.n_counts] = count;
        parsed.n_counts++;
    }
    parsed.chip = text.at;
    parsed.chip_length = word_length(&text);
    text.at += parsed.chip_length;
    skip_spaces(&text);
    for (bool first = true; is_flow(text.at, word_length(&text), first); first = false) {
        text.at += word_length(&text);
        skip_spaces(&text);
    }
    while (text.end > text.at && (text.end[-1] == ' ' || text.end[-1] == '\t'))
        text.end--;
    parsed.name = text.at;
    parsed.name_length = (size_t)(text.end - text.at);
    *ret_line = parsed;
    return 0;
}
