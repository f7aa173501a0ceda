/* SPDX-License-Identifier: Apache-2.0
 * ops/cmd/contract.c - nrc contract check and template: a contract on an agency's own desk, with no server. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/jsonw.h"
#include "ops/cli/file.h"
#include "ops/cli/table.h"
#include "ops/cmd/contract_text.h"
#include "ops/cmd/handlers.h"
#include "schema/contract/template.h"
#include "schema/parse/parse.h"

static void put_json(const struct ops_contract_file *file, struct buf *out)
{
    struct jsonw w = jsonw_to(out);
    jsonw_open(&w, '{');
    jsonw_key(&w, "file");
    jsonw_str(&w, file->name);
    jsonw_key(&w, "valid");
    jsonw_bool(&w, file->contract != NULL);
    jsonw_number(&w, "errors", (int64_t)file->findings.errors);
    jsonw_number(&w, "warnings", (int64_t)file->findings.warnings);
    jsonw_key(&w, "findings");
    sch_findings_json(&file->findings, &w);
    if (file->contract != NULL) {
        struct buf model = BUF_INIT;
        sch_contract_json(file->contract, &model);
        jsonw_key(&w, "contract");
        jsonw_raw(&w, buf_cstr(&model));
        buf_fini(&model);
    }
    jsonw_close(&w, '}');
    buf_put_u8(out, '\n');
}

static void put_text(const struct ops_contract_file *file, struct buf *out)
{
    ops_contract_put_findings(file, out);
    ops_put_safe(file->name, false, out);
    if (file->contract != NULL) {
        buf_printf(out, ": the contract of %s, version %s, is good", file->contract->dataset,
                   file->contract->version);
    } else {
        buf_printf(out, ": %zu error%s", file->findings.errors,
                   file->findings.errors == 1 ? "" : "s");
    }
    size_t warnings = file->findings.warnings;
    if (warnings > 0) {
        buf_printf(out, ", %zu warning%s", warnings, warnings == 1 ? "" : "s");
    }
    buf_put_u8(out, '\n');
}

/* NULL: no structure is given, and *err is untouched. */
static struct sch_schema *read_structure(const struct ops_context *context, struct err *err)
{
    const char *path = ops_args_get(context->args, "structure");
    struct buf text = BUF_INIT;
    struct sch_schema *schema = NULL;
    if (path != NULL && ops_read_text(path, "a structure", SCH_MAX_TEXT_BYTES, &text, err) == 0) {
        schema = sch_parse((const char *)text.data, text.len, err);
    }
    buf_fini(&text);
    return schema;
}

int ops_contract_check(const struct ops_context *context, struct err *err)
{
    struct ops_contract_file file = OPS_CONTRACT_FILE_INIT;
    struct buf out = BUF_INIT;
    struct sch_schema *schema = read_structure(context, err);
    int rc = schema == NULL && ops_args_get(context->args, "structure") != NULL
                 ? -1
                 : ops_contract_load(context->args->arguments[0], schema, &file, err);
    if (rc == 0) {
        if (context->json) {
            put_json(&file, &out);
        } else {
            put_text(&file, &out);
        }
        rc = ops_print(&out, err) != 0 ? -1 : file.contract != NULL ? OPS_YES : OPS_NO;
    }
    buf_fini(&out);
    ops_contract_file_fini(&file);
    sch_schema_unref(&schema);
    return rc;
}

/* ---- templates ---- */

static int list_templates(const struct ops_context *context, struct err *err)
{
    struct buf out = BUF_INIT;
    struct jsonw w = jsonw_to(&out);
    const struct sch_template *t;
    if (context->json) {
        jsonw_open(&w, '[');
    }
    for (size_t i = 0; (t = sch_template(i)) != NULL; i++) {
        if (context->json) {
            jsonw_open(&w, '{');
            jsonw_key(&w, "template");
            jsonw_str(&w, t->full_name);
            jsonw_key(&w, "summary");
            jsonw_str(&w, t->summary);
            jsonw_close(&w, '}');
        } else {
            buf_printf(&out, "%s  %s\n", t->full_name, t->summary);
        }
    }
    if (context->json) {
        jsonw_close(&w, ']');
        buf_put_u8(&out, '\n');
    }
    int rc = ops_print(&out, err);
    buf_fini(&out);
    return rc;
}

/* A file that is there stays: it may be somebody's work. */
static int write_new(const char *path, const char *text, struct err *err)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    FILE *file = fd >= 0 ? fdopen(fd, "w") : NULL;
    if (file == NULL) {
        err_set(err, ERR_KIND_FATAL, ERR_IO, "%.256s: %s", path, strerror(errno));
        if (fd >= 0) {
            close(fd);
        }
        return -1;
    }
    bool written = fputs(text, file) != EOF;
    if (fclose(file) != 0 || !written) {
        return err_set(err, ERR_KIND_FATAL, ERR_IO, "%.256s: %s", path, strerror(errno));
    }
    return 0;
}

static int give(const struct ops_context *context, const struct sch_template *t, struct err *err)
{
    const char *path = ops_args_get(context->args, "output");
    const char *text = ops_args_has(context->args, "text") ? t->text : t->blank;
    struct buf out = BUF_INIT;
    if (path != NULL && write_new(path, text, err) != 0) {
        return -1;
    }
    if (context->json) {
        struct jsonw w = jsonw_to(&out);
        jsonw_open(&w, '{');
        jsonw_key(&w, "template");
        jsonw_str(&w, t->full_name);
        jsonw_key(&w, "text");
        jsonw_str(&w, text);
        jsonw_close(&w, '}');
        buf_put_u8(&out, '\n');
    } else if (path == NULL) {
        buf_put_str(&out, text);
    } else {
        ops_put_safe(path, false, &out);
        buf_put_str(&out, " is written\n");
    }
    int rc = ops_print(&out, err);
    buf_fini(&out);
    return rc;
}

int ops_contract_template(const struct ops_context *context, struct err *err)
{
    const struct ops_args *args = context->args;
    if (args->arguments[0] == NULL) {
        return list_templates(context, err);
    }
    const struct sch_template *t = sch_template_find(args->arguments[0]);
    if (t == NULL) {
        return err_set(err, ERR_KIND_FATAL, ERR_NOT_FOUND,
                       "there is no template %.80s: nrc contract template lists them",
                       args->arguments[0]);
    }
    return give(context, t, err);
}
