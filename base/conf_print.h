/* SPDX-License-Identifier: Apache-2.0
 * base/conf_print.h - the configuration (base/conf.h) and its keys, printed: for people, and for other printers. */
#ifndef BASE_CONF_PRINT_H
#define BASE_CONF_PRINT_H

struct buf;
struct conf;

/* "[section]" and "key = value" lines with the sentence of each key; secrets (passwords in a DSN
 * or property) are shown as "***". */
void conf_print(const struct conf *conf, struct buf *out);
void conf_print_json(const struct conf *conf, struct buf *out);

/* Each key in the table's order, for other printers. The strings last for the call. */
struct conf_entry {
    const char *section;
    const char *key;
    const char *takes; /* "number 1-64", "no|loopback" */
    const char *initial;
    const char *sentence;
};
void conf_each(void (*tell)(const struct conf_entry *entry, void *arg), void *arg);

/* One line for each key: name, type, range, default, sentence. For --help and the man page. */
void conf_describe(struct buf *out);
void conf_describe_json(struct buf *out); /* an array of objects */

#endif
