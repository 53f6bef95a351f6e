/* What the command line asks for. */
#ifndef OD_PATTERN_OPTIONS_H
#define OD_PATTERN_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

#include "pattern/pattern.h"

#define INPUTS_MAX 256

struct options {
    const char *output; /* NULL = standard output */
    struct {
        const char *path; /* NULL: `text` was given with -e */
        const char *text;
    } inputs[INPUTS_MAX];
    size_t n_inputs; /* at least 1 */
    struct od_pattern_options pattern;
    bool check, strict, diagnostics_json, follow;
    bool done; /* --help or --version: all is said */
};

#endif
