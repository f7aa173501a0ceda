/* SPDX-License-Identifier: Apache-2.0
 * schema/contract/yaml.h - a YAML text as a tree whose nodes know where they stand.
 *
 * The reader is made for contracts that come from outside. It takes one document of plain values, lists and objects (so JSON
 * too), and refuses whatever makes YAML large or ambiguous: anchors and aliases, tags, two members with one key, keys that
 * are no text, more than one document, and all that is beyond the bounds below. Its time and memory are linear in the text.
 *
 * A value stays as it is written: whether `3.10`, `no` or `09:00` is a text or a number is for the one who wants it.
 *
 * Thread: any. Everything is in the arena. */
#ifndef SCHEMA_CONTRACT_YAML_H
#define SCHEMA_CONTRACT_YAML_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/attr.h"
#include "base/err.h"

enum {
    YAML_MAX_BYTES = 1024 * 1024,
    YAML_MAX_DEPTH = 32,
    YAML_MAX_NODES = 100000,
    YAML_MAX_MEMBERS = 500 /* of one object: its keys are compared pairwise */
};

enum yaml_kind { YAML_VALUE, YAML_LIST, YAML_OBJECT };

struct yaml_node {
    enum yaml_kind kind;
    bool is_plain;    /* a VALUE without quotes, not a block of text */
    bool is_template; /* stands in a template's text, and so do line and column */
    uint32_t line;    /* from 1; of the value, not of its key */
    uint32_t column;  /* from 1, in characters */
    const char *text; /* VALUE: UTF-8 without U+0000 */
    size_t len;
    const char *key; /* of a member of an object; else NULL */
    uint32_t key_line;
    uint32_t key_column;
    uint32_t index; /* among its siblings */
    uint32_t count; /* of children */
    struct yaml_node *parent;
    struct yaml_node *first;
    struct yaml_node *last;
    struct yaml_node *next;
};

/* Where a text cannot be read. */
struct yaml_fault {
    uint32_t line;
    uint32_t column;
    char path[ERR_PATH_BYTES];
};

/* The tree's root. NULL: FATAL ERR_BAD_CONTRACT, the fault says where and err what; ERR_NO_MEMORY. */
MUST_CHECK struct yaml_node *yaml_read(const char *text, size_t len, struct arena *arena,
                                       struct yaml_fault *fault, struct err *err);

/* "/schema/0/name"; "/" the root. Cut where it does not fit; control characters are shown as '?'. */
void yaml_path(const struct yaml_node *node, char *out, size_t size);

/* The member of an object; NULL: there is none, or node is NULL or no object. */
struct yaml_node *yaml_member(const struct yaml_node *node, const char *key);

/* Without quotes, and nothing, ~ or null. */
bool yaml_is_null(const struct yaml_node *node);
/* Without quotes, and true or false. */
bool yaml_is_bool(const struct yaml_node *node, bool *value);
/* Whether a plain text would be something else than a text to a reader of YAML 1.1 or 1.2: a number, a boolean, nothing,
 * a day. */
bool yaml_is_ambiguous(const struct yaml_node *node);

#endif
