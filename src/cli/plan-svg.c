/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The picture of a plan: see plan-svg.h. The machine as `topo --svg` draws it, with each instance
 * in its colour; arrows run in the gaps between the nodes. The page is laid out by drawing it to
 * nowhere first.
 */

#include "plan-svg.h"

#include "svg-parts.h"

#include <errno.h>
#include <string.h>

enum {
    GAP_X = 40,
    GAP_Y = 64, /* room for arrows */
    FLOW_LEAST = 2,
    FLOW_MOST = 14, /* pixels wide */
    FLOW_STEP = 30, /* between arrows that end on one side of a node */
    KEYS_LINE = 20,
    KEYS_MAX = 48,   /* instances in the legend */
    ARROWS_MAX = 12, /* of one instance; one with more is told about instead */
    UNTOLD_MAX = 4,  /* instances of which that is told */
    FOLD_NODES = 16, /* with more the machine is folded: no single CPUs, arrows of all together */
    FOLD_ARROWS = 24,
    BEND = 40, /* arrows stay within the gap */
};

/* Far enough apart to be told from one another, and light enough for dark text. */
static const char *const colours[] = {
    "#8ecae6", "#ffb703", "#95d5b2", "#f4978e", "#cdb4db", "#d4a373",
    "#a3b18a", "#ffc8dd", "#90a8ed", "#e9d85b", "#7ed6c9", "#c9ada7",
};

/* A CPU that is neither given nor to be had. */
static const struct svg_owner nobody = {"the host, or refused", "#d2d2d2"};
/* Of folded arrows. */
static const struct svg_owner everybody = {"all instances", "#7a8699"};

/* What of an instance goes between nodes. */
struct untold {
    unsigned int n_flows;
    uint64_t bytes;
};

struct picture {
    const struct plan *plan;
    struct svg_owner *owners; /* by placement */
    struct svg_layer layer;
    struct svg_scene scene;
    struct svg_grid grid;
    unsigned int *owner_of;  /* by index in machine->cpus: number of the owner and 1, 0 none */
    hwloc_bitmap_t spare;    /* CPUs that are to be had */
    struct plan_flow *flows; /* that are drawn */
    unsigned int n_flows;
    struct untold *untold; /* by instance */
    struct untold small;   /* folded arrows that are not drawn */
    int grid_y;
};

static const struct svg_owner *cpu_owner(const struct svg_layer *layer, unsigned int cpu)
{
    const struct picture *picture = layer->context;
    const struct machine *machine = picture->plan->machine;
    unsigned int owner = picture->owner_of[machine_cpu(machine, cpu) - machine->cpus];

    if (owner > 0)
        return &layer->owners[owner - 1];
    return hwloc_bitmap_isset(picture->spare, cpu) ? NULL : &nobody;
}

static uint64_t bytes_of(const struct svg_layer *layer, unsigned int owner, unsigned int node)
{
    const struct picture *picture = layer->context;
    const struct placement *placement = &picture->plan->placements[owner];

    for (unsigned int i = 0; i < placement->n_shares; i++) {
        if (placement->shares[i].node == node)
            return placement->shares[i].bytes;
    }
    return 0;
}

static const char *irqs_of(const struct svg_layer *layer, unsigned int cpu)
{
    const struct plan *plan = ((const struct picture *)layer->context)->plan;

    for (unsigned int i = 0; i < plan->n_placements; i++) {
        const struct irq_plan *irqs = plan->placements[i].irqs;

        if (irqs && hwloc_bitmap_isset(irqs->cpus, cpu))
            return irqs->device;
    }
    return NULL;
}

static int make_owners(struct picture *picture)
{
    const struct plan *plan = picture->plan;
    const struct machine *machine = plan->machine;
    struct svg_owner *owners = calloc(plan->n_placements + 1, sizeof(*owners));

    picture->owners = owners;
    picture->layer = (struct svg_layer){
        .owners = owners,
        .n_owners = plan->n_placements,
        .cpu_owner = cpu_owner,
        .bytes_of = bytes_of,
        .irqs_of = irqs_of,
        .context = picture,
    };
    picture->scene = (struct svg_scene){machine, &picture->layer, machine->n_nodes > FOLD_NODES};
    picture->owner_of = calloc(machine->n_cpus + 1, sizeof(*picture->owner_of));
    picture->spare = hwloc_bitmap_alloc();
    if (!owners || !picture->owner_of || !picture->spare)
        return -ENOMEM;
    for (unsigned int i = 0; i < plan->n_spares; i++) {
        if (hwloc_bitmap_or(picture->spare, picture->spare, plan->spares[i].cpus) < 0)
            return -ENOMEM;
    }
    for (unsigned int i = 0; i < plan->n_placements; i++) {
        owners[i] = (struct svg_owner){plan->placements[i].instance->name,
                                       colours[i % ARRAY_SIZE(colours)]};
        for (unsigned int j = 0; j < machine->n_cpus; j++) {
            if (hwloc_bitmap_isset(plan->placements[i].cpus, machine->cpus[j].id))
                picture->owner_of[j] = i + 1;
        }
    }
    return 0;
}

