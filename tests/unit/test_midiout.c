#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "world/midiout.h"

static struct od_midiout out;
static char folder[] = "/tmp/oiduna-midiout-XXXXXX";
static char path[sizeof folder + 16];

static int
set_up(void **state)
{
    (void)state;
    memcpy(folder + sizeof folder - 7, "XXXXXX", 7);
    if (mkdtemp(folder) == NULL) {
        return -1;
    }
    snprintf(path, sizeof path, "%s/port", folder);
    od_midiout_init(&out);
    return 0;
}

static int
tear_down(void **state)
{
    (void)state;
    od_midiout_close(&out);
    unlink(path);
    return rmdir(folder);
}

static void
send(const char *bytes, size_t size)
{
    unsigned char copy[3];
    memcpy(copy, bytes, size);
    od_midiout_write(&out, 0, copy, size);
}

#define SEND(text) send(text, sizeof(text) - 1)

/* All news of one moment, as letters. */
static const char *
poll_all(od_nsec now)
{
    static char news[16];
    size_t n = 0;
    size_t port = 0;
    enum od_midiout_change change;
    while ((change = od_midiout_poll(&out, now, &port)) != OD_MIDIOUT_NOTHING) {
        assert_true(n + 2 < sizeof news);
        news[n++] = (char)('0' + port);
        news[n++] = "-OLB"[change];
    }
    news[n] = '\0';
    return news;
}

static size_t
read_file(unsigned char *bytes, size_t size)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    ssize_t n = read(fd, bytes, size);
    close(fd);
    assert_true(n >= 0);
    return (size_t)n;
}

static void
a_file_gets_the_bytes_with_running_status(void **state)
{
    (void)state;
    static const unsigned char want[] = {0x90, 60, 100, 62,   100, 0xf8, 64,   100, 0xb0, 7,
                                         1,    8,  2,   0xf2, 0,   1,    0xb0, 9,   3};
    unsigned char got[64];
    assert_int_equal(od_midiout_add(&out, OD_MIDI_RAW, path), 0);
    assert_string_equal(poll_all(0), "0O");
    assert_true(od_midiout_connected(&out, 0));
    SEND("\x90\x3c\x64");
    SEND("\x90\x3e\x64");
    SEND("\xf8"); /* a clock may stand anywhere */
    SEND("\x90\x40\x64");
    SEND("\xb0\x07\x01");
    SEND("\xb0\x08\x02");
    SEND("\xf2\x00\x01"); /* a song position ends running status */
    SEND("\xb0\x09\x03");
    assert_int_equal(read_file(got, sizeof got), sizeof want);
    assert_memory_equal(got, want, sizeof want);
    assert_int_equal(atomic_load(&out.ports[0].messages), 8);
    assert_int_equal(atomic_load(&out.ports[0].dropped), 0);
    assert_int_equal(od_midiout_service(&out), 0);
}

static void
a_file_that_was_there_is_begun_anew(void **state)
{
    (void)state;
    unsigned char got[64];
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, "old bytes", 9), 9);
    close(fd);
    od_midiout_add(&out, OD_MIDI_RAW, path);
    assert_string_equal(poll_all(0), "0O");
    SEND("\xfa");
    assert_int_equal(read_file(got, sizeof got), 1);
    assert_int_equal(got[0], 0xfa);
}

static void
a_device_that_is_not_there_is_waited_for_not_created(void **state)
{
    (void)state;
    od_midiout_add(&out, OD_MIDI_RAW, "/dev/oiduna-no-such-device");
    assert_string_equal(poll_all(0), "");
    assert_string_equal(poll_all(OD_NSEC_PER_SEC), "");
    assert_false(od_midiout_connected(&out, 0));
    assert_int_not_equal(access("/dev/oiduna-no-such-device", F_OK), 0);
    SEND("\x90\x3c\x64");
    assert_int_equal(atomic_load(&out.ports[0].dropped), 1);
    assert_int_equal(atomic_load(&out.ports[0].messages), 0);
}

