/* SPDX-License-Identifier: Apache-2.0 */
/* What moves: see moves.h. */

#include "moves.h"

#include "move.h"

#include <string.h>

static const char *const kind_names[] = {
    [MOVE_STAYS] = "stays",
    [MOVE_RESIZED] = "resized",
    [MOVE_MOVES] = "moves",
    [MOVE_NEW] = "new",
};

const char *move_kind_name(enum move_kind kind)
{
    return kind_names[kind];
}

/* One instance on its way. */
struct way {
    const struct model *model;
    const struct demand *demand;
    const struct placement *placement;
    uint64_t *surplus; /* by node_idx: bytes that have to leave */
    uint64_t *want;    /* by node_idx: bytes that are to come */
};

static int move_cpus(const struct way *way, struct move *move)
{
    hwloc_const_bitmap_t to = way->placement->cpus;
    autoset hwloc_bitmap_t both = hwloc_bitmap_alloc();
    int has, gets, keeps;

    move->left = hwloc_bitmap_alloc();
    move->taken = hwloc_bitmap_dup(to);
    if (!both || !move->left || !move->taken)
        return -ENOMEM;
    if (!way->demand->now)
        return 0;
    if (hwloc_bitmap_andnot(move->left, way->demand->now->instance->cpus, to) < 0 ||
        hwloc_bitmap_andnot(move->taken, to, way->demand->now->instance->cpus) < 0 ||
        hwloc_bitmap_and(both, to, way->demand->now->instance->cpus) < 0)
        return -ENOMEM;
    has = hwloc_bitmap_weight(way->demand->now->instance->cpus);
    gets = hwloc_bitmap_weight(to);
    keeps = hwloc_bitmap_weight(both);
    move->n_cpus = (unsigned int)((has < gets ? has : gets) - keeps);
    return 0;
}

/* Where the file does not say how much memory there is, what lies off the nodes of the policy goes
 * to the first of them. */
static void weigh_unsaid(const struct way *way)
{
    int first = hwloc_bitmap_first(way->placement->mem_nodes);
    uint64_t sum = 0;

    if (first < 0)
        return;
    for (unsigned int i = 0; i < way->model->n_nodes; i++) {
        if (hwloc_bitmap_isset(way->placement->mem_nodes, way->model->nodes[i].id))
            continue;
        way->surplus[i] = way->demand->now->bytes[i];
        sum += way->surplus[i];
    }
    way->want[machine_node_idx(way->model->wishes->machine, (unsigned int)first)] = sum;
}

static void weigh_said(const struct way *way)
{
    const struct machine *machine = way->model->wishes->machine;
    const uint64_t *has = way->demand->now->bytes;

    for (unsigned int i = 0; i < way->placement->n_shares; i++) {
        const struct share *share = &way->placement->shares[i];

        way->want[machine_node_idx(machine, share->node)] = share->bytes;
    }
    for (unsigned int i = 0; i < way->model->n_nodes; i++) {
        uint64_t keeps = has[i] < way->want[i] ? has[i] : way->want[i];

        way->surplus[i] = has[i] - keeps;
        way->want[i] -= keeps;
    }
}

/* From the first node that has too much to the first that has too little. */
static int move_bytes(const struct way *way, struct move *move)
{
    unsigned int to = 0, n = way->model->n_nodes;

    move->transfers = calloc(2 * (size_t)n + 1, sizeof(*move->transfers));
    if (!move->transfers)
        return -ENOMEM;
    for (unsigned int from = 0; from < n; from++) {
        while (way->surplus[from] > 0) {
            uint64_t bytes = way->surplus[from];

            while (to < n && way->want[to] == 0)
                to++;
            if (to == n)
                return 0;
            if (way->want[to] < bytes)
                bytes = way->want[to];
            move->transfers[move->n_transfers++] =
                (struct transfer){way->model->nodes[from].id, way->model->nodes[to].id, bytes};
            way->surplus[from] -= bytes;
            way->want[to] -= bytes;
        }
    }
    return 0;
}

static uint64_t bytes_of(const struct move *move)
{
    uint64_t bytes = 0;

    for (unsigned int i = 0; i < move->n_transfers; i++)
        bytes += move->transfers[i].bytes;
    return bytes;
}

