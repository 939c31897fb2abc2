/* SPDX-License-Identifier: Apache-2.0 */
/* What a fix changes, as edits of the tree: where it stands is found by its mark, and its value is
 * written as its neighbours are. */

#include "proposal.h"

#include "dt-edit.h"

#include <ctype.h>
#include <string.h>

/* Where a change goes. */
struct target {
    const struct dt_node *node;
    const struct dt_property *property; /* NULL: it is not written, or the node itself is meant */
    const char *name;                   /* of the property */
};

static const char *const property_names[] = {
    [FIX_NAME] = "name",
    [FIX_ID] = "id",
    [FIX_CPUS] = "cpus",
    [FIX_CPU_COUNT] = "cpu-count",
    [FIX_MEMORY_BASE] = "memory-base",
    [FIX_MEMORY_BYTES] = "memory-bytes",
    [FIX_NUMA_NODES] = "numa-nodes",
    [FIX_DEVICES] = "devices",
    [FIX_AVAILABLE] = "available",
    [FIX_HOST_RESERVED] = "host-reserved",
    [FIX_POOL_BASE] = "memory-base",
    [FIX_POOL_BYTES] = "memory-bytes",
};

static bool find_mark(const struct dt_node *node, struct mark at, struct target *ret_target)
{
    if (mark_is_same(node->at, at)) {
        *ret_target = (struct target){.node = node};
        return true;
    }
    for (unsigned int i = 0; i < node->n_properties; i++) {
        const struct dt_property *property = &node->properties[i];

        if (mark_is_same(property->at, at)) {
            *ret_target =
                (struct target){.node = node, .property = property, .name = property->name};
            return true;
        }
    }
    for (unsigned int i = 0; i < node->n_children; i++) {
        if (find_mark(node->children[i], at, ret_target))
            return true;
    }
    return false;
}

/* The place of a change: where the property stands, the instance's node for its name, and for what
 * is not written yet the instance's resources. */
static bool find_target(const struct spec *spec, const struct fix_change *change,
                        struct target *ret_target)
{
    const struct dt_node *root = spec->trees[0]->root;

    if (change->at.line > 0 && !find_mark(root, change->at, ret_target))
        return false;
    /* An operation that creates an instance is not called as that is. */
    if (change->property == FIX_NAME)
        return strcmp(ret_target->node->name, spec->instances[change->instance].name) == 0;
    if (change->at.line > 0)
        return ret_target->property != NULL;
    if (change->instance == FIX_HOST ||
        !find_mark(root, spec->instances[change->instance].at[KEY_NAME], ret_target))
        return false;
    ret_target->node = dt_child(ret_target->node, "resources");
    ret_target->name = property_names[change->property];
    return ret_target->node != NULL;
}

/* What stands between '=' and ';', with blanks for the ends of lines. The caller frees. */
static int value_before(const struct dt *dt, const struct dt_property *property, char **ret_text)
{
    const char *text = dt->text + property->begin;
    const char *end = dt->text + property->end, *at = memchr(text, '=', (size_t)(end - text));
    size_t n = 0;
    char *made;

    for (at = at ? at + 1 : end; at < end && isspace((unsigned char)*at); at++)
        ;
    made = calloc((size_t)(end - at) + 1, 1);
    if (!made)
        return -ENOMEM;
    for (; at < end; at++) {
        if (isspace((unsigned char)*at) && n > 0 && made[n - 1] == ' ')
            continue;
        made[n++] = isspace((unsigned char)*at) ? ' ' : *at;
    }
    while (n > 0 && (made[n - 1] == ';' || made[n - 1] == ' '))
        made[--n] = '\0';
    *ret_text = made;
    return 0;
}

static bool is_wide(enum fix_property property)
{
    return property == FIX_MEMORY_BASE || property == FIX_MEMORY_BYTES ||
           property == FIX_POOL_BASE || property == FIX_POOL_BYTES;
}

