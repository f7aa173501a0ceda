/* SPDX-License-Identifier: Apache-2.0
 * registry/sources/sources.h - the catalogue of sources (NRL-5) written for those who read it: programs, spreadsheets, people,
 * other catalogues. Texts of the catalogue are not trusted: each writer escapes them.
 *
 * A failure to write is the buffer's. */
#ifndef REGISTRY_SOURCES_SOURCES_H
#define REGISTRY_SOURCES_SOURCES_H

#include <stdbool.h>

#include "base/attr.h"
#include "base/buf.h"
#include "base/err.h"
#include "storage/report/sources.h"

/* X(id, name, media type) */
#define REG_SOURCES_FORMAT_TABLE(X)                                                                \
    X(REG_SOURCES_JSON, "json", "application/json")                                                \
    X(REG_SOURCES_CSV, "csv", "text/csv; charset=utf-8; header=present")                           \
    X(REG_SOURCES_HTML, "html", "text/html; charset=utf-8")                                        \
    X(REG_SOURCES_DCAT, "dcat", "application/ld+json")

enum reg_sources_format {
#define X(id, name, type) id,
    REG_SOURCES_FORMAT_TABLE(X)
#undef X
        REG_SOURCES_FORMAT_COUNT
};

const char *reg_sources_format_name(enum reg_sources_format format);
const char *reg_sources_media_type(enum reg_sources_format format); /* a literal */
/* FATAL ERR_USAGE: there is no such format. */
MUST_CHECK int reg_sources_format_of(const char *name, enum reg_sources_format *out,
                                     struct err *err);

struct reg_sources_how {
    const char *public_url; /* of [registry]: IRIs begin with it */
    bool bom;               /* csv begins with a byte order mark */
};

/* FATAL ERR_CONFIG: public_url is no base of IRIs. */
MUST_CHECK int reg_sources_write(const struct sto_sources *sources, enum reg_sources_format format,
                                 const struct reg_sources_how *how, struct buf *out,
                                 struct err *err);

#endif
