/* SPDX-License-Identifier: Apache-2.0 */
/* Devices that an instance cannot have: another part of the same device, the nearest number that is
 * free; where none is, the claim goes. A part of a device that does not exist is one of the device
 * whose name is a letter off, if there is one. */

#include "fixer.h"
#include "parts.h"
#include "stake.h"
#include "word.h"

#include <string.h>

/* A device's numbers follow one another: its functions, its namespaces; whole is all of them. */
#define KIND_SPAN (UINT64_C(1) << 32)
#define DEVICE_SPAN (2 * KIND_SPAN)

struct claimant {
    unsigned int instance;
    unsigned int claim;
    const struct device *device; /* NULL: there is none such */
    bool meant;                  /* the claim has its name wrong by a letter */
    uint64_t first;              /* of the device's numbers */
    const struct stake *stake;   /* once they are settled */
};

struct dealer {
    struct fixer *fixer;
    struct claimant *claimants; /* one a claim, by instance */
    struct stake *stakes;       /* one a claim */
    unsigned int n;
    struct region *given; /* to whoever yielded */
    unsigned int n_given;
};

static void cleanup_dealer(struct dealer *dealer)
{
    free(dealer->claimants);
    free(dealer->stakes);
    free(dealer->given);
}

static const struct claim *claim_of(const struct dealer *dealer, const struct claimant *claimant)
{
    return &fixer_instance(dealer->fixer, claimant->instance)->claims[claimant->claim];
}

static const char *device_name(const struct dealer *dealer, const struct claimant *claimant)
{
    return claimed_name(claim_of(dealer, claimant), claimant->device);
}

/* The number of the first claim on the same device names it. */
static uint64_t first_number(const struct dealer *dealer, const struct claimant *claimant)
{
    const char *name = device_name(dealer, claimant);
    const struct claimant *first = dealer->claimants;

    while (first < claimant &&
           (!name || !device_name(dealer, first) || strcmp(device_name(dealer, first), name) != 0))
        first++;
    return (uint64_t)(first - dealer->claimants) * DEVICE_SPAN;
}

static struct region region_of(uint64_t first, enum claim_kind kind, unsigned int number)
{
    if (kind == CLAIM_WHOLE)
        return (struct region){.base = first, .bytes = DEVICE_SPAN};
    return (struct region){.base = first + (kind == CLAIM_NAMESPACE ? KIND_SPAN : 0) + number,
                           .bytes = 1};
}

/* One instance that claims a thing twice, or whole and in part. */
static bool is_own_again(const struct dealer *dealer, unsigned int n)
{
    const struct stake *stake = &dealer->stakes[n];

    for (unsigned int i = 0; i < n; i++) {
        if (dealer->stakes[i].owner == stake->owner && dealer->stakes[i].sound &&
            region_common_bytes(dealer->stakes[i].region, stake->region) > 0)
            return true;
    }
    return false;
}

static const char *suffix_of(const struct claim *claim)
{
    return claim->kind == CLAIM_VF ? "_vf" : "_ns";
}

/* Letters of the claim before its "_vf1"; 0 where it does not end so. */
static size_t stem_length(const struct claim *claim)
{
    size_t length = strlen(claim->text), n;
    char end[16]; /* "_vf" and a number */

    if (claim->kind == CLAIM_WHOLE)
        return 0;
    n = (size_t)snprintf(end, sizeof(end), "%s%u", suffix_of(claim), claim->number);
    return length > n && strcmp(claim->text + length - n, end) == 0 ? length - n : 0;
}

/* The first that has such parts. */
static const struct device *device_meant(const struct dealer *dealer, const struct claim *claim)
{
    const struct machine *described = dealer->fixer->options->described;
    const struct machine *machine = described ? described : dealer->fixer->machine;
    autofree char *stem = strndup(claim->text, stem_length(claim));

    for (unsigned int i = 0; stem && stem[0] && i < machine->n_devices; i++) {
        const struct device *device = &machine->devices[i];

        if (word_is_slip(stem, device->name) && parts_limit(device, claim->kind) > 0)
            return device;
    }
    return NULL;
}

