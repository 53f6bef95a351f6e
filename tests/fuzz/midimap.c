/* Maps of controllers: whatever is read, findings have a place in the text, and what is found can
 * be done. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "hear/midi_map.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check(bool sound)
{
    if (!sound) {
        abort();
    }
}

/* Every controller there is, at three values. */
static void
touch_all(struct od_midi_map *map)
{
    char text[OD_MIDI_MAP_TEXT + 32];
    char name[OD_MIDI_TOUCH_TEXT];
    size_t found = 0;
    for (unsigned i = 0; i < OD_MIDI_CONTROLS * 16u * 128u; i++) {
        struct od_midi_touch touch = {.control = (enum od_midi_control)(i % OD_MIDI_CONTROLS),
                                      .channel = (uint8_t)(i / OD_MIDI_CONTROLS % 16),
                                      .number = (uint8_t)(i / OD_MIDI_CONTROLS / 16)};
        size_t at = 0;
        for (long n; (n = od_midi_map_find(map, &touch, &at)) >= 0 && found < 4096; found++) {
            check((size_t)n < map->n);
            for (touch.value = 0; touch.value <= 1; touch.value += 0.5) {
                (void)od_midi_entry_acts(&map->entries[n], &touch);
                od_midi_entry_command(&map->entries[n], touch.value, text);
                check(strlen(text) < sizeof text && strlen(text) > 0);
                check(strstr(text, "nan") == NULL || memmem(text, 3, "nan", 3) == NULL);
            }
        }
        od_midi_touch_name(&touch, name);
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct od_diag_list diags;
    struct od_midi_map map;
    struct od_source source = {"fuzz.map", (const char *)data, size};
    enum od_status status = od_midi_map_read(&source, &diags, &map);
    check(status == OD_OK || status == OD_EDATA);
    check((status == OD_EDATA) == (diags.errors > 0));
    for (size_t i = 0; i < diags.count; i++) {
        check(diags.items[i].offset <= size);
    }
    if (status == OD_OK && map.n > 0) {
        touch_all(&map);
    }
    od_midi_map_clear(&map);
    od_diag_clear(&diags);
    return 0;
}
