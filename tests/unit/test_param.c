#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "text/param.h"

/* The order of arguments in a message, as the IR's description has it. */
static const char order[] =
    "s orbit cps cycle delta gain pan n speed begin end midinote sustain cut legato cutoff "
    "resonance hcutoff hresonance bandf bandq room size dry delay delaytime delayfeedback "
    "shape "
    "crush coarse attack hold decay release tremolorate tremolodepth phaserrate phaserdepth leslie "
    "lrate lsize detune accelerate psrate psdisp vowel freeze smear binshift comb scram hbrick "
    "lbrick enhance tsdelay xsdelay ring ringf ringdf squiz waveloss octer octersub octersubsub "
    "fshift fshiftnote fshiftphase krush kcutoff triode djf cThresh cRatio cAttack cRelease cGain "
    "cKnee panspread";

static void
the_list_is_in_the_order_of_the_message(void **state)
{
    (void)state;
    char *words = strdup(order), *rest = words;
    for (int i = 0; i < OD_PARAM_COUNT; i++) {
        char *word = strsep(&rest, " ");
        assert_non_null(word);
        assert_string_equal(od_params[i].wire, word);
    }
    assert_null(rest);
    free(words);
}

static void
each_name_is_found_where_it_may_stand(void **state)
{
    (void)state;
    static const unsigned places[] = {OD_IN_PARAMS, OD_IN_FX, OD_IN_TRACK_FX};
    for (int i = 0; i < OD_PARAM_COUNT; i++) {
        const char *name = od_params[i].name;
        for (size_t k = 0; name != NULL && k < 3; k++) {
            int wanted = (od_params[i].where & places[k]) != 0 ? i : OD_PARAM_COUNT;
            assert_int_equal(od_param_find(name, strlen(name), places[k]), wanted);
        }
        assert_int_equal(od_params[i].name == NULL, (od_params[i].where & OD_IN_ENGINE) != 0);
    }
}

static void
other_names_are_not_found(void **state)
{
    (void)state;
    static const char *const names[] = {"", "cutof", "cutoffs", "Cutoff", "delaytime", "cps"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        assert_int_equal(od_param_find(names[i], strlen(names[i]), ~0u), OD_PARAM_COUNT);
    }
    assert_int_equal(od_param_find("cutoff!", 6, OD_IN_FX), OD_PARAM_CUTOFF);
}

static void
modulated_parameters_have_flat_and_hierarchical_names(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        int param;
    } cases[] = {
        {"gain", OD_PARAM_GAIN},
        {"pan", OD_PARAM_PAN},
        {"speed", OD_PARAM_SPEED},
        {"cutoff", OD_PARAM_CUTOFF},
        {"filter.cutoff", OD_PARAM_CUTOFF},
        {"filter.hresonance", OD_PARAM_HRESONANCE},
        {"reverb.room", OD_PARAM_ROOM},
        {"reverb.size", OD_PARAM_SIZE},
        {"reverb.dry", OD_PARAM_DRY},
        {"delay.send", OD_PARAM_DELAY_SEND},
        {"delay.time", OD_PARAM_DELAY_TIME},
        {"delay_feedback", OD_PARAM_DELAY_FEEDBACK},
        {"distortion.crush", OD_PARAM_CRUSH},
        {"distortion.shape", OD_PARAM_SHAPE},
        {"envelope.attack", OD_PARAM_ATTACK},
        {"envelope.hold", OD_PARAM_HOLD},
        {"envelope.release", OD_PARAM_RELEASE},
        {"delaytime", OD_PARAM_COUNT},
        {"delay.feedback.", OD_PARAM_COUNT},
        {"filter.bandf", OD_PARAM_COUNT},
        {"bandf", OD_PARAM_COUNT},
        {"vowel", OD_PARAM_COUNT},
        {"n", OD_PARAM_COUNT},
        {"", OD_PARAM_COUNT},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_equal(od_param_find_modulated(cases[i].name, strlen(cases[i].name)),
                         cases[i].param);
    }
}

static void
a_signal_moves_the_base_as_the_table_says(void **state)
{
    (void)state;
    static const struct {
        enum od_param param;
        double base, signal, value;
    } cases[] = {
        {OD_PARAM_GAIN, 0.8, 0.5, 1.2},         /* times */
        {OD_PARAM_GAIN, 1.5, 1, 2},             /* clamped */
        {OD_PARAM_GAIN, 1.5, -1, 0},            /**/
        {OD_PARAM_PAN, 0.5, -1, 0},             /* around */
        {OD_PARAM_PAN, 0.5, 0.5, 0.75},         /**/
        {OD_PARAM_PAN, 0.9, 1, 1},              /**/
        {OD_PARAM_SPEED, 1, -1, 0.1},           /**/
        {OD_PARAM_SPEED, 3, 1, 4},              /**/
        {OD_PARAM_CUTOFF, 1000, 0.25, 1250},    /**/
        {OD_PARAM_CUTOFF, 1000, -1, 20},        /**/
        {OD_PARAM_RESONANCE, 0.25, 0.5, 0.75},  /* plus */
        {OD_PARAM_DELAY_TIME, 0.25, 0.5, 1.25}, /**/
        {OD_PARAM_CRUSH, 16, -1, 1},            /**/
        {OD_PARAM_CRUSH, 4, 0.2, 7},            /**/
        {OD_PARAM_HOLD, 1, 1, 2},               /**/
        {OD_PARAM_VOWEL, 1, 1, 1},              /* not at all */
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        double value = od_param_modulate(cases[i].param, cases[i].base, cases[i].signal);
        assert_true(fabs(value - cases[i].value) < 1e-12);
    }
}

static void
no_signal_leaves_what_lies_in_the_range(void **state)
{
    (void)state;
    for (int i = 0; i < OD_PARAM_COUNT; i++) {
        double def = od_params[i].def;
        assert_true(od_param_modulate((enum od_param)i, def, 0) == def);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_list_is_in_the_order_of_the_message),
        cmocka_unit_test(each_name_is_found_where_it_may_stand),
        cmocka_unit_test(other_names_are_not_found),
        cmocka_unit_test(modulated_parameters_have_flat_and_hierarchical_names),
        cmocka_unit_test(a_signal_moves_the_base_as_the_table_says),
        cmocka_unit_test(no_signal_leaves_what_lies_in_the_range),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