static void
a_fifo_without_reader_is_opened_when_one_comes(void **state)
{
    (void)state;
    unsigned char got[16];
    assert_int_equal(mkfifo(path, 0600), 0);
    od_midiout_add(&out, OD_MIDI_RAW, path);
    assert_string_equal(poll_all(0), "");
    SEND("\x90\x3c\x64");
    int reader = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    assert_true(reader >= 0);
    assert_string_equal(poll_all(OD_MIDIOUT_RETRY - 1), ""); /* not yet looked again */
    assert_string_equal(poll_all(OD_MIDIOUT_RETRY), "0O");
    SEND("\x90\x3e\x64");
    assert_int_equal(read(reader, got, sizeof got), 3);
    assert_memory_equal(got, "\x90\x3e\x64", 3);
    assert_int_equal(atomic_load(&out.ports[0].dropped), 1);
    close(reader);
}

/* A FIFO that is read is the first port: the descriptor to read it with. */
static int
open_fifo(void)
{
    assert_int_equal(mkfifo(path, 0600), 0);
    int reader = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    od_midiout_add(&out, OD_MIDI_RAW, path);
    assert_string_equal(poll_all(0), "0O");
    return reader;
}

static void
a_reader_that_goes_is_missed_and_found_again(void **state)
{
    (void)state;
    static const unsigned char want[] = {0x80, 60, 0, 0xb0, 123, 0, 0x90, 64, 100};
    unsigned char got[16];
    int reader = open_fifo();
    SEND("\x90\x3c\x64");
    close(reader);
    SEND("\x80\x3c\x00"); /* a note-off that nobody hears */
    assert_false(od_midiout_connected(&out, 0));
    assert_int_equal(od_midiout_service(&out), OD_MIDIOUT_GAVE);
    assert_string_equal(poll_all(1), "0L");
    assert_int_equal(atomic_load(&out.ports[0].lost), 1);
    assert_int_equal(atomic_load(&out.ports[0].errors), 1);
    assert_int_equal(atomic_load(&out.ports[0].dropped), 1);
    SEND("\x90\x3e\x64");
    assert_int_equal(od_midiout_service(&out), 0);
    reader = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    assert_string_equal(poll_all(OD_NSEC_PER_SEC), "0B");
    SEND("\x90\x40\x64"); /* status byte again, and first the channel is silenced */
    assert_int_equal(read(reader, got, sizeof got), sizeof want);
    assert_memory_equal(got, want, sizeof want);
    close(reader);
}

/* Fills the FIFO's buffer in the kernel from our side. */
static void
stall(void)
{
    static const char zeros[4096];
    int fd = open(path, O_WRONLY | O_NONBLOCK | O_CLOEXEC);
    assert_true(fd >= 0);
    while (write(fd, zeros, sizeof zeros) > 0) {
    }
    close(fd);
}

static size_t
drain(int reader, unsigned char *bytes, size_t size)
{
    unsigned char chunk[4096];
    size_t kept = 0;
    ssize_t n = 0;
    while ((n = read(reader, chunk, sizeof chunk)) > 0) {
        for (ssize_t i = 0; i < n; i++) {
            if (chunk[i] != 0 && kept < size) { /* zeros are the stall's */
                bytes[kept++] = chunk[i];
            }
        }
    }
    return kept;
}

