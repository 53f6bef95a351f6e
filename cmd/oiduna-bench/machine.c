#include "machine.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "counters.h"

/* What follows "key<blanks>:" on the first such line; or the first line, if there is no key. */
static void
read_field(const char *path, const char *key, char *value)
{
    char line[512];
    FILE *file = fopen(path, "re");
    value[0] = '\0';
    while (file != NULL && value[0] == '\0' && fgets(line, sizeof line, file) != NULL) {
        const char *text = line;
        line[strcspn(line, "\n")] = '\0';
        if (key != NULL) {
            text = strchr(line, ':');
            if (text == NULL || strncmp(line, key, strlen(key)) != 0) {
                continue;
            }
            text += 1 + strspn(text + 1, " \t");
        }
        snprintf(value, BENCH_TEXT_MAX, "%.*s", BENCH_TEXT_MAX - 1, text);
    }
    if (file != NULL) {
        fclose(file);
    }
}

static void
describe_time(char *text)
{
    time_t now = time(NULL);
    struct tm utc;
    gmtime_r(&now, &utc);
    strftime(text, BENCH_TEXT_MAX, "%Y-%m-%dT%H:%M:%SZ", &utc);
}

struct bench_machine
bench_machine_describe(void)
{
    struct bench_machine machine = {.load = NAN};
    struct utsname system;
    double cycles, instructions;
    read_field("/proc/cpuinfo", "model name", machine.processor);
    read_field("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor", NULL, machine.governor);
    if (uname(&system) == 0) {
        snprintf(machine.kernel, sizeof machine.kernel, "%.20s %.60s %.20s", system.sysname,
                 system.release, system.machine);
    }
#ifdef __clang__
    snprintf(machine.compiler, sizeof machine.compiler, "clang %s", __clang_version__);
#else
    snprintf(machine.compiler, sizeof machine.compiler, "gcc %s", __VERSION__);
#endif
    describe_time(machine.time);
    machine.cores = sysconf(_SC_NPROCESSORS_ONLN);
    machine.memory_mb =
        (long)((double)sysconf(_SC_PHYS_PAGES) * (double)sysconf(_SC_PAGESIZE) / 1e6);
    if (getloadavg(&machine.load, 1) != 1) {
        machine.load = NAN;
    }
    struct bench_counters counters = bench_counters_start();
    bench_counters_stop(&counters, &cycles, &instructions);
    machine.counters = !isnan(cycles);
    return machine;
}