/* Kerf writes 64 bits in the second of two cells, others in both. */
static void put_wide(FILE *stream, bool multikernel, uint64_t number)
{
    unsigned long long high = multikernel ? 0 : number >> 32;
    unsigned long long low = multikernel ? number : number & UINT32_MAX;

    fprintf(stream, "<0x%llx 0x%llx>", high, low);
}

static void put_numbers(FILE *stream, const struct dt *dt, const struct fix_change *change)
{
    for (unsigned int i = 0; i < change->n_numbers; i++) {
        if (is_wide(change->property)) {
            fputs(i ? ", " : "", stream);
            put_wide(stream, dt->multikernel, change->numbers[i]);
        } else {
            fprintf(stream, "%s%llu", i ? " " : "<", (unsigned long long)change->numbers[i]);
        }
    }
    if (!is_wide(change->property))
        fputc('>', stream);
}

/* n words from the first on, without those that go, as property writes them. */
static void put_words(FILE *stream, const struct dt_property *property, char *const *words,
                      unsigned int n)
{
    bool quoted = property->values[0].kind == DT_STRING;
    const char *separator = "";

    for (unsigned int i = 0; i < n; i++) {
        if (!words[i][0])
            continue;
        fprintf(stream, quoted ? "%s\"%s\"" : "%s<&%s>", separator, words[i]);
        separator = ", ";
    }
}

/* NULL, and 0, when nothing is left to say. The caller frees. */
static int close_text(FILE *stream, char **text)
{
    if (fclose(stream) != 0)
        return -ENOMEM;
    if (!(*text)[0]) {
        free(*text);
        *text = NULL;
    }
    return 0;
}

static int add_change(const struct spec *spec, const struct fix_change *change,
                      const struct target *target, const char *after, struct proposal *proposal)
{
    bool of_host = change->instance == FIX_HOST;
    struct proposal_change *larger =
        reallocarray(proposal->changes, proposal->n_changes + 1, sizeof(*larger));
    struct proposal_change *added;

    if (!larger)
        return -ENOMEM;
    proposal->changes = larger;
    added = &larger[proposal->n_changes++];
    *added = (struct proposal_change){
        .instance = change->instance,
        .subject = strdup(of_host ? SUBJECT_HOST : spec->instances[change->instance].name),
        .kind = change->property,
        .line = change->at.line,
        .property = strdup(target->name ? target->name : property_names[change->property]),
        .after = after ? strdup(after) : NULL,
        .reason = strdup(change->reason),
    };
    if (!added->subject || !added->property || (after && !added->after) || !added->reason)
        return -ENOMEM;
    if (target->property)
        return value_before(spec->trees[0], target->property, &added->before);
    if (change->property != FIX_NAME)
        return 0;
    added->before = strdup(spec->instances[change->instance].name);
    return added->before ? 0 : -ENOMEM;
}

static struct proposal_change *find_change(const struct proposal *proposal,
                                           const struct fix_change *change)
{
    for (unsigned int i = 0; i < proposal->n_changes; i++) {
        struct proposal_change *told = &proposal->changes[i];

        if (told->instance == change->instance && told->kind == change->property &&
            (told->instance != FIX_HOST || told->line == change->at.line))
            return told;
    }
    return NULL;
}

/* A property that was changed before keeps what it said at first. */
static int tell(const struct spec *spec, const struct fix_change *change,
                const struct target *target, const char *after, struct proposal *proposal)
{
    struct proposal_change *told = find_change(proposal, change);
    char *text, *reason;

    if (!told)
        return add_change(spec, change, target, after, proposal);
    text = after ? strdup(after) : NULL;
    reason = strdup(change->reason);
    if ((after && !text) || !reason) {
        free(text);
        free(reason);
        return -ENOMEM;
    }
    free(told->after);
    free(told->reason);
    told->after = text;
    told->reason = reason;
    return 0;
}

