/* SPDX-License-Identifier: Apache-2.0 */
/* Integer expressions in parentheses, with the operators, precedences and 64 unsigned bits that dtc
 * gives them. */

#include "dts-scan.h"

#include <string.h>

#define EXPRESSION_DEPTH_MAX 64u

struct operator
{
    const char *text;
    unsigned int binds; /* higher: tighter */
};

/* The longer ones first: `<` is also the beginning of `<<`. */
static const struct operator operators[] = {
    {"||", 1}, {"&&", 2}, {"==", 6}, {"!=", 6}, {"<=", 7}, {">=", 7},
    {"<<", 8}, {">>", 8}, {"|", 3},  {"^", 4},  {"&", 5},  {"<", 7},
    {">", 7},  {"+", 9},  {"-", 9},  {"*", 10}, {"/", 10}, {"%", 10},
};

static int parse_ternary(struct scan *scan, unsigned int depth, uint64_t *ret_number);

static const struct operator* operator_here(const struct scan *scan)
{
    for (size_t i = 0; i < ARRAY_SIZE(operators); i++) {
        if (scan_looks_at(scan, operators[i].text))
            return &operators[i];
    }
    return NULL;
}

static uint64_t shifted(uint64_t a, uint64_t b, bool left)
{
    if (b >= 64)
        return 0;
    return left ? a << b : a >> b;
}

/* b is not 0 where it divides. */
static uint64_t calculate(const char *operator, uint64_t a, uint64_t b)
{
    bool twice = operator[1] == operator[0], or_equal = operator[1] == '=';

    switch (operator[0]) {
    case '|':
        return twice ? a || b : a | b;
    case '&':
        return twice ? a && b : a & b;
    case '^':
        return a ^ b;
    case '=':
        return a == b;
    case '!':
        return a != b;
    case '<':
        return twice ? shifted(a, b, true) : or_equal ? a <= b : a < b;
    case '>':
        return twice ? shifted(a, b, false) : or_equal ? a >= b : a > b;
    case '+':
        return a + b;
    case '-':
        return a - b;
    case '*':
        return a * b;
    case '/':
        return a / b;
    default:
        return a % b;
    }
}

static int parse_unary(struct scan *scan, unsigned int depth, uint64_t *ret_number)
{
    enum dt_form form;
    char c;
    int r;

    if (depth > EXPRESSION_DEPTH_MAX)
        return scan_fail(scan, NULL, "an expression nests at most %u deep", EXPRESSION_DEPTH_MAX);
    r = scan_skip(scan);
    if (r < 0)
        return r;
    c = scan_peek(scan);
    if (c == '(') {
        scan_next(scan);
        r = parse_ternary(scan, depth + 1, ret_number);
        return r < 0 ? r : scan_take(scan, ')', "an operator or ) in the expression");
    }
    if (c != '-' && c != '~' && c != '!')
        return scan_number(scan, ret_number, &form);
    scan_next(scan);
    r = parse_unary(scan, depth + 1, ret_number);
    if (r < 0)
        return r;
    *ret_number = c == '-' ? -*ret_number : c == '~' ? ~*ret_number : !*ret_number;
    return 0;
}

/* What binds at least so tightly. */
static int parse_binary(struct scan *scan, unsigned int binds, unsigned int depth,
                        uint64_t *ret_number)
{
    int r = parse_unary(scan, depth, ret_number);

    for (;;) {
        const struct operator* operator;
        struct place place;
        uint64_t right;

        if (r < 0)
            return r;
        r = scan_skip(scan);
        place = scan_place(scan);
        operator= operator_here(scan);
        if (r < 0 || !operator|| operator->binds<binds)
            return r;
        for (size_t i = 0; i < strlen(operator->text); i++)
            scan_next(scan);
        r = parse_binary(scan, operator->binds + 1, depth + 1, &right);
        if (r < 0)
            return r;
        if (right == 0 && operator->binds == 10 && operator->text[0] != '*')
            return scan_fail(scan, &place, "this divides by zero");
        *ret_number = calculate(operator->text, *ret_number, right);
    }
}

static int parse_ternary(struct scan *scan, unsigned int depth, uint64_t *ret_number)
{
    uint64_t yes, no;
    int r = parse_binary(scan, 1, depth, ret_number);

    if (r >= 0)
        r = scan_took(scan, '?');
    if (r <= 0)
        return r;
    r = parse_ternary(scan, depth + 1, &yes);
    if (r >= 0)
        r = scan_take(scan, ':', "an operator or : in the expression");
    if (r >= 0)
        r = parse_ternary(scan, depth + 1, &no);
    if (r >= 0)
        *ret_number = *ret_number ? yes : no;
    return r;
}

int scan_integer(struct scan *scan, uint64_t *ret_number, enum dt_form *ret_form)
{
    if (scan_peek(scan) != '(')
        return scan_number(scan, ret_number, ret_form);
    *ret_form = DT_HEX;
    return parse_unary(scan, 0, ret_number);
}
