#include "embed.h"

/* The assembler puts the files there; paths are from where make runs. The names are global because
 * on arm64 those that are not share one entry of the global offset table: the first file's. */
#define EMBED(name, path)                                                                          \
    __asm__(".pushsection .rodata\n"                                                               \
            ".globl embedded_bytes_" #name "\n"                                                    \
            ".hidden embedded_bytes_" #name "\n"                                                   \
            "embedded_bytes_" #name ":\n"                                                          \
            ".incbin \"" path "\"\n"                                                               \
            ".byte 0\n"                                                                            \
            ".popsection\n");                                                                      \
    extern const char embedded_bytes_##name[];                                                     \
    const char *embedded_##name(void)                                                              \
    {                                                                                              \
        return embedded_bytes_##name;                                                              \
    }

EMBED(dashboard, "cmd/oiduna-serve/dashboard.html")
EMBED(css, "cmd/oiduna-serve/dashboard.css")
EMBED(script, "cmd/oiduna-serve/dashboard.js")
EMBED(schemas, "cmd/oiduna-serve/schemas.json")
EMBED(docs, "cmd/oiduna-serve/docs.html")
