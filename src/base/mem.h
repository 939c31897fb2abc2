/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BASE_MEM_H
#define BASE_MEM_H

/* Ownership: locals that clean up after themselves, and the macro that hands them over. */

#include <hwloc/bitmap.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define CLEANUP(fn) __attribute__((cleanup(fn)))

/* The pointer's value; the variable is NULL afterwards, so its cleanup does nothing. */
#define TAKE(ptr)                                                                                  \
    __extension__({                                                                                \
        __typeof__(ptr) take_value_ = (ptr);                                                       \
        (ptr) = NULL;                                                                              \
        take_value_;                                                                               \
    })

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

static inline void cleanup_free(void *ptr)
{
    free(*(void **)ptr);
}

static inline void cleanup_close(int *fd)
{
    if (*fd >= 0)
        (void)close(*fd); /* nothing was written through it that could be lost */
}

static inline void cleanup_set(hwloc_bitmap_t *set)
{
    hwloc_bitmap_free(*set); /* accepts NULL */
}

/* A NULL-terminated array of strings. */
static inline void strv_free(char **strv)
{
    if (!strv)
        return;
    for (char **s = strv; *s; s++)
        free(*s);
    free(strv);
}

static inline void cleanup_strv(char ***strv)
{
    strv_free(*strv);
}

#define autofree CLEANUP(cleanup_free)
#define autoclose CLEANUP(cleanup_close)
#define autoset CLEANUP(cleanup_set)
#define autostrv CLEANUP(cleanup_strv)

#endif
