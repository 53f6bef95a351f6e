/* What the command line asks for. */
#ifndef OD_COMPILE_OPTIONS_H
#define OD_COMPILE_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

enum action {
    ACTION_COMPILE,
    ACTION_CHECK,
    ACTION_DUMP
};

struct options {
    enum action action;
    const char *output;        /* NULL = standard output */
    const char *const *inputs; /* NULL or "-" = standard input */
    size_t n_inputs;           /* at least 1 */
    const char *told;          /* codes of warnings that are left out; NULL: none */
    bool strict, diagnostics_json, dump_json, follow;
    bool given_diagnostics;
    bool done; /* --help or --version: all is said */
};

#endif
