#include "compile.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "text/diag.h"
#include "world/cli.h"
#include "world/outfile.h"

/* The texts, and the bytes of those that were read. */
struct texts {
    struct od_sheet_input *inputs;
    struct od_buf *bytes;
    size_t n;
    char names[INPUTS_MAX][16]; /* of those that have none */
};

static bool
take_texts(const struct options *options, struct texts *texts)
{
    texts->n = options->n_inputs;
    texts->inputs = calloc(texts->n, sizeof *texts->inputs);
    texts->bytes = calloc(texts->n, sizeof *texts->bytes);
    return texts->inputs != NULL && texts->bytes != NULL;
}

static void
give_texts(struct texts *texts)
{
    for (size_t i = 0; i < texts->n && texts->inputs != NULL && texts->bytes != NULL; i++) {
        od_diag_clear(&texts->inputs[i].diags);
        od_buf_clear(&texts->bytes[i]);
    }
    free(texts->inputs);
    free(texts->bytes);
}

static enum od_status
read_text(const struct options *options, struct texts *texts, size_t i)
{
    struct od_sheet_input *input = &texts->inputs[i];
    const char *text = options->inputs[i].text, *path = options->inputs[i].path;
    input->diags.strict = options->strict;
    if (text != NULL) {
        snprintf(texts->names[i], sizeof texts->names[i], i == 0 ? "<-e>" : "<-e %zu>", i + 1);
        input->source = (struct od_source){texts->names[i], text, strlen(text)};
        return OD_OK;
    }
    enum od_status status = od_cli_read_most(path, OD_SHEET_MOST, &texts->bytes[i]);
    input->source = (struct od_source){od_cli_input_name(path), (const char *)texts->bytes[i].data,
                                       texts->bytes[i].length};
    return status;
}

static void
report(const struct options *options, const struct texts *texts, struct outcome *outcome)
{
    for (size_t i = 0; i < texts->n; i++) {
        const struct od_sheet_input *input = &texts->inputs[i];
        outcome->faulty[i] = input->diags.count > 0;
        if (options->diagnostics_json) {
            od_diag_report_json(&input->diags, &input->source, &outcome->report);
        } else {
            od_diag_report_text(&input->diags, &input->source, od_cli_program(), &outcome->report);
        }
    }
}

void
compile_inputs(const struct options *options, struct outcome *outcome)
{
    struct texts texts = {.n = 0};
    enum od_status status = take_texts(options, &texts) ? OD_OK : OD_ENOMEM;
    for (size_t i = 0; i < texts.n && status == OD_OK; i++) {
        status = read_text(options, &texts, i);
        outcome->faulty[i] = status != OD_OK;
    }
    outcome->judged = status == OD_OK;
    if (status == OD_OK) {
        status = od_pattern_compile(texts.inputs, texts.n, &options->pattern, &outcome->json);
        report(options, &texts, outcome);
    }
    if (status == OD_ENOMEM || outcome->report.failed) {
        status = OD_ENOMEM;
        od_cli_message("%s", od_status_text(status));
    }
    outcome->status = status;
    give_texts(&texts);
}

void
outcome_clear(struct outcome *outcome)
{
    od_buf_clear(&outcome->json);
    od_buf_clear(&outcome->report);
}

int
compile_write(const struct options *options, const struct od_buf *json)
{
    struct od_outfile file = {0};
    if (options->output == NULL) {
        return od_status_exit(od_cli_write(STDOUT_FILENO, json->data, json->length));
    }
    for (size_t i = 0; i < options->n_inputs; i++) {
        const char *path = options->inputs[i].path;
        if (options->inputs[i].text == NULL && od_outfile_destroys(options->output, path)) {
            return od_cli_fail(OD_EUSAGE, "the session would replace its text, '%s'",
                               od_cli_input_name(path));
        }
    }
    enum od_status status = od_outfile_put(&file, options->output, json->data, json->length);
    if (status != OD_OK) {
        od_cli_message("%s", file.error);
    }
    return od_status_exit(status);
}

int
compile_once(const struct options *options)
{
    struct outcome outcome = {0};
    compile_inputs(options, &outcome);
    if (outcome.report.length > 0) {
        od_cli_text(outcome.report.data, outcome.report.length);
    }
    int exit_status = od_status_exit(outcome.status);
    if (outcome.status == OD_OK && !options->check) {
        exit_status = compile_write(options, &outcome.json);
    }
    outcome_clear(&outcome);
    return exit_status;
}