static void picture_fini(struct picture *picture)
{
    free(picture->owners);
    free(picture->owner_of);
    hwloc_bitmap_free(picture->spare);
    free(picture->flows);
    free(picture->untold);
}

/* Those of an instance whose CPUs are here and whose memory is everywhere would hide all others. */
static int choose_flows(struct picture *picture)
{
    unsigned int n = 0;

    picture->untold = calloc(picture->plan->n_placements + 1, sizeof(*picture->untold));
    if (!picture->untold)
        return -ENOMEM;
    for (unsigned int i = 0; i < picture->n_flows; i++) {
        struct untold *untold = &picture->untold[picture->flows[i].instance];

        untold->n_flows++;
        untold->bytes += picture->flows[i].bytes;
    }
    for (unsigned int i = 0; i < picture->n_flows; i++) {
        if (picture->untold[picture->flows[i].instance].n_flows <= ARROWS_MAX)
            picture->flows[n++] = picture->flows[i];
    }
    picture->n_flows = n;
    return 0;
}

static int compare_pairs(const void *a, const void *b)
{
    const struct plan_flow *x = a, *y = b;

    if (x->from != y->from)
        return x->from < y->from ? -1 : 1;
    return x->to < y->to ? -1 : x->to > y->to;
}

static int compare_bytes(const void *a, const void *b)
{
    const struct plan_flow *x = a, *y = b;

    if (x->bytes != y->bytes)
        return x->bytes > y->bytes ? -1 : 1;
    return compare_pairs(a, b);
}

/* One arrow between two nodes, whoever it is of; the thickest of them are drawn. */
static void fold_flows(struct picture *picture)
{
    struct plan_flow *flows = picture->flows;
    unsigned int n = 0;

    qsort(flows, picture->n_flows, sizeof(*flows), compare_pairs);
    for (unsigned int i = 0; i < picture->n_flows; i++) {
        if (n > 0 && compare_pairs(&flows[n - 1], &flows[i]) == 0)
            flows[n - 1].bytes += flows[i].bytes;
        else
            flows[n++] = flows[i];
    }
    qsort(flows, n, sizeof(*flows), compare_bytes);
    for (unsigned int i = FOLD_ARROWS; i < n; i++) {
        picture->small.n_flows++;
        picture->small.bytes += flows[i].bytes;
    }
    picture->n_flows = n < FOLD_ARROWS ? n : FOLD_ARROWS;
}

/* Wide by its share of all bytes that are placed. */
static int flow_width(const struct picture *picture, const struct plan_flow *flow)
{
    uint64_t all = 1;

    for (unsigned int i = 0; i < picture->n_flows; i++) {
        if (picture->flows[i].bytes > all)
            all = picture->flows[i].bytes;
    }
    return FLOW_LEAST + (int)((double)(FLOW_MOST - FLOW_LEAST) * (double)flow->bytes / (double)all);
}

static bool is_above(const struct picture *picture, unsigned int a, unsigned int b)
{
    return (int)a / picture->grid.columns < (int)b / picture->grid.columns;
}

/* On which side of node its arrow to other ends: the lower one, unless other is above. */
static bool ends_below(const struct picture *picture, unsigned int node, unsigned int other)
{
    return !is_above(picture, other, node);
}