static void add_claim(struct dealer *dealer, unsigned int instance, unsigned int c)
{
    const struct claim *claim = &fixer_instance(dealer->fixer, instance)->claims[c];
    unsigned int n = dealer->n;
    struct claimant *claimant = &dealer->claimants[n];
    struct stake *stake = &dealer->stakes[n];

    *claimant = (struct claimant){.instance = instance, .claim = c};
    claimant->device = claim->device ? claimed_device(dealer->fixer->machine,
                                                      dealer->fixer->options, claim->device)
                                     : NULL;
    if (!claimant->device) {
        claimant->device = device_meant(dealer, claim);
        claimant->meant = claimant->device != NULL;
    }
    claimant->first = first_number(dealer, claimant);
    *stake = (struct stake){.owner = instance,
                            .tag = n,
                            .region = region_of(claimant->first, claim->kind, claim->number),
                            .weight = 1};
    stake->sound = claimant->device && !claimant->meant &&
                   part_fault(claimant->device, claim->kind, claim->number) == PART_SOUND;
    stake->sound = stake->sound && !is_own_again(dealer, n);
    dealer->n++;
}

static int collect(struct dealer *dealer)
{
    const struct wishes *wishes = dealer->fixer->wishes;
    unsigned int n = 0;
    int r;

    for (unsigned int i = 0; i < wishes->n_wishes; i++)
        n += wishes->wishes[i].instance->n_claims;
    dealer->claimants = calloc(n + 1, sizeof(*dealer->claimants));
    dealer->stakes = calloc(n + 1, sizeof(*dealer->stakes));
    dealer->given = calloc(n + 1, sizeof(*dealer->given));
    if (!dealer->claimants || !dealer->stakes || !dealer->given)
        return -ENOMEM;
    for (unsigned int i = 0; i < wishes->n_wishes; i++) {
        for (unsigned int c = 0; c < wishes->wishes[i].instance->n_claims; c++)
            add_claim(dealer, i, c);
    }
    r = stakes_settle(dealer->stakes, dealer->n, wishes->n_wishes);
    for (unsigned int i = 0; i < dealer->n; i++)
        dealer->claimants[dealer->stakes[i].tag].stake = &dealer->stakes[i];
    return r;
}

static bool is_taken(const struct dealer *dealer, struct region region)
{
    for (unsigned int i = 0; i < dealer->n; i++) {
        if (dealer->stakes[i].kept && region_common_bytes(dealer->stakes[i].region, region) > 0)
            return true;
    }
    for (unsigned int i = 0; i < dealer->n_given; i++) {
        if (region_common_bytes(dealer->given[i], region) > 0)
            return true;
    }
    return false;
}

/* The nearest number of the same kind that is free, the lower of two; -1: none. */
static int find_free(const struct dealer *dealer, const struct claimant *claimant)
{
    const struct claim *claim = claim_of(dealer, claimant);
    int limit = claimant->device ? (int)parts_limit(claimant->device, claim->kind) : 0;
    int nearest = -1, number = (int)claim->number;

    for (int n = 0; n < limit; n++) {
        if (part_fault(claimant->device, claim->kind, (unsigned int)n) != PART_SOUND ||
            is_taken(dealer, region_of(claimant->first, claim->kind, (unsigned int)n)))
            continue;
        if (nearest < 0 || abs(n - number) < abs(nearest - number))
            nearest = n;
    }
    return nearest;
}

/* The same reference with another number: "eth0_vf1" is "eth0_vf2", and what does not end so, or
 * has the device wrong, is called by its device. */
static char *word_for(const struct dealer *dealer, const struct claimant *claimant, int number)
{
    const struct claim *claim = claim_of(dealer, claimant);
    size_t length = claimant->meant ? 0 : stem_length(claim);

    if (length > 0)
        return text("%.*s%s%d", (int)length, claim->text, suffix_of(claim), number);
    return text("%s%s%d", claimant->meant ? claimant->device->name : claim->device,
                suffix_of(claim), number);
}