static int set_or_remove(struct dt_edits *edits, const struct target *target, const char *value)
{
    return value ? dt_edits_set(edits, target->node, target->name, value)
                 : dt_edits_remove(edits, target->node, target->name);
}

static unsigned int count_values(const struct dt_node *node, const char *name)
{
    const struct dt_property *property = dt_property(node, name);

    return property ? property->n_values : 0;
}

/* An instance may name devices in two properties: the first words are those of the first. */
static int edit_devices(const struct spec *spec, const struct fix_change *change,
                        const struct dt_node *node, struct dt_edits *edits,
                        struct proposal *proposal)
{
    static const char *const names[] = {"devices", "device-names"};
    const struct claim *claims = spec->instances[change->instance].claims;
    unsigned int first = 0;
    int r = 0;

    /* Operations of overlays may have added some, or taken them away. */
    if (count_values(node, names[0]) + count_values(node, names[1]) !=
        spec->instances[change->instance].n_claims)
        return -ENOENT;
    for (unsigned int p = 0; r == 0 && p < ARRAY_SIZE(names); p++) {
        struct target target = {node, dt_property(node, names[p]), names[p]};
        unsigned int n = count_values(node, names[p]);
        autofree char *value = NULL;
        size_t size;
        FILE *stream;
        bool changed = false;

        for (unsigned int i = 0; i < n; i++)
            changed |= strcmp(change->words[first + i], claims[first + i].text) != 0;
        if (changed) {
            stream = open_memstream(&value, &size);
            if (!stream)
                return -ENOMEM;
            put_words(stream, target.property, change->words + first, n);
            r = close_text(stream, &value);
            if (r == 0)
                r = set_or_remove(edits, &target, value);
            if (r == 0)
                r = tell(spec, change, &target, value, proposal);
        }
        first += n;
    }
    return r;
}

static int edit_numbers(const struct spec *spec, const struct fix_change *change,
                        const struct target *target, struct dt_edits *edits,
                        struct proposal *proposal)
{
    autofree char *value = NULL;
    size_t size;
    FILE *stream = open_memstream(&value, &size);
    int r;

    if (!stream)
        return -ENOMEM;
    if (change->n_numbers > 0)
        put_numbers(stream, spec->trees[0], change);
    r = close_text(stream, &value);
    if (r == 0)
        r = set_or_remove(edits, target, value);
    return r < 0 ? r : tell(spec, change, target, value, proposal);
}

static int edit(const struct spec *spec, const struct fix_change *change, struct dt_edits *edits,
                struct proposal *proposal)
{
    struct target target = {0};
    int r;

    if (!find_target(spec, change, &target))
        return -ENOENT;
    if (change->property == FIX_DEVICES)
        return edit_devices(spec, change, target.node, edits, proposal);
    if (change->property != FIX_NAME)
        return edit_numbers(spec, change, &target, edits, proposal);
    r = dt_edits_rename(edits, target.node, change->words[0]);
    return r < 0 ? r : tell(spec, change, &target, change->words[0], proposal);
}

/* An included file is another's, and what overlays do is no property of the instance. */
static int leave(const struct spec *spec, const struct fix_change *change,
                 struct proposal *proposal)
{
    const char *file = mark_file(change->at, spec->file);

    return proposal_unmet(
        proposal,
        text("%s:%u %s, which is left as it is: %s", file, change->at.line,
             strcmp(file, spec->file) == 0 ? "is an operation of an overlay" : "is in another file",
             change->reason));
}

int proposal_add(const struct spec *spec, const struct fix *fix, struct dt_edits *edits,
                 struct proposal *proposal)
{
    for (unsigned int i = 0; i < fix->n_changes; i++) {
        const struct fix_change *change = &fix->changes[i];
        int r = edit(spec, change, edits, proposal);

        if (r == -ENOENT)
            r = leave(spec, change, proposal);
        if (r < 0)
            return r;
    }
    return 0;
}
