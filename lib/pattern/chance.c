#include "pattern/chance.h"

/* splitmix64, whose every output bit depends on every input bit. */
uint64_t
od_chance_mix(uint64_t key, uint64_t x)
{
    x = (x ^ key) + UINT64_C(0x9e3779b97f4a7c15);
    x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
    return x ^ (x >> 31);
}

uint64_t
od_chance_mix_text(uint64_t key, const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        key = od_chance_mix(key, (unsigned char)text[i]);
    }
    return od_chance_mix(key, length);
}

double
od_chance_at(uint64_t key, struct od_frac time)
{
    uint64_t h = od_chance_mix(od_chance_mix(key, (uint64_t)time.num), (uint64_t)time.den);
    return (double)(h >> 11) * 0x1p-53;
}
