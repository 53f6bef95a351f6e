#include "compile.h"

#include <stdio.h>
#include <unistd.h>

#include "score/compile.h"
#include "text/diag.h"
#include "text/texts.h"
#include "world/cli.h"
#include "world/outfile.h"

#define NAME_MAX_BYTES 48

void
compile_text(const struct options *options, const struct od_source *source, struct outcome *outcome)
{
    struct od_diag_list diags = {.strict = options->strict, .told = options->told};
    outcome->status = od_compile_text(source, &diags, &outcome->score);
    if (options->diagnostics_json) {
        od_diag_report_json(&diags, source, &outcome->report);
    } else {
        od_diag_report_text(&diags, source, od_cli_program(), &outcome->report);
    }
    if (outcome->report.failed || diags.out_of_memory) {
        outcome->status = OD_ENOMEM;
    }
    od_diag_clear(&diags);
}

void
outcome_clear(struct outcome *outcome)
{
    od_buf_clear(&outcome->score);
    od_buf_clear(&outcome->report);
}

int
compile_write(const struct options *options, const struct od_buf *score)
{
    struct od_outfile file = {0};
    if (options->output == NULL) {
        return od_status_exit(od_cli_write(STDOUT_FILENO, score->data, score->length));
    }
    for (size_t i = 0; i < options->n_inputs; i++) {
        if (od_outfile_destroys(options->output, options->inputs[i])) {
            return od_cli_fail(OD_EUSAGE, "the score would replace its session, '%s'",
                               od_cli_input_name(options->inputs[i]));
        }
    }
    enum od_status status = od_outfile_open(&file, options->output);
    if (status == OD_OK) {
        file.hasty = options->follow; /* the next save makes it again, and somebody listens now */
        status = od_outfile_write(&file, score->data, score->length);
        if (status == OD_OK) {
            status = od_outfile_commit(&file);
        }
    }
    if (status != OD_OK) {
        od_cli_message("%s", file.error);
    }
    od_outfile_discard(&file);
    return od_status_exit(status);
}

/* ---- once ---- */

/* The scores of all texts: all of them are written, or none. */
struct all {
    const struct options *options;
    struct od_buf scores;
    size_t n;
    enum od_status status; /* of the first that failed */
};

static void
add(struct all *all, const char *name, const char *bytes, size_t length)
{
    const struct od_source source = {.file = name, .text = bytes, .length = length};
    struct outcome outcome = {0};
    compile_text(all->options, &source, &outcome);
    if (outcome.report.length > 0) {
        od_cli_text(outcome.report.data, outcome.report.length);
    }
    if (outcome.status == OD_OK && all->n == 0) {
        all->scores = outcome.score; /* may be large, and is mostly the only one */
        outcome.score = (struct od_buf){0};
    } else if (outcome.status == OD_OK &&
               !od_buf_append(&all->scores, outcome.score.data, outcome.score.length)) {
        outcome.status = OD_ENOMEM;
    }
    if (outcome.status == OD_ENOMEM) {
        od_cli_message("%s", od_status_text(OD_ENOMEM));
    }
    all->status = all->status != OD_OK ? all->status : outcome.status;
    all->n++;
    outcome_clear(&outcome);
}

/* Which one it is says the name; its lines are counted from its beginning, as in the file that it
 * was before somebody joined them. */
static void
add_piped(struct all *all, const struct od_text *text)
{
    char name[NAME_MAX_BYTES];
    snprintf(name, sizeof name, "%s#%zu", od_cli_input_name(NULL), all->n + 1);
    add(all, all->n == 0 ? od_cli_input_name(NULL) : name, text->bytes, text->length);
}

/* Takes the input over. */
static void
add_all_piped(struct all *all, struct od_buf *input)
{
    struct od_texts texts = {.buf = *input};
    struct od_text text = {0};
    *input = (struct od_buf){0};
    while (od_texts_next(&texts, &text) && all->status != OD_ENOMEM) {
        add_piped(all, &text);
    }
    if (all->status != OD_ENOMEM && (od_texts_end(&texts, &text) || all->n == 0)) {
        add_piped(all, &text); /* nothing at all is an error of its own */
    }
    od_texts_clear(&texts);
}

static int
write_all(const struct all *all)
{
    if (all->status != OD_OK || all->options->action == ACTION_CHECK) {
        return od_status_exit(all->status);
    }
    if (all->n > 1 && all->options->output != NULL) {
        return od_cli_usage("'%s' would hold one score, and %s has %zu sessions",
                            all->options->output, od_cli_input_name(NULL), all->n);
    }
    return compile_write(all->options, &all->scores);
}

int
compile_once(const struct options *options)
{
    const char *input = options->inputs[0];
    struct all all = {.options = options};
    struct od_buf text = {0};
    enum od_status status = od_cli_read(input, &text);
    if (status != OD_OK) {
        od_buf_clear(&text);
        return od_status_exit(status);
    }
    if (od_cli_is_stdin(input)) {
        add_all_piped(&all, &text);
    } else {
        add(&all, input, (const char *)text.data, text.length);
    }
    od_buf_clear(&text);
    int exit_status = write_all(&all);
    od_buf_clear(&all.scores);
    return exit_status;
}