static void
a_stalled_port_keeps_a_little_and_drops_whole_messages(void **state)
{
    (void)state;
    unsigned char got[1024];
    int reader = open_fifo();
    stall();
    for (int i = 0; i < 200; i++) {
        SEND("\x90\x3c\x64");
    }
    SEND("\xf8");
    assert_true(od_midiout_connected(&out, 0));
    assert_int_equal(od_midiout_service(&out), OD_MIDIOUT_OWES);
    uint64_t taken = atomic_load(&out.ports[0].messages);
    assert_int_equal(taken + atomic_load(&out.ports[0].dropped), 201);
    assert_true(taken > 40 && taken < 80);
    assert_int_equal(drain(reader, got, sizeof got), 0);
    assert_int_equal(od_midiout_service(&out), 0);
    /* What was kept comes whole: one status byte, then pairs. */
    assert_int_equal(drain(reader, got, sizeof got), 1 + 2 * taken);
    for (size_t i = 0; i < taken; i++) {
        assert_int_equal(got[1 + 2 * i], 0x3c);
        assert_int_equal(got[2 + 2 * i], 0x64);
    }
    close(reader);
}

/* F0 01 01 … F7 */
static void
send_long(size_t size)
{
    unsigned char message[OD_SYSEX_MAX + 1];
    memset(message, 1, sizeof message);
    message[0] = 0xf0;
    message[size - 1] = 0xf7;
    od_midiout_write(&out, 0, message, size);
}

static void
system_exclusive_goes_out_whole(void **state)
{
    (void)state;
    unsigned char got[OD_SYSEX_MAX + 16];
    int reader = open_fifo();
    SEND("\x90\x3c\x64");
    send_long(OD_SYSEX_MAX);
    send_long(OD_SYSEX_MAX + 1); /* is none of ours */
    SEND("\x90\x3e\x64");
    assert_int_equal(read(reader, got, sizeof got), OD_SYSEX_MAX + 6);
    assert_int_equal(got[3], 0xf0);
    assert_int_equal(got[4], 1);
    assert_int_equal(got[OD_SYSEX_MAX + 2], 0xf7);
    assert_int_equal(got[OD_SYSEX_MAX + 3], 0x90); /* it ends the running status */
    close(reader);
}

static void
a_stalled_port_keeps_two_of_the_longest(void **state)
{
    (void)state;
    static unsigned char got[4 * OD_SYSEX_MAX];
    int reader = open_fifo();
    size_t size = 0;
    stall();
    SEND("\x90\x3c\x64");
    for (int i = 0; i < 3; i++) {
        send_long(OD_SYSEX_MAX);
    }
    SEND("\x80\x3c\x40"); /* has its own room */
    assert_int_equal(atomic_load(&out.ports[0].messages), 4);
    assert_int_equal(atomic_load(&out.ports[0].dropped), 1);
    assert_int_equal(drain(reader, got, sizeof got), 0);
    for (int i = 0; i < 9 && od_midiout_service(&out) != 0; i++) {
        size += drain(reader, got + size, sizeof got - size);
    }
    size += drain(reader, got + size, sizeof got - size);
    assert_int_equal(size, 3 + 2 * OD_SYSEX_MAX + 3);
    assert_int_equal(got[3], 0xf0);
    assert_int_equal(got[2 + OD_SYSEX_MAX], 0xf7);
    assert_int_equal(got[2 + 2 * OD_SYSEX_MAX], 0xf7);
    assert_int_equal(got[3 + 2 * OD_SYSEX_MAX], 0x80);
    send_long(OD_SYSEX_MAX); /* and there is room again */
    assert_int_equal(drain(reader, got, sizeof got), OD_SYSEX_MAX);
    close(reader);
}

static void
note_offs_lost_in_a_stall_are_made_good(void **state)
{
    (void)state;
    unsigned char got[1024];
    int reader = open_fifo();
    stall();
    for (int i = 0; i < 50; i++) {
        SEND("\x91\x3c\x64");
        SEND("\x81\x3c\x40");
        SEND("\x82\x3c\x40");
    }
    assert_int_equal(od_midiout_unended(&out), 2);
    assert_int_equal(out.ports[0].owed, 0); /* it is there: what else sounds goes on */
    drain(reader, got, sizeof got);
    assert_int_equal(od_midiout_service(&out), 0);
    assert_int_equal(od_midiout_unended(&out), 0);
    size_t n = drain(reader, got, sizeof got);
    assert_true(n > 4);
    assert_memory_equal(got + n - 3, "\x3c\x82\x3c", 3); /* running status, and no zeros */
    close(reader);
}

