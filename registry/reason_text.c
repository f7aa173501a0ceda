/* SPDX-License-Identifier: Apache-2.0
 * registry/reason_text.c - see the header. The English is base/err_table.h's. */
#include "registry/reason_text.h"

#include <stddef.h>
#include <string.h>

static const char *const arabic[ERR_CODE_COUNT] = {
    [ERR_TRUNCATED] = "القيمة مبتورة",
    [ERR_TRAILING_BYTES] = "بعد القيمة بايتات زائدة",
    [ERR_BAD_VARINT] = "عدد متغير الطول أطول مما ينبغي أو يتجاوز نوعه",
    [ERR_BAD_LENGTH] = "طول أو عدد عناصر سالب أو مستحيل",
    [ERR_TOO_DEEP] = "التداخل أعمق من 64 مستوى",
    [ERR_TOO_LARGE] = "عناصر القيمة أكثر مما ينبغي",
    [ERR_BAD_ENUM] = "رقم الرمز خارج القائمة أو رمز القائمة غير معروف",
    [ERR_BAD_BRANCH] = "فرع الاتحاد خارج مداه أو لا يمكن قراءته",
    [ERR_BAD_BOOLEAN] = "القيمة المنطقية ليست 0 ولا 1",
    [ERR_BAD_TEXT] = "النص ليس بترميز UTF-8 أو فيه U+0000",
    [ERR_BAD_NUMBER] = "لا يمكن حفظ الرقم في عموده كما هو",
    [ERR_BAD_TIME] = "التاريخ أو الوقت خارج مدى السجل",
    [ERR_BAD_UUID] = "النص ليس معرّف UUID",
    [ERR_BAD_FRAME] = "صيغة الرسالة غير معروفة أو مبتورة",
    [ERR_EMPTY_VALUE] = "القيمة فارغة؛ والحذف قيمته null",
    [ERR_UNKNOWN_STRUCTURE] = "لا توجد بنية بهذا الرقم",
    [ERR_OTHER_SUBJECT] = "البنية مسجلة باسم آخر غير اسم موضوع كافكا (topic)",
    [ERR_FOREIGN_STRUCTURE] = "البنية لمجموعة بيانات أخرى",
    [ERR_NOT_YET_ACTIVE] = "البنية لم تسرِ بعد",
    [ERR_STRUCTURE_REJECTED] = "البنية مرفوضة",
    [ERR_STRUCTURE_RETIRED] = "انتهى العمل بهذه البنية",
    [ERR_MISSING_KEY] = "الحدث بلا مفتاح، أو أحد حقول المفتاح خال",
    [ERR_KEY_FORMAT] = "المفتاح ليس بصيغة مفتاح مجموعة البيانات",
    [ERR_KEY_MISMATCH] = "المفتاح يختلف عن حقول المفتاح في القيمة",
    [ERR_KEY_TOO_LONG] = "المفتاح بعد ترميزه أطول من 1024 بايت",
    [ERR_BAD_ORDER] = "حقل الترتيب خال أو لا يصلح ترتيبا",
    [ERR_BAD_EVENT] = "نص JSON ليس حدثا من هذه البنية",
    [ERR_RULE_FAILED] = "الحدث يخالف قاعدة",
    [ERR_RULE_ERROR] = "لا يمكن حساب قاعدة لهذا الحدث",
    [ERR_RULE_COST] = "تحتاج قاعدة لهذا الحدث إلى خطوات أكثر مما ينبغي",
    [ERR_REGISTER_REFUSED] = "رفضت PostgreSQL إحدى قيم الحدث",
};

static enum err_code code_of(const char *token)
{
    for (int code = ERR_NONE + 1; token != NULL && code < ERR_CODE_COUNT; code++) {
        if (strcmp(err_token((enum err_code)code), token) == 0) {
            return (enum err_code)code;
        }
    }
    return ERR_NONE;
}

const char *reg_reason_text(const char *token)
{
    enum err_code code = code_of(token);
    return code != ERR_NONE ? err_sentence(code) : token;
}

const char *reg_reason_text_ar(const char *token)
{
    return arabic[code_of(token)];
}
