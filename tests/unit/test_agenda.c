/* The agenda against a plain model: an array searched from end to end. */
#include <stdlib.h>
#include <string.h>

#include "play/agenda.h"
#include "rig.h"

#define ROOM 500

struct model {
    struct od_agenda_item items[ROOM];
    size_t count;
};

/* Earliest time, then rank, then first come. */
static size_t
first_of(const struct model *model)
{
    size_t best = 0;
    for (size_t i = 1; i < model->count; i++) {
        const struct od_agenda_item *a = &model->items[i];
        const struct od_agenda_item *b = &model->items[best];
        if (a->time < b->time || (a->time == b->time && a->kind < b->kind)) {
            best = i;
        }
    }
    return best;
}

static void
take_both(struct od_agenda *agenda, struct model *model)
{
    size_t best = first_of(model);
    const struct od_agenda_item *top = od_agenda_top(agenda);
    assert_int_equal(top->step, model->items[best].step);
    struct od_agenda_item taken = od_agenda_pop(agenda);
    assert_int_equal(taken.step, model->items[best].step);
    assert_int_equal(taken.time, model->items[best].time);
    memmove(&model->items[best], &model->items[best + 1],
            (model->count - best - 1) * sizeof model->items[0]);
    model->count--;
}

static void
random_pushes_and_pops_agree_with_the_model(void **state)
{
    (void)state;
    static struct model model;
    for (unsigned seed = 1; seed <= 40; seed++) {
        struct od_agenda agenda;
        uint32_t random = seed;
        model.count = 0;
        assert_true(od_agenda_init(&agenda, ROOM));
        agenda.order = UINT32_MAX - 700; /* wraps on the way */
        for (int i = 0; i < 4000; i++) {
            struct od_agenda_item item = {.time = rig_random(&random) % 50,
                                          .kind = (uint8_t)(rig_random(&random) % 5),
                                          .step = i};
            bool push = rig_random(&random) % 100 < (i / 1000 % 2 == 0 ? 70 : 30);
            if (push && model.count < ROOM) {
                assert_true(od_agenda_push(&agenda, &item));
                model.items[model.count++] = item;
            } else if (push) {
                assert_false(od_agenda_push(&agenda, &item));
            } else if (model.count > 0) {
                take_both(&agenda, &model);
            }
            assert_int_equal(agenda.count, model.count);
        }
        while (model.count > 0) {
            take_both(&agenda, &model);
        }
        assert_null(od_agenda_top(&agenda));
        od_agenda_clear(&agenda);
    }
}

static void
at_one_time_rank_decides_and_then_who_came_first(void **state)
{
    (void)state;
    struct od_agenda agenda;
    assert_true(od_agenda_init(&agenda, 100));
    for (int i = 0; i < 100; i++) {
        struct od_agenda_item item = {.time = 7, .kind = (uint8_t)(4 - i % 5), .step = i};
        assert_true(od_agenda_push(&agenda, &item));
    }
    int kind = OD_AGENDA_CLOCK;
    int64_t step = -1;
    for (int i = 0; i < 100; i++) {
        struct od_agenda_item item = od_agenda_pop(&agenda);
        if (item.kind != kind) {
            assert_int_equal(item.kind, ++kind);
            step = -1;
        }
        assert_true(item.step > step);
        step = item.step;
    }
    od_agenda_clear(&agenda);
}

static void
a_full_agenda_refuses_and_keeps_what_it_has(void **state)
{
    (void)state;
    struct od_agenda agenda;
    assert_true(od_agenda_init(&agenda, 3));
    struct od_agenda_item item = {.time = 3};
    for (; item.time > 0; item.time--) {
        assert_true(od_agenda_push(&agenda, &item));
    }
    assert_false(od_agenda_push(&agenda, &item));
    assert_int_equal(agenda.high_water, 3);
    for (od_nsec time = 1; time <= 3; time++) {
        assert_int_equal(od_agenda_pop(&agenda).time, time);
    }
    assert_true(od_agenda_push(&agenda, &item));
    assert_int_equal(agenda.high_water, 3);
    od_agenda_clear(&agenda);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_pushes_and_pops_agree_with_the_model),
        cmocka_unit_test(at_one_time_rank_decides_and_then_who_came_first),
        cmocka_unit_test(a_full_agenda_refuses_and_keeps_what_it_has),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
