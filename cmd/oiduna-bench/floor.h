/* The least that anybody could do for the same result. */
#ifndef BENCH_FLOOR_H
#define BENCH_FLOOR_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "ticker.h"

/** One pass over a session text that finds where strings and numbers end; how many there are. */
uint32_t bench_floor_scan(const char *text, size_t length);
#define BENCH_FLOOR_SCAN "finding the ends of strings and numbers"

/** Copies what a step sent, `times` times; `sent` is what the ticker stored. */
void bench_floor_copy(struct bench_ticker *ticker, const struct od_buf *sent, size_t times);
#define BENCH_FLOOR_COPY "copying what is sent"

#endif
