/* SPDX-License-Identifier: Apache-2.0
 * tests/unit/schema/rules/test_national.c - the formats of this country's records, and those that configuration changes.
 *
 * Links rule_value.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/conf.h"
#include "base/err.h"
#include "rule_value.h"
#include "schema/rules/settings.h"

struct text_case {
    const char *text;
    bool good;
};

static void check(const char *expr, const struct text_case *cases, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const char *value = rule_value(expr, cases[i].text, strlen(cases[i].text));
        if (strcmp(value, cases[i].good ? "true" : "false") != 0) {
            fail_msg("%s of \"%s\" is %s", expr, cases[i].text, value);
        }
    }
}

#define CHECK(expr, cases) check(expr, cases, sizeof(cases) / sizeof((cases)[0]))

static void numbers_have_their_patterns(void **state)
{
    (void)state;
    static const struct text_case civil[] = {
        {"12345678", true},    {"123456", true},           {"123456789", true},
        {"1234567890", false}, {"12345", false},           {"01234567", false},
        {"1234567a", false},   {" 12345678", false},       {"12345678 ", false},
        {"", false},           {"12345678\n", false},      {"-1234567", false},
        {"١٢٣٤٥٦٧٨", false}, /* Arabic-Indic digits: another key in the register */
        {"۱۲۳۴۵۶۷۸", false},   {"１２３４５６７８", false}};
    static const struct text_case companies[] = {
        {"1234567", true},      {"0123456", true},   {"1234567890", true}, {"12345", false},
        {"12345678901", false}, {"1-234567", false}, {"١٢٣٤٥٦٧", false}};
    CHECK("x.isCivilNumber()", civil);
    CHECK("x.isCommercialRegister()", companies);
    static const struct rule_case ints[] = {{"12345678.isCivilNumber()", "true"},
                                            {"(-12345678).isCivilNumber()", "false"},
                                            {"1.isCivilNumber()", "false"},
                                            {"1234567.isCommercialRegister()", "true"},
                                            {"(1.5).isCivilNumber()",
                                             "refused: line 1, column 6: isCivilNumber does not "
                                             "take (double)"}};
    RULE_CASES(ints);
}

static void telephones_are_national_or_with_their_country(void **state)
{
    (void)state;
    static const struct text_case phones[] = {
        {"+96891234567", true},
        {"0096891234567", true},
        {"91234567", true},
        {"24123456", true},
        {"71234567", true},
        {"81234567", false},
        {"9123456", false},
        {"912345678", false},
        {"+0123456789", false},
        {"+968 9123 4567", false},    /* as it is stored, not as it is printed */
        {"+9689123456789012", false}, /* more than E.164's 15 digits */
        {"+٩٦٨٩١٢٣٤٥٦٧", false},
        {"", false}};
    CHECK("x.isPhone()", phones);
}

static void bank_accounts_have_country_length_and_checksum(void **state)
{
    (void)state;
    static const struct text_case accounts[] = {
        {"OM810180000001299123456", true},
        {"OM81 0180 0000 0129 9123 456", true}, /* as it is printed */
        {"OM810180000001299123457", false},     /* one digit is another */
        {"OM810180000001299123465", false},     /* two are changed over */
        {"OM43018000000129912345", false} /* a good checksum, a digit too few */,
        {"OM8101800000012991234560", false},
        {"om810180000001299123456", false},
        {"OM81 0180-0000 0129 9123 456", false},
        {"OM81-0180-0000-0129-9123-456", false},
        {"OM81 018000 00012991 23456", false},
        {"OM810180000001299123456 ", false},
        {" OM810180000001299123456", false},
        {"OM810180 000001299123456", false},
        {"OM٨١0180000001299123456", false},
        {"", false},
        {"OM81", false},
        {"GB82WEST12345698765432", false}, /* another country's */
        {"O", false},
        {"OM81 0180 0000 0129 9123 4560 0000 0000 0000 0000", false}};
    CHECK("x.isIban()", accounts);
    const struct cel_settings_spec any = {.iban_country = ""};
    static const struct text_case everywhere[] = {{"GB82WEST12345698765432", true},
                                                  {"OM810180000001299123456", true},
                                                  {"SA0380000000608010167519", true},
                                                  {"AE070331234567890123456", true},
                                                  {"KW81CBKU0000000000001234560101", true},
                                                  {"MT84MALT011000012345MTLCAST001S", true},
                                                  {"NO9386011117947", true},
                                                  {"GB82WEST1234569876543", false},
                                                  {"ZZ82WEST12345698765432", false},
                                                  {"8B82WEST12345698765432", false}};
    rule_settings(&any);
    CHECK("x.isIban()", everywhere);
    rule_settings(NULL);
}

