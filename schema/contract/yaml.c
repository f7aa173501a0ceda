/* SPDX-License-Identifier: Apache-2.0
 * schema/contract/yaml.c - see the header. From libyaml's events, one at a time, to the tree.
 *
 * libyaml's document API would resolve aliases; events do not, so an alias is refused before it means anything. The nesting is
 * followed with a pointer to the open node, not by recursion. */
#include "schema/contract/yaml.h"

#include <stdio.h>
#include <string.h>
#include <yaml.h>

#include "base/utf8.h"

struct builder {
    yaml_parser_t parser;
    struct arena *arena;
    struct yaml_node *root;
    struct yaml_node *open; /* the list or object whose children come; NULL: the document */
    int depth;
    uint32_t nodes;
    const char *key; /* of the member whose value comes; NULL: in an object, a key comes */
    yaml_mark_t key_at;
    struct yaml_fault *fault;
    struct err *err;
};

static int refuse(struct builder *b, yaml_mark_t at, const char *text)
{
    b->fault->line = (uint32_t)at.line + 1;
    b->fault->column = (uint32_t)at.column + 1;
    yaml_path(b->open, b->fault->path, sizeof(b->fault->path));
    return err_set(b->err, ERR_KIND_FATAL, ERR_BAD_CONTRACT, "%s", text);
}

static int no_memory(struct builder *b)
{
    return err_set(b->err, ERR_KIND_RETRY, ERR_NO_MEMORY, "no memory to read a contract");
}

/* libyaml's words, with ours where a person is helped by them. */
static int refuse_syntax(struct builder *b)
{
    const yaml_parser_t *p = &b->parser;
    char text[200];
    if (p->error == YAML_MEMORY_ERROR) {
        return no_memory(b);
    }
    const char *problem = p->problem != NULL ? p->problem : "it cannot be read";
    bool is_tab = p->error == YAML_SCANNER_ERROR &&
                  strstr(problem, "cannot start any token") != NULL &&
                  p->buffer.pointer < p->buffer.last && *p->buffer.pointer == '\t';
    snprintf(text, sizeof(text), "not YAML: %s%s%s", problem, p->context != NULL ? ", " : "",
             p->context != NULL ? p->context : "");
    yaml_mark_t at = p->error == YAML_READER_ERROR ? p->mark : p->problem_mark;
    return refuse(b, at, is_tab ? "not YAML: a tab; lines are indented with spaces" : text);
}

/* ---- the tree ---- */

static struct yaml_node *node_new(struct builder *b, enum yaml_kind kind, yaml_mark_t at)
{
    if (++b->nodes > YAML_MAX_NODES) {
        (void)refuse(b, at, "a contract has at most 100,000 values");
        return NULL;
    }
    struct yaml_node *node = arena_calloc(b->arena, 1, sizeof(*node));
    if (node == NULL) {
        (void)no_memory(b);
        return NULL;
    }
    node->kind = kind;
    node->line = (uint32_t)at.line + 1;
    node->column = (uint32_t)at.column + 1;
    return node;
}

static void append(struct yaml_node *parent, struct yaml_node *node)
{
    node->parent = parent;
    node->index = parent->count++;
    if (parent->last != NULL) {
        parent->last->next = node;
    } else {
        parent->first = node;
    }
    parent->last = node;
}

/* Puts the node where the events are. */
static int place(struct builder *b, struct yaml_node *node)
{
    if (b->open == NULL) {
        b->root = node;
        return 0;
    }
    if (b->open->kind == YAML_OBJECT) {
        node->key = b->key;
        node->key_line = (uint32_t)b->key_at.line + 1;
        node->key_column = (uint32_t)b->key_at.column + 1;
        b->key = NULL;
    }
    append(b->open, node);
    return 0;
}

/* ---- events ---- */

static int take_key(struct builder *b, const char *text, yaml_mark_t at)
{
    char said[160];
    if (b->open->count >= YAML_MAX_MEMBERS) {
        return refuse(b, at, "an object has at most 500 members");
    }
    const struct yaml_node *first = yaml_member(b->open, text);
    if (first != NULL) {
        snprintf(said, sizeof(said), "the key stands there already, in line %u: each is given once",
                 first->key_line);
        struct yaml_node again = {.key = text, .parent = b->open};
        (void)refuse(b, at, said);
        yaml_path(&again, b->fault->path, sizeof(b->fault->path));
        return -1;
    }
    b->key = text;
    b->key_at = at;
    return 0;
}

