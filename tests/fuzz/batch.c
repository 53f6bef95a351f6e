/* The second dialect: the input is what stands between the brackets of `messages`. */
#include <string.h>

#include "fuzz_play.h"
#include "score/compile.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct od_buf text = {0};
    struct od_buf bytes = {0};
    char error[OD_SCORE_ERROR_SIZE];
    struct od_score score;
    od_buf_printf(&text, "{\"bpm\":99,\"messages\":[");
    od_buf_append(&text, data, size);
    od_buf_printf(&text, "]}");
    struct od_diag_list *diags = calloc(1, sizeof *diags);
    const struct od_source source = {"fuzz", (const char *)text.data, text.length};
    if (od_compile_text(&source, diags, &bytes) == OD_OK) {
        if (od_score_open_memory(&score, bytes.data, bytes.length, error) != OD_OK) {
            abort();
        }
        fuzz_play_score(&score);
    }
    od_diag_clear(diags);
    free(diags);
    od_buf_clear(&bytes);
    od_buf_clear(&text);
    return 0;
}