static void
note_offs_that_wait_in_a_port_that_goes_are_made_good(void **state)
{
    (void)state;
    unsigned char got[1024];
    int reader = open_fifo();
    stall();
    SEND("\x83\x40\x00");
    assert_int_equal(od_midiout_unended(&out), 1);
    close(reader);
    assert_int_equal(od_midiout_service(&out), OD_MIDIOUT_GAVE);
    assert_int_equal(od_midiout_unended(&out), 0); /* of ports that are there */
    assert_string_equal(poll_all(1), "0L");
    reader = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    assert_string_equal(poll_all(OD_NSEC_PER_SEC), "0B");
    assert_int_equal(od_midiout_service(&out), 0);
    assert_true(read(reader, got, sizeof got) > 3);
    assert_memory_equal(got, "\x83\x40\x00", 3);
    close(reader);
}

/* There are devices that know neither All Sound Off nor All Notes Off. */
static void
all_sound_off_ends_each_note_of_its_channel(void **state)
{
    (void)state;
    unsigned char got[1024];
    int reader = open_fifo(), services = 0;
    SEND("\xb5\x78\x00");
    SEND("\x95\x3c\x64"); /* struck after it: sounds */
    while (od_midiout_service(&out) == OD_MIDIOUT_OWES && services < 100) {
        services++;
    }
    assert_true(services >= 2 && services < 10);
    size_t size = (size_t)read(reader, got, sizeof got), ends = 0;
    bool struck = false;
    for (size_t i = 0; i < size; i++) {
        struck = struck || (i + 2 < size && got[i] == 0x95 && got[i + 1] == 0x3c);
        ends += got[i] == 0x85;
    }
    assert_true(struck);
    assert_true(ends >= 1 && ends <= 2); /* running status */
    assert_int_equal(size, 3 + 3 + ends + 2 * 127);
    close(reader);
}

static void
a_full_disk_is_counted_and_goes_on(void **state)
{
    (void)state;
    od_midiout_add(&out, OD_MIDI_RAW, "/dev/full");
    assert_string_equal(poll_all(0), "0O");
    SEND("\x90\x3c\x64");
    SEND("\x80\x3c\x00");
    assert_int_equal(atomic_load(&out.ports[0].errors), 2);
    assert_int_equal(atomic_load(&out.ports[0].messages), 0);
    assert_true(od_midiout_connected(&out, 0));
}