/* A mask that is only made smaller moves nothing that its CPU does not take already. */
static unsigned int count_irqs(const struct way *way)
{
    const struct irq_plan *irqs = way->placement->irqs;
    unsigned int n = 0;

    for (unsigned int i = 0; way->demand->now && irqs && i < irqs->n_irqs; i++)
        n += !hwloc_bitmap_intersects(irqs->irqs[i].now, irqs->irqs[i].cpus);
    return n;
}

static enum move_kind kind_of(const struct way *way, const struct move *move)
{
    if (!way->demand->now)
        return MOVE_NEW;
    if (move->n_cpus > 0 || move->n_transfers > 0)
        return MOVE_MOVES;
    return hwloc_bitmap_iszero(move->left) && hwloc_bitmap_iszero(move->taken) ? MOVE_STAYS
                                                                               : MOVE_RESIZED;
}

static int make_move(const struct way *way, struct move *move)
{
    int r;

    move->instance = way->placement->instance->name;
    memset(way->surplus, 0, way->model->n_nodes * sizeof(*way->surplus));
    memset(way->want, 0, way->model->n_nodes * sizeof(*way->want));
    if (way->demand->now && way->demand->bytes > 0)
        weigh_said(way);
    else if (way->demand->now)
        weigh_unsaid(way);
    r = move_cpus(way, move);
    if (r == 0 && way->demand->now)
        r = move_bytes(way, move);
    move->kind = kind_of(way, move);
    move->n_irqs = count_irqs(way);
    move->price = move_price_told(way->model, way->demand,
                                  (struct move_sizes){move->n_cpus, bytes_of(move), move->n_irqs});
    return r;
}

static int find_gone(const struct current *current, const struct spec *spec, struct moves *moves)
{
    unsigned int n = 0;

    moves->gone = calloc(current->n_instances + 1, sizeof(*moves->gone));
    if (!moves->gone)
        return -ENOMEM;
    for (unsigned int i = 0; i < current->n_instances; i++) {
        if (spec_instance(spec, current->instances[i].name))
            continue;
        moves->gone[n] = strdup(current->instances[i].name);
        if (!moves->gone[n++])
            return -ENOMEM;
    }
    return 0;
}

static void add_up(struct moves *moves)
{
    for (unsigned int i = 0; i < moves->n_moves; i++) {
        const struct move *move = &moves->moves[i];

        moves->n_moving += move->kind == MOVE_MOVES;
        moves->bytes += bytes_of(move);
        moves->n_cpus += move->n_cpus;
        moves->n_irqs += move->n_irqs;
        moves->price += move->price;
    }
}

int moves_make(const struct model *model, const struct current *current, const struct plan *plan,
               struct moves **ret_moves)
{
    autofree uint64_t *surplus = calloc(model->n_nodes + 1, sizeof(*surplus));
    autofree uint64_t *want = calloc(model->n_nodes + 1, sizeof(*want));
    automoves struct moves *moves = calloc(1, sizeof(*moves));
    int r;

    if (!moves || !surplus || !want)
        return -ENOMEM;
    moves->moves = calloc(plan->n_placements + 1, sizeof(*moves->moves));
    if (!moves->moves)
        return -ENOMEM;
    moves->n_moves = plan->n_placements;
    r = find_gone(current, plan->spec, moves);
    for (unsigned int i = 0; r == 0 && i < moves->n_moves; i++) {
        struct way way = {model, &model->demands[i], &plan->placements[i], surplus, want};

        r = make_move(&way, &moves->moves[i]);
    }
    if (r < 0)
        return r;
    add_up(moves);
    *ret_moves = TAKE(moves);
    return 0;
}

struct moves *moves_free(struct moves *moves)
{
    if (!moves)
        return NULL;
    for (unsigned int i = 0; i < moves->n_moves; i++) {
        hwloc_bitmap_free(moves->moves[i].left);
        hwloc_bitmap_free(moves->moves[i].taken);
        free(moves->moves[i].transfers);
    }
    strv_free(moves->gone);
    free(moves->moves);
    free(moves);
    return NULL;
}