/* Arrows that end on one side of a node stand beside one another around its middle. */
static int flow_x(const struct picture *picture, unsigned int which, unsigned int node)
{
    const struct plan_flow *flow = &picture->flows[which];
    unsigned int other = flow->from == node ? flow->to : flow->from;
    bool below = ends_below(picture, node, other);
    struct svg_box box = svg_grid_place(&picture->grid, node, picture->grid_y);
    int n = 0, at = 0, room, step;

    for (unsigned int i = 0; i < picture->n_flows; i++) {
        const struct plan_flow *f = &picture->flows[i];

        if (f->from != node && f->to != node)
            continue;
        if (ends_below(picture, node, f->from == node ? f->to : f->from) != below)
            continue;
        at = i == which ? n : at;
        n++;
    }
    room = box.width - 2 * SVG_GAP;
    step = n > 1 && (n - 1) * FLOW_STEP > room ? room / (n - 1) : FLOW_STEP;
    return box.x + box.width / 2 - (n - 1) * step / 2 + at * step;
}

/* From the memory to the CPUs that use it. */
static void draw_flow(FILE *stream, const struct picture *picture, unsigned int which)
{
    const struct plan_flow *flow = &picture->flows[which];
    const struct svg_owner *owner =
        picture->scene.folded ? &everybody : &picture->layer.owners[flow->instance];
    struct svg_box from = svg_grid_place(&picture->grid, flow->to, picture->grid_y);
    struct svg_box to = svg_grid_place(&picture->grid, flow->from, picture->grid_y);
    bool from_below = ends_below(picture, flow->to, flow->from);
    bool to_below = ends_below(picture, flow->from, flow->to);
    struct svg_arrow arrow = {
        .x1 = flow_x(picture, which, flow->to),
        .y1 = from.y + (from_below ? from.height : 0),
        .x2 = flow_x(picture, which, flow->from),
        .y2 = to.y + (to_below ? to.height : 0),
        .bend1 = from_below ? BEND : -BEND,
        .bend2 = to_below ? BEND : -BEND,
        .width = flow_width(picture, flow),
        .colour = owner->colour,
    };
    char size[SIZE_TEXT_MAX], title[160];

    (void)snprintf(title, sizeof(title), "%.60s: CPUs of node %u use %s on node %u", owner->name,
                   picture->plan->machine->nodes[flow->from].id, size_format(flow->bytes, size),
                   picture->plan->machine->nodes[flow->to].id);
    arrow.title = title;
    svg_draw_arrow(stream, &arrow);
}

static bool has_refused(const struct picture *picture)
{
    const struct machine *machine = picture->plan->machine;

    for (unsigned int i = 0; i < machine->n_cpus; i++) {
        if (cpu_owner(&picture->layer, machine->cpus[i].id) == &nobody)
            return true;
    }
    return false;
}

static void draw_note(FILE *stream, int *y, const char *note)
{
    *y += KEYS_LINE;
    svg_draw_text(stream, &(struct svg_text){.x = SVG_MARGIN, .y = *y + 10, .size = 11}, "%s",
                  note);
}

static void tell_untold(FILE *stream, const char *of, const struct untold *untold, int *y)
{
    char size[SIZE_TEXT_MAX], note[160];

    (void)snprintf(note, sizeof(note), "%.60s: %s between %u pairs of nodes, not drawn", of,
                   size_format(untold->bytes, size), untold->n_flows);
    draw_note(stream, y, note);
}

/* The first few by name, the others together. */
static void draw_untold(FILE *stream, const struct picture *picture, int *y)
{
    struct untold others = {0};
    unsigned int n = 0;
    char of[40];

    for (unsigned int i = 0; i < picture->layer.n_owners; i++) {
        const struct untold *untold = &picture->untold[i];

        if (untold->n_flows <= ARROWS_MAX)
            continue;
        if (++n <= UNTOLD_MAX) {
            tell_untold(stream, picture->layer.owners[i].name, untold, y);
        } else {
            others.n_flows += untold->n_flows;
            others.bytes += untold->bytes;
        }
    }
    (void)snprintf(of, sizeof(of), "%u more instances", n - UNTOLD_MAX);
    if (n > UNTOLD_MAX)
        tell_untold(stream, of, &others, y);
    if (picture->small.n_flows > 0)
        tell_untold(stream, "smaller ones", &picture->small, y);
}

static void draw_irqs(FILE *stream, const struct picture *picture, unsigned int instance, int *y)
{
    const struct irq_plan *irqs = picture->plan->placements[instance].irqs;
    char note[160];

    if (!irqs)
        return;
    (void)snprintf(note, sizeof(note), "%.40s: interrupts of %.20s go to the CPUs with a blue edge",
                   picture->layer.owners[instance].name, irqs->device);
    draw_note(stream, y, note);
}

