/* SPDX-License-Identifier: Apache-2.0
 * schema/diff/change_table.h - the kinds of changes between two structures, one row each:
 *
 *   X(symbol, rule id, class, the change in English, in Arabic)
 *
 * The rule id is stable: scripts and accepted findings name it. ops/doc/structure-rules.md is made from this. */
#ifndef SCHEMA_DIFF_CHANGE_TABLE_H
#define SCHEMA_DIFF_CHANGE_TABLE_H

/* clang-format off */
#define SCH_CHANGES(X)                                                                             \
    X(DOCUMENTATION_CHANGED, "documentation-changed", SAFE,                                        \
      "documentation, attributes or aliases changed",                                              \
      "تغيّر التوثيق أو السمات أو الأسماء البديلة")                                                \
    X(OPTIONAL_FIELD_ADDED, "optional-field-added", SAFE,                                          \
      "a field with a default was added",                                                          \
      "أُضيف حقل له قيمة افتراضية")                                                                \
    X(TYPE_WIDENED, "type-widened", SAFE,                                                          \
      "int became long, or float became double",                                                   \
      "اتسع النوع: من int إلى long أو من float إلى double")                                        \
    X(PRECISION_GROWN, "precision-grown", SAFE,                                                    \
      "a decimal has more digits at the same scale",                                               \
      "زادت خانات العدد العشري مع بقاء الخانات بعد الفاصلة")                                       \
    X(ENUM_SYMBOLS_ADDED, "enum-symbols-added", SAFE,                                              \
      "symbols were added to an enum that has a default",                                          \
      "أُضيفت رموز إلى قائمة لها قيمة افتراضية")                                                   \
    X(FIELDS_REORDERED, "fields-reordered", SAFE,                                                  \
      "the fields stand in another order",                                                         \
      "تغيّر ترتيب الحقول")                                                                        \
    X(UNION_REORDERED, "union-reordered", SAFE,                                                    \
      "the branches of a union stand in another order",                                            \
      "تغيّر ترتيب فروع الاتحاد")                                                                  \
    X(DEFAULT_ADDED, "default-added", SAFE,                                                        \
      "a field got a default",                                                                     \
      "صارت للحقل قيمة افتراضية")                                                                  \
    X(DEFAULT_CHANGED, "default-changed", REVIEW,                                                  \
      "a field has another default",                                                               \
      "تغيّرت القيمة الافتراضية للحقل")                                                            \
    X(DEFAULT_REMOVED, "default-removed", REVIEW,                                                  \
      "a field lost its default",                                                                  \
      "أُزيلت القيمة الافتراضية للحقل")                                                            \
    X(FIELD_REMOVED, "field-removed", REVIEW,                                                      \
      "a field was removed",                                                                       \
      "أُزيل حقل")                                                                                 \
    X(FIELD_RENAMED, "field-renamed", REVIEW,                                                      \
      "a field has a new name, with its old one as an alias",                                      \
      "تغيّر اسم الحقل وبقي اسمه القديم اسما بديلا")                                               \
    X(BECAME_NULLABLE, "became-nullable", REVIEW,                                                  \
      "a value that was required may be null",                                                     \
      "صار يجوز أن تكون القيمة خالية")                                                             \
    X(ENUM_SYMBOLS_UNCOVERED, "enum-symbols-added-without-default", REVIEW,                        \
      "symbols were added to an enum that has no default",                                         \
      "أُضيفت رموز إلى قائمة ليست لها قيمة افتراضية")                                              \
    X(ENUM_SYMBOLS_REMOVED, "enum-symbols-removed", REVIEW,                                        \
      "symbols were removed from an enum",                                                         \
      "أُزيلت رموز من القائمة")                                                                    \
    X(ENUM_SYMBOLS_REORDERED, "enum-symbols-reordered", REVIEW,                                    \
      "the symbols of an enum stand in another order",                                             \
      "تغيّر ترتيب رموز القائمة")                                                                  \
    X(ENUM_DEFAULT_CHANGED, "enum-default-changed", REVIEW,                                        \
      "the default of an enum was added, changed or removed",                                      \
      "تغيّرت القيمة الافتراضية للقائمة")                                                          \
    X(UNION_BRANCH_ADDED, "union-branch-added", REVIEW,                                            \
      "a branch was added to a union of several types",                                            \
      "أُضيف فرع إلى اتحاد من عدة أنواع")                                                          \
    X(NAMESPACE_CHANGED, "namespace-changed", REVIEW,                                              \
      "a named type is in another namespace",                                                      \
      "انتقل النوع إلى نطاق أسماء آخر")                                                            \
    X(REQUIRED_FIELD_ADDED, "required-field-added", BREAKING,                                      \
      "a field without a default was added",                                                       \
      "أُضيف حقل ليست له قيمة افتراضية")                                                           \
    X(BECAME_REQUIRED, "became-required", BREAKING,                                                \
      "a value that could be null is required",                                                    \
      "لم يعد يجوز أن تكون القيمة خالية")                                                          \
    X(TYPE_CHANGED, "type-changed", BREAKING,                                                      \
      "the type changed",                                                                          \
      "تغيّر النوع")                                                                               \
    X(PRECISION_LOWERED, "precision-lowered", BREAKING,                                            \
      "a decimal has fewer digits",                                                                \
      "نقصت خانات العدد العشري")                                                                   \
    X(SCALE_CHANGED, "scale-changed", BREAKING,                                                    \
      "a decimal has another scale",                                                               \
      "تغيّر عدد الخانات بعد الفاصلة")                                                             \
    X(FIXED_SIZE_CHANGED, "fixed-size-changed", BREAKING,                                          \
      "a fixed type has another size",                                                             \
      "تغيّر حجم النوع الثابت")                                                                    \
    X(UNION_BRANCH_REMOVED, "union-branch-removed", BREAKING,                                      \
      "a branch was removed from a union of several types",                                        \
      "أُزيل فرع من اتحاد من عدة أنواع")                                                           \
    X(TYPE_RENAMED, "type-renamed", BREAKING,                                                      \
      "a record, enum or fixed type has another name",                                             \
      "تغيّر اسم النوع")                                                                           \
    X(KEY_FIELD_CHANGED, "key-field-changed", BREAKING,                                            \
      "a key field changed",                                                                       \
      "تغيّر حقل من حقول المفتاح")                                                                 \
    X(ORDER_FIELD_CHANGED, "order-field-changed", BREAKING,                                        \
      "the order field changed",                                                                   \
      "تغيّر حقل الترتيب")
/* clang-format on */

#endif
