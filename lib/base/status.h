/* What a function that can fail says: one list makes the enum, the texts and the exit statuses. */
#ifndef OD_STATUS_H
#define OD_STATUS_H

/* name, text, exit status as in sysexits(3) */
#define OD_STATUS_LIST(X)                                                                          \
    X(OD_OK, "success", 0)                                                                         \
    X(OD_EUSAGE, "wrong usage", 64)                                                                \
    X(OD_EDATA, "bad input data", 65)                                                              \
    X(OD_EUNKNOWN, "no such name", 65)                                                             \
    X(OD_ENOINPUT, "cannot read input", 66)                                                        \
    X(OD_EUNAVAILABLE, "service or device unavailable", 69)                                        \
    X(OD_EBUG, "internal error: please report it", 70)                                             \
    X(OD_ENOMEM, "out of memory", 71)                                                              \
    X(OD_ECREATE, "cannot create output", 73)                                                      \
    X(OD_EIO, "input/output error", 74)                                                            \
    X(OD_EAGAIN, "try again", 75)                                                                  \
    X(OD_EPERM, "not permitted", 77)

enum od_status {
#define OD_STATUS_ENUM(name, text, exit_status) name,
    OD_STATUS_LIST(OD_STATUS_ENUM)
#undef OD_STATUS_ENUM
};

/** The text of a status; static, never NULL. */
const char *od_status_text(enum od_status status);

/** The exit status (sysexits(3)) a program ends with. */
int od_status_exit(enum od_status status);

#endif
