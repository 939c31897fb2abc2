/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SPEC_SPEC_READ_H
#define SPEC_SPEC_READ_H

/* Reading typed values out of a YAML tree. One table a map says which keys it has; everything here
 * refuses with the place and with what would be right. */

#include "yaml-tree.h"

/* The words of each enum, by value; NULL ends them. */
extern const char *const cpu_affinity_words[];
extern const char *const memory_policy_words[];
extern const char *const smt_rule_words[];

struct reader {
    const char *file;
    struct np_error *err;
};

struct key {
    const char *name; /* NULL ends the table */
    bool required;
    int (*read)(const struct reader *reader, const struct yaml_value *value, void *object);
};

/* Sets a message at a place and returns -EINVAL; a hint may follow. */
int refuse(const struct reader *reader, struct mark at, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Reads each key of value into object; what is the map's name in messages: "an instance". */
int read_map(const struct reader *reader, const struct yaml_value *value, const char *what,
             const struct key *keys, void *object);
/* Not a map: a list or map where a text should be, or no value at all. */
int read_text(const struct reader *reader, const struct yaml_value *value, const char **ret_text);
/* The caller frees. */
int read_string(const struct reader *reader, const struct yaml_value *value, char **ret_text);
int read_number(const struct reader *reader, const struct yaml_value *value, unsigned int min,
                unsigned int max, unsigned int *ret_number);
/* The index in words (NULL-terminated). */
int read_word(const struct reader *reader, const struct yaml_value *value, const char *const *words,
              unsigned int *ret_idx);
/* A set in one text, or a list of numbers and ranges. */
int read_set(const struct reader *reader, const struct yaml_value *value,
             struct set_expr *ret_expr);
int read_bytes(const struct reader *reader, const struct yaml_value *value, uint64_t *ret_bytes);
/* Bytes a second, 1 to max. */
int read_rate(const struct reader *reader, const struct yaml_value *value, uint64_t max,
              uint64_t *ret_rate);

/* A whole placement file in YAML, as spec_parse. */
int spec_from_yaml(const char *file, const char *text, size_t length, struct spec **ret_spec,
                   struct np_error *err);

/* One element of "instances". */
int read_instance(const struct reader *reader, const struct yaml_value *value,
                  struct instance *instance);

bool is_digits(const char *text);

#endif
