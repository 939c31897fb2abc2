/* SPDX-License-Identifier: Apache-2.0 */
/* A hash table of all names of a tree. Chains run through one array of entries, so that a tree of a
 * million properties costs two allocations here. */

#include "dt-index.h"

#include <string.h>

#define BUCKETS_FIRST 64u
#define NONE UINT32_MAX

struct entry {
    struct dt_key key;
    struct dt_found found;
    uint32_t hash;
    uint32_t next; /* in its chain, or among the free ones */
};

struct dt_index {
    struct entry *entries;
    uint32_t n_entries, capacity;
    uint32_t free; /* the first of those that were removed */
    uint32_t *buckets;
    uint32_t n_buckets; /* a power of 2 */
};

static uint32_t hash_bytes(uint32_t hash, const void *bytes, size_t size)
{
    const unsigned char *b = bytes;

    for (size_t i = 0; i < size; i++)
        hash = (hash ^ b[i]) * 16777619u; /* FNV-1a */
    return hash;
}

static uint32_t hash_key(const struct dt_key *key)
{
    uint32_t hash = hash_bytes(2166136261u + key->kind, &key->owner, sizeof(key->owner));

    hash = hash_bytes(hash, &key->phandle, sizeof(key->phandle));
    if (key->name)
        hash = hash_bytes(hash, key->name, strlen(key->name) + 1);
    if (key->unit)
        hash = hash_bytes(hash, key->unit, strlen(key->unit));
    return hash ^ hash >> 15;
}

static bool same_text(const char *a, const char *b)
{
    return a && b ? strcmp(a, b) == 0 : a == b;
}

static bool same_key(const struct dt_key *a, const struct dt_key *b)
{
    return a->kind == b->kind && a->owner == b->owner && a->phandle == b->phandle &&
           same_text(a->name, b->name) && same_text(a->unit, b->unit);
}

int dt_index_new(struct dt_index **ret_index)
{
    struct dt_index *index = calloc(1, sizeof(*index));

    if (!index)
        return -ENOMEM;
    index->buckets = malloc(BUCKETS_FIRST * sizeof(*index->buckets));
    if (!index->buckets) {
        free(index);
        return -ENOMEM;
    }
    memset(index->buckets, 0xff, BUCKETS_FIRST * sizeof(*index->buckets));
    index->n_buckets = BUCKETS_FIRST;
    index->free = NONE;
    *ret_index = index;
    return 0;
}

struct dt_index *dt_index_free(struct dt_index *index)
{
    if (!index)
        return NULL;
    free(index->entries);
    free(index->buckets);
    free(index);
    return NULL;
}

/* Where the chain says which entry has the key: the bucket, or the entry before; NONE there when
 * none has it. */
static uint32_t *find_link(const struct dt_index *index, const struct dt_key *key, uint32_t hash)
{
    uint32_t *link = &index->buckets[hash & (index->n_buckets - 1)];

    while (*link != NONE) {
        struct entry *entry = &index->entries[*link];

        if (entry->hash == hash && same_key(&entry->key, key))
            break;
        link = &entry->next;
    }
    return link;
}

static int grow(struct dt_index *index)
{
    uint32_t n = index->n_buckets * 2;
    uint32_t *buckets = malloc(n * sizeof(*buckets));

    if (!buckets)
        return -ENOMEM;
    memset(buckets, 0xff, n * sizeof(*buckets));
    for (uint32_t b = 0; b < index->n_buckets; b++) {
        for (uint32_t i = index->buckets[b], next; i != NONE; i = next) {
            uint32_t *bucket = &buckets[index->entries[i].hash & (n - 1)];

            next = index->entries[i].next;
            index->entries[i].next = *bucket;
            *bucket = i;
        }
    }
    free(index->buckets);
    index->buckets = buckets;
    index->n_buckets = n;
    return 0;
}

static int take_entry(struct dt_index *index, uint32_t *ret_i)
{
    if (index->free != NONE) {
        *ret_i = index->free;
        index->free = index->entries[index->free].next;
        return 0;
    }
    if (index->n_entries == index->capacity) {
        uint32_t capacity = index->capacity ? index->capacity * 2 : BUCKETS_FIRST;
        struct entry *entries = realloc(index->entries, capacity * sizeof(*entries));

        if (!entries)
            return -ENOMEM;
        index->entries = entries;
        index->capacity = capacity;
    }
    if (index->n_entries == index->n_buckets && grow(index) < 0)
        return -ENOMEM;
    *ret_i = index->n_entries++;
    return 0;
}

int dt_index_add(struct dt_index *index, const struct dt_key *key, struct dt_found found)
{
    uint32_t hash = hash_key(key);
    uint32_t *bucket, i;

    if (take_entry(index, &i) < 0)
        return -ENOMEM;
    bucket = &index->buckets[hash & (index->n_buckets - 1)];
    index->entries[i] = (struct entry){.key = *key, .found = found, .hash = hash, .next = *bucket};
    *bucket = i;
    return 0;
}

const struct dt_found *dt_index_find(const struct dt_index *index, const struct dt_key *key)
{
    uint32_t i = *find_link(index, key, hash_key(key));

    return i == NONE ? NULL : &index->entries[i].found;
}

void dt_index_move(struct dt_index *index, const struct dt_key *key, unsigned int at)
{
    uint32_t i = *find_link(index, key, hash_key(key));

    if (i != NONE)
        index->entries[i].found.at = at;
}

void dt_index_remove(struct dt_index *index, const struct dt_key *key)
{
    uint32_t *link = find_link(index, key, hash_key(key));
    uint32_t i = *link;

    if (i == NONE)
        return;
    *link = index->entries[i].next;
    index->entries[i].next = index->free;
    index->free = i;
}
