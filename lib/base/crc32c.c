#include "base/crc32c.h"

#include <pthread.h>
#include <stdbool.h>
#include <string.h>

#if defined(__x86_64__)
#include <nmmintrin.h>
#define HARDWARE                   __attribute__((target("sse4.2")))
#define HARDWARE_STEP8(crc, value) ((uint32_t)_mm_crc32_u64((crc), (value)))
#define HARDWARE_STEP1(crc, value) _mm_crc32_u8((crc), (value))
#elif defined(__aarch64__)
#include <arm_acle.h>
#include <sys/auxv.h>
#ifndef HWCAP_CRC32
#define HWCAP_CRC32 (1UL << 7)
#endif
#define HARDWARE                   __attribute__((target("+crc")))
#define HARDWARE_STEP8(crc, value) __crc32cd((crc), (value))
#define HARDWARE_STEP1(crc, value) __crc32cb((crc), (value))
#endif

#define POLYNOMIAL 0x82f63b78u /* 0x1edc6f41, lowest bit first */

/* tables[k][b]: byte b followed by k zero bytes. */
static uint32_t tables[8][256];
static pthread_once_t once = PTHREAD_ONCE_INIT;
static bool has_instruction;

static uint32_t
load32(const unsigned char *bytes)
{
    uint32_t value;
    memcpy(&value, bytes, sizeof value);
    return value;
}

static uint32_t
table_update(uint32_t crc, const unsigned char *p, size_t size)
{
    for (; size >= 8; p += 8, size -= 8) {
        uint32_t low = load32(p) ^ crc;
        uint32_t high = load32(p + 4);
        crc = tables[7][low & 0xff] ^ tables[6][low >> 8 & 0xff] ^ tables[5][low >> 16 & 0xff] ^
              tables[4][low >> 24] ^ tables[3][high & 0xff] ^ tables[2][high >> 8 & 0xff] ^
              tables[1][high >> 16 & 0xff] ^ tables[0][high >> 24];
    }
    for (; size > 0; p++, size--) {
        crc = crc >> 8 ^ tables[0][(crc ^ *p) & 0xff];
    }
    return crc;
}

#ifdef HARDWARE
/* The instruction takes three cycles but one can start in each: three streams, each of this many
 * bytes, run side by side and are joined at the end. */
#define STREAM ((size_t)1024)

/* after_zeros[k][b]: the CRC register b << 8k after STREAM more zero bytes. */
static uint32_t after_zeros[4][256];

static uint64_t
load64(const unsigned char *bytes)
{
    uint64_t value;
    memcpy(&value, bytes, sizeof value);
    return value;
}

static uint32_t
shift_stream(uint32_t crc)
{
    return after_zeros[0][crc & 0xff] ^ after_zeros[1][crc >> 8 & 0xff] ^
           after_zeros[2][crc >> 16 & 0xff] ^ after_zeros[3][crc >> 24];
}

HARDWARE static uint32_t
hardware_update(uint32_t crc, const unsigned char *p, size_t size)
{
    while (size >= 3 * STREAM) {
        uint32_t second = 0;
        uint32_t third = 0;
        for (const unsigned char *end = p + STREAM; p < end; p += 8) {
            crc = HARDWARE_STEP8(crc, load64(p));
            second = HARDWARE_STEP8(second, load64(p + STREAM));
            third = HARDWARE_STEP8(third, load64(p + 2 * STREAM));
        }
        crc = shift_stream(shift_stream(crc) ^ second) ^ third;
        p += 2 * STREAM;
        size -= 3 * STREAM;
    }
    for (; size >= 8; p += 8, size -= 8) {
        crc = HARDWARE_STEP8(crc, load64(p));
    }
    for (; size > 0; p++, size--) {
        crc = HARDWARE_STEP1(crc, *p);
    }
    return crc;
}

static bool
find_instruction(void)
{
#if defined(__x86_64__)
    return __builtin_cpu_supports("sse4.2") != 0;
#else
    return (getauxval(AT_HWCAP) & HWCAP_CRC32) != 0;
#endif
}

/* The register is linear: what zeros do to each of its bits says what they do to all of it. */
static void
fill_after_zeros(void)
{
    static const unsigned char zeros[STREAM];
    for (unsigned bit = 0; bit < 32; bit++) {
        after_zeros[bit / 8][1u << bit % 8] = table_update(1u << bit, zeros, STREAM);
    }
    for (unsigned k = 0; k < 4; k++) {
        for (unsigned b = 1; b < 256; b++) {
            unsigned rest = b & (b - 1);
            after_zeros[k][b] = after_zeros[k][rest] ^ after_zeros[k][b ^ rest];
        }
    }
}
#else
static uint32_t
hardware_update(uint32_t crc, const unsigned char *p, size_t size)
{
    return table_update(crc, p, size);
}

static bool
find_instruction(void)
{
    return false;
}

static void
fill_after_zeros(void)
{
}
#endif

static void
fill_tables(void)
{
    for (uint32_t b = 0; b < 256; b++) {
        uint32_t crc = b;
        for (int bit = 0; bit < 8; bit++) {
            crc = crc >> 1 ^ ((crc & 1) != 0 ? POLYNOMIAL : 0);
        }
        tables[0][b] = crc;
    }
    for (int k = 1; k < 8; k++) {
        for (int b = 0; b < 256; b++) {
            uint32_t crc = tables[k - 1][b];
            tables[k][b] = crc >> 8 ^ tables[0][crc & 0xff];
        }
    }
}

static void
init(void)
{
    fill_tables();
    fill_after_zeros();
    has_instruction = find_instruction();
}

uint32_t
od_crc32c(uint32_t crc, const void *bytes, size_t size)
{
    pthread_once(&once, init);
    if (has_instruction) {
        return ~hardware_update(~crc, bytes, size);
    }
    return ~table_update(~crc, bytes, size);
}

uint32_t
od_crc32c_table(uint32_t crc, const void *bytes, size_t size)
{
    pthread_once(&once, init);
    return ~table_update(~crc, bytes, size);
}
