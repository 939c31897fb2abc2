/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CPUs of nodes in use: see seats.h.
 *
 * Where all cores of a node are whole and of one size, numbers tell whether its members fit: whole
 * cores first, then nobody who avoids siblings needs more CPUs than there are cores left, and all
 * together no more than there are CPUs (dealt out in turns, that is enough). Other nodes are dealt
 * out for real.
 */

#include "seats.h"

#include "mem.h"

#include <errno.h>
#include <string.h>

enum { PACE = 8 }; /* of the numbers' test: so many members in a step */

int seats_init(struct seats *seats, const struct model *model, const unsigned int *counts)
{
    unsigned int n_all = 0, n_most = 0;

    *seats = (struct seats){.model = model, .counts = counts};
    for (unsigned int i = 0; i < model->n_nodes; i++) {
        n_all += model->nodes[i].n_cpus + 1; /* one may sit where there is no room for it */
        if (model->nodes[i].n_cpus > n_most)
            n_most = model->nodes[i].n_cpus;
    }
    seats->used = calloc(model->n_nodes + 1, sizeof(*seats->used));
    seats->strict = calloc(model->n_nodes + 1, sizeof(*seats->strict));
    seats->members = calloc(model->n_nodes + 1, sizeof(*seats->members));
    seats->n_members = calloc(model->n_nodes + 1, sizeof(*seats->n_members));
    seats->storage = calloc(n_all + 1, sizeof(*seats->storage));
    seats->claims = calloc(n_most + 1, sizeof(*seats->claims));
    seats->claim_order = calloc(n_most + 1, sizeof(*seats->claim_order));
    seats->owner = calloc(n_most + 1, sizeof(*seats->owner));
    if (!seats->used || !seats->strict || !seats->members || !seats->n_members || !seats->storage ||
        !seats->claims || !seats->claim_order || !seats->owner)
        return -ENOMEM;
    n_all = 0;
    for (unsigned int i = 0; i < model->n_nodes; i++) {
        seats->members[i] = &seats->storage[n_all];
        n_all += model->nodes[i].n_cpus + 1;
    }
    return 0;
}

void seats_fini(struct seats *seats)
{
    free(seats->used);
    free(seats->strict);
    free(seats->members);
    free(seats->n_members);
    free(seats->storage);
    free(seats->claims);
    free(seats->claim_order);
    free(seats->owner);
    *seats = (struct seats){0};
}

static const unsigned int *counts_of(const struct seats *seats, unsigned int demand)
{
    return &seats->counts[(size_t)demand * seats->model->n_nodes];
}

/* Threads of a core if all are whole and have as many, else 0. */
static unsigned int even_threads(const struct model_node *node)
{
    for (unsigned int i = 0; i < node->n_cores; i++) {
        if (!node->cores[i].whole || node->cores[i].n_cpus != node->cores[0].n_cpus)
            return 0;
    }
    return node->n_cores > 0 ? node->cores[0].n_cpus : 0;
}

bool seats_can_hold(const struct model_node *node, const struct demand *demand, unsigned int count)
{
    unsigned int threads = even_threads(node), order;
    struct core_claim claim = core_claim_of(demand, count);
    autofree unsigned int *owner = NULL;

    if (count == 0 || demand->smt == SMT_ANY)
        return true;
    if (threads > 0)
        return demand->smt == SMT_AVOID ? count <= node->n_cores : count % threads == 0;
    owner = calloc(node->n_cpus + 1, sizeof(*owner));
    return !owner || cores_assign(node, &claim, 1, owner, &order);
}

static bool numbers_fit(struct seats *seats, unsigned int node, unsigned int threads)
{
    unsigned int cores = seats->model->nodes[node].n_cores, largest = 0;

    for (unsigned int i = 0; i < seats->n_members[node]; i++) {
        unsigned int demand = seats->members[node][i];
        unsigned int count = counts_of(seats, demand)[node];

        if (seats->model->demands[demand].smt == SMT_WHOLE_CORES) {
            if (count % threads != 0)
                return false;
            cores -= count / threads; /* no more than there are: used was looked at */
        } else if (seats->model->demands[demand].smt == SMT_AVOID && count > largest) {
            largest = count;
        }
    }
    seats->work += seats->n_members[node] / PACE;
    return largest <= cores;
}

static bool cores_fit(struct seats *seats, unsigned int node)
{
    const struct model *model = seats->model;

    for (unsigned int i = 0; i < seats->n_members[node]; i++) {
        unsigned int demand = seats->members[node][i];

        seats->claims[i] = core_claim_of(&model->demands[demand], counts_of(seats, demand)[node]);
    }
    seats->work += (unsigned long)seats->n_members[node] * model->nodes[node].n_cores;
    return cores_assign(&model->nodes[node], seats->claims, seats->n_members[node], seats->owner,
                        seats->claim_order);
}

static bool node_fits(struct seats *seats, unsigned int node)
{
    unsigned int threads;

    if (seats->used[node] > seats->model->nodes[node].n_cpus)
        return false;
    if (seats->strict[node] == 0)
        return true;
    threads = even_threads(&seats->model->nodes[node]);
    return threads > 0 ? numbers_fit(seats, node, threads) : cores_fit(seats, node);
}

unsigned int seats_take(struct seats *seats, unsigned int demand)
{
    const unsigned int *counts = counts_of(seats, demand);
    bool strict = seats->model->demands[demand].smt != SMT_ANY;
    unsigned int n_nodes = seats->model->n_nodes;

    if (seats->model->demands[demand].fixed)
        return n_nodes;
    for (unsigned int i = 0; i < n_nodes; i++) {
        if (counts[i] == 0)
            continue;
        seats->used[i] += counts[i];
        seats->strict[i] += strict;
        seats->members[i][seats->n_members[i]++] = demand;
    }
    for (unsigned int i = 0; i < n_nodes; i++) {
        if (counts[i] > 0 && !node_fits(seats, i))
            return i;
    }
    return n_nodes;
}

static void leave(struct seats *seats, unsigned int demand, unsigned int node)
{
    unsigned int *members = seats->members[node], at = seats->n_members[node] - 1;

    while (members[at] != demand) /* mostly the last one that came */
        at--;
    members[at] = members[--seats->n_members[node]];
}

void seats_leave(struct seats *seats, unsigned int demand)
{
    const unsigned int *counts = counts_of(seats, demand);
    bool strict = seats->model->demands[demand].smt != SMT_ANY;

    for (unsigned int i = 0; !seats->model->demands[demand].fixed && i < seats->model->n_nodes;
         i++) {
        if (counts[i] == 0)
            continue;
        seats->used[i] -= counts[i];
        seats->strict[i] -= strict;
        leave(seats, demand, i);
    }
}