static void text_in_arabic_script_has_no_letters_of_another(void **state)
{
    (void)state;
    static const struct text_case only[] = {{"محمد", true},
                                            {"محمّد بن سالم", true},
                                            {"عبد الله (أبو سعيد)", true},
                                            {"شارع ١٢، مبنى 5", true},
                                            {"ﻣﺤﻤﺪ", true},
                                            {"مُحَمَّدٌ", true},
                                            {"محمـــد", true},
                                            {"گچپژ", true},
                                            {"م\u200cم", true},
                                            {"«محمد»؟", true},
                                            {"Mohammed", false},
                                            {"محمد Ali", false},
                                            {"محمد\n", false},
                                            {"محمد\t", false},
                                            {"", false},
                                            {"   ", false},
                                            {"123", false},
                                            {"١٢٣", false},
                                            {"ـــ", false},
                                            {"َُِ", false},
                                            {"محмед", false},
                                            {"שלום", false},
                                            {"محمد 😀", false},
                                            {"م\u202eم", false},
                                            {"م\u202dم", false},
                                            {"محé", false}};
    static const struct text_case some[] = {{"محمد Ali", true}, {"Ali", false}, {"", false},
                                            {"١٢٣", false},     {"x م", true},  {"😀ﷲ", true}};
    CHECK("x.isArabicText()", only);
    CHECK("x.hasArabic()", some);
}

static void formats_are_configuration(void **state)
{
    (void)state;
    const struct cel_settings_spec other = {.civil_number = "[0-9]{4}-[A-Z]",
                                            .commercial_register = "CR[0-9]+",
                                            .phone = "\\+44[0-9]{10}",
                                            .iban_country = "GB"};
    rule_settings(&other);
    static const struct text_case cases[] = {{"1234-A", true}, {"12345678", false}};
    CHECK("x.isCivilNumber()", cases);
    static const struct text_case phones[] = {{"+441234567890", true}, {"+96891234567", false}};
    CHECK("x.isPhone()", phones);
    static const struct text_case registers[] = {
        {"CR12", true}, {"xCR12", false}, {"CR12x", false}};
    CHECK("x.isCommercialRegister()", registers);
    static const struct text_case accounts[] = {{"GB82WEST12345698765432", true},
                                                {"OM810180000001299123456", false}};
    CHECK("x.isIban()", accounts);
    rule_settings(NULL);
}

static void a_wrong_format_is_told_with_its_name(void **state)
{
    (void)state;
    static const struct {
        struct cel_settings_spec spec;
        const char *fault;
    } wrong[] = {
        {{.civil_number = "("}, "reading [rules] civil_number"},
        {{.commercial_register = "a++"}, "reading [rules] commercial_register"},
        {{.phone = "(a)\\1"}, "reading [rules] phone"},
        {{.iban_country = "Oman"}, "[rules] iban_country is two capital letters, or nothing"},
        {{.iban_country = "om"}, "[rules] iban_country is two capital letters, or nothing"}};
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        struct err err = ERR_INIT;
        assert_null(cel_settings_new(&wrong[i].spec, &err));
        assert_int_equal(err.code, ERR_CONFIG);
        assert_non_null(strstr(err.text, wrong[i].fault));
    }
}

/* What the configuration says when nobody says anything (base/conf_rows.c). */
static void the_configuration_has_the_same_defaults(void **state)
{
    struct err err = ERR_INIT;
    struct conf *conf = conf_load(NULL, &err);
    (void)state;
    assert_non_null(conf);
    assert_string_equal(conf->rules.civil_number, CEL_DEFAULT_CIVIL_NUMBER);
    assert_string_equal(conf->rules.commercial_register, CEL_DEFAULT_COMMERCIAL_REGISTER);
    assert_string_equal(conf->rules.phone, CEL_DEFAULT_PHONE);
    assert_string_equal(conf->rules.iban_country, CEL_DEFAULT_IBAN_COUNTRY);
    conf_free(&conf);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_have_their_patterns),
        cmocka_unit_test(telephones_are_national_or_with_their_country),
        cmocka_unit_test(bank_accounts_have_country_length_and_checksum),
        cmocka_unit_test(text_in_arabic_script_has_no_letters_of_another),
        cmocka_unit_test(formats_are_configuration),
        cmocka_unit_test(a_wrong_format_is_told_with_its_name),
        cmocka_unit_test(the_configuration_has_the_same_defaults),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
