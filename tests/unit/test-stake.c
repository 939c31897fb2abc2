/* SPDX-License-Identifier: Apache-2.0 */
/* Who keeps what, written as "OWNER:BASE+BYTES*WEIGHT", '!' for what is not sound. */

#include "test.h"

#include "mem.h"
#include "stake.h"

#include <string.h>

enum { STAKES_MAX = 16 };

static const struct {
    const char *stakes;
    const char *lost; /* "OWNER:BASE(RIVAL)", by base and owner; -: no rival */
} cases[] = {
    {"", ""},
    {"0:0+4*4 1:4+4*4", ""},
    {"0:0+4*4 1:3+4*4", "1:3(0)"},
    {"0:5+1*1 0:5+1*1", ""}, /* one's own do not disturb */
    /* the one in the middle yields, wherever it stands in the file */
    {"0:3+2*2 1:0+4*4 2:4+4*4", "0:3(1)"},
    {"0:0+4*4 1:3+2*2 2:4+4*4", "1:3(0)"},
    /* either could: the lighter one does */
    {"0:0+2*1 1:1+9*9", "0:0(1)"},
    /* a yielding one keeps what nobody else has */
    {"0:0+1*1 0:1+1*1 1:1+1*1 1:2+1*1", "1:1(0)"},
    /* what is not sound goes anyway, and its owner with it */
    {"0:0+1*1! 0:1+1*1 1:1+1*1", "0:0(-) 0:1(1)"},
    /* three want the same: the first keeps it */
    {"0:7+1*1 1:7+1*1 2:7+1*1", "1:7(0) 2:7(0)"},
    /* a long one over several short ones */
    {"0:0+100*1 1:10+1*1 2:20+1*1 3:30+1*1", "0:0(1)"},
};

static unsigned int parse(const char *text, struct stake *stakes)
{
    unsigned int n = 0;
    int length;

    for (; *text; text += length, n++) {
        unsigned long long base, bytes, weight;
        unsigned int owner;

        assert_int_equal(
            sscanf(text, "%u:%llu+%llu*%llu%n", &owner, &base, &bytes, &weight, &length), 4);
        stakes[n] = (struct stake){.owner = owner,
                                   .region = {base, bytes},
                                   .weight = weight,
                                   .sound = text[length] != '!'};
        length += !stakes[n].sound;
        length += text[length] == ' ';
    }
    return n;
}

static void test_cases(void **state)
{
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct stake stakes[STAKES_MAX];
        unsigned int n = parse(cases[i].stakes, stakes);
        char lost[256] = "";
        size_t used = 0;

        print_message("  %s\n", cases[i].stakes);
        assert_int_equal(stakes_settle(stakes, n, 4), 0);
        for (unsigned int j = 0; j < n; j++) {
            char rival[16] = "-";

            if (stakes[j].kept)
                continue;
            if (stakes[j].sound)
                (void)snprintf(rival, sizeof(rival), "%u", stakes[j].rival);
            used +=
                (size_t)snprintf(lost + used, sizeof(lost) - used, "%s%u:%llu(%s)", used ? " " : "",
                                 stakes[j].owner, (unsigned long long)stakes[j].region.base, rival);
        }
        assert_string_equal(lost, cases[i].lost);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_cases)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