/* What the claim says then: "" where nothing is free. */
static char *new_word(struct dealer *dealer, const struct claimant *claimant)
{
    const struct claim *claim = claim_of(dealer, claimant);
    int number = claim->kind == CLAIM_WHOLE ? -1 : find_free(dealer, claimant);

    if (number < 0)
        return text("%s", "");
    dealer->given[dealer->n_given++] =
        region_of(claimant->first, claim->kind, (unsigned int)number);
    return word_for(dealer, claimant, number);
}

/* Who has it already: another, or the instance itself. NULL: it is wrong in another way. */
static const char *find_rival(const struct dealer *dealer, const struct claimant *claimant)
{
    const struct claim *claim = claim_of(dealer, claimant);
    unsigned int owner = claimant->instance;

    if (claimant->stake->sound)
        owner = claimant->stake->rival;
    else if (!claimant->device || claimant->meant ||
             part_fault(claimant->device, claim->kind, claim->number) != PART_SOUND)
        return NULL;
    return fixer_instance(dealer->fixer, owner)->name;
}

/* Why the claim changes, and into what: "" is nothing. The caller frees. */
static char *tell(const struct dealer *dealer, const struct claimant *claimant, const char *word)
{
    const struct claim *claim = claim_of(dealer, claimant);
    const char *owner = find_rival(dealer, claimant);
    char *rival = owner ? text("\"%s\" also belongs to \"%s\"", claim->text, owner) : NULL;
    const char *none = claim->kind == CLAIM_WHOLE || !claimant->device
                           ? "there is no other"
                           : "no other of that device is free";

    if (owner && !rival)
        return NULL;
    return fixer_reason(dealer->fixer, claim->at, rival,
                        word[0] ? text("\"%s\" is free", word)
                                : text("%s, so the claim goes", none));
}

/* What a claim says from now on; if that is something else, the reason is added to reasons. */
static int settle(struct dealer *dealer, const struct claimant *claimant, char **ret_word,
                  char **reasons)
{
    autofree char *word = NULL, *reason = NULL, *before = NULL;

    if (claimant->stake->kept) {
        *ret_word = strdup(claim_of(dealer, claimant)->text);
        return *ret_word ? 0 : -ENOMEM;
    }
    word = new_word(dealer, claimant);
    reason = word ? tell(dealer, claimant, word) : NULL;
    if (!reason)
        return -ENOMEM;
    before = TAKE(*reasons);
    *reasons = text("%s%s%s", before ? before : "", before ? "; " : "", reason);
    *ret_word = TAKE(word);
    return *reasons ? 0 : -ENOMEM;
}

/* All claims of an instance, from the first on, as they will be. */
static int fix_one(struct dealer *dealer, unsigned int first, unsigned int n)
{
    autostrv char **words = calloc((size_t)n + 1, sizeof(*words));
    autofree char *reasons = NULL;
    struct fix_change *change;
    int r = words ? 0 : -ENOMEM;

    for (unsigned int i = 0; r == 0 && i < n; i++)
        r = settle(dealer, &dealer->claimants[first + i], &words[i], &reasons);
    if (r < 0 || !reasons)
        return r;
    change =
        fixer_change(dealer->fixer, dealer->claimants[first].instance, FIX_DEVICES, TAKE(reasons));
    if (!change)
        return -ENOMEM;
    change->words = TAKE(words);
    return 0;
}

int fix_claims(struct fixer *fixer)
{
    CLEANUP(cleanup_dealer) struct dealer dealer = {.fixer = fixer};
    int r = collect(&dealer);

    for (unsigned int first = 0, n; r == 0 && first < dealer.n; first += n) {
        n = fixer_instance(fixer, dealer.claimants[first].instance)->n_claims;
        r = fix_one(&dealer, first, n);
    }
    return r;
}
