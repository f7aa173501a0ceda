/* SPDX-License-Identifier: Apache-2.0
 * registry/sources/write.c - the formats. */
#include <string.h>

#include "registry/sources/writer_priv.h"

static const struct {
    const char *name;
    const char *type;
} formats[] = {
#define X(id, name, type) [id] = {name, type},
    REG_SOURCES_FORMAT_TABLE(X)
#undef X
};

const char *reg_sources_format_name(enum reg_sources_format format)
{
    return formats[format].name;
}

const char *reg_sources_media_type(enum reg_sources_format format)
{
    return formats[format].type;
}

int reg_sources_format_of(const char *name, enum reg_sources_format *out, struct err *err)
{
    for (int i = 0; i < REG_SOURCES_FORMAT_COUNT; i++) {
        if (strcmp(name, formats[i].name) == 0) {
            *out = (enum reg_sources_format)i;
            return 0;
        }
    }
    return err_set(err, ERR_KIND_FATAL, ERR_USAGE,
                   "there is no format %.32s: it is json, csv, html or dcat", name);
}

int reg_sources_write(const struct sto_sources *sources, enum reg_sources_format format,
                      const struct reg_sources_how *how, struct buf *out, struct err *err)
{
    int rc = 0;
    switch (format) {
    case REG_SOURCES_JSON: reg_sources_json(sources, out); break;
    case REG_SOURCES_CSV: reg_sources_csv(sources, how->bom, out); break;
    case REG_SOURCES_HTML: reg_sources_html(sources, out); break;
    case REG_SOURCES_DCAT: rc = reg_sources_dcat(sources, how->public_url, out, err); break;
    case REG_SOURCES_FORMAT_COUNT: break;
    }
    if (rc == 0 && buf_failed(out)) {
        rc = err_set(err, ERR_KIND_FATAL, ERR_NO_MEMORY, "no memory for the catalogue");
    }
    return rc;
}
