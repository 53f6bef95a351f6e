/* What the parts of the JSON reader share. Private to lib/json*.c. */
#ifndef OD_JSON_READ_H
#define OD_JSON_READ_H

#include "json.h"

/* Codes of the findings: syntax, utf-8, byte-order-mark, nul, too-deep, too-large, number-range,
 * duplicate-key. */

#define OD_JSON_POINTER_SIZE 1024
#define OD_JSON_FOUND_SIZE   40

/** Adds a syntax error at `at` and breaks the reader; nothing if it is broken already. */
void od_json_fail(struct od_json *json, const char *at, const char *code, const char *format, ...)
    OD_PRINTF(4, 5);

/** The usual one: "expected …, found …", with a hint for what other languages write. */
void od_json_fail_expected(struct od_json *json, const char *at, const char *expected);

/** Memory ran out: breaks the reader. */
void od_json_fail_memory(struct od_json *json);

/** What stands at a place, in words; may be written to `out`. */
const char *od_json_found(const struct od_json *json, const char *at, char out[OD_JSON_FOUND_SIZE]);

bool od_json_is_letter(char byte);

/** Checks the number at json->at, if that was not done yet, into json->number. */
bool od_json_scan(struct od_json *json);

/** Reads the string that begins at json->at, a quote. */
bool od_json_read_string(struct od_json *json, struct od_json_string *string);

#endif
