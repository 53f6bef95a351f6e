#include "prepare.h"

#include "score/compile.h"
#include "score/score.h"
#include "world/cli.h"

static const struct od_route routes[] = {{.id = "superdirt", .address = "/dirt/play"}};
static const struct od_live_setup setup = {.routes = routes, .n_routes = 1};

enum od_status
bench_compile(const char *name, const struct od_buf *text, struct od_buf *score)
{
    const struct od_source source = {
        .file = name, .text = (const char *)text->data, .length = text->length};
    struct od_diag_list diags = {0};
    enum od_status status = od_compile_text(&source, &diags, score);
    if (status != OD_OK) {
        od_cli_diagnostics(&diags, &source, false);
    }
    od_diag_clear(&diags);
    return status;
}

enum od_status
bench_take_of(const void *bytes, size_t length, struct od_take **take)
{
    char error[OD_SCORE_ERROR_SIZE];
    struct od_score score = {0};
    enum od_status status = od_score_open_memory(&score, bytes, length, error);
    if (status != OD_OK) {
        od_cli_message("%s", error);
        return status;
    }
    struct od_shared_score *shared = od_shared_score_new(&score);
    if (shared == NULL) {
        return OD_ENOMEM;
    }
    status = od_take_new(&setup, shared, 0, take, error);
    if (status == OD_EDATA) {
        od_cli_message("%s", error);
    }
    od_shared_score_unref(shared);
    return status;
}

enum od_status
bench_load(const char *name, const struct od_buf *text)
{
    struct od_buf score = {0};
    struct od_take *take = NULL;
    enum od_status status = bench_compile(name, text, &score);
    if (status == OD_OK) {
        status = bench_take_of(score.data, score.length, &take);
        od_take_unref(take);
    }
    od_buf_clear(&score);
    return status;
}

/* What the caller did not ask for is made all the same and dropped; a program keeps its score. */
enum od_status
bench_prepare(const struct bench_workload *workload, struct od_buf *text, struct od_buf *score,
              struct od_take **take)
{
    struct od_buf own_text = {0};
    struct od_buf own_score = {0};
    struct od_buf *to_text = text != NULL ? text : &own_text;
    struct od_buf *to_score = score != NULL ? score : &own_score;
    enum od_status status = bench_workload_write(workload, to_text) ? OD_OK : OD_ENOMEM;
    if (status == OD_OK && (score != NULL || take != NULL)) {
        status = bench_compile(workload->name, to_text, to_score);
    }
    if (status == OD_OK && take != NULL) {
        status = bench_take_of(to_score->data, to_score->length, take);
    }
    od_buf_clear(&own_text);
    od_buf_clear(&own_score);
    return status;
}
