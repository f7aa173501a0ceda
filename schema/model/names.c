/* SPDX-License-Identifier: Apache-2.0
 * schema/model/names.c - see the header. */
#include "schema/model/names.h"

#include <string.h>

#include "base/buf.h"
#include "base/utf8.h"
#include "schema/model/nameset.h"

const char *sch_last_part(const char *full_name)
{
    const char *dot = strrchr(full_name, '.');
    return dot != NULL ? dot + 1 : full_name;
}

bool sch_names_have(const struct sch_names *names, const char *name)
{
    for (size_t i = 0; i < names->count; i++) {
        if (strcmp(names->items[i], name) == 0) {
            return true;
        }
    }
    return false;
}

bool sch_names_match(const struct sch_type *reader, const struct sch_type *writer)
{
    return strcmp(sch_last_part(reader->name), sch_last_part(writer->name)) == 0 ||
           sch_names_have(&reader->aliases, writer->name);
}

size_t sch_names_list(const struct sch_names *names, const struct sch_nameset *without,
                      size_t most_bytes, struct buf *out)
{
    enum { SHOWN = 10 };
    size_t listed = 0;
    for (size_t i = 0; i < names->count; i++) {
        const char *name = names->items[i];
        if ((without == NULL || sch_nameset_get(without, name) == NULL) && listed++ < SHOWN) {
            buf_put_str(out, listed > 1 ? ", " : "");
            buf_put(out, name, utf8_cut(name, most_bytes));
        }
    }
    if (listed > SHOWN) {
        buf_printf(out, " and %zu more", listed - SHOWN);
    }
    return listed;
}
