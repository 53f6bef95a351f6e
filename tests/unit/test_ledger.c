/* The ledger of sounding notes against a plain model. */
#include <stdlib.h>
#include <string.h>

#include "play/ledger.h"
#include "rig.h"

static struct od_ledger ledger;
static od_nsec ends[OD_LEDGER_NOTES]; /* 0 = silent */

static void
reset(void)
{
    od_ledger_clear(&ledger);
    assert_true(od_ledger_init(&ledger, OD_PORTS_MAX));
    memset(ends, 0, sizeof ends);
}

static od_note_id
first_of_model(size_t span)
{
    size_t best = SIZE_MAX;
    for (size_t id = 0; id < span; id++) {
        if (ends[id] != 0 && (best == SIZE_MAX || ends[id] < ends[best])) {
            best = id;
        }
    }
    return (od_note_id)best;
}

static void
random_notes_agree_with_the_model(void **state)
{
    (void)state;
    static const size_t spans[] = {3, 40, 1000, sizeof ends / sizeof ends[0]};
    for (size_t s = 0; s < 4; s++) {
        reset();
        uint32_t random = (uint32_t)s + 1;
        size_t count = 0;
        for (int i = 0; i < 5000; i++) {
            od_note_id id = (od_note_id)((size_t)rig_random(&random) % spans[s]);
            assert_int_equal(od_ledger_sounding(&ledger, id), ends[id] != 0);
            if (ends[id] != 0) {
                od_ledger_remove(&ledger, id);
                ends[id] = 0;
                count--;
            }
            if (rig_random(&random) % 3 != 0) {
                ends[id] = 1 + rig_random(&random) % 100;
                const struct od_sounding sounds = {.ends = ends[id], .step = i, .generation = 1};
                od_ledger_add(&ledger, id, &sounds);
                count++;
            }
            assert_int_equal(ledger.count, count);
            if (count > 0) {
                assert_int_equal(od_ledger_first(&ledger), first_of_model(spans[s]));
            }
        }
        while (ledger.count > 0) {
            od_note_id id = od_ledger_first(&ledger);
            assert_int_equal(id, first_of_model(spans[s]));
            od_ledger_remove(&ledger, id);
            ends[id] = 0;
        }
        assert_true(first_of_model(spans[s]) == (od_note_id)SIZE_MAX);
    }
}

static void
every_note_of_every_channel_and_port_may_sound_at_once(void **state)
{
    (void)state;
    reset();
    for (unsigned port = 0; port < OD_PORTS_MAX; port++) {
        for (unsigned channel = 0; channel < OD_CHANNELS; channel++) {
            for (unsigned note = 0; note < OD_NOTES; note++) {
                od_note_id id = od_note_id_of(port, channel, note);
                assert_false(od_ledger_sounding(&ledger, id));
                const struct od_sounding sounds = {.ends = (od_nsec)(id * 7919u % 5000u)};
                od_ledger_add(&ledger, id, &sounds);
            }
        }
    }
    assert_int_equal(ledger.count, OD_LEDGER_NOTES);
    od_nsec before = 0;
    while (ledger.count > 0) {
        od_note_id id = od_ledger_first(&ledger);
        assert_true(ledger.notes[id].ends >= before);
        before = ledger.notes[id].ends;
        od_ledger_remove(&ledger, id);
    }
}

static void
no_note_sounds_on_a_port_that_is_none(void **state)
{
    (void)state;
    od_ledger_clear(&ledger);
    assert_true(od_ledger_init(&ledger, 2));
    assert_false(od_ledger_sounding(&ledger, od_note_id_of(1, 15, 127)));
    assert_false(od_ledger_sounding(&ledger, od_note_id_of(2, 0, 0)));
    assert_false(od_ledger_sounding(&ledger, od_note_id_of(7, 15, 127)));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_note_sounds_on_a_port_that_is_none),
        cmocka_unit_test(random_notes_agree_with_the_model),
        cmocka_unit_test(every_note_of_every_channel_and_port_may_sound_at_once),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    od_ledger_clear(&ledger);
    return failed;
}
