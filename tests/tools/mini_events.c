/* Reads patterns of the mini-notation, one a line, and prints what each plays: mini_events CYCLES.
 * A line of `begin end value` triples, in order of time; or `error: ...`. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pattern/mini.h"
#include "pattern/query.h"

static void
print_atom(const struct od_mini *atom)
{
    if (atom->is_number) {
        printf("%.17g", atom->number);
    } else {
        printf("%.*s", (int)atom->length, atom->text);
    }
}

static void
print_hap(const struct od_hap *hap)
{
    printf("%lld/%lld %lld/%lld ", (long long)hap->whole.begin.num, (long long)hap->whole.begin.den,
           (long long)hap->whole.end.num, (long long)hap->whole.end.den);
    print_atom(hap->atom);
    if (hap->tail != NULL) {
        putchar(':');
        print_atom(hap->tail);
    }
    putchar(' ');
}

static void
print_pattern(const char *text, size_t length, int cycles)
{
    struct od_arena arena = {0};
    struct od_diag_list diags = {0};
    struct od_source source = {"-", text, length};
    struct od_query query = {.arena = &arena, .work = 100000000};
    const struct od_mini *node = od_mini_read(&source, text, length, &arena, &diags);
    for (int i = 0; i < cycles && node != NULL && od_query_cycle(&query, node, i); i++) {
        for (size_t j = 0; j < query.count; j++) {
            print_hap(&query.haps[j]);
        }
    }
    if (node == NULL || query.failed) {
        printf("error: %s", node == NULL && diags.count > 0 ? diags.items[0].message : query.error);
    }
    putchar('\n');
    od_query_clear(&query);
    od_diag_clear(&diags);
    od_arena_clear(&arena);
}

int
main(int argc, char **argv)
{
    char *line = NULL;
    size_t room = 0;
    int cycles = argc > 1 ? atoi(argv[1]) : 16;
    for (ssize_t n; (n = getline(&line, &room, stdin)) >= 0;) {
        print_pattern(line, (size_t)n - (n > 0 && line[n - 1] == '\n'), cycles);
    }
    free(line);
    return ferror(stdout) != 0 || fflush(stdout) != 0;
}
