#include "accept.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* How a type stands: its q in thousandths, and whether it was named (2), its family (1) or all (0).
 */
struct rank {
    int q, plain;
};

/* "type/subtype; a=b; q=0.5": q, in thousandths. What is no number is 1, as is what is not there.
 */
static int
quality(const char *parameters, size_t length)
{
    const char *end = parameters + length;
    while ((parameters = memchr(parameters, ';', (size_t)(end - parameters))) != NULL) {
        parameters++;
        parameters += strspn(parameters, " \t");
        if ((*parameters == 'q' || *parameters == 'Q') && parameters[1] == '=') {
            char *after;
            double q = strtod(parameters + 2, &after);
            return after == parameters + 2 || !(q >= 0) || q > 1 ? 1000 : (int)(q * 1000 + 0.5);
        }
    }
    return 1000;
}

/* How plainly a range names the type; -1: not at all. */
static int
plainness(const char *range, size_t length, const char *type)
{
    size_t family = strcspn(type, "/");
    if (length == strlen(type) && strncasecmp(range, type, length) == 0) {
        return 2;
    }
    if (length == family + 2 && strncasecmp(range, type, family) == 0 &&
        memcmp(range + family, "/*", 2) == 0) {
        return 1;
    }
    return length == 3 && memcmp(range, "*/*", 3) == 0 ? 0 : -1;
}

/* What says most plainly what is wanted counts. */
static struct rank
rank_of(const char *accept, const char *type)
{
    struct rank best = {0, -1};
    while (*accept) {
        accept += strspn(accept, " \t,");
        size_t whole = strcspn(accept, ","), length = strcspn(accept, " \t,;");
        int plain = plainness(accept, length, type);
        if (plain > best.plain) {
            best = (struct rank){quality(accept, whole), plain};
        }
        accept += whole;
    }
    return best;
}

size_t
accept_best(const char *accept, const char *const *types, size_t n)
{
    size_t best = n;
    struct rank most = {0, -1};
    if (accept == NULL) {
        return 0;
    }
    for (size_t i = 0; i < n; i++) {
        struct rank rank = rank_of(accept, types[i]);
        if (rank.q > most.q || (rank.q == most.q && rank.q > 0 && rank.plain > most.plain)) {
            most = rank;
            best = i;
        }
    }
    return best;
}
