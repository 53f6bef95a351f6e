"""MIDI bytes, read without any of the project's code."""


def midi_of(data):
    """Messages of raw MIDI bytes; running status."""
    found = []
    status = 0
    at = 0
    while at < len(data):
        if data[at] >= 0xf8:
            found.append([data[at]])
            at += 1
            continue
        if data[at] >= 0x80:
            status = data[at]
            at += 1
        size = 1 if 0xc0 <= status < 0xe0 or status == 0xf3 else 2
        found.append([status] + list(data[at:at + size]))
        at += size
    return found


def notes_left_on(messages):
    """The (channel, note) that were struck and not released."""
    on = set()
    for message in messages:
        kind, channel = message[0] & 0xf0, message[0] & 0x0f
        if kind == 0x90 and message[2] > 0:
            on.add((channel, message[1]))
        elif kind in (0x80, 0x90):
            on.discard((channel, message[1]))
        elif kind == 0xb0 and message[1] in (120, 123):
            on = {n for n in on if n[0] != channel}
    return on
