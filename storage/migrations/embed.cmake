# SPDX-License-Identifier: Apache-2.0
# Writes OUT: each of FILES, NNNN_name.sql, as bytes, in order, for storage/admin/migrate_priv.h. The files are in the
# command line, so that one that is gone makes OUT anew too.
set(files ${FILES})
list(SORT files)
set(arrays "")
set(rows "")
foreach(file ${files})
    get_filename_component(name ${file} NAME_WE)
    string(REGEX MATCH "^[0-9]+" number ${name})
    math(EXPR number "${number}" OUTPUT_FORMAT DECIMAL)
    file(READ ${file} hex HEX)
    string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${hex}")
    string(APPEND arrays "static const char sql_${name}[] = {${bytes}0};\n")
    string(APPEND rows "    {${number}, \"${name}\", sql_${name}},\n")
endforeach()
file(WRITE ${OUT}.new "/* Made from storage/migrations by embed.cmake. */\n#include \"storage/admin/migrate_priv.h\"\n\n${arrays}\nconst struct sto_migration sto_migrations[] = {\n${rows}};\nconst int sto_migration_count = (int)(sizeof(sto_migrations) / sizeof(sto_migrations[0]));\n")
file(COPY_FILE ${OUT}.new ${OUT} ONLY_IF_DIFFERENT)
