#include "embed.h"

/* The assembler puts the files there; paths are from where make runs. */
#define EMBED(name, path)                                                                          \
    __asm__(".pushsection .rodata\n"                                                               \
            "od_bytes_" #name ":\n"                                                                \
            ".incbin \"" path "\"\n"                                                               \
            "od_bytes_" #name "_end:\n"                                                            \
            ".byte 0\n"                                                                            \
            ".popsection\n");                                                                      \
    extern const char od_bytes_##name[], od_bytes_##name##_end[];                                  \
    struct od_embedded od_embedded_##name(void)                                                    \
    {                                                                                              \
        return (struct od_embedded){od_bytes_##name,                                               \
                                    (size_t)(od_bytes_##name##_end - od_bytes_##name)};            \
    }

EMBED(dashboard, "cmd/oiduna-serve/dashboard.html")
EMBED(schemas, "cmd/oiduna-serve/schemas.json")
EMBED(docs, "cmd/oiduna-serve/docs.html")