/* A file that may not grow refuses as a full disk does. */
static void
limit_files(rlim_t size)
{
    struct rlimit limit;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
    limit.rlim_cur = size;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static void
a_note_off_that_a_full_disk_refused_is_owed(void **state)
{
    (void)state;
    unsigned char got[64];
    signal(SIGXFSZ, SIG_IGN);
    od_midiout_add(&out, OD_MIDI_RAW, path);
    poll_all(0);
    SEND("\x93\x3c\x64");
    limit_files(3);
    SEND("\x83\x3c\x00");
    assert_int_equal(od_midiout_service(&out), OD_MIDIOUT_REFUSES);
    assert_int_equal(od_midiout_service(&out), OD_MIDIOUT_REFUSES); /* not once alone */
    limit_files(RLIM_INFINITY);
    assert_int_equal(od_midiout_service(&out), 0);
    assert_int_equal(read_file(got, sizeof got), 6);
    assert_memory_equal(got + 3, "\x83\x3c\x00", 3);
}

static void
ports_are_added_once_and_not_without_end(void **state)
{
    (void)state;
    char name[32];
    for (int i = 0; i < OD_PORTS_MAX; i++) {
        snprintf(name, sizeof name, "/dev/oiduna-none/%d", i);
        assert_int_equal(od_midiout_add(&out, OD_MIDI_RAW, name), i);
        assert_int_equal(od_midiout_add(&out, OD_MIDI_RAW, name), i);
    }
    assert_int_equal(od_midiout_add(&out, OD_MIDI_RAW, "/dev/oiduna-none/x"), -1);
    char *longest = calloc(1, OD_MIDIOUT_PATH + 1);
    assert_non_null(longest);
    memset(longest, 'a', OD_MIDIOUT_PATH);
    out.n_ports = 0;
    assert_int_equal(od_midiout_add(&out, OD_MIDI_RAW, longest), -1);
    free(longest);
}

static void
without_a_sequencer_portmidi_is_off_and_silent(void **state)
{
    (void)state;
    char error[OD_MIDIOUT_ERROR];
    if (od_midiport_available()) {
        skip();
    }
    assert_int_equal(od_midiout_add(&out, OD_MIDI_PORTMIDI, "Synth"), 0);
    assert_string_equal(poll_all(0), "");
    assert_string_equal(od_midiout_name(&out, 0), "Synth");
    SEND("\x90\x3c\x64");
    assert_int_equal(atomic_load(&out.ports[0].dropped), 1);
    assert_int_equal(od_midiout_service(&out), 0);
    assert_int_equal(od_midiout_rename(&out, 0, "Other", error), OD_EUNAVAILABLE);
    assert_string_equal(error, "no MIDI output 'Other'");
    assert_string_equal(od_midiout_name(&out, 0), "Synth");
    assert_int_equal(od_midiout_rename(&out, 1, "Other", error), OD_EUNAVAILABLE);
}

#define PLAYED 20000

struct player {
    _Atomic bool ended;
};

/* Notes, each with its off, and now and then what a waking does. */
static void *
play(void *context)
{
    struct player *player = context;
    for (int i = 0; i < PLAYED; i++) {
        const unsigned char on[] = {0x90, (unsigned char)(i % 128), 1};
        const unsigned char off[] = {0x80, (unsigned char)(i % 128), 1};
        od_midiout_write(&out, 0, on, sizeof on);
        od_midiout_write(&out, 0, off, sizeof off);
        if (i % 16 == 0) {
            od_midiout_service(&out);
            sched_yield();
        }
    }
    atomic_store(&player->ended, true);
    return NULL;
}

static void
readers_come_and_go_beside_the_player(void **state)
{
    (void)state;
    unsigned char got[4096];
    struct player player = {false};
    pthread_t thread;
    int reader = -1;
    assert_int_equal(mkfifo(path, 0600), 0);
    od_midiout_add(&out, OD_MIDI_RAW, path);
    assert_int_equal(pthread_create(&thread, NULL, play, &player), 0);
    for (int i = 0; !atomic_load(&player.ended); i++) {
        if (i % 4 == 0) {
            close(reader);
            reader = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
        } else if (i % 4 == 3) {
            close(reader);
            reader = -1;
        } else {
            ssize_t n = read(reader, got, sizeof got);
            (void)n;
        }
        poll_all(i * OD_MIDIOUT_RETRY);
    }
    pthread_join(thread, NULL);
    close(reader);
    const struct od_midiout_port *port = &out.ports[0];
    /* All of them, and All Notes Off for those who come back. */
    uint64_t accounted = atomic_load(&port->messages) + atomic_load(&port->dropped);
    assert_true(accounted >= UINT64_C(2) * PLAYED);
    assert_true(accounted <= UINT64_C(4) * PLAYED);
}

static const char clients[] = "Client info\n"
                              "  cur  clients : 5\n"
                              "  peak clients : 5\n"
                              "  max  clients : 192\n"
                              "\n"
                              "Client   0 : \"System\" [Kernel]\n"
                              "  Port   0 : \"Timer\" (Rwe-)\n"
                              "  Port   1 : \"Announce\" (R-e-)\n"
                              "Client  14 : \"Midi Through\" [Kernel]\n"
                              "  Port   0 : \"Midi Through Port-0\" (RWe-)\n"
                              "Client 128 : \"A \"quoted\" synth\" [User]\n"
                              "  Port   0 : \"Synth \"one\" in\" (-We-)\n"
                              "  Port   1 : \"Synth out\" (R-e-)\n"
                              "  Port   2 : \"private\" (rwe-)\n"
                              "    Connecting To: 14:0\n"
                              "Client 130 : \"Keys\" [User]\n"
                              "  Port   3 : \"Synth two in\" (-WeX)\n";

static void
the_kernels_list_of_ports_is_read(void **state)
{
    (void)state;
    struct od_midiport_info ports[8];
    FILE *file = fopen(path, "we");
    assert_non_null(file);
    fputs(clients, file);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(od_midiport_list(path, ports, 8), 4);
    assert_string_equal(ports[0].name, "Midi Through Port-0");
    assert_int_equal(ports[0].client, 14);
    assert_true(ports[0].is_input && ports[0].is_output);
    assert_string_equal(ports[1].name, "Synth \"one\" in");
    assert_true(!ports[1].is_input && ports[1].is_output);
    assert_string_equal(ports[2].name, "Synth out");
    assert_true(ports[2].is_input && !ports[2].is_output);
    assert_int_equal(ports[3].client, 130);
    assert_int_equal(ports[3].port, 3);
    assert_int_equal(od_midiport_list(path, ports, 2), 2);
    assert_int_equal(od_midiport_list("/nonexistent", ports, 2), 0);
}

static void
a_port_is_found_by_its_name_or_a_part_that_only_it_has(void **state)
{
    (void)state;
    static const struct od_midiport_info ports[] = {
        {"Synth", 20, 0, true, false}, {"Bass Synth", 21, 0, false, true},
        {"Synth", 22, 0, false, true}, {"Drums", 23, 0, false, true},
        {"Synth", 24, 0, false, true}, {"Drum pad", 25, 0, false, true},
        {"Organ", 26, 0, false, true}, {"Organ", 27, 0, false, true},
    };
    assert_int_equal(od_midiport_find(ports, 8, "Synth"), 2);
    assert_int_equal(od_midiport_find(ports, 8, "bass"), 1);
    assert_int_equal(od_midiport_find(ports, 8, "drums"), 3);
    assert_int_equal(od_midiport_find(ports, 8, "drum"), OD_MIDIPORT_AMBIGUOUS);
    assert_int_equal(od_midiport_find(ports, 8, "rga"), 6);
    assert_int_equal(od_midiport_find(ports, 8, "piano"), OD_MIDIPORT_NONE);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_file_gets_the_bytes_with_running_status, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_file_that_was_there_is_begun_anew, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_device_that_is_not_there_is_waited_for_not_created,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_fifo_without_reader_is_opened_when_one_comes, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_reader_that_goes_is_missed_and_found_again, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_stalled_port_keeps_a_little_and_drops_whole_messages,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(system_exclusive_goes_out_whole, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_stalled_port_keeps_two_of_the_longest, set_up, tear_down),
        cmocka_unit_test_setup_teardown(note_offs_lost_in_a_stall_are_made_good, set_up, tear_down),
        cmocka_unit_test_setup_teardown(note_offs_that_wait_in_a_port_that_goes_are_made_good,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(all_sound_off_ends_each_note_of_its_channel, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_full_disk_is_counted_and_goes_on, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_note_off_that_a_full_disk_refused_is_owed, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(ports_are_added_once_and_not_without_end, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(without_a_sequencer_portmidi_is_off_and_silent, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(readers_come_and_go_beside_the_player, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_kernels_list_of_ports_is_read, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_port_is_found_by_its_name_or_a_part_that_only_it_has,
                                        set_up, tear_down),
    };
    signal(SIGPIPE, SIG_IGN);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
