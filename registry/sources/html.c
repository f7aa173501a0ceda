/* SPDX-License-Identifier: Apache-2.0
 * registry/sources/html.c - the catalogue as a page to print: one part in Arabic, from right to left, one in English.
 *
 * The page needs nothing from elsewhere and runs nothing. A text of the catalogue is escaped, and stands in an element of its
 * own direction, so that it turns nothing around it. */
#include <string.h>

#include "registry/sources/writer_priv.h"

enum language { ARABIC, ENGLISH, LANGUAGES };

struct words {
    const char *text[LANGUAGES];
};

/* The law's own words, where it has them. */
static const struct words title = {{"قائمة مصادر البيانات", "Catalogue of data sources"}};
static const struct words system_word = {{"نظام البيانات", "Data system"}};
static const struct words other_sources = {{"مصادر أخرى", "Other sources"}};
static const struct words nothing = {{"لا توجد مصادر معلنة", "No source is declared"}};
static const struct words taken_at = {{"بتاريخ", "As of"}};

/* A value: of the column, in the language's own column first. */
struct line {
    struct words label;
    const char *columns[LANGUAGES];
};

static const struct line agency_lines[] = {
    {{{"الرمز", "Code"}}, {"code", "code"}},
    {{{"الفئة", "Class"}}, {"class", "class"}},
    {{{"الحالة", "State"}}, {"state", "state"}},
    {{{"التقسيم المختص بالتنسيق مع المركز", "Coordinating division"}}, {"division", "division"}},
    {{{"رئيس التقسيم", "Head of the division"}}, {"head", "head"}},
    {{{"منذ", "Since"}}, {"since", "since"}},
    {{{"خلفتها", "Succeeded by"}}, {"successor", "successor"}},
    {{{"سند الخلافة", "Instrument of succession"}}, {"instrument", "instrument"}},
    {{{"انتهت في", "Retired on"}}, {"retired_on", "retired_on"}},
};

static const struct line dataset_lines[] = {
    {{{"الاسم في السجل", "Name in the register"}}, {"dataset", "dataset"}},
    {{{"الوصف", "Description"}}, {"description_ar", "description"}},
    {{{"المنشأ", "Origin"}}, {"origin", "origin"}},
    {{{"السند القانوني", "Legal basis"}}, {"legal_basis", "legal_basis"}},
    {{{"دورية التحديث", "Cadence"}}, {"cadence", "cadence"}},
    {{{"أمين البيانات", "Steward"}}, {"steward_ar", "steward"}},
    {{{"جهة الاتصال", "Contact"}}, {"contact", "contact"}},
    {{{"هيكلة المصدر", "Structures"}}, {"versions", "versions"}},
    {{{"الحالة", "State"}}, {"state", "state"}},
    {{{"أعلن في", "Declared on"}}, {"declared_on", "declared_on"}},
    {{{"انتهى في", "Retired on"}}, {"retired_on", "retired_on"}},
    {{{"سبب الانتهاء", "Reason"}}, {"retired_reason", "retired_reason"}},
    {{{"خلفه", "Succeeded by"}}, {"successor", "successor"}},
};

/* Values that are words of ours. */
static const struct {
    const char *column;
    const char *value;
    const char *arabic;
} terms[] = {
    {"origin", "produced", "تنتجها الجهة"},
    {"origin", "held", "تحوزها الجهة"},
    {"cadence", "continuous", "مستمر"},
    {"cadence", "hourly", "كل ساعة"},
    {"cadence", "daily", "يومي"},
    {"cadence", "weekly", "أسبوعي"},
    {"cadence", "monthly", "شهري"},
    {"cadence", "quarterly", "ربع سنوي"},
    {"cadence", "yearly", "سنوي"},
    {"cadence", "irregular", "غير منتظم"},
    {"state", "active", "نشط"},
    {"state", "declared", "معلن"},
    {"state", "retired", "منته"},
};

static const char style[] =
    "body{font:11pt/1.5 'Noto Naskh Arabic','Noto Sans',serif;margin:2em "
    "auto;max-width:52em;padding:0 1em}"
    "h2{border-bottom:2px solid;margin-top:2em}h4{margin-bottom:.3em}"
    "table{border-collapse:collapse;width:100%}th,td{border:1px solid #999;padding:.2em .6em;"
    "text-align:start;vertical-align:top;overflow-wrap:anywhere}th{width:30%;background:#eee}"
    "@media "
    "print{section+section{break-before:page}table{break-inside:avoid}h2,h3,h4{break-after:avoid}"
    "body{margin:0;max-width:none}}";

struct page {
    struct buf *out;
    enum language language;
};

static const char *in_language(const struct page *page, const char *column, const char *value)
{
    for (size_t i = 0; page->language == ARABIC && i < COUNT_OF(terms); i++) {
        if (strcmp(terms[i].column, column) == 0 && strcmp(terms[i].value, value) == 0) {
            return terms[i].arabic;
        }
    }
    return value;
}