static int take_value(struct builder *b, const yaml_event_t *event)
{
    const char *bytes = (const char *)event->data.scalar.value;
    size_t len = event->data.scalar.length;
    yaml_mark_t at = event->start_mark;
    if (event->data.scalar.anchor != NULL) {
        return refuse(b, at, "an anchor (&) is not taken: write the value where it is wanted");
    }
    if (event->data.scalar.tag != NULL) {
        return refuse(b, at, "a tag (!) is not taken: write the value alone");
    }
    if (!utf8_is_text((const uint8_t *)bytes, len)) {
        return refuse(b, at, "a text has U+0000, or is no UTF-8");
    }
    const char *text = arena_memdup(b->arena, bytes, len);
    if (text == NULL) {
        return no_memory(b);
    }
    if (b->open != NULL && b->open->kind == YAML_OBJECT && b->key == NULL) {
        return take_key(b, text, at);
    }
    struct yaml_node *node = node_new(b, YAML_VALUE, at);
    if (node == NULL) {
        return -1;
    }
    node->is_plain = event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
    node->text = text;
    node->len = len;
    return place(b, node);
}

static int open_node(struct builder *b, enum yaml_kind kind, const yaml_char_t *anchor,
                     const yaml_char_t *tag, yaml_mark_t at)
{
    if (anchor != NULL) {
        return refuse(b, at, "an anchor (&) is not taken: write the value where it is wanted");
    }
    if (tag != NULL) {
        return refuse(b, at, "a tag (!) is not taken: write the value alone");
    }
    if (b->open != NULL && b->open->kind == YAML_OBJECT && b->key == NULL) {
        return refuse(b, at, "a key is a text, not a list or an object");
    }
    if (++b->depth > YAML_MAX_DEPTH) {
        return refuse(b, at, "lists and objects are nested deeper than 32");
    }
    struct yaml_node *node = node_new(b, kind, at);
    if (node == NULL || place(b, node) != 0) {
        return -1;
    }
    b->open = node;
    return 0;
}

static int take(struct builder *b, const yaml_event_t *event)
{
    switch (event->type) {
    case YAML_ALIAS_EVENT:
        return refuse(b, event->start_mark,
                      "an alias (*) is not taken: write the value where it is wanted");
    case YAML_SCALAR_EVENT: return take_value(b, event);
    case YAML_SEQUENCE_START_EVENT:
        return open_node(b, YAML_LIST, event->data.sequence_start.anchor,
                         event->data.sequence_start.tag, event->start_mark);
    case YAML_MAPPING_START_EVENT:
        return open_node(b, YAML_OBJECT, event->data.mapping_start.anchor,
                         event->data.mapping_start.tag, event->start_mark);
    case YAML_SEQUENCE_END_EVENT:
    case YAML_MAPPING_END_EVENT:
        b->open = b->open->parent;
        b->depth--;
        return 0;
    case YAML_DOCUMENT_START_EVENT:
        if (b->root != NULL) {
            return refuse(b, event->start_mark, "a second document: a contract is one");
        }
        return event->data.document_start.tag_directives.start !=
                       event->data.document_start.tag_directives.end
                   ? refuse(b, event->start_mark, "a directive of tags is not taken")
                   : 0;
    default: return 0;
    }
}

static int run(struct builder *b)
{
    bool is_over = false;
    while (!is_over) {
        yaml_event_t event;
        if (!yaml_parser_parse(&b->parser, &event)) {
            return refuse_syntax(b);
        }
        is_over = event.type == YAML_STREAM_END_EVENT;
        int rc = take(b, &event);
        yaml_event_delete(&event);
        if (rc != 0) {
            return -1;
        }
    }
    yaml_mark_t start = {0, 0, 0};
    return b->root != NULL ? 0 : refuse(b, start, "it is empty");
}

static int check_text(struct builder *b, const char *text, size_t len)
{
    yaml_mark_t start = {0, 0, 0};
    if (len > YAML_MAX_BYTES) {
        return refuse(b, start, "a contract has at most 1 MiB");
    }
    if (!utf8_is_text((const uint8_t *)text, len)) {
        return refuse(b, start, "a contract is written in UTF-8, without U+0000");
    }
    return 0;
}

struct yaml_node *yaml_read(const char *text, size_t len, struct arena *arena,
                            struct yaml_fault *fault, struct err *err)
{
    struct builder b = {.arena = arena, .fault = fault, .err = err};
    *fault = (struct yaml_fault){0};
    if (check_text(&b, text, len) != 0) {
        return NULL;
    }
    /* libyaml counts a byte order mark as a column when it is told the encoding. */
    size_t mark = len >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;
    if (!yaml_parser_initialize(&b.parser)) {
        (void)no_memory(&b);
        return NULL;
    }
    yaml_parser_set_encoding(&b.parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&b.parser, (const unsigned char *)text + mark, len - mark);
    int rc = run(&b);
    yaml_parser_delete(&b.parser);
    return rc == 0 ? b.root : NULL;
}
