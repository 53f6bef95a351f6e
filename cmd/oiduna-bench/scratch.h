/* Files for programs that are measured with files, in a folder of our own in $TMPDIR. */
#ifndef BENCH_SCRATCH_H
#define BENCH_SCRATCH_H

#include <stdbool.h>
#include <stddef.h>

enum bench_scratch {
    BENCH_SCRATCH_TEXT, /**< what a program reads */
    BENCH_SCRATCH_MADE, /**< what it makes of it */
    BENCH_SCRATCH_REPORT,
    BENCH_SCRATCHES
};

/** The path of that file, which may be written, or NULL: the folder cannot be created. The folder
 * and all in it go with bench_scratch_clear, and with the signals that end a program. */
const char *bench_scratch_path(enum bench_scratch which);

/** Writes that file; false if that failed. */
bool bench_scratch_write(enum bench_scratch which, const void *bytes, size_t size);

/** Removes the folder, if there is one. */
void bench_scratch_clear(void);

#endif
