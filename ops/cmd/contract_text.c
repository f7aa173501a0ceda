/* SPDX-License-Identifier: Apache-2.0
 * ops/cmd/contract_text.c - see the header. */
#include "ops/cmd/contract_text.h"

#include <string.h>

#include "ops/cli/file.h"
#include "ops/cli/table.h"
#include "schema/ruleset/contract_rules.h"

static int read_text(struct ops_contract_file *file, struct sch_schema *schema, struct err *err)
{
    file->contract = sch_contract_read_for((const char *)file->text.data, file->text.len, schema,
                                           &file->findings, err);
    return file->contract != NULL || err->code == ERR_BAD_CONTRACT ? 0 : -1;
}

int ops_contract_judge(struct ops_contract_file *file, const struct buf *structure, struct err *err)
{
    int rc = sch_contract_judge((const char *)file->text.data, file->text.len, structure,
                                &file->contract, &file->findings, err);
    return rc == 0 || err->code == ERR_BAD_CONTRACT ? 0 : -1;
}

int ops_contract_load(const char *path, struct sch_schema *schema, struct ops_contract_file *file,
                      struct err *err)
{
    file->name = strcmp(path, "-") == 0 ? "standard input" : path;
    if (ops_read_text(path, "a contract", SCH_CONTRACT_MAX_BYTES, &file->text, err) != 0) {
        return -1;
    }
    (void)buf_cstr(&file->text); /* the text ends with a zero */
    if (buf_failed(&file->text)) {
        return err_set(err, ERR_KIND_FATAL, ERR_NO_MEMORY, "no memory for a contract");
    }
    return read_text(file, schema, err);
}

void ops_contract_file_fini(struct ops_contract_file *file)
{
    sch_contract_free(&file->contract);
    sch_findings_fini(&file->findings);
    buf_fini(&file->text);
}

void ops_contract_put_findings(const struct ops_contract_file *file, struct buf *out)
{
    const struct sch_findings *found = &file->findings;
    for (size_t i = 0; i < found->count; i++) {
        const struct sch_finding *f = &found->items[i];
        if (f->template_name != NULL) {
            buf_printf(out, "template %s", f->template_name);
        } else {
            ops_put_safe(file->name, false, out);
        }
        buf_printf(out, ":%u:%u: ", f->line, f->column);
        ops_put_safe(f->path, false, out);
        buf_printf(out, ": %s", f->level == SCH_FINDING_WARNING ? "warning: " : "");
        ops_put_safe(f->text, false, out);
        buf_put_u8(out, '\n');
    }
    size_t all = found->errors + found->warnings;
    if (all > found->count) {
        buf_printf(out, "… and %zu more\n", all - found->count);
    }
}