/* Wrapped at the page's width. Returns its height. */
static int draw_legend(FILE *stream, const struct picture *picture, int y, int width)
{
    unsigned int shown = picture->layer.n_owners < KEYS_MAX ? picture->layer.n_owners : KEYS_MAX;
    int x = SVG_MARGIN, top = y;
    char more[64];

    for (unsigned int i = 0; i < shown; i++) {
        const struct svg_owner *owner = &picture->layer.owners[i];
        int room = svg_text_width(strlen(owner->name), 11) + 23;

        if (x > SVG_MARGIN && x + room + SVG_MARGIN > width) {
            x = SVG_MARGIN;
            y += KEYS_LINE;
        }
        svg_key(stream, &(struct svg_box){.y = y, .class = "cpu", .fill = owner->colour}, &x,
                owner->name);
    }
    if (has_refused(picture))
        svg_key(stream, &(struct svg_box){.y = y, .class = "cpu", .fill = nobody.colour}, &x,
                nobody.name);
    if (shown < picture->layer.n_owners) {
        (void)snprintf(more, sizeof(more), "and %u more, in the same colours",
                       picture->layer.n_owners - shown);
        draw_note(stream, &y, more);
    }
    if (picture->n_flows > 0)
        draw_note(stream, &y,
                  picture->scene.folded
                      ? "An arrow goes from memory on one node to the CPUs of another that use "
                        "it, of all instances together: the largest are drawn."
                      : "An arrow goes from memory on one node to the CPUs of another that use "
                        "it.");
    draw_untold(stream, picture, &y);
    for (unsigned int i = 0; i < picture->layer.n_owners; i++)
        draw_irqs(stream, picture, i, &y);
    return y + KEYS_LINE - top;
}

static void draw_total(FILE *stream, const struct picture *picture, int y)
{
    const struct plan *plan = picture->plan;
    struct svg_text text = {.x = SVG_MARGIN, .y = y + 10, .size = 11, .class = "faint"};
    char good[64] = "proven optimal";

    if (plan->gap > 0)
        (void)snprintf(good, sizeof(good), "none below %.3f, gap %.2f %%", plan->bound,
                       plan->gap * 100);
    svg_draw_text(stream, &text, "%u instance%s, cost %.3f local accesses, %s", plan->n_placements,
                  plan->n_placements == 1 ? "" : "s", plan->cost, good);
}

/* Arrows between nodes of the last row run below it. */
static bool needs_room_below(const struct picture *picture)
{
    for (unsigned int i = 0; i < picture->n_flows; i++) {
        int from = (int)picture->flows[i].from / picture->grid.columns;
        int to = (int)picture->flows[i].to / picture->grid.columns;

        if (from == to && from == picture->grid.n_rows - 1)
            return true;
    }
    return false;
}

static int draw(FILE *stream, struct picture *picture, struct extent *page)
{
    int y = SVG_MARGIN + SVG_HEAD, r;

    svg_title(stream, picture->plan->machine->source, page->width);
    draw_total(stream, picture, y - 6);
    y += KEYS_LINE;
    picture->grid_y = y;
    r = svg_grid_draw(stream, &picture->grid, &picture->scene, &y);
    if (!needs_room_below(picture))
        y -= picture->grid.gap_y - SVG_GAP;
    for (unsigned int i = 0; stream && i < picture->n_flows; i++)
        draw_flow(stream, picture, i);
    page->height = y + draw_legend(stream, picture, y, page->width) + SVG_MARGIN;
    return r;
}

int svg_plan(const struct plan *plan)
{
    struct picture picture = {.plan = plan, .grid = {.gap_x = GAP_X, .gap_y = SVG_GAP}};
    struct extent page;
    int r = make_owners(&picture);

    if (r == 0)
        r = plan_flows(plan, &picture.flows, &picture.n_flows);
    if (r == 0)
        r = choose_flows(&picture);
    if (r == 0 && picture.scene.folded)
        fold_flows(&picture);
    if (picture.n_flows > 0)
        picture.grid.gap_y = GAP_Y;
    if (r == 0)
        r = svg_grid_init(&picture.grid, &picture.scene);
    page.width = svg_grid_width(&picture.grid);
    if (r == 0)
        r = draw(NULL, &picture, &page);
    if (r == 0) {
        svg_begin(stdout, page.width, page.height, svg_style);
        r = draw(stdout, &picture, &page);
        svg_end(stdout);
    }
    svg_grid_fini(&picture.grid);
    picture_fini(&picture);
    return r;
}
