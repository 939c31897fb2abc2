/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NUMAPLACE_ERROR_H
#define NUMAPLACE_ERROR_H

/*
 * What went wrong, for people.
 *
 * Every function that can fail returns 0 or a negative errno. Where the facts are known it also
 * fills a struct np_error that the caller passed (NULL is accepted: then only the number is
 * returned). The library never prints it; whoever called decides.
 */
struct np_error {
    int code;            /* the negative errno that was returned, 0 when nothing failed */
    char text[512];      /* the thing and the fact: `node 1 lacks 3 GiB for "database"` */
    char hint[256];      /* the way out, or "" */
    char file[256];      /* the input it is about, or "" */
    unsigned int line;   /* 1-based, 0 when there is none */
    unsigned int column; /* 1-based, 0 when there is none */
};

#endif
