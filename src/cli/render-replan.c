/* SPDX-License-Identifier: Apache-2.0 */
/* What moves, and whether it pays: for people, and as JSON as numaplace-plan(1) says. */

#include "cli-replan.h"
#include "json-util.h"
#include "table.h"

static void put_gain(const struct replan *replan, FILE *stream)
{
    if (replan->other)
        fprintf(stream, "the best other placement gains %.3f and costs %.3f local accesses\n",
                replan->gain, replan->price);
    else
        fputs("no other placement costs less\n", stream);
}

static void print_advice(const struct replan *replan, const struct plan *plan, FILE *stream)
{
    const struct moves *moves = plan->moves;

    switch (replan->advice) {
    case ADVICE_STAY:
        fputs("stay: ", stream);
        put_gain(replan, stream);
        break;
    case ADVICE_MUST:
        fprintf(stream, "move what must: %u of %u, for %.3f local accesses; ", moves->n_moving,
                moves->n_moves, moves->price);
        put_gain(replan, stream);
        break;
    case ADVICE_MOVE:
        fprintf(stream, "move: that gains %.3f and costs %.3f local accesses\n", replan->gain,
                replan->price);
        break;
    }
}

static void cell_cpus(struct table *table, const struct move *move)
{
    autofree char *left = set_format(move->left), *taken = set_format(move->taken);

    if (!left || !taken)
        return table_fail(table);
    if (left[0] && taken[0])
        table_cell(table, "%s to %s", left, taken);
    else if (left[0])
        table_cell(table, "without %s", left);
    else
        table_cell(table, "%s%s", move->kind != MOVE_NEW && taken[0] ? "and " : "",
                   taken[0] ? taken : "-");
}

static void cell_bytes(struct table *table, const struct move *move)
{
    autofree char *text = NULL;
    size_t length;
    FILE *stream = open_memstream(&text, &length);

    if (!stream)
        return table_fail(table);
    for (unsigned int i = 0; i < move->n_transfers; i++) {
        const struct transfer *transfer = &move->transfers[i];
        char size[SIZE_TEXT_MAX];

        fprintf(stream, "%s%s from %u to %u", i ? ", " : "", size_format(transfer->bytes, size),
                transfer->from, transfer->to);
    }
    if (fclose(stream) != 0)
        return table_fail(table);
    table_cell(table, "%s", text[0] ? text : "-");
}

static int print_moves(const struct moves *moves, FILE *stream)
{
    autotable struct table *table = table_new();

    table_column(table, false, "INSTANCE");
    table_column(table, false, "MOVE");
    table_column(table, false, "CPUS");
    table_column(table, false, "MEMORY BETWEEN NODES");
    table_column(table, true, "INTERRUPTS");
    table_column(table, true, "PRICE");
    for (unsigned int i = 0; i < moves->n_moves; i++) {
        const struct move *move = &moves->moves[i];

        table_cell(table, "%s", move->instance);
        table_cell(table, "%s", move_kind_name(move->kind));
        cell_cpus(table, move);
        cell_bytes(table, move);
        if (moves->n_irqs > 0)
            table_cell(table, "%u", move->n_irqs);
        else
            table_cell(table, "%s", "");
        if (move->price > 0)
            table_cell(table, "%.3f", move->price);
        else
            table_cell(table, "-");
    }
    for (unsigned int i = 0; moves->gone[i]; i++) {
        table_cell(table, "%s", moves->gone[i]);
        table_cell(table, "gone");
        table_cell(table, "-");
        table_cell(table, "-");
        table_cell(table, "%s", moves->n_irqs > 0 ? "-" : "");
        table_cell(table, "-");
    }
    table_drop_empty(table);
    return table_print(table, stream);
}

int render_replan(const struct replan *replan, const struct plan *plan, FILE *stream)
{
    print_advice(replan, plan, stream);
    return print_moves(plan->moves, stream);
}

static json_t *json_transfers(const struct move *move)
{
    json_t *array = json_array();

    for (unsigned int i = 0; array && i < move->n_transfers; i++) {
        const struct transfer *transfer = &move->transfers[i];

        if (json_array_append_new(array,
                                  json_pack("{s:I, s:I, s:I}", "from", (json_int_t)transfer->from,
                                            "to", (json_int_t)transfer->to, "bytes",
                                            (json_int_t)transfer->bytes)) < 0) {
            json_decref(array);
            return NULL;
        }
    }
    return array;
}

static json_t *json_move(const struct move *move)
{
    return json_pack("{s:o, s:s, s:o, s:o, s:I, s:o, s:I, s:f}", "instance",
                     json_text(move->instance), "move", move_kind_name(move->kind), "cpus_left",
                     json_set(move->left), "cpus_taken", json_set(move->taken), "cpus",
                     (json_int_t)move->n_cpus, "memory", json_transfers(move), "irqs",
                     (json_int_t)move->n_irqs, "price", move->price);
}

static json_t *json_moves(const struct moves *moves)
{
    json_t *array = json_array();

    for (unsigned int i = 0; array && i < moves->n_moves; i++) {
        if (json_array_append_new(array, json_move(&moves->moves[i])) < 0) {
            json_decref(array);
            return NULL;
        }
    }
    return json_pack("{s:I, s:I, s:I, s:f, s:o}", "bytes", (json_int_t)moves->bytes, "cpus",
                     (json_int_t)moves->n_cpus, "irqs", (json_int_t)moves->n_irqs, "price",
                     moves->price, "instances", array);
}

static json_t *json_gone(const struct moves *moves)
{
    json_t *array = json_array();

    for (unsigned int i = 0; array && moves->gone[i]; i++) {
        if (json_array_append_new(array, json_text(moves->gone[i])) < 0) {
            json_decref(array);
            return NULL;
        }
    }
    return array;
}

static double in_accesses(int64_t price)
{
    return (double)price / 1e6;
}

json_t *json_replan(const struct replan *replan, const struct plan *plan,
                    const struct move_prices *prices)
{
    return json_pack("{s:s, s:f, s:f, s:{s:f, s:f, s:f}, s:o, s:o, s:o}", "advice",
                     advice_name(replan->advice), "gain", replan->gain, "price", replan->price,
                     "prices", "bytes", in_accesses(prices->gib), "cpus", in_accesses(prices->cpu),
                     "irqs", in_accesses(prices->irq), "moves", json_moves(plan->moves), "gone",
                     json_gone(plan->moves), "other",
                     replan->other ? json_moves(replan->other->moves) : json_null());
}