/* The name in the page's language, or in the other one. */
static const char *name_of(const struct page *page, const struct sto_grid *grid, size_t row,
                           const char *arabic, const char *english, const char *otherwise)
{
    const char *names[] = {sto_grid_get(grid, row, arabic), sto_grid_get(grid, row, english)};
    const char *name = names[page->language];
    name = name != NULL ? name : names[page->language == ARABIC ? ENGLISH : ARABIC];
    return name != NULL ? name : sto_grid_get(grid, row, otherwise);
}

static void put_heading(const struct page *page, const char *tag, const char *label,
                        const char *name)
{
    buf_printf(page->out, "<%s>", tag);
    if (label != NULL) {
        buf_printf(page->out, "%s: ", label);
    }
    buf_put_str(page->out, "<bdi>");
    buf_put_html(page->out, name);
    buf_printf(page->out, "</bdi></%s>\n", tag);
}

static void put_lines(const struct page *page, const struct line *lines, size_t count,
                      const struct sto_grid *grid, size_t row)
{
    buf_put_str(page->out, "<table>\n");
    for (size_t i = 0; i < count; i++) {
        const char *column = lines[i].columns[page->language];
        const char *value = sto_grid_get(grid, row, column);
        if (value == NULL) {
            column = lines[i].columns[page->language == ARABIC ? ENGLISH : ARABIC];
            value = sto_grid_get(grid, row, column);
        }
        if (value != NULL) {
            buf_printf(page->out, "<tr><th>%s</th><td><bdi>", lines[i].label.text[page->language]);
            buf_put_html(page->out, in_language(page, column, value));
            buf_put_str(page->out, "</bdi></td></tr>\n");
        }
    }
    buf_put_str(page->out, "</table>\n");
}

static void put_dataset(const struct page *page, const struct sto_sources *sources, size_t row)
{
    const struct sto_grid *datasets = sources->datasets;
    put_heading(page, "h4", NULL, name_of(page, datasets, row, "title_ar", "title", "dataset"));
    put_lines(page, dataset_lines, COUNT_OF(dataset_lines), datasets, row);
}

static void put_datasets(const struct page *page, const struct sto_sources *sources,
                         const char *agency)
{
    struct reg_sources_range datasets = reg_sources_of(sources->datasets, agency);
    struct reg_sources_range systems = reg_sources_of(sources->systems, agency);
    for (size_t system = systems.from; system < systems.to; system++) {
        put_heading(page, "h3", system_word.text[page->language],
                    name_of(page, sources->systems, system, "name_ar", "name", "system"));
        for (size_t row = datasets.from; row < datasets.to; row++) {
            if (reg_sources_is_under(sources, row, system)) {
                put_dataset(page, sources, row);
            }
        }
    }
    bool has_heading = systems.from == systems.to;
    for (size_t row = datasets.from; row < datasets.to; row++) {
        if (reg_sources_is_alone(sources, row)) {
            if (!has_heading) {
                buf_printf(page->out, "<h3>%s</h3>\n", other_sources.text[page->language]);
                has_heading = true;
            }
            put_dataset(page, sources, row);
        }
    }
    if (datasets.from == datasets.to) {
        buf_printf(page->out, "<p>%s</p>\n", nothing.text[page->language]);
    }
}

static void put_part(const struct page *page, const struct sto_sources *sources, const char *now)
{
    bool is_arabic = page->language == ARABIC;
    buf_printf(page->out,
               "<section lang=\"%s\" dir=\"%s\">\n<h1>%s</h1>\n<p>%s <bdi>%s</bdi></p>\n",
               is_arabic ? "ar" : "en", is_arabic ? "rtl" : "ltr", title.text[page->language],
               taken_at.text[page->language], now);
    for (size_t row = 0; row < sources->agencies->rows; row++) {
        const struct sto_grid *agencies = sources->agencies;
        put_heading(page, "h2", NULL, name_of(page, agencies, row, "name_ar", "name", "code"));
        put_lines(page, agency_lines, COUNT_OF(agency_lines), agencies, row);
        put_datasets(page, sources, sto_grid_get(agencies, row, "code"));
    }
    buf_put_str(page->out, "</section>\n");
}

void reg_sources_html(const struct sto_sources *sources, struct buf *out)
{
    char now[REG_SOURCES_TIME_SIZE];
    reg_sources_now(now);
    buf_printf(out,
               "<!DOCTYPE html>\n<html lang=\"ar\">\n<head>\n<meta charset=\"utf-8\">\n"
               "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
               "style-src 'unsafe-inline'\">\n<title>%s · %s</title>\n<style>%s</style>\n</head>\n"
               "<body>\n",
               title.text[ARABIC], title.text[ENGLISH], style);
    for (enum language language = ARABIC; language < LANGUAGES; language++) {
        put_part(&(struct page){.out = out, .language = language}, sources, now);
    }
    buf_put_str(out, "</body>\n</html>\n");
}
