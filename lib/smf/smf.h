/* The words of a Standard MIDI File that its reader and its writer share. No code. */
#ifndef OD_SMF_H
#define OD_SMF_H

#define OD_SMF_HEADER     "MThd"
#define OD_SMF_TRACK      "MTrk"
#define OD_SMF_CHUNK_HEAD 8     /* bytes: four letters and a length */
#define OD_SMF_TRACKS     65534 /* of a file, without the tempo track */

/* Status bytes that a file has besides those of channels. */
#define OD_SMF_SYSEX  0xf0
#define OD_SMF_ESCAPE 0xf7 /* bytes as they are; after an unfinished SysEx its continuation */
#define OD_SMF_META   0xff

/* Meta events. */
#define OD_SMF_NAME       0x03
#define OD_SMF_INSTRUMENT 0x04
#define OD_SMF_CHANNEL    0x20 /* that the next ones are about: says whose a silent track is */
#define OD_SMF_PORT       0x21 /* that the track is for: not of the standard, but of many */
#define OD_SMF_END        0x2f
#define OD_SMF_TEMPO      0x51
#define OD_SMF_METRE      0x58

#define OD_SMF_MINUTE      60e6     /* microseconds */
#define OD_SMF_QUARTER_MAX 0xffffff /* microseconds: the slowest tempo it has a number for */

#endif
